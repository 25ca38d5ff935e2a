//! What sidecars may say, and what is said of those that say something else.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::id::{InterfaceId, PluginId};
use crate::manifest::{Activation, Requirement};

mod drawn;
mod hostile;
mod paths;

/// A folder with one file in it.
fn folder(name: &str, text: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

fn reads(name: &str, text: &str) -> Sidecar {
    let folder = folder(name, text);
    read(folder.path()).expect("there is one").unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(name: &str, text: impl AsRef<[u8]>) -> SidecarError {
    let folder = folder(name, text);
    read(folder.path()).expect("there is one").expect_err("it has mistakes")
}

/// What is displayed, without the place of the folder.
#[track_caller]
fn says(folder: &Path, expected: &str) -> SidecarError {
    let error = read(folder).expect("there is one").expect_err("it is refused");
    let said = error.to_string().replace(&folder.display().to_string(), "<folder>");
    assert_eq!(said, expected, "\n{said}\n");
    assert!(!error.help().is_empty() && error.code().starts_with("sidecar-"));
    error
}

const TOML: &str = r#"
id = "toolbox/markdown"
version = "1.4.2"
description = "Markdown to HTML"
authors = ["Ada", "Grace"]
license = "MIT"
host = ">=1.0, <3"
provides = { "toolbox/tool" = "1.0" }
activation = "use"
rank = -5
config = "Settings"

[requires]
"toolbox/table" = "^2"
"toolbox/theme" = { version = "^1", optional = true }
interface."toolbox/store" = "^1"

[conflicts]
"toolbox/markdown-lite" = "*"

[capabilities]
fs.read = ["~/notes"]
net = ["api.example.com:443"]

[files]
macos-aarch64 = "mac/libmarkdown.dylib"
wasm = "markdown.wasm"
"#;

const JSON: &str = r#"{
  "id": "toolbox/markdown", "version": "1.4.2", "description": "Markdown to \u0048TML",
  "authors": ["Ada", "Grace"], "license": "MIT", "host": ">=1.0, <3", "provides": {"toolbox/tool": "1"},
  "activation": "use", "rank": -5, "config": "Settings",
  "requires": {
    "toolbox/table": "^2", "toolbox/theme": {"version": "^1", "optional": true},
    "interface": {"toolbox/store": "^1"}
  },
  "conflicts": {"toolbox/markdown-lite": "*"},
  "capabilities": {"fs.read": ["~/notes"], "net": ["api.example.com:443"]},
  "files": {"macos-aarch64": "mac/libmarkdown.dylib", "wasm": "markdown.wasm"}
}"#;

/// With files for other platforms than this, so that none has to be there.
fn toml() -> String {
    let other = if cfg!(target_os = "macos") { "linux-aarch64" } else { "macos-aarch64" };
    TOML.replace("macos-aarch64", other)
}

fn json() -> String {
    let other = if cfg!(target_os = "macos") { "linux-aarch64" } else { "macos-aarch64" };
    JSON.replace("macos-aarch64", other)
}

fn whole() -> Manifest {
    let id = |text| PluginId::new(text).unwrap();
    let interface = |text| InterfaceId::new(text).unwrap();
    let mut manifest = Manifest::new(id("toolbox/markdown"), "1.4.2".parse().unwrap());
    manifest.description = "Markdown to HTML".into();
    manifest.authors = vec!["Ada".into(), "Grace".into()];
    manifest.license = "MIT".into();
    manifest.host = Some(">=1.0, <3".parse().unwrap());
    manifest.provides.insert(interface("toolbox/tool"), "1.0.0".parse().unwrap());
    manifest.activation = Activation::Use;
    manifest.rank = -5;
    manifest.config = Some("Settings".into());
    let requires = &mut manifest.requires;
    requires.plugins.insert(id("toolbox/table"), Requirement::must("^2".parse().unwrap()));
    requires.plugins.insert(id("toolbox/theme"), Requirement::may("^1".parse().unwrap()));
    requires.interfaces.insert(interface("toolbox/store"), Requirement::must("^1".parse().unwrap()));
    manifest.conflicts.insert(id("toolbox/markdown-lite"), "*".parse().unwrap());
    manifest.capabilities.insert("fs.read".into(), vec!["~/notes".into()]);
    manifest.capabilities.insert("net".into(), vec!["api.example.com:443".into()]);
    manifest
}

#[test]
fn a_sidecar_says_the_same_in_both_syntaxes() {
    let (toml, json) = (reads("plugin.toml", &toml()), reads("plugin.json", &json()));
    assert_eq!(toml.manifest, whole());
    assert_eq!(json.manifest, whole());
    assert_eq!(toml.files, json.files);
    assert_eq!(toml.files["wasm"], Path::new("markdown.wasm"));
    assert_eq!(toml.files.len(), 2);
    assert!(toml.path.ends_with("plugin.toml") && json.path.ends_with("plugin.json"));
}

#[test]
fn whatever_a_note_can_hold_a_sidecar_can_say() {
    let note = serde_json::to_value(whole()).unwrap();
    // Should the manifest get another field, it belongs here and into the reader.
    assert_eq!(note.as_object().unwrap().len(), 13, "{note}");
    assert_eq!(reads("plugin.json", &note.to_string()).manifest, whole());
    assert_eq!(reads("plugin.toml", &::toml::to_string(&whole()).unwrap()).manifest, whole());
}

#[test]
fn a_name_and_a_version_are_enough() {
    let sidecar = reads("plugin.toml", "id = 'a/b'\nversion = '1.0.0'\n");
    assert_eq!(sidecar.manifest, Manifest::new(PluginId::new("a/b").unwrap(), "1.0.0".parse().unwrap()));
    assert!(sidecar.files.is_empty());
}

#[test]
fn a_folder_without_a_sidecar_has_none_and_a_file_neither() {
    let folder = folder("Plugin.toml.bak", "");
    assert!(read(folder.path()).is_none());
    assert!(read(&folder.path().join("Plugin.toml.bak")).is_none());
    assert!(read(&folder.path().join("nowhere")).is_none());
}

#[test]
fn two_sidecars_in_one_folder_are_refused_by_both_names() {
    let folder = folder("plugin.toml", toml());
    fs::write(folder.path().join("plugin.json"), json()).unwrap();
    let error = says(folder.path(), "`<folder>` has both `plugin.toml` and `plugin.json`");
    assert_eq!(error.code(), "sidecar-twice");
}

#[test]
fn a_plugin_for_other_platforms_says_for_which() {
    let sidecar = reads("plugin.json", &json());
    let error = sidecar.file_here().unwrap_err();
    let (there, here) = (sidecar.files.keys().next().unwrap(), platform());
    let path = sidecar.path.display();
    assert_eq!(error.to_string(), format!("`{path}` names no file for `{here}`, only for `{there}`, `wasm`"));
    assert_eq!(error.code(), "sidecar-platform");

    let nothing = reads("plugin.toml", "id = 'a/b'\nversion = '1.0.0'\n").file_here().unwrap_err();
    assert!(nothing.to_string().ends_with(", nor for any other platform"), "{nothing}");
}

#[test]
fn a_contradiction_is_named_with_both_values() {
    let check = |change: fn(&mut Manifest), expected: Option<&str>| {
        let mut said = whole();
        change(&mut said);
        let found = contradiction(&said, &whole());
        assert_eq!(found.as_ref().map(ToString::to_string).as_deref(), expected);
        assert!(found.is_none_or(|it| it.code() == "sidecar-contradiction" && it.help().contains(&it.field)));
    };
    check(|_| (), None);
    check(|said| *said = Manifest::new(said.id.clone(), said.version.clone()), None);
    check(
        |said| (said.version, said.rank) = (semver::Version::new(2, 0, 0), 7),
        Some(
            "the sidecar says of `toolbox/markdown` that `version` is \"2.0.0\", and its library that it is \
             \"1.4.2\"",
        ),
    );
    check(
        |said| said.id = PluginId::new("a/b").unwrap(),
        Some(
            "the sidecar says of `a/b` that `id` is \"a/b\", and its library that it is \"toolbox/markdown\"",
        ),
    );
    check(
        |said| said.rank = 7,
        Some("the sidecar says of `toolbox/markdown` that `rank` is 7, and its library that it is -5"),
    );
    check(
        |said| {
            let table = said.requires.plugins.get_mut("toolbox/table").unwrap();
            table.version = "^3".parse().unwrap();
        },
        Some(
            "the sidecar says of `toolbox/markdown` that `requires.toolbox/table` is \"^3\", and its library that \
             it is \"^2\"",
        ),
    );
    check(
        |said| _ = said.capabilities.remove("net"),
        Some(
            "the sidecar says of `toolbox/markdown` that `capabilities.net` is nothing, and its library that it \
             is [\"api.example.com:443\"]",
        ),
    );
}
