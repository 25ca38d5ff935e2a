//! The side of the host: a socket, a thread that takes connections, a thread for each of them.
//!
//! Nothing here keeps the host alive: what a connection needs of it is looked up for each request, and whoever asks a host
//! that has ended is told so.

use std::fs;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::seats::Seats;
use super::error::ControlError;
use super::report::HostReport;
use super::{protocol, report};
use crate::host::lifecycle::{Core, thread};
use crate::host::store::time;

mod connection;
mod peer;
mod place;
mod seats;
pub(super) mod wire;

/// How soon it is noticed that the host was dropped, where the control was not.
const LOOK: Duration = Duration::from_secs(1);

/// A socket that is listened on.
pub(super) struct Server {
    socket: PathBuf,
    shared: Arc<Shared>,
    /// Its end is the sign for the thread to end.
    awake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

/// What the threads share.
struct Shared {
    core: Weak<Core>,
    about: HostReport,
    seats: Arc<Seats>,
}

impl Server {
    pub(super) fn open(core: &Arc<Core>, folder: &Path) -> Result<Self, ControlError> {
        let (socket, listener) = place::bind(folder)?;
        let failed = |source| ControlError::Socket { socket: socket.clone(), source };
        let now = core.registry.now();
        let about = HostReport {
            app: now.survey.host_name().to_owned(),
            version: now.survey.host_version().to_string(),
            pid: std::process::id(),
            started: time::text(SystemTime::now()),
            framework: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let seats = Arc::new(Seats::default());
        let shared = Arc::new(Shared { core: Arc::downgrade(core), about, seats });
        let begun = UnixStream::pair().and_then(|(awake, sign)| {
            let (shared, socket) = (Arc::clone(&shared), socket.clone());
            let thread = thread("keyway-control", move || {
                listen(&shared, &listener, &sign);
                shared.seats.close();
                drop(listener);
                take_away(&socket);
            });
            Ok((awake, thread?))
        });
        match begun {
            Ok((awake, thread)) => Ok(Self { socket, shared, awake: Some(awake), thread: Some(thread) }),
            Err(source) => {
                take_away(&socket);
                Err(failed(source))
            }
        }
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.seats.close();
        drop(self.awake.take());
        if let Some(thread) = self.thread.take() {
            // A panic in it was told where it happened, and the file is all that could be left.
            if thread.join().is_err() {
                take_away(&self.socket);
            }
        }
    }
}

fn take_away(socket: &Path) {
    if let Err(error) = fs::remove_file(socket)
        && error.kind() != io::ErrorKind::NotFound
    {
        let socket = socket.display();
        tracing::warn!(target: "keyway", %socket, %error, "the socket of the control stays behind");
    }
}

/// Takes connections until the sign comes or the host is gone.
fn listen(shared: &Arc<Shared>, listener: &UnixListener, sign: &UnixStream) {
    let look = Timespec::try_from(LOOK).expect("a second fits");
    while shared.core.strong_count() > 0 {
        let mut wait = [PollFd::new(listener, PollFlags::IN), PollFd::new(sign, PollFlags::IN)];
        match poll(&mut wait, Some(&look)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(target: "keyway", %error, "the control ends");
                return;
            }
        }
        if !wait[1].revents().is_empty() {
            return;
        }
        match listener.accept() {
            Ok((stream, _)) => admit(shared, stream),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                // Nothing is left to take it with, as where too many files are open; it may pass.
                tracing::warn!(target: "keyway", %error, "a connection of the control can not be taken");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

fn admit(shared: &Arc<Shared>, stream: UnixStream) {
    if let Err(stranger) = peer::check(&stream) {
        tracing::warn!(target: "keyway", %stranger, "somebody who may not is told no");
        return turn_away(&stream, "not-yours", &format!("this host does not speak with {stranger}"), OWN);
    }
    let stream = Arc::new(stream);
    let Some(seat) = shared.seats.take(&stream) else {
        return turn_away(&stream, "host-busy", "this host has no room for another connection", "try again");
    };
    let (to, kept) = (Arc::clone(shared), Arc::clone(&stream));
    let begun = thread("keyway-control", move || connection::serve(&to, &kept, &seat));
    if let Err(error) = begun {
        turn_away(&stream, "host-busy", &format!("this host has no thread to spare: {error}"), "try again");
    }
}

const OWN: &str = "ask as the user that the host runs as";

/// Says why, if that can be said without waiting.
fn turn_away(stream: &UnixStream, code: &str, message: &str, help: &str) {
    let trouble =
        report::Trouble { code: code.to_owned(), message: message.to_owned(), help: help.to_owned() };
    if stream.set_nonblocking(true).is_ok() {
        let mut stream = stream;
        // Who does not hear it sees that the door is shut.
        let _said = io::Write::write(&mut stream, &protocol::refusal(&trouble));
    }
    let _shut = stream.shutdown(std::net::Shutdown::Both);
}
