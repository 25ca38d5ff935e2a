//! Loading files in another process before they come into the host's: a crash there is a reason, not the host's end.
//!
//! ```text
//! host: Trial::run ──► crew: who tries what, whose fault ──► session: one scanner, one file after the other
//!                                                                  │ orders ▼   ▲ answers
//! scanner: serve_trials, first in main ────────────────────► Bridge::check, Bridge::load
//! ```
//!
//! What this decides: whether a file can be loaded at all, and if not, why. Which files are to be tried, and what becomes
//! of a plugin whose file failed or was not tried, is the host's. Nothing here loads a file into the host's own process.

use std::path::PathBuf;
use std::time::Duration;

use self::crew::Crew;
use self::protocol::MARKER;
use crate::id::PluginId;
use crate::manifest::Home;

mod crew;
mod failure;
mod noise;
mod platform;
mod protocol;
mod scanner;
mod session;
mod tried;

pub use failure::{NotTried, TrialFailure, TrialOutput};
pub use scanner::serve_trials;
pub(super) use tried::{Pass, Tried};

/// How files are tried before they come into the host's process.
///
/// A trial is what [`Bridge::load`](super::Bridge::load) does, in a process of its own, which is called the scanner: the
/// file is mapped, its constructors run, its entry function is asked for its table, the table is checked. **It starts no
/// plugin:** what a plugin does in `start` is the host's to bound.
///
/// A scanner tries many files, and there may be several scanners. They are in process groups of their own, and are ended,
/// with all that the files started, when the trials end; on Linux also when the host ends.
///
/// It is no sandbox. It holds against mistakes: a hostile library can do in the scanner whatever the user can, and can say
/// what it likes.
///
/// **Platforms:** everywhere a file that crashes or hangs is found out. Limits of memory and processor time are Linux's,
/// limits of files and the end of what a file started are Unix's; on Windows the deadline is all there is.
///
/// **Not seen:** a crash when the process ends, for the scanner is killed; one that comes later than the load, from a
/// thread that the file left behind, unless the scanner is still at work then. **Not ended:** a process that a file
/// started and that has left the scanner's group; any that a file started, when the host is killed in a trial.
///
/// ```no_run
/// use keyway::host::{Trial, serve_trials};
///
/// fn main() {
///     // First: in the scanner, which is this program once more, it does not return.
///     serve_trials(&[/* &keyway_dylib::bridge() */]);
///     let trial = Trial::reentering();
///     // …
/// #   drop(trial);
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is tried by itself"]
pub struct Trial {
    scanner: Scanner,
    deadline: Duration,
    memory: u64,
    otherwise: Otherwise,
}

#[derive(Clone, Debug)]
enum Scanner {
    Itself,
    Command { program: PathBuf, arguments: Vec<String> },
}

/// What becomes of a file that can not be tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Otherwise {
    /// Its plugins are refused.
    #[default]
    Refuse,
    /// It is loaded without a trial.
    Skip,
}

impl Trial {
    /// By this program itself, started once more without arguments: its `main` calls [`serve_trials`] first. It knows the
    /// scanner by an environment variable, `KEYWAY_TRIAL`, and by a word on standard input.
    pub fn reentering() -> Self {
        Self::by(Scanner::Itself)
    }

    /// By another program of the same release of Keyway whose `main` calls [`serve_trials`] first, as the `keyway` command
    /// does. A name without a slash is looked for as the system does.
    pub fn by_command<A: Into<String>>(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self::by(Scanner::Command { program: program.into(), arguments })
    }

    fn by(scanner: Scanner) -> Self {
        let otherwise = Otherwise::default();
        Self { scanner, deadline: Duration::from_secs(5), memory: 2 << 30, otherwise }
    }

    /// How long one file may take; 5 seconds unless this says otherwise. The scanner itself has as long to come up, and
    /// at least 5 seconds.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How much address space one file may take beyond what the scanner has, in bytes; 2 GiB unless this says otherwise.
    /// For Linux alone.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// What becomes of files that can not be tried; their plugins are refused unless this says otherwise.
    pub fn otherwise(mut self, otherwise: Otherwise) -> Self {
        self.otherwise = otherwise;
        self
    }

    /// What becomes of files that can not be tried. [`run`](Self::run) says that they were not, and no more.
    pub fn choice(&self) -> Otherwise {
        self.otherwise
    }

    /// Tries every file. The verdicts are in the order of the requests.
    ///
    /// Files are tried side by side, on as many scanners as there are processors; one that takes long gives its place to
    /// another. The call ends when all are tried: where the slowest hangs, at its deadline.
    pub fn run(&self, requests: &[TrialRequest]) -> Vec<Verdict> {
        self.run_and_tell(requests, &|_, _| ())
    }

    /// As [`run`](Self::run); each verdict is also told when it is there, with the request's number. Where a file that had
    /// passed is found to have ended the trial of another, it is told a second time.
    pub fn run_and_tell(
        &self,
        requests: &[TrialRequest],
        told: &(dyn Fn(usize, &Verdict) + Sync),
    ) -> Vec<Verdict> {
        let tell = |number: usize, verdict: &Verdict| {
            let request: &TrialRequest = &requests[number];
            let file = request.file.display();
            match verdict {
                Verdict::Passed => tracing::debug!(target: "keyway", %file, "passed its trial"),
                Verdict::Failed(failure) => {
                    let why = crate::plugin::in_words(failure);
                    tracing::warn!(target: "keyway", %file, why, "failed its trial");
                }
                Verdict::NotTried(error) => {
                    let why = crate::plugin::in_words(error);
                    tracing::warn!(target: "keyway", %file, why, "was not tried");
                }
            }
            told(number, verdict);
        };
        // Whoever does not serve trials in `main`, and tries files, would start itself without an end.
        if std::env::var_os(MARKER).is_some() {
            let verdict = Verdict::NotTried(NotTried::Nested);
            (0..requests.len()).for_each(|number| tell(number, &verdict));
            return vec![verdict; requests.len()];
        }
        if requests.is_empty() { Vec::new() } else { Crew::new(self, requests, &tell).run() }
    }

    /// The scanner's program, for people.
    fn program(&self) -> PathBuf {
        match &self.scanner {
            Scanner::Command { program, .. } => program.clone(),
            Scanner::Itself => std::env::current_exe().unwrap_or_else(|_| "-".into()),
        }
    }
}

/// One file to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialRequest {
    /// Which of the scanner's bridges it is for.
    pub home: Home,
    /// The file.
    pub file: PathBuf,
    /// The plugins of it that are asked for; none is all of them.
    pub plugins: Vec<PluginId>,
    /// As in [`LoadOptions`](super::loader::LoadOptions).
    pub allow_abort: bool,
}

/// What came of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// It can be loaded.
    Passed,
    /// It can not.
    Failed(TrialFailure),
    /// Nobody knows.
    NotTried(NotTried),
}
