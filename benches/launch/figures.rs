//! Hands `cargo bench` on to the figures, which are a workspace of their own (see `../README.md`).

use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    if !std::env::args_os().any(|argument| argument == "--bench") {
        eprintln!("figures: skipped, they run under `cargo bench` only");
        return ExitCode::SUCCESS;
    }
    // Cargo reads `.cargo/config.toml` of the folder it is started in, not of the package it builds.
    let figures = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies in `benches`");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--release", "--package", "keyway-figures", "--"])
        .args(std::env::args_os().skip(1))
        .current_dir(figures)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(cause) => {
            eprintln!("figures: `cargo` can not be started: {cause}");
            ExitCode::FAILURE
        }
    }
}
