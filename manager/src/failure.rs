//! How a command ends.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use keyway::host::control::{AskError, Trouble};
use keyway::host::{HostError, Mistake, StoreError};
use keyway_dylib::diagnose::{self, Diagnosis};
use keyway_dylib::section::SectionError;

/// How a command ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// It failed, or something is not as it should be.
    Failed = 1,
    /// It was called wrongly.
    Usage = 2,
    /// A file is not what it says.
    Unverified = 3,
    /// A plugin is unhealthy or refused.
    Refused = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// How the command ends.
    pub exit: Exit,
    /// A short name for programs, stable.
    pub code: Cow<'static, str>,
    /// What is wrong, one clause.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl From<&SectionError> for Failure {
    fn from(error: &SectionError) -> Self {
        let exit = match error {
            SectionError::Malformed { .. } | SectionError::Note { .. } => Exit::Unverified,
            _ => Exit::Failed,
        };
        if let SectionError::Io { path, .. } = error
            && let Some(failure) = unreachable(path)
        {
            return failure;
        }
        Self { exit, code: error.code().into(), message: in_words(error), help: error.help() }
    }
}

/// Why a path can not be opened, where it is the path that is to blame: a link to nothing, a missing right.
pub(crate) fn unreachable(path: &Path) -> Option<Failure> {
    File::open(path).err()?;
    match diagnose::diagnose(path, "") {
        found @ (Diagnosis::Missing { .. } | Diagnosis::BrokenLink { .. } | Diagnosis::Access { .. }) => {
            let help = match &found {
                Diagnosis::Missing { .. } => "name a file that exists".into(),
                _ => found.help(),
            };
            Some(Failure { exit: Exit::Failed, code: found.code().into(), message: found.to_string(), help })
        }
        _ => None,
    }
}

impl From<&HostError> for Failure {
    fn from(error: &HostError) -> Self {
        let code = error.mistakes().first().map_or("host", Mistake::code).into();
        // The name and the version are what the caller gave.
        let misused = error.mistakes().iter().all(|mistake| matches!(mistake, Mistake::Version { .. }));
        let exit = if misused { Exit::Usage } else { Exit::Failed };
        Self { exit, code, message: error.to_string(), help: error.help() }
    }
}

impl From<&AskError> for Failure {
    fn from(error: &AskError) -> Self {
        error.trouble().into()
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        Self { exit: Exit::Failed, code: error.code().into(), message: in_words(error), help: error.help() }
    }
}

impl From<Trouble> for Failure {
    fn from(Trouble { code, message, help }: Trouble) -> Self {
        Self { exit: Exit::Failed, code: code.into(), message, help }
    }
}

impl From<Failure> for Trouble {
    fn from(Failure { code, message, help, .. }: Failure) -> Self {
        Self { code: code.into_owned(), message, help }
    }
}

/// An error and its causes, in one clause.
pub(crate) fn in_words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What ends a command early.
#[derive(Debug)]
pub(crate) enum Stop {
    Failure(Failure),
    /// The output could not be written.
    Output(io::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
