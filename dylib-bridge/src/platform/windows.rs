//! Windows.

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::os::windows::fs::FileExt as _;
use std::path::{Path, PathBuf};

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

/// How to let others read a file or enter a folder: the group with that number is everybody, whatever the language.
pub(crate) fn allow(path: &Path) -> String {
    format!("`icacls \"{}\" /grant *S-1-1-0:(RX)`", path.display())
}

/// What else lets a library be found that lies beside the plugin: nothing, that is where [`OPEN_FLAGS`] looks first.
pub(crate) const BESIDE: &str = "";

/// Where a library's needs are looked for with [`OPEN_FLAGS`] besides the system's folder: its own folder and the
/// program's; never `PATH`.
pub(crate) fn searched(library: &Path) -> Vec<PathBuf> {
    let program = std::env::current_exe().ok();
    let mut folders = Vec::new();
    for folder in [Some(library), program.as_deref()].into_iter().flatten().filter_map(Path::parent) {
        if !folders.iter().any(|other| other == folder) {
            folders.push(folder.to_owned());
        }
    }
    folders
}

/// The system's folder of libraries.
pub(crate) fn system_folders() -> Vec<PathBuf> {
    std::env::var_os("SystemRoot").map(|root| Path::new(&root).join("System32")).into_iter().collect()
}

/// Whether the loader has a library of that name without a file of that name.
///
/// **Source:** "Windows API sets", Microsoft.
pub(crate) fn is_no_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("api-ms-win-") || name.starts_with("ext-ms-")
}

/// How to learn more where the loader's text is all there is.
pub(crate) const ASK_THE_LOADER: &str = "see what it needs with `dumpbin /dependents`, or with `objdump -p`";

/// Whether the volume refuses to execute: there is no such thing on Windows.
pub(crate) fn no_exec(_path: &Path) -> bool {
    false
}

/// Bytes in memory of the image that has this address in it: not told here.
pub(crate) fn mapped_around(_address: *const ()) -> Option<u64> {
    None
}
