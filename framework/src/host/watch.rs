//! Watching: which plugins appear in the plugin folders, change there and go, told one by one once they are whole.
//!
//! ```text
//! notify ──hints──► inbox ──► listing of the folder ──► compared with what is known ──► read twice ──► Change
//!                             (names and stamps)                                       (digests)
//! ```
//!
//! What the system says of a folder is only a hint that it is worth a look: hints get lost, come twice, and come while a
//! linker still writes. What is told follows from looks alone: two of them, some time apart, that found the same stamp
//! and the same content. So a hint that never comes delays an event and does not lose it, since every folder is looked
//! at from time to time without one.
//!
//! No code of a plugin runs here. What a file says of itself is read by whoever begins the watch (`look`), and what is
//! done about a change is decided by whoever is told (`tell`).

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use semver::Version;

use self::inbox::Inbox;
use self::worker::Worker;
use super::find::stamp::Digest;
use crate::id::PluginId;

mod ear;
mod inbox;
mod ledger;
mod links;
mod listing;
#[cfg(test)]
mod tests;
mod worker;

/// Something happened to what lies in a plugin folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The file, or the subfolder with a `plugin.toml` or `plugin.json` in it; its folder as the host named it. The
    /// folder itself where that can not be read.
    pub place: PathBuf,
    /// The plugins in it, by id; for [`Gone`](ChangeKind::Gone) those that were in it.
    pub plugins: Vec<(PluginId, Version)>,
    /// The plugins that were in it before, by id; those that are in `plugins` no more are gone.
    pub before: Vec<(PluginId, Version)>,
    /// What was read: of a file its content, of a subfolder the names and contents of its files. Nothing where it is
    /// gone or could not be read.
    pub digest: Option<Digest>,
    /// When it was told.
    pub at: SystemTime,
}

/// What happened to a file or subfolder of a plugin folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is there, and was not, or held no plugin.
    Found,
    /// Its content is another one. So it is where it was taken away and put there again within a moment, and where it
    /// was unreadable.
    Changed,
    /// It is there no more, or holds no plugin any more. No ids are told of what changed before it was first read.
    Gone,
    /// It is there, and can not be read: in one clause, why.
    Unreadable(String),
}

/// What a file or subfolder says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing of ours.
    Other,
    /// The plugins in it.
    Plugins(Vec<(PluginId, Version)>),
    /// Meant for us and not to be read: why.
    Unreadable(String),
}

/// Why the plugin folders can not be watched. What only makes watching slower is no such reason: it is told to the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// There is nothing to watch.
    #[error("the host has no plugin folder that could be watched")]
    NoFolder,
    /// A relative folder, and the process has no working folder any more.
    #[error("plugin folder `{}` is relative to a working folder that can not be told", .folder.display())]
    Relative {
        /// As the host named it.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no thread.
    #[error("the thread that watches the plugin folders could not be started")]
    Thread {
        /// What the system says.
        source: io::Error,
    },
}

impl WatchError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFolder => "watch-no-folder",
            Self::Relative { .. } => "watch-relative",
            Self::Thread { .. } => "watch-thread",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::NoFolder => "name one with `HostBuilder::plugin_dir`; it need not exist yet".into(),
            Self::Relative { folder, .. } => {
                format!(
                    "name `{}` from the root on, or start the host in a folder that is there",
                    folder.display()
                )
            }
            Self::Thread { .. } => "give the user who runs the host room for one more thread".into(),
        }
    }
}

/// How long the watcher waits for what.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Between two looks that must find the same.
    settle: Duration,
    /// Between two looks at a folder while hints may be missing.
    troubled: Duration,
    /// Between two looks at a folder that nothing was heard of: some file systems never give a hint, such as those that
    /// another machine writes to.
    quiet: Duration,
}

impl Pace {
    fn settling(settle: Duration) -> Self {
        Self { settle, troubled: Duration::from_secs(2), quiet: Duration::from_secs(30) }
    }
}

/// A thread that watches plugin folders. Dropping it ends the thread and waits for that; nothing is told any more once
/// the drop has returned.
pub(super) struct Watcher {
    inbox: Arc<Inbox>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Begins to watch. What lies in the folders now is known and is not told.
    ///
    /// A folder that was named twice is watched once. Each need not exist yet. `look` and `tell` are called on the
    /// watcher's own thread, one call at a time; `look` once for everything that is there now, and again for what has
    /// changed, always with the path that would be a [`Change::place`]. The drop waits for a call that has begun.
    /// A panic in `look` makes the thing unreadable, one in `tell` is told to the log. `tell` may drop the watcher:
    /// nothing is told after that call.
    ///
    /// **Errors:** [`WatchError`] where there is nothing to watch, or no thread to do it.
    pub(super) fn begin(
        folders: Vec<PathBuf>,
        settle: Duration,
        look: impl Fn(&Path) -> Look + Send + 'static,
        tell: impl Fn(Change) + Send + 'static,
    ) -> Result<Self, WatchError> {
        Self::at_pace(folders, Pace::settling(settle), look, tell)
    }

    fn at_pace(
        folders: Vec<PathBuf>,
        pace: Pace,
        look: impl Fn(&Path) -> Look + Send + 'static,
        tell: impl Fn(Change) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let mut named = Vec::new();
        let mut seen = BTreeSet::new();
        for folder in folders {
            let full = std::path::absolute(&folder)
                .map_err(|source| WatchError::Relative { folder: folder.clone(), source })?;
            if seen.insert(full.canonicalize().unwrap_or_else(|_| full.clone())) {
                named.push((folder, full));
            }
        }
        if named.is_empty() {
            return Err(WatchError::NoFolder);
        }
        let inbox = Arc::new(Inbox::default());
        let worker = Worker::new(named, pace, Arc::clone(&inbox), Box::new(look), Box::new(tell));
        let thread = thread::Builder::new()
            .name("keyway-watch".into())
            .spawn(move || worker.run())
            .map_err(|source| WatchError::Thread { source })?;
        Ok(Self { inbox, thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.inbox.stop();
        let Some(thread) = self.thread.take() else { return };
        // From `tell`, on that very thread: it ends when the call returns.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!(target: "keyway", "the thread that watched the plugin folders panicked");
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").finish_non_exhaustive()
    }
}
