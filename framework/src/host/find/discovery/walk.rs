//! One entry after the other: which is looked at, and what becomes of it.
//!
//! Nothing is opened before it is known to be a regular file or a folder, so that a pipe or a device makes nobody wait.
//! What a link refers to is taken for what stands there. The same file or folder reached twice counts once, which also
//! ends loops.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::super::cache::{
    self, Answer, Body, Cache, Entry, Kept, MOST_WITNESSES, Memory, Settled, Witness, lasts, seal,
};
use super::complaint::Complaint;
use super::examine::{Examined, Said, Threads};
use super::look::{self, Kind, Look, Reached};
use super::{Checked, Haul, Search};
use crate::host::loader::{Bridge, Cause, Problem};

/// What goes through the folders, whichever of them it is in.
pub(super) struct Walk {
    pub(super) haul: Haul,
    pub(super) bridges: Vec<Arc<dyn Bridge>>,
    /// Plugin folders, and folders in between, that were begun.
    begun: Reached,
    /// Plugins' files and subfolders.
    seen: Reached,
    memory: Memory,
    threads: Threads,
    /// Whether entries are written down.
    keeps: bool,
}

/// The folder that an entry is in.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) path: &'a Path,
    /// The plugin folder, as the host was given it.
    pub(super) folder: &'a Arc<str>,
    /// How many folders below that one.
    pub(super) depth: usize,
}

/// An entry that is being looked at, and since when.
pub(super) struct At<'a> {
    pub(super) path: PathBuf,
    pub(super) name: &'a OsStr,
    pub(super) look: Look,
    pub(super) now: SystemTime,
}

/// What became of an entry.
pub(super) enum Told {
    /// All as the cache has it.
    AsBefore,
    /// What the cache is to have of it, if anything.
    Anew(Vec<u8>),
}

/// What was said of an entry just now.
pub(super) struct Fresh {
    pub(super) witnesses: Vec<Witness>,
    pub(super) answers: Vec<Answer>,
    /// Whether the same would be said again unless a stamp tells otherwise.
    pub(super) settled: bool,
}

impl Fresh {
    /// Nothing so far, on the word of the entry alone.
    pub(super) fn of(at: &At<'_>) -> Self {
        let mut fresh = Self { witnesses: Vec::new(), answers: Vec::new(), settled: true };
        fresh.witness(PathBuf::new(), &at.look, at.now, true);
        fresh
    }

    /// What has to be looked at again next time.
    pub(super) fn unsettled(problem: Option<Problem>) -> Self {
        let answer = |problem| Answer::Problem { witness: 0, problem };
        Self { witnesses: Vec::new(), answers: problem.map(answer).into_iter().collect(), settled: false }
    }

    /// Lets the answers hang on one more file, and gives its number. `counts` where reaching it twice is reaching the
    /// plugin twice.
    pub(super) fn witness(&mut self, path: PathBuf, look: &Look, now: SystemTime, counts: bool) -> usize {
        self.settled &= !look.stamp.doubtful(now);
        self.witnesses.push(Witness { path, stamp: Some(look.stamp), counts });
        self.witnesses.len() - 1
    }

    /// Adds what stands in the way of a plugin.
    pub(super) fn problem(&mut self, witness: usize, place: &Path, cause: impl Into<Cause>) {
        let cause = cause.into();
        self.settled &= lasts(&cause);
        self.answers.push(Answer::Problem { witness, problem: Problem { place: place.to_owned(), cause } });
    }
}

impl Walk {
    pub(super) fn new(search: &Search) -> Self {
        Self {
            haul: Haul::default(),
            bridges: search.bridges.clone(),
            begun: Reached::default(),
            seen: Reached::default(),
            memory: Memory::default(),
            threads: Threads::default(),
            keeps: search.cache.is_some(),
        }
    }

    /// Whether a folder is begun for the first time.
    pub(super) fn begin(&mut self, folder: look::Identity) -> bool {
        self.begun.insert(folder)
    }

    /// Reads the first of these files of a plugin folder, where several threads are of use.
    pub(super) fn ahead(&mut self, folder: &Path, names: &[OsString]) -> Vec<Examined> {
        self.threads.ahead(folder, names, &self.bridges)
    }

    /// Makes room for the entries of a folder.
    pub(super) fn reserve(&mut self, entries: usize) {
        self.haul.candidates.reserve(entries);
        self.haul.origins.reserve(entries);
        self.seen.reserve(entries);
    }

    /// Looks at one entry of a folder; the cache's words are taken where they hold.
    pub(super) fn entry(
        &mut self,
        place: Place<'_>,
        name: &OsStr,
        old: Option<Entry<'_>>,
        cache: Option<&Cache>,
        examined: Option<Examined>,
    ) -> Told {
        let known = match old.map(|old| old.body) {
            Some(Body::Settled(settled)) if self.holds(place, name, settled) => return Told::AsBefore,
            Some(Body::Listing(listing)) => Some(listing),
            _ => None,
        };
        let path = cache::join(place.path, name);
        let bridges = if place.depth == 0 { &*self.bridges } else { &[] };
        let Examined { now, look, said } = examined.unwrap_or_else(|| Examined::at(&path, bridges));
        let look = match look {
            Ok(look) => look,
            Err(error) => return self.out_of_reach(&path, name, place, error),
        };
        let at = At { path, name, look, now };
        match look.kind {
            Kind::Folder => self.subfolder(&at, place, known, cache),
            Kind::File if place.depth == 0 => self.file(&at, place, said),
            Kind::File | Kind::Other => {
                tracing::debug!(target: "keyway", path = %at.path.display(), "no regular file, or not in its place");
                self.tell(name, place, Fresh::of(&at))
            }
        }
    }

    /// Takes over what the cache says of an entry, where everything that it hangs on is as it was.
    fn holds<'a>(&mut self, place: Place<'_>, name: &OsStr, settled: Settled<'a>) -> bool {
        let mut path = cache::join(place.path, name);
        let mut count = 0;
        let mut witnesses = [None; MOST_WITNESSES];
        let as_before = |kept: Kept<'a>| {
            let look = if kept.path.is_empty() { Look::at(&path) } else { Look::at(&path.join(kept.path)) };
            let look = match (look, kept.stamp) {
                (Ok(look), Some(stamp)) if seal(&look.stamp) == stamp => Some(look),
                (Err(error), None) if error.kind() == io::ErrorKind::NotFound => None,
                _ => return false,
            };
            witnesses[count] = Some((kept.path, look, kept.counts));
            count += 1;
            true
        };
        let Some(mut answers) = settled.witnesses(as_before) else { return false };
        if answers.left() == 0 {
            return true;
        }
        let counting = witnesses.iter().flatten().filter(|(_, _, counts)| *counts);
        let identities = counting.filter_map(|(rest, look, _)| {
            look.map(|look| look.identity(|| if rest.is_empty() { path.clone() } else { path.join(rest) }))
        });
        if !first(&mut self.seen, identities, &path) {
            return true;
        }
        let begin = (self.haul.candidates.len(), self.haul.problems.len());
        while answers.left() > 0 {
            let last = answers.left() == 1;
            let witness = |number: usize| {
                let (rest, look, _) = witnesses.get(number).copied().flatten()?;
                let path = match (rest.is_empty(), last) {
                    (true, true) => std::mem::take(&mut path),
                    (true, false) => path.clone(),
                    (false, _) => path.join(rest),
                };
                Some((path, look.map(|look| look.stamp)))
            };
            let Some(answer) = answers.next(&mut self.memory, witness) else {
                // The checksum was right, so that this framework has written what it does not read. The entry is looked
                // at again, as if it came for the first time.
                debug_assert!(false, "the cache's entry `{}` reads back", name.display());
                self.haul.candidates.truncate(begin.0);
                self.haul.origins.truncate(begin.0);
                self.haul.problems.truncate(begin.1);
                self.seen.clear();
                return false;
            };
            self.take(answer, place.folder);
        }
        true
    }

    /// What can not be looked at: a link that leads nowhere, or in a circle; a file that is gone by now.
    fn out_of_reach(&mut self, path: &Path, name: &OsStr, place: Place<'_>, error: io::Error) -> Told {
        if error.kind() != io::ErrorKind::NotFound {
            let problem = Complaint::Entry { source: error }.about(path);
            return self.tell(name, place, Fresh::unsettled(Some(problem)));
        }
        match fs::read_link(path) {
            Ok(to) => {
                let problem = Complaint::Link { to }.about(path);
                self.tell(name, place, Fresh::unsettled(Some(problem)))
            }
            Err(_) => {
                tracing::debug!(target: "keyway", path = %path.display(), "gone since the folder was listed");
                Told::Anew(Vec::new())
            }
        }
    }

    /// Takes what the bridges have said of a file.
    fn file(&mut self, at: &At<'_>, place: Place<'_>, said: Vec<(usize, Said)>) -> Told {
        let identity = at.look.identity(|| at.path.clone());
        if !said.is_empty() && self.seen.contains(&identity) {
            tracing::debug!(target: "keyway", path = %at.path.display(), "the same file as an earlier one");
            return self.tell(at.name, place, Fresh::unsettled(None));
        }
        let mut fresh = Fresh::of(at);
        for (bridge, said) in said {
            match said {
                Ok(artifact) => {
                    fresh.settled &= artifact.path == at.path;
                    let checked = Arc::new(Checked::new(artifact, at.look.stamp));
                    fresh.answers.push(Answer::Plugins { bridge, witness: 0, checked, sidecar: None });
                }
                Err(refuses) => fresh.problem(0, &at.path, refuses),
            }
        }
        if !fresh.answers.is_empty() {
            let plugins = |answer: &Answer| matches!(answer, Answer::Plugins { .. });
            if !fresh.answers.iter().all(plugins) && gone(&at.path) {
                tracing::debug!(target: "keyway", path = %at.path.display(), "gone while it was read");
                return Told::Anew(Vec::new());
            }
            self.seen.insert(identity);
        }
        self.tell(at.name, place, fresh)
    }

    /// Takes what was said of an entry, and gives what the cache is to have of it.
    pub(super) fn tell(&mut self, name: &OsStr, place: Place<'_>, fresh: Fresh) -> Told {
        let Fresh { witnesses, answers, settled } = fresh;
        let mut bytes = None;
        if self.keeps {
            bytes = if settled { cache::settled(name, &witnesses, &answers) } else { None };
            bytes = bytes.or_else(|| cache::unsettled(name));
        }
        for answer in answers {
            self.take(answer, place.folder);
        }
        Told::Anew(bytes.unwrap_or_default())
    }

    fn take(&mut self, answer: Answer, folder: &Arc<str>) {
        match answer {
            Answer::Plugins { bridge, checked, .. } => {
                if let Some(bridge) = self.bridges.get(bridge) {
                    self.haul.file(bridge, &checked, folder);
                }
            }
            Answer::Problem { problem, .. } => self.haul.problem(problem),
        }
    }

    /// Whether these are reached for the first time; from now on they were reached.
    pub(super) fn first(
        &mut self,
        identities: impl IntoIterator<Item = look::Identity>,
        path: &Path,
    ) -> bool {
        first(&mut self.seen, identities, path)
    }
}

fn first(seen: &mut Reached, identities: impl IntoIterator<Item = look::Identity>, path: &Path) -> bool {
    let mut first = true;
    for identity in identities {
        first &= seen.insert(identity);
    }
    if !first {
        tracing::debug!(target: "keyway", path = %path.display(), "the same file as an earlier one");
    }
    first
}

/// Whether nothing stands at a path any more.
fn gone(path: &Path) -> bool {
    Look::at(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}
