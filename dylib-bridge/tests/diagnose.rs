//! What the system's loader refuses is explained, over real broken libraries and the real texts of the loader.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

#[path = "fixture/mod.rs"]
mod fixture;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use keyway_dylib::diagnose::{Diagnosis, diagnose};

/// Lets the loader fail in another process, and asks why.
fn check(library: &Path, code: &str, said: &str) -> Diagnosis {
    let error = fixture::dlopen(library, &[]).expect_err("the loader refuses it");
    let diagnosis = diagnose(library, &error);
    println!("loader:    {error}\ndiagnosis: {diagnosis}\nhelp:      {}\n", diagnosis.help());
    assert_eq!(diagnosis.code(), code, "{error}: {diagnosis}");
    assert!(diagnosis.to_string().contains(said), "{diagnosis}");
    assert!(diagnosis.to_string().contains(&*library.display().to_string()), "{diagnosis}");
    assert!(!diagnosis.help().is_empty());
    diagnosis
}

fn write(name: &str, text: &str) -> PathBuf {
    let path = fixture::folder().join(name);
    fs::write(&path, text).expect("a source");
    path
}

/// A library that needs another one, which is deleted afterwards.
fn needing(name: &str, needed: &str, extra: &[&str]) -> PathBuf {
    let one = write(&format!("{name}-needed.c"), &format!("int {name}_f(void) {{ return 1; }}"));
    let deleted = fixture::cc(&one, needed, &["-shared", "-fPIC"]);
    let other =
        write(&format!("{name}.c"), &format!("int {name}_f(void); int g(void) {{ return {name}_f(); }}"));
    let folder = format!("-L{}", fixture::folder().display());
    let link = format!("-l:{needed}");
    let mut arguments = vec!["-shared", "-fPIC", "-Wl,--no-as-needed", &folder, &link];
    arguments.extend(extra);
    let library = fixture::cc(&other, &format!("lib{name}.so"), &arguments);
    fs::remove_file(deleted).expect("the needed library was there");
    library
}

/// A copy with bytes replaced.
fn patched(name: &str, at: usize, bytes: &[u8]) -> PathBuf {
    let mut whole = fs::read(fixture::c_library()).expect("a library");
    whole[at..at + bytes.len()].copy_from_slice(bytes);
    let path = fixture::folder().join(name);
    fs::write(&path, whole).expect("a copy");
    path
}

#[test]
fn a_path_with_nothing_there_says_how_far_it_goes() {
    let folder = fixture::folder();
    check(&folder.join("no/such.so"), "load-missing", &format!("that does is `{}`", folder.display()));
    let link = folder.join("link.so");
    std::os::unix::fs::symlink("gone.so", &link).unwrap();
    check(&link, "load-broken-link", "is a link to `gone.so`, which does not exist");
    let turn = folder.join("turn.so");
    std::os::unix::fs::symlink("turn.so", &turn).unwrap();
    check(&turn, "load-broken-link", "is a link to `turn.so`, which leads nowhere");
    let directory = folder.join("directory.so");
    fs::create_dir(&directory).unwrap();
    check(&directory, "not-a-file", "is a folder");
}

#[test]
fn a_text_named_like_a_library_is_called_a_text() {
    check(&write("text.so", "not a library\n"), "not-an-object", "is a text, and no ELF");
    check(&write("empty.so", ""), "not-an-object", "is an empty file");
}

#[test]
fn a_library_cut_short_is_called_malformed() {
    let whole = fs::read(fixture::c_library()).unwrap();
    let path = fixture::folder().join("cut.so");
    fs::write(&path, &whole[..200]).unwrap();
    check(&path, "malformed-object", "inside the file of 200 bytes");
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_library_for_another_machine_is_not_called_missing() {
    let arm = patched("arm.so", 18, &[183, 0]);
    check(&arm, "load-foreign", "is made for aarch64, and this host is x86_64");
    let narrow = patched("bsd.so", 7, &[9]);
    check(&narrow, "load-foreign", "is made for FreeBSD, and this host is Linux");
}

#[test]
fn a_program_is_no_library() {
    let host = fixture::cc(&fixture::source("dlopen.c"), "program.so", &["-pie", "-ldl"]);
    check(&host, "load-not-shared", "is a program, and no shared library");
    let object = fixture::cc(&fixture::source("plugin.c"), "object.so", &["-c", "-fPIC"]);
    check(&object, "load-not-shared", "relocatable object");
}

#[test]
fn missing_libraries_are_named_all_of_them() {
    let library = needing("one", "libkeyway-missing.so", &["-Wl,-rpath,$ORIGIN/beside"]);
    let beside = fixture::folder().join("beside");
    check(
        &library,
        "load-missing-library",
        &format!("`libkeyway-missing.so`, not found in `{}`", beside.display()),
    );

    let second = write("second.c", "int second(void) { return 2; }");
    let second = fixture::cc(&second, "libkeyway-second.so", &["-shared", "-fPIC"]);
    let library = needing("two", "libkeyway-first.so", &["-l:libkeyway-second.so"]);
    fs::remove_file(second).unwrap();
    let Diagnosis::MissingLibraries { mut names, .. } = check(&library, "load-missing-library", "first")
    else {
        panic!("missing libraries")
    };
    names.sort();
    assert_eq!(names, ["libkeyway-first.so", "libkeyway-second.so"]);
}

#[test]
fn a_library_that_is_missing_further_down_is_named_too() {
    let inner = needing("inner", "libkeyway-deep.so", &[]);
    let outer = write("outer.c", "int g(void); int h(void) { return g(); }");
    let folder = format!("-L{}", fixture::folder().display());
    let rpath = "-Wl,-rpath,$ORIGIN,--allow-shlib-undefined,--no-as-needed";
    let link = ["-shared", "-fPIC", rpath, &folder, "-l:libinner.so"];
    let outer = fixture::cc(&outer, "libouter.so", &link);
    assert!(inner.exists());
    check(&outer, "load-missing-library", "needs `libkeyway-deep.so`");
}

#[test]
fn an_undefined_symbol_is_named() {
    let source = write("undefined.c", "int keyway_nowhere(void); int f(void) { return keyway_nowhere(); }");
    let library = fixture::cc(&source, "libundefined.so", &["-shared", "-fPIC"]);
    check(&library, "load-undefined-symbol", "needs the symbol `keyway_nowhere`");
}

#[test]
fn a_library_for_another_c_library_is_told_by_what_it_needs() {
    let library = needing("musl", "libc.musl-x86_64.so.1", &[]);
    check(&library, "load-libc", "is built for musl, and this host runs on glibc");
}

#[test]
fn a_newer_version_of_a_system_library_is_named() {
    // The version that the library asks libc for is written over with one that no libc has.
    let mut bytes = fs::read(fixture::c_library()).unwrap();
    let asked = b"GLIBC_2.";
    let at =
        bytes.windows(asked.len()).position(|window| window == asked).expect("a version of glibc's symbols");
    let end = at + bytes[at..].iter().position(|byte| *byte == 0).unwrap();
    let hash = |text: &[u8]| {
        text.iter().fold(0_u32, |hash, byte| {
            let hash = (hash << 4).wrapping_add(u32::from(*byte));
            let high = hash & 0xf000_0000;
            (hash ^ (high >> 24)) & !high
        })
    };
    let old = hash(&bytes[at..end]).to_le_bytes();
    bytes[at + 6] = b'9';
    let new = hash(&bytes[at..end]).to_le_bytes();
    let version = String::from_utf8(bytes[at..end].to_vec()).unwrap();
    let needs: Vec<_> = bytes.windows(4).enumerate().filter(|(_, w)| *w == old).map(|(i, _)| i).collect();
    for place in needs {
        bytes[place..place + 4].copy_from_slice(&new);
    }
    let path = fixture::folder().join("newer.so");
    fs::write(&path, bytes).unwrap();
    check(&path, "load-too-old", &format!("needs `{version}`, which `"));
}

#[test]
fn a_file_that_may_not_be_read_shows_its_mode_and_owner() {
    let path = patched("secret.so", 0, b"\x7fELF");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        println!(
            "skipped: a_file_that_may_not_be_read_shows_its_mode_and_owner: this user may read everything"
        );
        return;
    }
    let owner = fs::metadata(&path).unwrap().uid();
    check(&path, "load-access", &format!("has mode 0000 and belongs to user {owner}"));
    let folder = fixture::folder().join("closed");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    check(&folder.join("inside.so"), "load-access", &format!("`{}` has mode 0000", folder.display()));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_system_without_the_right_to_execute_is_named() {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let folders = fields.filter(|fields| fields[3].split(',').any(|option| option == "noexec"));
    let name = format!("keyway-noexec-{}.so", std::process::id());
    let copy = |folder: &str| {
        let path = Path::new(folder).join(&name);
        fs::copy(fixture::c_library(), &path).is_ok().then_some(path)
    };
    let Some(path) = folders.into_iter().find_map(|fields| copy(fields[1])) else {
        println!("skipped: a_file_system_without_the_right_to_execute_is_named: no writable one is mounted");
        return;
    };
    let error = fixture::dlopen(&path, &[]);
    let diagnosis = error.as_ref().map_err(|error| diagnose(&path, error).to_string());
    fs::remove_file(&path).unwrap();
    println!("{error:?}: {diagnosis:?}");
    assert!(diagnosis.unwrap_err().ends_with("lies on a file system that is mounted `noexec`"));
}

#[test]
fn a_good_library_that_fails_for_another_reason_keeps_the_loaders_text() {
    let diagnosis = diagnose(fixture::c_library(), "cannot allocate memory in static TLS block");
    assert_eq!(diagnosis.code(), "load-failed");
    assert!(
        diagnosis.to_string().ends_with("says: cannot allocate memory in static TLS block"),
        "{diagnosis}"
    );
}
