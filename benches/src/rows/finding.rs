//! Finding many plugins in ten folders, against a listing of the same folders with a `stat` of what every entry leads to,
//! which is what whoever looks for plugins there has to do at least.
//!
//! Keyway's lines take the way of a host: `HostBuilder::find`, drained, with the real bridge for libraries. The files are
//! copies of one small library, each with an id of its own patched in, and are left alone until the clock has passed
//! their time stamps: what has only just changed is never taken from the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use keyway::host::{Finding, Host};

use crate::measure::{Line, Row, Unit};

const FOLDERS: usize = 10;
/// What of the id is replaced.
const BLANK: &[u8] = b"@@@@@@@";

/// A thousand, of which the last start left a cache.
pub fn warm() -> Row {
    warm_row("1,000 plugins in 10 folders, found again", thousand())
}

/// A thousand, each file of which is read.
pub fn cold() -> Row {
    cold_row("1,000 plugins in 10 folders, every manifest read", thousand())
}

/// Ten thousand, of which the last start left a cache.
pub fn warm_ten_thousand() -> Row {
    warm_row("10,000 plugins in 10 folders, found again", ten_thousand()).rounds(25)
}

/// Ten thousand, each file of which is read.
pub fn cold_ten_thousand() -> Row {
    cold_row("10,000 plugins in 10 folders, every manifest read", ten_thousand()).rounds(25)
}

/// Floor: the listing.
fn warm_row(name: &str, plugins: &'static Plugins) -> Row {
    plugins.found(Some(&plugins.cache));
    listed(name, plugins)
        .target(1.5)
        .contestant(Line::measured("Keyway", move || plugins.found(Some(&plugins.cache))))
}

/// Floor: the listing.
fn cold_row(name: &str, plugins: &'static Plugins) -> Row {
    let cache = plugins.cache.with_extension("cold");
    let written = move || {
        let _ = fs::remove_dir_all(&cache);
        plugins.found(Some(&cache))
    };
    listed(name, plugins)
        .target(4.0)
        .contestant(Line::measured("Keyway", move || plugins.found(None)))
        .contestant(Line::measured("Keyway, and the cache written", written).aside())
}

fn listed(name: &str, plugins: &'static Plugins) -> Row {
    let line = |name: &str| Line::call(name, &plugins.count, |_| plugins.listed(), |count| count);
    let unfollowed = |_| plugins.listed_unfollowed();
    Row::new(name, Unit::Nanoseconds)
        .floor(line("`read_dir`, and `metadata` of every path"))
        .contestant(line("the floor once more"))
        .contestant(Line::call("the same, without following links", &plugins.count, unfollowed, |count| {
            count
        }))
}

/// Folders full of plugins.
struct Plugins {
    folders: Vec<PathBuf>,
    cache: PathBuf,
    count: usize,
}

fn thousand() -> &'static Plugins {
    static PLUGINS: OnceLock<Plugins> = OnceLock::new();
    PLUGINS.get_or_init(|| Plugins::make(1_000))
}

fn ten_thousand() -> &'static Plugins {
    static PLUGINS: OnceLock<Plugins> = OnceLock::new();
    PLUGINS.get_or_init(|| Plugins::make(10_000))
}

impl Plugins {
    /// Makes the files, and waits until their time stamps are past.
    fn make(count: usize) -> Plugins {
        let root = crate::libraries::scratch().join(format!("plugins-{count}"));
        let _ = fs::remove_dir_all(&root);
        let folders: Vec<PathBuf> = (0..FOLDERS).map(|n| root.join(format!("folder-{n}"))).collect();
        folders
            .iter()
            .for_each(|folder| fs::create_dir_all(folder).expect("the build's folder can be written"));
        let mut library = library(&root);
        let places: Vec<usize> = (0..library.len()).filter(|&at| library[at..].starts_with(BLANK)).collect();
        assert_eq!(places.len(), 1, "the id stands once in the library");
        for number in 0..count {
            let id = format!("{number:0width$}", width = BLANK.len());
            library[places[0]..places[0] + BLANK.len()].copy_from_slice(id.as_bytes());
            let name = libloading::library_filename(format!("plugin_{id}"));
            fs::write(folders[number % FOLDERS].join(name), &library)
                .expect("the build's folder can be written");
        }
        std::thread::sleep(Duration::from_millis(2_500));
        Plugins { folders, cache: root.join("cache"), count }
    }

    fn entries(&self) -> impl Iterator<Item = fs::DirEntry> {
        let entries = |folder| fs::read_dir(folder).expect("the folder is there");
        self.folders.iter().flat_map(entries).map(|entry| entry.expect("the folder can be read"))
    }

    /// Lists the folders, and asks for the state of what every entry leads to.
    fn listed(&self) -> usize {
        let states = self.entries().map(|entry| fs::metadata(entry.path()));
        states.filter(|state| state.as_ref().is_ok_and(|state| state.len() > 0)).count()
    }

    /// The same of the entries themselves, which costs the system less; it does not tell where a link leads.
    fn listed_unfollowed(&self) -> usize {
        let states = self.entries().map(|entry| entry.metadata());
        states.filter(|state| state.as_ref().is_ok_and(|state| state.len() > 0)).count()
    }

    /// Finds the plugins as a host does, which keeps what it has found: nanoseconds until all are there.
    fn found(&self, cache: Option<&Path>) -> f64 {
        let start = Instant::now();
        let mut builder = Host::builder("figures", "1.0.0").linked_in(false).bridge(keyway_dylib::bridge());
        for folder in &self.folders {
            builder = builder.plugin_dir(folder);
        }
        if let Some(cache) = cache {
            builder = builder.cache_dir(cache);
        }
        let mut found = builder.find().expect("nothing is wrong with the host");
        let count = found.by_ref().filter(|finding| matches!(finding, Finding::Plugin(_))).count();
        let spent = start.elapsed().as_nanos() as f64;
        assert_eq!(count, self.count, "every plugin is found");
        spent
    }
}

/// The library that is copied.
fn library(folder: &Path) -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rows/finding/plugin.c");
    let output = folder.join("plugin.so");
    let status = Command::new("cc")
        .args(["-shared", "-nostdlib", "-s", "-o"])
        .arg(&output)
        .arg(source)
        .status()
        .expect("`cc` links Rust programs too");
    assert!(status.success(), "`cc`: {status}");
    let library = fs::read(&output).expect("`cc` has written it");
    fs::remove_file(output).expect("what was written can be removed");
    library
}
