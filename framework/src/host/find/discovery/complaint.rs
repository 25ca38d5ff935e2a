//! What finding itself has to complain of: folders, links, and the manifests of what is linked in.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::host::loader::{Problem, Refuses};

#[derive(Debug)]
pub(super) enum Complaint {
    Folder { source: io::Error },
    Listing { source: io::Error },
    Link { to: PathBuf },
    Entry { source: io::Error },
    Nobodys { sidecar: PathBuf },
    Linked { id: &'static str, source: semver::Error },
}

impl Complaint {
    pub(super) fn about(self, place: impl Into<PathBuf>) -> Problem {
        let refuses: Box<dyn Refuses> = Box::new(self);
        Problem { place: place.into(), cause: refuses.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { .. } => f.write_str("the plugin folder can not be read"),
            Self::Listing { .. } => f.write_str("the plugin folder could not be read to its end"),
            Self::Link { to } => {
                write!(f, "it is a link to `{}`, where nothing is", to.display())
            }
            Self::Entry { .. } => f.write_str("the system does not say what it is"),
            Self::Nobodys { sidecar } => {
                write!(
                    f,
                    "no bridge of this host loads it, and `{}` says that it is a plugin",
                    sidecar.display()
                )
            }
            Self::Linked { id, .. } => write!(f, "the manifest of linked-in plugin `{id}` can not be read"),
        }
    }
}

impl Error for Complaint {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Folder { source } | Self::Listing { source } | Self::Entry { source } => Some(source),
            Self::Link { .. } | Self::Nobodys { .. } => None,
            Self::Linked { source, .. } => Some(source),
        }
    }
}

impl Refuses for Complaint {
    fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } | Self::Listing { .. } => "folder-unreadable",
            Self::Link { .. } => "broken-link",
            Self::Entry { .. } => "entry-unreadable",
            Self::Nobodys { .. } => "sidecar-library",
            Self::Linked { .. } => "manifest-unreadable",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Folder { .. } | Self::Listing { .. } => {
                "name a folder, and give the user who runs the host the right to read it".into()
            }
            Self::Link { .. } => "remove the link, or put back what it leads to".into(),
            Self::Entry { .. } => {
                "give the user who runs the host the right to reach it, and let links lead to files".into()
            }
            Self::Nobodys { .. } => {
                "build the file as a library for this platform, or give the host a bridge for what it is"
                    .into()
            }
            Self::Linked { .. } => {
                "let `#[keyway::plugin]` write the manifest, with the framework's own version of it".into()
            }
        }
    }
}
