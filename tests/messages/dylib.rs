//! Libraries: notes that can not be read, files that the system would not load, libraries that are not taken.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use keyway::id::PluginId;
use keyway_dylib::LoadError;
use keyway_dylib::diagnose::Diagnosis;
use keyway_dylib::section::{self, Format, NoteProblem, SectionError};

use super::page::Page;

fn path() -> PathBuf {
    "plugins/libtext.so".into()
}

fn id() -> PluginId {
    PluginId::new("text/count").expect("it is an id")
}

/// What serde says of a text that is no JSON.
fn no_json() -> serde_json::Error {
    serde_json::from_str::<u8>("x").expect_err("it is no number")
}

/// An ELF file with nothing but its header and one unused segment, for 64-bit Arm: the same on every machine.
fn without_notes() -> SectionError {
    let mut header = [0; 64 + 56];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    for (at, value) in [(16, 3), (18, 183), (20, 1), (32, 64), (52, 64), (54, 56), (56, 1), (58, 64)] {
        header[at] = value;
    }
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    std::fs::write(file.path(), header).expect("the file can be written");
    let file = File::open(file.path()).expect("the file can be opened");
    section::read_from(&file, Path::new("plugins/libtext.so")).expect_err("it has no notes")
}

fn format() -> Format {
    match without_notes() {
        SectionError::NoNotes { format, .. } => format,
        other => panic!("{other}"),
    }
}

pub(crate) fn show(page: &mut Page) {
    for problem in problems() {
        page.add("section::NoteProblem", Some(problem.code()), &problem, Some(&problem.help()));
    }
    for error in unreadable() {
        page.error("section::SectionError", error.code(), &error, &error.help());
    }
    for diagnosis in diagnoses() {
        page.error("diagnose::Diagnosis", diagnosis.code(), &diagnosis, &diagnosis.help());
    }
    for error in refused() {
        page.error("LoadError", error.code(), &error, &error.help());
    }
}

fn problems() -> Vec<NoteProblem> {
    vec![
        NoteProblem::Owner { found: 6 },
        NoteProblem::Kind { found: 9 },
        NoteProblem::Length { found: 4096, limit: 120 },
        NoteProblem::TooMany,
        NoteProblem::Utf8 { valid: 17 },
        NoteProblem::Json { what: "manifest" },
        NoteProblem::Duplicate { id: id(), first: 512 },
        NoteProblem::TwoBuilds { first: 512 },
        NoteProblem::Abi { found: "2.0".into() },
    ]
}

fn unreadable() -> Vec<SectionError> {
    let found = |found: &'static str| SectionError::NotAnObject { path: path(), found: found.into() };
    vec![
        SectionError::Io { path: path(), action: "opened", source: io::ErrorKind::PermissionDenied.into() },
        SectionError::NotAFile { path: path(), found: "a folder" },
        found("a text"),
        found("an archive of objects"),
        without_notes(),
        SectionError::Malformed {
            path: path(),
            what: "the program header table".into(),
            offset: 64,
            found: "cut short".into(),
            expected: "56 bytes long".into(),
        },
        SectionError::Note {
            path: path(),
            format: format(),
            offset: 512,
            problem: NoteProblem::Json { what: "manifest" },
            source: Some(no_json()),
        },
    ]
}

fn diagnoses() -> Vec<Diagnosis> {
    let link = |fate| Diagnosis::BrokenLink { path: path(), target: "libtext-2.so".into(), fate };
    let missing = |names: &[&str], places: &[&str]| Diagnosis::MissingLibraries {
        path: path(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        places: places.iter().map(PathBuf::from).collect(),
    };
    let undefined = |symbol: &str| Diagnosis::UndefinedSymbol { path: path(), symbol: symbol.into() };
    vec![
        Diagnosis::Missing { path: path(), folder: "plugins".into() },
        link("which does not exist"),
        link("which leads nowhere"),
        Diagnosis::Access {
            path: path(),
            at: path(),
            access: "has mode 0200 and belongs to user 0, group 0; this process is user 1000".into(),
        },
        Diagnosis::NoExec { path: path() },
        Diagnosis::Unreadable(SectionError::NotAFile { path: path(), found: "a folder" }),
        Diagnosis::Foreign {
            path: path(),
            format: format(),
            difference: "is made for aarch64, and this host is x86_64".into(),
        },
        Diagnosis::NotShared { path: path(), found: "an ELF 64-bit aarch64 relocatable object".into() },
        Diagnosis::WrongLibc { path: path(), found: "musl", host: "glibc" },
        Diagnosis::TooOld { path: path(), version: "GLIBC_2.99".into(), library: "libc.so.6".into() },
        missing(&[], &[]),
        missing(&["libspell.so.2"], &["plugins"]),
        missing(&["libspell.so.2", "libwords.so"], &[]),
        undefined("spell_check"),
        undefined("_ZN5spell5checkE"),
        Diagnosis::Other { path: path(), error: "cannot allocate memory in static TLS block".into() },
    ]
}

fn refused() -> Vec<LoadError> {
    vec![
        LoadError::Target { path: path(), found: "pdp11-unknown-none".into() },
        LoadError::Abort { path: path() },
        LoadError::System(Diagnosis::NoExec { path: path() }),
        LoadError::Entry { path: path() },
        LoadError::Abi { path: path(), found: 9 },
        LoadError::Abi { path: path(), found: 0 },
        LoadError::Table { path: path(), what: "the table of its plugin 0 is null or too short".into() },
        LoadError::Counts { path: path(), registered: 1, counted: 2 },
        LoadError::Counts { path: path(), registered: 2, counted: 3 },
        LoadError::Probe {
            path: path(),
            difference: "`probe_pair` of 1 and 2 gives 2, and the host's own gives 3".into(),
        },
        LoadError::Json { path: path(), plugin: id(), source: no_json() },
        LoadError::NoSuchPlugin { path: path(), plugin: id() },
        LoadError::Manifest {
            path: path(),
            plugin: id(),
            field: "rank".into(),
            note: "nothing".into(),
            code: "7".into(),
        },
        LoadError::Sidecar {
            path: path(),
            sidecar: "plugins/plugin.toml".into(),
            plugin: id(),
            field: "version".into(),
            said: "\"2.0.0\"".into(),
            code: "\"1.0.0\"".into(),
        },
        LoadError::Copy { path: path(), source: io::Error::from(io::ErrorKind::StorageFull) },
        LoadError::Beside { path: path(), needs: "libfont.so".into(), folder: "plugins".into() },
        LoadError::Unsettled { path: path() },
        LoadError::Replaced { path: path() },
    ]
}
