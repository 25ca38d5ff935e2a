//! The watcher's thread: when which folder is looked at.
//!
//! Looks come in rounds, and rounds are apart by the time that things have to settle, so that however many hints come
//! in, a folder is listed once in that time.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::ear::Ear;
use super::inbox::{Inbox, News};
use super::ledger::{Ledger, Reader};
use super::listing::{Listing, Posts};
use super::{Change, Look, Pace};

/// How often the beginning lists and listens by turns, for folders that are made meanwhile.
const TRIES: usize = 3;

pub(super) struct Worker {
    folders: Vec<Folder>,
    pace: Pace,
    inbox: Arc<Inbox>,
    ear: Ear,
    reader: Reader,
    /// Why hints may be missing, as long as they may.
    trouble: Option<String>,
    /// Before this there is no look.
    rested: Instant,
}

struct Folder {
    ledger: Ledger,
    posts: Posts,
    /// The next look.
    due: Instant,
    /// What is to be read at it whatever its stamp.
    doubted: BTreeSet<OsString>,
}

impl Worker {
    /// Takes what is there as known; from here on no change is missed.
    pub(super) fn new(
        named: Vec<(PathBuf, PathBuf)>,
        pace: Pace,
        inbox: Arc<Inbox>,
        look: Box<dyn Fn(&Path) -> Look + Send>,
        tell: Box<dyn Fn(Change) + Send>,
    ) -> Self {
        let (ear, asked, now) = (Ear::new(Arc::clone(&inbox)), Arc::clone(&inbox), Instant::now());
        let folder = |(named, full): (PathBuf, PathBuf)| {
            let mut listing = Listing::of(&full);
            let posts = std::mem::take(&mut listing.posts);
            let ledger = Ledger::new(named, full, listing);
            Folder { ledger, posts, due: now + pace.quiet, doubted: BTreeSet::new() }
        };
        let stopped = Box::new(move || asked.is_stopped());
        let reader = Reader { look, tell, stopped };
        let mut worker = Self { folders: Vec::new(), pace, inbox, ear, reader, trouble: None, rested: now };
        for _ in 0..TRIES {
            worker.folders = named.iter().cloned().map(folder).collect();
            if !worker.listen(None) {
                break;
            }
        }
        worker
    }

    /// Until the watch is stopped.
    pub(super) fn run(mut self) {
        for folder in &mut self.folders {
            folder.ledger.read_first(&self.reader);
        }
        self.plan();
        loop {
            let due = self.folders.iter().map(|folder| folder.due).min().unwrap_or(self.rested);
            let news = self.inbox.wait(self.rested, due);
            if self.inbox.is_stopped() {
                return;
            }
            self.round(news);
        }
    }

    fn round(&mut self, news: News) {
        let trouble = self.take(news);
        let now = Instant::now();
        for folder in self.folders.iter_mut().filter(|folder| folder.due <= now) {
            #[cfg(test)]
            self.inbox.looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let mut listing = Listing::of(folder.ledger.folder());
            folder.posts = std::mem::take(&mut listing.posts);
            folder.due = now + self.pace.quiet;
            folder.ledger.compare(listing, &std::mem::take(&mut folder.doubted), &self.reader);
        }
        self.rested = Instant::now() + self.pace.settle;
        self.listen(trouble);
        self.plan();
    }

    /// Says which folders must be looked at in this round. Gives the trouble that is among the news.
    fn take(&mut self, news: News) -> Option<String> {
        let now = Instant::now();
        let mut everything = news.everything;
        for (hint, leaves) in &news.hints {
            if *leaves {
                self.ear.forget(hint);
            }
            let mut known = false;
            for folder in &mut self.folders {
                if let Some(things) = folder.posts.concerned(hint) {
                    folder.due = now;
                    folder.doubted.extend(things);
                    known = true;
                }
                known |= hint.parent().is_some_and(|parent| folder.posts.has(parent));
            }
            // From a folder that nobody listens to any more, or under a name that we do not know it by.
            everything |= !known;
        }
        if news.everything {
            self.ear.forget_all();
        }
        if everything {
            self.folders.iter_mut().for_each(|folder| folder.due = now);
        }
        news.trouble
    }

    /// Listens where the folders want it. What is listened to from now on is looked at once more in the next round;
    /// gives whether there is any such.
    fn listen(&mut self, trouble: Option<String>) -> bool {
        let wanted = self.folders.iter().flat_map(|folder| folder.posts.folders()).collect();
        let heard = self.ear.listen(&wanted);
        for folder in &mut self.folders {
            if heard.anew.iter().any(|anew| folder.posts.has(anew)) {
                folder.due = self.rested;
            }
        }
        match (trouble.or(heard.trouble), &self.trouble) {
            (Some(why), None) => {
                let every = self.pace.troubled;
                tracing::warn!(target: "keyway", why, ?every, "hints are missing: plugin folders are looked at by the clock");
                self.trouble = Some(why);
            }
            (None, Some(_)) => {
                tracing::info!(target: "keyway", "no hints are missing any more");
                self.trouble = None;
            }
            (now, _) => self.trouble = now,
        }
        !heard.anew.is_empty()
    }

    /// Says when each folder is looked at next, if nothing is heard.
    fn plan(&mut self) {
        let troubled = Instant::now() + self.pace.troubled;
        for folder in &mut self.folders {
            if folder.ledger.is_moving() {
                folder.due = folder.due.min(self.rested);
            }
            if let Some(again) = folder.ledger.again() {
                folder.due = folder.due.min(again);
            }
            if self.trouble.is_some() {
                folder.due = folder.due.min(troubled);
            }
        }
    }
}
