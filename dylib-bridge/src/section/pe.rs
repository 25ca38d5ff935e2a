//! PE: the section `.keyway`.
//!
//! **Source:** "PE Format", Microsoft, as the `object` crate has it.

pub(super) mod imports;

use std::borrow::Cow;

use object::LittleEndian as LE;
use object::pe::{ImageNtHeaders32, ImageNtHeaders64};
use object::read::coff::SectionTable;
use object::read::pe::{DataDirectories, ImageNtHeaders};

use super::notes::Found;
use super::source::Source;
use super::{Container, Format, Kind, SectionError};

/// Signature and file header.
const FIXED: u64 = 24;

const SECTION_HEADER: u64 = 40;

/// The bytes of all headers behind the DOS header.
struct Bytes<'s> {
    at: u64,
    magic: u16,
    bytes: Cow<'s, [u8]>,
}

/// What the headers say.
struct Headers<'d> {
    format: Format,
    sections: SectionTable<'d>,
    directories: DataDirectories<'d>,
}

impl<'s> Bytes<'s> {
    fn read(source: &'s Source<'_>) -> Result<Self, SectionError> {
        let dos = source.bytes("the DOS header", 0, 64)?;
        let at = u64::from(u32::from_le_bytes([dos[60], dos[61], dos[62], dos[63]]));
        let fixed = source.bytes("the PE header", at, FIXED + 2)?;
        if !fixed.starts_with(b"PE\0\0") {
            let found = format!("{:02x?}", &fixed[..4]);
            return Err(source.malformed("the PE header", at, found, "`PE` and two zeros"));
        }
        let half = |field: usize| u16::from_le_bytes([fixed[field], fixed[field + 1]]);
        let (sections, optional, magic) = (u64::from(half(6)), u64::from(half(20)), half(24));
        let length = FIXED + optional + sections * SECTION_HEADER;
        Ok(Self { at, magic, bytes: source.bytes("the PE headers", at, length)? })
    }

    fn parse(&self, source: &Source<'_>) -> Result<Headers<'_>, SectionError> {
        match self.magic {
            0x20b => self.parse_as::<ImageNtHeaders64>(source),
            0x10b => self.parse_as::<ImageNtHeaders32>(source),
            other => {
                let found = format!("{other:#x}");
                let at = self.at + FIXED;
                Err(source.malformed("the optional header's magic", at, found, "0x10b or 0x20b"))
            }
        }
    }

    fn parse_as<Pe: ImageNtHeaders>(&self, source: &Source<'_>) -> Result<Headers<'_>, SectionError> {
        let wrong = |error: object::Error| {
            source.malformed("the PE headers", self.at, error.to_string(), "PE headers")
        };
        let (bytes, mut offset) = (&*self.bytes, 0);
        let (headers, directories) = Pe::parse(bytes, &mut offset).map_err(wrong)?;
        let file = headers.file_header();
        let format = Format {
            container: Container::Pe,
            bits: if headers.is_type_64() { 64 } else { 32 },
            big_endian: false,
            machine: file.machine.get(LE).into(),
            kind: if file.characteristics.get(LE) & object::pe::IMAGE_FILE_DLL != 0 {
                Kind::Shared
            } else {
                Kind::Executable
            },
            os_abi: 0,
        };
        let sections = headers.sections(bytes, offset).map_err(wrong)?;
        Ok(Headers { format, sections, directories })
    }
}

/// Reads the notes of a PE file.
pub(super) fn notes<'s, 'f>(source: &'s Source<'f>) -> Result<(Format, Found<'s, 'f>), SectionError> {
    let bytes = Bytes::read(source)?;
    let Headers { format, sections, .. } = bytes.parse(source)?;
    let mut found = Found::new(source, format);
    let mut ours = Vec::new();
    for section in sections.iter() {
        let (offset, size) = (section.pointer_to_raw_data.get(LE), section.size_of_raw_data.get(LE));
        if offset != 0 {
            source.check("a section to be mapped", offset.into(), size.into())?;
        }
        if section.name == *b".keyway\0" {
            // The file pads a section with zeros; memory knows its true size.
            ours.push((u64::from(offset), u64::from(size.min(section.virtual_size.get(LE)))));
        }
    }
    ours.sort_unstable();
    let mut end = 0;
    for (offset, size) in ours {
        let what = "the section `.keyway`";
        if offset < end {
            return Err(source.malformed(what, offset, "inside another one", "apart from it"));
        }
        end = offset + size;
        found.walk(offset, &source.bytes(what, offset, size)?, 4)?;
    }
    Ok((format, found))
}
