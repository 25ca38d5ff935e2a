//! The library of `examples/loadable`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use keyway_dylib::platform::library_file_name;

/// It is built when it is first asked for.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let arguments =
            ["build", "--package", "keyway-dylib", "--example", "loadable", "--message-format", "json"];
        let output = Command::new(env!("CARGO")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let built = String::from_utf8(output.stdout).unwrap();
        let messages = built.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let name = library_file_name("loadable");
        messages
            .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
            .filter_map(|file| file.as_str().map(PathBuf::from))
            .find(|file| file.ends_with(&name))
            .expect("cargo says where the library is")
    })
}
