//! Notes are found in every kind of file that carries them, and nothing of the file runs.

#![cfg(target_os = "linux")]

#[path = "fixture/mod.rs"]
mod fixture;
#[path = "fixture/foreign.rs"]
mod foreign;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keyway::note::{self, Note};
use keyway_dylib::section::{self, Kind, NoteProblem, Notes, SectionError};
use object::{Architecture, BinaryFormat, Endianness};

const HAND: [&str; 2] = [r#"{"id":"fixture/"#, r#"host","version":"3.0.0"}"#];

/// This program is itself a host binary with a note, laid out by the framework.
#[used]
#[unsafe(link_section = ".note.keyway")]
static NOTE: Note<{ note::padded(note::length(&HAND)) }> = Note::new(note::KIND_MANIFEST, &HAND);

fn ids(notes: &Notes) -> Vec<&str> {
    notes.manifests.iter().map(|manifest| manifest.id.as_str()).collect()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = fixture::folder().join(name);
    fs::write(&path, bytes).expect("a file");
    path
}

fn check_rust(path: &Path) -> Notes {
    let notes = section::read(path).expect("notes");
    assert_eq!(ids(&notes), ["fixture/first", "fixture/second"], "sorted by id");
    assert_eq!(notes.build.as_ref().map(|build| &*build.rustc), Some("rustc 1.95.0"));
    assert_eq!(notes.manifests[0].version.to_string(), "1.2.3");
    assert_eq!(notes.manifests[0].rank, 3);
    assert!(notes.manifests[0].requires.plugins.values().all(|requirement| requirement.optional));
    notes
}

#[test]
fn a_rust_library_is_read_whole_stripped_and_without_section_headers() {
    let whole = fixture::rust_library();
    let notes = check_rust(whole);
    assert_eq!(notes.format.kind, Kind::Shared);
    assert_eq!(notes.format.foreign(), None);
    assert_eq!(
        notes.format.to_string(),
        format!("ELF {}-bit {} shared object", usize::BITS, std::env::consts::ARCH)
    );
    let stripped = fixture::stripped(whole, "librust-stripped.so");
    assert_eq!(check_rust(&stripped), notes);
    assert_eq!(check_rust(&fixture::headerless(&stripped, "librust-headerless.so")), notes);
    check_rust(fixture::rust_program());
}

#[test]
fn this_very_program_is_read_with_the_note_that_the_framework_laid_out() {
    let notes = section::read(&std::env::current_exe().unwrap()).unwrap();
    assert_eq!(ids(&notes), ["fixture/host"]);
    let build = notes.build.expect("the bridge links the framework's own note");
    assert_eq!((&*build.target, &*build.rustc), (keyway::abi::entry::TARGET, keyway::abi::entry::RUSTC));
    assert_eq!(NOTE.text(), HAND.concat());
}

#[test]
fn a_file_that_is_open_is_read_whatever_its_path_leads_to_by_now() {
    let path = fixture::folder().join("replaced.so");
    fs::copy(fixture::c_library(), &path).unwrap();
    let file = fs::File::open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "something else").unwrap();
    assert_eq!(ids(&section::read_from(&file, &path).unwrap()), ["fixture/c"]);
    assert_eq!(section::read(&path).unwrap_err().code(), "not-an-object");
}

#[test]
fn a_c_library_is_read_also_where_its_section_is_no_note_to_the_linker() {
    assert_eq!(ids(&section::read(fixture::c_library()).unwrap()), ["fixture/c"]);
    let plain = fixture::plain_library();
    assert_eq!(ids(&section::read(plain).unwrap()), ["fixture/c"]);
    let headerless = fixture::headerless(plain, "libplain-headerless.so");
    let error = section::read(&headerless).unwrap_err();
    assert_eq!(error.code(), "no-notes", "nothing leads there but the name: {error}");
}

#[test]
fn no_code_of_a_read_file_runs_and_the_canary_would_have_told() {
    let canary = fixture::folder().join("canary");
    for library in [fixture::rust_library(), fixture::c_library()] {
        section::read(library).unwrap();
        assert!(!canary.exists());
        fixture::dlopen(library, &[("KEYWAY_CANARY", &canary)]).unwrap();
        assert!(canary.exists(), "the canary of {} is deaf", library.display());
        fs::remove_file(&canary).unwrap();
    }
}

#[test]
fn foreign_objects_of_both_byte_orders_and_widths_are_read() {
    use Architecture as A;
    for (name, format, arch, endian, printed) in [
        (
            "m64.o",
            BinaryFormat::MachO,
            A::Aarch64,
            Endianness::Little,
            "Mach-O 64-bit aarch64 relocatable object",
        ),
        ("m32.o", BinaryFormat::MachO, A::I386, Endianness::Little, "Mach-O 32-bit x86 relocatable object"),
        ("e32.o", BinaryFormat::Elf, A::Arm, Endianness::Little, "ELF 32-bit arm relocatable object"),
        (
            "e32b.o",
            BinaryFormat::Elf,
            A::PowerPc,
            Endianness::Big,
            "ELF 32-bit big-endian powerpc relocatable object",
        ),
        (
            "e64b.o",
            BinaryFormat::Elf,
            A::S390x,
            Endianness::Big,
            "ELF 64-bit big-endian s390x relocatable object",
        ),
    ] {
        let bytes = foreign::relocatable(format, arch, endian, &foreign::notes(endian == Endianness::Big));
        let notes = section::read(&file(name, &bytes)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(ids(&notes), ["fixture/foreign"], "{name}");
        assert_eq!(notes.format.to_string(), printed);
        assert!(notes.build.is_some());
    }
    for (wide, machine, printed) in
        [(true, 0x8664, "PE 64-bit x86_64 shared object"), (false, 0x14c, "PE 32-bit x86 shared object")]
    {
        let notes =
            section::read(&file("a.dll", &foreign::dll(wide, machine, &foreign::notes(false)))).unwrap();
        assert_eq!(ids(&notes), ["fixture/foreign"]);
        assert_eq!(notes.format.to_string(), printed);
        assert_eq!(notes.format.foreign().as_deref(), Some("is a PE file, and this host loads ELF"));
    }
}

#[test]
fn of_a_universal_file_this_processors_part_is_read_else_the_first() {
    let part = |arch, text: &str| {
        let notes = foreign::right(false, 2, text.as_bytes());
        foreign::relocatable(BinaryFormat::MachO, arch, Endianness::Little, &notes)
    };
    let arm = part(Architecture::Aarch64, r#"{"id":"part/aarch64","version":"1.0.0"}"#);
    let intel = part(Architecture::X86_64, r#"{"id":"part/x86-64","version":"1.0.0"}"#);
    let both = foreign::universal(&[(0x0100_000c, &arm), (0x0100_0007, &intel)]);
    let notes = section::read(&file("both.dylib", &both)).unwrap();
    if cfg!(target_arch = "x86_64") {
        assert_eq!(ids(&notes), ["part/x86-64"]);
    } else {
        assert_eq!(ids(&notes), ["part/aarch64"]);
    }
    let other = foreign::universal(&[(7, &arm), (12, &intel)]);
    assert_eq!(ids(&section::read(&file("other.dylib", &other)).unwrap()), ["part/aarch64"]);
}

#[test]
fn what_is_no_object_file_is_told_apart_so_that_a_scan_can_go_on() {
    for (name, bytes, found) in [
        ("README.md", b"# A plugin\n".as_slice(), "a text"),
        ("empty.so", b"", "an empty file"),
        ("run.so", b"#!/bin/sh\n", "a script"),
        ("lib.a", b"!<arch>\n", "an archive of objects"),
        ("guest.so", b"\0asm\x01\0\0\0", "a WebAssembly module"),
        ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34", "a file that begins with the bytes ca fe ba be"),
    ] {
        let error = section::read(&file(name, bytes)).unwrap_err();
        assert!(matches!(error, SectionError::NotAnObject { .. }), "{error}");
        assert!(
            error.to_string().ends_with(&format!("{name}` is {found}, and no ELF, Mach-O or PE file")),
            "{error}"
        );
    }
    assert_eq!(section::read(fixture::folder()).unwrap_err().code(), "not-a-file");
    assert_eq!(section::read(Path::new("/nowhere/at/all")).unwrap_err().code(), "file-unreadable");
    let pipe = fixture::folder().join("pipe.so");
    fixture::run("mkfifo", &[pipe.to_str().unwrap()]);
    assert_eq!(section::read(&pipe).unwrap_err().code(), "not-a-file", "and does not wait for a writer");
}

#[test]
fn notes_that_can_not_be_believed_are_refused_with_the_reason() {
    let manifest = foreign::MANIFEST.as_bytes();
    let (right, note) = (foreign::right, foreign::note);
    let old = foreign::BUILD.replace("1.0", "7.0");
    for (bytes, code, said) in [
        (note(false, 7, u32::MAX, 2, b"Keyway\0\0", manifest), "note-length", "a text of 4294967295 bytes"),
        (
            note(false, 7, 45, 2, b"Keyway\0\0", manifest),
            "note-length",
            "a text of 45 bytes, where at most 44 fit",
        ),
        (right(false, 2, &vec![b' '; note::MAX_TEXT + 1]), "note-length", "where at most 1048576 fit"),
        (
            right(false, 3, manifest),
            "note-kind",
            "the kind 3, where this reader knows 1 (build) and 2 (manifest)",
        ),
        (note(false, 6, 42, 2, b"Keyway\0\0", manifest), "note-owner", "an owner name of 6 bytes"),
        (right(false, 2, b"{\"id\":\"\xff\"}"), "note-utf8", "not UTF-8 from its byte 7 on"),
        (right(false, 2, b"{}"), "note-json", "no manifest"),
        (right(false, 1, manifest), "note-json", "no build record"),
        (right(false, 1, old.as_bytes()), "note-abi", "the ABI `7.0`, where this host speaks major 1"),
        (
            [right(false, 2, manifest), right(false, 2, manifest)].concat(),
            "note-duplicate",
            "`fixture/foreign`",
        ),
        (
            [right(false, 1, foreign::BUILD.as_bytes()), right(false, 1, foreign::BUILD.as_bytes())].concat(),
            "note-two-builds",
            "a second build record",
        ),
        (note(false, 7, 44, 2, b"Other\0\0\0", &manifest[..8]), "malformed-object", "a note (byte"),
        (note(false, 4, 0, 2, b"Ours\0\0\0\0", b"abc"), "malformed-object", "a note's header"),
    ] {
        let object =
            foreign::relocatable(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little, &bytes);
        let error = section::read(&file("bad.o", &object)).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert!(!error.help().is_empty());
    }
    let object = foreign::relocatable(
        BinaryFormat::Elf,
        Architecture::X86_64,
        Endianness::Little,
        &right(false, 2, b"{\"id\":1}"),
    );
    let error = section::read(&file("bad.o", &object)).unwrap_err();
    let SectionError::Note { problem: NoteProblem::Json { .. }, source: Some(cause), .. } = &error else {
        panic!("{error}")
    };
    assert!(cause.to_string().contains("line 1 column 7"), "{cause}");
}

#[test]
fn notes_of_others_are_passed_over_whatever_they_are_padded_to() {
    let mut bytes = foreign::note(false, 4, 16, 3, b"GNU\0\x01\x02\x03\x04", &[9; 12]);
    bytes.extend(foreign::right(false, 2, foreign::MANIFEST.as_bytes()));
    bytes.extend(foreign::note(false, 5, 4, 3, b"Other\0\0\0", &[9; 4]));
    let object = foreign::relocatable(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little, &bytes);
    assert_eq!(ids(&section::read(&file("others.o", &object)).unwrap()), ["fixture/foreign"]);

    let object = foreign::relocatable(
        BinaryFormat::Elf,
        Architecture::X86_64,
        Endianness::Little,
        &foreign::note(false, 5, 4, 3, b"Other\0\0\0", &[9; 4]),
    );
    let error = section::read(&file("only-others.o", &object)).unwrap_err();
    assert_eq!(error.code(), "no-notes");
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` (ELF 64-bit x86_64 relocatable object) has no keyway notes",
            fixture::folder().join("only-others.o").display()
        )
    );
}

#[test]
fn a_manifest_of_the_greatest_length_is_read() {
    let start = r#"{"id":"fixture/long","version":"1.0.0","description":""#;
    let text = format!("{start}{}\"}}", "x".repeat(note::MAX_TEXT - start.len() - 2));
    let notes = foreign::right(false, 2, text.as_bytes());
    let object = foreign::relocatable(BinaryFormat::MachO, Architecture::Aarch64, Endianness::Little, &notes);
    assert_eq!(ids(&section::read(&file("long.o", &object)).unwrap()), ["fixture/long"]);
}

/// The design's target: at most four times what a scan of the folder costs that only asks for names and sizes.
#[test]
fn reading_a_thousand_manifests_costs_little_more_than_listing_them() {
    const COPIES: usize = 1000;
    let folder = fixture::folder().join("thousand");
    fs::create_dir_all(&folder).unwrap();
    for i in 0..COPIES {
        fs::copy(fixture::c_library(), folder.join(format!("lib{i}.so"))).unwrap();
    }
    let list = || {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| (fs::metadata(&path).unwrap().len(), path)).collect::<Vec<_>>()
    };
    let scan = || {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| section::read(&path).unwrap()).collect::<Vec<_>>()
    };
    let best = |work: &dyn Fn() -> usize| {
        let once = |_| {
            let start = Instant::now();
            assert_eq!(work(), COPIES);
            start.elapsed()
        };
        (0..15).map(once).min().unwrap_or(Duration::MAX)
    };
    let (listed, read) = (best(&|| list().len()), best(&|| scan().len()));
    let ratio = read.as_secs_f64() / listed.as_secs_f64();
    println!("{COPIES} libraries: listed {listed:?}, their manifests read {read:?}: {ratio:.2} times");
    if !cfg!(debug_assertions) {
        assert!(ratio <= 4.0, "{ratio:.2} times");
    }
}
