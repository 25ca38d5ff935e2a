//! Why a cache is not used.

use std::io;

/// Why a cache is not used. It is then made anew, as if there were none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// There is none yet.
    #[error("there is none yet")]
    Missing,
    /// The system would not have it read.
    #[error("it can not be read")]
    Unreadable {
        /// What the system said.
        source: io::Error,
    },
    /// A folder, a pipe, a device.
    #[error("it is no plain file")]
    NotAFile,
    /// Another user wrote it.
    #[error("it belongs to user {found}, and this process is user {expected}")]
    Owner {
        /// Whose it is.
        found: u32,
        /// Who asks.
        expected: u32,
    },
    /// Others could have written it.
    #[error("it has mode {found:04o}, with which others may write it")]
    Mode {
        /// Its permissions.
        found: u32,
    },
    /// Not in the form that this framework reads.
    #[error("it is not in the form that this framework reads")]
    Form,
    /// Cut short, or changed after it was written.
    #[error("it is damaged")]
    Damaged,
    /// Another host wrote it: what a file says of itself may be read otherwise there.
    #[error("it was written {}, and this host has {}", for_which(.what, .found), named(.expected))]
    Other {
        /// "framework", "target", "user" or "bridges".
        what: &'static str,
        /// As it was written.
        found: String,
        /// As it is here.
        expected: String,
    },
}

fn for_which(what: &str, found: &str) -> String {
    if found.is_empty() { format!("without {what}") } else { format!("for {what} `{found}`") }
}

fn named(text: &str) -> String {
    if text.is_empty() { "none".into() } else { format!("`{text}`") }
}

impl Unusable {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "cache-missing",
            Self::Unreadable { .. } => "cache-unreadable",
            Self::NotAFile => "cache-not-a-file",
            Self::Owner { .. } => "cache-owner",
            Self::Mode { .. } => "cache-mode",
            Self::Form => "cache-form",
            Self::Damaged => "cache-damaged",
            Self::Other { .. } => "cache-other",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Missing | Self::Form | Self::Damaged | Self::Other { .. } => {
                "nothing is to be done: the next start writes it anew".into()
            }
            Self::Unreadable { .. } | Self::NotAFile | Self::Owner { .. } | Self::Mode { .. } => {
                "remove it; it can be deleted at any time, and the next start writes it anew".into()
            }
        }
    }
}
