//! A bridge of the test's own: files that name plugins of this image, whose real tables it gives.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyway::abi::PluginTable;
use keyway::host::loader::{Artifact, Bridge, LoadOptions, LoadedPlugin, Refuses};
use keyway::host::{Host, HostBuilder, Refusal, Settings, Trust};
use keyway::id::PluginId;
use keyway::manifest::{Home, Manifest};

use crate::puppets::{Journal, Puppet, registration, why};

/// A file `*.puppet`: the first line is the id of a plugin of this image, the second its version, the others more of a
/// TOML manifest. A file that begins with `broken` can not be read, one whose id is `gone/…` not be loaded.
#[derive(Clone, Default)]
pub(crate) struct Puppets {
    loads: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Complaint(&'static str);

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl std::error::Error for Complaint {}
impl Refuses for Complaint {
    fn code(&self) -> &'static str {
        "complaint"
    }
    fn help(&self) -> String {
        "write another puppet".into()
    }
}

impl Bridge for Puppets {
    fn home(&self) -> Home {
        Home::Dylib
    }

    fn check(&self, file: &Path) -> Option<Result<Artifact, Box<dyn Refuses>>> {
        if file.extension()? != "puppet" {
            return None;
        }
        let text = std::fs::read_to_string(file).unwrap();
        if text.starts_with("broken") {
            return Some(Err(Box::new(Complaint("its strings are cut"))));
        }
        let mut lines = text.lines();
        let (id, version) = (lines.next().unwrap(), lines.next().unwrap());
        let more: Vec<_> = lines.collect();
        let manifest = format!("id = \"{id}\"\nversion = \"{version}\"\n{}", more.join("\n"));
        let manifests = vec![Arc::new(Manifest::from_toml(&manifest).unwrap())];
        Some(Ok(Artifact { path: file.to_owned(), manifests, build: None, sidecar: None }))
    }

    fn load(
        &self,
        _: &Artifact,
        plugin: &PluginId,
        _: &LoadOptions,
    ) -> Result<LoadedPlugin, Box<dyn Refuses>> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        if plugin.namespace() == "gone" {
            return Err(Box::new(Complaint("nobody holds its strings")));
        }
        let table: &'static PluginTable = registration(plugin.as_str()).table;
        // SAFETY: `#[plugin]` made the table, a constant of this image.
        Ok(unsafe { LoadedPlugin::new(table) }.unwrap())
    }
}

/// A folder that is there for one test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("keyway-host-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

pub(crate) const PROVIDES: &str = "provides = { \"test/puppet\" = \"1.2.0\" }";

pub(crate) fn builder(folder: &Folder) -> HostBuilder {
    crate::contexts::collect();
    Host::builder("test", "1.0.0").linked_in(false).plugin_dir(&folder.0)
}

#[test]
fn plugins_of_files_and_linked_in_ones_reach_each_other_both_ways() {
    let journal = Journal::new();
    let requires_c = "[requires]\n\"chain/c\" = \"^1\"";
    let folder = Folder::new(
        "mixed",
        &[
            ("b.puppet", &format!("chain/b\n1.0.0\n{PROVIDES}\n{requires_c}")),
            ("one.puppet", &format!("lazy/one\n1.0.0\nactivation = \"use\"\n{PROVIDES}")),
        ],
    );
    // a (linked in) → b (file) → c (linked in); user (linked in) → one (file, on demand).
    let bridge = Puppets::default();
    let script = Settings::of(&journal.script());
    let host = journal
        .host(&["chain/a", "chain/c", "lazy/user"])
        .config("chain/b", script.clone())
        .config("lazy/one", script)
        .plugin_dir(&folder.0)
        .bridge(bridge.clone())
        .start()
        .unwrap();
    journal.check(&["chain/c start", "chain/b start", "chain/a start", "lazy/user start"]);
    for (asker, other) in [("chain/a", "chain/b"), ("chain/b", "chain/c"), ("lazy/user", "lazy/one")] {
        assert_eq!(host.get::<dyn Puppet>(asker).unwrap().get().ask(other).unwrap(), other);
    }
    assert!(!host.get::<dyn Puppet>("chain/b").unwrap().is_direct());
    assert_eq!(bridge.loads.load(Ordering::Relaxed), 2);
    let info = host.plugin("chain/b").unwrap();
    assert_eq!((info.home, info.trust), (Home::Dylib, Trust::Unsigned));
    assert_eq!(info.source, folder.0.display().to_string());
    assert_eq!(info.file, Some(folder.0.join("b.puppet")));
    drop(host);
    let lines = journal.lines();
    let expected = [
        "lazy/user stop",
        "lazy/user drop",
        "lazy/one stop",
        "lazy/one drop",
        "chain/a stop",
        "chain/a drop",
        "chain/b stop",
        "chain/b drop",
        "chain/c stop",
        "chain/c drop",
    ];
    assert_eq!(&lines[5..], expected);
}

#[test]
fn what_can_not_be_read_is_a_problem_and_what_is_not_ours_is_none() {
    let files = [
        ("a.puppet", "broken"),
        ("README.md", "nothing of ours"),
        ("c.puppet", &format!("chain/c\n1.0.0\n{PROVIDES}")),
    ];
    let folder = Folder::new("problems", &files);
    let a_file = folder.0.join("README.md");
    let host = builder(&folder)
        .plugin_dir(folder.0.join("not/there"))
        .plugin_dir(folder.0.join("."))
        .plugin_dir(&a_file)
        .bridge(Puppets::default())
        .start()
        .unwrap();
    let problems: Vec<_> =
        host.problems().iter().map(|it| (it.place.clone(), it.cause.to_string())).collect();
    let expected = [
        (folder.0.join("a.puppet"), "its strings are cut".to_owned()),
        (a_file, "the plugin folder can not be read".to_owned()),
    ];
    assert_eq!(problems, expected);
    assert_eq!(
        (host.problems()[0].cause.code(), host.problems()[1].cause.code()),
        ("complaint", "folder-unreadable")
    );
    assert_eq!(host.plugins().len(), 1);
    assert!(host.plugins()[0].passed_over.is_empty(), "one folder, named twice");
}

#[test]
fn a_plugin_that_can_not_be_loaded_is_refused_with_the_bridges_words() {
    let folder = Folder::new("refused", &[("x.puppet", "gone/x\n1.0.0")]);
    let host = builder(&folder).bridge(Puppets::default()).start().unwrap();
    assert_eq!(why(&host, "gone/x"), "could not be loaded: nobody holds its strings");
    let error = host.get::<dyn Puppet>("gone/x").unwrap_err();
    assert_eq!((error.code(), error.help().as_str()), ("complaint", "write another puppet"));
}

#[test]
fn a_table_that_lacks_what_the_manifest_promises_is_a_contradiction() {
    let provides = "provides = { \"test/puppet\" = \"1.2.0\", \"test/store\" = \"2.0.0\" }";
    let folder = Folder::new("contradiction", &[("c.puppet", &format!("chain/c\n1.0.0\n{provides}"))]);
    let host = builder(&folder).bridge(Puppets::default()).start().unwrap();
    assert_eq!(
        why(&host, "chain/c"),
        "is not built as it says: it provides `test/store` in its manifest, and has no table for it"
    );
    assert!(matches!(&**host.plugin("chain/c").unwrap().refusal().unwrap(), Refusal::Contradiction { .. }));
}

#[test]
fn the_newest_runs_and_what_was_passed_over_is_told() {
    let journal = Journal::new();
    let files = [
        ("new.puppet", &*format!("chain/c\n1.5.0\n{PROVIDES}")),
        ("old.puppet", &*format!("chain/c\n0.9.0\n{PROVIDES}")),
    ];
    let folder = Folder::new("versions", &files);
    let host = journal.host(&["chain/c"]).plugin_dir(&folder.0).bridge(Puppets::default()).start().unwrap();
    let info = host.plugin("chain/c").unwrap();
    assert_eq!((info.version.to_string().as_str(), info.home), ("1.5.0", Home::Dylib));
    let left: Vec<_> =
        info.passed_over.iter().map(|left| format!("{} {} {}", left.version, left.home, left.why)).collect();
    assert_eq!(
        left,
        ["1.0.0 static older than 1.5.0, which runs", "0.9.0 dylib older than 1.5.0, which runs"]
    );
    assert_eq!(info.passed_over[0].place, "-");
}
