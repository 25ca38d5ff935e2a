//! What was found last time, so that a start need not open a thousand files to find the same again.
//!
//! Decides what can be believed without reading it once more. An entry is believed as long as everything that it was
//! made from has the [`Stamp`](crate::host::Stamp) that it had, and that stamp was beyond doubt when it was taken; a folder's
//! listing likewise, so that a warm start asks for the state of what is listed and opens nothing but this one file. What
//! is in doubt is read again, alone. Which files there are to be asked for is the [walk](super::discovery)'s to say.
//!
//! | what happens | what tells |
//! |---|---|
//! | a file is replaced, whatever its size and time | inode, time of the inode's change |
//! | a file is written in place and its time set back | time of the inode's change |
//! | a file comes or goes, a link is pointed elsewhere | the folder's time of change |
//! | the change falls into the same step of the clock as the look | the entry was not believed from the start |
//! | the file is damaged, cut, mixed | the checksum, which no flipped bit leaves as it was |
//! | it is of another framework, target, user or set of bridges | the beginning says so |
//! | somebody else wrote it | owner and mode |
//!
//! It can be deleted at any time. Where it can not be written, hosts start as if there were none.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::bytes::{Reader, Writer, checksum};
use self::entry::to_bytes;
pub(in crate::host) use self::entry::{
    Answer, Body, Entry, Kept, Listing, MOST_WITNESSES, Settled, Span, Witness, from_bytes, join, listing,
    seal, settled, unsettled,
};
pub(in crate::host) use self::manifest::Memory;
pub(in crate::host) use self::problem::lasts;
pub use self::refusal::Unusable;
use crate::abi::entry::TARGET;
use crate::host::loader::Bridge;

mod bytes;
mod entry;
mod file;
mod manifest;
mod problem;
mod refusal;

/// How the file begins. The number is that of the form, here and in the file's name.
const MAGIC: &[u8; 16] = b"keyway found 1\n\0";
/// The magic, the length of the file, the checksum of what follows.
const HEAD: usize = 32;

/// On what the meaning of a cache depends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) struct Identity([String; 4]);

impl Identity {
    const WHAT: [&'static str; 4] = ["framework", "target", "user", "bridges"];

    pub(in crate::host) fn of(bridges: &[Arc<dyn Bridge>]) -> Self {
        let bridges: Vec<String> =
            bridges.iter().map(|bridge| format!("{} ({})", bridge.reader(), bridge.home())).collect();
        let framework = env!("CARGO_PKG_VERSION").to_owned();
        Self([framework, TARGET.to_owned(), file::user().to_string(), bridges.join(", ")])
    }
}

/// A cache that was read and can be believed.
pub(in crate::host) struct Cache {
    bytes: Vec<u8>,
    /// The folders and their listings, in the order in which they were found.
    roots: Vec<(Span, Span)>,
}

impl Cache {
    /// Reads the cache in a folder.
    pub(in crate::host) fn open(folder: &Path, identity: &Identity) -> Result<Self, Unusable> {
        let bytes = file::read(&folder.join(file::NAME))?;
        if bytes.len() < HEAD || !bytes.starts_with(MAGIC) {
            return Err(Unusable::Form);
        }
        let word =
            |at: usize| bytes[at..at + 8].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        if word(16) != bytes.len() as u64 || word(24) != checksum(&bytes[HEAD..]) {
            return Err(Unusable::Damaged);
        }
        let mut reader = Reader::new(&bytes[HEAD..]);
        let mut names = reader.block().ok_or(Unusable::Damaged)?;
        for (what, expected) in Identity::WHAT.into_iter().zip(&identity.0) {
            let found = names.text().ok_or(Unusable::Damaged)?;
            if found != expected {
                let (found, expected) = (found.to_owned(), expected.clone());
                return Err(Unusable::Other { what, found, expected });
            }
        }
        let roots = Self::roots(&mut reader, bytes.len()).ok_or(Unusable::Damaged)?;
        Ok(Self { bytes, roots })
    }

    fn roots(reader: &mut Reader<'_>, end: usize) -> Option<Vec<(Span, Span)>> {
        let mut roots = Vec::new();
        while reader.left() > 0 {
            let path = reader.part()?.len();
            let path_end = end - reader.left();
            let listing = reader.part()?.len();
            let listing_end = end - reader.left();
            roots.push((path_end - path..path_end, listing_end - listing..listing_end));
        }
        Some(roots)
    }

    pub(in crate::host) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The listing of a folder, by the path that the host was given.
    pub(in crate::host) fn root(&self, folder: &Path) -> Option<Span> {
        let folder = to_bytes(folder.as_os_str())?;
        let found = self.roots.iter().find(|(path, _)| self.bytes[path.clone()] == *folder);
        found.map(|(_, listing)| listing.clone())
    }

    /// How many entries the listings have.
    fn entries(&self) -> usize {
        self.roots.iter().map(|(_, listing)| self.count(listing.clone())).sum()
    }

    fn count(&self, listing: Span) -> usize {
        let Some(mut listing) = Listing::read(&self.bytes, listing) else { return 0 };
        let mut count = 0;
        while let Some(entry) = Entry::take(&self.bytes, &mut listing.entries) {
            count += match entry.body {
                Body::Listing(inner) => self.count(inner),
                _ => 1,
            };
        }
        count
    }

    /// Writes a cache of these folders, unless it would be the one that is there; whether it could be written is told to
    /// the log alone.
    pub(in crate::host) fn write(
        folder: &Path,
        identity: &Identity,
        old: Option<&Self>,
        roots: &[(PathBuf, Listed)],
    ) {
        let same = |old: &&Self| {
            let was = |((path, listed), (span, _)): (&(PathBuf, Listed), &(Span, Span))| {
                matches!(listed, Listed::AsBefore(_))
                    && to_bytes(path.as_os_str()) == old.bytes.get(span.clone())
            };
            old.roots.len() == roots.len() && roots.iter().zip(&old.roots).all(was)
        };
        if old.filter(same).is_some() || (old.is_none() && roots.is_empty()) {
            return;
        }
        let old = old.map_or(&[][..], |old| &old.bytes);
        let bytes = Self::assemble(identity, old, roots);
        if bytes == old {
            return;
        }
        match file::replace(folder, &bytes) {
            Ok(()) => {
                tracing::debug!(target: "keyway", folder = %folder.display(), bytes = bytes.len(), "cache written");
            }
            Err(error) => {
                tracing::debug!(target: "keyway", folder = %folder.display(), %error, "the cache can not be written");
            }
        }
    }

    fn assemble(identity: &Identity, old: &[u8], roots: &[(PathBuf, Listed)]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.raw(&[0; HEAD]);
        writer.block(|to| identity.0.iter().for_each(|text| to.text(text)));
        for (path, listed) in roots {
            // A path without a form here is looked at again each time.
            let Some(path) = to_bytes(path.as_os_str()) else { continue };
            writer.part(path);
            writer.part(match listed {
                Listed::AsBefore(span) => old.get(span.clone()).unwrap_or_default(),
                Listed::Anew(listing) => listing,
            });
        }
        let mut bytes = writer.bytes;
        bytes[..16].copy_from_slice(MAGIC);
        let length = bytes.len() as u64;
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        let sum = checksum(&bytes[HEAD..]);
        bytes[24..32].copy_from_slice(&sum.to_le_bytes());
        bytes
    }
}

/// What is to be written of a folder.
pub(in crate::host) enum Listed {
    /// What the cache has already.
    AsBefore(Span),
    Anew(Vec<u8>),
}

/// What there is to say of a host's cache.
#[derive(Debug)]
#[non_exhaustive]
pub struct CacheReport {
    /// The file.
    pub file: PathBuf,
    /// Bytes; 0 where there is none.
    pub size: u64,
    /// How many files and subfolders of plugin folders it knows; 0 where it would not be used.
    pub entries: usize,
    /// Why the next start would not use it; `None` where it would.
    pub unusable: Option<Unusable>,
}

impl CacheReport {
    pub(in crate::host) fn of(folder: &Path, identity: &Identity) -> Self {
        let file = folder.join(file::NAME);
        let size = file.symlink_metadata().map_or(0, |metadata| metadata.len());
        let (entries, unusable) = match Cache::open(folder, identity) {
            Ok(cache) => (cache.entries(), None),
            Err(unusable) => (0, Some(unusable)),
        };
        Self { file, size, entries, unusable }
    }

    /// Removes the cache; the next start writes it anew. Says whether there was any.
    ///
    /// **Errors:** what the system has against it.
    pub fn remove(&self) -> io::Result<bool> {
        self.file.parent().map_or(Ok(false), file::remove)
    }
}

impl fmt::Display for CacheReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unusable {
            None => write!(f, "{} entries in {} bytes", self.entries, self.size),
            Some(unusable) => write!(f, "not used: {}", crate::plugin::in_words(unusable)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(change: impl FnOnce(&mut [String; 4])) -> Identity {
        let mut texts = ["0.1.0", "x86_64-unknown-linux-gnu", "1000", "letters 1 (dylib)"].map(str::to_owned);
        change(&mut texts);
        Identity(texts)
    }

    fn write(folder: &Path) {
        let stamp = crate::host::Stamp::of_path(folder).unwrap();
        let entry = unsettled("a.letter".as_ref()).unwrap();
        let listing = Listing::write(&stamp, true, 1, &entry);
        Cache::write(folder, &identity(|_| ()), None, &[("plugins".into(), Listed::Anew(listing))]);
    }

    #[test]
    fn whatever_differs_between_two_hosts_is_named() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let open = |identity: &Identity| Cache::open(folder.path(), identity);
        let cache = open(&identity(|_| ())).ok().unwrap();
        assert_eq!((cache.entries(), cache.root(Path::new("plugins")).is_some()), (1, true));
        assert!(cache.root(Path::new("./plugins")).is_none(), "by the path as it was given");
        let mut tried = 0;
        for (number, what) in Identity::WHAT.into_iter().enumerate() {
            let other = identity(|texts| texts[number].push('9'));
            let unusable = open(&other).err().unwrap();
            assert_eq!(unusable.code(), "cache-other");
            let Identity(texts) = identity(|_| ());
            let expected = format!("it was written for {what} `{}`, and this host has `{0}9`", texts[number]);
            assert_eq!(unusable.to_string(), expected);
            tried += 1;
        }
        println!("F6: {tried} caches of another version, target, user or set of bridges, 0 used");
        let own = Identity::of(&[]);
        assert_eq!((own.0[0].as_str(), own.0[1].as_str()), (env!("CARGO_PKG_VERSION"), TARGET));
    }

    #[test]
    fn what_is_too_large_to_be_a_cache_is_not_even_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(file::NAME);
        std::fs::File::create(&file).unwrap().set_len(1 << 40).unwrap();
        let report = CacheReport::of(folder.path(), &identity(|_| ()));
        assert_eq!(report.unusable.as_ref().unwrap().code(), "cache-damaged");
        assert_eq!(report.to_string(), "not used: it is damaged");
        assert!(!report.unusable.unwrap().help().is_empty());
    }

    #[test]
    fn a_cache_is_replaced_whole_and_what_a_killed_process_has_left_is_removed_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("app/plugins");
        assert!(!file::remove(&inner).unwrap());
        file::replace(&inner, b"one").unwrap();
        file::replace(&inner, b"two").unwrap();
        assert_eq!(file::read(&inner.join(file::NAME)).unwrap(), b"two");
        std::fs::write(inner.join(".found-x1Y2z3"), "half").unwrap();
        std::fs::write(inner.join("tried"), "another's").unwrap();
        assert!(file::remove(&inner).unwrap());
        let left: Vec<_> = inner.read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left, ["tried"]);
    }
}
