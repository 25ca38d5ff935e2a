//! One image in the process: loaded once, checked once, never unmapped.
//!
//! Images belong to the process and not to a host, so this is the one list that all bridges share.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use keyway::abi::entry::TARGET;
use keyway::abi::{ENTRY, LIBRARY_PANIC_ABORT, LibraryTable, MAJOR, PluginTable, Sized, Slice, Str};
use keyway::id::PluginId;
use keyway::manifest::Manifest;
use once_cell::sync::OnceCell;

#[cfg(unix)]
use libloading::os::unix as system;
#[cfg(windows)]
use libloading::os::windows as system;

use crate::diagnose::diagnose;
use crate::platform::OPEN_FLAGS;
use crate::probe;
use crate::refusal::LoadError;

/// A library that is in the process and keeps the ABI's rules.
#[derive(Clone, Copy)]
pub(crate) struct Library {
    table: &'static LibraryTable,
    /// With the texts of the manifests that the code itself gives.
    plugins: &'static [(&'static str, PluginTable)],
}

/// What makes a file that file, whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    #[cfg(unix)]
    Inode { device: u64, inode: u64 },
    #[cfg(not(unix))]
    Path(std::path::PathBuf),
}

/// The image that came from a file, where it keeps the rules. Loading one holds up nobody who loads another.
type Slot = Arc<OnceCell<Library>>;

static SLOTS: Mutex<Vec<(Identity, Slot)>> = Mutex::new(Vec::new());

impl Library {
    /// The library of a file, which is loaded where that has not been done before.
    ///
    /// **Errors:** the system's loader refuses it, or the image does not keep the ABI's rules; then its code stays in
    /// the process and is not used.
    pub(crate) fn open(path: &Path) -> Result<Self, LoadError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let Ok(identity) = identity(&path) else {
            return Err(diagnose(&path, "").into());
        };
        let open = || {
            let library = Self::check(&path, open_image(&path)?)?;
            if others(&identity).iter().any(|other| std::ptr::eq(other.table, library.table)) {
                return Err(LoadError::Replaced { path: path.clone() });
            }
            Ok(library)
        };
        slot(&identity).get_or_try_init(open).copied()
    }

    /// Checks what the entry function gave.
    fn check(path: &Path, table: *const LibraryTable) -> Result<Self, LoadError> {
        let bad = |what: &str| LoadError::Table { path: path.to_owned(), what: what.to_owned() };
        // SAFETY: the entry symbol of this ABI gives null or a table that begins with its size and stays.
        let sized = unsafe { Sized::new(table) }.ok_or_else(|| bad("its table is null or not aligned"))?;
        if !sized.whole_size() {
            let size = (sized.size(), size_of::<LibraryTable>());
            return Err(bad(&format!(
                "its table has {} bytes, and version 1 of the ABI has {}",
                size.0, size.1
            )));
        }
        if sized.complete().is_none() {
            return Err(bad("one of the probes in its table is null"));
        }
        // SAFETY: `complete` has found all of it; it stays, since images are never unmapped.
        let table: &'static LibraryTable = unsafe { &*table };
        if table.abi_major != MAJOR {
            return Err(LoadError::Abi { path: path.to_owned(), found: table.abi_major });
        }
        let target = text(table.target).ok_or_else(|| bad("its target is not UTF-8"))?;
        if target != TARGET {
            return Err(LoadError::Target { path: path.to_owned(), found: target.to_owned() });
        }
        if table.plugins.count != table.counted {
            return Err(LoadError::Counts {
                path: path.to_owned(),
                registered: table.plugins.count,
                counted: table.counted,
            });
        }
        probe::run(table).map_err(|difference| LoadError::Probe {
            path: path.to_owned(),
            difference: difference.to_string(),
        })?;
        let mut plugins = Vec::with_capacity(table.plugins.count as usize);
        for index in 0..table.plugins.count {
            // SAFETY: the library's list has as many elements as it says.
            let plugin = unsafe { table.plugins.pointer(index) }
                .ok_or_else(|| bad("its list of plugins is null, or they do not stand side by side"))?;
            // SAFETY: the list's elements are null or pointers to tables that stay and begin with their size.
            let sized = unsafe { Sized::new(plugin) };
            // What version 1.0 has is enough: a library may be older than this host, or newer.
            let Some(sized) = sized.filter(|sized| sized.size() >= PluginTable::SIZE_1_0) else {
                return Err(bad(&format!("the table of its plugin {index} is null or too short")));
            };
            let Some(plugin) = sized.complete() else {
                return Err(bad(&format!("a function in the table of its plugin {index} is null")));
            };
            let manifest = text(plugin.manifest)
                .ok_or_else(|| bad(&format!("the manifest of its plugin {index} is not UTF-8")))?;
            plugins.push((manifest, plugin));
        }
        Ok(Self { table, plugins: plugins.leak() })
    }

    /// Whether a panic in it ends the process.
    pub(crate) fn aborts(&self) -> bool {
        self.table.flags & LIBRARY_PANIC_ABORT != 0
    }

    /// One of its plugins, with the manifest that the code itself gives. The others' manifests are not parsed.
    pub(crate) fn plugin(
        &self,
        path: &Path,
        id: &PluginId,
    ) -> Result<(Manifest, &'static PluginTable), LoadError> {
        for (text, table) in self.plugins.iter().filter(|(text, _)| text.contains(id.as_str())) {
            let manifest = Manifest::from_json(text).map_err(|source| LoadError::Json {
                path: path.to_owned(),
                plugin: id.clone(),
                source,
            })?;
            if manifest.id == *id {
                return Ok((manifest, table));
            }
        }
        Err(LoadError::NoSuchPlugin { path: path.to_owned(), plugin: id.clone() })
    }
}

/// Loads the image and asks it for its table.
fn open_image(path: &Path) -> Result<*const LibraryTable, LoadError> {
    // SAFETY: the library's initialisers run here. Whoever puts a library into a plugin folder trusts it like the host's
    // own code; all that can be said of it without running it was read and resolved before.
    #[cfg(unix)]
    let opened = unsafe { system::Library::open(Some(path), OPEN_FLAGS) };
    // SAFETY: as above.
    #[cfg(windows)]
    let opened = unsafe { system::Library::load_with_flags(path, OPEN_FLAGS) };
    // Never closed: code and constants of it are referred to until the process ends.
    let library = match opened {
        Ok(library) => ManuallyDrop::new(library),
        Err(error) => return Err(diagnose(path, &loaders_text(&error)).into()),
    };
    // SAFETY: a symbol of this name has this type in every library; the name changes when the type does.
    let entry = unsafe { library.get::<unsafe extern "C" fn() -> *const LibraryTable>(ENTRY) };
    match entry {
        // SAFETY: the entry function takes nothing and has no duties.
        Ok(entry) => Ok(unsafe { entry() }),
        Err(_) => Err(LoadError::Entry { path: path.to_owned() }),
    }
}

/// What the system said, without the wrapping.
fn loaders_text(error: &libloading::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text = source.to_string();
        next = source.source();
    }
    text
}

/// A text of a table.
fn text(text: Str) -> Option<&'static str> {
    // SAFETY: a table's texts stay, as the table does.
    std::str::from_utf8(unsafe { Slice { ptr: text.ptr, len: text.len }.as_slice() }).ok()
}

#[cfg(unix)]
fn identity(path: &Path) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = path.metadata()?;
    Ok(Identity::Inode { device: metadata.dev(), inode: metadata.ino() })
}

#[cfg(not(unix))]
fn identity(path: &Path) -> std::io::Result<Identity> {
    path.canonicalize().map(Identity::Path)
}

fn slot(identity: &Identity) -> Slot {
    let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
    match slots.iter().find(|(other, _)| other == identity) {
        Some((_, slot)) => Arc::clone(slot),
        None => {
            let slot = Slot::default();
            slots.push((identity.clone(), Arc::clone(&slot)));
            slot
        }
    }
}

/// The libraries of other files.
fn others(identity: &Identity) -> Vec<Library> {
    let slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
    slots.iter().filter(|(other, _)| other != identity).filter_map(|(_, slot)| slot.get().copied()).collect()
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use keyway::abi::entry::{keyway_library_v1, probe_pair};
    use keyway::abi::{Array, ProbeMixed, ProbePair, ProbeWide, Reply};

    use super::*;

    /// The table of this very program, which has no plugins, with one thing changed.
    fn check(change: impl FnOnce(&mut LibraryTable), code: &str, said: &str) {
        // SAFETY: the entry function gives the address of a table that stays.
        let mut table = unsafe { keyway_library_v1().read() };
        change(&mut table);
        let table = Box::leak(Box::new(table));
        match Library::check(Path::new("x.so"), table) {
            Ok(library) => assert_eq!((code, said), ("", ""), "{}", library.plugins.len()),
            Err(error) => {
                assert_eq!(error.code(), code, "{error}");
                assert!(error.to_string().contains(said), "{error}");
                assert!(!error.help().is_empty());
            }
        }
    }

    /// The table of this very program without one of its functions.
    fn no_function(offset: usize, said: &str) {
        let table = Box::leak(Box::new(std::mem::MaybeUninit::<LibraryTable>::uninit()));
        // SAFETY: the entry function gives a table that stays; its copy has a place for a function at the offset, and is
        // read as a table by nobody who has not looked at it.
        unsafe {
            table.as_mut_ptr().copy_from_nonoverlapping(keyway_library_v1(), 1);
            table.as_mut_ptr().byte_add(offset).cast::<usize>().write(0);
        }
        let error = Library::check(Path::new("x.so"), table.as_ptr()).map(|it| it.plugins.len()).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }

    #[test]
    fn a_table_that_keeps_the_abi_passes() {
        check(|_| (), "", "");
        check(|table| table.size += 800, "", "");
        check(|table| table.abi_minor += 1, "", "");
    }

    #[test]
    fn a_table_that_lies_is_refused_with_both_sides() {
        check(
            |table| table.size -= 8,
            "abi-table",
            "its table has 88 bytes, and version 1 of the ABI has 96",
        );
        check(|table| table.size = 0, "abi-table", "its table has 0 bytes");
        check(|table| table.abi_major = 9, "abi", "speaks version 9 of the ABI, and this host 1");
        check(|table| table.target = Str::new("sparc"), "target", "is built for sparc, and this host is");
        check(|table| table.counted = 2, "counts", "registers 0 plugins and counts 2");
        let null = |table: &mut LibraryTable| {
            (table.counted, table.plugins) = (1, Array { ptr: std::ptr::null(), count: 1, stride: 8 });
        };
        check(null, "abi-table", "its list of plugins is null");
        static TABLES: [usize; 4] = [0; 4];
        for (step, stride) in [(0, 0), (0, 4), (0, 16), (1, 8)] {
            let ptr = (&raw const TABLES).cast::<*const PluginTable>().wrapping_byte_add(step);
            check(
                |table| (table.counted, table.plugins) = (2, Array { ptr, count: 2, stride }),
                "abi-table",
                "or they do not stand side by side",
            );
        }
        let one_null = |table: &mut LibraryTable| {
            static NULL: usize = 0;
            let list = Array { ptr: (&raw const NULL).cast(), count: 1, stride: 8 };
            (table.counted, table.plugins) = (1, list);
        };
        check(one_null, "abi-table", "the table of its plugin 0 is null or too short");
        no_function(offset_of!(LibraryTable, probe_wide), "one of the probes in its table is null");
        no_function(offset_of!(LibraryTable, probe_pair), "one of the probes in its table is null");
        let path = Path::new("x.so");
        let error = Library::check(path, std::ptr::null()).map(|library| library.plugins.len()).unwrap_err();
        assert_eq!(error.to_string(), "`x.so` does not keep the ABI: its table is null or not aligned");
    }

    #[test]
    fn a_calling_convention_that_drifted_apart_is_named_with_what_came_back() {
        extern "C" fn shifted(mixed: ProbeMixed, _: u8, double: f64, _: Str, last: u64) -> ProbeWide {
            ProbeWide { mixed, byte: 0, double, length: 0, last }
        }
        extern "C" fn swapped(pair: ProbePair) -> Reply<u64> {
            probe_pair(ProbePair { left: pair.right.to_bits(), right: f64::from_bits(!pair.left) })
        }
        check(
            |table| table.probe_wide = shifted,
            "probe",
            "calls functions otherwise than this host: `probe_wide` of",
        );
        check(
            |table| table.probe_pair = swapped,
            "probe",
            "`probe_pair` of (ProbePair { left: 0, right: 0.0 }) gives",
        );
    }
}
