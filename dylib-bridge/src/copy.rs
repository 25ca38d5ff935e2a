//! A private copy of a library, under a name that nothing in the process was ever loaded by.
//!
//! The system's loader knows an image by the name that it was loaded by and by its file: where another content came to
//! lie at one of the two, it gives the old image without a word. Which file needs a copy is [`crate::images`]' to decide.
//!
//! On Linux a copy is a file in memory, sealed and open for as long as the process lives, so that its name in
//! `/proc/self/fd` stays its own; it costs one file descriptor. Elsewhere, and where there is no such thing to be had, it
//! lies in a folder of its own that nobody else may enter, and goes as soon as it is loaded (on Windows, where a loaded
//! file can not go, it stays in the folder for temporary files).
//!
//! A copy does not lie where its original does, so that `$ORIGIN` (`@loader_path`) in what it needs is another folder:
//! what it needs from beside itself is found only where it is in the process already, as it is when the image before it
//! needed the same.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A copy of one state of a file.
#[derive(Debug)]
pub(crate) struct Copy {
    path: PathBuf,
    file: File,
    /// Removed with the value, or when the copy is loaded.
    folder: Option<TempDir>,
}

/// One way to make a copy.
pub(crate) type Way = fn(&Path, &mut File) -> io::Result<Copy>;

impl Copy {
    /// The ways to make one, the best first.
    pub(crate) const WAYS: &'static [Way] = &[
        #[cfg(target_os = "linux")]
        in_memory,
        in_folder,
    ];

    /// Where the loader finds it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What to do when it is in the process.
    pub(crate) fn loaded(&mut self) {
        // Where the system does not let go of a file that is loaded, it stays.
        drop(self.folder.take());
    }

    /// Whether a file has the same content.
    pub(crate) fn holds(&self, other: &mut File) -> io::Result<bool> {
        const PIECE: usize = 1 << 16;
        if self.file.metadata()?.len() != other.metadata()?.len() {
            return Ok(false);
        }
        other.rewind()?;
        let (mut ours, mut theirs) = (Vec::with_capacity(PIECE), Vec::with_capacity(PIECE));
        let mut at = 0;
        loop {
            theirs.clear();
            let count = other.take(PIECE as u64).read_to_end(&mut theirs)?;
            ours.resize(count, 0);
            let mut filled = 0;
            while filled < count {
                // By place: several threads may compare at once.
                match crate::platform::read_at(&self.file, &mut ours[filled..], at + filled as u64)? {
                    0 => return Ok(false),
                    more => filled += more,
                }
            }
            if ours != theirs {
                return Ok(false);
            }
            if count == 0 {
                return Ok(true);
            }
            at += count as u64;
        }
    }
}

/// In memory, and sealed.
///
/// **Source:** `memfd_create(2)`; `fcntl(2)`, file sealing.
#[cfg(target_os = "linux")]
fn in_memory(original: &Path, content: &mut File) -> io::Result<Copy> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use rustix::io::Errno;
    use std::os::fd::AsRawFd as _;
    use std::os::unix::ffi::OsStrExt as _;

    // For people who look at the process; at most 249 bytes of it.
    let name = original.file_name().unwrap_or_default().as_bytes();
    let name = &name[..name.len().min(200)];
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // To be mapped it need not be executable as a file; kernels before 6.3 do not know the word.
    let memory = match memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => memfd_create(name, flags),
        other => other,
    };
    let mut file = File::from(memory?);
    content.rewind()?;
    io::copy(content, &mut file)?;
    fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    // Where there is no `/proc` the copy is of no use.
    path.metadata()?;
    Ok(Copy { path, file, folder: None })
}

/// In a folder of its own.
fn in_folder(original: &Path, content: &mut File) -> io::Result<Copy> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("keyway-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = builder.tempdir()?;
    let path = folder.path().join(original.file_name().unwrap_or_default());
    let mut file = File::create_new(&path)?;
    content.rewind()?;
    io::copy(content, &mut file)?;
    drop(file);
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o500))?;
    Ok(Copy { file: File::open(&path)?, path, folder: Some(folder) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_copy_holds_what_its_original_was_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.so");
        let content: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        fs::write(&path, &content).unwrap();
        for way in Copy::WAYS {
            let mut original = File::open(&path).unwrap();
            let mut copy = way(&path, &mut original).unwrap();
            assert_eq!(fs::read(copy.path()).unwrap(), content);
            assert!(copy.holds(&mut original).unwrap() && copy.holds(&mut original).unwrap());
            for at in [0, 65_535, 65_536, content.len() - 1] {
                let mut other = content.clone();
                other[at] ^= 1;
                fs::write(folder.path().join("other"), other).unwrap();
                let mut other = File::open(folder.path().join("other")).unwrap();
                assert!(!copy.holds(&mut other).unwrap(), "byte {at} differs");
            }
            let before = copy.path().to_owned();
            copy.loaded();
            assert!(copy.holds(&mut original).unwrap());
            assert!(!before.starts_with(std::env::temp_dir()) || cfg!(windows) || !before.exists());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_copy_in_memory_can_not_be_written_and_its_name_stays_its_own() {
        use std::io::Write as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.so");
        fs::write(&path, "one").unwrap();
        let one = in_memory(&path, &mut File::open(&path).unwrap()).unwrap();
        let other = in_memory(&path, &mut File::open(&path).unwrap()).unwrap();
        assert_ne!(one.path(), other.path());
        let refused = (&one.file).write_all(b"two").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert!(one.file.set_len(0).is_err());
    }
}
