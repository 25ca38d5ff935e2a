//! Control: a running host told and asked from outside, over a socket in its runtime folder.
//!
//! ```text
//! keyway load a/b ──► Client ── one JSON request a line ──► <runtime folder>/<pid>-<n>.sock ──► Control ──► Host
//!                            ◄── one JSON answer a line ──
//! ```
//!
//! What is decided here: who may speak with a host (its own user and the superuser), how long a word may be and how long it
//! may take, and that nobody who speaks badly, slowly or not at all keeps others waiting. What a request does is the host's
//! own method of that name. Where the runtime folder is, [`Places`](super::Places) says; which host is meant where several
//! run is for whoever asks.
//!
//! # Protocol
//!
//! A request is a line of JSON with the schema, its name and its fields; an answer is a line with `answer` or `error`:
//!
//! ```json
//! {"schema":"keyway.control/1","request":"unload","id":"a/b","cascade":true}
//! {"schema":"keyway.control/1","answer":{"item":{"id":"a/b","state":"retired"},"also":["c/d"]}}
//! {"schema":"keyway.control/1","error":{"code":"unknown-plugin","message":"there is no plugin `a/x`","help":"…"}}
//! ```
//!
//! | request | fields | answer |
//! |---|---|---|
//! | `host` | | [`HostReport`] |
//! | `list`, `refresh` | | [`List`] |
//! | `plugin` | `id` | [`Details`] |
//! | `why` | `id` | [`Why`] |
//! | `status` | `id`, or none for all | [`Statuses`] |
//! | `history` | `id` | [`History`] |
//! | `logs` | `id`, `after`: a line's number, 0 for all | [`Lines`] |
//! | `load`, `reload`, `enable`, `disable` | `id` | [`Changed`] |
//! | `unload` | `id`, `cascade` | [`Changed`] |
//! | `follow-logs` | `id`, `after` | a [`Line`] at a time, until the asker says anything or goes |
//! | `follow-status` | `id` or none, `every_ms` | a [`StatusItem`] at a time, whenever it is another |
//!
//! Several requests may follow each other on one connection. An unknown request, field or schema is an error, never passed
//! over.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Host;

mod answer;
mod error;
mod hosts;
#[cfg_attr(not(unix), allow(dead_code, reason = "nothing crosses a socket there"))]
mod protocol;
mod report;
mod status;
mod why;

#[cfg(unix)]
mod client;
#[cfg(not(unix))]
#[path = "control/client_disabled.rs"]
mod client;
#[cfg(unix)]
mod serve;
#[cfg(not(unix))]
#[path = "control/serve_disabled.rs"]
mod serve;

pub use client::{Client, hosts};
pub use error::{AskError, ControlError};
pub use hosts::{Hosts, RunningHost};
pub use protocol::{LINE, Request, SCHEMA};
pub use report::{
    Aside, Change, Changed, Details, History, HostReport, Item, Line, Lines, List, Stays, Trouble, Unreadable,
};
pub use status::{HealthItem, StatusItem, Statuses};
pub use why::Why;

/// The most connections that are served at once.
pub const CONNECTIONS: usize = 16;
/// The most of them that may follow something.
pub const FOLLOWERS: usize = 8;

impl Host {
    /// Lets the host be told and asked from outside for as long as the value that is given back lives, or the host: on a
    /// socket `<pid>-<n>.sock` in the folder, which is made where it is missing, for nobody but its user.
    ///
    /// Who is another user than the host's own, and is not the superuser, is told no. At most [`CONNECTIONS`] are
    /// served at once; who waits without a word gives way to others.
    ///
    /// ```no_run
    /// use keyway::host::{Host, Places};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::builder("toolbox", "1.0.0").start()?;
    /// let control = host.control(&Places::standard("toolbox").runtime)?;
    /// println!("keyway --app toolbox list now asks {}", control.socket().display());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Errors:** the folder can not be made, or others may write to it; the socket's path is too long, or it can not be
    /// made.
    ///
    /// **Platforms:** Unix; elsewhere it is [`ControlError::Unsupported`]. Who asks is told by the system on Linux; on
    /// other Unix systems the modes of the folder and the socket alone keep others out, and the folder's must be 0700.
    pub fn control(&self, folder: &Path) -> Result<Control, ControlError> {
        serve::Server::open(&self.core, folder).map(|server| Control { server })
    }
}

/// A host's open ear. From [`Host::control`]. Dropping it closes the socket and every connection, and takes its file away;
/// what was asked for before is still done.
#[must_use = "the socket is closed when this is dropped"]
pub struct Control {
    server: serve::Server,
}

impl Control {
    /// The socket's file.
    pub fn socket(&self) -> &Path {
        self.server.socket()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("socket", &PathBuf::from(self.socket())).finish()
    }
}
