//! Linux, macOS, and the BSDs that know `RTLD_NODELETE`.

use std::ffi::CString;
use std::fs::{self, File, FileType, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

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

/// How to let others read a file or enter a folder.
pub(crate) fn allow(path: &Path) -> String {
    format!("`chmod a+r {}`, and `a+x` for a folder", path.display())
}

/// What else lets a library be found that lies beside the plugin.
pub(crate) const BESIDE: &str = if cfg!(target_vendor = "apple") {
    ", built with an rpath of `@loader_path`"
} else {
    ", built with an rpath of `$ORIGIN`"
};

/// Where a library's needs are looked for besides the folders that it names itself: what the environment says.
pub(crate) fn searched(_library: &Path) -> Vec<PathBuf> {
    let variable = if cfg!(target_vendor = "apple") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };
    let Some(folders) = std::env::var_os(variable) else { return Vec::new() };
    std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()).collect()
}

/// The system's folders of libraries.
pub(crate) fn system_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for root in ["/lib", "/usr/lib", "/usr/local/lib"] {
        folders.push(root.into());
        folders.push(format!("{root}64").into());
        folders.push(format!("{root}/{}-linux-gnu", std::env::consts::ARCH).into());
    }
    configured(Path::new("/etc/ld.so.conf"), &mut folders, 0);
    folders
}

/// The folders that a configuration of the loader names, and those of the files that it includes (`*.conf` in one
/// folder is the only pattern in use).
fn configured(file: &Path, folders: &mut Vec<PathBuf>, depth: u8) {
    let Ok(text) = fs::read_to_string(file) else { return };
    for line in text.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
        match line.strip_prefix("include ").map(|pattern| Path::new(pattern.trim())) {
            Some(pattern) if depth < 4 => {
                let entries = pattern.parent().and_then(|folder| fs::read_dir(folder).ok());
                let files = entries.into_iter().flatten().flatten().map(|entry| entry.path());
                for file in files.filter(|file| file.extension().is_some_and(|e| e == "conf")) {
                    configured(&file, folders, depth + 1);
                }
            }
            None if line.starts_with('/') => folders.push(line.into()),
            _ => {}
        }
    }
}

/// Whether the loader has a library of that name without a file of that name: not here.
pub(crate) fn is_no_file(_name: &str) -> bool {
    false
}

/// How to learn more where the loader's text is all there is.
///
/// **Source:** `ld.so(8)`; `dyld(1)`.
pub(crate) const ASK_THE_LOADER: &str = if cfg!(target_vendor = "apple") {
    "see what it needs with `otool -L`, or run the host with `DYLD_PRINT_LIBRARIES=1`"
} else {
    "try `ldd -r` on it, or run the host with `LD_DEBUG=all`"
};

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

/// Bytes in memory of the segments of the image that has this address in it; `None` where the system does not tell.
///
/// **Source:** `dl_iterate_phdr(3)`.
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
pub(crate) fn mapped_around(address: *const ()) -> Option<u64> {
    struct Sought {
        address: u64,
        bytes: Option<u64>,
    }
    unsafe extern "C" fn look(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        sought: *mut std::ffi::c_void,
    ) -> std::ffi::c_int {
        // SAFETY: the second is what was given to the call below, and nobody else has it; the first is whole for as long
        // as this runs, with as many headers as it says.
        let (info, sought) = unsafe { (&*info, &mut *sought.cast::<Sought>()) };
        if info.dlpi_phdr.is_null() {
            return 0;
        }
        // SAFETY: as above.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        let loaded = || headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
        let found = loaded().any(|header| {
            let begin = info.dlpi_addr.wrapping_add(header.p_vaddr);
            (begin..begin.saturating_add(header.p_memsz)).contains(&sought.address)
        });
        if found {
            sought.bytes = Some(loaded().map(|header| header.p_memsz).sum());
        }
        found.into()
    }
    let mut sought = Sought { address: address.addr() as u64, bytes: None };
    // SAFETY: the callback takes what it is given here, and does not unwind.
    unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut sought).cast()) };
    sought.bytes
}

/// As above: not told here.
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
pub(crate) fn mapped_around(_address: *const ()) -> Option<u64> {
    None
}
