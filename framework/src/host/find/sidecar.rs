//! Reading the manifest that lies beside a plugin's files: `plugin.toml` or `plugin.json` in a folder of its own.
//!
//! Strict, for a slip of the pen must not change what runs: an unknown key, a second key of the same name, a value of the
//! wrong kind, a path that leads out of the folder are mistakes, and all of a file are reported together. Which folders
//! are looked into is discovery's business; whether the plugin runs is the resolver's.

use std::collections::BTreeMap;
use std::env::consts::{ARCH, OS};
use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::written::{self, Syntax, WrittenError};
use crate::host::loader::Refuses;
use crate::manifest::Manifest;

pub(in crate::host) use compare::{Contradiction, contradiction};

mod check;
mod compare;
mod files;

/// The names that a sidecar can have.
pub(in crate::host) const NAMES: [&str; 2] = ["plugin.toml", "plugin.json"];

/// A manifest beside the files that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) struct Sidecar {
    pub(in crate::host) manifest: Manifest,
    /// By platform, as `linux-x86_64` or `wasm`; relative to the folder, and inside it when it was read.
    pub(in crate::host) files: BTreeMap<String, PathBuf>,
    /// The sidecar itself.
    pub(in crate::host) path: PathBuf,
}

/// The sidecar of a folder; `None` where it has none, and where it is no folder.
pub(in crate::host) fn read(folder: &Path) -> Option<Result<Sidecar, SidecarError>> {
    let mut there = Vec::with_capacity(1);
    for (name, syntax) in NAMES.into_iter().zip([Syntax::Toml, Syntax::Json]) {
        let path = folder.join(name);
        // Of the link itself: one that leads nowhere was meant to be a sidecar.
        match path.symlink_metadata() {
            Ok(_) => there.push((path, syntax)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(source) => return Some(Err(WrittenError::Unreadable { path, source }.into())),
        }
    }
    match there.as_slice() {
        [] => None,
        [(path, syntax)] => Some(read_file(folder, path, *syntax)),
        _ => Some(Err(SidecarError::Both { folder: folder.to_owned() })),
    }
}

fn read_file(folder: &Path, path: &Path, syntax: Syntax) -> Result<Sidecar, SidecarError> {
    let (manifest, files) = written::read(path, syntax, |node, proof| check::check(node, folder, proof))?;
    Ok(Sidecar { manifest, files, path: path.to_owned() })
}

impl Sidecar {
    /// The file for the platform of this program, relative to the folder. It was there when the sidecar was read.
    ///
    /// **Errors:** names the platform, and those that have a file.
    pub(in crate::host) fn file_here(&self) -> Result<&Path, SidecarError> {
        let here = platform();
        self.files.get(&here).map(PathBuf::as_path).ok_or_else(|| SidecarError::NotForHere {
            path: self.path.clone(),
            here,
            there: self.files.keys().cloned().collect(),
        })
    }
}

/// What `[files]` calls the platform of this program.
pub(in crate::host) fn platform() -> String {
    format!("{OS}-{ARCH}")
}

/// Why a folder with a sidecar gives no plugin.
#[derive(Debug)]
pub(in crate::host) enum SidecarError {
    /// It can not be read, or has mistakes.
    Written(WrittenError),
    /// Two sidecars in one folder, of which neither can be known to be meant.
    Both { folder: PathBuf },
    /// The platforms that there are files for, ascending, and this one is not among them.
    NotForHere { path: PathBuf, here: String, there: Vec<String> },
}

impl SidecarError {
    /// The sidecar, or its folder where there are two.
    pub(in crate::host) fn place<'a>(&'a self, folder: &'a Path) -> &'a Path {
        match self {
            Self::Written(error) => error.path(),
            Self::NotForHere { path, .. } => path,
            Self::Both { .. } => folder,
        }
    }

    /// In one clause, for a row of a table; what is displayed shows the lines of the file as well.
    #[cfg(any(test, feature = "watch"))]
    pub(in crate::host) fn summary(&self) -> String {
        match self {
            Self::Written(error) => error.summary(),
            _ => self.to_string(),
        }
    }
}

impl From<WrittenError> for SidecarError {
    fn from(error: WrittenError) -> Self {
        Self::Written(error)
    }
}

impl fmt::Display for SidecarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(error) => fmt::Display::fmt(error, f),
            Self::Both { folder } => {
                write!(f, "`{}` has both `plugin.toml` and `plugin.json`", folder.display())
            }
            Self::NotForHere { path, here, there } => {
                write!(f, "`{}` names no file for `{here}`, ", path.display())?;
                match there.as_slice() {
                    [] => f.write_str("nor for any other platform"),
                    there => write!(f, "only for `{}`", there.join("`, `")),
                }
            }
        }
    }
}

impl Error for SidecarError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Written(error) => error.source(),
            Self::Both { .. } | Self::NotForHere { .. } => None,
        }
    }
}

impl Refuses for SidecarError {
    fn code(&self) -> &'static str {
        match self {
            Self::Written(error) if error.is_flawed() => "sidecar-invalid",
            Self::Written(_) => "sidecar-unreadable",
            Self::Both { .. } => "sidecar-twice",
            Self::NotForHere { .. } => "sidecar-platform",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Written(error) => error.help(),
            Self::Both { .. } => "keep one of the two; they have the same fields".into(),
            Self::NotForHere { here, .. } => {
                format!("get the plugin for `{here}` from its authors, and name its file in `[files]`")
            }
        }
    }
}

#[cfg(test)]
mod tests;
