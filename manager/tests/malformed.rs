//! Malformed files (F1) through `inspect`: each is refused with its exact reason or read as what it still is; none runs,
//! hangs, or makes the command panic.

#![cfg(target_os = "linux")]

#[path = "../../dylib-bridge/tests/malformed/corpus.rs"]
mod corpus;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::Parser;
use corpus::{Case, Patient};
use keyway_cli::{App, Exit, Form, Options, PluginCommand, Screen};
use support::{Ran, Stage, library};

/// What one file may take.
const TIME: Duration = Duration::from_secs(5);

/// A host that mounts the commands.
#[derive(Parser)]
struct Tool {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: PluginCommand,
}

/// What became of the cases.
#[derive(Default)]
struct Tally {
    tried: usize,
    /// Read: the damage was elsewhere, or left a good text.
    read: usize,
    /// By code.
    refused: BTreeMap<String, usize>,
    slowest: Duration,
}

impl Tally {
    fn note(&mut self, name: &str, took: Duration, code: i32, err: &str) {
        assert!(took <= TIME, "{name}: {took:?}");
        self.tried += 1;
        self.slowest = self.slowest.max(took);
        if code == 0 {
            assert_eq!(err, "", "{name}");
            self.read += 1;
            return;
        }
        let error: serde_json::Value =
            serde_json::from_str(err).unwrap_or_else(|error| panic!("{name}: {error}: {err}"));
        assert_eq!(error["schema"], "keyway.error/1", "{name}");
        assert!(!error["help"].as_str().unwrap_or_default().is_empty(), "{name}");
        let kind = error["code"].as_str().expect("a code");
        let expected = match kind {
            "not-an-object" | "no-notes" | "not-a-file" => 1,
            _ => 3,
        };
        assert_eq!(code, expected, "{name}: {error}");
        *self.refused.entry(kind.to_owned()).or_default() += 1;
    }

    fn print(&self, title: &str, canary: &Canary) {
        let refused: usize = self.refused.values().sum();
        println!(
            "{title}: tried {}, refused {refused}, read {}; slowest {:?}; code run: {}",
            self.tried,
            self.read,
            self.slowest,
            canary.0.exists()
        );
        for (code, count) in &self.refused {
            println!("    {code}: {count}");
        }
    }
}

/// Tells whether code of a file has run, in this process or in one that it started.
struct Canary(&'static Path);

impl Canary {
    fn new() -> Self {
        static PATH: OnceLock<PathBuf> = OnceLock::new();
        Self(PATH.get_or_init(|| {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manager-canary");
            let _ = fs::remove_file(&path);
            let stage = Stage::with_plugins();
            let started = stage.command("list --start --path plugins").env("KEYWAY_CANARY", &path).output();
            assert!(started.is_ok() && path.exists(), "the canary is deaf");
            fs::remove_file(&path).expect("the canary was there");
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

/// The same command in this process, in each of its three forms: one of them, by turns, is tallied.
fn in_process(tally: &mut Tally, name: &str, file: &Path) {
    let tool =
        Tool::try_parse_from(["tool".as_ref(), "inspect".as_ref(), file.as_os_str()]).expect("arguments");
    let app = App::named("tool", None);
    let forms = [Form::People { width: 80 }, Form::Rows, Form::Json];
    let ended: Vec<Exit> = forms
        .into_iter()
        .map(|form| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let start = Instant::now();
            let exit = tool.command.run_on(&app, &tool.options, &mut Screen::new(&mut out, &mut err, form));
            let took = start.elapsed();
            let (out, err) = (String::from_utf8(out).expect("UTF-8"), String::from_utf8(err).expect("UTF-8"));
            assert_eq!(out.is_empty(), exit != Exit::Done, "{name}: {out}");
            match form {
                Form::Json => {
                    let said: serde_json::Value =
                        serde_json::from_str(if out.is_empty() { &err } else { &out })
                            .unwrap_or_else(|error| panic!("{name}: {error}: {out}{err}"));
                    assert!(said["schema"].is_string(), "{name}");
                    tally.note(name, took, exit as i32, &err);
                }
                Form::Rows => assert!(!out.contains('\u{1b}'), "{name}: {out:?}"),
                Form::People { .. } => {
                    let plain = anstream::adapter::strip_str(&out).to_string();
                    let broken = plain.chars().any(|c| c.is_control() && c != '\n');
                    assert!(!broken, "{name}: {plain:?}");
                }
            }
            exit
        })
        .collect();
    assert!(ended.windows(2).all(|pair| pair[0] == pair[1]), "{name}: {ended:?}");
}

/// The command itself; ended by force when it hangs.
fn command(tally: &mut Tally, name: &str, file: &Path) {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyway"))
        .args(["inspect".as_ref(), file.as_os_str(), "--json".as_ref()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > TIME {
            child.kill().expect("a child");
            panic!("{name}: hangs");
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    let took = start.elapsed();
    let Ran { code, err, .. } = Ran::of(child.wait_with_output().expect("its output"));
    let code = code.unwrap_or_else(|| panic!("{name}: ended by a signal: {err}"));
    tally.note(name, took, code, &err);
}

fn patient(name: &str) -> (Patient, Vec<u8>) {
    let bytes = fs::read(library(name)).expect("a library");
    let test = std::thread::current().name().unwrap_or("test").to_owned();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{name}.so"));
    (Patient::new(&bytes, &path), bytes)
}

fn randoms(bytes: &[u8], seed: u64, count: usize) -> Vec<Case> {
    corpus::random(bytes, 0x696e_7370_6563_7400 + seed, count)
}

#[test]
fn ten_thousand_random_mutants_are_inspected_without_harm() {
    let canary = Canary::new();
    let mut tally = Tally::default();
    for (seed, (name, count)) in
        [("markdown", 4000), ("table", 3000), ("pydata", 3000)].into_iter().enumerate()
    {
        let (patient, bytes) = patient(name);
        for case in randoms(&bytes, seed as u64, count) {
            patient.with(&case, |file| in_process(&mut tally, &format!("{name}, {}", case.name), file));
        }
    }
    tally.print("random mutants through `inspect`, in three forms", &canary);
    assert_eq!(tally.tried, 10_000);
    assert!(tally.read < tally.tried, "no damage was seen");
}

#[test]
fn headers_notes_and_cuts_are_inspected_without_harm() {
    let canary = Canary::new();
    let (mut fields, mut cuts) = (Tally::default(), Tally::default());
    let (patient, bytes) = patient("markdown");
    let mut cases = corpus::elf64_headers(&bytes);
    cases.extend(corpus::notes(&bytes));
    cases.extend(corpus::owners(&bytes));
    for case in &cases {
        patient.with(case, |file| in_process(&mut fields, &format!("{}: {}", case.group, case.name), file));
    }
    let lengths = (0..4096.min(bytes.len())).chain((4096..bytes.len()).step_by(997));
    let cut = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inspect-cut.so");
    for length in lengths {
        fs::write(&cut, &bytes[..length]).expect("a cut");
        in_process(&mut cuts, &format!("cut at {length}"), &cut);
    }
    fields.print("header and note fields at their edges, through `inspect`", &canary);
    cuts.print("cut at every length to 4096, then at every 997th, through `inspect`", &canary);
    assert_eq!(cuts.read, 0, "a cut was missed");
}

#[test]
fn the_command_itself_survives_hundreds_of_them() {
    let canary = Canary::new();
    let mut tally = Tally::default();
    let (patient, bytes) = patient("markdown");
    let mut cases = randoms(&bytes, 77, 300);
    cases.extend(corpus::elf64_headers(&bytes).into_iter().step_by(61));
    cases.extend(corpus::notes(&bytes).into_iter().step_by(29));
    for case in &cases {
        patient.with(case, |file| command(&mut tally, &format!("{}: {}", case.group, case.name), file));
    }
    let cut = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-cut.so");
    for length in (0..bytes.len()).step_by(bytes.len() / 100) {
        fs::write(&cut, &bytes[..length]).expect("a cut");
        command(&mut tally, &format!("cut at {length}"), &cut);
    }
    tally.print("malformed files through the command itself", &canary);
    assert!(tally.tried >= 500, "{}", tally.tried);
}
