//! Passes: each is a process of its own, with its own addresses, its own heap and no library loaded.
//!
//! A pass prints its readings, a line each, fields apart by tabs; the parent collects them.

use std::process::{Command, Stdio};

use crate::measure::{Reading, Target, Unit};
use crate::rows;

/// The word by which this program knows that it is a pass.
pub const WORD: &str = "--one-pass";

/// Measures every row whose name has `only` in it, and prints the readings.
pub fn run(only: &str) {
    for make in rows::ALL {
        let row = make();
        if row.name().contains(only) {
            row.pass().iter().for_each(|reading| println!("{}", write(reading)));
        }
    }
}

/// Starts one pass and waits for what it has read.
///
/// **Errors**: in words, how it ended otherwise.
pub fn start(only: &str) -> Result<Vec<Reading>, String> {
    let program = std::env::current_exe().map_err(|cause| format!("this program has no path: {cause}"))?;
    let output = Command::new(program)
        .args([WORD, only])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|cause| format!("a pass can not be started: {cause}"))?;
    if !output.status.success() {
        return Err(format!("a pass failed: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| read(line).ok_or_else(|| format!("a pass printed `{line}`"))).collect()
}

fn write(reading: &Reading) -> String {
    let unit = match reading.unit {
        Unit::Nanoseconds => "ns",
        Unit::Bytes => "B",
    };
    let target = match reading.target {
        None => String::new(),
        Some(Target::Ratio(ratio)) => ratio.to_string(),
        Some(Target::More(more)) => format!("+{more}"),
    };
    let Reading { row, line, floor, value, ratio, .. } = reading;
    format!("{row}\t{unit}\t{target}\t{line}\t{floor}\t{value}\t{ratio}")
}

fn read(text: &str) -> Option<Reading> {
    let [row, unit, target, line, floor, value, ratio] =
        text.split('\t').collect::<Vec<_>>().try_into().ok()?;
    Some(Reading {
        row: row.to_owned(),
        unit: match unit {
            "ns" => Unit::Nanoseconds,
            "B" => Unit::Bytes,
            _ => return None,
        },
        target: match target.strip_prefix('+') {
            Some(more) => Some(Target::More(more.parse().ok()?)),
            None if target.is_empty() => None,
            None => Some(Target::Ratio(target.parse().ok()?)),
        },
        line: line.to_owned(),
        floor: floor.to_owned(),
        value: value.parse().ok()?,
        ratio: ratio.parse().ok()?,
    })
}
