//! What a bridge promises the host: which files are its own, what they say of themselves, how their code gets in.
//!
//! A bridge decides nothing about plugins: which of them run, and when, is the resolver's and the lifecycle's.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use super::loaded::LoadedPlugin;
use crate::id::PluginId;
use crate::manifest::{Home, Manifest};
use crate::note::BuildRecord;

/// One home for plugins besides the host's own image.
///
/// The host asks in this order: [`check`](Self::check) for every file of a plugin folder, by name; then, for each
/// plugin that the resolver chose and when its turn comes, [`load`](Self::load).
pub trait Bridge: Send + Sync + 'static {
    /// Where its plugins live.
    fn home(&self) -> Home;

    /// What [`check`](Self::check) is, with its version: what it said of a file is remembered from one start of the host
    /// to the next, as long as the file and this stay the same.
    fn reader(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// Reads what a regular file of a plugin folder says of itself, **without running any code of it**. The answer may
    /// depend on the file's name and content alone, and is remembered.
    ///
    /// `None` where it is nothing of this bridge's: another kind of file, or a library that has nothing to do with us.
    ///
    /// **Errors:** what is meant for this bridge and can not be read.
    fn check(&self, file: &Path) -> Option<Result<Artifact, Box<dyn Refuses>>>;

    /// Whether a regular file of which [`check`](Self::check) has said `None` can be loaded all the same, so that a sidecar
    /// may speak for it: the artifact then, without manifests, which the host fills in. What the code says once it is
    /// loaded must be what the sidecar says; to see to it is [`load`](Self::load)'s part. Runs no code of the file, and
    /// its answer is remembered too.
    ///
    /// Unless a bridge says otherwise, it loads nothing that says nothing of itself.
    fn check_silent(&self, _file: &Path) -> Option<Artifact> {
        None
    }

    /// Gets the code of one plugin in. Called at most once at a time for a plugin, and from any thread.
    ///
    /// **Errors:** what the system or the file itself has against it.
    fn load(
        &self,
        artifact: &Artifact,
        plugin: &PluginId,
        options: &LoadOptions,
    ) -> Result<LoadedPlugin, Box<dyn Refuses>>;

    /// The code that it has brought into this process, for whichever host, by file and generation. Nothing where its
    /// plugins live elsewhere.
    fn mapped(&self) -> Vec<Mapped> {
        Vec::new()
    }
}

/// One image in the process. Code that was loaded stays there as long as the process lives, whether or not a plugin of it
/// runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mapped {
    /// Where its file lay when it was loaded: an absolute path.
    pub file: PathBuf,
    /// The how manieth image of that path it is, from 1: a file that was replaced since is another image.
    pub generation: u32,
    /// Bytes of its segments in memory; of its file where the system does not tell them.
    ///
    /// **Platforms:** the segments are told on Linux with glibc.
    pub bytes: u64,
    /// Whether it is what that path was when a plugin was loaded from it last.
    pub newest: bool,
}

/// A file with plugins in it, as [`Bridge::check`] found it.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Where it lies.
    pub path: PathBuf,
    /// What its plugins say about themselves, by id.
    pub manifests: Vec<Arc<Manifest>>,
    /// How it was built, where it says so.
    pub build: Option<Arc<BuildRecord>>,
    /// The sidecar that speaks for it, where the file says nothing of itself.
    pub sidecar: Option<PathBuf>,
}

/// What the host's author allows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LoadOptions {
    /// Whether code that was built with `panic = "abort"` may come into the host's process.
    pub allow_abort: bool,
}

/// An error that has a name for programs and a way out for people.
pub trait Refuses: Error + Send + Sync + 'static {
    /// A short name for programs, stable.
    fn code(&self) -> &'static str;
    /// The way out.
    fn help(&self) -> String;
}

/// What a bridge has against a file.
#[derive(Clone)]
pub struct Cause(Arc<dyn Refuses>);

impl Cause {
    /// An error as a cause.
    pub fn of(error: impl Refuses) -> Self {
        Self(Arc::new(error))
    }

    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// The way out.
    pub fn help(&self) -> String {
        self.0.help()
    }
}

impl From<Box<dyn Refuses>> for Cause {
    fn from(refuses: Box<dyn Refuses>) -> Self {
        Self(refuses.into())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Something in a plugin folder that was meant to be a plugin and can not be read; or the folder itself.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The file or folder; `-` for what is linked in.
    pub place: PathBuf,
    /// What is wrong with it.
    pub cause: Cause,
}
