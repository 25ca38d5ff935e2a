//! Fixtures that several tests share: libraries of this workspace, built when they are asked for, and folders of them.
//!
//! A library is built by Cargo itself, into the same target folder as the test (Cargo holds no lock while tests run), and
//! is found by what Cargo says it wrote.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::UNIX_EPOCH;

use tempfile::TempDir;

#[path = "fixtures/copies.rs"]
mod copies;

pub use copies::{MISBEHAVING, mend, misbehaving, needing, of_version};

/// The library of a package of this workspace, as a debug build.
///
/// **Panics:** when it can not be built, with what Cargo said.
pub fn library(package: &str) -> PathBuf {
    Build::of(package).library()
}

/// The libraries in a folder of their own, which goes with the value.
///
/// **Panics:** when the folder can not be made or a library not copied.
pub fn folder_of(libraries: &[impl AsRef<Path>]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder can be made");
    for library in libraries {
        let library = library.as_ref();
        let name = library.file_name().expect("a library is a file");
        fs::copy(library, folder.path().join(name)).expect("a library can be copied");
    }
    folder
}

/// The library in a folder of its own, which stays for the next run: of one build of a library there is one.
///
/// **Panics:** when the folder can not be made or the library not copied.
pub fn kept_folder_of(library: &Path) -> PathBuf {
    let file = fs::metadata(library).expect("the library is there");
    let made = file.modified().ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok());
    let name = library.file_name().expect("a library is a file");
    let builds = library.with_extension("folders");
    let folder = builds.join(format!("{:x}-{:x}", made.unwrap_or_default().as_nanos(), file.len()));
    for build in fs::read_dir(&builds).into_iter().flatten().flatten().filter(|build| build.path() != folder)
    {
        // Of a build that is no more; whoever has loaded it keeps it.
        let _gone = fs::remove_dir_all(build.path());
    }
    if !folder.join(name).exists() {
        fs::create_dir_all(&folder).expect("a folder can be made");
        let copy = builds.with_extension(format!("copy-{}", std::process::id()));
        fs::copy(library, &copy).expect("the library can be copied");
        fs::rename(copy, folder.join(name)).expect("a copy can be renamed");
    }
    folder
}

/// A build of a package that is not as Cargo does it by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use = "nothing is built before `library`"]
pub struct Build {
    package: String,
    profile: String,
    features: Vec<String>,
    flags: Option<OsString>,
    variables: BTreeMap<String, OsString>,
    target: Option<PathBuf>,
}

impl Build {
    /// A debug build with the flags of this run.
    pub fn of(package: &str) -> Self {
        Self {
            package: package.to_owned(),
            profile: "dev".to_owned(),
            features: Vec::new(),
            flags: None,
            variables: BTreeMap::new(),
            target: None,
        }
    }

    /// Another profile of the workspace.
    pub fn profile(mut self, profile: &str) -> Self {
        profile.clone_into(&mut self.profile);
        self
    }

    /// One more feature of the package.
    pub fn feature(mut self, feature: &str) -> Self {
        self.features.push(feature.to_owned());
        self
    }

    /// In place of this run's `RUSTFLAGS`. Give a [`target_dir`](Self::target_dir), too: else everything is built anew
    /// each time.
    pub fn rustflags(mut self, flags: impl Into<OsString>) -> Self {
        self.flags = Some(flags.into());
        self
    }

    /// One more variable for Cargo and rustc.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// A target folder of its own.
    pub fn target_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.target = Some(folder.into());
        self
    }

    /// The file. Built once in a process.
    ///
    /// **Panics:** when it can not be built, with what Cargo said.
    pub fn library(&self) -> PathBuf {
        self.try_library().unwrap_or_else(|said| panic!("`{}` can not be built:\n{said}", self.package))
    }

    /// As [`library`](Self::library).
    ///
    /// **Errors:** what Cargo said.
    pub fn try_library(&self) -> Result<PathBuf, String> {
        type Built = Arc<OnceLock<Result<PathBuf, String>>>;
        static BUILT: Mutex<BTreeMap<Build, Built>> = Mutex::new(BTreeMap::new());
        let slot = {
            let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(built.entry(self.clone()).or_default())
        };
        slot.get_or_init(|| self.build()).clone()
    }

    fn build(&self) -> Result<PathBuf, String> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args([
                "build",
                "--lib",
                "--message-format",
                "json-render-diagnostics",
                "--package",
                &self.package,
            ])
            .args(["--profile", &self.profile])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .envs(&self.variables);
        if !self.features.is_empty() {
            cargo.args(["--features", &self.features.join(",")]);
        }
        if let Some(flags) = &self.flags {
            cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", flags);
        }
        if let Some(target) = &self.target {
            cargo.arg("--target-dir").arg(target);
        }
        let output = cargo.output().map_err(|error| format!("cargo does not run: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stdout);
        said.lines()
            .filter_map(|line| self.library_in(line))
            .next_back()
            .ok_or_else(|| format!("package `{}` has no library of crate type cdylib", self.package))
    }

    /// The file that one of Cargo's messages names, if it is this package's library.
    fn library_in(&self, message: &str) -> Option<PathBuf> {
        let message: serde_json::Value = serde_json::from_str(message).ok()?;
        if message["reason"] != "compiler-artifact" {
            return None;
        }
        let package = message["package_id"].as_str()?;
        let kinds = message["target"]["crate_types"].as_array()?;
        if !kinds.iter().any(|kind| kind == "cdylib") || name_in(package) != self.package {
            return None;
        }
        let files =
            message["filenames"].as_array()?.iter().filter_map(|file| Some(Path::new(file.as_str()?)));
        let ending = std::env::consts::DLL_EXTENSION;
        files.into_iter().find(|file| file.extension().is_some_and(|end| end == ending)).map(Path::to_owned)
    }
}

/// The name in `path+file:///…/folder#name@1.2.3`, which may stand for the folder's.
fn name_in(package_id: &str) -> &str {
    let (place, end) = package_id.rsplit_once('#').unwrap_or(("", package_id));
    match end.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next().unwrap_or(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_package_is_read_from_every_form_of_its_id() {
        assert_eq!(name_in("path+file:///here/tests/plugin#keyway-plugin@1.2.3"), "keyway-plugin");
        assert_eq!(name_in("path+file:///here/keyway-plugin#1.2.3"), "keyway-plugin");
    }
}
