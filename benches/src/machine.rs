//! What the table's first sentence says: where, with which compiler, and against which versions.

use std::process::Command;

/// The versions that the figures were built with.
const LOCK: &str = include_str!("../Cargo.lock");

/// One sentence about the run.
pub fn describe(passes: usize) -> String {
    let peers = ["abi_stable", "stabby", "savefile-abi"].map(|name| format!("{name} {}", version(name)));
    format!(
        "{}, {} cores, {}-{}; {}; release profile for everyone: opt-level 3, no LTO, panic unwinds, `{}`. \
         {}. Medians over {passes} passes, each a fresh process.",
        processor(),
        std::thread::available_parallelism().map_or(1, usize::from),
        std::env::consts::ARCH,
        std::env::consts::OS,
        compiler(),
        env!("FIGURES_RUSTFLAGS"),
        peers.join(", "),
    )
}

/// The version of a package in the lock file.
fn version(name: &str) -> &'static str {
    let head = format!("name = \"{name}\"\nversion = \"");
    LOCK.split_once(&head).and_then(|(_, rest)| rest.split_once('"')).map_or("?", |(version, _)| version)
}

/// The compiler on the path, which is the one that cargo has just used.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    output.map_or_else(
        |_| "rustc ?".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// The processor's name where the system tells it.
fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| "processor unknown".to_owned(), |(_, name)| name.trim().to_owned())
}
