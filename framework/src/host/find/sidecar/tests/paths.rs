//! The files that a sidecar names.

use super::*;

fn sidecar(platform: &str, file: &str) -> String {
    let file = serde_json::Value::from(file);
    format!("{{\"id\": \"a/b\", \"version\": \"1.0.0\", \"files\": {{\"{platform}\": {file}}}}}")
}

/// The title and the hint of the one mistake.
#[track_caller]
fn mistake(error: &SidecarError) -> (String, String) {
    let SidecarError::Written(error) = error else { panic!("{error}") };
    let [flaw] = error.flaws() else { panic!("{error}") };
    (flaw.what.clone(), flaw.hint.clone())
}

#[test]
fn a_path_that_is_not_inside_the_folder_on_every_platform_is_refused() {
    for (path, why) in [
        ("", "it names nothing"),
        (".", "it names nothing"),
        ("./", "it names nothing"),
        ("..", "`..` leads out of the folder"),
        ("a/../b.so", "`..` leads out of the folder"),
        ("../b.so", "`..` leads out of the folder"),
        ("/b.so", "write it relative to the folder, and without `:`"),
        ("C:b.dll", "write it relative to the folder, and without `:`"),
        ("a/b.dll:hidden", "write it relative to the folder, and without `:`"),
        ("a\\b.dll", "write `/` between folders, on every platform"),
        ("\\\\server\\b.dll", "write `/` between folders, on every platform"),
        ("b\0.so", "a path has no zero bytes"),
    ] {
        for platform in [platform(), "wasm".to_owned()] {
            let (what, hint) = mistake(&refusal("plugin.json", sidecar(&platform, path)));
            assert!(what.ends_with("is no path inside the folder"), "{path}: {what}");
            assert_eq!(hint, why, "{path}");
        }
    }
}

#[test]
fn the_file_for_this_platform_must_be_there_and_those_for_others_need_not() {
    let absent = refusal("plugin.json", sidecar(&platform(), "lib/b.so"));
    assert_eq!(mistake(&absent).0, "`lib/b.so` is not there");

    let folder = folder("plugin.json", sidecar(&platform(), "lib/b.so"));
    fs::create_dir_all(folder.path().join("lib/b.so")).unwrap();
    let error = read(folder.path()).unwrap().unwrap_err();
    assert_eq!(mistake(&error).0, "`lib/b.so` is no plain file");

    fs::remove_dir(folder.path().join("lib/b.so")).unwrap();
    fs::write(folder.path().join("lib/b.so"), "").unwrap();
    let sidecar = read(folder.path()).unwrap().unwrap();
    assert_eq!(sidecar.file_here().unwrap(), Path::new("lib/b.so"));

    assert_eq!(reads("plugin.json", &self::sidecar("wasm", "b.wasm")).files.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_may_lead_round_inside_the_folder_and_never_out() {
    use std::os::unix::fs::symlink;
    for platform in [platform(), "wasm".to_owned()] {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("b.so"), "").unwrap();
        let folder = folder("plugin.json", sidecar(&platform, "lib/b.so"));
        let (lib, real) = (folder.path().join("lib"), folder.path().join("real"));
        fs::create_dir(&real).unwrap();
        fs::write(real.join("c.so"), "").unwrap();
        let read = || read(folder.path()).unwrap();

        symlink(out.path(), &lib).unwrap();
        let (what, hint) = mistake(&read().unwrap_err());
        assert_eq!(what, "`lib/b.so` leads out of the folder");
        assert!(hint.starts_with("it is, or lies behind, a link to `"), "{hint}");

        fs::remove_file(&lib).unwrap();
        symlink("real", &lib).unwrap();
        symlink("c.so", real.join("b.so")).unwrap();
        assert!(read().is_ok());

        fs::remove_file(real.join("b.so")).unwrap();
        symlink(out.path().join("b.so"), real.join("b.so")).unwrap();
        assert_eq!(mistake(&read().unwrap_err()).0, "`lib/b.so` leads out of the folder");

        // Whoever can write there can put something there.
        fs::remove_file(out.path().join("b.so")).unwrap();
        assert_eq!(mistake(&read().unwrap_err()).0, "`lib/b.so` leads out of the folder");
    }
}

#[test]
fn another_name_for_a_platform_finds_the_name_here() {
    for (key, meant) in [
        ("linux-amd64", Some("linux-x86_64")),
        ("x86_64-linux", Some("linux-x86_64")),
        ("linux-x86-64", Some("linux-x86_64")),
        ("linux_x86_64", Some("linux-x86_64")),
        ("x86_64-unknown-linux-gnu", Some("linux-x86_64")),
        ("darwin-arm64", Some("macos-aarch64")),
        ("aarch64-apple-darwin", Some("macos-aarch64")),
        ("Windows-X64", Some("windows-x86_64")),
        ("linux-x86_46", Some("linux-x86_64")),
        ("wams", Some("wasm")),
        ("linux", None),
        ("", None),
    ] {
        let (what, hint) = mistake(&refusal("plugin.json", sidecar(key, "b.so")));
        assert_eq!(what, format!("unknown platform `{key}` in `files`"));
        match meant {
            Some(meant) => assert_eq!(hint, format!("did you mean `{meant}`")),
            None => assert!(hint.starts_with("write the system and the processor"), "{hint}"),
        }
    }
    for known in ["linux-x86_64", "macos-aarch64", "windows-x86_64", "freebsd-riscv64"] {
        if known != platform() {
            reads("plugin.json", &sidecar(known, "b.so"));
        }
    }
}
