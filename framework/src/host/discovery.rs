//! Finding: what is linked in, and what lies in the plugin folders. Runs no plugin code.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::loader::{Artifact, Bridge, Problem, Refuses};
use super::resolver::Candidate;
use super::stamp::Digest;
use crate::manifest::{Home, Manifest};
use crate::registration::Registration;

/// Where the code of a candidate is.
#[derive(Clone)]
pub(super) enum Origin {
    /// In the host's own image.
    Linked(&'static Registration),
    /// In a file.
    File {
        bridge: Arc<dyn Bridge>,
        artifact: Arc<Artifact>,
        /// As the host was given it.
        folder: Arc<str>,
    },
}

impl Origin {
    /// Whether both are the same code.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Linked(one), Self::Linked(other)) => std::ptr::eq(one.table, other.table),
            (Self::File { artifact: one, .. }, Self::File { artifact: other, .. }) => {
                Arc::ptr_eq(one, other) || one.path == other.path
            }
            _ => false,
        }
    }

    /// The content of its file; of what is linked in, the host's own program. `None` where that is not known.
    pub(super) fn digest(&self) -> io::Result<Option<Digest>> {
        match self {
            Self::Linked(_) => Ok(program()),
            Self::File { artifact, .. } => Digest::of_file(&artifact.path).map(Some),
        }
    }

    /// Its file; `-` for what is linked in.
    pub(super) fn place(&self) -> Cow<'static, str> {
        match self {
            Self::Linked(_) => "-".into(),
            Self::File { artifact, .. } => artifact.path.display().to_string().into(),
        }
    }
}

/// The content of this program.
fn program() -> Option<Digest> {
    static PROGRAM: OnceLock<Option<Digest>> = OnceLock::new();
    let read = || Digest::of_file(&std::env::current_exe().ok()?).ok();
    *PROGRAM.get_or_init(read)
}

/// Where plugins are looked for.
pub(super) struct Search {
    pub(super) registrations: Vec<&'static Registration>,
    pub(super) folders: Vec<PathBuf>,
    pub(super) bridges: Vec<Arc<dyn Bridge>>,
}

impl Search {
    pub(super) fn run(&self) -> Found {
        let mut found = Found::default();
        found.linked(&self.registrations);
        found.folders(&self.folders, &self.bridges);
        found
    }
}

/// All that was found. Of two equal versions the earlier wins, so linked-in plugins come first, then the folders in the
/// order in which the host was given them.
#[derive(Clone, Default)]
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    /// One a candidate.
    pub(super) origins: Vec<Origin>,
    pub(super) problems: Vec<Problem>,
}

impl Found {
    /// Adds what is linked in.
    pub(super) fn linked(&mut self, registrations: &[&'static Registration]) {
        self.candidates.reserve(registrations.len());
        self.origins.reserve(registrations.len());
        for registration in registrations {
            match Manifest::described(registration.id, registration.describe) {
                Ok(manifest) => {
                    self.add(Arc::new(manifest), Home::Static, "-".into(), Origin::Linked(registration))
                }
                Err(source) => {
                    let id = registration.id;
                    let refuses: Box<dyn Refuses> = Box::new(NotFound::Manifest { id, source });
                    self.problems.push(Problem { place: "-".into(), cause: refuses.into() });
                }
            }
        }
    }

    /// Adds what lies in the folders. A folder that is not there is skipped; one that was named twice is read once.
    pub(super) fn folders(&mut self, folders: &[PathBuf], bridges: &[Arc<dyn Bridge>]) {
        let mut seen = BTreeSet::new();
        for folder in folders {
            match folder.canonicalize() {
                Ok(canonical) => {
                    if !seen.insert(canonical) {
                        continue;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    tracing::debug!(target: "keyway", folder = %folder.display(), "no such plugin folder");
                    continue;
                }
                // Reading it says the same, in its own words.
                Err(_) => {}
            }
            match entries(folder) {
                Ok(entries) => {
                    let name: Arc<str> = folder.display().to_string().into();
                    for entry in entries {
                        self.file(&entry, &name, bridges);
                    }
                }
                Err(source) => {
                    let refuses: Box<dyn Refuses> = Box::new(NotFound::Folder { source });
                    self.problems.push(Problem { place: folder.clone(), cause: refuses.into() });
                }
            }
        }
    }

    fn file(&mut self, file: &Path, folder: &Arc<str>, bridges: &[Arc<dyn Bridge>]) {
        for bridge in bridges {
            match bridge.check(file) {
                None => {}
                Some(Ok(artifact)) => {
                    let artifact = Arc::new(artifact);
                    for manifest in &artifact.manifests {
                        let origin = Origin::File {
                            bridge: Arc::clone(bridge),
                            artifact: Arc::clone(&artifact),
                            folder: Arc::clone(folder),
                        };
                        let place = artifact.path.display().to_string();
                        self.add(Arc::clone(manifest), bridge.home(), place.into(), origin);
                    }
                }
                Some(Err(refuses)) => {
                    tracing::warn!(target: "keyway", file = %file.display(), error = %refuses, "unreadable");
                    self.problems.push(Problem { place: file.to_owned(), cause: refuses.into() });
                }
            }
        }
    }

    fn add(&mut self, manifest: Arc<Manifest>, home: Home, source: Cow<'static, str>, origin: Origin) {
        self.candidates.push(Candidate { manifest, home, source });
        self.origins.push(origin);
    }
}

/// What stands in a folder, by name.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries =
        folder.read_dir()?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort_unstable();
    Ok(entries)
}

/// What finding itself has to complain of.
#[derive(Debug)]
enum NotFound {
    Folder { source: io::Error },
    Manifest { id: &'static str, source: semver::Error },
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { .. } => f.write_str("the plugin folder can not be read"),
            Self::Manifest { id, .. } => write!(f, "the manifest of linked-in plugin `{id}` can not be read"),
        }
    }
}

impl Error for NotFound {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Folder { source } => Some(source),
            Self::Manifest { source, .. } => Some(source),
        }
    }
}

impl Refuses for NotFound {
    fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "folder-unreadable",
            Self::Manifest { .. } => "manifest-unreadable",
        }
    }
    fn help(&self) -> String {
        match self {
            Self::Folder { .. } => {
                "name a folder, and give the user who runs the host the right to read it".into()
            }
            Self::Manifest { .. } => {
                "let `#[keyway::plugin]` write the manifest, with the framework's own version of it".into()
            }
        }
    }
}
