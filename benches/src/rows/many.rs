//! A thousand linked-in plugins to a registry in which each can be had, against a `Vec` of the same thousand, written by
//! hand, into a map. Each is a program, from its start to its end, since registration begins before `main`.

use std::process::Command;
use std::time::Instant;

use crate::libraries::program;
use crate::measure::{Line, Row, Target, Unit};

/// Floor: the `Vec`.
pub fn row() -> Row {
    Row::new("1,000 linked-in plugins to a ready registry, the whole process", Unit::Nanoseconds)
        .target(Target::More(500_000.0))
        .floor(line("an explicit `Vec`, into a map", "figures-explicit"))
        .contestant(line("the floor once more", "figures-explicit"))
        .contestant(line("Keyway", "figures-linked"))
}

fn line(name: &str, bin: &str) -> Line {
    let bin = program(bin);
    Line::measured(name, move || {
        let start = Instant::now();
        let status = Command::new(&bin).status().expect("the program was built");
        let spent = start.elapsed().as_nanos() as f64;
        assert!(status.success(), "`{}` came to its end: {status}", bin.display());
        spent
    })
}
