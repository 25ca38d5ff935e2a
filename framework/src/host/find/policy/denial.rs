//! Why a policy does not let a plugin in, in words.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::host::find::written::harmless;
use crate::host::loader::Refuses;

/// Why a policy does not let a plugin in: in one clause, with the file and the line that say so.
#[derive(Clone, Debug)]
pub struct Denial {
    pub(super) file: Arc<Path>,
    pub(super) line: usize,
    pub(super) why: Why,
}

#[derive(Clone, Debug)]
pub(super) enum Why {
    /// A deny list has it.
    Listed {
        /// As it is written; of a digest the beginning.
        entry: String,
        reason: Option<String>,
    },
    /// An allow list does not have it.
    NotAllowed,
    /// A list wants its digest, and its file can not be read.
    NoDigest { source: Arc<io::Error> },
    /// A list wants to know where it is, and that can not be found out.
    NoPlace { source: Arc<io::Error> },
}

impl Denial {
    /// The policy file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The line in it, from 1: of the entry, or of the table that has none for the plugin.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What the operator says to it.
    pub fn reason(&self) -> Option<&str> {
        match &self.why {
            Why::Listed { reason, .. } => reason.as_deref(),
            _ => None,
        }
    }

    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self.why {
            Why::Listed { .. } => "denied",
            Why::NotAllowed => "not-allowed",
            Why::NoDigest { .. } | Why::NoPlace { .. } => "denied-unread",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        let file = harmless(&self.file.display().to_string());
        match &self.why {
            Why::Listed { .. } => format!("take the entry out of `{file}`, if you trust the plugin"),
            Why::NotAllowed => format!("add the plugin to `[allow]` in `{file}`, if you trust it"),
            Why::NoDigest { .. } | Why::NoPlace { .. } => {
                "give the user who runs the host the right to read the plugin's file".into()
            }
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format!("`{}`, line {}", harmless(&self.file.display().to_string()), self.line);
        match &self.why {
            Why::Listed { entry, reason } => {
                write!(f, "denied by {place}: `{}`", harmless(entry))?;
                reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {}", harmless(reason)))
            }
            Why::NotAllowed => write!(f, "not allowed by {place}: nothing in `[allow]` stands for it"),
            Why::NoDigest { .. } => {
                write!(f, "denied by {place}: its digest is asked for and can not be taken")
            }
            Why::NoPlace { .. } => {
                write!(f, "denied by {place}: its folder is asked for and can not be found")
            }
        }
    }
}

impl Error for Denial {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.why {
            Why::NoDigest { source } | Why::NoPlace { source } => Some(source),
            Why::Listed { .. } | Why::NotAllowed => None,
        }
    }
}

impl Refuses for Denial {
    fn code(&self) -> &'static str {
        self.code()
    }

    fn help(&self) -> String {
        self.help()
    }
}
