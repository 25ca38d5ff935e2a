//! The folder, and the socket in it.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::host::control::error::ControlError;

/// The most bytes of a socket's path.
///
/// **Source:** `sun_path` of `struct sockaddr_un`, with the zero at its end: 108 on Linux, 104 elsewhere.
pub(super) const MOST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Counts the sockets of this process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A socket in the folder, which is made where it is missing. Only the user of this process can connect to it, from the
/// moment at which it has its name.
pub(super) fn bind(folder: &Path) -> Result<(PathBuf, UnixListener), ControlError> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let socket = loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let socket = folder.join(format!("{}-{number}.sock", std::process::id()));
        if socket.as_os_str().as_bytes().len() > MOST {
            return Err(ControlError::PathTooLong { socket, most: MOST });
        }
        ensure(&folder)?;
        // A host whose process had the same number left it; or it is alive, in another space of processes.
        if socket.symlink_metadata().is_err() || is_left_behind(&socket) {
            break socket;
        }
    };
    let listener =
        open(&folder, &socket).map_err(|source| ControlError::Socket { socket: socket.clone(), source })?;
    Ok((socket, listener))
}

/// Under another name first, which nobody looks for, until its mode is as it must be. The name may not be longer.
fn open(folder: &Path, socket: &Path) -> io::Result<UnixListener> {
    let name = socket.file_stem().unwrap_or_default().to_string_lossy();
    let before = folder.join(format!(".{name}"));
    match fs::remove_file(&before) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&before)?;
    let named = fs::set_permissions(&before, Permissions::from_mode(0o600))
        .and_then(|()| listener.set_nonblocking(true))
        .and_then(|()| fs::rename(&before, socket));
    if let Err(error) = named {
        // What is left of it does no harm: nobody looks for that name.
        let _removed = fs::remove_file(&before);
        return Err(error);
    }
    Ok(listener)
}

fn is_left_behind(socket: &Path) -> bool {
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    std::os::unix::net::UnixStream::connect(socket).is_err_and(refused)
}

/// A folder of this user's, to which nobody else may write.
fn ensure(folder: &Path) -> Result<(), ControlError> {
    let failed = |source| ControlError::Folder { folder: folder.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let metadata = folder.metadata().map_err(failed)?;
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user && owner != 0 {
        return Err(ControlError::Owner { folder: folder.to_owned(), owner, user });
    }
    let mode = metadata.mode() & 0o7777;
    // Without a name for who asks, the folder is what keeps others out.
    let others = if cfg!(target_os = "linux") { 0o022 } else { 0o077 };
    if mode & others != 0 {
        return Err(ControlError::Open { folder: folder.to_owned(), mode });
    }
    Ok(())
}
