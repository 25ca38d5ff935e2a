//! Getting an image into the process: the system's loader, the entry function, the size of what was mapped.

use std::mem::ManuallyDrop;
use std::path::Path;

use keyway::abi::{ENTRY, LibraryTable};

#[cfg(unix)]
use libloading::os::unix as system;
#[cfg(windows)]
use libloading::os::windows as system;

use crate::platform::{self, OPEN_FLAGS};

/// An image that is in the process, for as long as that lives.
#[derive(Debug)]
pub(crate) struct Opened {
    /// What its entry function gave; `None` where it has none.
    pub(crate) table: Option<Answer>,
    /// Bytes of its segments in memory; of its file where the system does not tell them.
    pub(crate) bytes: u64,
}

/// What an entry function gave, unchecked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer(pub(crate) *const LibraryTable);

// SAFETY: null, or a table of an image that is never unmapped, and tables are constant; it is read by whoever has checked
// it.
unsafe impl Send for Answer {}
// SAFETY: as above.
unsafe impl Sync for Answer {}

/// Loads the image and asks it for its table.
///
/// **Errors:** the text of the system's loader.
pub(crate) fn open(path: &Path) -> Result<Opened, String> {
    // SAFETY: the library's initialisers run here. Whoever puts a library into a plugin folder trusts it like the host's
    // own code; all that can be said of it without running it was read and resolved before.
    #[cfg(unix)]
    let opened = unsafe { system::Library::open(Some(path), OPEN_FLAGS) };
    // SAFETY: as above.
    #[cfg(windows)]
    let opened = unsafe { system::Library::load_with_flags(path, OPEN_FLAGS) };
    // Never closed: code and constants of it are referred to until the process ends.
    let library = ManuallyDrop::new(opened.map_err(|error| loaders_text(&error))?);
    // SAFETY: a symbol of this name has this type in every library; the name changes when the type does.
    let entry = unsafe { library.get::<unsafe extern "C" fn() -> *const LibraryTable>(ENTRY) };
    let Ok(entry) = entry.map(|entry| *entry) else {
        return Ok(Opened { table: None, bytes: size_of_file(path) });
    };
    let bytes = platform::mapped_around(entry as *const ()).unwrap_or_else(|| size_of_file(path));
    // SAFETY: the entry function takes nothing and has no duties.
    Ok(Opened { table: Some(Answer(unsafe { entry() })), bytes })
}

fn size_of_file(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// What the system said, without the wrapping.
fn loaders_text(error: &libloading::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text = source.to_string();
        next = source.source();
    }
    text
}
