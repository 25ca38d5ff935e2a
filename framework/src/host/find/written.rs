//! Reading what people write by hand: whole, within bounds, and with every mistake shown where it stands.
//!
//! Two syntaxes, TOML and JSON, become one [tree](tree::Node) that knows where each part was written. What the parts must
//! be is for the readers of each kind of file: [`super::sidecar`] and [`super::policy`]. They gather what is wrong in a
//! [`Proof`], and a file with one mistake is refused like one with ten.

use std::error::Error;
use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

pub use flaw::Flaw;
pub(in crate::host) use flaw::{harmless, plain};
pub(in crate::host) use proof::Proof;
pub(in crate::host) use tree::{Entry, Node, Value};
pub(in crate::host) use words::{plugin_id, rule, semver};

mod flaw;
mod json;
mod proof;
mod toml;
mod tree;
mod words;

/// The most bytes that such a file may have; people write a few hundred.
const MOST: u64 = 1 << 20;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Syntax {
    Toml,
    Json,
}

/// Reads a file into what `check` makes of its tree.
///
/// **Errors:** the file can not be read, or has mistakes: those of its syntax, or else all that `check` noted.
pub(in crate::host) fn read<T>(
    path: &Path,
    syntax: Syntax,
    check: impl FnOnce(&Node, &mut Proof) -> Option<T>,
) -> Result<T, WrittenError> {
    let text = text_of(path)?;
    let mut proof = Proof::new(&text);
    let node = match syntax {
        Syntax::Toml => toml::parse(&text, &mut proof),
        Syntax::Json => json::parse(&text, &mut proof),
    };
    let made = node.and_then(|node| check(&node, &mut proof));
    let (flaws, more) = proof.draw(path, &text);
    match made {
        Some(made) if flaws.is_empty() => Ok(made),
        _ => Err(WrittenError::Flawed { path: path.to_owned(), flaws, more }),
    }
}

fn text_of(path: &Path) -> Result<String, WrittenError> {
    let unreadable = |source| WrittenError::Unreadable { path: path.to_owned(), source };
    let regular = |metadata: &Metadata| match metadata.is_file() {
        true => Ok(()),
        false => Err(WrittenError::NotAFile { path: path.to_owned() }),
    };
    // Before it is opened, for opening a device can do something; and after, for it may have been exchanged meanwhile.
    regular(&path.metadata().map_err(unreadable)?)?;
    let file = open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    regular(&metadata)?;
    let too_large = || WrittenError::TooLarge { path: path.to_owned() };
    if metadata.len() > MOST {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| WrittenError::NotText {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// Without waiting for a writer, should it be a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Why a file that was written by hand can not be taken.
#[derive(Debug)]
pub(in crate::host) enum WrittenError {
    /// The system's reasons.
    Unreadable { path: PathBuf, source: io::Error },
    /// A folder, a pipe, a device.
    NotAFile { path: PathBuf },
    /// Nobody wrote that much by hand.
    TooLarge { path: PathBuf },
    /// Not UTF-8, from this byte on.
    NotText { path: PathBuf, offset: usize },
    /// What is written there, by place; the first of them, and how many there are besides.
    Flawed { path: PathBuf, flaws: Vec<Flaw>, more: usize },
}

impl WrittenError {
    pub(in crate::host) fn path(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. }
            | Self::NotAFile { path }
            | Self::TooLarge { path }
            | Self::NotText { path, .. }
            | Self::Flawed { path, .. } => path,
        }
    }

    /// By place; empty where it is not the content that is wrong.
    pub(in crate::host) fn flaws(&self) -> &[Flaw] {
        match self {
            Self::Flawed { flaws, .. } => flaws,
            _ => &[],
        }
    }

    pub(in crate::host) fn is_flawed(&self) -> bool {
        matches!(self, Self::Flawed { .. })
    }

    /// In one clause, whatever there is to draw.
    pub(in crate::host) fn summary(&self) -> String {
        let Self::Flawed { path, flaws, more } = self else { return self.to_string() };
        let Some(first) = flaws.first() else { return self.to_string() };
        let rest = match flaws.len() - 1 + more {
            0 => String::new(),
            1 => "; and one more mistake".to_owned(),
            rest => format!("; and {rest} more mistakes"),
        };
        format!("{}, line {}, column {}: {}{rest}", named(path), first.line, first.column, first.in_words())
    }

    pub(in crate::host) fn help(&self) -> String {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "put the file there, or remove the link that leads to it".into()
            }
            Self::Unreadable { .. } => "give the user who runs the host the right to read the file".into(),
            Self::NotAFile { .. } => "put a plain file there, or nothing".into(),
            Self::TooLarge { .. } => "keep the file below 1 MiB".into(),
            Self::NotText { .. } => "save the file as UTF-8".into(),
            Self::Flawed { .. } => {
                "mend what is marked; nothing of the file counts before all of it does".into()
            }
        }
    }
}

fn named(path: &Path) -> String {
    format!("`{}`", harmless(&path.display().to_string()))
}

impl fmt::Display for WrittenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = named(self.path());
        match self {
            Self::Unreadable { .. } => write!(f, "{path} can not be read"),
            Self::NotAFile { .. } => write!(f, "{path} is no plain file"),
            Self::TooLarge { .. } => write!(f, "{path} has more than 1 MiB"),
            Self::NotText { offset, .. } => write!(f, "{path} is not UTF-8 from byte {offset} on"),
            Self::Flawed { flaws, more, .. } => {
                match flaws.len() + more {
                    1 => write!(f, "{path} has a mistake")?,
                    count => write!(f, "{path} has {count} mistakes")?,
                }
                flaws.iter().try_for_each(|flaw| write!(f, "\n{}", flaw.drawn()))?;
                if *more > 0 { write!(f, "\nand {more} more") } else { Ok(()) }
            }
        }
    }
}

impl Error for WrittenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}
