//! Why a host can not be spoken with: on its own side, and on that of who asks.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::report::Trouble;

/// Why a host can not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// There are no sockets in folders here.
    #[error("a host can not be controlled from outside on this platform")]
    Unsupported,
    /// The folder is missing and can not be made, or can not be looked at.
    #[error("the runtime folder `{}` can not be used", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder is somebody else's.
    #[error("the runtime folder `{}` belongs to user {owner}, and this host runs as user {user}", .folder.display())]
    Owner {
        /// The folder.
        folder: PathBuf,
        /// The owner's number.
        owner: u32,
        /// The number of the user that the host runs as.
        user: u32,
    },
    /// Others could put a socket of theirs in the place of the host's.
    #[error("others may write to the runtime folder `{}` (mode {mode:04o})", .folder.display())]
    Open {
        /// The folder.
        folder: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The system takes no socket with such a path.
    #[error("the socket's path `{}` has {} bytes, and the system takes {most}", .socket.display(), .socket.as_os_str().len())]
    PathTooLong {
        /// The socket's file.
        socket: PathBuf,
        /// The most bytes that a path may have.
        most: usize,
    },
    /// The socket can not be made, or nobody can listen on it.
    #[error("the socket `{}` can not be opened", .socket.display())]
    Socket {
        /// The socket's file.
        socket: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl ControlError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported => "control-unsupported",
            Self::Folder { .. } => "control-folder",
            Self::Owner { .. } => "control-owner",
            Self::Open { .. } => "control-open",
            Self::PathTooLong { .. } => "control-path",
            Self::Socket { .. } => "control-socket",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Unsupported => "let the host itself do what is to be done while it runs".into(),
            Self::Folder { folder, source } if source.kind() == io::ErrorKind::NotADirectory => {
                format!("move away the file that is in the way of `{}`, or {ELSEWHERE}", folder.display())
            }
            Self::Folder { folder, .. } => {
                format!("let the user that the host runs as write to `{}`, or {ELSEWHERE}", folder.display())
            }
            Self::Owner { owner, .. } => format!("run the host as user {owner}, or {ELSEWHERE}"),
            Self::Open { folder, .. } => format!("close it to others: `chmod 700 {}`", folder.display()),
            Self::PathTooLong { .. } => {
                "set `XDG_RUNTIME_DIR` or `KEYWAY_HOME` to a folder with a shorter path".into()
            }
            Self::Socket { socket, .. } => {
                let folder = socket.parent().unwrap_or(socket);
                format!(
                    "keep sockets on a file system that can hold them: {ELSEWHERE} than `{}`",
                    folder.display()
                )
            }
        }
    }
}

const ELSEWHERE: &str = "set `XDG_RUNTIME_DIR` or `KEYWAY_HOME` to another folder";

/// Why a running host gave no answer, or no good one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// There are no sockets in folders here.
    #[error("a host can not be asked from outside on this platform")]
    Unsupported,
    /// Its socket is there, and the host is not: it was killed.
    #[error("the host of `{}` is gone", .socket.display())]
    Gone {
        /// The socket's file.
        socket: PathBuf,
    },
    /// The socket is another user's, who could say what he likes.
    #[error("`{}` belongs to user {owner}, and not to you", .socket.display())]
    Foreign {
        /// The socket's file.
        socket: PathBuf,
        /// The owner's number.
        owner: u32,
    },
    /// It can not be spoken with.
    #[error("the host of `{}` can not be reached", .socket.display())]
    Io {
        /// The socket's file.
        socket: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It does not answer.
    #[error("the host of `{}` {}", .socket.display(), silence(*.waited))]
    Silent {
        /// The socket's file.
        socket: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// It answers, and not as it should.
    #[error("the host of `{}` gave an answer that is none: {what}", .socket.display())]
    Garbled {
        /// The socket's file.
        socket: PathBuf,
        /// What is wrong with the answer.
        what: String,
    },
    /// It says no.
    #[error("{}", .0.message)]
    Refused(Trouble),
}

fn silence(waited: Duration) -> String {
    match waited {
        Duration::ZERO => "lets nobody in: too many wait already".into(),
        _ => format!("gave no answer within {waited:?}"),
    }
}

impl AskError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &str {
        match self {
            Self::Unsupported => "control-unsupported",
            Self::Gone { .. } => "host-gone",
            Self::Foreign { .. } => "host-foreign",
            Self::Io { .. } => "host-unreachable",
            Self::Silent { .. } => "host-silent",
            Self::Garbled { .. } => "host-garbled",
            Self::Refused(trouble) => &trouble.code,
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Unsupported => "let the host itself do what is to be done while it runs".into(),
            Self::Gone { socket } => {
                format!("start it again; `rm {}` takes its socket away", socket.display())
            }
            Self::Foreign { socket, owner } => {
                format!("ask as user {owner}, or remove `{}` if it should not be there", socket.display())
            }
            Self::Io { socket, .. } => {
                format!(
                    "ask as the user that the host runs as: `ls -l {}` shows who that is",
                    socket.display()
                )
            }
            Self::Silent { socket, .. } => match pid_of(socket) {
                Some(pid) => format!("see what holds it up: it is process {pid}"),
                None => "see what holds it up".into(),
            },
            Self::Garbled { .. } => "take this command and the host from the same version of keyway".into(),
            Self::Refused(trouble) => trouble.help.clone(),
        }
    }

    /// As what a document carries.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Refused(trouble) => trouble.clone(),
            _ => Trouble {
                code: self.code().to_owned(),
                message: crate::plugin::in_words(self),
                help: self.help(),
            },
        }
    }
}

/// The process whose socket this is, by the name of the file.
pub(super) fn pid_of(socket: &Path) -> Option<u32> {
    let name = socket.file_name()?.to_str()?.strip_suffix(".sock")?;
    let (pid, number) = name.split_once('-')?;
    number.parse::<u32>().ok()?;
    pid.parse().ok()
}
