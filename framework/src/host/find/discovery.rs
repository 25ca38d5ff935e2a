//! Finding: what is linked in, and what lies in the plugin folders. Runs no plugin code.
//!
//! Decides which files are looked at, in which order, and that nothing there stops the rest: [`walk`] goes through the
//! folders, one entry a step. What a file says of itself is a bridge's to read, and the [`cache`](super::cache)'s to
//! remember; which plugin of several runs is the resolver's to choose.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use once_cell::sync::OnceCell;
use semver::Version;

use self::complaint::Complaint;
use self::roots::Roots;
use self::walk::Walk;
use super::cache::{CacheReport, Identity};
use super::stamp::{Digest, Stamp};
use crate::host::loader::{Artifact, Bridge, Problem, Refuses};
use crate::host::offer::{self, Offer};
use crate::host::resolver::Candidate;
use crate::host::survey::{Survey, Wishes};
use crate::id::PluginId;
use crate::manifest::{Home, Manifest};
use crate::registration::Registration;

mod complaint;
mod examine;
mod level;
mod look;
mod roots;
mod subfolder;
mod walk;

/// How many folders below a plugin folder a `plugin.toml` or `plugin.json` may lie: in a subfolder, or in a subfolder of
/// a subfolder, as in `plugins/toolbox/markdown/plugin.toml`. What lies deeper is not looked at. Library files are
/// looked for directly in a plugin folder alone.
pub const SEARCH_DEPTH: usize = 2;

/// Where the code of a candidate is.
#[derive(Clone)]
pub(in crate::host) enum Origin {
    /// In the host's own image.
    Linked(&'static Registration),
    /// No plugin's: an object that the host offers.
    Offered(Arc<Offer>),
    /// In a file.
    File {
        bridge: Arc<dyn Bridge>,
        artifact: Arc<Checked>,
        /// As the host was given it.
        folder: Arc<str>,
    },
}

impl Origin {
    /// Whether both are the same code: a file that was replaced under its name is another.
    pub(in crate::host) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Linked(one), Self::Linked(other)) => std::ptr::eq(one.table, other.table),
            (Self::Offered(one), Self::Offered(other)) => Arc::ptr_eq(one, other),
            (Self::File { artifact: one, .. }, Self::File { artifact: other, .. }) => {
                Arc::ptr_eq(one, other) || (one.path == other.path && one.stamp == other.stamp)
            }
            _ => false,
        }
    }

    /// Whether it is the host's own.
    pub(in crate::host) fn is_offered(&self) -> bool {
        matches!(self, Self::Offered(_))
    }

    /// The content of its file, as it was checked; of what is linked in, the host's own program. `None` where that is not
    /// known. Read when it is first asked for, once.
    pub(in crate::host) fn digest(&self) -> io::Result<Option<Digest>> {
        match self {
            Self::Linked(_) | Self::Offered(_) => Ok(program()),
            Self::File { artifact, .. } => artifact.digest().map(Some),
        }
    }

    /// As [`digest`](Self::digest), also where links to the file or its rights have changed since it was checked. That will
    /// do to know again what did harm; it will not do to trust anything.
    pub(in crate::host) fn likely_digest(&self) -> io::Result<Option<Digest>> {
        match self {
            Self::File { artifact, .. } => artifact.likely_digest().map(Some),
            _ => self.digest(),
        }
    }

    /// Its file; `-` for what is linked in, `host` for what the host offers.
    pub(in crate::host) fn place(&self) -> Cow<'static, str> {
        match self {
            Self::Linked(_) => "-".into(),
            Self::Offered(_) => offer::SOURCE.into(),
            Self::File { artifact, .. } => in_text(&artifact.path).into(),
        }
    }
}

/// The content of this program.
fn program() -> Option<Digest> {
    static PROGRAM: OnceLock<Option<Digest>> = OnceLock::new();
    let read = || Digest::of_file(&std::env::current_exe().ok()?).ok();
    *PROGRAM.get_or_init(read)
}

/// A file as a bridge has read it, and as it was then.
#[derive(Debug)]
pub(in crate::host) struct Checked {
    artifact: Artifact,
    /// From before it was read: whatever has happened to the file since, its stamp is another one by now.
    pub(in crate::host) stamp: Stamp,
    digest: OnceCell<Digest>,
}

impl Checked {
    pub(in crate::host) fn new(artifact: Artifact, stamp: Stamp) -> Self {
        Self { artifact, stamp, digest: OnceCell::new() }
    }

    /// The digest of what was checked: read when it is first asked for, once.
    ///
    /// **Errors:** the file can not be read; or is another one by now, so that its digest says nothing of what was
    /// checked.
    pub(in crate::host) fn digest(&self) -> io::Result<Digest> {
        let read = || {
            let digest = Digest::of_file(&self.artifact.path)?;
            if Stamp::of_path(&self.artifact.path)? != self.stamp {
                return Err(io::Error::other("the file has changed since it was checked"));
            }
            Ok(digest)
        };
        self.digest.get_or_try_init(read).copied()
    }

    /// See [`Origin::likely_digest`].
    ///
    /// **Errors:** as [`digest`](Self::digest).
    fn likely_digest(&self) -> io::Result<Digest> {
        self.digest().or_else(|error| {
            let digest = Digest::of_file(&self.artifact.path)?;
            let now = Stamp::of_path(&self.artifact.path)?;
            if now.is_likely(&self.stamp) { Ok(digest) } else { Err(error) }
        })
    }
}

impl Deref for Checked {
    type Target = Artifact;
    fn deref(&self) -> &Artifact {
        &self.artifact
    }
}

/// All that was found. Of two equal versions the earlier wins, so linked-in plugins come first, after what the host offers, then the folders in the
/// order in which the host was given them.
#[derive(Clone, Default)]
pub(in crate::host) struct Haul {
    pub(in crate::host) candidates: Vec<Candidate>,
    /// One a candidate.
    pub(in crate::host) origins: Vec<Origin>,
    pub(in crate::host) problems: Vec<Problem>,
}

impl Haul {
    /// Whether a plugin of this name is in it.
    pub(in crate::host) fn holds(&self, id: &PluginId) -> bool {
        self.candidates.iter().any(|candidate| candidate.manifest.id == *id)
    }

    fn add(&mut self, manifest: Arc<Manifest>, home: Home, source: Cow<'static, str>, origin: Origin) {
        self.candidates.push(Candidate { manifest, home, source });
        self.origins.push(origin);
    }

    /// Adds what the host offers.
    fn offered(&mut self, offers: &[Arc<Offer>]) {
        for offer in offers {
            let origin = Origin::Offered(Arc::clone(offer));
            self.add(Arc::clone(&offer.manifest), Home::Static, origin.place(), origin);
        }
    }

    /// Adds what is linked in.
    fn linked(&mut self, registrations: &[&'static Registration]) {
        self.candidates.reserve(registrations.len());
        self.origins.reserve(registrations.len());
        for registration in registrations {
            match Manifest::described(registration.id, registration.describe) {
                Ok(manifest) => {
                    self.add(Arc::new(manifest), Home::Static, "-".into(), Origin::Linked(registration));
                }
                Err(source) => {
                    let refuses: Box<dyn Refuses> =
                        Box::new(Complaint::Linked { id: registration.id, source });
                    self.problems.push(Problem { place: "-".into(), cause: refuses.into() });
                }
            }
        }
    }

    /// Adds what a bridge has read from a file.
    fn file(&mut self, bridge: &Arc<dyn Bridge>, artifact: &Arc<Checked>, folder: &Arc<str>) {
        for manifest in &artifact.manifests {
            let origin = Origin::File {
                bridge: Arc::clone(bridge),
                artifact: Arc::clone(artifact),
                folder: Arc::clone(folder),
            };
            self.add(Arc::clone(manifest), bridge.home(), in_text(&artifact.path).into(), origin);
        }
    }

    fn problem(&mut self, problem: Problem) {
        let Problem { place, cause } = &problem;
        tracing::warn!(target: "keyway", place = %place.display(), error = %cause, "unreadable");
        self.problems.push(problem);
    }
}

/// A path for people.
fn in_text(path: &Path) -> String {
    path.to_str().map_or_else(|| path.display().to_string(), str::to_owned)
}

/// What is looked for, where, and by whom it is read: enough to look again at any time.
#[derive(Clone)]
pub(in crate::host) struct Search {
    pub(in crate::host) offers: Vec<Arc<Offer>>,
    pub(in crate::host) registrations: Vec<&'static Registration>,
    /// In their order.
    pub(in crate::host) folders: Vec<PathBuf>,
    pub(in crate::host) bridges: Vec<Arc<dyn Bridge>>,
    /// The folder for what is remembered; `None` where nothing is.
    pub(in crate::host) cache: Option<PathBuf>,
}

impl Search {
    /// Begins to look.
    pub(in crate::host) fn begin(&self) -> Found {
        Found {
            walk: Walk::new(self),
            roots: Roots::new(self),
            at_hand: Some((self.offers.clone(), self.registrations.clone())),
            shown_candidates: 0,
            shown_problems: 0,
            rest: None,
        }
    }

    /// What there is to say of the cache; `None` where there is none.
    pub(in crate::host) fn cache_report(&self) -> Option<CacheReport> {
        Some(CacheReport::of(self.cache.as_ref()?, &Identity::of(&self.bridges)))
    }
}

/// What is being found, one thing after the other: an iterator, so that a host can show how far it has come.
///
/// From [`HostBuilder::find`](crate::host::HostBuilder::find). Each step looks at one file or subfolder, and runs no plugin
/// code. What was not asked for here is found when the survey is made.
#[must_use = "nothing is looked for before the iterator is asked"]
pub struct Found {
    walk: Walk,
    roots: Roots,
    /// What the host offers and what is linked in, until they were added.
    at_hand: Option<(Vec<Arc<Offer>>, Vec<&'static Registration>)>,
    /// How much of the haul has been told.
    shown_candidates: usize,
    shown_problems: usize,
    /// What makes a survey of it; `None` where the host only looks again.
    pub(in crate::host) rest: Option<Box<Rest>>,
}

/// What a survey needs besides what was found.
pub(in crate::host) struct Rest {
    pub(in crate::host) search: Search,
    pub(in crate::host) wishes: Wishes,
    /// Those that were there before anything was looked for.
    pub(in crate::host) problems: Vec<Problem>,
}

/// One thing that was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Finding {
    /// A plugin folder is begun.
    #[non_exhaustive]
    Folder {
        /// As the host was given it.
        path: PathBuf,
        /// How many files and subfolders are going to be looked at.
        entries: usize,
    },
    /// A plugin; whether it runs is not decided yet.
    Plugin(FoundPlugin),
    /// Something that was meant to be a plugin and can not be read; it is one of the survey's problems.
    #[non_exhaustive]
    Problem {
        /// The file or folder; `-` for what is linked in.
        place: PathBuf,
        /// A short name for programs, stable.
        code: &'static str,
        /// What is wrong with it, with its causes, in one clause.
        what: String,
    },
}

/// A plugin that was found.
#[derive(Clone)]
pub struct FoundPlugin {
    manifest: Arc<Manifest>,
    home: Home,
    artifact: Option<Arc<Checked>>,
}

impl FoundPlugin {
    /// Its name.
    pub fn id(&self) -> &PluginId {
        &self.manifest.id
    }

    /// Its version.
    pub fn version(&self) -> &Version {
        &self.manifest.version
    }

    /// All that it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where its code lives.
    pub fn home(&self) -> Home {
        self.home
    }

    /// The file that its code is in; `None` for what is linked in.
    pub fn file(&self) -> Option<&Path> {
        self.artifact.as_ref().map(|artifact| &*artifact.path)
    }
}

impl fmt::Debug for FoundPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.id(), self.version(), self.home)?;
        self.file().map_or(Ok(()), |file| write!(f, " in {}", file.display()))
    }
}

impl Found {
    /// Looks at one more thing; `false` when there is nothing left.
    fn step(&mut self) -> bool {
        match self.at_hand.take() {
            Some((offers, registrations)) => {
                self.walk.haul.offered(&offers);
                self.walk.haul.linked(&registrations);
                true
            }
            None => self.roots.step(&mut self.walk),
        }
    }

    /// Finds what is left, checks and resolves: as [`HostBuilder::survey`](crate::host::HostBuilder::survey).
    pub fn survey(mut self) -> Survey {
        let rest = self.rest.take().expect("whoever gives it away gives it a rest");
        let Rest { search, wishes, problems } = *rest;
        let mut haul = self.finish();
        haul.problems.splice(0..0, problems);
        Survey::new(Arc::new(wishes), Arc::new(search), haul, &[])
    }

    /// Looks at all that is left.
    pub(in crate::host) fn finish(mut self) -> Haul {
        while self.step() {}
        self.walk.haul
    }
}

impl Iterator for Found {
    type Item = Finding;

    fn next(&mut self) -> Option<Finding> {
        loop {
            if let Some((path, entries)) = self.roots.begun.take() {
                return Some(Finding::Folder { path, entries });
            }
            let haul = &self.walk.haul;
            if let Some(Candidate { manifest, home, .. }) = haul.candidates.get(self.shown_candidates) {
                let artifact = match &haul.origins[self.shown_candidates] {
                    Origin::Linked(_) | Origin::Offered(_) => None,
                    Origin::File { artifact, .. } => Some(Arc::clone(artifact)),
                };
                self.shown_candidates += 1;
                let manifest = Arc::clone(manifest);
                return Some(Finding::Plugin(FoundPlugin { manifest, home: *home, artifact }));
            }
            if let Some(Problem { place, cause }) = haul.problems.get(self.shown_problems) {
                self.shown_problems += 1;
                let what = crate::plugin::in_words(cause);
                return Some(Finding::Problem { place: place.clone(), code: cause.code(), what });
            }
            if !self.step() {
                return None;
            }
        }
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Haul { candidates, problems, .. } = &self.walk.haul;
        write!(f, "Found {} plugins and {} problems so far", candidates.len(), problems.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_once_and_is_of_the_file_that_was_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.so");
        std::fs::write(&path, "one").unwrap();
        let checked = || {
            let artifact = Artifact { path: path.clone(), manifests: Vec::new(), build: None, sidecar: None };
            Checked::new(artifact, Stamp::of_path(&path).unwrap())
        };
        let (early, late) = (checked(), checked());
        assert_eq!(early.digest().unwrap(), Digest::of(b"one"));
        std::fs::write(&path, "longer").unwrap();
        assert_eq!(early.digest().unwrap(), Digest::of(b"one"), "kept");
        let error = late.digest().unwrap_err();
        assert_eq!(error.to_string(), "the file has changed since it was checked");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(late.digest().unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_to_a_file_leaves_it_likely_and_a_change_of_its_content_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.so"), folder.path().join("b.so"));
        std::fs::write(&path, "one").unwrap();
        let artifact = Artifact { path: path.clone(), manifests: Vec::new(), build: None, sidecar: None };
        let mut before = Stamp::of_path(&path).unwrap();
        // The clock of the file system may not have moved since.
        before.changed.0 -= 1;
        let checked = Checked::new(artifact, before);
        std::fs::hard_link(&path, link).unwrap();
        assert!(checked.digest().is_err());
        assert_eq!(checked.likely_digest().unwrap(), Digest::of(b"one"));
        std::fs::write(&path, "longer").unwrap();
        let error = checked.likely_digest().unwrap_err();
        assert_eq!(error.to_string(), "the file has changed since it was checked");
    }
}
