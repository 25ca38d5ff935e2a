//! The bridge: which files of a folder are plugins, and how one of them gets into the process.

use std::path::Path;
use std::sync::Arc;

use keyway::abi::entry::TARGET;
use keyway::host::loader::{Artifact, Bridge, LoadOptions, LoadedPlugin, Mapped, Refuses};
use keyway::id::PluginId;
use keyway::manifest::{Home, Manifest};

use crate::images;
use crate::library::Library;
use crate::platform;
use crate::refusal::LoadError;
use crate::section::{self, SectionError};

/// Brings plugins in from shared libraries.
pub fn bridge() -> DylibBridge {
    DylibBridge(())
}

/// The bridge for shared libraries; see [`bridge`].
///
/// A library is loaded into the host's own process and trusted like the host's own code. It is never unmapped, since no
/// released Rust can unload soundly; the same file is loaded once, however many plugins it holds and hosts there are.
///
/// A file that has been replaced since it was loaded is another library, and so is one that was overwritten: loaded anew,
/// beside the old one, which those go on with that have it. Such a later generation is loaded from a private copy, since
/// the system's loader would give the old image; so what it needs by `$ORIGIN` is found only if the process has it already.
/// On Linux it costs a file descriptor. Files are best replaced by renaming: overwriting one changes the code that runs.
#[derive(Debug)]
pub struct DylibBridge(());

impl Bridge for DylibBridge {
    fn home(&self) -> Home {
        Home::Dylib
    }

    fn reader(&self) -> String {
        concat!("keyway-dylib ", env!("CARGO_PKG_VERSION")).to_owned()
    }

    fn check(&self, file: &Path) -> Option<Result<Artifact, Box<dyn Refuses>>> {
        if !platform::is_library_file(file) {
            return None;
        }
        match section::read(file) {
            Ok(notes) if notes.manifests.is_empty() => {
                tracing::debug!(target: "keyway", file = %file.display(), "no plugins in it");
                None
            }
            Ok(notes) => Some(Ok(Artifact {
                path: file.to_owned(),
                manifests: notes.manifests.into_iter().map(Arc::new).collect(),
                build: notes.build.map(Arc::new),
                sidecar: None,
            })),
            Err(
                error @ (SectionError::NotAnObject { .. }
                | SectionError::NoNotes { .. }
                | SectionError::NotAFile { .. }),
            ) => {
                tracing::debug!(target: "keyway", %error, "not a plugin");
                None
            }
            Err(error) => Some(Err(Box::new(error))),
        }
    }

    /// A library for this system that has no manifest in its notes, if it has notes at all: in C, most likely.
    fn check_silent(&self, file: &Path) -> Option<Artifact> {
        let (format, build) = match section::read(file) {
            Ok(notes) if notes.manifests.is_empty() => (notes.format, notes.build),
            Err(SectionError::NoNotes { format, .. }) => (format, None),
            _ => return None,
        };
        let loadable = format.kind == section::Kind::Shared && format.foreign().is_none();
        let build = build.map(Arc::new);
        loadable.then(|| Artifact { path: file.to_owned(), manifests: Vec::new(), build, sidecar: None })
    }

    fn load(
        &self,
        artifact: &Artifact,
        plugin: &PluginId,
        options: &LoadOptions,
    ) -> Result<LoadedPlugin, Box<dyn Refuses>> {
        load(artifact, plugin, options).map_err(|error| Box::new(error) as Box<dyn Refuses>)
    }

    fn mapped(&self) -> Vec<Mapped> {
        images::mapped()
    }
}

fn load(artifact: &Artifact, plugin: &PluginId, options: &LoadOptions) -> Result<LoadedPlugin, LoadError> {
    let path = &artifact.path;
    // On paper first: none of the library's code has run yet.
    if let Some(build) = &artifact.build {
        if build.target != TARGET {
            return Err(LoadError::Target { path: path.clone(), found: build.target.clone() });
        }
        if build.panic == "abort" && !options.allow_abort {
            return Err(LoadError::Abort { path: path.clone() });
        }
    }
    let library = Library::open(path)?;
    if library.aborts() && !options.allow_abort {
        return Err(LoadError::Abort { path: path.clone() });
    }
    let read = artifact.manifests.iter().find(|manifest| manifest.id == *plugin);
    let (told, table) = library.plugin(path, plugin, read.map(|read| &**read))?;
    if let (Some(read), Some(told)) = (read, told) {
        compare(artifact, read, &told)?;
    }
    // SAFETY: `Library` made sure of the table's size and keeps the image for ever; that the table is what its fields
    // say is what whoever trusts the library relies on.
    unsafe { LoadedPlugin::new(table) }.map_err(|what| LoadError::Table { path: path.clone(), what })
}

/// The manifest that was resolved with must be the one that comes with the code.
fn compare(artifact: &Artifact, read: &Manifest, told: &Manifest) -> Result<(), LoadError> {
    if read == told {
        return Ok(());
    }
    let fields = |manifest| match serde_json::to_value(manifest) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (note, code) = (fields(read), fields(told));
    let differs = |field: &&String| note.get(*field) != code.get(*field);
    let field = note.keys().chain(code.keys()).find(differs).cloned().unwrap_or_default();
    let text = |fields: &serde_json::Map<_, _>| match fields.get(&field) {
        Some(value) => serde_json::Value::to_string(value),
        None => "nothing".to_owned(),
    };
    let (note, code) = (text(&note), text(&code));
    let (path, plugin) = (artifact.path.clone(), read.id.clone());
    Err(match artifact.sidecar.clone() {
        None => LoadError::Manifest { path, plugin, field, note, code },
        Some(sidecar) => {
            let (field, said, code) = (field.into(), note.into(), code.into());
            LoadError::Sidecar { path, sidecar, plugin, field, said, code }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use keyway::note::BuildRecord;
    use semver::Version;

    use super::*;

    fn artifact(change: impl FnOnce(&mut BuildRecord)) -> Artifact {
        let mut build = BuildRecord {
            abi: "1.0".into(),
            target: TARGET.into(),
            rustc: "rustc".into(),
            panic: "unwind".into(),
            framework: "0.1.0".into(),
        };
        change(&mut build);
        let id = PluginId::new("a/b").unwrap();
        let manifests = vec![Arc::new(Manifest::new(id, Version::new(1, 0, 0)))];
        Artifact {
            path: PathBuf::from("/not/there/libx.so"),
            manifests,
            build: Some(Arc::new(build)),
            sidecar: None,
        }
    }

    /// The file is not there, so that whatever does not say so was decided before anything was loaded.
    fn check(artifact: &Artifact, options: &LoadOptions, code: &str) -> String {
        let error = load(artifact, &artifact.manifests[0].id, options).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.help().is_empty());
        error.to_string()
    }

    #[test]
    fn a_library_that_aborts_on_panic_is_refused_before_it_is_loaded_unless_allowed() {
        let aborts = artifact(|build| build.panic = "abort".into());
        let said = check(&aborts, &LoadOptions::default(), "panic-abort");
        assert!(said.contains("`panic = \"abort\"`"), "{said}");
        let mut allowed = LoadOptions::default();
        allowed.allow_abort = true;
        check(&aborts, &allowed, "load-missing");
    }

    #[test]
    fn a_library_for_another_target_is_refused_before_it_is_loaded() {
        let other = artifact(|build| build.target = "mips-unknown-none".into());
        let said = check(&other, &LoadOptions::default(), "target");
        assert!(said.contains("mips-unknown-none") && said.contains(TARGET), "{said}");
        check(&artifact(|_| ()), &LoadOptions::default(), "load-missing");
    }

    #[test]
    fn a_manifest_that_differs_in_the_code_is_refused_by_the_fields_name() {
        let mut artifact = Artifact { path: "x.so".into(), ..artifact(|_| ()) };
        let note = (*artifact.manifests[0]).clone();
        let mut code = note.clone();
        assert!(compare(&artifact, &note, &code).is_ok());
        code.rank = 7;
        let error = compare(&artifact, &note, &code).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`x.so` says of `a/b` in its note that `rank` is nothing, and in its code that it is 7"
        );
        code.rank = 0;
        code.version = Version::new(2, 0, 0);
        let error = compare(&artifact, &note, &code).unwrap_err();
        assert!(
            error.to_string().contains("`version` is \"1.0.0\", and in its code that it is \"2.0.0\""),
            "{error}"
        );
        artifact.sidecar = Some("plugin.toml".into());
        let error = compare(&artifact, &note, &code).unwrap_err();
        assert_eq!((error.code(), error.help().is_empty()), ("sidecar-contradiction", false));
        assert_eq!(
            error.to_string(),
            "`plugin.toml` says of `a/b` that `version` is \"1.0.0\", and the code of `x.so` that it is \"2.0.0\""
        );
    }
}
