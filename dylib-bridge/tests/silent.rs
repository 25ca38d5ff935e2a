//! A library that says nothing of itself before it is loaded, as a C author may build it: a sidecar speaks for it, and its
//! code has to say the same.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "fixture/mod.rs"]
mod fixture;

use std::fs;
use std::path::{Path, PathBuf};

use keyway::host::Host;
use keyway_dylib::section;
use keyway_interfaces::Tool;

/// A subfolder of its own with the C example, whose notes nobody knows as ours, and a sidecar of this version.
fn folder(test: &str, version: &str) -> PathBuf {
    let folder = fixture::folder().join(test);
    let inner = folder.join("frequency");
    fs::create_dir_all(&inner).expect("a folder");
    let library = inner.join("libfrequency.so");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = |name: &str| root.with_file_name("examples").join("c-tool").join(name).display().to_string();
    let (include, output) = (format!("-I{}", root.join("include").display()), library.display().to_string());
    let (plugin, frequency) = (source("plugin.c"), source("frequency.c"));
    fixture::run("cc", &["-std=c11", "-shared", "-fPIC", &include, "-o", &output, &plugin, &frequency]);
    let notes = section::read(&library).expect("the example has notes");
    let mut bytes = fs::read(&library).expect("the library");
    let owners: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"Keyway\0\0")).collect();
    for owner in owners {
        bytes[owner..owner + 6].copy_from_slice(b"Nobody");
    }
    fs::write(&library, bytes).expect("the library");
    assert_eq!(section::read(&library).expect_err("nobody knows its notes").code(), "no-notes");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut manifest = serde_json::to_value(&notes.manifests[0]).expect("a manifest");
    manifest["version"] = version.into();
    manifest["files"] = serde_json::json!({ format!("{os}-{arch}"): "libfrequency.so" });
    fs::write(inner.join("plugin.json"), manifest.to_string()).expect("the sidecar");
    folder
}

fn start(folder: &Path) -> Host {
    let host = Host::builder("test", "1.0.0").plugin_dir(folder).bridge(keyway_dylib::bridge()).start();
    host.expect("nothing is wrong with the host")
}

#[test]
fn a_library_without_notes_is_loaded_on_its_sidecars_word() {
    if !fixture::has("cc", "a_library_without_notes_is_loaded_on_its_sidecars_word") {
        return;
    }
    let host = start(&folder("agrees", "1.0.0"));
    assert!(host.problems().is_empty(), "{:?}", host.problems());
    let info = host.plugin("text/frequency").expect("it is listed");
    assert_eq!(info.state.name(), "active", "{:?}", info.refusal());
    assert_eq!(host.get::<dyn Tool>("text/frequency").expect("it runs").get().name(), "text-frequency");
}

#[test]
fn a_library_whose_code_says_something_else_than_its_sidecar_is_refused_by_the_field() {
    if !fixture::has(
        "cc",
        "a_library_whose_code_says_something_else_than_its_sidecar_is_refused_by_the_field",
    ) {
        return;
    }
    let folder = folder("contradicts", "1.0.1");
    let host = start(&folder);
    let info = host.plugin("text/frequency").expect("it is listed");
    let refusal = info.refusal().expect("it does not run");
    assert_eq!(refusal.code(), "sidecar-contradiction");
    let said = refusal.summary();
    assert!(said.contains("plugin.json` says of `text/frequency` that `version` is \"1.0.1\""), "{said}");
    assert!(said.contains("libfrequency.so` that it is \"1.0.0\""), "{said}");
}

#[test]
fn what_is_no_library_for_this_system_can_not_be_spoken_for() {
    if !fixture::has("cc", "what_is_no_library_for_this_system_can_not_be_spoken_for") {
        return;
    }
    let folder = folder("nobodys", "1.0.0");
    let library = folder.join("frequency/libfrequency.so");
    let whole = fs::read(&library).expect("the library");
    let mut foreign = whole.clone();
    foreign[18] = 0xf3;
    for bytes in [&b"a text"[..], &foreign, &[]] {
        fs::write(&library, bytes).expect("the library");
        let host = start(&folder);
        let problems = host.problems();
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!((problem.cause.code(), problem.place.as_path()), ("sidecar-library", &*library));
        assert!(host.plugins().is_empty());
    }
}
