//! What an ELF file asks of the loader: the libraries that it needs, and where to look for them.
//!
//! Read through the program headers, as the loader does, so that it works without section headers.

use std::borrow::Cow;

use super::super::source::Source;
use super::super::{MAX_READ, SectionError};
use super::header::{Header, Segment};
use super::{PT_DYNAMIC, PT_LOAD};

const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_STRSZ: u64 = 10;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;

/// The most texts of one sort, and the most bytes of one text.
const MAX_TEXTS: usize = 1024;

/// What a file asks of the loader.
#[derive(Debug, Default)]
pub(crate) struct Dynamic {
    /// The libraries that it needs, in its order.
    pub(crate) needed: Vec<String>,
    /// Where it asks for them to be looked for; `$ORIGIN` is not replaced yet.
    pub(crate) folders: Vec<String>,
}

/// Reads the dynamic table of an ELF file; a file without one asks for nothing.
pub(crate) fn read(source: &Source<'_>) -> Result<Dynamic, SectionError> {
    let header = Header::read(source)?;
    let segments = header.segments(source)?;
    let Some(table) = segments.iter().find(|segment| segment.kind == PT_DYNAMIC) else {
        return Ok(Dynamic::default());
    };
    let bytes = source.bytes("the dynamic table", table.offset, table.file_size)?;
    let entries: Vec<_> = bytes
        .chunks_exact(if header.layout.wide { 16 } else { 8 })
        .map(|entry| (header.layout.long(entry, 0, 0), header.layout.long(entry, 4, 8)))
        .take_while(|(tag, _)| *tag != 0)
        .collect();
    let value = |wanted| entries.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| *value);
    let Some(at) = value(DT_STRTAB).and_then(|address| in_file(&segments, address)) else {
        return Ok(Dynamic::default());
    };
    let length = value(DT_STRSZ).unwrap_or(0).min(MAX_READ);
    let strings = source.bytes("the dynamic strings", at, length)?;
    let texts = |tags: &[u64]| -> Vec<String> {
        let wanted = entries.iter().filter(|(tag, _)| tags.contains(tag)).take(MAX_TEXTS);
        wanted.filter_map(|(_, offset)| text(&strings, *offset).map(Cow::into_owned)).collect()
    };
    let folders = texts(&[DT_RPATH, DT_RUNPATH]);
    let folders = folders.iter().flat_map(|list| list.split(':')).filter(|folder| !folder.is_empty());
    Ok(Dynamic { needed: texts(&[DT_NEEDED]), folders: folders.map(Into::into).collect() })
}

/// Where in the file that stands which will be mapped at an address.
fn in_file(segments: &[Segment], address: u64) -> Option<u64> {
    let holds = |segment: &&Segment| {
        segment.kind == PT_LOAD
            && address.checked_sub(segment.address).is_some_and(|at| at < segment.file_size)
    };
    let segment = segments.iter().find(holds)?;
    segment.offset.checked_add(address - segment.address)
}

fn text(strings: &[u8], offset: u64) -> Option<Cow<'_, str>> {
    let rest = strings.get(usize::try_from(offset).ok()?..)?;
    let end = rest.iter().take(MAX_TEXTS).position(|byte| *byte == 0)?;
    Some(String::from_utf8_lossy(&rest[..end]))
}
