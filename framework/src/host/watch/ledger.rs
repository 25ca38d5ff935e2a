//! What is known of one plugin folder, and what a look at it changes in that.
//!
//! ```text
//! as known ──another stamp──► moving ──the same stamp, read──► read once ──the same content──► told, as known
//!     ▲                         ▲  └──────── another stamp ◄───────┘ │
//!     └──── content as known ───┴───────── another content ◄─────────┘
//! ```
//!
//! A step is one look; looks are apart by the time that things have to settle, which is the worker's business.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use semver::Version;

use super::listing::{Content, Listing, Seen};
use super::{Change, ChangeKind, Look};
use crate::host::find::stamp::Digest;
use crate::host::running::contained;
use crate::id::PluginId;

/// After this time a stamp tells of every change that came after it.
const DOUBT: Duration = Duration::from_millis(2_100);

/// What the ledger asks for.
pub(super) struct Reader {
    pub(super) look: Box<dyn Fn(&Path) -> Look + Send>,
    pub(super) tell: Box<dyn Fn(Change) + Send>,
    pub(super) stopped: Box<dyn Fn() -> bool + Send>,
}

impl Reader {
    fn look(&self, place: &Path) -> Look {
        let look = contained(|| (self.look)(place));
        let mut look = look
            .unwrap_or_else(|fault| Look::Unreadable(format!("reading it panicked: {}", fault.message())));
        if let Look::Plugins(plugins) = &mut look {
            plugins.sort();
        }
        look
    }

    fn tell(&self, change: Change) {
        if (self.stopped)() {
            return;
        }
        tracing::debug!(target: "keyway", place = %change.place.display(), kind = ?change.kind, "a plugin folder");
        if let Err(fault) = contained(|| (self.tell)(change)) {
            tracing::error!(target: "keyway", why = fault.message(), "who is told of plugin folders panicked");
        }
    }
}

pub(super) struct Ledger {
    /// As the host named it.
    named: PathBuf,
    /// The same from the root on.
    full: PathBuf,
    known: BTreeMap<OsString, Known>,
    /// What is not as it is known, or was not at the last look.
    moving: BTreeMap<OsString, Moving>,
}

/// A thing as it was last told, or as it was at the beginning.
struct Known {
    seen: Seen,
    /// Nothing where it was not read.
    content: Option<Content>,
    holds: Holds,
    /// When to read it once more: it was read so soon after its last change that its stamp may hide another.
    again: Option<Instant>,
}

enum Holds {
    /// There at the beginning, and not yet read.
    Unread,
    /// Nothing of ours.
    Other,
    Plugins(Vec<(PluginId, Version)>),
    /// What was told to be unreadable.
    Unreadable,
}

impl Holds {
    fn of(look: &Look) -> Self {
        match look {
            Look::Other => Self::Other,
            Look::Plugins(plugins) => Self::Plugins(plugins.clone()),
            Look::Unreadable(_) => Self::Unreadable,
        }
    }
}

struct Moving {
    seen: Seen,
    /// Nothing as long as its stamp was another at each look.
    content: Option<Content>,
}

impl Ledger {
    /// Takes what is there as known.
    pub(super) fn new(named: PathBuf, full: PathBuf, listing: Listing) -> Self {
        let known = |seen| Known { seen, content: None, holds: Holds::Unread, again: None };
        let known = listing.things.into_iter().map(|(name, seen)| (name, known(seen))).collect();
        Self { named, full, known, moving: BTreeMap::new() }
    }

    /// The folder from the root on.
    pub(super) fn folder(&self) -> &Path {
        &self.full
    }

    /// Whether another look is needed once things had time to settle.
    pub(super) fn is_moving(&self) -> bool {
        !self.moving.is_empty()
    }

    /// When a look is needed that nothing else asks for.
    pub(super) fn again(&self) -> Option<Instant> {
        self.known.values().filter_map(|known| known.again).min()
    }

    /// Reads what was there at the beginning, so that it can be told what of it is gone, and what was only touched.
    /// What is no plugin is not read whole.
    pub(super) fn read_first(&mut self, reader: &Reader) {
        for (name, known) in &mut self.known {
            if (reader.stopped)() {
                return;
            }
            read_known(&self.named, &self.full, name, known, reader);
        }
    }

    /// Compares a look with what is known, and tells what has settled. What is `doubted` is read even where its stamp
    /// is as known.
    pub(super) fn compare(&mut self, mut listing: Listing, doubted: &BTreeSet<OsString>, reader: &Reader) {
        let names: BTreeSet<OsString> = if listing.is_closed() {
            [OsString::new()].into()
        } else {
            let known = self.known.keys().chain(self.moving.keys());
            known.chain(listing.things.keys()).cloned().collect()
        };
        for name in names {
            if (reader.stopped)() {
                return;
            }
            let seen = listing.things.remove(&name).unwrap_or(Seen::Missing);
            if self.is_as_known(&name, &seen, doubted.contains(&name), reader) {
                self.moving.remove(&name);
            } else {
                self.advance(name, seen, reader);
            }
        }
    }

    /// Whether nothing has to be done about a thing.
    fn is_as_known(&mut self, name: &OsString, seen: &Seen, doubted: bool, reader: &Reader) -> bool {
        let Some(known) = self.known.get_mut(name) else { return *seen == Seen::Missing };
        if known.seen != *seen {
            return false;
        }
        if matches!(known.holds, Holds::Unread) {
            read_known(&self.named, &self.full, name, known, reader);
            return true;
        }
        let again = known.again.is_some_and(|again| again <= Instant::now());
        if again {
            known.again = None;
        }
        let doubted = doubted || again || self.moving.contains_key(name);
        !doubted
            || known.content.as_ref().is_some_and(|content| *content == seen.content(&self.full.join(name)))
    }

    /// One step of a thing that is not as known.
    fn advance(&mut self, name: OsString, seen: Seen, reader: &Reader) {
        let read = || (seen != Seen::Missing).then(|| seen.content(&self.full.join(&name)));
        match self.moving.get_mut(&name) {
            None => {
                let content = read();
                self.moving.insert(name, Moving { seen, content });
            }
            // It is read when it rests: a linker writes in steps.
            Some(moving) if moving.seen != seen => *moving = Moving { seen, content: None },
            Some(moving) => {
                let content = read();
                if seen == Seen::Missing || moving.content == content {
                    self.moving.remove(&name);
                    self.settle(name, seen, content, reader);
                } else {
                    moving.content = content;
                }
            }
        }
    }

    /// A thing was found alike twice.
    fn settle(&mut self, name: OsString, seen: Seen, content: Option<Content>, reader: &Reader) {
        let before = self.known.remove(&name);
        let place = place(&self.named, &name);
        let Some(content) = content else {
            // A folder without a name is the plugin folder itself, which is readable again, or has gone with all in it.
            if let Some(before) = before.filter(|_| !name.is_empty()) {
                let plugins = match before.holds {
                    Holds::Other => return,
                    Holds::Plugins(plugins) => plugins,
                    Holds::Unread | Holds::Unreadable => Vec::new(),
                };
                reader.tell(change(ChangeKind::Gone, place, plugins.clone(), plugins, None));
            }
            return;
        };
        let again = seen.is_doubtful(SystemTime::now()).then(|| Instant::now() + DOUBT);
        let before = match before {
            Some(before) if before.content.as_ref() == Some(&content) => {
                self.known.insert(name, Known { seen, again, ..before });
                return;
            }
            before => before,
        };
        let look = match &seen {
            Seen::Closed(why) if name.is_empty() => Look::Unreadable(why.clone()),
            _ => reader.look(&place),
        };
        let now =
            if name.is_empty() { seen.clone() } else { Seen::of(&self.full.join(&name), &mut |_, _| {}) };
        if now != seen {
            // It moves again, and who looked may have seen anything.
            self.known.extend(before.map(|before| (name.clone(), before)));
            self.moving.insert(name, Moving { seen: now, content: None });
            return;
        }
        let digest = content.as_ref().ok().copied();
        let known = Known { seen, content: Some(content), holds: Holds::of(&look), again };
        self.known.insert(name, known);
        let (was_there, before) = match before.map(|before| before.holds) {
            None | Some(Holds::Other) => (false, Vec::new()),
            Some(Holds::Plugins(plugins)) => (true, plugins),
            Some(Holds::Unread | Holds::Unreadable) => (true, Vec::new()),
        };
        reader.tell(match look {
            Look::Other if !was_there => return,
            Look::Other => change(ChangeKind::Gone, place, before.clone(), before, None),
            Look::Plugins(plugins) if was_there => {
                change(ChangeKind::Changed, place, plugins, before, digest)
            }
            Look::Plugins(plugins) => change(ChangeKind::Found, place, plugins, before, digest),
            Look::Unreadable(why) => change(ChangeKind::Unreadable(why), place, Vec::new(), before, digest),
        });
    }
}

/// Reads a thing that was there at the beginning, if it is still as it was then.
fn read_known(named: &Path, full: &Path, name: &OsString, known: &mut Known, reader: &Reader) {
    if name.is_empty() {
        known.content = Some(known.seen.content(full));
        known.holds = Holds::Unreadable;
        return;
    }
    let path = full.join(name);
    let look = reader.look(&place(named, name));
    let content = (look != Look::Other).then(|| known.seen.content(&path));
    if Seen::of(&path, &mut |_, _| {}) == known.seen {
        known.content = content;
        known.holds = Holds::of(&look);
        known.again = known.seen.is_doubtful(SystemTime::now()).then(|| Instant::now() + DOUBT);
    }
}

fn place(named: &Path, name: &OsString) -> PathBuf {
    if name.is_empty() { named.to_owned() } else { named.join(name) }
}

fn change(
    kind: ChangeKind,
    place: PathBuf,
    plugins: Vec<(PluginId, Version)>,
    before: Vec<(PluginId, Version)>,
    digest: Option<Digest>,
) -> Change {
    Change { kind, place, plugins, before, digest, at: SystemTime::now() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::Arc;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// A listing from before a change: what a file system gives whose clock is too coarse to tell of it.
    fn stale(listing: &Listing) -> Listing {
        Listing { things: listing.things.clone(), ..Listing::default() }
    }

    #[test]
    fn a_change_that_its_stamp_hides_is_seen_by_a_hint_and_once_the_stamp_is_beyond_doubt() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.so");
        let plugins =
            |_: &Path| Look::Plugins(vec![(PluginId::new("test/one").unwrap(), Version::new(1, 0, 0))]);
        let reader = Reader { look: Box::new(plugins), tell: Box::new(|_| {}), stopped: Box::new(|| false) };
        let begin = || {
            fs::write(&file, "old").unwrap();
            let listing = Listing::of(folder.path());
            let mut ledger = Ledger::new(folder.path().into(), folder.path().into(), stale(&listing));
            ledger.read_first(&reader);
            fs::write(&file, "new").unwrap();
            (ledger, listing)
        };

        let (mut ledger, listing) = begin();
        ledger.compare(stale(&listing), &BTreeSet::new(), &reader);
        assert!(!ledger.is_moving(), "nobody can know");
        ledger.compare(stale(&listing), &["one.so".into()].into(), &reader);
        assert!(ledger.is_moving(), "a hint named it");

        let (mut ledger, listing) = begin();
        let again = ledger.again().expect("it was read right after it was written");
        std::thread::sleep(again.saturating_duration_since(Instant::now()));
        ledger.compare(stale(&listing), &BTreeSet::new(), &reader);
        assert!(ledger.is_moving(), "the time has come to read it once more");
    }

    #[test]
    fn what_is_written_without_a_new_stamp_is_asked_about_when_two_reads_found_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.so");
        let (asked, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (asks, tells) = (Arc::clone(&asked), Arc::clone(&told));
        let look = move |_: &Path| {
            asks.fetch_add(1, Relaxed);
            Look::Plugins(Vec::new())
        };
        let tell = move |change: Change| tells.lock().unwrap().push(change.digest);
        let reader = Reader { look: Box::new(look), tell: Box::new(tell), stopped: Box::new(|| false) };
        let mut ledger = Ledger::new(folder.path().into(), folder.path().into(), Listing::default());
        fs::write(&file, "000").unwrap();
        // As a linker that writes through a mapping: pages change, and the times of the file do not.
        let listing = Listing::of(folder.path());
        for content in ["100", "120", "123"] {
            fs::write(&file, content).unwrap();
            ledger.compare(stale(&listing), &BTreeSet::new(), &reader);
            assert_eq!(asked.load(Relaxed), 0, "{content}");
        }
        ledger.compare(stale(&listing), &BTreeSet::new(), &reader);
        assert_eq!(asked.load(Relaxed), 1);
        assert!(told.lock().unwrap().is_empty(), "it is not as the listing said by when it was asked about");
        for _ in 0..3 {
            ledger.compare(Listing::of(folder.path()), &BTreeSet::new(), &reader);
        }
        assert_eq!(*told.lock().unwrap(), [Some(Digest::of(b"123"))]);
    }
}
