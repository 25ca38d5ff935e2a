//! The scanner's side: who it is, what it may use, one file after the other.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::thread;

use super::platform::{self, Streams};
use super::protocol::{self, Answer, Hello, MARKER, Order, Say};
use crate::host::loader::{Bridge, LoadOptions, Refuses};
use crate::id::PluginId;

/// Tries files, where this process was started to do that; else returns at once. To be called first in `main`, with the
/// bridges that the host has: see [`Trial`](super::Trial).
///
/// A process is a scanner if the environment variable `KEYWAY_TRIAL` is set. It then never returns: it ends when its host
/// does, or wants no more of it. The code that it loads runs with the stack that std gives to a thread.
pub fn serve_trials(bridges: &[&dyn Bridge]) {
    let Some(token) = std::env::var_os(MARKER) else { return };
    let serve = || match serve(&token.to_string_lossy(), bridges) {
        Ok(()) => platform::leave(),
        Err(error) => {
            eprintln!("this process can not be a scanner: {error}");
            std::process::exit(2)
        }
    };
    // A thread of its own, since the stack of the first one is as long as whoever started the host likes.
    thread::scope(|scope| {
        let named = thread::Builder::new().name("trial".into());
        let served = named.spawn_scoped(scope, serve).map(thread::ScopedJoinHandle::join);
        // It returns if it panicked, and a panic is said where it happens.
        std::process::exit(if served.is_err() { 2 } else { 101 })
    })
}

fn serve(token: &str, bridges: &[&dyn Bridge]) -> io::Result<()> {
    platform::die_with_host();
    let Streams { orders, answers, noise } = platform::streams()?;
    let mut orders = BufReader::new(orders);
    let hello: Hello = match next(&mut orders) {
        Some(Hello { token: said, .. }) if said != token => None,
        hello => hello,
    }
    .ok_or_else(|| io::Error::other(format!("`{MARKER}` is set, and no host asks for a trial")))?;
    platform::limit_process();
    let mut voice = Voice { answers, noise, process: std::process::id() };
    voice.say(token, Say::Ready { release: protocol::release() });
    while let Some(order) = next::<Order>(&mut orders) {
        let Some(bridge) = bridges.iter().find(|bridge| bridge.home() == order.home) else {
            voice.say(&order.token, Say::NoBridge);
            continue;
        };
        platform::limit_file(hello.memory, hello.deadline + order.linger);
        // What stands before it is not this file's.
        let _written = voice.noise.write_all(protocol::mark(&order.token).as_bytes());
        voice.say(&order.token, Say::Begin);
        let Order { token, file, plugins, allow_abort, linger, .. } = order;
        let said = match load(*bridge, &file.into_path(), &plugins, &LoadOptions { allow_abort }) {
            Ok(()) => Say::Passed,
            Err(refused) => refused,
        };
        thread::sleep(linger);
        voice.say(&token, said);
    }
    Ok(())
}

/// The next message; `None` when there are no more, or it is none.
fn next<M: serde::de::DeserializeOwned>(orders: &mut BufReader<File>) -> Option<M> {
    let mut line = Vec::new();
    let _read = orders.read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Where answers go.
struct Voice {
    answers: File,
    noise: File,
    /// A file may fork, and both of them would come back from its load.
    process: u32,
}

impl Voice {
    fn say(&mut self, token: &str, say: Say) {
        if std::process::id() != self.process {
            platform::leave();
        }
        let answer = Answer { token: token.to_owned(), say };
        if self.answers.write_all(&protocol::line(&answer)).is_err() {
            // The host is gone, and ends this process; or a file has closed what is not its own, which the host finds
            // out by this process being there still.
            loop {
                thread::park();
            }
        }
    }
}

/// What a host does with a file of which it wants these plugins, short of starting them.
fn load(bridge: &dyn Bridge, file: &Path, plugins: &[PluginId], options: &LoadOptions) -> Result<(), Say> {
    let artifact = match bridge.check(file) {
        Some(Ok(artifact)) => artifact,
        Some(Err(refuses)) => return Err(refused(&*refuses)),
        None => {
            return Err(Say::Refused {
                code: "no-plugins".into(),
                message: format!("`{}` has no plugins in it", file.display()),
                help: "search the folder again: the file was changed or taken away".into(),
            });
        }
    };
    let all: Vec<PluginId>;
    let plugins = if plugins.is_empty() {
        all = artifact.manifests.iter().map(|manifest| manifest.id.clone()).collect();
        &all
    } else {
        plugins
    };
    for plugin in plugins {
        bridge.load(&artifact, plugin, options).map_err(|refuses| refused(&*refuses))?;
    }
    Ok(())
}

fn refused(refuses: &dyn Refuses) -> Say {
    let (code, help) = (refuses.code().to_owned(), refuses.help());
    Say::Refused { code, message: crate::plugin::in_words(refuses), help }
}
