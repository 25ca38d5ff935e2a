//! The libraries of the contestants: built one by one, found beside this program, copied afresh.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The packages whose libraries the rows load.
pub const PACKAGES: [&str; 12] = [
    "figures-keyway",
    "figures-keyway-other",
    "figures-smallest",
    "figures-smallest-traces",
    "figures-speaking",
    "figures-many",
    "figures-raw",
    "figures-same-rustc",
    "figures-abi-stable",
    "figures-async-ffi",
    "figures-stabby",
    "figures-savefile",
];

/// Builds every library in a `cargo` call of its own, so that none gets a feature that another asked for.
///
/// **Errors**: which package failed, in words; cargo has printed why.
pub fn build() -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for package in PACKAGES {
        let status = Command::new(&cargo)
            .args(["build", "--quiet", "--release", "--package", package])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .map_err(|cause| format!("`cargo` can not be started: {cause}"))?;
        if !status.success() {
            return Err(format!("package `{package}` does not build: {status}"));
        }
    }
    Ok(())
}

/// The folder where cargo puts this program and the libraries.
fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    program.parent().expect("a program lies in a folder").to_owned()
}

/// The library of a package.
pub fn path(package: &str) -> PathBuf {
    let name = libloading::library_filename(package.replace('-', "_"));
    folder().join(name)
}

/// A program that was built beside the libraries.
pub fn program(name: &str) -> PathBuf {
    folder().join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A copy of a package's library without symbols and debug information, made by the system's `strip`.
///
/// **Panics** when there is no `strip`; it comes with the linker.
pub fn stripped(package: &str) -> PathBuf {
    let copy = Copies::of(package).next();
    let status = Command::new("strip").arg(&copy).status().expect("`strip` comes with the linker");
    assert!(status.success(), "`strip {}`: {status}", copy.display());
    copy
}

/// Copies of one library, each under a path of its own: a path is loaded only once in a process.
pub struct Copies {
    original: PathBuf,
}

/// How many copies this process has made of all libraries together: no name comes twice, since writing
/// over a mapped library takes the process down.
static MADE: AtomicU32 = AtomicU32::new(0);

impl Copies {
    /// Copies of a package's library.
    pub fn of(package: &str) -> Copies {
        Copies { original: path(package) }
    }

    /// One more copy; having just been written, its pages are in memory.
    ///
    /// **Panics** when the folder of the build can not be written.
    pub fn next(&self) -> PathBuf {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = scratch().join(number.to_string());
        std::fs::create_dir(&folder).expect("the build's folder can be written");
        let copy = folder.join(self.original.file_name().expect("a library has a name"));
        std::fs::copy(&self.original, &copy).expect("the library can be copied beside itself");
        copy
    }

    /// A folder with one more copy in it, and nothing else.
    pub fn folder(&self) -> PathBuf {
        let mut folder = self.next();
        folder.pop();
        folder
    }
}

/// The folder of all copies of all passes.
fn all_copies() -> PathBuf {
    folder().join("figures-copies")
}

/// The folder of this process's copies.
pub fn scratch() -> PathBuf {
    let folder = all_copies().join(std::process::id().to_string());
    std::fs::create_dir_all(&folder).expect("the build's folder can be written");
    folder
}

/// Removes what passes have left, also those that did not come to their end.
///
/// **Errors**: in words, when the folder is there and stays.
pub fn remove_copies() -> Result<(), String> {
    let folder = all_copies();
    match std::fs::remove_dir_all(&folder) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => {
            Err(format!("`{}` can not be removed: {cause}", folder.display()))
        }
        _ => Ok(()),
    }
}
