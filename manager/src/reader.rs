//! Finds libraries, and never loads them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use keyway::host::Bridge;
use keyway::host::loader::{Artifact, LoadOptions, LoadedPlugin, Refuses};
use keyway::id::PluginId;
use keyway::manifest::Home;
use keyway_dylib::platform;
use keyway_dylib::section::{self, Notes, SectionError};

/// Libraries as far as they can be known without loading them: what stands in their notes.
///
/// For programs that list plugins and must not run them. A host that runs them takes the library bridge.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader;

impl Bridge for Reader {
    fn home(&self) -> Home {
        Home::Dylib
    }

    fn check(&self, file: &Path) -> Option<Result<Artifact, Box<dyn Refuses>>> {
        if !platform::is_library_file(file) {
            return None;
        }
        match section::read(file) {
            Ok(Notes { manifests, .. }) if manifests.is_empty() => None,
            Ok(Notes { manifests, build, .. }) => {
                let manifests = manifests.into_iter().map(Arc::new).collect();
                Some(Ok(Artifact { path: file.to_owned(), manifests, build }))
            }
            // Neither is meant to be a plugin.
            Err(SectionError::NoNotes { .. } | SectionError::NotAFile { .. }) => None,
            Err(error) => Some(Err(Box::new(Unread(error)))),
        }
    }

    fn load(&self, _: &Artifact, _: &PluginId, _: &LoadOptions) -> Result<LoadedPlugin, Box<dyn Refuses>> {
        Err(Box::new(ReadOnly))
    }
}

#[derive(Debug)]
struct Unread(SectionError);

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unread {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl Refuses for Unread {
    fn code(&self) -> &'static str {
        self.0.code()
    }
    fn help(&self) -> String {
        self.0.help()
    }
}

#[derive(Debug)]
struct ReadOnly;

impl fmt::Display for ReadOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("libraries are listed here, and not loaded")
    }
}

impl std::error::Error for ReadOnly {}

impl Refuses for ReadOnly {
    fn code(&self) -> &'static str {
        "read-only"
    }
    fn help(&self) -> String {
        "start it in the host that it is made for".into()
    }
}
