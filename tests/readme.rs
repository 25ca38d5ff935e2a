//! What README.md shows is what happens: its transcripts, and its first command.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

/// Builds a program of the workspace, and says where it is.
fn program(package: &str, name: &str) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", package, "--bin", name, "--message-format=json"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let built =
        messages.filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?))).next_back();
    built.expect("cargo names what it built")
}

#[test]
fn its_transcripts_are_what_the_commands_print() {
    trycmd::TestCases::new()
        .register_bin("keyway", program("keyway-cli", "keyway"))
        .env("NO_COLOR", "1")
        .case(root().join("README.md"));
}

#[test]
fn its_first_command_does_the_main_job() {
    let output = Command::new(env!("CARGO")).arg("demo").current_dir(root()).output().expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    for line in text.lines().filter(|line| line.starts_with("skipped")) {
        println!("{line}");
    }
    let active = |id: &str, home: &str| {
        let row = text.lines().find(|line| line.starts_with(id) && line.contains(home));
        row.is_some_and(|row| row.contains("active"))
    };
    assert!(active("text/word-count", "static"), "{text}");
    assert!(active("code/generate", "dylib") && active("code/generate", "static"), "{text}");
    assert!(text.contains("The library and the linked-in plugin gave the same answer"), "{text}");
}
