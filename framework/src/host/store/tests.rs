//! The store on real disks: what it promises, by several processes, killed, with damaged files and where it can not write.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use semver::{Version, VersionReq};
use tempfile::TempDir;

use super::*;
use crate::host::find::stamp::Digest;
use crate::host::quarantine::{Circumstances, Grounds, Quarantine};
use crate::id::PluginId;
use crate::manifest::Home;

mod damage;
mod journal;
mod kills;
mod locks;
#[cfg(target_os = "linux")]
mod refusing;
mod surface;
mod writers;

fn fresh() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("state")).unwrap();
    (folder, store)
}

fn id(text: &str) -> PluginId {
    PluginId::new(text).unwrap()
}

fn requirement(text: &str) -> VersionReq {
    VersionReq::parse(text).unwrap()
}

/// A quarantine of a file with this content, in the host of this version.
fn quarantine(plugin: &str, file: &str, host: u64, message: &str) -> Quarantine {
    let now = Circumstances {
        digest: Some(&Digest::of(file.as_bytes())),
        version: &Version::new(1, 2, 3),
        host: &Version::new(host, 0, 0),
        needs: &BTreeMap::from([(id("x/y"), Version::new(2, 0, 0))]),
    };
    let cause = Grounds::new("start-fault", message, "tell its authors");
    Quarantine::new(id(plugin), Home::Dylib, cause, &now)
}

/// The test that runs this, in a process of its own, with a word of what it is to do there.
fn again(test: &str, role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(FOLDER, folder);
    command
}

/// What this process is to do, where it was started by [`again`].
fn role() -> Option<(String, PathBuf)> {
    Some((std::env::var(ROLE).ok()?, std::env::var_os(FOLDER)?.into()))
}

const ROLE: &str = "KEYWAY_TEST_STORE_ROLE";
const FOLDER: &str = "KEYWAY_TEST_STORE_FOLDER";

fn temporaries(folder: &Path) -> usize {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".keyway-")).count()
}

/// The files in a folder whose names have this in them, sorted.
fn named(folder: &Path, part: &str) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries.filter(|path| path.to_string_lossy().contains(part)).collect();
    found.sort();
    found
}
