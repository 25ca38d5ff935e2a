//! Records what the library record says of this build: the compiler and the target.
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".into(), |text| text.trim().to_owned());
    println!("cargo::rustc-env=KEYWAY_RUSTC={version}");
    println!("cargo::rustc-env=KEYWAY_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}
