//! What a binary says of itself, read without loading or mapping it.
//!
//! Decides which bytes of a file are its notes, and whether they can be believed. The shape of a note is
//! [`keyway::note`]'s; whether a manifest fits the host is the resolver's; loading is the bridge's.
//!
//! Every file is hostile until read: nothing is mapped (a file that shrinks under a mapping is a SIGBUS), no length is
//! trusted before it was compared with the file's, and every list has a limit. A file that says that the loader should
//! map more than there is, is refused here, since the loader itself would die of it.
//!
//! The usual ELF plugin costs one read of 4 KiB: program headers lead to its notes, so that stripped files, and files
//! without any section header, are read as well. What that does not find is looked for by the section's name.

mod elf;
mod error;
mod format;
mod macho;
mod notes;
mod pe;
mod source;

use std::fs::File;
use std::path::Path;

use keyway::manifest::Manifest;
use keyway::note::BuildRecord;

pub(crate) use self::elf::dynamic::Dynamic;
pub use self::error::{NoteProblem, SectionError};
pub use self::format::{Container, Format, Kind};
use self::source::{HEAD, Source};

/// The major of the C ABI whose records this reader believes.
pub const ABI_MAJOR: u16 = 1;

/// The most bytes of headers or notes that are read at once: a file that asks for more is refused.
pub const MAX_READ: u64 = 4 << 20;

/// The most notes of ours that one file may hold.
pub const MAX_NOTES: usize = 4096;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// How it was built, where it says so.
    pub build: Option<BuildRecord>,
    /// Its plugins, sorted by id; a host binary may have none.
    pub manifests: Vec<Manifest>,
    /// What kind of file it is.
    pub format: Format,
}

/// Reads the notes of a file.
///
/// **Errors:** [`SectionError::NotAnObject`] and [`SectionError::NoNotes`] where a scan just goes on; everything else
/// is worth a word to the operator.
pub fn read(path: &Path) -> Result<Notes, SectionError> {
    let file = open(path)?;
    read_from(&file, path)
}

/// Reads the notes of a file that is open; `path` is what errors call it. The file's position is not kept.
///
/// **Errors:** as [`read`].
pub fn read_from(file: &File, path: &Path) -> Result<Notes, SectionError> {
    let mut room = [0; HEAD];
    let source = Source::new(file, path, &mut room)?;
    let (format, found) = if source.head().starts_with(b"\x7fELF") {
        elf::notes(&source)?
    } else if macho::begins(source.head()) {
        macho::notes(&source)?
    } else if source.head().starts_with(b"MZ") {
        pe::notes(&source)?
    } else {
        return Err(source.not_an_object());
    };
    if found.is_empty() {
        return Err(SectionError::NoNotes { path: path.into(), format });
    }
    let (build, manifests) = found.finish();
    Ok(Notes { build, manifests, format })
}

/// What kind of file it is, whether or not it has notes.
///
/// **Errors:** as [`read`], without [`SectionError::NoNotes`].
pub fn format(path: &Path) -> Result<Format, SectionError> {
    match read(path) {
        Ok(Notes { format, .. })
        | Err(SectionError::NoNotes { format, .. } | SectionError::Note { format, .. }) => Ok(format),
        Err(error) => Err(error),
    }
}

/// The libraries that an ELF or PE file needs, and where it asks for them to be looked for; `None` for other files.
pub(crate) fn dynamic(path: &Path) -> Result<Option<Dynamic>, SectionError> {
    let file = open(path)?;
    let mut room = [0; HEAD];
    let source = Source::new(&file, path, &mut room)?;
    if source.head().starts_with(b"\x7fELF") {
        elf::dynamic::read(&source).map(Some)
    } else if source.head().starts_with(b"MZ") {
        pe::imports::read(&source).map(Some)
    } else {
        Ok(None)
    }
}

fn open(path: &Path) -> Result<File, SectionError> {
    crate::platform::open(path).map_err(|source| SectionError::Io {
        path: path.into(),
        action: "opened",
        source,
    })
}
