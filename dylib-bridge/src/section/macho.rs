//! Mach-O, thin and universal: the section `__DATA,__keyway`.
//!
//! Of a universal file, the part for this processor is read, or else the first.
//!
//! **Source:** `mach-o/loader.h` and `mach-o/fat.h`, as the `object` crate has them.

use object::Endianness;
use object::macho::{FatArch32, FatArch64, FatHeader, MachHeader32, MachHeader64};
use object::read::macho::{FatArch, MachHeader, MachOFatFile, Section, Segment};

use super::notes::Found;
use super::source::Source;
use super::{Container, Format, Kind, SectionError};

/// The most bytes that load commands may have.
const MAX_COMMANDS: u32 = 1 << 20;

/// The most parts of a universal file. A Java class begins with the same bytes, then a version of 45 or more.
const MAX_PARTS: u32 = 32;

/// Whether a file begins like Mach-O.
pub(super) fn begins(head: &[u8]) -> bool {
    match head.first_chunk() {
        Some([0xce | 0xcf, 0xfa, 0xed, 0xfe] | [0xfe, 0xed, 0xfa, 0xce | 0xcf]) => true,
        Some([0xca, 0xfe, 0xba, 0xbe | 0xbf]) => {
            head.get(4..8).is_none_or(|parts| parts[..3] == [0, 0, 0] && u32::from(parts[3]) <= MAX_PARTS)
        }
        _ => false,
    }
}

/// Reads the notes of a Mach-O file.
pub(super) fn notes<'s, 'f>(source: &'s Source<'f>) -> Result<(Format, Found<'s, 'f>), SectionError> {
    let (offset, length) = match source.head() {
        [0xca, 0xfe, 0xba, 0xbe, ..] => part::<FatArch32>(source)?,
        [0xca, 0xfe, 0xba, 0xbf, ..] => part::<FatArch64>(source)?,
        _ => (0, source.length()),
    };
    let magic = source.bytes("the Mach-O header", offset, 4)?;
    match *magic {
        [0xce, 0xfa, 0xed, 0xfe] | [0xfe, 0xed, 0xfa, 0xce] => {
            thin::<MachHeader32<Endianness>>(source, offset, length)
        }
        [0xcf, 0xfa, 0xed, 0xfe] | [0xfe, 0xed, 0xfa, 0xcf] => {
            thin::<MachHeader64<Endianness>>(source, offset, length)
        }
        _ => Err(source.malformed("the Mach-O header", offset, format!("{magic:02x?}"), "a Mach-O magic")),
    }
}

/// Where the part of a universal file lies that is to be read.
fn part<Fat: FatArch>(source: &Source<'_>) -> Result<(u64, u64), SectionError> {
    let what = "the universal header";
    let count = source.bytes(what, 0, size_of::<FatHeader>() as u64)?;
    let count = u32::from_be_bytes([count[4], count[5], count[6], count[7]]);
    if !(1..=MAX_PARTS).contains(&count) {
        return Err(source.malformed(what, 4, format!("{count} parts"), format!("1 to {MAX_PARTS}")));
    }
    let length = size_of::<FatHeader>() + count as usize * size_of::<Fat>();
    let bytes = source.bytes(what, 0, length as u64)?;
    let file = MachOFatFile::<Fat>::parse(&*bytes)
        .map_err(|error| source.malformed(what, 0, error.to_string(), "a list of parts"))?;
    let mut ranges: Vec<_> = file.arches().iter().map(FatArch::file_range).collect();
    ranges.sort_unstable();
    for (i, (offset, length)) in ranges.iter().enumerate() {
        source.check("a part of the universal file", *offset, *length)?;
        if ranges.get(i + 1).is_some_and(|(next, _)| offset + length > *next) {
            let found = format!("{length} bytes long, over the next one");
            return Err(source.malformed("a part of the universal file", *offset, found, "apart from it"));
        }
    }
    let host = |fat: &&Fat| arch_format(fat.cputype()).arch() == std::env::consts::ARCH;
    let chosen = file.arches().iter().find(host).or_else(|| file.arches().first());
    chosen.map(FatArch::file_range).ok_or_else(|| source.malformed(what, 4, "0 parts", "at least one"))
}

fn thin<'s, 'f, Mach>(
    source: &'s Source<'f>,
    base: u64,
    length: u64,
) -> Result<(Format, Found<'s, 'f>), SectionError>
where
    Mach: MachHeader<Endian = Endianness>,
{
    let what = "the Mach-O header";
    let wrong = |error: object::Error| source.malformed(what, base, error.to_string(), "a Mach-O header");
    let inside = |what: &str, offset: u64, size: u64| match offset.checked_add(size) {
        Some(end) if end <= length => Ok(()),
        _ => {
            let (found, expected) = (format!("{size} bytes long"), format!("inside {length} bytes"));
            Err(source.malformed(what, base.saturating_add(offset), found, expected))
        }
    };
    let size = size_of::<Mach>() as u64;
    inside(what, 0, size)?;
    let bytes = source.bytes(what, base, size)?;
    let header = Mach::parse(&*bytes, 0).map_err(wrong)?;
    let endian = header.endian().map_err(wrong)?;
    let format = Format {
        bits: if header.is_type_64() { 64 } else { 32 },
        big_endian: header.is_big_endian(),
        kind: match header.filetype(endian) {
            1 => Kind::Relocatable,
            2 => Kind::Executable,
            6 | 8 => Kind::Shared,
            4 => Kind::Core,
            3 | 5 | 7 | 9..=12 => Kind::Other,
            other => {
                return Err(source.malformed("the Mach-O type", base + 12, other.to_string(), "1 to 12"));
            }
        },
        ..arch_format(header.cputype(endian))
    };
    let commands = header.sizeofcmds(endian);
    if commands > MAX_COMMANDS {
        let (found, expected) = (format!("{commands} bytes long"), format!("at most {MAX_COMMANDS}"));
        return Err(source.malformed("the load commands", base + size, found, expected));
    }
    inside("the load commands", size, commands.into())?;
    let bytes = source.bytes("the load commands", base, size + u64::from(commands))?;
    let mut commands = header.load_commands(endian, &*bytes, 0).map_err(wrong)?;

    let mut found = Found::new(source, format);
    let mut ours = Vec::new();
    while let Some(command) = commands.next().map_err(wrong)? {
        let Some((segment, data)) = Mach::Segment::from_command(command).map_err(wrong)? else { continue };
        let (offset, size) = segment.file_range(endian);
        inside("a segment to be mapped", offset, size)?;
        for section in segment.sections(endian, data).map_err(wrong)? {
            if section.name() == b"__keyway" && section.segment_name().starts_with(b"__DATA") {
                ours.push((u64::from(section.offset(endian)), section.size(endian).into()));
            }
        }
    }
    ours.sort_unstable();
    let mut end = 0;
    for (offset, size) in ours {
        let what = "the section `__DATA,__keyway`";
        inside(what, offset, size)?;
        if offset < end {
            return Err(source.malformed(what, base + offset, "inside another one", "apart from it"));
        }
        end = offset + size;
        found.walk(base + offset, &source.bytes(what, base + offset, size)?, 4)?;
    }
    Ok((format, found))
}

fn arch_format(machine: u32) -> Format {
    let (container, kind) = (Container::MachO, Kind::Other);
    Format { container, bits: 64, big_endian: false, machine, kind, os_abi: 0 }
}
