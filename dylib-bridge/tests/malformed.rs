//! Malformed files (F1): refused with a reason, in bounded time and memory, and no code of them runs.

#![cfg(target_os = "linux")]

#[path = "malformed/corpus.rs"]
mod corpus;
#[path = "malformed/counting.rs"]
mod counting;
#[path = "fixture/mod.rs"]
mod fixture;
#[path = "fixture/foreign.rs"]
mod foreign;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use keyway_dylib::diagnose::diagnose;
use keyway_dylib::section::{self, Notes, SectionError};

use corpus::{Case, Patient};

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

/// What one read may cost.
const MEMORY: usize = 8 << 20;
const TIME: Duration = Duration::from_secs(1);

/// What became of a group of cases.
#[derive(Default)]
struct Tally {
    tried: usize,
    refused: BTreeMap<&'static str, usize>,
    /// Read, and seen to be for another machine or system: no loader of this host is asked.
    foreign: usize,
    /// Read as if nothing had happened: the damage was elsewhere.
    unaffected: usize,
    /// Read with other texts: the damage was inside one, and left it a good one.
    changed: Vec<String>,
    peak: usize,
    slowest: Duration,
}

impl Tally {
    fn read(&mut self, name: impl Fn() -> String, path: &Path, whole: &Notes) -> Result<Notes, SectionError> {
        let start = Instant::now();
        let (peak, read) = counting::peak(|| section::read(path));
        let took = start.elapsed();
        self.tried += 1;
        self.peak = self.peak.max(peak);
        self.slowest = self.slowest.max(took);
        assert!(peak <= MEMORY, "{}: {peak} bytes", name());
        assert!(took <= TIME, "{}: {took:?}", name());
        match &read {
            Ok(notes) if notes.manifests == whole.manifests && notes.build == whole.build => {
                let foreign = notes.format.foreign().is_some() && whole.format.foreign().is_none();
                *if foreign { &mut self.foreign } else { &mut self.unaffected } += 1;
            }
            Ok(_) => self.changed.push(name()),
            Err(error) => {
                assert!(error.to_string().contains(&*path.display().to_string()), "{error}");
                assert!(!error.help().is_empty());
                *self.refused.entry(error.code()).or_default() += 1;
            }
        }
        read
    }

    fn print(&self, title: &str) {
        let refused: usize = self.refused.values().sum();
        println!(
            "F1, {title}: tried {}, refused {refused}, for other machines {}, unaffected {}, changed {}; peak {} bytes, slowest {:?}",
            self.tried,
            self.foreign,
            self.unaffected,
            self.changed.len(),
            self.peak,
            self.slowest
        );
        for (code, count) in &self.refused {
            println!("    {code}: {count}");
        }
    }
}

/// Tells whether code of a fixture has run in this process.
struct Canary(&'static Path);

impl Canary {
    /// Points every fixture at one file, once it is known that the canary sings.
    fn new() -> Self {
        static PATH: OnceLock<PathBuf> = OnceLock::new();
        Self(PATH.get_or_init(|| {
            let path = fixture::folder().join("canary");
            for library in [fixture::rust_library(), fixture::c_library()] {
                fixture::dlopen(library, &[("KEYWAY_CANARY", &path)]).expect("the library is a good one");
                assert!(path.exists(), "the canary is deaf");
                fs::remove_file(&path).expect("the canary was there");
            }
            // SAFETY: nothing in this process reads the environment but through std, which has a lock for it.
            unsafe { std::env::set_var("KEYWAY_CANARY", &path) };
            path
        }))
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || !self.0.exists(), "code of a file ran");
    }
}

/// Files of formats, each with what it is called in messages; made once for all tests, which run side by side.
type Files = Vec<(&'static str, PathBuf)>;

fn elf_files() -> Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let rust = fixture::rust_library();
        let stripped = fixture::stripped(rust, "stripped.so");
        let headerless = fixture::headerless(&stripped, "headerless.so");
        vec![
            ("rust library", rust.into()),
            ("rust library, stripped", stripped),
            ("rust library, no section headers", headerless),
            ("rust program", fixture::rust_program().into()),
            ("c library", fixture::c_library().into()),
            ("c library, section found by name", fixture::plain_library().into()),
        ]
    });
    files.clone()
}

fn others() -> Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(write_others).clone()
}

fn write_others() -> Files {
    use object::{Architecture as A, BinaryFormat, Endianness::Little};
    let thin = |arch| foreign::relocatable(BinaryFormat::MachO, arch, Little, &foreign::notes(false));
    let (arm, intel) = (thin(A::Aarch64), thin(A::X86_64));
    let files = [
        ("mach-o", arm.clone()),
        ("mach-o, universal", foreign::universal(&[(0x0100_000c, &arm), (0x0100_0007, &intel)])),
        ("pe", foreign::dll(true, 0x8664, &foreign::notes(false))),
        ("pe, 32 bits", foreign::dll(false, 0x14c, &foreign::notes(false))),
    ];
    let write = |(name, bytes): (&'static str, Vec<u8>)| {
        let path = fixture::folder().join(name);
        fs::write(&path, bytes).expect("an object file");
        (name, path)
    };
    files.map(write).into()
}

fn patient(original: &Path, name: &str) -> (Patient, Vec<u8>, Notes) {
    let bytes = fs::read(original).expect("the original");
    let whole = section::read(original).expect("its notes");
    (Patient::new(&bytes, &fixture::folder().join(name)), bytes, whole)
}

#[test]
fn a_file_cut_at_any_length_is_refused() {
    let _canary = Canary::new();
    let mut tally = Tally::default();
    let mut files = elf_files();
    files.extend(others());
    // The program is laid out as the libraries are, and would take a third of the time.
    for (name, path) in files.into_iter().filter(|(name, _)| *name != "rust program") {
        let (patient, bytes, whole) = patient(&path, "cut");
        // What follows the last thing that any header speaks of may be missing.
        patient.truncated(|length, path| {
            let _ = tally.read(|| format!("{name} cut at {length} of {}", bytes.len()), path, &whole);
        });
    }
    tally.print("cut at every length");
    assert!(tally.changed.is_empty(), "{:?}", tally.changed);
    assert!(tally.unaffected * 100 < tally.tried, "{} lengths were not missed", tally.unaffected);
}

#[test]
fn every_header_field_at_its_edges_is_refused_or_does_not_matter() {
    let _canary = Canary::new();
    let mut tallies = BTreeMap::<_, Tally>::new();
    for (name, path) in elf_files() {
        let (patient, bytes, whole) = patient(&path, "fields");
        let mut cases = corpus::elf64_headers(&bytes);
        cases.extend(corpus::notes(&bytes));
        for case in cases {
            let tally = tallies.entry(case.group).or_default();
            let read =
                patient.with(&case, |path| tally.read(|| format!("{name}, {}", case.name), path, &whole));
            if case.group.starts_with("note") {
                assert!(read.is_err(), "{name}, {}", case.name);
            }
        }
    }
    for (name, path) in others() {
        let (patient, bytes, whole) = patient(&path, "bytes");
        let headers = corpus::note_offsets(&bytes)[0];
        let mut cases = corpus::first_bytes(&bytes, headers.min(1024));
        cases.extend(corpus::notes(&bytes));
        for case in cases {
            let tally = tallies.entry(case.group).or_default();
            let _ = patient.with(&case, |path| tally.read(|| format!("{name}, {}", case.name), path, &whole));
        }
    }
    let mut lost = Tally::default();
    for (name, path) in elf_files() {
        let (patient, bytes, whole) = patient(&path, "owners");
        for case in corpus::owners(&bytes) {
            let read =
                patient.with(&case, |path| lost.read(|| format!("{name}, {}", case.name), path, &whole));
            let notes = |notes: &Notes| notes.manifests.len() + usize::from(notes.build.is_some());
            assert!(
                read.is_err() || read.is_ok_and(|read| notes(&read) + 1 == notes(&whole)),
                "{}",
                case.name
            );
        }
    }
    lost.print("owner (a note of somebody else's is passed over; the rest is read)");
    for (group, tally) in &tallies {
        tally.print(group);
        assert!(tally.changed.is_empty(), "{group}: {:?}", tally.changed);
    }
}

#[test]
fn ten_thousand_random_mutants_cost_little_and_run_nothing() {
    let _canary = Canary::new();
    let (mut diagnoses, mut worst) = (BTreeMap::<_, usize>::new(), 0);
    let mut tally = Tally::default();
    let mut files = elf_files();
    files.extend(others());
    for (i, (name, path)) in files.iter().enumerate() {
        let (patient, bytes, whole) = patient(path, "mutant");
        for case in corpus::random(&bytes, 0x6b65_7977_6179 + i as u64, 1000) {
            patient.with(&case, |path| {
                let _ = tally.read(|| format!("{name}, {}", case.name), path, &whole);
                let (peak, diagnosis) = counting::peak(|| diagnose(path, "the loader fell silent"));
                *diagnoses.entry(diagnosis.code()).or_default() += 1;
                worst = worst.max(peak);
            });
        }
        assert!(section::read(patient.path()).is_ok(), "the patient was mended");
    }
    tally.print("random mutants");
    println!("diagnosed: {diagnoses:?}; peak {worst} bytes");
    assert!(worst <= MEMORY, "{worst}");
    assert_eq!(tally.tried, 10_000);
}

#[test]
fn what_a_loader_would_die_of_is_refused() {
    let whole = fixture::c_library();
    let bytes = fs::read(whole).unwrap();
    let cut = fixture::folder().join("half.so");
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let loader = fixture::dlopen(&cut, &[]);
    let error = section::read(&cut).unwrap_err();
    println!("a library cut in half: the loader ends with {loader:?}; read: {error}");
    assert!(loader.is_err());
    assert_eq!(error.code(), "malformed-object");
}

#[test]
fn lengths_beyond_every_limit_are_refused_before_anything_is_allocated() {
    let (patient, bytes, whole) = patient(fixture::c_library(), "huge.so");
    let file = fs::OpenOptions::new().write(true).open(patient.path()).unwrap();
    file.set_len(1 << 40).unwrap();
    let mut tally = Tally::default();
    let phoff = 64;
    let headers = (0..usize::from(bytes[56])).map(|i| phoff + i * 56);
    for header in headers.filter(|header| bytes[*header] == 4) {
        for length in [1_u64 << 23, 1 << 32, (1 << 40) - 0x1000] {
            let edits = vec![(header + 32, length.to_le_bytes().to_vec())];
            let case = Case { group: "huge", name: format!("a note segment of {length}"), edits };
            let read = patient.with(&case, |path| tally.read(|| case.name.clone(), path, &whole));
            let error = read.unwrap_err().to_string();
            assert!(error.contains("and should be at most 4194304"), "{error}");
        }
    }
    drop(file);
    fs::remove_file(patient.path()).unwrap();
    tally.print("huge");
    assert!(tally.tried > 0 && tally.peak < 64 << 10);
}

/// JSON takes more room than its text: a list of nothing is three bytes a piece there, and a `String` here.
#[test]
fn the_greediest_manifest_is_bounded() {
    use object::{Architecture, BinaryFormat, Endianness};
    let start = r#"{"id":"fixture/greedy","version":"1.0.0","capabilities":{"x":["""#;
    let count = (keyway::note::MAX_TEXT - start.len() - 3) / 3;
    let text = format!("{start}{}]}}}}", r#","""#.repeat(count));
    let notes = foreign::right(false, 2, text.as_bytes());
    let object = foreign::relocatable(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little, &notes);
    let path = fixture::folder().join("greedy.o");
    fs::write(&path, object).unwrap();
    let (peak, read) = counting::peak(|| section::read(&path));
    println!("{count} empty texts in one manifest: peak {peak} bytes");
    assert_eq!(read.unwrap().manifests.len(), 1);
    assert!(peak <= 32 << 20, "{peak}");
}
