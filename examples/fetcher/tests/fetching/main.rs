//! The fetcher against a real server, in both homes of its plugin: as a program, and as a host in this process.
#![forbid(unsafe_code)]

mod dropped;
mod program;
mod server;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

keyway::link_plugins!(link_checker);

/// Where the plugin lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    BuiltIn,
    Library,
}

impl Home {
    const ALL: [Self; 2] = [Self::BuiltIn, Self::Library];

    /// The folder with its library, where it is no part of the program.
    fn folder(self) -> Option<&'static Path> {
        static FOLDER: OnceLock<PathBuf> = OnceLock::new();
        (self == Self::Library).then(|| {
            &**FOLDER.get_or_init(|| keyway_tests::kept_folder_of(&keyway_tests::library("link-checker")))
        })
    }
}
