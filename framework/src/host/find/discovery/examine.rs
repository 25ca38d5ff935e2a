//! Looking at files and letting the bridges read them: many at once where nothing is known of a folder.
//!
//! Only the reading is shared among threads, a bounded batch at a time. What is made of it, and in which order, is the
//! walk's, so that the outcome is the same however many threads there are.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::SystemTime;

use super::super::cache;
use super::look::{Kind, Look};
use crate::host::loader::{Artifact, Bridge, Refuses};

/// What stands at a path, and what each bridge says of it.
pub(super) struct Examined {
    /// From before anything was looked at.
    pub(super) now: SystemTime,
    pub(super) look: io::Result<Look>,
    /// By the number of the bridge; only of regular files.
    pub(super) said: Vec<(usize, Said)>,
}

/// What a bridge says of a file that is meant for it.
pub(super) type Said = Result<Artifact, Box<dyn Refuses>>;

impl Examined {
    /// Looks, and shows a file to the bridges.
    pub(super) fn at(path: &Path, bridges: &[Arc<dyn Bridge>]) -> Self {
        let now = SystemTime::now();
        let look = Look::at(path);
        let mut said = Vec::new();
        if look.as_ref().is_ok_and(|look| look.kind == Kind::File) {
            let say = |(number, bridge): (usize, &Arc<dyn Bridge>)| Some((number, bridge.check(path)?));
            said.extend(bridges.iter().enumerate().filter_map(say));
        }
        Self { now, look, said }
    }
}

/// Fewer names are not worth a thread.
const LEAST: usize = 32;
/// How much is read ahead of what was asked for.
const MOST: usize = 256;
/// A disk has no use for more.
const MOST_THREADS: usize = 4;

/// How many threads may read; found out when it is first needed, since that opens files.
#[derive(Default)]
pub(super) struct Threads(Option<usize>);

impl Threads {
    fn count(&mut self) -> usize {
        let count = || thread::available_parallelism().map_or(1, |count| count.get().min(MOST_THREADS));
        *self.0.get_or_insert_with(count)
    }

    /// Examines the first of these files of a folder, in their order. Nothing where one thread does as well.
    pub(super) fn ahead(
        &mut self,
        folder: &Path,
        names: &[OsString],
        bridges: &[Arc<dyn Bridge>],
    ) -> Vec<Examined> {
        if names.len() < LEAST || self.count() == 1 {
            return Vec::new();
        }
        let names = &names[..names.len().min(MOST)];
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done: Vec<(usize, Examined)> = Vec::new();
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && let Some(name) = names.get(number)
            {
                let path: PathBuf = cache::join(folder, name);
                done.push((number, Examined::at(&path, bridges)));
            }
            done
        };
        let mut all = thread::scope(|scope| {
            // Where the system has no thread to give, fewer do it.
            let start = |_| thread::Builder::new().name("keyway-find".into()).spawn_scoped(scope, work).ok();
            let helpers: Vec<_> = (1..self.count()).map_while(start).collect();
            let mut all = work();
            for helper in helpers {
                match helper.join() {
                    Ok(done) => all.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        all.sort_unstable_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, examined)| examined).collect()
    }
}
