//! The plugin folders, one after the other, and what is remembered of them from one time to the next.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::super::cache::{Cache, Identity, Listed};
use super::Search;
use super::complaint::Complaint;
use super::level::Level;
use super::look::Look;
use super::walk::Walk;

/// The plugin folders, one after the other.
pub(super) struct Roots {
    folders: std::vec::IntoIter<PathBuf>,
    level: Option<(PathBuf, Level)>,
    cache: Remembering,
    /// What is to be written of the folders so far.
    listed: Vec<(PathBuf, Listed)>,
    /// A folder that has just been begun, and how many entries it has.
    pub(super) begun: Option<(PathBuf, usize)>,
}

/// What is remembered from last time, and where.
struct Remembering {
    /// `None` where nothing is, or when it was written.
    folder: Option<PathBuf>,
    identity: Identity,
    old: Option<Arc<Cache>>,
}

impl Roots {
    pub(super) fn new(search: &Search) -> Self {
        let identity = Identity::of(&search.bridges);
        let read = |folder: &PathBuf| match Cache::open(folder, &identity) {
            Ok(cache) => Some(Arc::new(cache)),
            Err(unusable) => {
                let why = crate::plugin::in_words(&unusable);
                tracing::debug!(target: "keyway", folder = %folder.display(), why, "the cache is not used");
                None
            }
        };
        let old = search.cache.as_ref().and_then(read);
        Self {
            folders: search.folders.clone().into_iter(),
            level: None,
            cache: Remembering { folder: search.cache.clone(), identity, old },
            listed: Vec::new(),
            begun: None,
        }
    }

    /// Looks at one more entry, or begins or ends a folder; `false` when all are done.
    pub(super) fn step(&mut self, walk: &mut Walk) -> bool {
        let cache = self.cache.old.clone();
        let Some((_, level)) = &mut self.level else {
            let Some(folder) = self.folders.next() else {
                self.remember();
                return false;
            };
            self.begin(folder, walk, cache.as_deref());
            return true;
        };
        if level.step(walk, cache.as_deref()) {
            return true;
        }
        if let Some((path, level)) = self.level.take()
            && self.cache.folder.is_some()
        {
            self.listed.push((path, level.finish()));
        }
        true
    }

    /// Begins a folder. One that is not there is skipped; one that was named twice is read once.
    fn begin(&mut self, folder: PathBuf, walk: &mut Walk, cache: Option<&Cache>) {
        let now = SystemTime::now();
        let look = match Look::at(&folder) {
            Ok(look) => look,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::debug!(target: "keyway", folder = %folder.display(), "no such plugin folder");
                return;
            }
            Err(source) => return walk.haul.problem(Complaint::Folder { source }.about(folder)),
        };
        if !walk.begin(look.identity(|| folder.clone())) {
            tracing::debug!(target: "keyway", folder = %folder.display(), "the same folder as an earlier one");
            return;
        }
        let name: Arc<str> = super::in_text(&folder).into();
        let old = cache.and_then(|cache| cache.root(&folder));
        match Level::begin(folder.clone(), name, 0, (look.stamp, now), cache, old) {
            Ok((level, broken_off)) => {
                if let Some(source) = broken_off {
                    walk.haul.problem(Complaint::Listing { source }.about(&folder));
                }
                let entries = level.count();
                walk.reserve(entries);
                self.begun = Some((folder.clone(), entries));
                self.level = Some((folder, level));
            }
            Err(source) => walk.haul.problem(Complaint::Folder { source }.about(folder)),
        }
    }

    /// Keeps what was found for the next time.
    fn remember(&mut self) {
        let old = self.cache.old.take();
        if let Some(folder) = self.cache.folder.take() {
            Cache::write(&folder, &self.cache.identity, old.as_deref(), &self.listed);
        }
    }
}
