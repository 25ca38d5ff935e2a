//! What is wrong with the folder of the state: errors, which end what was asked for, and damage, which ends nothing.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::host::loader::Refuses;
use crate::host::quarantine::Grounds;
use crate::id::PluginId;

/// Why the records can not be read, or not be changed. A host can run without them, and forgets then what it learns.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something else is there.
    #[error("the state folder `{}` is no folder", .folder.display())]
    NotAFolder {
        /// The place of the folder.
        folder: PathBuf,
    },
    /// The folder is missing and can not be made.
    #[error("the state folder `{}` can not be made", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The superuser would leave files that the folder's owner can not read.
    #[error("the state folder `{}` belongs to user {owner}, and this host runs as user {user}", .folder.display())]
    Owner {
        /// The folder.
        folder: PathBuf,
        /// The owner's number.
        owner: u32,
        /// The number of the user that the host runs as.
        user: u32,
    },
    /// The lock is no file that could be locked.
    #[error("`{}` is a link or no file, and a lock must be a file", .file.display())]
    NoLock {
        /// The lock.
        file: PathBuf,
    },
    /// The lock can not be opened, or files can not be locked there.
    #[error("`{}` can not be locked", .file.display())]
    Lock {
        /// The lock.
        file: PathBuf,
        /// The folder of the state.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else holds the lock, and does not let go.
    #[error("`{}` has been locked by another program for {waited:?}", .file.display())]
    Busy {
        /// The lock.
        file: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A file or folder can not be read.
    #[error("`{}` can not be read", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// A file can not be written.
    #[error("`{}` can not be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The folder of the state.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl StoreError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAFolder { .. } => "state-no-folder",
            Self::Folder { .. } => "state-folder",
            Self::Owner { .. } => "state-owner",
            Self::NoLock { .. } => "state-no-lock",
            Self::Lock { .. } => "state-lock",
            Self::Busy { .. } => "state-busy",
            Self::Read { .. } => "state-unreadable",
            Self::Write { source, .. } if is_full(source) => "state-disk-full",
            Self::Write { .. } => "state-unwritable",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::NotAFolder { folder } => {
                format!("move `{}` away, or {ELSEWHERE}", folder.display())
            }
            Self::Folder { folder, source } if source.kind() == ErrorKind::AlreadyExists => {
                format!("remove `{}`, which is a link that leads nowhere, or {ELSEWHERE}", folder.display())
            }
            Self::Folder { folder, .. } => writable(folder),
            Self::Owner { owner, .. } => format!("run the host as user {owner}, or {ELSEWHERE}"),
            Self::NoLock { file } => {
                format!("remove `{}`: the next change makes it anew", file.display())
            }
            Self::Lock { source, folder, .. } if denied(source) => writable(folder),
            Self::Lock { .. } => {
                format!("keep the state on a file system that can lock files: {ELSEWHERE}")
            }
            Self::Busy { file, .. } => {
                format!(
                    "end the program that holds it, which `fuser {}` names, and try again",
                    file.display()
                )
            }
            Self::Read { path, source } if denied(source) => {
                format!("let the user that the host runs as read `{}`", path.display())
            }
            Self::Read { path, source } if source.kind() == ErrorKind::NotADirectory => {
                format!("move away the file that is in the way of `{}`, or {ELSEWHERE}", path.display())
            }
            Self::Read { path, .. } => format!("see to the disk that `{}` lies on", path.display()),
            Self::Write { folder, source, .. } if is_full(source) => {
                format!("make room on the disk of `{}`, or {ELSEWHERE}", folder.display())
            }
            Self::Write { folder, .. } => writable(folder),
        }
    }
}

const ELSEWHERE: &str = "set `XDG_STATE_HOME` or `KEYWAY_HOME` to another folder";

fn writable(folder: &Path) -> String {
    format!("let the user that the host runs as write to `{}`, or {ELSEWHERE}", folder.display())
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn denied(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

/// Something about the records that is not as it should be, while the rest of them holds.
///
/// A plugin whose record of quarantine is damaged is held back: nobody can tell what it did, and it may have been the end
/// of the host. It is reported, and one command lets it go; so nothing is held back in silence or for ever.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The system does not let it be read.
    #[error("`{}` can not be read", .path.display())]
    Unreadable {
        /// The file, or the folder of a namespace.
        path: PathBuf,
        /// The plugin whose record it is, where it is one's.
        plugin: Option<PluginId>,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// It is not what this host wrote: cut off, changed, or no file at all.
    #[error("`{}` is not as it was written: {what}{}", .path.display(), kept_as(.kept.as_deref()))]
    Altered {
        /// The file.
        path: PathBuf,
        /// The plugin whose record it is, where it is one's.
        plugin: Option<PluginId>,
        /// The first thing that is wrong.
        what: String,
        /// Where it is kept since another has taken its place.
        kept: Option<PathBuf>,
    },
    /// It is whole, and says what this host does not understand. That is left as it is.
    #[error("`{}` has what this host does not know: {what}", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The first thing of the kind.
        what: String,
    },
    /// Who the folder belongs to can change the records as he likes.
    #[error("the state folder `{}` belongs to user {owner}, and this host runs as user {user}", .folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// The owner's number.
        owner: u32,
        /// The number of the user that the host runs as.
        user: u32,
    },
}

fn kept_as(kept: Option<&Path>) -> String {
    kept.map_or_else(String::new, |kept| format!("; it is kept as `{}`", kept.display()))
}

impl Damage {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "state-unreadable",
            Self::Altered { .. } => "state-damaged",
            Self::Unknown { .. } => "state-newer",
            Self::Foreign { .. } => "state-owner",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Unreadable { path, .. } => {
                format!("let the user that the host runs as read `{}`", path.display())
            }
            Self::Altered { kept: Some(kept), .. } => {
                format!("look into `{}` for what may be missing now, and remove it", kept.display())
            }
            Self::Altered { plugin: Some(plugin), .. } => {
                format!("run `keyway enable {plugin}` if it may be tried again; the file is kept beside")
            }
            Self::Altered { path, .. } => {
                format!(
                    "look into `{}` for what may be missing, and choose again: the next `keyway enable` or \
                     `keyway disable` writes it anew and keeps it beside",
                    path.display()
                )
            }
            Self::Unknown { .. } => "update this host, or choose again with this one".into(),
            Self::Foreign { owner, .. } => format!("run the host as user {owner}, or {ELSEWHERE}"),
        }
    }

    /// Whether it keeps a plugin's record of quarantine from being known.
    pub(super) fn hides(&self, id: &PluginId) -> bool {
        match self {
            Self::Unreadable { plugin: Some(plugin), .. } | Self::Altered { plugin: Some(plugin), .. } => {
                plugin == id
            }
            // The folder of a namespace; what the operator chose is a file and has no such name.
            Self::Unreadable { path, plugin: None, .. } => path.ends_with(id.namespace()),
            _ => false,
        }
    }
}

/// The cause to put a plugin in quarantine for, as it is now, whose record can not be read: so that another file or another
/// version lets it go by itself, which the damaged record could not tell.
impl From<&Damage> for Grounds {
    fn from(damage: &Damage) -> Self {
        let words = crate::plugin::in_words(damage);
        Self::new("quarantine-unknown", &format!("lost its record of quarantine: {words}"), &damage.help())
    }
}

impl Refuses for StoreError {
    fn code(&self) -> &'static str {
        self.code()
    }

    fn help(&self) -> String {
        self.help()
    }
}

impl Refuses for Damage {
    fn code(&self) -> &'static str {
        self.code()
    }

    fn help(&self) -> String {
        self.help()
    }
}

impl Damage {
    /// The file or folder.
    pub fn place(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. } | Self::Altered { path, .. } | Self::Unknown { path, .. } => path,
            Self::Foreign { folder, .. } => folder,
        }
    }
}
