//! Where the loader looks for the libraries that a library needs, as far as that can be told from outside.
//!
//! **Source:** `ld.so(8)`; "Dynamic-link library search order", Microsoft.

use std::path::{Path, PathBuf};

use crate::platform;
use crate::section::Dynamic;

/// The folders of one library's search.
pub(super) struct Search {
    /// The library's own, and the process's.
    pub(super) own: Vec<PathBuf>,
    /// The system's.
    system: Vec<PathBuf>,
}

impl Search {
    pub(super) fn new(library: &Path, dynamic: &Dynamic) -> Self {
        let origin = library.parent().unwrap_or(Path::new("")).display().to_string();
        let asked = dynamic.folders.iter();
        let mut own: Vec<PathBuf> = asked
            .map(|folder| folder.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin).into())
            .collect();
        own.extend(platform::searched(library));
        Self { own, system: platform::system_folders() }
    }

    /// Whether a library of that name lies in one of the folders.
    pub(super) fn finds(&self, name: &str) -> bool {
        if name.contains('/') {
            return Path::new(name).exists();
        }
        if platform::is_no_file(name) {
            return true;
        }
        self.own.iter().chain(&self.system).any(|folder| folder.join(name).exists())
    }
}
