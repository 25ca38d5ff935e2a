//! What an image says of itself: its table, checked once, and the plugins in it.
//!
//! Which image is a file's, and how it gets into the process, is [`crate::images`]'.

use std::path::Path;

use keyway::abi::entry::TARGET;
use keyway::abi::{LIBRARY_PANIC_ABORT, LibraryTable, MAJOR, PluginTable, Sized, Slice, Str};
use keyway::id::PluginId;
use keyway::manifest::Manifest;

use crate::images::image_of;
use crate::refusal::LoadError;
use crate::{probe, told};

/// A library that is in the process and keeps the ABI's rules.
#[derive(Clone, Copy)]
pub(crate) struct Library {
    table: &'static LibraryTable,
    /// With the texts of the manifests that the code itself gives.
    plugins: &'static [(&'static str, PluginTable)],
}

impl Library {
    /// The library of a file as it is now, which is loaded where that has not been done before.
    ///
    /// **Errors:** the system's loader refuses it, or the image does not keep the ABI's rules; then its code stays in
    /// the process and is not used.
    pub(crate) fn open(path: &Path) -> Result<Self, LoadError> {
        let image = image_of(path)?;
        let table = image.table.ok_or_else(|| LoadError::Entry { path: path.to_owned() })?;
        image.library.get_or_try_init(|| Self::check(path, table.0)).copied()
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

    /// One of its plugins, whose manifest was read as `read`; with the manifest that the code itself gives where that is
    /// written otherwise. The others' manifests are not parsed.
    pub(crate) fn plugin(
        &self,
        path: &Path,
        id: &PluginId,
        read: Option<&Manifest>,
    ) -> Result<(Option<Manifest>, &'static PluginTable), LoadError> {
        if let Some(read) = read
            && let Some((_, table)) = self.plugins.iter().find(|(text, _)| told::is_written(read, text))
        {
            return Ok((None, table));
        }
        let json = |source| LoadError::Json { path: path.to_owned(), plugin: id.clone(), source };
        let mut nameless = Vec::new();
        for (text, table) in self.plugins {
            match told::id_in(text) {
                Some(said) if said == id.as_str() => {
                    return Manifest::from_json(text).map(|told| (Some(told), table)).map_err(json);
                }
                Some(_) => {}
                None => nameless.push(*text),
            }
        }
        // One of those that do not say whose they are may be the one.
        let mut unreadable = nameless.into_iter().filter(|text| text.contains(id.as_str()));
        match unreadable.find_map(|text| Manifest::from_json(text).err()) {
            Some(source) => Err(json(source)),
            None => Err(LoadError::NoSuchPlugin { path: path.to_owned(), plugin: id.clone() }),
        }
    }
}

/// A text of a table.
fn text(text: Str) -> Option<&'static str> {
    // SAFETY: a table's texts stay, as the table does.
    std::str::from_utf8(unsafe { Slice { ptr: text.ptr, len: text.len }.as_slice() }).ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::mem::offset_of;

    use keyway::abi::entry::{keyway_library_v1, probe_pair};
    use keyway::abi::{Array, ContextTable, Either, Owned, ProbeMixed, ProbePair, ProbeWide, Reply};

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

    /// A library with these manifests in its code, and nothing behind them.
    fn library(manifests: &[&'static str]) -> Library {
        extern "C" fn start(_: *const ContextTable) -> Reply<Either<*const c_void, Owned<Str>>> {
            unreachable!("nobody starts it")
        }
        extern "C" fn stop(_: *const c_void) -> Reply<u8> {
            unreachable!("nobody started it")
        }
        extern "C" fn release(_: *const c_void) {}
        let plugin = |&text: &&'static str| {
            let (size, manifest) = (size_of::<PluginTable>() as u32, Str::new(text));
            let interfaces = Array { ptr: std::ptr::null(), count: 0, stride: 0 };
            (text, PluginTable { size, flags: 0, manifest, interfaces, start, stop, release, health: None })
        };
        // SAFETY: the entry function gives the address of a table that stays.
        let table = unsafe { &*keyway_library_v1() };
        Library { table, plugins: manifests.iter().map(plugin).collect::<Vec<_>>().leak() }
    }

    /// What is found of `a/b`: the code's own manifest where it had to be parsed, and the text of its table.
    fn find(
        library: Library,
        read: Option<&Manifest>,
    ) -> Result<(Option<Manifest>, &'static str), LoadError> {
        let (told, table) = library.plugin(Path::new("x.so"), &PluginId::new("a/b").unwrap(), read)?;
        Ok((told, text(table.manifest).unwrap()))
    }

    #[test]
    fn a_plugin_is_found_by_its_own_id_whatever_the_others_say() {
        const OURS: &str = r#"{"id":"a/b","version":"1.0.0"}"#;
        let others = [
            r#"{"id":"a/bc","version":"1.0.0"}"#,
            r#"{"id":"c/d","version":"1.0.0","requires":{"a/b":"^1"}}"#,
            r#"{"id":"e/f","version":"no version","requires":{"a/b":"^1"}}"#,
            r#"{"id":"g/h","requires":{"a/b":"^1"}, and no JSON at all"#,
            r#"{"requires":{"a/b":"^1"}, and no JSON at all"#,
            "a/b",
        ];
        let manifest = Manifest::from_json(OURS).unwrap();
        for other in others {
            for texts in [[other, OURS], [OURS, other]] {
                assert_eq!(find(library(&texts), Some(&manifest)).unwrap(), (None, OURS), "{other}");
                assert_eq!(find(library(&texts), None).unwrap(), (Some(manifest.clone()), OURS), "{other}");
            }
        }
        let spaced = r#"{ "version": "1.0.0", "id": "a/b" }"#;
        assert_eq!(find(library(&[spaced]), Some(&manifest)).unwrap(), (Some(manifest.clone()), spaced));
        let error = find(library(&others[..4]), Some(&manifest)).unwrap_err();
        assert_eq!(error.code(), "no-such-plugin", "{error}");
        // It may have been meant, and nothing else can.
        let error = find(library(&others), Some(&manifest)).unwrap_err();
        assert_eq!(error.code(), "manifest-unreadable", "{error}");
        let error = find(library(&[r#"{"id":"a/b","version":7}"#]), Some(&manifest)).unwrap_err();
        assert_eq!(error.code(), "manifest-unreadable", "{error}");
    }
}
