//! One folder's entries, by name: as the cache lists them where the folder is as it was, else as the folder does.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::super::cache::{Cache, Entry, Listed, Listing, Span, from_bytes, seal};
use super::super::stamp::Stamp;
use super::examine::Examined;
use super::walk::{Place, Told, Walk};

/// How far one folder has been gone through.
pub(super) struct Level {
    path: PathBuf,
    /// The plugin folder that it is in, as the host was given it.
    folder: Arc<str>,
    /// How many folders below that one.
    depth: usize,
    stamp: Stamp,
    /// Whether the stamp tells all that may happen to the listing from now on.
    settled: bool,
    names: Names,
    /// Where the cache has the same listing.
    old: Option<Span>,
    /// The entries so far, from the first one on that is not as it was.
    written: Option<Vec<u8>>,
    /// How many entries it has, and how many of them the cache is to have.
    count: usize,
    kept: u32,
}

enum Names {
    /// The rest of the cache's listing.
    Known { rest: Span, begin: usize },
    /// What the folder lists, with what the cache has of the same names.
    Read {
        names: std::vec::IntoIter<OsString>,
        known: std::iter::Peekable<std::vec::IntoIter<Span>>,
        /// What was examined already, of the names that come next.
        ahead: std::vec::IntoIter<Examined>,
    },
}

impl Level {
    /// Begins a folder that has this stamp. The second is an error that ended the listing early.
    ///
    /// **Errors:** it can not be listed at all.
    pub(super) fn begin(
        path: PathBuf,
        folder: Arc<str>,
        depth: usize,
        (stamp, now): (Stamp, SystemTime),
        cache: Option<&Cache>,
        old: Option<Span>,
    ) -> io::Result<(Self, Option<io::Error>)> {
        let listing = cache.zip(old.clone()).and_then(|(cache, old)| Listing::read(cache.bytes(), old));
        let mut level = Self {
            path,
            folder,
            depth,
            stamp,
            settled: !stamp.doubtful(now),
            names: Names::Known { rest: 0..0, begin: 0 },
            old,
            written: None,
            count: 0,
            kept: 0,
        };
        if let Some(Listing { entries, count, .. }) =
            listing.as_ref().filter(|listing| listing.settled && listing.stamp == seal(&stamp))
        {
            level.settled = true;
            level.count = *count as usize;
            level.names = Names::Known { rest: entries.clone(), begin: entries.start };
            return Ok((level, None));
        }
        let (names, broken_off) = names(&level.path, depth)?;
        level.settled &= broken_off.is_none();
        let mut known = Vec::new();
        if let Some((cache, Listing { mut entries, .. })) = cache.zip(listing) {
            while let Some(entry) = Entry::take(cache.bytes(), &mut entries) {
                known.push(entry.whole);
            }
        }
        level.count = names.len();
        level.names = Names::Read {
            names: names.into_iter(),
            known: known.into_iter().peekable(),
            ahead: Vec::new().into_iter(),
        };
        level.written = Some(Vec::new());
        Ok((level, broken_off))
    }

    /// How many entries it has.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Looks at the next entry; `false` when there is none.
    pub(super) fn step(&mut self, walk: &mut Walk, cache: Option<&Cache>) -> bool {
        let place = Place { path: &self.path, folder: &self.folder, depth: self.depth };
        match &mut self.names {
            Names::Known { rest, begin } => {
                let (begin, at) = (*begin, rest.start);
                let Some((cache, entry)) =
                    cache.and_then(|cache| Some((cache, Entry::take(cache.bytes(), rest)?)))
                else {
                    return false;
                };
                let Some(name) = from_bytes(entry.name) else { return true };
                let whole = entry.whole.clone();
                match walk.entry(place, name, Some(entry), Some(cache), None) {
                    Told::AsBefore => self.keep(&cache.bytes()[whole]),
                    Told::Anew(bytes) if bytes == cache.bytes()[whole.clone()] => self.keep(&bytes),
                    Told::Anew(bytes) => {
                        let before = || cache.bytes()[begin..at].to_vec();
                        self.written.get_or_insert_with(before);
                        self.keep(&bytes);
                    }
                }
            }
            Names::Read { names, known, ahead } => {
                // What the cache has of a folder is nearly all of it, and needs no reading.
                if self.depth == 0 && ahead.len() == 0 && known.peek().is_none() {
                    *ahead = walk.ahead(&self.path, names.as_slice()).into_iter();
                }
                let Some(name) = names.next() else { return false };
                let entry = cache.and_then(|cache| same_name(cache, &name, known));
                let whole = entry.as_ref().map(|entry| entry.whole.clone());
                match (walk.entry(place, &name, entry, cache, ahead.next()), cache.zip(whole)) {
                    (Told::AsBefore, Some((cache, whole))) => self.keep(&cache.bytes()[whole]),
                    (Told::AsBefore, None) => {}
                    (Told::Anew(bytes), _) => self.keep(&bytes),
                }
            }
        }
        true
    }

    fn keep(&mut self, entry: &[u8]) {
        self.kept += u32::from(!entry.is_empty());
        if let Some(written) = &mut self.written {
            written.extend_from_slice(entry);
        }
    }

    /// What the cache is to have of the folder.
    pub(super) fn finish(self) -> Listed {
        match (self.written, self.old) {
            (None, Some(old)) => Listed::AsBefore(old),
            (written, _) => {
                let entries = written.unwrap_or_default();
                Listed::Anew(Listing::write(&self.stamp, self.settled, self.kept, &entries))
            }
        }
    }
}

/// The cache's entry of that name. Both lists are by name.
fn same_name<'a>(
    cache: &'a Cache,
    name: &OsStr,
    known: &mut std::iter::Peekable<std::vec::IntoIter<Span>>,
) -> Option<Entry<'a>> {
    loop {
        let entry = Entry::take(cache.bytes(), &mut known.peek()?.clone())?;
        match from_bytes(entry.name)?.cmp(name) {
            std::cmp::Ordering::Less => known.next(),
            std::cmp::Ordering::Equal => return Some(entry),
            std::cmp::Ordering::Greater => return None,
        };
    }
}

/// What stands in a folder, by name. Hidden entries are left out: so are files called until they are whole. Below a
/// plugin folder only subfolders count, and links, which may lead to some.
fn names(folder: &Path, depth: usize) -> io::Result<(Vec<OsString>, Option<io::Error>)> {
    let (mut names, mut passed_over, mut broken_off) = (Vec::new(), 0_usize, None);
    for entry in folder.read_dir()? {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                broken_off = Some(error);
                break;
            }
        };
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if depth > 0 && entry.file_type().is_ok_and(|kind| !kind.is_dir() && !kind.is_symlink()) {
            passed_over += 1;
            continue;
        }
        names.push(name);
    }
    if passed_over > 0 {
        tracing::debug!(
            target: "keyway",
            folder = %folder.display(),
            files = passed_over,
            "files in a subfolder without `plugin.toml` are not looked at"
        );
    }
    names.sort_unstable();
    Ok((names, broken_off))
}
