//! Why plugins can not run together: small worlds, as the resolver of a real host judges them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use keyway::host::loader::{Artifact, LoadOptions, LoadedPlugin, Refuses};
use keyway::host::{Bridge, Host, HostBuilder, Survey};
use keyway::id::PluginId;
use keyway::manifest::{Home, Manifest};
use keyway_dylib::LoadError;
use tempfile::TempDir;

use super::page::Page;

/// Plugins that are nothing but their manifest: enough to be resolved.
struct Papers;

impl Bridge for Papers {
    fn home(&self) -> Home {
        Home::Dylib
    }

    fn check(&self, file: &Path) -> Option<Result<Artifact, Box<dyn Refuses>>> {
        let text = fs::read_to_string(file).expect("the manifest can be read");
        let manifest = Manifest::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
        let path = Path::new("plugins").join(file.file_name().expect("it is a file")).with_extension("");
        Some(Ok(Artifact { path, manifests: vec![Arc::new(manifest)], build: None, sidecar: None }))
    }

    fn load(
        &self,
        artifact: &Artifact,
        _: &PluginId,
        _: &LoadOptions,
    ) -> Result<LoadedPlugin, Box<dyn Refuses>> {
        Err(Box::new(LoadError::Entry { path: artifact.path.clone() }))
    }
}

/// A host that finds the manifests between `---` lines, for as long as the folder is there.
pub(crate) fn builder(world: &str) -> (TempDir, HostBuilder) {
    let folder = TempDir::new().expect("a folder can be made");
    for (place, manifest) in world.split("---").enumerate() {
        let file = folder.path().join(format!("lib{}.so.toml", ["a", "b", "c"][place]));
        fs::write(file, manifest).expect("a manifest can be written");
    }
    let builder = Host::builder("toolbox", "1.0.0").linked_in(false).plugin_dir(folder.path()).bridge(Papers);
    (folder, builder)
}

/// Manifests between `---` lines, resolved; nothing is loaded.
pub(crate) fn survey(world: &str, disabled: &[&str]) -> Survey {
    let (_folder, builder) = builder(world);
    let builder = disabled.iter().fold(builder, |builder, id| builder.disable(id));
    builder.survey().expect("the host was built without mistakes")
}

/// The worlds, each with what is disabled in it and who is refused.
const WORLDS: &[(&str, &[&str], &str)] = &[
    // Missing, and nearly there.
    ("id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"net/fetch\" = \"^1\"", &[], "t/a"),
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/tabel\" = \"^2\"\n---\nid = \"t/table\"\nversion = \"2.0.0\"",
        &[],
        "t/a",
    ),
    ("id = \"t/a\"\nversion = \"1.0.0\"\nrequires.interface.\"t/store\" = \"^1\"", &[], "t/a"),
    // Too old.
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/b\" = \"^2\"\n---\nid = \"t/b\"\nversion = \"1.9.0\"",
        &[],
        "t/a",
    ),
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.interface.\"t/store\" = \"^2\"\n---\nid = \"t/b\"\nversion = \
         \"1.0.0\"\nprovides.\"t/store\" = \"1.0.0\"",
        &[],
        "t/a",
    ),
    // Another host.
    ("id = \"t/a\"\nversion = \"1.0.0\"\nhost = \">=2\"", &[], "t/a"),
    // Conflicts, said by either.
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\n---\nid = \"t/b\"\nversion = \"1.0.0\"\nconflicts.\"t/a\" = \"*\"",
        &[],
        "t/b",
    ),
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nconflicts.\"t/b\" = \"*\"\n---\nid = \"t/b\"\nversion = \"1.0.0\"",
        &[],
        "t/b",
    ),
    // Circles.
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/b\" = \"*\"\n---\nid = \"t/b\"\nversion = \
         \"1.0.0\"\nrequires.\"t/a\" = \"*\"",
        &[],
        "t/a",
    ),
    // Disabled.
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/b\" = \"^1\"\n---\nid = \"t/b\"\nversion = \"1.0.0\"",
        &["t/b"],
        "t/a",
    ),
    // By way of another.
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/b\" = \"^1\"\n---\nid = \"t/b\"\nversion = \
         \"1.1.0\"\nrequires.\"t/c\" = \"^1\"\n---\nid = \"t/c\"\nversion = \"1.2.0\"\nhost = \"^2\"",
        &[],
        "t/a",
    ),
    // In no version.
    (
        "id = \"t/a\"\nversion = \"1.0.0\"\nhost = \"^2\"\n---\nid = \"t/a\"\nversion = \"1.1.0\"\nrequires.\"t/b\" = \
         \"^1\"",
        &[],
        "t/a",
    ),
];

pub(crate) fn show(page: &mut Page) {
    let refused: Vec<_> = WORLDS
        .iter()
        .map(|(world, disabled, id)| {
            let survey = survey(world, disabled);
            survey.resolution().refused.get(*id).cloned().unwrap_or_else(|| panic!("{id} runs: {world}"))
        })
        .collect();
    for refused in &refused {
        page.add("host: Refused", None, refused, Some(&refused.help()));
    }
    for refused in &refused {
        page.add("host: Refused::summary", None, refused.summary(), None);
    }
}
