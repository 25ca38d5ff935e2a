//! The cache's file: whose it has to be, how it is read, how it is replaced.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::refusal::Unusable;

/// The file's name in its folder. The number is that of the form.
pub(super) const NAME: &str = "found-v1";
/// What a file is called until it is whole.
const BEFORE: &str = ".found-";
/// A larger file was not written here.
const MOST_BYTES: u64 = 256 << 20;

/// Who runs this process; 0 where there are no numbers for users.
pub(super) fn user() -> u32 {
    #[cfg(unix)]
    return rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    return 0;
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unusable> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unusable::Missing,
        _ => Unusable::Unreadable { source },
    };
    let file = open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(Unusable::NotAFile);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if metadata.uid() != user() {
            return Err(Unusable::Owner { found: metadata.uid(), expected: user() });
        }
        if metadata.mode() & 0o022 != 0 {
            return Err(Unusable::Mode { found: metadata.mode() & 0o7777 });
        }
    }
    if metadata.len() > MOST_BYTES {
        return Err(Unusable::Damaged);
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    file.take(metadata.len() + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Opens the file itself, not what a link refers to; a pipe in its place makes nobody wait.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    options.open(path)
}

/// Puts a file of these bytes in the place of the one that is there: whoever reads sees the old one or the new one. Of
/// two that write at once the last one stays. It is not synchronised: after a power cut the checksum tells.
pub(super) fn replace(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // With mode 0600.
    let mut file = tempfile::Builder::new().prefix(BEFORE).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(folder.join(NAME))?;
    Ok(())
}

/// Removes the file, and what a process that was killed has left of one. Says whether there was any.
pub(super) fn remove(folder: &Path) -> io::Result<bool> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name == NAME || name.starts_with(BEFORE))
    };
    let mut removed = false;
    for path in entries.flatten().map(|entry| entry.path()).filter(ours) {
        match fs::remove_file(&path) {
            Ok(()) => removed = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}
