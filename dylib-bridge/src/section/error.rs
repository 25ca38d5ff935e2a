//! Why a file's notes could not be read.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use keyway::id::PluginId;
use keyway::note::{KIND_BUILD, KIND_MANIFEST, MAX_TEXT};

use super::{ABI_MAJOR, Container, Format, MAX_NOTES};

/// What a plugin crate gives that is no `cdylib`.
pub(super) const ARCHIVE: &str = "an archive of objects";

/// Why a file's notes could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// The system would not have it.
    #[error("`{path}` could not be {action}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: "opened", "read".
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A folder, a pipe, a device.
    #[error("`{path}` is {found}, and a library is a regular file")]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What stands there.
        found: &'static str,
    },
    /// Neither ELF nor Mach-O nor PE: something else that lies in the folder.
    #[error("`{path}` is {found}, and no ELF, Mach-O or PE file")]
    NotAnObject {
        /// The file.
        path: PathBuf,
        /// What its first bytes look like.
        found: Cow<'static, str>,
    },
    /// An object file that has nothing to do with us.
    #[error("`{path}` ({format}) has no keyway notes")]
    NoNotes {
        /// The file.
        path: PathBuf,
        /// What kind of file it is.
        format: Format,
    },
    /// An object file that contradicts itself, or is cut short.
    #[error("`{path}` is malformed: {what} (byte {offset}) is {found}, and should be {expected}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The part of the file.
        what: Cow<'static, str>,
        /// Where that part begins, in bytes from the file's start.
        offset: u64,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// A note of ours that can not be believed.
    #[error("`{path}` has a keyway note (byte {offset}) with {problem}")]
    Note {
        /// The file.
        path: PathBuf,
        /// What kind of file it is.
        format: Format,
        /// Where the note begins, in bytes from the file's start.
        offset: u64,
        /// What is wrong with it.
        problem: NoteProblem,
        /// What serde said, with line and column, where the text is JSON of another shape.
        source: Option<serde_json::Error>,
    },
}

impl SectionError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "file-unreadable",
            Self::NotAFile { .. } => "not-a-file",
            Self::NotAnObject { .. } => "not-an-object",
            Self::NoNotes { .. } => "no-notes",
            Self::Malformed { .. } => "malformed-object",
            Self::Note { problem, .. } => problem.code(),
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Io { .. } => "give the user who runs the host the right to read it".into(),
            Self::NotAnObject { found, .. } if found == ARCHIVE => {
                "build a library for a folder: `crate-type = [\"rlib\", \"cdylib\"]` in the plugin's Cargo.toml".into()
            }
            Self::NotAFile { .. } | Self::NotAnObject { .. } => {
                "keep only plugin libraries in the folder, or name the library itself".into()
            }
            Self::NoNotes { format, .. } => {
                let section = match format.container {
                    Container::Elf => ".note.keyway",
                    Container::MachO => "__DATA,__keyway",
                    Container::Pe => ".keyway",
                };
                format!(
                    "build the library from a crate with `#[keyway::plugin]` and `crate-type = [\"rlib\", \"cdylib\"]`, \
                     and do not drop the section `{section}` afterwards"
                )
            }
            Self::Malformed { .. } => {
                "copy or build the file again: it is damaged, or still being written".into()
            }
            Self::Note { problem, .. } => problem.help(),
        }
    }
}

/// What is wrong with one note of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteProblem {
    /// The owner's name is not counted with its zero.
    #[error("an owner name of {found} bytes, where `Keyway` and its zero are 7")]
    Owner {
        /// The length that it says.
        found: u32,
    },
    /// A kind that this reader does not know.
    #[error("the kind {found}, where this reader knows {KIND_BUILD} (build) and {KIND_MANIFEST} (manifest)")]
    Kind {
        /// The kind that it says.
        found: u32,
    },
    /// Longer than allowed, or longer than what holds it.
    #[error("a text of {found} bytes, where at most {limit} fit")]
    Length {
        /// The length that it says.
        found: u64,
        /// What is left of the section, or [`MAX_TEXT`], whichever is less.
        limit: u64,
    },
    /// More notes than a reader takes.
    #[error("{MAX_NOTES} others before it, which is the limit")]
    TooMany,
    /// Not UTF-8.
    #[error("a text that is not UTF-8 from its byte {valid} on")]
    Utf8 {
        /// How many bytes are good.
        valid: usize,
    },
    /// Not the JSON of a manifest or of a build record.
    #[error("a text that is no {what}")]
    Json {
        /// "manifest" or "build record".
        what: &'static str,
    },
    /// Two manifests with one id.
    #[error("the manifest of `{id}`, which an earlier note (byte {first}) has already")]
    Duplicate {
        /// The id.
        id: PluginId,
        /// Where the other note begins.
        first: u64,
    },
    /// Two build records.
    #[error("a second build record, where an earlier note (byte {first}) has one already")]
    TwoBuilds {
        /// Where the other note begins.
        first: u64,
    },
    /// An ABI that this reader does not speak.
    #[error("the ABI `{found}`, where this host speaks major {ABI_MAJOR}")]
    Abi {
        /// What the build record says.
        found: String,
    },
}

impl NoteProblem {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Owner { .. } => "note-owner",
            Self::Kind { .. } => "note-kind",
            Self::Length { .. } => "note-length",
            Self::TooMany => "note-count",
            Self::Utf8 { .. } => "note-utf8",
            Self::Json { .. } => "note-json",
            Self::Duplicate { .. } => "note-duplicate",
            Self::TwoBuilds { .. } => "note-two-builds",
            Self::Abi { .. } => "note-abi",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Kind { .. } => "update the host: the library was built with a newer framework".into(),
            Self::Abi { .. } => {
                format!("build the library against a framework whose ABI is {ABI_MAJOR}, or update the host")
            }
            Self::Duplicate { id, .. } => format!("leave one plugin called `{id}` in the library"),
            Self::TwoBuilds { .. } => "link one copy of the framework into the library".into(),
            Self::TooMany => "split the library".into(),
            Self::Length { .. } => {
                format!("a manifest has at most {MAX_TEXT} bytes; if it has, copy or build the file again")
            }
            Self::Owner { .. } | Self::Utf8 { .. } | Self::Json { .. } => {
                "build the library again; notes written by hand follow `keyway::note`".into()
            }
        }
    }
}
