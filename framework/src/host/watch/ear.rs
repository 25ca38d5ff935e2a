//! The system's own watching: which folders it listens to, and what it has against that. Hints go to the inbox.
//!
//! notify's debouncer is not used. Hints need none, since looks have their own pace, and it swallows what matters here: of
//! a file that was there, is replaced by a rename and then deleted, all within its time, it says nothing at all.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::inbox::Inbox;
use crate::host::find::stamp::Stamp;
use crate::host::running::contained;

pub(super) struct Ear {
    inbox: Arc<Inbox>,
    /// Nothing until it is first needed, and where the system gives none.
    notify: Option<RecommendedWatcher>,
    /// Each with its inode and device: a folder that was made anew is not the one that is listened to.
    folders: BTreeMap<PathBuf, (u64, u64)>,
}

/// What came of listening.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Folders that are listened to from now on: what happened in them until now was not heard.
    pub(super) anew: BTreeSet<PathBuf>,
    /// Why some can not be listened to.
    pub(super) trouble: Option<String>,
}

impl Ear {
    pub(super) fn new(inbox: Arc<Inbox>) -> Self {
        Self { inbox, notify: None, folders: BTreeMap::new() }
    }

    /// Listens to these folders and to no others.
    pub(super) fn listen(&mut self, wanted: &BTreeSet<&Path>) -> Heard {
        let mut heard = Heard::default();
        let left: Vec<_> =
            self.folders.keys().filter(|known| !wanted.contains(known.as_path())).cloned().collect();
        left.iter().for_each(|folder| self.leave(folder));
        for folder in wanted {
            let stamp = match Stamp::of_path(folder) {
                Ok(stamp) => stamp,
                Err(error) => {
                    self.leave(folder);
                    if error.kind() == io::ErrorKind::NotFound {
                        // The next look finds where to listen instead.
                        heard.anew.insert(folder.to_path_buf());
                    } else {
                        heard.trouble = Some(error.to_string());
                    }
                    continue;
                }
            };
            let identity = (stamp.inode, stamp.device);
            if self.folders.get(*folder) == Some(&identity) {
                continue;
            }
            self.leave(folder);
            match self.ask(|notify| notify.watch(folder, RecursiveMode::NonRecursive)) {
                Ok(()) => {
                    self.folders.insert(folder.to_path_buf(), identity);
                    heard.anew.insert(folder.to_path_buf());
                }
                Err(notify::Error { kind: ErrorKind::PathNotFound, .. }) => {
                    heard.anew.insert(folder.to_path_buf());
                }
                Err(error) => heard.trouble = Some(error.to_string()),
            }
        }
        heard
    }

    /// Listens no more to a folder and to what is below it: it may have left its place.
    pub(super) fn forget(&mut self, folder: &Path) {
        let below = self.folders.range(folder.to_owned()..).map(|(known, _)| known);
        let left: Vec<_> = below.take_while(|known| known.starts_with(folder)).cloned().collect();
        left.iter().for_each(|folder| self.leave(folder));
    }

    /// Listens to nothing any more, until told to.
    pub(super) fn forget_all(&mut self) {
        self.folders.clear();
        if let Err(fault) = contained(|| self.notify = None) {
            tracing::warn!(target: "keyway", why = fault.message(), "the end of a watch panicked");
        }
    }

    fn leave(&mut self, folder: &Path) {
        if self.folders.remove(folder).is_some() {
            // The system may have left it already.
            let _ = self.ask(|notify| notify.unwatch(folder));
        }
    }

    /// Asks the system something. notify panics where the thread behind it has gone; it is given up then.
    fn ask(
        &mut self,
        what: impl FnOnce(&mut RecommendedWatcher) -> notify::Result<()>,
    ) -> notify::Result<()> {
        let notify = match &mut self.notify {
            Some(notify) => notify,
            empty => {
                let inbox = Arc::clone(&self.inbox);
                let notify =
                    RecommendedWatcher::new(move |said| inbox.hear(said), notify::Config::default())?;
                empty.insert(notify)
            }
        };
        contained(|| what(notify)).unwrap_or_else(|fault| {
            self.forget_all();
            Err(notify::Error::generic(fault.message()))
        })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.forget_all();
    }
}
