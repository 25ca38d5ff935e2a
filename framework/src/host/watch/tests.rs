//! The watcher on real files. Nothing here depends on how fast the machine is: what is expected is waited for, and what
//! must not be told is shown by what is told after it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use semver::Version;
use tempfile::TempDir;

use super::{Change, ChangeKind, Look, Pace, Watcher};
use crate::host::find::stamp::Digest;
use crate::id::PluginId;
use crate::manifest::Manifest;
use crate::note::{KIND_MANIFEST, OWNER};

mod files;
mod folders;
mod storms;
mod troubles;

const SETTLE: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(30);

/// Without looks that nothing asks for: what no hint tells of is never told.
const HINTS_ALONE: Pace =
    Pace { settle: SETTLE, troubled: Duration::from_secs(2), quiet: Duration::from_secs(3_600) };

/// A file with a manifest's note in it, and as much behind it as makes up the size.
fn library(id: &str, version: &str, size: usize) -> Vec<u8> {
    let text = format!(r#"{{"id":"{id}","version":"{version}"}}"#);
    let mut bytes = Vec::new();
    bytes.extend(7u32.to_le_bytes());
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(KIND_MANIFEST.to_le_bytes());
    bytes.extend(OWNER);
    bytes.push(0);
    bytes.extend(text.bytes());
    let filled = bytes.len();
    bytes.extend((filled..size).map(|at| (at * 31 % 251) as u8));
    bytes
}

/// What such a file says of itself, or a subfolder with a `plugin.toml`.
fn look(place: &Path) -> Look {
    let manifest = if place.is_dir() {
        match fs::read_to_string(place.join("plugin.toml")) {
            Ok(text) => Manifest::from_toml(&text).map_err(|error| error.message().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    } else {
        match fs::read(place) {
            Ok(bytes) if bytes.get(12..19) == Some(&OWNER) => read_note(&bytes),
            Ok(_) => return Look::Other,
            Err(error) => Err(error.to_string()),
        }
    };
    match manifest {
        Ok(manifest) => Look::Plugins(vec![(manifest.id, manifest.version)]),
        Err(why) => Look::Unreadable(why),
    }
}

fn read_note(bytes: &[u8]) -> Result<Manifest, String> {
    let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let text = bytes.get(20..20 + length).ok_or("the note ends too early")?;
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    Manifest::from_json(text).map_err(|error| error.to_string())
}

fn plugin(id: &str, version: &str) -> (PluginId, Version) {
    (PluginId::new(id).unwrap(), Version::parse(version).unwrap())
}

/// A place to work in, with the plugin folder `plugins`, and whoever watches it.
struct Scene {
    root: TempDir,
    watcher: Option<Watcher>,
    told: Receiver<Change>,
    marks: std::cell::Cell<usize>,
}

impl Scene {
    /// Not watched yet.
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("plugins")).unwrap();
        Self { root, watcher: None, told: channel().1, marks: 0.into() }
    }

    fn watched() -> Self {
        let mut scene = Self::new();
        scene.watch(&["plugins"]);
        scene
    }

    fn watch(&mut self, folders: &[&str]) {
        self.watch_at(folders, HINTS_ALONE);
    }

    fn watch_at(&mut self, folders: &[&str], pace: Pace) {
        let folders = folders.iter().map(|folder| self.root.path().join(folder)).collect();
        let (tell, told) = channel();
        let tell = move |change| drop(tell.send(change));
        self.watcher = Some(Watcher::at_pace(folders, pace, look, tell).unwrap());
        self.told = told;
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.root.path().join(inside)
    }

    fn write(&self, inside: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Puts a file in place at once, as a careful installer does.
    fn install(&self, inside: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(inside).parent().unwrap()).unwrap();
        let aside = self.path("aside");
        fs::write(&aside, bytes).unwrap();
        fs::rename(aside, self.path(inside)).unwrap();
    }

    fn next(&self) -> Change {
        self.told.recv_timeout(PATIENCE).expect("something is told in time")
    }

    /// The next thing told is this.
    #[track_caller]
    fn expect(&self, kind: ChangeKind, inside: &str, plugins: &[(PluginId, Version)]) -> Change {
        let change = self.next();
        assert_eq!(
            (&change.kind, &change.place, &*change.plugins),
            (&kind, &self.path(inside), plugins),
            "{change:?}"
        );
        change
    }

    #[track_caller]
    fn expect_found(&self, inside: &str, id: &str, version: &str) -> Change {
        self.expect(ChangeKind::Found, inside, &[plugin(id, version)])
    }

    /// Nothing more is told of what was done before: two later changes, one after the other, are told first. Only a
    /// thing that needs more looks than they do could come later.
    #[track_caller]
    fn expect_no_more(&self, folder: &str) {
        for _ in 0..2 {
            self.marks.set(self.marks.get() + 1);
            let mark = format!("{folder}/zz-mark-{}", self.marks.get());
            self.install(&mark, library("test/mark", "1.0.0", 100));
            self.expect_found(&mark, "test/mark", "1.0.0");
        }
    }
}

/// What is there according to what was told.
#[derive(Default)]
struct Picture(BTreeMap<PathBuf, Held>);

/// The plugins in a place, and what was read of it.
type Held = (Vec<(PluginId, Version)>, Option<Digest>);

impl Picture {
    fn apply(&mut self, change: Change) {
        match change.kind {
            ChangeKind::Gone => {
                let held = self.0.remove(&change.place);
                assert_eq!(held.map(|(plugins, _)| plugins), Some(change.plugins), "what is gone was there");
            }
            kind => {
                let held = self.0.insert(change.place, (change.plugins, change.digest));
                let (plugins, _) = held.unwrap_or_default();
                assert_eq!(plugins, change.before, "{kind:?}: what was there before");
            }
        }
    }
}
