//! Files and folders of the state: read without being led astray, replaced whole, kept beside.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempPath;

use super::time;

const TEMPORARY: (&str, &str) = (".keyway-", ".tmp");
/// Of a file that is read: more than any host has to say.
const MOST: u64 = 16 << 20;

/// Why a file was not read.
pub(super) enum Unread {
    /// The system's own reason.
    Denied(io::Error),
    /// It is not what it should be.
    Strange(&'static str),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Denied(error)
    }
}

/// A file that a link does not stand for. No link is followed, and no pipe waited for.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<Option<File>> {
    let file = match without_links(path, options) {
        Err(error) if is_link(&error) => return Ok(None),
        file => file?,
    };
    let plain = file.metadata()?.is_file();
    Ok(plain.then_some(file))
}

#[cfg(unix)]
fn without_links(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(0o600).custom_flags(flags.bits().cast_signed()).open(path)
}

/// What the system says of a link, or of a folder that was to be written.
#[cfg(unix)]
fn is_link(error: &io::Error) -> bool {
    error.kind() == ErrorKind::IsADirectory
        || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn without_links(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match path.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => Err(ErrorKind::IsADirectory.into()),
        _ => options.open(path),
    }
}

#[cfg(not(unix))]
fn is_link(error: &io::Error) -> bool {
    error.kind() == ErrorKind::IsADirectory
}

/// A file's content; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Unread> {
    let file = match open(path, OpenOptions::new().read(true)) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        file => file?.ok_or(Unread::Strange("it is a link or no file"))?,
    };
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(Unread::Strange("it is longer than 16 MiB"));
    }
    Ok(Some(bytes))
}

/// A folder and those above it, each for nobody but this user.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let above = folder.parent();
    above.map_or(Ok(()), make_folder)?;
    match builder.create(folder) {
        // Another host has made it meanwhile.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => above.map_or(Ok(()), bring_to_disk),
    }
}

/// A file with this text on the disk, under a name that nobody knows. It lies in the state's folder, whatever place it is to
/// take, so that those which a killed host leaves are found in one folder.
pub(super) fn write_temporary(state: &Path, text: &str) -> io::Result<TempPath> {
    let (prefix, suffix) = TEMPORARY;
    let mut file = tempfile::Builder::new().prefix(prefix).suffix(suffix).tempfile_in(state)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file.into_temp_path())
}

/// Whether a name is one that [`write_temporary`] gives.
pub(super) fn is_temporary(name: &str) -> bool {
    let (prefix, suffix) = TEMPORARY;
    name.starts_with(prefix) && name.ends_with(suffix) && !name.contains(std::path::is_separator)
}

/// Whether names in a folder may be changed, as far as that can be asked.
#[cfg(unix)]
pub(super) fn check_writable(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD};
    use rustix::io::Errno;
    let access = Access::WRITE_OK | Access::EXEC_OK;
    match rustix::fs::accessat(CWD, folder, access, AtFlags::EACCESS) {
        Err(error @ (Errno::ACCESS | Errno::ROFS)) => Err(error.into()),
        // A sandbox may not let it be asked; then the rename will tell.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) fn check_writable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes the folders between a file's place and the state's folder that are empty. The last that stays is given.
pub(super) fn remove_empty_folders<'a>(state: &'a Path, path: &'a Path) -> &'a Path {
    let mut last = path.parent().unwrap_or(state);
    while last != state && fs::remove_dir(last).is_ok() {
        last = last.parent().unwrap_or(state);
    }
    last
}

/// Gives a damaged file a second name, and tells it. The first name still stands for it, so that at no time there is none,
/// unless it is no file at all.
pub(super) fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    let time = time::for_a_file_name(SystemTime::now());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".damaged-{time}"));
    for number in 1_u32.. {
        let mut aside = path.with_file_name(&name);
        if number > 1 {
            aside.as_mut_os_string().push(format!("-{number}"));
        }
        let plain = path.symlink_metadata()?.is_file();
        let kept = match aside.symlink_metadata() {
            Ok(_) => continue,
            Err(_) if plain => fs::hard_link(path, &aside).or_else(|_| copy(path, &aside)),
            Err(_) => fs::rename(path, &aside),
        };
        kept?;
        bring_to_disk(path.parent().unwrap_or(path))?;
        return Ok(aside);
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// For file systems on which a file has one name.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

/// Removes what killed hosts left. For who holds the lock: nobody else is writing.
pub(super) fn clear_temporaries(state: &Path) {
    for entry in state.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(is_temporary) {
            // One that can not be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Brings the names in a folder to the disk.
#[cfg(unix)]
pub(super) fn bring_to_disk(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems know of no such thing for folders.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
pub(super) fn bring_to_disk(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder's owner and this process's user, where the first is neither the second nor the superuser.
#[cfg(unix)]
pub(super) fn foreign(folder: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let (owner, user) = (folder.metadata().ok()?.uid(), rustix::process::geteuid().as_raw());
    (owner != user && owner != 0).then_some((owner, user))
}

#[cfg(not(unix))]
pub(super) fn foreign(_: &Path) -> Option<(u32, u32)> {
    None
}
