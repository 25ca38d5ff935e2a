//! Every finding of `doctor` over a real folder in which that is wrong, and the cure that it names.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use support::{Stage, file_name};

/// The findings, as `severity code place`; every one of them has a cure.
fn findings(stage: &Stage, arguments: &str, code: i32) -> Vec<String> {
    let document = stage.keyway(&format!("doctor --json {arguments}")).ended(code).json();
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().expect("a text").to_owned();
    let items = document["items"].as_array().expect("a list");
    items
        .iter()
        .map(|finding| {
            assert!(!text(finding, "help").is_empty() && !text(finding, "message").is_empty(), "{finding}");
            format!("{} {} {}", text(finding, "severity"), text(finding, "code"), text(finding, "place"))
        })
        .collect()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the file is ours");
}

fn replace(path: &Path, what: &[u8], by: &[u8]) {
    assert_eq!(what.len(), by.len());
    let mut bytes = fs::read(path).expect("a file");
    let places: Vec<usize> =
        (0..bytes.len() - what.len()).filter(|at| bytes[*at..].starts_with(what)).collect();
    assert!(!places.is_empty(), "nothing to replace");
    for at in places {
        bytes[at..at + what.len()].copy_from_slice(by);
    }
    fs::write(path, bytes).expect("a file");
}

#[test]
fn a_clean_world_has_no_findings() {
    let stage = Stage::new();
    assert!(findings(&stage, "", 0).is_empty());
    stage.drop_in("plugins", "table");
    assert!(findings(&stage, "--path plugins", 0).is_empty());
    let document = stage.keyway("doctor --path plugins --json").json();
    let checked = &document["checked"];
    assert_eq!(
        (&checked["linked_in"], &checked["files"], &checked["plugins"]),
        (&8.into(), &1.into(), &9.into())
    );
}

#[test]
fn notes_alone_are_no_reason_to_fail() {
    let stage = Stage::new();
    stage.drop_in("plugins", "table");
    stage.drop_in("more", "table");
    stage.write("plugins/README.md", b"plugins");
    stage.write("plugins/notes/x", b"");
    let found = findings(&stage, "--path plugins --path ./plugins --path more", 0);
    let expected = [
        "note folder-twice ./plugins",
        "note no-plugin plugins/README.md",
        "note no-plugin plugins/notes",
        "note left-aside toolbox/table",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_everybody_may_change_is_told_with_the_command_that_ends_it() {
    let stage = Stage::new();
    let file = stage.drop_in("a/plugins", "table");
    mode(&file, 0o666);
    mode(&stage.path().join("a/plugins"), 0o777);
    mode(&stage.path().join("a"), 0o757);
    let above = fs::canonicalize(stage.path().join("a")).unwrap();
    let file = format!("a/plugins/{}", file_name("table"));
    let found = findings(&stage, "--path a/plugins", 1);
    let mut expected = vec![
        format!("warning parent-open-to-all {}", above.display()),
        "warning open-to-all a/plugins".into(),
        format!("warning open-to-all {file}"),
    ];
    assert_eq!(found, expected);
    let out = stage.keyway("doctor --path a/plugins").out;
    for cure in
        ["`chmod o-w a/plugins`", &format!("`chmod o-w {file}`"), &format!("`chmod o-w {}`", above.display())]
    {
        assert!(out.contains(cure), "{out}");
    }
    // The sticky bit keeps others from replacing what is there, and not from adding to it.
    mode(&stage.path().join("a"), 0o1757);
    expected.remove(0);
    assert_eq!(findings(&stage, "--path a/plugins", 1), expected);
    for path in ["a/plugins", &file] {
        mode(&stage.path().join(path), 0o755);
    }
    assert!(findings(&stage, "--path a/plugins", 0).is_empty(), "the cure cures");
}

#[test]
fn files_that_are_no_plugins_are_told_apart_from_plugins_that_are_broken() {
    let stage = Stage::with_plugins();
    fs::remove_file(stage.path().join("plugins").join(file_name("pydata"))).unwrap();
    stage.write(&format!("plugins/{}", file_name("text")), b"hello");
    symlink("nowhere", stage.path().join("plugins").join(file_name("gone"))).unwrap();
    symlink("loop", stage.path().join("loop")).unwrap();
    let found = findings(&stage, "--path plugins --path missing --path loop", 1);
    let expected = [
        "warning folder-unreachable loop".to_owned(),
        "warning folder-missing missing".into(),
        format!("warning broken-link plugins/{}", file_name("gone")),
        format!("warning not-an-object plugins/{}", file_name("text")),
    ];
    assert_eq!(found, expected);
    let path = stage.path().join("plugins").join(file_name("table"));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 3]).unwrap();
    let found = findings(&stage, "--path plugins", 6);
    assert_eq!(found[0], format!("error malformed-object plugins/{}", file_name("table")));
    assert_eq!(found[1], "error unresolved toolbox/markdown");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn libraries_that_would_load_badly_are_told_before_they_are_loaded() {
    let stage = Stage::new();
    let path = stage.drop_in("plugins", "table");
    replace(&path, br#""panic":"unwind""#, br#""panic":"abort" "#);
    let name = format!("plugins/{}", file_name("table"));
    assert_eq!(findings(&stage, "--path plugins", 1), [format!("warning panic-abort {name}")]);
    let path = stage.drop_in("plugins", "table");
    let mut bytes = fs::read(&path).unwrap();
    // The processor: AArch64.
    bytes[18] = 183;
    fs::write(&path, bytes).unwrap();
    assert_eq!(findings(&stage, "--path plugins", 6), [format!("error load-foreign {name}")]);
    let path = stage.drop_in("plugins", "table");
    replace(&path, b"\"x86_64-unknown-linux-gnu\"", b"\"x86_64-unknown-linux-abc\"");
    assert_eq!(findings(&stage, "--path plugins", 6), [format!("error load-foreign {name}")]);
    let ran = stage.keyway("list --start --path plugins").ended(6);
    assert!(
        ran.out.contains("refused") && ran.out.contains("x86_64-unknown-linux-abc"),
        "the bridge says so too"
    );
    fs::copy("/lib/x86_64-linux-gnu/libm.so.6", &path).ok();
    if fs::metadata("/lib/x86_64-linux-gnu/libm.so.6").is_ok() {
        mode(&path, 0o644);
        assert_eq!(findings(&stage, "--path plugins", 1), [format!("warning no-notes {name}")]);
    }
}

#[test]
fn a_start_finds_what_reading_can_not() {
    let stage = Stage::new();
    stage.drop_in("plugins", "moody");
    assert!(findings(&stage, "--path plugins", 0).is_empty());
    let found = findings(&stage, "--path plugins --start", 6);
    assert_eq!(found, ["error needs-refused toolbox/friend", "error start-failed toolbox/moody"]);
    let out = stage.keyway("doctor --path plugins --start").out;
    assert!(
        out.contains("plugin `toolbox/moody` 0.1.0 does not run: did not start: no theme is set"),
        "{out}"
    );
}
