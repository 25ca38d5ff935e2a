//! Where the loader looks for the libraries that a library needs, as far as that can be told from outside.
//!
//! **Source:** `ld.so(8)`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::section::Dynamic;

/// The folders of one library's search.
pub(super) struct Search {
    /// The library's own, and the environment's.
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
        let variable = if cfg!(target_vendor = "apple") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
        if let Some(folders) = std::env::var_os(variable) {
            own.extend(std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()));
        }
        let mut system = Vec::new();
        for root in ["/lib", "/usr/lib", "/usr/local/lib"] {
            system.push(root.into());
            system.push(format!("{root}64").into());
            system.push(format!("{root}/{}-linux-gnu", std::env::consts::ARCH).into());
        }
        configured(Path::new("/etc/ld.so.conf"), &mut system, 0);
        Self { own, system }
    }

    /// Whether a library of that name lies in one of the folders.
    pub(super) fn finds(&self, name: &str) -> bool {
        if name.contains('/') {
            return Path::new(name).exists();
        }
        self.own.iter().chain(&self.system).any(|folder| folder.join(name).exists())
    }
}

/// The folders that a configuration of the loader names, and those of the files that it includes (`*.conf` in one
/// folder is the only pattern in use).
fn configured(file: &Path, folders: &mut Vec<PathBuf>, depth: u8) {
    let Ok(text) = fs::read_to_string(file) else { return };
    for line in text.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
        match line.strip_prefix("include ").map(|pattern| Path::new(pattern.trim())) {
            Some(pattern) if depth < 4 => {
                let entries = pattern.parent().and_then(|folder| fs::read_dir(folder).ok());
                let files = entries.into_iter().flatten().flatten().map(|entry| entry.path());
                for file in files.filter(|file| file.extension().is_some_and(|e| e == "conf")) {
                    configured(&file, folders, depth + 1);
                }
            }
            None if line.starts_with('/') => folders.push(line.into()),
            _ => {}
        }
    }
}
