//! Windows.

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::os::windows::fs::FileExt as _;
use std::path::Path;

/// How a library is loaded: what it needs is looked for in its own folder and in the system's, never in the current
/// one. The path must be absolute.
///
/// **Source:** `LoadLibraryExW`: `LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS`.
pub const OPEN_FLAGS: u32 = 0x0000_0100 | 0x0000_1000;

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Reads at an offset; the file's position moves along, and nobody here relies on it.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// What stands at a path that is no regular file.
pub(crate) fn kind_of(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "a device" }
}

/// Who may read a file, for people: Windows keeps that in access lists, which this does not read.
pub(crate) fn access(path: &Path) -> io::Result<String> {
    let attributes = path.metadata()?.permissions();
    Ok(if attributes.readonly() { "is read-only" } else { "has an access list that refuses" }.into())
}

/// Whether the volume refuses to execute: there is no such thing on Windows.
pub(crate) fn no_exec(_path: &Path) -> bool {
    false
}
