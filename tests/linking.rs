//! Linked-in plugins under every profile and every linker of this machine: all there, or an error that names the lost
//! one and the cure.

use std::path::{Path, PathBuf};
use std::process::Command;

const ALL: &str = "linked_plugin linked/first\nlinked_plugin linked/second\n2 plugins, counted 2\n";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("linked")
}

/// Builds the program and says what it printed, and whether it ended well.
fn run(profile: &str, features: &[&str], flags: &str) -> (String, bool) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linked");
    let features = features.join(",");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([
            "run",
            "--quiet",
            "--package",
            "linked-program",
            "--no-default-features",
            "--features",
            &features,
        ])
        .args(["--profile", profile, "--target-dir"])
        .arg(target.join(if flags.is_empty() { "plain" } else { "flags" }))
        .current_dir(workspace());
    if !flags.is_empty() {
        cargo.env("RUSTFLAGS", flags);
    }
    let output = cargo.output().expect("cargo runs");
    let text = String::from_utf8(output.stdout).expect("the program writes UTF-8");
    assert!(!text.is_empty(), "{profile} {flags}: {}", String::from_utf8_lossy(&output.stderr));
    (text, output.status.success())
}

#[test]
fn every_plugin_that_is_named_is_there_in_every_profile() {
    for profile in ["dev", "release", "thin", "fat"] {
        assert_eq!(run(profile, &["named", "plugins"], ""), (ALL.into(), true), "{profile}");
    }
    println!(
        "F8: 2 plugins in each of 4 profiles (debug, release, LTO thin and fat): 8 of 8 there, the counts agree"
    );
}

#[test]
fn every_linker_of_this_machine_keeps_them() {
    let linkers = [("bfd", "ld.bfd"), ("gold", "ld.gold"), ("lld", "ld.lld"), ("mold", "mold")];
    let mut tried = Vec::new();
    for (name, program) in linkers {
        if Command::new(program).arg("--version").output().is_err() {
            println!("skipped: the linker {name}, for there is no {program} here");
            continue;
        }
        let flags = format!("-Clinker-features=-lld -Clink-arg=-fuse-ld={name}");
        assert_eq!(run("dev", &["named", "plugins"], &flags), (ALL.into(), true), "{name}");
        tried.push(name);
    }
    let (builds, plugins) = (tried.len(), tried.len() * 2);
    println!(
        "F8: 2 plugins by each of {builds} linkers ({}): {plugins} of {plugins} there",
        tried.join(", ")
    );
}

#[test]
fn a_crate_that_nobody_names_registers_nothing_and_is_not_missed() {
    let (text, ended_well) = run("dev", &["plugins"], "");
    assert_eq!((text.as_str(), ended_well), ("0 plugins, counted 0\n", true));
    println!("F8: a crate that nobody names: 0 plugins and a count of 0, which agree");
}

#[test]
fn a_crate_that_is_named_and_registers_nothing_is_an_error_with_the_cure() {
    let (text, ended_well) = run("dev", &["named"], "");
    assert!(!ended_well);
    assert!(
        text.contains("crate `linked_plugin` is named in link_plugins! and registered no plugin"),
        "{text}"
    );
    assert!(text.contains("take `linked_plugin` out of link_plugins!"), "{text}");
    println!("F8: a crate that is named and gives none: 1 of 1 told by its name");
}
