//! The three tables of an ELF file: header, program headers, section headers.

use super::super::source::Source;
use super::super::{Container, Format, Kind, SectionError};

/// The most sections of a file in which one is looked for by name.
const MAX_SECTIONS: u64 = 16_384;

/// How the numbers of a file stand.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) wide: bool,
    pub(super) big: bool,
}

impl Layout {
    pub(super) fn half(self, bytes: &[u8], at: usize) -> u16 {
        let number = [bytes[at], bytes[at + 1]];
        if self.big { u16::from_be_bytes(number) } else { u16::from_le_bytes(number) }
    }

    pub(super) fn word(self, bytes: &[u8], at: usize) -> u32 {
        let number = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        if self.big { u32::from_be_bytes(number) } else { u32::from_le_bytes(number) }
    }

    /// A number that is as wide as the file's addresses, at `narrow` or at `wide`.
    pub(super) fn long(self, bytes: &[u8], narrow: usize, wide: usize) -> u64 {
        if !self.wide {
            return self.word(bytes, narrow).into();
        }
        let (first, second) = (u64::from(self.word(bytes, wide)), u64::from(self.word(bytes, wide + 4)));
        if self.big { first << 32 | second } else { second << 32 | first }
    }

    fn pick(self, narrow: usize, wide: usize) -> usize {
        if self.wide { wide } else { narrow }
    }
}

/// A program header.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) kind: u32,
    pub(super) offset: u64,
    pub(super) address: u64,
    pub(super) file_size: u64,
    pub(super) memory_size: u64,
    pub(super) align: u64,
}

/// A section header.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: u32,
    pub(super) kind: u32,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// A table: where it begins, how many entries it has.
#[derive(Clone, Copy)]
struct Table {
    offset: u64,
    count: u64,
}

/// The ELF header, checked.
pub(super) struct Header {
    pub(super) format: Format,
    pub(super) layout: Layout,
    /// Which section has the names of sections.
    pub(super) names: u32,
    program: Table,
    section: Table,
}

impl Header {
    /// Reads the header, and checks that both tables have entries of the right size and lie inside the file.
    pub(super) fn read(source: &Source<'_>) -> Result<Self, SectionError> {
        let head = source.head();
        let short = |wanted: usize| {
            let found = format!("{} bytes long", head.len());
            source.malformed("the ELF header", 0, found, format!("{wanted} bytes long"))
        };
        let ident: &[u8; 16] = head.first_chunk().ok_or_else(|| short(16))?;
        let wrong = |what: &str, at: u64, found: u64, expected: String| {
            source.malformed(what, at, found.to_string(), expected)
        };
        let layout = match ident[4..7] {
            [class @ 1..=2, order @ 1..=2, 1] => Layout { wide: class == 2, big: order == 2 },
            [1..=2, 1..=2, version] => {
                return Err(wrong("the ELF version", 6, version.into(), "1".into()));
            }
            [1..=2, order, _] => return Err(wrong("the ELF byte order", 5, order.into(), "1 or 2".into())),
            [class, ..] => return Err(wrong("the ELF class", 4, class.into(), "1 or 2".into())),
            [] => return Err(short(16)),
        };
        let size = layout.pick(52, 64);
        let bytes = head.get(..size).ok_or_else(|| short(size))?;

        let (kind, at) = (layout.half(bytes, 16), layout.pick(40, 52));
        let format = Format {
            container: Container::Elf,
            bits: if layout.wide { 64 } else { 32 },
            big_endian: layout.big,
            machine: layout.half(bytes, 18).into(),
            kind: match kind {
                1 => Kind::Relocatable,
                2 => Kind::Executable,
                3 => Kind::Shared,
                4 => Kind::Core,
                0xfe00.. => Kind::Other,
                _ => return Err(wrong("the ELF file type", 16, kind.into(), "1 to 4".into())),
            },
            os_abi: ident[7],
        };
        let version = layout.word(bytes, 20);
        if version != 1 {
            return Err(wrong("the ELF version", 20, version.into(), "1".into()));
        }
        let named = [("the ELF header's size", 0, size), ("a program header's size", 2, layout.pick(32, 56))];
        let section_size = ("a section header's size", 6, layout.pick(40, 64));
        let program = Table { offset: layout.long(bytes, 28, 32), count: layout.half(bytes, at + 4).into() };
        let mut section =
            Table { offset: layout.long(bytes, 32, 40), count: layout.half(bytes, at + 8).into() };
        let used = [true, program.count > 0, section.offset > 0];
        for ((what, field, expected), used) in named.into_iter().chain([section_size]).zip(used) {
            let found = layout.half(bytes, at + field);
            if used && usize::from(found) != expected {
                return Err(wrong(what, (at + field) as u64, found.into(), expected.to_string()));
            }
        }
        if matches!(format.kind, Kind::Executable | Kind::Shared) && matches!(program.count, 0 | 0xffff) {
            let at = at as u64 + 4;
            return Err(wrong("the number of program headers", at, program.count, "1 to 65534".into()));
        }
        source.check("the program headers", program.offset, program.count * layout.pick(32, 56) as u64)?;

        let mut names = u32::from(layout.half(bytes, at + 10));
        if section.offset == 0 {
            section.count = 0;
        } else {
            let size = layout.pick(40, 64);
            source.check("the section headers", section.offset, section.count.max(1) * size as u64)?;
            // Numbers too great for the header stand in the first section header.
            if section.count == 0 || names == 0xffff {
                let first = source.bytes("the first section header", section.offset, size as u64)?;
                if section.count == 0 {
                    section.count = layout.long(&first, 20, 32);
                }
                if names == 0xffff {
                    names = layout.word(&first, layout.pick(24, 40));
                }
            }
            let length = section.count.saturating_mul(size as u64);
            source.check("the section headers", section.offset, length)?;
            if u64::from(names) >= section.count.max(1) {
                let at = at as u64 + 10;
                let expected = format!("less than the {} sections", section.count);
                return Err(wrong("the section of the names", at, names.into(), expected));
            }
        }
        Ok(Self { format, layout, names, program, section })
    }

    /// The program headers.
    pub(super) fn segments(&self, source: &Source<'_>) -> Result<Vec<Segment>, SectionError> {
        let Self { layout, program, .. } = self;
        let size = layout.pick(32, 56);
        let bytes = source.bytes("the program headers", program.offset, program.count * size as u64)?;
        Ok(bytes
            .chunks_exact(size)
            .map(|entry| Segment {
                kind: layout.word(entry, 0),
                offset: layout.long(entry, 4, 8),
                address: layout.long(entry, 8, 16),
                file_size: layout.long(entry, 16, 32),
                memory_size: layout.long(entry, 20, 40),
                align: layout.long(entry, 28, 48),
            })
            .collect())
    }

    /// The section headers.
    pub(super) fn sections(&self, source: &Source<'_>) -> Result<Vec<Section>, SectionError> {
        let Self { layout, section, .. } = self;
        if section.count > MAX_SECTIONS {
            let (found, expected) = (section.count.to_string(), format!("at most {MAX_SECTIONS}"));
            return Err(source.malformed("the number of sections", section.offset, found, expected));
        }
        let size = layout.pick(40, 64);
        let bytes = source.bytes("the section headers", section.offset, section.count * size as u64)?;
        Ok(bytes
            .chunks_exact(size)
            .map(|entry| Section {
                name: layout.word(entry, 0),
                kind: layout.word(entry, 4),
                offset: layout.long(entry, 16, 24),
                size: layout.long(entry, 20, 32),
            })
            .collect())
    }
}
