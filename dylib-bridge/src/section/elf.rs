//! ELF, 32 and 64 bits, both byte orders: program headers first, section headers where those lead nowhere.
//!
//! **Source:** System V ABI, chapters 4 and 5; `elf(5)`.

pub(super) mod dynamic;
mod header;

use std::borrow::Cow;

use keyway::note;

use self::header::{Header, Segment};
use super::notes::Found;
use super::source::Source;
use super::{Format, Kind, MAX_READ, SectionError};

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_NOTE: u32 = 4;
const SHT_NOBITS: u32 = 8;

/// Reads the notes of an ELF file.
pub(super) fn notes<'s, 'f>(source: &'s Source<'f>) -> Result<(Format, Found<'s, 'f>), SectionError> {
    let header = Header::read(source)?;
    let mut found = Found::new(source, header.format);
    if header.format.kind == Kind::Core {
        return Ok((header.format, found));
    }
    let segments = header.segments(source)?;
    mapped(source, &segments)?;
    for segment in note_segments(source, &segments)? {
        let bytes = source.bytes("a note segment", segment.offset, segment.file_size)?;
        found.walk(segment.offset, &bytes, if segment.align == 8 { 8 } else { 4 })?;
    }
    if found.is_empty() {
        by_name(source, &header, &mut found)?;
    }
    Ok((header.format, found))
}

/// Whether what the loader would map is there: reading a page behind the file's end kills the process.
fn mapped(source: &Source<'_>, segments: &[Segment]) -> Result<(), SectionError> {
    for segment in segments.iter().filter(|segment| segment.kind == PT_LOAD) {
        source.check("a segment to be mapped", segment.offset, segment.file_size)?;
        if segment.file_size > segment.memory_size {
            let (found, expected) =
                (format!("{} bytes long", segment.file_size), format!("at most {}", segment.memory_size));
            return Err(source.malformed("a segment to be mapped", segment.offset, found, expected));
        }
    }
    Ok(())
}

/// The note segments, in the file's order; none may lie over another, and together they have a limit.
fn note_segments<'a>(source: &Source<'_>, segments: &'a [Segment]) -> Result<Vec<&'a Segment>, SectionError> {
    let mut notes: Vec<_> =
        segments.iter().filter(|segment| segment.kind == PT_NOTE && segment.file_size > 0).collect();
    notes.sort_by_key(|segment| segment.offset);
    let mut total = 0_u64;
    for (i, segment) in notes.iter().enumerate() {
        source.check("a note segment", segment.offset, segment.file_size)?;
        total = total.saturating_add(segment.file_size);
        if total > MAX_READ {
            let (found, expected) =
                (format!("with those before it {total} bytes"), format!("at most {MAX_READ}"));
            return Err(source.malformed("a note segment", segment.offset, found, expected));
        }
        if let Some(next) = notes.get(i + 1)
            && segment.offset + segment.file_size > next.offset
        {
            let found = format!("inside the one of byte {}", segment.offset);
            return Err(source.malformed("a note segment", next.offset, found, "apart from the others"));
        }
    }
    Ok(notes)
}

/// Looks for the section by its name: in objects that are not linked, and where the section is no note to the linker.
fn by_name(source: &Source<'_>, header: &Header, found: &mut Found<'_, '_>) -> Result<(), SectionError> {
    const NAME: &[u8] = b".note.keyway\0";
    let sections = header.sections(source)?;
    let Some(names) = sections.get(header.names as usize).filter(|names| names.kind != SHT_NOBITS) else {
        return Ok(());
    };
    if names.size == 0 {
        return Ok(());
    }
    let names = source.bytes("the section names", names.offset, names.size)?;
    let mut ours: Vec<_> = sections
        .iter()
        .filter(|section| names.get(section.name as usize..).is_some_and(|name| name.starts_with(NAME)))
        .collect();
    ours.sort_by_key(|section| section.offset);
    let mut end = 0;
    for section in ours {
        let what = "the section `.note.keyway`";
        if section.kind == SHT_NOBITS {
            return Err(source.malformed(
                what,
                section.offset,
                "without bytes in the file",
                "a note section",
            ));
        }
        if section.offset < end {
            return Err(source.malformed(what, section.offset, "inside another one", "apart from it"));
        }
        let bytes: Cow<'_, [u8]> = source.bytes(what, section.offset, section.size)?;
        end = section.offset + section.size;
        found.walk(section.offset, &bytes, note::padded(1))?;
    }
    Ok(())
}
