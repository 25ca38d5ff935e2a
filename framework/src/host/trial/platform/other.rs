//! What std alone offers: a scanner that is ended at its deadline.
//!
//! **Missing:** limits of memory, time and files; the end of what a tried file started; a scanner's end with its host
//! while a file hangs in it (else it sees that no orders come any more). What a tried file prints stands among the
//! answers, of which none can be made by accident.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use super::Streams;

pub(in super::super) fn itself() -> io::Result<(PathBuf, PathBuf)> {
    let program = std::env::current_exe()?;
    Ok((program.clone(), program))
}

pub(in super::super) fn apart(_command: &mut Command) {}

pub(in super::super) fn has_ended(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(Some(_)))
}

pub(in super::super) fn kill(child: &mut Child) {
    // What is gone already needs no killing.
    let _killed = child.kill();
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "what only other systems tell")]
pub(in super::super) enum End {
    Code(i32),
    Abort,
    Time,
    Signal(i32, &'static str),
}

/// **Source:** NTSTATUS values, `[MS-ERREF]` 2.3.1.
pub(in super::super) fn end_of(status: ExitStatus) -> End {
    let code = status.code().unwrap_or(-1);
    match code as u32 {
        0xC000_0005 => End::Signal(code, "an access violation"),
        0xC000_00FD => End::Signal(code, "a stack overflow"),
        // `__fastfail`, which is how Rust aborts, and the C runtime's `abort`.
        0xC000_0409 | 3 => End::Abort,
        _ => End::Code(code),
    }
}

#[cfg(windows)]
pub(in super::super) fn streams() -> io::Result<Streams> {
    use std::fs::File;
    use std::os::windows::io::AsHandle as _;
    let own = |handle: std::os::windows::io::BorrowedHandle<'_>| handle.try_clone_to_owned().map(File::from);
    Ok(Streams {
        orders: own(io::stdin().as_handle())?,
        answers: own(io::stdout().as_handle())?,
        noise: own(io::stderr().as_handle())?,
    })
}

#[cfg(not(windows))]
pub(in super::super) fn streams() -> io::Result<Streams> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(in super::super) fn die_with_host() {}

pub(in super::super) fn limit_process() {}

pub(in super::super) fn limit_file(_memory: u64, _deadline: Duration) {}

pub(in super::super) fn leave() -> ! {
    std::process::exit(0)
}
