//! What differs from system to system: the scanner's streams and limits, groups of processes, how a process ended.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use self::other::{
    End, apart, die_with_host, end_of, has_ended, itself, kill, leave, limit_file, limit_process, streams,
};
#[cfg(unix)]
pub(super) use self::unix::{
    End, apart, die_with_host, end_of, has_ended, itself, kill, leave, limit_file, limit_process, streams,
};

/// The scanner's own ends of its pipes, which the files that it tries know nothing of.
pub(super) struct Streams {
    pub(super) orders: std::fs::File,
    pub(super) answers: std::fs::File,
    /// Where standard output and standard error go.
    pub(super) noise: std::fs::File,
}
