//! The lock of who writes: the system's lock of a file, which ends with who holds it, killed or not.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{StoreError, files};
use crate::host::find::stamp::Stamp;

/// Locks the file until what is given back is dropped, or the process ends.
///
/// It is opened anew each time, as a lock belongs to the opening, not to the process: two threads wait for each other.
pub(super) fn take(path: &Path, patience: Duration) -> Result<File, StoreError> {
    let error = |source| StoreError::Lock {
        file: path.to_owned(),
        folder: path.parent().unwrap_or(path).to_owned(),
        source,
    };
    let since = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let mut options = OpenOptions::new();
        let opened = files::open(path, options.read(true).write(true).create(true).truncate(false));
        let file = opened.map_err(error)?.ok_or_else(|| StoreError::NoLock { file: path.to_owned() })?;
        match file.try_lock() {
            // Somebody may have removed the file, and another host have locked a new one.
            Ok(()) if is_at(&file, path) => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                if since.elapsed() >= patience {
                    return Err(StoreError::Busy { file: path.to_owned(), waited: patience });
                }
                std::thread::sleep(pause.min(patience.saturating_sub(since.elapsed())));
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let identity = |stamp: Stamp| (stamp.inode, stamp.device);
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(open), Ok(there)) => identity(Stamp::of(&open)) == identity(Stamp::of(&there)),
        _ => false,
    }
}
