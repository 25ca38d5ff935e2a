//! The entry symbol: a library is its own inventory, seen through C.
//!
//! Defined here and nowhere else, so any number of plugin crates link statically together, and every `cdylib` that
//! links the framework exports it, and nothing but it.

use std::sync::OnceLock;

use super::{
    Array, LIBRARY_PANIC_ABORT, LibraryTable, MAJOR, MINOR, PluginTable, ProbeMixed, ProbePair, ProbeWide,
    Reply, Str,
};
use crate::note::{KIND_BUILD, Note, length, padded};
use crate::registration::{Registration, counted};

/// The compiler that built this image.
pub const RUSTC: &str = env!("KEYWAY_RUSTC");
/// The target that it was built for.
pub const TARGET: &str = env!("KEYWAY_TARGET");
/// `unwind` or `abort`.
pub const PANIC: &str = if cfg!(panic = "unwind") { "unwind" } else { "abort" };

const BUILD: &[&str] = &[
    "{\"abi\":\"1.1\",\"target\":\"",
    TARGET,
    "\",\"rustc\":\"",
    RUSTC,
    "\",\"panic\":\"",
    PANIC,
    "\",\"framework\":\"",
    env!("CARGO_PKG_VERSION"),
    "\"}",
];

#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__keyway"))]
#[cfg_attr(windows, unsafe(link_section = ".keyway"))]
#[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".note.keyway"))]
static BUILD_NOTE: Note<{ padded(length(BUILD)) }> = Note::new(KIND_BUILD, BUILD);

/// What this image holds, for whoever loaded it.
///
/// **Source:** the host asks for the symbol by [`super::ENTRY`].
// SAFETY: the name is the framework's own, and Cargo's `links` key keeps a second framework out of the binary.
#[unsafe(no_mangle)]
pub extern "C" fn keyway_library_v1() -> *const LibraryTable {
    static LIBRARY: OnceLock<LibraryTable> = OnceLock::new();
    LIBRARY.get_or_init(|| LibraryTable {
        size: size_of::<LibraryTable>() as u32,
        flags: if cfg!(panic = "unwind") { 0 } else { LIBRARY_PANIC_ABORT },
        abi_major: MAJOR,
        abi_minor: MINOR,
        counted: counted() as u32,
        target: Str::new(TARGET),
        rustc: Str::new(RUSTC),
        framework: Str::new(env!("CARGO_PKG_VERSION")),
        plugins: Array::new(plugins()),
        probe_wide,
        probe_pair,
    })
}

/// The tables of what registered itself in this image, by the plugins' ids; made once, and kept.
fn plugins() -> &'static [*const PluginTable] {
    // Put in one by one: the general sort is a thirtieth of what the smallest library weighs.
    let mut all: Vec<&Registration> = Vec::new();
    for registration in inventory::iter::<Registration> {
        let place = all.partition_point(|other| other.id < registration.id);
        all.insert(place, registration);
    }
    let mut tables: Vec<*const PluginTable> = Vec::with_capacity(all.len());
    for registration in all {
        tables.push(registration.table);
    }
    tables.leak()
}

/// See [`LibraryTable::probe_wide`].
pub extern "C" fn probe_wide(mixed: ProbeMixed, byte: u8, double: f64, text: Str, last: u64) -> ProbeWide {
    ProbeWide { mixed, byte, double, length: text.len as u64, last }
}

/// See [`LibraryTable::probe_pair`].
pub extern "C" fn probe_pair(pair: ProbePair) -> Reply<u64> {
    Reply::done(pair.left ^ pair.right.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_note_says_what_the_library_table_says() {
        let text = BUILD_NOTE.text();
        for part in [TARGET, RUSTC, PANIC, &format!("\"abi\":\"{MAJOR}.{MINOR}\"")] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
