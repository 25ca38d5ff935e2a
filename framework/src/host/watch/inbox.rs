//! Where hints wait for the watcher's thread: the system's side puts them in, at any time and from any thread.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind};

/// More hints than this are one: that everything must be looked at.
const MOST_HINTS: usize = 1 << 16;

/// What has come in.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What is hinted at, and whether it may have left its place: then nothing is heard from there any more.
    pub(super) hints: BTreeMap<PathBuf, bool>,
    /// Hints were lost, and everything must be looked at.
    pub(super) everything: bool,
    /// Why hints were or may be lost.
    pub(super) trouble: Option<String>,
}

impl News {
    fn is_none(&self) -> bool {
        self.hints.is_empty() && !self.everything && self.trouble.is_none()
    }
}

#[derive(Debug, Default)]
pub(super) struct Inbox {
    news: Mutex<News>,
    bell: Condvar,
    stopped: AtomicBool,
    /// How many times a folder was listed.
    #[cfg(test)]
    pub(super) looks: std::sync::atomic::AtomicU64,
    /// How many times the system said that it could not keep up.
    #[cfg(test)]
    pub(super) overflows: std::sync::atomic::AtomicU64,
}

impl Inbox {
    /// Takes what the system says.
    pub(super) fn hear(&self, said: notify::Result<Event>) {
        let mut news = self.lock();
        match said {
            Ok(event) if event.need_rescan() => {
                #[cfg(test)]
                self.overflows.fetch_add(1, Ordering::Relaxed);
                news.everything = true;
                news.trouble = Some("the system could not keep up with the changes".into());
            }
            // That a file is read, which is also heard when we do it, changes nothing.
            Ok(Event { kind: EventKind::Access(kind), .. })
                if kind != AccessKind::Close(AccessMode::Write) =>
            {
                return;
            }
            Ok(Event { kind, paths, .. }) => {
                let leaves = matches!(kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
                for path in paths {
                    *news.hints.entry(path).or_default() |= leaves;
                }
                if news.hints.len() > MOST_HINTS {
                    news.hints.clear();
                    news.everything = true;
                }
            }
            Err(error) => {
                news.everything = true;
                news.trouble = Some(error.to_string());
            }
        }
        drop(news);
        self.bell.notify_one();
    }

    /// Waits: in any case until `rested`, then until something has come in, at most until `due`; never once stopped.
    pub(super) fn wait(&self, rested: Instant, due: Instant) -> News {
        let mut news = self.lock();
        loop {
            let now = Instant::now();
            let until = if now < rested { rested } else { due };
            if self.is_stopped() || now >= rested && (now >= due || !news.is_none()) {
                return std::mem::take(&mut *news);
            }
            let left = until.saturating_duration_since(now).max(Duration::from_micros(1));
            news = self.bell.wait_timeout(news, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends every wait.
    pub(super) fn stop(&self) {
        let news = self.lock();
        self.stopped.store(true, Ordering::Release);
        drop(news);
        self.bell.notify_one();
    }

    /// Whether the watch has ended.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
