//! Files that are tried in a process of their own before a host loads them: whatever a library does there is its reason,
//! and nobody else's.
//!
//! Every trial here is run by a real host, `trial/host.rs`, which is its own scanner. The libraries are copies of
//! `misbehaving-plugin`.
#![cfg(all(unix, not(target_vendor = "apple")))]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use keyway::host::loader::Refuses as _;
use keyway::host::{NotTried, Otherwise, Trial, TrialRequest, Verdict};
use keyway::id::PluginId;
use keyway::manifest::Home;
use keyway_tests::misbehaving;
use tempfile::TempDir;

/// Longer than a good library needs on the busiest machine, and as short as a test can wait for.
const DEADLINE: Duration = Duration::from_secs(3);
const MEMORY_MIB: u64 = 256;

/// A host that tries files, and what stands in the environment of it and of all that comes of it.
struct Host {
    process: Child,
    sign: String,
}

/// What it told of a file: `passed`, or a code and the words.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    code: String,
    words: String,
}

impl Host {
    fn start(files: &[PathBuf], deadline: Duration, change: impl FnOnce(&mut Command)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let sign = format!("TRIAL_TEST=sign-{}-{number}-", std::process::id());
        let (name, value) = sign.split_once('=').expect("it has one");
        let mut command = Command::new(env!("CARGO_BIN_EXE_trial-host"));
        command.arg(deadline.as_millis().to_string()).arg(MEMORY_MIB.to_string()).args(files);
        command.env(name, value).stdin(Stdio::piped()).stdout(Stdio::piped());
        change(&mut command);
        Self { process: command.spawn().expect("the host can be started"), sign }
    }

    /// What it tells of each file, and how long all of them took.
    fn verdicts(&mut self) -> (Vec<Told>, Duration) {
        let stdout = self.process.stdout.take().expect("it is piped, and taken once");
        let mut told = Vec::new();
        for line in BufReader::new(stdout).lines() {
            let line = line.expect("the host writes UTF-8");
            if let Some(took) = line.strip_prefix("took ") {
                return (told, Duration::from_micros(took.parse().expect("a number")));
            }
            let (code, words) = line.split_once('\t').expect("two columns");
            told.push(Told { code: code.to_owned(), words: words.to_owned() });
        }
        panic!("the host ended: {:?}", self.process.wait());
    }

    /// The processes that came of it, itself left out. What has ended and was not reaped has no environment any more,
    /// but is a child of it still.
    fn descendants(&self) -> Vec<String> {
        let own = self.process.id();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").expect("processes can be listed").flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let ours = environment.split(|byte| *byte == 0).any(|one| one == self.sign.as_bytes());
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let mut fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ');
            let (state, parent) = (fields.next(), fields.next());
            let dead = state == Some("Z");
            if pid != own && (ours && !dead || parent == Some(&own.to_string())) {
                found.push(stat);
            }
        }
        found
    }

    /// The host lives, and nothing that came of it does. The system needs a moment to take down what was killed.
    fn has_left_nothing(&mut self) {
        assert!(self.process.try_wait().expect("it can be looked at").is_none(), "the host lives");
        let until = Instant::now() + Duration::from_secs(20);
        while !self.descendants().is_empty() {
            assert!(Instant::now() < until, "left behind: {:#?}", self.descendants());
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("it can be waited for").success());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Where a test failed.
        let _killed = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn run(files: &[PathBuf]) -> (Vec<Told>, Duration) {
    let mut host = Host::start(files, DEADLINE, |_| ());
    let verdicts = host.verdicts();
    host.has_left_nothing();
    verdicts
}

/// Files with these misdeeds.
fn files(folder: &Path, misdeeds: &[&str]) -> Vec<PathBuf> {
    let file =
        |(n, misdeed): (usize, &&str)| misbehaving(folder, &format!("faults/p{n:03}-aaaaaaa"), misdeed);
    misdeeds.iter().enumerate().map(file).collect()
}

/// A misdeed, its code, and what its words have in them.
const MISDEEDS: &[(&str, &str, &[&str])] = &[
    ("segfault", "trial-crashed", &["ends its process with SIGSEGV (signal 11) when it is loaded"]),
    ("abort", "trial-aborted", &["aborts its process when it is loaded"]),
    ("exit-zero", "trial-exited", &["ends its process with exit code 0 when it is loaded"]),
    ("exit-three", "trial-exited", &["ends its process with exit code 3 when it is loaded"]),
    ("exit-at-once", "trial-exited", &["ends its process with exit code 0 when it is loaded"]),
    ("stack-overflow", "trial-stack-overflow", &["overflows its stack", "has overflowed its stack"]),
    ("sleep", "trial-hung", &["is not loaded after 3s"]),
    ("spin", "trial-hung", &["is not loaded after 3s"]),
    ("flood", "trial-flooded", &["writes more than 1048576 bytes", "xxxxx"]),
    ("allocate", "trial-memory", &["needs more than 256 MiB", "memory allocation of 8388608 bytes failed"]),
    ("panic-in-constructor", "trial-aborted", &["aborts", "a constructor that panics"]),
    ("panic-in-entry", "trial-aborted", &["aborts", "an entry function that panics"]),
    ("close-files", "trial-silent", &["closes files that are not its own"]),
    ("fill-disk", "trial-crashed", &["SIGXFSZ"]),
];

/// What is none of a load's misdeeds, or none that a trial can see.
const PASSING: &[&str] = &["well-behaved", "chatter", "leave-process", "fork-and-return", "crash-at-exit"];

#[test]
fn every_misdeed_is_told_by_its_name_whether_tried_alone_or_among_others() {
    let folder = TempDir::new().unwrap();
    let mut all: Vec<&str> = MISDEEDS.iter().map(|(misdeed, ..)| *misdeed).collect();
    all.extend(PASSING);
    let files = files(folder.path(), &all);
    let check = |misdeed: &str, told: &Told| {
        let expected = MISDEEDS.iter().find(|(name, ..)| *name == misdeed);
        let (_, code, words) = expected.unwrap_or(&("", "passed", &[]));
        assert_eq!(told.code, *code, "{misdeed}: {told:?}");
        assert!(words.iter().all(|words| told.words.contains(words)), "{misdeed}: {told:?}");
    };
    let (together, _) = run(&files);
    for (misdeed, told) in all.iter().zip(&together) {
        check(misdeed, told);
        println!("{misdeed}: {} {}", told.code, told.words.replace(folder.path().to_str().unwrap(), "…"));
    }
    for (misdeed, file) in all.iter().zip(&files) {
        check(misdeed, &run(std::slice::from_ref(file)).0[0]);
    }
}

#[test]
fn among_forty_files_exactly_the_ten_bad_ones_fail_and_twenty_runs_agree() {
    let folder = TempDir::new().unwrap();
    let bad: Vec<&str> =
        MISDEEDS.iter().map(|(misdeed, ..)| *misdeed).filter(|it| *it != "close-files").collect();
    let misdeeds: Vec<&str> = (0..40).map(|n| if n % 4 == 1 { bad[n / 4] } else { "well-behaved" }).collect();
    assert_eq!(misdeeds.iter().filter(|misdeed| **misdeed != "well-behaved").count(), 10);
    let files = files(folder.path(), &misdeeds);
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        let (told, took) = run(&files);
        slowest = slowest.max(took);
        for (misdeed, told) in misdeeds.iter().zip(&told) {
            let code =
                MISDEEDS.iter().find(|(name, ..)| name == misdeed).map_or("passed", |(_, code, _)| code);
            assert_eq!(told.code, code, "{misdeed} in round {round}: {told:?}");
        }
    }
    println!("20 runs of 30 good and 10 bad files, of which 2 hang for {DEADLINE:?}: at most {slowest:.1?}");
}

#[test]
fn what_a_file_leaves_running_is_its_own_fault_and_not_that_of_the_file_that_is_tried_then() {
    let folder = TempDir::new().unwrap();
    // More of the slow ones than there can be scanners, so that one of them comes after it in its own.
    let mut misdeeds = vec!["slow"; 40];
    misdeeds[0] = "late-abort";
    let (told, _) = run(&files(folder.path(), &misdeeds));
    for (misdeed, told) in misdeeds.iter().zip(&told) {
        assert_eq!(told.code, if *misdeed == "slow" { "passed" } else { "trial-aborted" }, "{told:?}");
    }
}

#[test]
fn many_that_hang_delay_nobody_else_for_their_deadline() {
    let folder = TempDir::new().unwrap();
    let misdeeds: Vec<&str> = (0..60).map(|n| if n < 6 { "sleep" } else { "well-behaved" }).collect();
    let (told, took) = run(&files(folder.path(), &misdeeds));
    for (misdeed, told) in misdeeds.iter().zip(&told) {
        assert_eq!(told.code == "trial-hung", *misdeed == "sleep", "{told:?}");
    }
    println!("6 files that hang for {DEADLINE:?} and 54 good ones: {took:.1?}");
}

#[test]
fn two_hundred_good_files_pass() {
    let folder = TempDir::new().unwrap();
    let (told, took) = run(&files(folder.path(), &["well-behaved"; 200]));
    assert!(told.iter().all(|told| told.code == "passed"), "{told:?}");
    println!("200 good files in {took:.1?}: {:.0} a second", 200.0 / took.as_secs_f64());
}

#[test]
fn a_host_that_is_killed_leaves_no_scanner_behind() {
    let folder = TempDir::new().unwrap();
    let files = files(folder.path(), &["sleep", "spin"]);
    let mut host = Host::start(&files, Duration::from_secs(600), |_| ());
    while host.descendants().len() < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    host.process.kill().unwrap();
    host.process.wait().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !host.descendants().is_empty() {
        assert!(Instant::now() < until, "left behind: {:#?}", host.descendants());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_host_that_does_not_serve_trials_starts_itself_once_and_is_told_so() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let mut host = Host::start(&files(folder.path(), &["well-behaved"]), DEADLINE, |command| {
        command.env("TRIAL_HOST_FORGETS", &log);
    });
    let (told, _) = host.verdicts();
    assert_eq!(told[0].code, "scanner-silent", "{told:?}");
    host.has_left_nothing();
    // The second of them, which was to be the scanner, first; and there was no third.
    let log = fs::read_to_string(log).unwrap();
    let codes: Vec<&str> = log.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(codes, ["scanner-nested", "scanner-silent"], "{log}");
}

fn request(file: impl Into<PathBuf>, plugins: &[&str]) -> TrialRequest {
    let plugins = plugins.iter().map(|id| PluginId::new(id).expect("it is an id")).collect();
    TrialRequest { home: Home::Dylib, file: file.into(), plugins, allow_abort: false }
}

fn not_tried(trial: &Trial) -> NotTried {
    let verdicts = trial.run(&[request("one.so", &[]), request("two.so", &[])]);
    let [Verdict::NotTried(one), Verdict::NotTried(two)] = &verdicts[..] else { panic!("{verdicts:?}") };
    assert_eq!(one.to_string(), two.to_string());
    one.clone()
}

#[test]
fn a_scanner_that_can_not_be_started_or_is_none_is_told_by_name_and_nothing_is_loaded() {
    let nobody: [&str; 0] = [];
    let missing = Trial::by_command("/not/there/keyway", nobody);
    assert_eq!(missing.choice(), Otherwise::Refuse);
    assert_eq!(missing.clone().otherwise(Otherwise::Skip).choice(), Otherwise::Skip);
    let error = not_tried(&missing);
    assert_eq!(error.to_string(), "the scanner `/not/there/keyway` can not be started");
    assert_eq!(error.help(), "see that `/not/there/keyway` is there and may be executed");
    assert_eq!(error.code(), "scanner-start");

    let folder = TempDir::new().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "no program").unwrap();
    assert_eq!(not_tried(&Trial::by_command(&plain, nobody)).code(), "scanner-start");

    let error = not_tried(&Trial::by_command("true", nobody));
    assert_eq!(error.to_string(), "`true` ended with exit code 0, and had not said that it is a scanner");
    assert_eq!(error.help(), "call `keyway::host::serve_trials` first in its `main`");

    let error = not_tried(&Trial::by_command("sh", ["-c", "echo no such thing >&2; exit 4"]));
    assert_eq!(error.to_string(), "`sh` ended with exit code 4, and had not said that it is a scanner");
    let words = std::error::Error::source(&error).expect("it said something").to_string();
    assert_eq!(words, "it wrote no such thing");

    let error = not_tried(&Trial::by_command("sleep", ["1000"]).deadline(Duration::from_millis(100)));
    assert_eq!(error.to_string(), "`sleep` did not say within 5s that it is a scanner");
    assert_eq!(error.code(), "scanner-silent");
}

#[test]
fn another_program_can_be_the_scanner_and_is_asked_for_plugins_by_name() {
    let folder = TempDir::new().unwrap();
    let odd = folder.path().join(OsStr::from_bytes(b"odd \xff\n"));
    fs::create_dir(&odd).unwrap();
    let file = misbehaving(&odd, "faults/p001-aaaaaaa", "well-behaved");
    let nobody: [&str; 0] = [];
    let scanner = Trial::by_command(env!("CARGO_BIN_EXE_trial-host"), nobody);
    let verdicts = scanner.run(&[
        request(&file, &["faults/p001-aaaaaaa"]),
        request(&file, &["faults/p001-bbbbbbb"]),
        TrialRequest { home: Home::Static, ..request(&file, &[]) },
        request(&file, &[]),
    ]);
    assert!(matches!(verdicts[0], Verdict::Passed), "{:?}", verdicts[0]);
    let Verdict::Failed(failure) = &verdicts[1] else { panic!("{:?}", verdicts[1]) };
    assert_eq!((failure.code(), failure.file()), ("no-such-plugin", &*file));
    let Verdict::NotTried(error) = &verdicts[2] else { panic!("{:?}", verdicts[2]) };
    assert!(error.to_string().ends_with("has no bridge for the home `static`"), "{error}");
    assert!(matches!(verdicts[3], Verdict::Passed), "{:?}", verdicts[3]);
    assert!(scanner.run(&[]).is_empty());
    let mapped = fs::read("/proc/self/maps").unwrap();
    assert!(!String::from_utf8_lossy(&mapped).contains("well-behaved"), "it came into this process");
}

#[test]
fn a_file_that_the_bridge_refuses_fails_in_the_bridges_own_words() {
    let folder = TempDir::new().unwrap();
    let good = misbehaving(folder.path(), "faults/p000-refuses", "well-behaved");
    let torn = folder.path().join("libtorn.so");
    fs::write(&torn, &fs::read(&good).unwrap()[..4000]).unwrap();
    let text = folder.path().join("libtext.so");
    fs::write(&text, "no library").unwrap();
    let gone = folder.path().join("libgone.so");
    let (told, _) = run(&[text, good, torn, gone]);
    assert_eq!(told[0].code, "no-plugins", "{told:?}");
    assert_eq!(told[1].code, "passed", "{told:?}");
    assert!(!["passed", "no-plugins"].contains(&told[2].code.as_str()), "{told:?}");
    assert_ne!(told[3].code, "passed", "{told:?}");
    println!("{told:#?}");
}
