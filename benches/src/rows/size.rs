//! The smallest plugin library beside a bare `cdylib` of the standard library with the same work in it: what lies on the
//! disk, and what a process has of its own once it is loaded.

use std::path::Path;
use std::process::Command;

use crate::contestants;
use crate::libraries::{path, stripped};
use crate::measure::{Line, Row, Unit};

const BARE: &str = "figures-raw";
const OURS: &str = "figures-smallest";
const WITH_TRACES: &str = "figures-smallest-traces";

/// The file as it is handed out.
pub fn file() -> Row {
    let length = |path: &Path| std::fs::metadata(path).expect("the library was built").len() as f64;
    let [bare, ours, traces] = [BARE, OURS, WITH_TRACES].map(|package| length(&stripped(package)));
    Row::new("smallest plugin library, its file, stripped", Unit::Bytes)
        .rounds(1)
        .target(1.15)
        .floor(Line::measured("a bare `cdylib`", move || bare))
        .contestant(Line::measured("Keyway, without its feature `traces`", move || ours))
        .contestant(Line::measured("Keyway, with it", move || traces).aside())
}

/// What loading it adds to the process's own memory: pages that it wrote, so that nobody shares them.
pub fn private() -> Row {
    memory("smallest plugin library, memory written by loading it", "Private_Dirty:")
}

/// What loading it adds to the process's resident memory, shared pages of the file included.
pub fn resident() -> Row {
    memory("smallest plugin library, memory resident after loading it", "Rss:")
}

fn memory(name: &str, field: &'static str) -> Row {
    Row::new(name, Unit::Bytes)
        .rounds(5)
        .target(1.15)
        .floor(grown("a bare `cdylib`", BARE, field))
        .contestant(grown("the floor once more", BARE, field))
        .contestant(grown("Keyway, without its feature `traces`", OURS, field))
        .contestant(grown("Keyway, with it", WITH_TRACES, field).aside())
}

fn grown(name: &str, package: &str, field: &'static str) -> Line {
    let library = path(package);
    Line::measured(name, move || {
        let program = std::env::current_exe().expect("a running program has a path");
        let output =
            Command::new(program).arg(WORD).arg(&library).arg(field).output().expect("it starts again");
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().unwrap_or_else(|cause| panic!("a load printed `{text}`: {cause}"))
    })
}

/// The word by which this program knows that it is to load a library and say what that cost.
pub const WORD: &str = "--one-load";

/// Loads the library and prints by how many bytes the field of `smaps_rollup` has grown.
///
/// **Source:** proc(5), `/proc/pid/smaps_rollup`.
pub fn load(library: &str, field: &str) {
    // What the loader itself needs once in a process is not the library's.
    contestants::library(&path("figures-same-rustc"));
    let before = read(field);
    contestants::library(Path::new(library));
    println!("{}", (read(field) - before) * 1024.0);
}

fn read(field: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("a Linux with `smaps_rollup`");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("the field is in every version");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number of kB")
}
