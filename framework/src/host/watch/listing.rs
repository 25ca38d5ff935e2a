//! What lies in a plugin folder and in what state, by `readdir` and `stat`; and where to listen for its changes. What
//! has changed since is the ledger's to say.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::ReadDir;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::links;
use crate::host::find::stamp::{Digest, Stamp};

/// What makes a subfolder one thing.
const SIDECARS: [&str; 2] = ["plugin.toml", "plugin.json"];

/// How far below a subfolder with a sidecar its files belong to it: those beside the sidecar, and those in their folders.
const DEPTH: usize = 2;

/// One thing in a plugin folder, as a look finds it. Links are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Not there; or nothing that could hold a plugin, such as a link that leads nowhere or a socket.
    Missing,
    File(Stamp),
    /// A subfolder with a sidecar: its files, by path.
    Folder(Vec<(PathBuf, Stamp)>),
    /// There, and closed to us: what the system says.
    Closed(String),
}

/// What was read of a thing: its digest, or what the system says.
pub(super) type Content = Result<Digest, String>;

/// A folder, as one look finds it.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By name. The folder itself has no name, and is here where it can not be read.
    pub(super) things: BTreeMap<OsString, Seen>,
    /// Where to listen.
    pub(super) posts: Posts,
}

impl Listing {
    /// Looks at a folder. One that does not exist is empty.
    pub(super) fn of(folder: &Path) -> Self {
        let mut listing = Self::default();
        let open = folder.canonicalize().and_then(|real| real.read_dir().map(|entries| (real, entries)));
        if folder.is_symlink() || open.is_err() {
            links::deciding(folder, |dir, name| listing.posts.add(dir, Some(name), None));
        }
        match open.and_then(|(real, entries)| listing.read(&real, entries)) {
            Ok(()) => {}
            Err(error) if is_missing(&error) && !folder.exists() => listing.things.clear(),
            Err(error) => {
                listing.things = BTreeMap::from([(OsString::new(), Seen::Closed(error.to_string()))])
            }
        }
        listing
    }

    fn read(&mut self, real: &Path, entries: ReadDir) -> io::Result<()> {
        self.posts.add(real.to_owned(), None, None);
        for entry in entries {
            let name = entry?.file_name();
            match Seen::of(&real.join(&name), &mut |dir, inside| {
                self.posts.add(dir, inside, Some(name.clone()));
            }) {
                Seen::Missing => {}
                seen => drop(self.things.insert(name, seen)),
            }
        }
        Ok(())
    }

    /// Whether the folder is there and can not be read, so that nothing is known of what lies in it.
    pub(super) fn is_closed(&self) -> bool {
        self.things.contains_key(OsStr::new(""))
    }
}

impl Seen {
    /// Looks at one entry of a plugin folder. `listen` is told where to listen for it: a folder, and the name in it
    /// where not every name matters.
    pub(super) fn of(path: &Path, listen: &mut dyn FnMut(PathBuf, Option<OsString>)) -> Self {
        if path.is_symlink() {
            links::deciding(path, |dir, name| listen(dir, Some(name)));
        }
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => Self::File(Stamp::of(&metadata)),
            Ok(metadata) if metadata.is_dir() => Self::of_folder(path, listen),
            // A pipe or a device is no plugin, and reading it could wait for ever.
            Ok(_) => Self::Missing,
            Err(error) if is_missing(&error) => Self::Missing,
            Err(error) => Self::Closed(error.to_string()),
        }
    }

    fn of_folder(path: &Path, listen: &mut dyn FnMut(PathBuf, Option<OsString>)) -> Self {
        // A sidecar may be written later, so that every subfolder is listened to.
        listen(path.canonicalize().unwrap_or_else(|_| path.to_owned()), None);
        if !SIDECARS.iter().any(|sidecar| path.join(sidecar).is_file()) {
            return Self::Missing;
        }
        let mut files = Vec::new();
        match gather(path, Path::new(""), 1, listen, &mut files) {
            Ok(()) => {
                files.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
                Self::Folder(files)
            }
            Err(error) => Self::Closed(error.to_string()),
        }
    }

    /// Reads what was seen.
    pub(super) fn content(&self, path: &Path) -> Content {
        let read = |file: &Path| Digest::of_file(file).map_err(|error| error.to_string());
        match self {
            Self::Missing => Err("there is no such file".into()),
            Self::Closed(why) => Err(why.clone()),
            Self::File(_) => read(path),
            Self::Folder(files) => {
                let mut all = Vec::new();
                for (inside, _) in files {
                    let name = inside.as_os_str().as_encoded_bytes();
                    all.extend((name.len() as u64).to_le_bytes());
                    all.extend(name);
                    all.extend(read(&path.join(inside))?.to_string().bytes());
                }
                Ok(Digest::of(&all))
            }
        }
    }

    /// Whether it may have been changed after it was read at the given time, without its stamps telling.
    pub(super) fn is_doubtful(&self, read: SystemTime) -> bool {
        match self {
            Self::Missing | Self::Closed(_) => false,
            Self::File(stamp) => stamp.doubtful(read),
            Self::Folder(files) => files.iter().any(|(_, stamp)| stamp.doubtful(read)),
        }
    }
}

/// The files of a folder with a sidecar. What can not be looked at below it is left out, until it can.
fn gather(
    folder: &Path,
    inside: &Path,
    depth: usize,
    listen: &mut dyn FnMut(PathBuf, Option<OsString>),
    files: &mut Vec<(PathBuf, Stamp)>,
) -> io::Result<()> {
    for entry in folder.join(inside).read_dir()? {
        let inside = inside.join(entry?.file_name());
        let path = folder.join(&inside);
        if path.is_symlink() {
            links::deciding(&path, |dir, name| listen(dir, Some(name)));
        }
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => files.push((inside, Stamp::of(&metadata))),
            Ok(metadata) if metadata.is_dir() && depth < DEPTH => {
                listen(path.canonicalize().unwrap_or(path), None);
                // It may be gone already, or closed to us.
                let _ = gather(folder, &inside, depth + 1, listen, files);
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Where to listen for the changes of a folder: other folders, without links in their paths, and what a hint from there
/// is about.
#[derive(Debug, Default)]
pub(super) struct Posts(BTreeMap<PathBuf, BTreeSet<Interest>>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Interest {
    /// The entry of the other folder that matters; nothing for all of them.
    entry: Option<OsString>,
    /// The thing that it is about; nothing where the thing has the entry's own name.
    thing: Option<OsString>,
}

impl Posts {
    fn add(&mut self, dir: PathBuf, entry: Option<OsString>, thing: Option<OsString>) {
        self.0.entry(dir).or_default().insert(Interest { entry, thing });
    }

    /// The folders to listen to.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }

    /// Whether a folder is one of them.
    pub(super) fn has(&self, folder: &Path) -> bool {
        self.0.contains_key(folder)
    }

    /// The things that a hint is about; nothing where it is about none. A hint about a folder itself is about whatever
    /// lies in it, and names nothing.
    pub(super) fn concerned(&self, hint: &Path) -> Option<BTreeSet<OsString>> {
        let mut things = self.has(hint).then(BTreeSet::new);
        if let (Some(dir), Some(name)) = (hint.parent(), hint.file_name())
            && let Some(interests) = self.0.get(dir)
        {
            for interest in interests {
                if interest.entry.as_deref().is_none_or(|entry| entry == name) {
                    let thing = interest.thing.as_deref().unwrap_or(name);
                    things.get_or_insert_default().insert(thing.to_owned());
                }
            }
        }
        things
    }
}
