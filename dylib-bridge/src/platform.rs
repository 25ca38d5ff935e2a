//! What differs from system to system: names of libraries, how files are opened, how a library is to be loaded.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::OsStr;
use std::path::Path;

#[cfg(unix)]
pub use self::unix::OPEN_FLAGS;
#[cfg(unix)]
pub(crate) use self::unix::{
    ASK_THE_LOADER, BESIDE, access, allow, is_no_file, kind_of, mapped_around, no_exec, open, read_at,
    searched, system_folders,
};
#[cfg(windows)]
pub use self::windows::OPEN_FLAGS;
#[cfg(windows)]
pub(crate) use self::windows::{
    ASK_THE_LOADER, BESIDE, access, allow, is_no_file, kind_of, mapped_around, no_exec, open, read_at,
    searched, system_folders,
};

/// The file name that a library has: `lib{stem}.so`, `lib{stem}.dylib`, `{stem}.dll`.
pub fn library_file_name(stem: &str) -> String {
    format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// Whether a file's name is one of a library, and not of something that is still being written (a leading dot).
///
/// **Platforms:** `.so`; on Apple's `.dylib` and `.so`; `.dll` on Windows, in any case.
pub fn is_library_file(path: &Path) -> bool {
    let Some(name) = path.file_name() else { return false };
    let Some(extension) = path.extension() else { return false };
    let is = |wanted: &str| {
        if cfg!(windows) { extension.eq_ignore_ascii_case(wanted) } else { extension == OsStr::new(wanted) }
    };
    let ours = is(std::env::consts::DLL_EXTENSION) || (cfg!(target_vendor = "apple") && is("so"));
    ours && !name.as_encoded_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_known_by_the_platforms_name() {
        let name = library_file_name("word_count");
        assert!(name.contains("word_count") && name.ends_with(std::env::consts::DLL_SUFFIX), "{name}");
        assert!(is_library_file(Path::new("plugins").join(&name).as_path()));
        for other in ["README.md", "so", ".so", "liba.so.tmp", "", "/", "plugin.toml"] {
            assert!(!is_library_file(Path::new(other)), "{other}");
        }
        assert!(!is_library_file(Path::new(&format!(".{name}"))), "a hidden file");
    }
}
