//! Why a library is not taken, or not used after it was loaded.

use std::path::PathBuf;

use keyway::abi::entry::TARGET;
use keyway::abi::{ENTRY, MAJOR};
use keyway::host::loader::Refuses;
use keyway::id::PluginId;

use crate::diagnose::Diagnosis;
use crate::section::SectionError;

/// Why a plugin's library was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Built for another target. Known before the library is loaded, where it has a build note.
    #[error("`{}` is built for {found}, and this host is {TARGET}", .path.display())]
    Target {
        /// The library.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// A panic in it would end the host. Known before the library is loaded, where it has a build note.
    #[error("`{}` is built with `panic = \"abort\"`, so that a panic in it ends the host", .path.display())]
    Abort {
        /// The library.
        path: PathBuf,
    },
    /// The system's loader refuses it.
    #[error(transparent)]
    System(#[from] Diagnosis),
    /// It is no library of ours.
    #[error("`{}` has no symbol `{ENTRY}`", .path.display())]
    Entry {
        /// The library.
        path: PathBuf,
    },
    /// It speaks another ABI.
    #[error("`{}` speaks version {found} of the ABI, and this host {MAJOR}", .path.display())]
    Abi {
        /// The library.
        path: PathBuf,
        /// What it says.
        found: u16,
    },
    /// A table is missing or too short.
    #[error("`{}` does not keep the ABI: {what}", .path.display())]
    Table {
        /// The library.
        path: PathBuf,
        /// Which rule it breaks.
        what: String,
    },
    /// Its linker dropped plugins.
    #[error("`{}` registers {registered} plugin{} and counts {counted}", .path.display(), if *.registered == 1 { "" } else { "s" })]
    Counts {
        /// The library.
        path: PathBuf,
        /// By the first mechanism.
        registered: u32,
        /// By the second.
        counted: u32,
    },
    /// The two sides do not call functions in the same way.
    #[error("`{}` calls functions otherwise than this host: {difference}", .path.display())]
    Probe {
        /// The library.
        path: PathBuf,
        /// What was sent, what came back, what should have.
        difference: String,
    },
    /// The manifest in its code can not be read.
    #[error("`{}` has a manifest in its code that may be `{plugin}`'s and can not be read", .path.display())]
    Json {
        /// The library.
        path: PathBuf,
        /// The plugin that was looked for.
        plugin: PluginId,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Its note names a plugin that its code does not have.
    #[error("`{}` has a manifest of `{plugin}` in its notes, and no such plugin in its code", .path.display())]
    NoSuchPlugin {
        /// The library.
        path: PathBuf,
        /// The plugin.
        plugin: PluginId,
    },
    /// What was resolved with is not what the code says.
    #[error("`{}` says of `{plugin}` in its note that `{field}` is {note}, and in its code that it is {code}", .path.display())]
    Manifest {
        /// The library.
        path: PathBuf,
        /// The plugin.
        plugin: PluginId,
        /// The first field that differs.
        field: String,
        /// As the note has it, in JSON.
        note: String,
        /// As the code has it, in JSON.
        code: String,
    },
    /// It says nothing of itself before it is loaded, and its code says something else than the sidecar.
    #[error("`{}` says of `{plugin}` that `{field}` is {said}, and the code of `{}` that it is {code}", .sidecar.display(), .path.display())]
    Sidecar {
        /// The library.
        path: PathBuf,
        /// The sidecar that speaks for it.
        sidecar: PathBuf,
        /// The plugin.
        plugin: PluginId,
        /// The first field that differs.
        field: Box<str>,
        /// As the sidecar has it, in JSON.
        said: Box<str>,
        /// As the code has it, in JSON.
        code: Box<str>,
    },
    /// The file that was loaded before is another one now, and that can not be loaded from where it lies.
    #[error("`{}` was replaced after it was loaded, and no copy of the new file can be made", .path.display())]
    Copy {
        /// The library.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What it needs lies where its own folder leads to, and it is loaded from a copy.
    #[error(
        "`{}` was replaced after it was loaded, and the new one needs `{needs}`, which a copy of it does not find in `{}`",
        .path.display(), .folder.display()
    )]
    Beside {
        /// The library.
        path: PathBuf,
        /// What it needs.
        needs: String,
        /// Where that lies.
        folder: PathBuf,
    },
    /// Somebody writes to it, or replaces it again and again.
    #[error("`{}` changes while it is being loaded", .path.display())]
    Unsettled {
        /// The library.
        path: PathBuf,
    },
    /// The system gave the image of a file that stood here before.
    #[error("`{}` was replaced, and the image of the earlier file is still in the process", .path.display())]
    Replaced {
        /// The library.
        path: PathBuf,
    },
}

impl LoadError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Target { .. } => "target",
            Self::Abort { .. } => "panic-abort",
            Self::System(diagnosis) => diagnosis.code(),
            Self::Entry { .. } => "no-entry",
            Self::Abi { .. } => "abi",
            Self::Table { .. } => "abi-table",
            Self::Counts { .. } => "counts",
            Self::Probe { .. } => "probe",
            Self::Json { .. } => "manifest-unreadable",
            Self::NoSuchPlugin { .. } => "no-such-plugin",
            Self::Manifest { .. } => "manifest-differs",
            Self::Sidecar { .. } => "sidecar-contradiction",
            Self::Copy { .. } => "no-copy",
            Self::Beside { .. } => "copy-needs",
            Self::Unsettled { .. } => "unsettled",
            Self::Replaced { .. } => "replaced",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Target { .. } => format!("build the plugin with `--target {TARGET}`"),
            Self::Abort { .. } => "build the plugin with `panic = \"unwind\"`, or let the host allow it with \
                                   `HostBuilder::allow_abort`"
                .into(),
            Self::System(diagnosis) => diagnosis.help(),
            Self::Entry { .. } => "build it as a `cdylib` that depends on `keyway`; a plugin in another language \
                                   exports the function of `keyway.h`"
                .into(),
            Self::Abi { found, .. } if *found > MAJOR => "update the host".into(),
            Self::Abi { .. } => format!("build the plugin against a framework with version {MAJOR} of the ABI"),
            Self::Table { .. } | Self::Json { .. } | Self::NoSuchPlugin { .. } | Self::Manifest { .. } => {
                "build the library again, as a whole; a plugin in another language fills every field of `keyway.h`"
                    .into()
            }
            Self::Sidecar { field, .. } => {
                format!("write in the sidecar what the code says of `{field}`: the two have to be the same")
            }
            Self::Counts { .. } => {
                "name the crates of its plugins in the library: `use a_plugin as _;`, so that the linker keeps them"
                    .into()
            }
            Self::Probe { .. } => "build host and plugin with the same release of the compiler".into(),
            Self::Unsettled { .. } => {
                "wait until it is written; write a new file beside it and rename that, so that there is always a whole one"
                    .into()
            }
            Self::Copy { .. } | Self::Beside { .. } | Self::Replaced { .. } => "start the program again, or give the new file another name".into(),
        }
    }
}

impl Refuses for LoadError {
    fn code(&self) -> &'static str {
        self.code()
    }
    fn help(&self) -> String {
        self.help()
    }
}

impl Refuses for SectionError {
    fn code(&self) -> &'static str {
        self.code()
    }
    fn help(&self) -> String {
        self.help()
    }
}
