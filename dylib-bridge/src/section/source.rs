//! A file that is read in a few bounded pieces, each checked against the file's length first.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::path::Path;

use super::error::ARCHIVE;
use super::{MAX_READ, SectionError};
use crate::platform;

/// How much is read at the start: enough for the headers and the notes of most plugins.
pub(super) const HEAD: usize = 4096;

/// How many bytes one file may cost altogether.
const BUDGET: u64 = 4 * MAX_READ;

/// A file being read.
pub(super) struct Source<'a> {
    file: &'a File,
    path: &'a Path,
    length: u64,
    head: &'a [u8],
    budget: Cell<u64>,
}

impl<'a> Source<'a> {
    /// Asks for the file's length, and reads its head into `room`.
    pub(super) fn new(
        file: &'a File,
        path: &'a Path,
        room: &'a mut [u8; HEAD],
    ) -> Result<Self, SectionError> {
        let failed = |source| SectionError::Io { path: path.into(), action: "read", source };
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            let found = platform::kind_of(metadata.file_type());
            return Err(SectionError::NotAFile { path: path.into(), found });
        }
        let length = metadata.len();
        let wanted = usize::try_from(length).unwrap_or(HEAD).min(HEAD);
        let held = fill(file, &mut room[..wanted], 0).map_err(failed)?;
        let source = Self { file, path, length, head: &room[..held], budget: Cell::new(BUDGET) };
        if held < wanted { Err(source.shrunk(0)) } else { Ok(source) }
    }

    pub(super) fn head(&self) -> &'a [u8] {
        self.head
    }

    pub(super) fn path(&self) -> &'a Path {
        self.path
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether a part lies inside the file.
    pub(super) fn check(&self, what: &str, offset: u64, length: u64) -> Result<(), SectionError> {
        match offset.checked_add(length) {
            Some(end) if end <= self.length => Ok(()),
            end => Err(self.malformed(
                what,
                offset,
                match end {
                    Some(end) => format!("{length} bytes that end at {end}"),
                    None => format!("{length} bytes, past every number"),
                },
                format!("inside the file of {} bytes", self.length),
            )),
        }
    }

    /// A part of the file, from the head where that has it. It is at most [`MAX_READ`] long.
    pub(super) fn bytes(&self, what: &str, offset: u64, length: u64) -> Result<Cow<'_, [u8]>, SectionError> {
        self.check(what, offset, length)?;
        if let (Ok(start), Ok(size)) = (usize::try_from(offset), usize::try_from(length))
            && let Some(bytes) = self.head().get(start..start.saturating_add(size))
        {
            return Ok(Cow::Borrowed(bytes));
        }
        if length > MAX_READ.min(self.budget.get()) {
            let (found, expected) = (format!("{length} bytes long"), format!("at most {MAX_READ}"));
            return Err(self.malformed(what, offset, found, expected));
        }
        self.budget.set(self.budget.get() - length);
        let mut bytes = vec![0; length as usize];
        match fill(self.file, &mut bytes, offset) {
            Ok(read) if read == bytes.len() => Ok(Cow::Owned(bytes)),
            Ok(_) => Err(self.shrunk(offset)),
            Err(source) => Err(SectionError::Io { path: self.path.into(), action: "read", source }),
        }
    }

    pub(super) fn malformed(
        &self,
        what: &str,
        offset: u64,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> SectionError {
        let what = Cow::Owned(what.to_owned());
        SectionError::Malformed {
            path: self.path.into(),
            what,
            offset,
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// Says what the file looks like instead.
    pub(super) fn not_an_object(&self) -> SectionError {
        let head = self.head();
        let found = match head {
            [] => Cow::Borrowed("an empty file"),
            [b'#', b'!', ..] => Cow::Borrowed("a script"),
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => Cow::Borrowed(ARCHIVE),
            [0, b'a', b's', b'm', ..] => Cow::Borrowed("a WebAssembly module"),
            _ if head[..head.len().min(256)].iter().all(|b| matches!(b, 9..=13 | 32..=126 | 128..)) => {
                Cow::Borrowed("a text")
            }
            _ => {
                let first: Vec<_> = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
                Cow::Owned(format!("a file that begins with the bytes {}", first.join(" ")))
            }
        };
        SectionError::NotAnObject { path: self.path.into(), found }
    }

    fn shrunk(&self, offset: u64) -> SectionError {
        let expected = format!("as long as the file's {} bytes when it was opened", self.length);
        self.malformed("the file", offset, "shorter by now", expected)
    }
}

/// Reads until the buffer is full or the file ends; says how much it was.
fn fill(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match platform::read_at(file, &mut buffer[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
