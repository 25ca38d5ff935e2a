//! Why a file has not passed its trial, and why there was none.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::host::loader::Refuses;
use crate::manifest::Home;

/// Why a file has not passed its trial.
///
/// The causes behind it, where there are any, are what the file wrote ([`TrialOutput`]).
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialFailure {
    /// A signal that nobody sent.
    #[error("`{}` ends its process with {name} (signal {signal}) when it is loaded", .file.display())]
    Crashed {
        /// The file.
        file: PathBuf,
        /// The signal's number on this platform.
        signal: i32,
        /// The signal's name, as in `SIGSEGV`; `a signal` where it has no common one.
        name: &'static str,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// It ended the process itself, as a failed assertion in C does, or a panic that can not unwind.
    #[error("`{}` aborts its process when it is loaded", .file.display())]
    Aborted {
        /// The file.
        file: PathBuf,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// Told by what the scanner's handler writes; where there is none it is a crash.
    #[error("`{}` overflows its stack when it is loaded", .file.display())]
    StackOverflow {
        /// The file.
        file: PathBuf,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// Told by what the runtimes of Rust and C++ write; where it can not be told it is a crash, or an abort.
    #[error("`{}` needs more than {} MiB of memory when it is loaded", .file.display(), .limit >> 20)]
    OutOfMemory {
        /// The file.
        file: PathBuf,
        /// What it could have had, in bytes.
        limit: u64,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// It called `exit`, with whatever code.
    #[error("`{}` ends its process with exit code {code} when it is loaded", .file.display())]
    Exited {
        /// The file.
        file: PathBuf,
        /// The exit code.
        code: i32,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// It sleeps, waits or computes, beyond its deadline.
    #[error("`{}` is not loaded after {deadline:?}", .file.display())]
    Hung {
        /// The file.
        file: PathBuf,
        /// How long it had.
        deadline: Duration,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// It writes to the terminal without an end.
    #[error("`{}` writes more than {limit} bytes to standard output and error when it is loaded", .file.display())]
    Flooded {
        /// The file.
        file: PathBuf,
        /// What it could have written, in bytes.
        limit: usize,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// It closed the scanner's own files.
    #[error("`{}` closes files that are not its own when it is loaded", .file.display())]
    Silent {
        /// The file.
        file: PathBuf,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// What its bridge has against it, in the bridge's words.
    #[error("{message}")]
    Refused {
        /// The file.
        file: PathBuf,
        /// The bridge's short name for it.
        code: &'static str,
        /// The clause, with its causes.
        message: String,
        /// The way out.
        help: String,
    },
}

impl TrialFailure {
    /// The file that was tried.
    pub fn file(&self) -> &Path {
        match self {
            Self::Crashed { file, .. }
            | Self::Aborted { file, .. }
            | Self::StackOverflow { file, .. }
            | Self::OutOfMemory { file, .. }
            | Self::Exited { file, .. }
            | Self::Hung { file, .. }
            | Self::Flooded { file, .. }
            | Self::Silent { file, .. }
            | Self::Refused { file, .. } => file,
        }
    }
}

impl Refuses for TrialFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::Crashed { .. } => "trial-crashed",
            Self::Aborted { .. } => "trial-aborted",
            Self::StackOverflow { .. } => "trial-stack-overflow",
            Self::OutOfMemory { .. } => "trial-memory",
            Self::Exited { .. } => "trial-exited",
            Self::Hung { .. } => "trial-hung",
            Self::Flooded { .. } => "trial-flooded",
            Self::Silent { .. } => "trial-silent",
            Self::Refused { code, .. } => code,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Hung { .. } => {
                "put a build of it into its place that loads at once, or give it longer with `Trial::deadline`".into()
            }
            Self::OutOfMemory { .. } => {
                "put a build of it into its place that needs less, or give it more with `Trial::memory`".into()
            }
            Self::Refused { help, .. } => help.clone(),
            _ => "put another build of it into its place, or take it out of the folder; its authors see where it \
                  happens in a debugger"
                .into(),
        }
    }
}

/// Why a file was not tried: nothing that the file can help.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotTried {
    /// The system does not start it.
    #[error("the scanner `{}` can not be started", .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// It runs, and does not say that it is a scanner.
    #[error("`{}` did not say within {deadline:?} that it is a scanner", .program.display())]
    NoHello {
        /// The program.
        program: PathBuf,
        /// How long it had.
        deadline: Duration,
    },
    /// It ended, and had not said that it is a scanner.
    #[error("`{}` ended with {how}, and had not said that it is a scanner", .program.display())]
    Ended {
        /// The program.
        program: PathBuf,
        /// Its exit code or signal.
        how: String,
        /// What it wrote.
        #[source]
        output: Option<TrialOutput>,
    },
    /// It is another release than the host.
    #[error("the scanner `{}` is Keyway {theirs}, and this host is Keyway {ours}", .program.display())]
    Release {
        /// The program.
        program: PathBuf,
        /// Version and target of the scanner.
        theirs: String,
        /// Version and target of this host.
        ours: String,
    },
    /// It can not load files of this home.
    #[error("the scanner `{}` has no bridge for the home `{home}`", .program.display())]
    NoBridge {
        /// The program.
        program: PathBuf,
        /// The home of the file.
        home: Home,
    },
    /// It ended while it tried nothing.
    #[error("the scanner `{}` ended with {how} before it was the file's turn", .program.display())]
    Lost {
        /// The program.
        program: PathBuf,
        /// Its exit code or signal.
        how: String,
    },
    /// A scanner starts no scanners.
    #[error("this process was started as a scanner, and starts none itself")]
    Nested,
}

impl Refuses for NotTried {
    fn code(&self) -> &'static str {
        match self {
            Self::Start { .. } => "scanner-start",
            Self::NoHello { .. } => "scanner-silent",
            Self::Ended { .. } => "scanner-ended",
            Self::Release { .. } => "scanner-release",
            Self::NoBridge { .. } => "scanner-home",
            Self::Lost { .. } => "scanner-lost",
            Self::Nested => "scanner-nested",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Start { program, .. } => {
                format!("see that `{}` is there and may be executed", program.display())
            }
            Self::NoHello { .. } | Self::Ended { .. } => {
                "call `keyway::host::serve_trials` first in its `main`".into()
            }
            Self::Release { .. } => {
                "use `Trial::reentering`, or a `keyway` command of the host's own release".into()
            }
            Self::NoBridge { .. } => "give `keyway::host::serve_trials` the bridges that the host has".into(),
            Self::Lost { .. } => "try again; the system's log may say who ended it".into(),
            Self::Nested => {
                "call `keyway::host::serve_trials` first in `main`, before a host is built".into()
            }
        }
    }
}

/// What a process wrote to standard output and standard error: the first KiB and the last 4.
///
/// Shown as one line of at most 300 characters, from both ends; what a terminal would obey is written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialOutput(String);

impl TrialOutput {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// All that is known, as it was written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrialOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Of each end.
        const SHOWN: usize = 150;
        let mut line = |text: &str| {
            text.chars().try_for_each(|char| match char {
                '\'' => f.write_char(char),
                _ => write!(f, "{}", char.escape_debug()),
            })
        };
        line("it wrote ")?;
        let text = &self.0;
        let first = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
        let last = text.char_indices().rev().nth(SHOWN - 1).map_or(0, |(at, _)| at);
        if first < last {
            line(&text[..first])?;
            line(" … ")?;
            line(&text[last..])
        } else {
            line(text)
        }
    }
}

impl std::error::Error for TrialOutput {}

/// A code that came from another process, as one that lives as long as this one.
///
/// Of those there are few. What is longer than any of ours, or one too many, is not believed.
pub(super) fn known_code(code: &str) -> &'static str {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(code) {
        return known;
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if known.len() >= 256 || code.is_empty() || code.len() > 64 || !code.bytes().all(plain) {
        return "trial-refused";
    }
    let code: &'static str = String::leak(code.to_owned());
    known.insert(code);
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_one_line_and_both_ends_are_shown() {
        let output = TrialOutput::of(b" \x1b[2Jone's\ntwo\n").unwrap();
        assert_eq!(output.to_string(), r"it wrote \u{1b}[2Jone's\ntwo");
        let output = TrialOutput::of(format!("begin{}end", "é".repeat(2000)).as_bytes()).unwrap();
        let shown = output.to_string();
        assert!(shown.starts_with("it wrote beginé") && shown.ends_with("éend"), "{shown}");
        assert!(shown.contains("é … é") && shown.chars().count() < 320, "{shown}");
        assert_eq!(TrialOutput::of(&[b'x'; 300]).unwrap().to_string().len(), 309);
        assert_eq!(TrialOutput::of(b" \n\n"), None);
    }

    #[test]
    fn codes_from_another_process_are_kept_once_and_odd_ones_are_not_believed() {
        assert!(std::ptr::eq(known_code("no-entry"), known_code(&String::from("no-entry"))));
        assert_eq!(known_code("no-entry"), "no-entry");
        for odd in ["", "Not a code", &"x".repeat(65)] {
            assert_eq!(known_code(odd), "trial-refused");
        }
    }
}
