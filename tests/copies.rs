//! Two copies of the framework in one program: each would have a registration list and an entry symbol of its own, so
//! Cargo refuses them by name before anything is compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace")
}

/// A fresh folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("copies").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run goes away");
    }
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder of the workspace can be read") {
        let entry = entry.expect("an entry can be read");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        }
    }
}

/// The framework and its macros once more, as `version`.
fn copy_of_the_framework(to: &Path, version: &str) {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).expect("the workspace has a manifest");
    let (before, members) = manifest.split_once("members = [").expect("the workspace names its members");
    let (_, after) = members.split_once("\n]").expect("the list of members ends");
    let manifest = format!("{before}members = [\"framework\", \"macros\"]{after}")
        .replace("path = \"macros\", version = \"0.1.0\"", "path = \"macros\"");
    fs::create_dir_all(to).expect("a folder can be made");
    fs::write(to.join("Cargo.toml"), manifest).expect("the copy's manifest can be written");
    for member in ["framework", "macros"] {
        copy(&workspace().join(member), &to.join(member));
        let path = to.join(member).join("Cargo.toml");
        let manifest = fs::read_to_string(&path).expect("the member has a manifest");
        let own = "version.workspace = true";
        assert!(manifest.contains(own), "the version is the workspace's");
        fs::write(path, manifest.replacen(own, &format!("version = \"{version}\""), 1))
            .expect("the member's manifest can be written");
    }
}

fn package(folder: &Path, name: &str, dependencies: &str) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n"
    );
    fs::create_dir_all(folder.join(name).join("src")).expect("a folder can be made");
    fs::write(folder.join(name).join("Cargo.toml"), manifest).expect("a manifest can be written");
    fs::write(folder.join(name).join("src/lib.rs"), "").expect("a source file can be written");
}

/// Whether Cargo takes a program of two plugins, each made with the copy of the framework that stands in a folder as a
/// version, and what it says.
fn program(test: &str, copies: [(&str, &str); 2]) -> (bool, String) {
    let folder = folder(test);
    for (plugin, (place, version)) in ["old-plugin", "new-plugin"].into_iter().zip(copies) {
        copy_of_the_framework(&folder.join(place), version);
        package(&folder, plugin, &format!("keyway = {{ path = \"../{place}/framework\" }}"));
    }
    let plugins = "old-plugin = { path = \"../old-plugin\" }\nnew-plugin = { path = \"../new-plugin\" }";
    package(&folder, "program", &format!("{plugins}\n\n[workspace]"));
    // Whatever else the framework needs stays as it is locked here, so nothing has to be fetched.
    fs::copy(workspace().join("Cargo.lock"), folder.join("program/Cargo.lock"))
        .expect("the lock can be copied");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1"])
        .current_dir(folder.join("program"))
        .output()
        .expect("cargo runs");
    let said = String::from_utf8(output.stderr).expect("cargo writes UTF-8");
    println!("{said}");
    (output.status.success(), said.replace(&folder.display().to_string(), "…"))
}

/// Cargo names the copy that it took by its folder, the other by its version, and for each the plugin that wants it.
fn refused(test: &str, copies: [(&str, &str); 2]) {
    let (taken, said) = program(test, copies);
    assert!(!taken, "{said}");
    assert!(said.contains("links to the native library `keyway`"), "{said}");
    let by_folder = |(place, version): (&str, &str)| format!("keyway v{version} (…/{place}/framework)");
    assert!(copies.iter().any(|&copy| said.contains(&by_folder(copy))), "{said}");
    for (place, version) in copies {
        let plugin = format!("`{place}-plugin v1.0.0 (…/{place}-plugin)`");
        assert!(said.contains(&plugin), "{plugin} is not said in:\n{said}");
        let by_version = said.contains(&format!("are: {version}\n"));
        assert!(
            by_version || said.contains(&by_folder((place, version))),
            "{version} is not said in:\n{said}"
        );
    }
}

#[test]
fn two_versions_of_the_framework_are_refused_by_cargo_with_both_named() {
    refused("two-versions", [("old", "0.1.0"), ("new", "0.2.0")]);
}

#[test]
fn two_copies_of_one_version_are_refused_by_cargo_with_both_named() {
    refused("two-copies", [("old", "0.1.0"), ("new", "0.1.0")]);
}

#[test]
fn one_copy_for_all_plugins_is_taken() {
    let (taken, said) = program("one-copy", [("old", "0.1.0"), ("old", "0.1.0")]);
    assert!(taken, "{said}");
}
