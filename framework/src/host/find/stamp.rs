//! What tells one state of a file from another: its stamp, which costs a `stat`, and its digest, which costs a read.
//!
//! Sizes and times alone do not do: a file can be replaced by another of the same size and time. On Unix the stamp also has
//! the inode, the device and the time of the last change of the inode, which no program can set.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// The state of a file or folder, as `stat` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// The last change of its content: seconds since the epoch, and nanoseconds.
    pub modified: (i64, u32),
    /// The last change of the inode in the same form; 0 where the platform has none.
    pub changed: (i64, u32),
    /// 0 where the platform has none.
    pub inode: u64,
    /// 0 where the platform has none.
    pub device: u64,
}

impl Stamp {
    /// The stamp of what a path refers to, links followed.
    pub fn of_path(path: &Path) -> io::Result<Self> {
        path.metadata().map(|metadata| Self::of(&metadata))
    }

    /// The stamp in what `stat` gave.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec() as u32),
            changed: (metadata.ctime(), metadata.ctime_nsec() as u32),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }

    /// The stamp in what `stat` gave.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().map_or((0, 0), since_epoch),
            changed: (0, 0),
            inode: 0,
            device: 0,
        }
    }

    /// Whether two stamps differ at most in what says nothing of the content: links to the file, its owner and its rights.
    /// A program that wants to can set all that is compared here.
    pub fn is_likely(&self, other: &Self) -> bool {
        let changed = other.changed;
        Self { changed, ..*self } == *other
    }

    /// Whether the file may have been changed after it was stamped without the stamp telling: it was stamped at `read`,
    /// within the steps in which file systems keep time.
    pub fn doubtful(&self, read: SystemTime) -> bool {
        /// FAT keeps even seconds; Linux stamps by the tick of its clock, a few milliseconds.
        const STEP: Duration = Duration::from_secs(2);
        let last = self.modified.max(self.changed);
        since_epoch(read.checked_sub(STEP).unwrap_or(SystemTime::UNIX_EPOCH)) <= last
    }
}

/// Seconds and nanoseconds since the epoch; what lies before it is at it.
fn since_epoch(time: SystemTime) -> (i64, u32) {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

/// The content of a file: BLAKE3, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Of a file's content.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path)?)?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    /// The first 12 digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no digest: 64 hexadecimal digits are")]
pub struct InvalidDigest(String);

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        blake3::Hash::from_hex(text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| InvalidDigest(text.to_owned()))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_from_its_text_and_nothing_else_does() {
        let digest = Digest::of(b"keyway");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.short().len(), 12);
        let refused = digest.short().parse::<Digest>().unwrap_err();
        assert!(refused.to_string().ends_with("is no digest: 64 hexadecimal digits are"), "{refused}");
    }

    #[test]
    #[cfg(unix)]
    fn a_file_replaced_by_one_of_the_same_size_and_time_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        std::fs::write(&old, b"one").unwrap();
        std::fs::write(&new, b"two").unwrap();
        let time = old.metadata().unwrap().modified().unwrap();
        File::options().write(true).open(&new).unwrap().set_modified(time).unwrap();
        let before = Stamp::of_path(&old).unwrap();
        std::fs::rename(&new, &old).unwrap();
        let after = Stamp::of_path(&old).unwrap();
        assert_eq!((before.size, before.modified), (after.size, after.modified));
        assert_ne!(before, after);
    }

    #[test]
    fn a_stamp_is_in_doubt_until_the_clock_has_passed_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stamp = Stamp::of_path(file.path()).unwrap();
        let now = SystemTime::now();
        assert!(stamp.doubtful(now));
        assert!(!stamp.doubtful(now + Duration::from_secs(10)));
    }
}
