//! A bridge whose plugins are a few words in a file, and that remembers which files it has read.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use keyway::host::loader::{Artifact, Bridge, LoadOptions, LoadedPlugin, Refuses};
use keyway::host::{Finding, Host, HostBuilder};
use keyway::id::PluginId;
use keyway::manifest::{Home, Manifest};

/// Reads `*.letter`: an id and a version. A `*.mute` says nothing of itself and could be loaded.
#[derive(Clone)]
pub struct Letters {
    checked: Arc<Mutex<Vec<PathBuf>>>,
    /// What the bridge calls itself.
    reader: String,
}

impl Default for Letters {
    fn default() -> Self {
        Self::called("letters 1")
    }
}

impl Letters {
    pub fn called(reader: &str) -> Self {
        Self { checked: Arc::default(), reader: reader.to_owned() }
    }

    /// The files that were read since this was last asked, by path.
    pub fn checked(&self) -> Vec<PathBuf> {
        let mut checked = std::mem::take(&mut *self.checked.lock().unwrap_or_else(PoisonError::into_inner));
        checked.sort();
        checked
    }
}

#[derive(Debug)]
struct Torn;

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the letter is torn")
    }
}

impl std::error::Error for Torn {}

impl Refuses for Torn {
    fn code(&self) -> &'static str {
        "letter"
    }
    fn help(&self) -> String {
        "write another letter".into()
    }
}

impl Bridge for Letters {
    fn home(&self) -> Home {
        Home::Dylib
    }

    fn reader(&self) -> String {
        self.reader.clone()
    }

    fn check(&self, file: &Path) -> Option<Result<Artifact, Box<dyn Refuses>>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner).push(file.to_owned());
        if file.extension()? != "letter" {
            return None;
        }
        let text = fs::read_to_string(file).ok()?;
        let mut words = text.split_whitespace();
        let (Some(id), Some(version)) = (words.next(), words.next()) else {
            return Some(Err(Box::new(Torn)));
        };
        let mut manifest = Manifest::new(PluginId::new(id).ok()?, version.parse().ok()?);
        manifest.description = "a letter".into();
        let manifests = vec![Arc::new(manifest)];
        Some(Ok(Artifact { path: file.to_owned(), manifests, build: None, sidecar: None }))
    }

    fn check_silent(&self, file: &Path) -> Option<Artifact> {
        let mute = file.extension()? == "mute";
        mute.then(|| Artifact { path: file.to_owned(), manifests: Vec::new(), build: None, sidecar: None })
    }

    fn load(&self, _: &Artifact, _: &PluginId, _: &LoadOptions) -> Result<LoadedPlugin, Box<dyn Refuses>> {
        Err(Box::new(Torn))
    }
}

/// Writes a letter, and the folders above it.
pub fn letter(path: &Path, id: &str, version: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("{id} {version}")).unwrap();
}

/// What `[files]` calls this platform.
pub fn here() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Writes a `plugin.toml`.
pub fn sidecar(folder: &Path, id: &str, version: &str, file: &str) {
    let text = format!("id = \"{id}\"\nversion = \"{version}\"\n[files]\n{} = \"{file}\"\n", here());
    fs::write(folder.join("plugin.toml"), text).unwrap();
}

pub fn builder(folders: &[&Path], letters: &Letters, cache: Option<&Path>) -> HostBuilder {
    let mut builder = Host::builder("test", "1.0.0").linked_in(false).bridge(letters.clone());
    for folder in folders {
        builder = builder.plugin_dir(*folder);
    }
    match cache {
        Some(cache) => builder.cache_dir(cache),
        None => builder,
    }
}

/// The plugins with their files, and the problems: place, from the first folder, code and text.
pub fn found(
    folders: &[&Path],
    letters: &Letters,
    cache: Option<&Path>,
) -> (Vec<(String, PathBuf)>, Vec<String>) {
    let (mut plugins, mut problems) = (Vec::new(), Vec::new());
    for finding in builder(folders, letters, cache).find().unwrap() {
        match finding {
            Finding::Plugin(plugin) => plugins
                .push((format!("{} {}", plugin.id(), plugin.version()), plugin.file().unwrap().to_owned())),
            Finding::Problem { place, code, what, .. } => {
                let place = place.strip_prefix(folders[0]).unwrap_or(&place).display().to_string();
                problems.push(format!("{place} {code}: {what}"));
            }
            _ => {}
        }
    }
    (plugins, problems)
}
