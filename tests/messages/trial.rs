//! Trials: files that fail, and scanners that are none.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keyway::host::loader::Refuses;
use keyway::host::{NotTried, TrialFailure};
use keyway::manifest::Home;

use super::page::Page;

pub(crate) fn show(page: &mut Page) {
    let file = || PathBuf::from("plugins/libtext.so");
    for failure in [
        TrialFailure::Crashed { file: file(), signal: 11, name: "SIGSEGV", output: None },
        TrialFailure::Aborted { file: file(), output: None },
        TrialFailure::StackOverflow { file: file(), output: None },
        TrialFailure::OutOfMemory { file: file(), limit: 2 << 30, output: None },
        TrialFailure::Exited { file: file(), code: 0, output: None },
        TrialFailure::Hung { file: file(), deadline: Duration::from_secs(5), output: None },
        TrialFailure::Flooded { file: file(), limit: 1 << 20, output: None },
        TrialFailure::Silent { file: file(), output: None },
    ] {
        page.error("host::TrialFailure", failure.code(), &failure, &failure.help());
    }
    let program = || PathBuf::from("toolbox");
    let source = Arc::new(std::io::ErrorKind::NotFound.into());
    for error in [
        NotTried::Start { program: program(), source },
        NotTried::NoHello { program: program(), deadline: Duration::from_secs(5) },
        NotTried::Ended { program: program(), how: "exit code 0".into(), output: None },
        NotTried::Release {
            program: program(),
            theirs: "0.2.0 (aarch64-unknown-linux-musl)".into(),
            ours: "0.1.0 (aarch64-unknown-linux-gnu)".into(),
        },
        NotTried::NoBridge { program: program(), home: Home::Dylib },
        NotTried::Lost { program: program(), how: "SIGKILL".into() },
        NotTried::Nested,
    ] {
        page.error("host::NotTried", error.code(), &error, &error.help());
    }
}
