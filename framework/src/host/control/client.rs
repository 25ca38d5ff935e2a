//! The side of who asks: which hosts run, and what one of them says.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
use serde::de::DeserializeOwned;

use super::error::{AskError, pid_of};
use super::hosts::{Hosts, RunningHost};
use super::protocol::{self, Request, STOPPED};
use super::report::HostReport;
use super::serve::wire::{self, Ended};

/// How long an answer may take: starts and stops have deadlines of their own, many seconds each.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a host may take to say who it is.
const GREETING: Duration = Duration::from_secs(2);
/// The most bytes of an answer.
const ANSWER: usize = 256 << 20;

/// A way to a running host.
///
/// ```no_run
/// use keyway::host::Places;
/// use keyway::host::control::{Client, List, Request, hosts};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// for host in hosts(&Places::standard("toolbox").runtime)?.running {
///     let list: List = Client::connect(&host.socket)?.ask(&Request::List {})?;
///     println!("process {}: {} plugins", host.about.pid, list.items.len());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Client {
    socket: PathBuf,
    stream: UnixStream,
    /// What came behind the last line.
    rest: Vec<u8>,
    patience: Duration,
}

impl Client {
    /// The host that listens on a socket.
    ///
    /// **Errors:** the host is gone, can not be reached, or the socket is another user's.
    pub fn connect(socket: &Path) -> Result<Self, AskError> {
        check_owner(socket)?;
        let failed = |source: io::Error| match source.kind() {
            ErrorKind::ConnectionRefused if is_dead(socket) => AskError::Gone { socket: socket.to_owned() },
            ErrorKind::NotFound => AskError::Gone { socket: socket.to_owned() },
            // Nobody takes what waits at its door.
            ErrorKind::WouldBlock => AskError::Silent { socket: socket.to_owned(), waited: Duration::ZERO },
            _ => AskError::Io { socket: socket.to_owned(), source },
        };
        let stream = connect_now(socket).map_err(failed)?;
        Ok(Self { socket: socket.to_owned(), stream, rest: Vec::new(), patience: PATIENCE })
    }

    /// How long an answer may take; two minutes, unless this is called.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Asks, and waits for the answer, which is what the [table](super) says.
    ///
    /// **Errors:** [`AskError::Refused`] is the host's own no; all else says why there is no answer.
    pub fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> Result<T, AskError> {
        let until = Instant::now() + self.patience;
        self.say(request, until)?;
        let line = wire::read_line(&self.stream, &mut self.rest, ANSWER, Some(until));
        let line = line.map_err(|ended| self.ended(ended))?;
        self.answer(&line)
    }

    /// Asks for something that goes on, until the host ends or `each` breaks it off.
    ///
    /// **Errors:** as [`ask`](Self::ask). That the host ended is none.
    pub fn follow<T: DeserializeOwned>(
        mut self,
        request: &Request,
        mut each: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), AskError> {
        self.say(request, Instant::now() + self.patience)?;
        loop {
            let line = match wire::read_line(&self.stream, &mut self.rest, ANSWER, None) {
                Ok(line) => line,
                Err(Ended::Gone) => return Ok(()),
                Err(ended) => return Err(self.ended(ended)),
            };
            match self.answer(&line) {
                Err(AskError::Refused(trouble)) if trouble.code == STOPPED => return Ok(()),
                answer => {
                    if each(answer?).is_break() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn say(&self, request: &Request, until: Instant) -> Result<(), AskError> {
        match wire::write_all(&self.stream, &request.to_line(), until) {
            Ok(()) => Ok(()),
            // It may have said why it closed the door before it was asked anything.
            Err(Ended::Gone) => Ok(()),
            Err(ended) => Err(self.ended(ended)),
        }
    }

    fn answer<T: DeserializeOwned>(&self, line: &[u8]) -> Result<T, AskError> {
        match protocol::read_answer(line) {
            Ok(answer) => answer.map_err(AskError::Refused),
            Err(what) => Err(AskError::Garbled { socket: self.socket.clone(), what }),
        }
    }

    fn ended(&self, ended: Ended) -> AskError {
        let socket = self.socket.clone();
        match ended {
            Ended::Gone => AskError::Gone { socket },
            Ended::Late => AskError::Silent { socket, waited: self.patience },
            Ended::TooLong => AskError::Garbled { socket, what: format!("it has more than {ANSWER} bytes") },
            Ended::Broken(source) => AskError::Io { socket, source },
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("socket", &self.socket).finish_non_exhaustive()
    }
}

/// Which hosts listen in a runtime folder; nothing is changed. A folder that does not exist has none.
///
/// **Errors:** the folder can not be read.
pub fn hosts(folder: &Path) -> io::Result<Hosts> {
    let mut hosts = Hosts::default();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(hosts),
        Err(error) => return Err(error),
    };
    let mut sockets: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    sockets.retain(|path| pid_of(path).is_some() && is_socket(path));
    sockets.sort_unstable_by_key(|path| (pid_of(path), path.clone()));
    for socket in sockets {
        let greeted = Client::connect(&socket)
            .and_then(|client| client.with_patience(GREETING).ask::<HostReport>(&Request::Host {}));
        match greeted {
            Ok(about) => hosts.running.push(RunningHost { socket, about }),
            Err(AskError::Gone { .. }) if !socket.exists() => {}
            Err(AskError::Gone { .. }) if is_refused(&socket) => hosts.stale.push(socket),
            Err(error) => hosts.mute.push(error),
        }
    }
    Ok(hosts)
}

fn is_socket(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_socket())
}

/// A host that was just ending was reached and said nothing: its socket goes with it.
fn is_refused(socket: &Path) -> bool {
    connect_now(socket).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Whether nobody listens any more. On Linux a refusal says so; elsewhere a full queue is refused, too.
fn is_dead(socket: &Path) -> bool {
    if cfg!(target_os = "linux") {
        return true;
    }
    let pid = pid_of(socket).and_then(|pid| rustix::process::Pid::from_raw(i32::try_from(pid).ok()?));
    pid.is_none_or(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
}

/// Whoever owns the socket is believed what he says; the superuser believes everybody, and everybody him.
fn check_owner(socket: &Path) -> Result<(), AskError> {
    let Ok(metadata) = socket.symlink_metadata() else { return Ok(()) };
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner == user || owner == 0 || user == 0 {
        return Ok(());
    }
    Err(AskError::Foreign { socket: socket.to_owned(), owner })
}

/// Connects, or says that it would have to wait: a host that takes no connections, as one that is held, would otherwise
/// hold whoever asks.
fn connect_now(socket: &Path) -> io::Result<UnixStream> {
    let address = SocketAddrUnix::new(socket)?;
    let end: OwnedFd = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&end, rustix::io::FdFlags::CLOEXEC)?;
    let stream = UnixStream::from(end);
    stream.set_nonblocking(true)?;
    rustix::net::connect(&stream, &address)?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}
