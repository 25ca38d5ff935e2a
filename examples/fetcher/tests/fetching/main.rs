//! The fetcher against a real server, in both homes of its plugin: as a program, and as a host in this process.
#![forbid(unsafe_code)]

mod dropped;
mod program;
mod server;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use keyway::host::Loopback;

keyway::link_plugins!(link_checker);

/// Where the plugin lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    BuiltIn,
    /// Built in, and reached the long way round.
    Through(Loopback),
    Library,
}

impl Home {
    /// Those that a user has.
    const BOTH: [Self; 2] = [Self::BuiltIn, Self::Library];
    const ALL: [Self; 4] =
        [Self::BuiltIn, Self::Through(Loopback::Table), Self::Through(Loopback::Message), Self::Library];

    /// The folder with its library, where it is no part of the program.
    fn folder(self) -> Option<&'static Path> {
        static FOLDER: OnceLock<PathBuf> = OnceLock::new();
        (self == Self::Library).then(|| {
            &**FOLDER.get_or_init(|| keyway_tests::kept_folder_of(&keyway_tests::library("link-checker")))
        })
    }
}
