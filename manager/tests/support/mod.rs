//! Real plugin libraries, folders to drop them into, and the real command.

#![allow(dead_code, reason = "no test binary uses every part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The library of a fixture crate; all of them are built when the first is asked for.
pub(crate) fn library(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixture");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--target-dir"])
            .arg(&target)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture"))
            // It would put the libraries into another folder.
            .env_remove("CARGO_BUILD_TARGET")
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target.join("debug")
    });
    folder.join(file_name(name))
}

/// The name of a library on this platform.
pub(crate) fn file_name(stem: &str) -> String {
    format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// A folder that is gone after the test, with plugin folders in it.
pub(crate) struct Stage {
    root: tempfile::TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { root: tempfile::tempdir().expect("a folder") }
    }

    /// With the three fixture libraries in `plugins`: `toolbox/markdown` and `toolbox/outline`, `toolbox/pydata`, which
    /// needs a newer table than there is, and `toolbox/table`.
    pub(crate) fn with_plugins() -> Self {
        let stage = Self::new();
        for name in ["markdown", "pydata", "table"] {
            stage.drop_in("plugins", name);
        }
        stage
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    /// Drops a fixture library into one of its folders.
    pub(crate) fn drop_in(&self, folder: &str, name: &str) -> PathBuf {
        self.write(&format!("{folder}/{}", file_name(name)), &fs::read(library(name)).expect("a library"))
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// The command, in this folder and without anything of the user's; split at spaces.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyway"));
        command.args(arguments.split_whitespace()).current_dir(self.path());
        for variable in
            ["KEYWAY_APP", "KEYWAY_PATH", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "KEYWAY_CANARY"]
        {
            command.env_remove(variable);
        }
        command.env("KEYWAY_HOME", self.path().join("home"));
        command
    }

    /// Runs the command.
    pub(crate) fn keyway(&self, arguments: &str) -> Ran {
        Ran::of(self.command(arguments).output().expect("the command runs"))
    }
}

/// How the command ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Its output, which must be all that there is.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "out:\n{}\nerr:\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// The one document on the output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The one document on the error output.
    pub(crate) fn error(&self) -> serde_json::Value {
        assert_eq!(self.out, "", "data where there should be none");
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {}", self.err))
    }
}
