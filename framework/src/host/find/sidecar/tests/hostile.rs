//! Files that nobody wrote by hand.

use super::*;

const MIB: usize = 1 << 20;

/// A mistake is in the file, and can be told.
fn told(folder: &Path, name: &str, text: &[u8]) {
    fs::write(folder.join(name), text).unwrap();
    let Err(error) = read(folder).expect("there is one") else { return };
    assert!(!error.to_string().is_empty() && !error.summary().contains('\n'));
    if let SidecarError::Written(error) = &error {
        let lines = text.split(|byte| *byte == b'\n').count();
        for flaw in error.flaws() {
            assert!((1..=lines).contains(&flaw.line), "{flaw} of {lines} lines");
            let line = text.split(|byte| *byte == b'\n').nth(flaw.line - 1).unwrap();
            assert!((1..=line.len() + 1).contains(&flaw.column), "{flaw} in {line:?}");
        }
    }
}

#[test]
fn every_beginning_of_a_sidecar_is_read_or_refused() {
    for (name, text) in [("plugin.toml", toml()), ("plugin.json", json())] {
        let folder = tempfile::tempdir().unwrap();
        for end in 0..text.len() {
            told(folder.path(), name, &text.as_bytes()[..end]);
        }
    }
}

#[test]
fn every_sidecar_with_one_wrong_byte_is_read_or_refused() {
    for (name, text) in [("plugin.toml", toml()), ("plugin.json", json())] {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..text.len() {
            for wrong in [0, b'\n', b'"', b'{', b']', 0xff] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = wrong;
                told(folder.path(), name, &bytes);
            }
        }
    }
}

#[test]
fn what_a_megabyte_of_anything_makes_is_short() {
    let full = |text: &str| text.repeat(MIB / text.len());
    let keys: String = (0..50_000).map(|n| format!("\"k{n}\": 1, ")).collect();
    let lines: String = (0..50_000).map(|n| format!("k{n} = 1\n")).collect();
    for (name, text) in [
        ("plugin.json", full("[")),
        ("plugin.json", full("{\"a\":")),
        ("plugin.json", format!("{{{keys}\"id\": 1}}")),
        ("plugin.json", format!("{{\"id\": {}{}}}", "[".repeat(1000), "]".repeat(1000))),
        ("plugin.json", format!("{{\"id\": \"{}\"}}", "ü".repeat(MIB / 2 - 20))),
        ("plugin.json", format!("{{\"{}\": 1}}", "x".repeat(MIB - 20))),
        ("plugin.toml", full("[")),
        ("plugin.toml", full("=")),
        ("plugin.toml", full("a = {")),
        ("plugin.toml", format!("a = {}", "[".repeat(MIB - 10))),
        ("plugin.toml", full("a.")),
        ("plugin.toml", full("[a]\n")),
        ("plugin.toml", lines),
        ("plugin.toml", format!("id = '{}'", "x".repeat(MIB - 20))),
        ("plugin.toml", full("\u{1b}[31m")),
    ] {
        let error = refusal(name, text);
        let said = error.to_string();
        assert_eq!(error.code(), "sidecar-invalid", "{said}");
        assert!(said.len() < 20_000, "{} bytes: {}", said.len(), &said[..1000]);
        assert!(error.summary().len() < 1_000);
        assert!(!said.chars().any(|c| c.is_control() && c != '\n'));
    }
}

#[test]
fn a_file_beyond_a_mebibyte_is_refused_unread() {
    let comment = format!("id = 'a/b'\nversion = '1.0.0'\n#{}", "x".repeat(MIB));
    let just = &comment[..MIB];
    reads("plugin.toml", just);
    let big = folder("plugin.toml", &comment[..=MIB]);
    let error = says(big.path(), "`<folder>/plugin.toml` has more than 1 MiB");
    assert_eq!(error.code(), "sidecar-unreadable");
    // Of which no reader would live to tell.
    let huge = folder("plugin.json", "{}");
    fs::File::options().write(true).open(huge.path().join("plugin.json")).unwrap().set_len(1 << 42).unwrap();
    says(huge.path(), "`<folder>/plugin.json` has more than 1 MiB");
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_the_offset() {
    let folder = folder("plugin.toml", b"id = '\xc3\xa9\xff'");
    says(folder.path(), "`<folder>/plugin.toml` is not UTF-8 from byte 8 on");
}

#[test]
fn a_folder_in_the_place_of_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugin.toml")).unwrap();
    says(folder.path(), "`<folder>/plugin.toml` is no plain file");
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_in_the_place_of_the_file_is_refused_at_once() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin.toml");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    says(folder.path(), "`<folder>/plugin.toml` is no plain file");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    says(folder.path(), "`<folder>/plugin.toml` is no plain file");
}

#[cfg(unix)]
#[test]
fn a_broken_link_in_the_place_of_the_file_is_no_missing_file() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("plugin.toml")).unwrap();
    let error = says(folder.path(), "`<folder>/plugin.toml` can not be read");
    assert!(error.source().is_some());
}
