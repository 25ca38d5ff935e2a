//! A running host that watches its plugin folders: who is told, and what is started.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use super::find::discovery::Search;
use super::find::sidecar;
use super::lifecycle::Core;
use super::watch::{Change, Look, WatchError, Watcher};
use super::{EVENTS_WAITING, Host};

/// How long a file must rest before it counts as whole.
const SETTLE: Duration = Duration::from_millis(200);

/// What a host does about a change in its plugin folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Then {
    /// It tells of it.
    Tell,
    /// It looks at its folders again before it tells: what is new and can run is started, and so is what did not run for
    /// a reason that is gone. What runs goes on as it is, as with [`Host::refresh`].
    Start,
}

/// The changes in a host's plugin folders, for as long as the value lives. From [`Host::watch`].
///
/// Dropping it ends the watch, and waits for what is under way.
#[derive(Debug)]
pub struct Watch {
    changes: Receiver<Change>,
    // Ends before the thread that it tells.
    watcher: Option<Watcher>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Watches the plugin folders: each file that appears, changes or goes is told once, when it is whole. What lies in
    /// them now is not told.
    ///
    /// Who does not keep up with [`EVENTS_WAITING`] changes misses some; the host misses none.
    ///
    /// **Errors:** the host has no plugin folder, or there is no thread to be had.
    pub fn watch(&self, then: Then) -> Result<Watch, WatchError> {
        let search = Arc::clone(&self.survey().search);
        let folders = search.folders.clone();
        let (tell, told) = channel();
        let (pass_on, changes) = sync_channel(EVENTS_WAITING);
        let core = Arc::downgrade(&self.core);
        let act = move || act(&core, then, &told, &pass_on);
        let thread = std::thread::Builder::new().name("keyway-changes".into()).spawn(act);
        let thread = thread.map_err(|source| WatchError::Thread { source })?;
        let watcher = Watcher::begin(
            folders,
            SETTLE,
            move |path| look(&search, path),
            move |change| {
                // Whoever does not listen any more needs not be told.
                let _told = tell.send(change);
            },
        )?;
        Ok(Watch { changes, watcher: Some(watcher), thread: Some(thread) })
    }
}

/// Passes changes on, after what is to be done about them: once for as many as have come meanwhile.
fn act(core: &Weak<Core>, then: Then, told: &Receiver<Change>, pass_on: &SyncSender<Change>) {
    while let Ok(first) = told.recv() {
        let mut changes = vec![first];
        changes.extend(told.try_iter());
        if then == Then::Start {
            let Some(core) = core.upgrade() else { return };
            if let Err(error) = core.refind() {
                tracing::debug!(target: "keyway", %error, "nothing is started any more");
            }
        }
        for change in changes {
            if let Err(error) = pass_on.try_send(change) {
                tracing::debug!(target: "keyway", %error, "a change is not told");
            }
        }
    }
}

/// What a file or subfolder says of itself.
fn look(search: &Search, path: &Path) -> Look {
    if path.is_dir() {
        return match sidecar::read(path) {
            None => Look::Other,
            Some(Ok(sidecar)) => Look::Plugins(vec![(sidecar.manifest.id, sidecar.manifest.version)]),
            Some(Err(error)) => Look::Unreadable(error.summary()),
        };
    }
    for bridge in &search.bridges {
        match bridge.check(path) {
            None => {}
            Some(Ok(artifact)) => {
                let manifests = artifact.manifests.iter();
                return Look::Plugins(manifests.map(|it| (it.id.clone(), it.version.clone())).collect());
            }
            Some(Err(refuses)) => return Look::Unreadable(crate::plugin::in_words(&*refuses)),
        }
    }
    Look::Other
}

impl Watch {
    /// The next change. `None` where none comes in this time, or none can come any more.
    pub fn next_within(&self, time: Duration) -> Option<Change> {
        self.changes.recv_timeout(time).ok()
    }
}

impl Iterator for Watch {
    type Item = Change;

    /// Waits for the next change.
    fn next(&mut self) -> Option<Change> {
        self.changes.recv().ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.watcher.take());
        if let Some(thread) = self.thread.take() {
            // A panic in it was told by its hook.
            let _ended = thread.join();
        }
    }
}
