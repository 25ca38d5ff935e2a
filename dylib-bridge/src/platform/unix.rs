//! Linux, macOS, and the BSDs that know `RTLD_NODELETE`.

use std::ffi::CString;
use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// How a library is loaded: all symbols now, so that a missing one is an error and not a later crash; its own symbols
/// for itself; never unmapped.
///
/// **Source:** `dlopen(3)`.
pub const OPEN_FLAGS: std::ffi::c_int = libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_NODELETE;

/// Opens a file for reading. A pipe does not block: it is refused afterwards for what it is.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Reads at an offset, without touching the file's position.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

/// What stands at a path that is no regular file.
pub(crate) fn kind_of(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// The mode and the owner of a file, and who asks, for people.
pub(crate) fn access(path: &Path) -> io::Result<String> {
    let metadata = path.metadata()?;
    // SAFETY: the call has no duties and cannot fail.
    let me = unsafe { libc::geteuid() };
    let (mode, owner, group) = (metadata.mode() & 0o7777, metadata.uid(), metadata.gid());
    Ok(format!("has mode {mode:04o} and belongs to user {owner}, group {group}; this process is user {me}"))
}

/// Whether the file system is mounted without the right to execute.
pub(crate) fn no_exec(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    let mut found = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero, and the second argument is room for what the call writes.
    let done = unsafe { libc::statvfs(path.as_ptr(), found.as_mut_ptr()) };
    if done != 0 {
        return false;
    }
    // SAFETY: the call has succeeded, so that every field is written.
    let flags = unsafe { found.assume_init() }.f_flag;
    flags & NO_EXEC != 0
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_EXEC: std::ffi::c_ulong = libc::ST_NOEXEC;

/// `statvfs` has no such flag elsewhere (macOS reports it through `statfs` alone); the loader's text is all there is.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NO_EXEC: std::ffi::c_ulong = 0;
