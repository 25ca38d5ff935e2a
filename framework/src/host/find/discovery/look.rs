//! What stands at a path: its kind and its stamp, for one `stat`.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use super::super::stamp::Stamp;

/// What stands at a path, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) kind: Kind,
    pub(super) stamp: Stamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A pipe, a socket, a device: never opened, since that may wait for somebody.
    Other,
}

impl Look {
    /// By the system call itself: for a thousand plugins it is nearly all that a warm start does.
    #[cfg(unix)]
    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "the fields' types differ from system to system"
    )]
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        use rustix::fs::FileType;
        let stat = rustix::fs::stat(path)?;
        let kind = match FileType::from_raw_mode(stat.st_mode as _) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            _ => Kind::Other,
        };
        let stamp = Stamp {
            size: stat.st_size as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as u32),
            inode: stat.st_ino as u64,
            device: stat.st_dev as u64,
        };
        Ok(Self { kind, stamp })
    }

    #[cfg(not(unix))]
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        let kind = if metadata.is_file() {
            Kind::File
        } else if metadata.is_dir() {
            Kind::Folder
        } else {
            Kind::Other
        };
        Ok(Self { kind, stamp: Stamp::of(&metadata) })
    }

    /// What makes it that file or folder, whatever it is called.
    #[cfg(unix)]
    pub(super) fn identity(&self, _path: impl FnOnce() -> PathBuf) -> Identity {
        (self.stamp.device, self.stamp.inode)
    }

    /// Without inodes the whole path is what tells.
    #[cfg(not(unix))]
    pub(super) fn identity(&self, path: impl FnOnce() -> PathBuf) -> Identity {
        let path = path();
        path.canonicalize().unwrap_or(path)
    }
}

#[cfg(unix)]
pub(super) type Identity = (u64, u64);

#[cfg(not(unix))]
pub(super) type Identity = PathBuf;

/// Which files and folders have been reached.
pub(super) type Reached = HashSet<Identity, BuildHasherDefault<Mixed>>;

/// Mixes the few numbers of an identity. A file system gives inodes out by itself, so that nobody can choose many that
/// collide; std's own hasher would take a tenth of a warm start.
#[derive(Default)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_look_gives_the_stamp_that_std_gives_and_follows_links() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "twelve bytes").unwrap();
        symlink(&file, &link).unwrap();
        let look = Look::at(&link).unwrap();
        assert_eq!(look, Look { kind: Kind::File, stamp: Stamp::of_path(&file).unwrap() });
        assert_eq!(look.stamp.size, 12);
        assert_eq!(Look::at(folder.path()).unwrap().kind, Kind::Folder);
        assert_eq!(Look::at(Path::new("/dev/null")).unwrap().kind, Kind::Other);
        fs::remove_file(&file).unwrap();
        assert_eq!(Look::at(&link).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
