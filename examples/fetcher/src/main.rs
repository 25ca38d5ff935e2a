//! Fetches a page, lets every plugin look at it, and prints what they fetched.
//!
//! The same plugin is linked in, or comes from a folder: nothing here, and nothing in it, knows which. Its futures are
//! awaited as any others: with a time limit, and until Ctrl-C; to drop one ends what the plugin had under way.
#![forbid(unsafe_code)]

mod table;

// Without this line a linker may leave out a crate that nobody calls, and its plugins with it.
keyway::link_plugins!(link_checker);

use std::future::pending;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fetcher::network::{Limits, Network};
use fetcher_interfaces::{FetchError, Fetched, Inspect};
use futures_util::future::{Either, select};
use keyway::Handle;
use keyway::host::Host;
use tokio::runtime::{Builder, Runtime};

/// Fetches a page and everything that it links to, and says how each of them answered.
#[derive(Parser)]
#[command(version)]
struct Command {
    /// The page: `http://HOST/PATH`.
    url: String,
    /// A folder with libraries of plugins, in the place of the plugin that is built in.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Gives up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, allow_negative_numbers = true)]
    timeout: Duration,
    /// How many addresses are fetched at once.
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,
    /// How often an address is tried that may answer the next time.
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|error| format!("{error}"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Why there is nothing to print, or not all of it.
enum Failure {
    /// In words, with a way out.
    Words(String, Option<String>),
    /// By Ctrl-C, with so many requests under way.
    Interrupted(usize),
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Words(error.to_string(), error.kind.help().map(str::to_owned))
    }
}

fn main() -> ExitCode {
    match run(&Command::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_broken) => ExitCode::FAILURE,
        Err(Failure::Words(message, help)) => {
            eprintln!("error: {message}");
            if let Some(help) = help {
                eprintln!("  help: {help}");
            }
            ExitCode::FAILURE
        }
        Err(Failure::Interrupted(open)) => {
            eprintln!("interrupted; requests given up: {open}");
            ExitCode::from(130)
        }
    }
}

/// How many addresses are broken.
fn run(command: &Command) -> Result<usize, Failure> {
    if let Some(folder) = command.plugins.as_deref().filter(|folder| !folder.is_dir()) {
        return Err(Failure::Words(format!("`{}` is no folder", folder.display()), None));
    }
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Words(format!("the runtime does not start: {error}"), None))?;
    let network = Network::new(runtime.handle().clone(), Limits::default());
    let settings = link_checker::Settings {
        at_once: command.at_once,
        tries: command.tries,
        ..link_checker::Settings::default()
    };
    let host = fetcher::host(network.clone(), command.plugins.as_deref(), &settings)
        .start()
        .map_err(|error| Failure::Words(error.to_string(), Some(error.help())))?;
    let broken = inspected(command, &runtime, &network, &host);
    drop(host);
    // A name that is being looked up can not be given up, and nobody waits for it.
    runtime.shutdown_background();
    broken
}

fn inspected(command: &Command, runtime: &Runtime, network: &Network, host: &Host) -> Result<usize, Failure> {
    let mut broken = 0;
    for inspector in inspectors(host)? {
        let all = runtime.block_on(until(command.timeout, network, inspector.inspect(&command.url)))?;
        print(&table::of(&all))?;
        let of_these = all.iter().filter(|fetched| table::is_broken(fetched)).count();
        let home = if inspector.is_direct() { "built in" } else { "from a library" };
        eprintln!("{}, {home}; addresses: {}, broken: {of_these}", inspector.plugin(), all.len());
        broken += of_these;
    }
    Ok(broken)
}

/// Everyone who looks at pages; or why nobody does.
fn inspectors(host: &Host) -> Result<Vec<Handle<dyn Inspect>>, Failure> {
    let all = host.all::<dyn Inspect>();
    if !all.is_empty() {
        return Ok(all);
    }
    let mut reasons = Vec::new();
    for problem in host.problems() {
        reasons.push(format!("{}: {}", problem.place.display(), problem.cause));
    }
    for plugin in host.plugins() {
        if let Some(refusal) = plugin.refusal() {
            reasons.push(format!("{} {}", plugin.id, refusal.summary()));
        }
    }
    let help = if reasons.is_empty() {
        "put the library of a plugin into the folder, or leave `--plugins` out".to_owned()
    } else {
        reasons.join("\n        ")
    };
    Err(Failure::Words("no plugin here looks at pages".to_owned(), Some(help)))
}

/// What a plugin answers, if that comes in time and before Ctrl-C. Else its future is dropped on the way out.
async fn until(
    time: Duration,
    network: &Network,
    answer: impl Future<Output = Result<Vec<Fetched>, FetchError>>,
) -> Result<Vec<Fetched>, Failure> {
    let interrupted = pin!(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nobody can interrupt it that way.
            pending::<()>().await;
        }
    });
    let answer = pin!(tokio::time::timeout(time, answer));
    match select(interrupted, answer).await {
        Either::Left(_) => Err(Failure::Interrupted(network.open())),
        Either::Right((Ok(answer), _)) => Ok(answer?),
        Either::Right((Err(_elapsed), _)) => {
            let open = network.open();
            let message = format!("it took longer than {time:?}; requests given up: {open}");
            Err(Failure::Words(message, Some("give it more time with `--timeout SECONDS`".to_owned())))
        }
    }
}

/// A pipe that is closed early, as by `head`, is no error.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Words(format!("standard output can not be written: {error}"), None))
        }
        _ => Ok(()),
    }
}
