//! The libraries that a PE file needs.
//!
//! **Source:** "PE Format", Microsoft, "The .idata Section".

use object::LittleEndian as LE;
use object::pe::{IMAGE_DIRECTORY_ENTRY_IMPORT, ImageImportDescriptor};
use object::read::coff::SectionTable;

use super::super::source::Source;
use super::super::{Dynamic, SectionError};
use super::Bytes;

/// The most libraries that one file may need, and the most bytes of a library's name.
const MAX_LIBRARIES: u32 = 1024;
const MAX_NAME: u64 = 260;

/// Reads the names of the libraries that must be there when a PE file is loaded; those that it may ask for later
/// ("delay-loaded") are not among them.
pub(in super::super) fn read(source: &Source<'_>) -> Result<Dynamic, SectionError> {
    let bytes = Bytes::read(source)?;
    let headers = bytes.parse(source)?;
    let mut dynamic = Dynamic::default();
    let Some(table) = headers.directories.get(IMAGE_DIRECTORY_ENTRY_IMPORT) else { return Ok(dynamic) };
    let size = size_of::<ImageImportDescriptor>() as u32;
    for index in 0..MAX_LIBRARIES {
        let Some(address) = table.virtual_address.get(LE).checked_add(index * size) else { break };
        let Some((at, room)) = in_file(&headers.sections, address) else { break };
        if room < size.into() {
            break;
        }
        let entry = source.bytes("an import", at, size.into())?;
        let name = u32::from_le_bytes([entry[12], entry[13], entry[14], entry[15]]);
        // The last entry is all zeros.
        let Some((at, room)) = (name != 0).then(|| in_file(&headers.sections, name)).flatten() else { break };
        let name = source.bytes("an import's name", at, room.min(MAX_NAME))?;
        let Some(end) = name.iter().position(|byte| *byte == 0) else { break };
        dynamic.needed.push(String::from_utf8_lossy(&name[..end]).into_owned());
    }
    Ok(dynamic)
}

/// Where in the file that stands which will be mapped at an address, and how much of it there is.
fn in_file(sections: &SectionTable<'_>, address: u32) -> Option<(u64, u64)> {
    sections.pe_file_range_at(address).map(|(at, room)| (at.into(), room.into()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use object::pe::{IMAGE_FILE_DLL, IMAGE_SCN_CNT_INITIALIZED_DATA, IMAGE_SUBSYSTEM_WINDOWS_CUI};
    use object::write::pe::{NtHeaders, Writer};

    use super::*;

    /// A DLL that imports two libraries.
    fn dll() -> Vec<u8> {
        const NAMES: &[u8] = b"KERNEL32.dll\0other.dll\0";
        let size = 3 * size_of::<ImageImportDescriptor>() as u32;
        let length = size + NAMES.len() as u32;
        let mut bytes = Vec::new();
        let mut writer = Writer::new(true, 0x1000, 0x200, &mut bytes);
        writer.reserve_dos_header_and_stub();
        writer.reserve_nt_headers(16);
        writer.reserve_section_headers(1);
        let section = writer.reserve_section(*b".idata\0\0", IMAGE_SCN_CNT_INITIALIZED_DATA, length, length);
        writer.set_data_directory(IMAGE_DIRECTORY_ENTRY_IMPORT, section.virtual_address, size);
        let mut table = Vec::new();
        for name in [0, 13] {
            for field in [0, 0, 0, section.virtual_address + size + name, 0] {
                table.extend(u32::to_le_bytes(field));
            }
        }
        table.resize(size as usize, 0);
        table.extend(NAMES);
        writer.write_dos_header_and_stub().unwrap();
        writer.write_nt_headers(NtHeaders {
            machine: 0x8664,
            time_date_stamp: 0,
            characteristics: IMAGE_FILE_DLL,
            major_linker_version: 0,
            minor_linker_version: 0,
            address_of_entry_point: 0,
            image_base: 0x1000_0000,
            major_operating_system_version: 6,
            minor_operating_system_version: 0,
            major_image_version: 0,
            minor_image_version: 0,
            major_subsystem_version: 6,
            minor_subsystem_version: 0,
            subsystem: IMAGE_SUBSYSTEM_WINDOWS_CUI,
            dll_characteristics: 0,
            size_of_stack_reserve: 0,
            size_of_stack_commit: 0,
            size_of_heap_reserve: 0,
            size_of_heap_commit: 0,
        });
        writer.write_section_headers();
        writer.write_section(section.file_offset, &table);
        bytes
    }

    fn needed(file: &Path, bytes: &[u8]) -> Result<Vec<String>, SectionError> {
        std::fs::write(file, bytes).unwrap();
        Ok(crate::section::dynamic(file)?.unwrap_or_default().needed)
    }

    #[test]
    fn a_dll_names_the_libraries_that_it_needs() {
        let folder = tempfile::tempdir().unwrap();
        let needed = needed(&folder.path().join("a.dll"), &dll()).unwrap();
        assert_eq!(needed, ["KERNEL32.dll", "other.dll"]);
    }

    #[test]
    fn a_dll_cut_off_anywhere_is_refused_or_names_no_library_that_it_does_not_need() {
        let (folder, whole) = (tempfile::tempdir().unwrap(), dll());
        let file = folder.path().join("a.dll");
        for length in 0..whole.len() {
            if let Ok(needed) = needed(&file, &whole[..length]) {
                assert!(
                    needed.iter().all(|name| ["KERNEL32.dll", "other.dll"].contains(&&**name)),
                    "{needed:?}"
                );
            }
        }
    }

    #[test]
    fn an_import_table_at_any_address_ends() {
        let (folder, whole) = (tempfile::tempdir().unwrap(), dll());
        let file = folder.path().join("a.dll");
        let at = whole.windows(8).position(|field| field == [0, 0x10, 0, 0, 60, 0, 0, 0]).unwrap();
        for address in [0, 1, 0xfff, 0x1001, 0x1000 + 59, u32::MAX - 3, u32::MAX] {
            let mut bytes = whole.clone();
            bytes[at..at + 4].copy_from_slice(&address.to_le_bytes());
            let _ = needed(&file, &bytes);
        }
    }
}
