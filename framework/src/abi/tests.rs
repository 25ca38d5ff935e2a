//! Tables that grow by appending: older ones, newer ones, and lies.

use std::ffi::c_void;
use std::mem::offset_of;

use super::*;

unsafe extern "C" fn start(_: *const ContextTable) -> Reply<Either<*const c_void, Owned<Str>>> {
    Reply::done(Either { done: std::ptr::null() })
}
unsafe extern "C" fn stop(_: *const c_void) -> Reply<u8> {
    Reply::done(0)
}
unsafe extern "C" fn release(_: *const c_void) {}
unsafe extern "C" fn health(_: *const c_void) -> Reply<HealthReport> {
    let message = Owned { view: Str::new(""), owner: std::ptr::null_mut(), extra: 0, release: None };
    Reply::done(HealthReport { level: HEALTH_DEGRADED, flags: 0, memory: 7, message })
}

/// A table whose writer laid out `size` bytes, in memory that ends with them; one word of it made null.
fn read(size: usize, null: Option<usize>) -> Option<PluginTable> {
    let whole = PluginTable {
        size: size as u32,
        flags: 0,
        manifest: Str::new("{}"),
        interfaces: Array { ptr: std::ptr::null(), count: 0, stride: 0 },
        start,
        stop,
        release,
        health: Some(health),
    };
    let word = size_of::<usize>();
    let mut memory = vec![MaybeUninit::<usize>::new(usize::MAX); size.div_ceil(word).max(1)];
    // SAFETY: both have as many bytes, and the words of a table are words.
    unsafe {
        let known = size.min(size_of::<PluginTable>());
        memory.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping((&raw const whole).cast(), known.max(4));
    }
    if let Some(offset) = null {
        memory[offset / word].write(0);
    }
    // SAFETY: the table begins with its size, and lives as long as the reader.
    unsafe { Sized::new(memory.as_ptr().cast::<PluginTable>()) }.unwrap().complete()
}

const NOW: usize = size_of::<PluginTable>();
const WORD: usize = size_of::<usize>();

#[test]
fn a_table_of_version_1_0_is_complete_and_does_not_tell_how_its_plugin_is() {
    let table = read(PluginTable::SIZE_1_0, None).unwrap();
    assert!(table.health.is_none() && !table.tells_health());
    assert_eq!(table.size as usize, PluginTable::SIZE_1_0);
}

#[test]
fn a_table_of_this_version_has_the_slot_whether_it_is_null_or_not() {
    let table = read(NOW, None).unwrap();
    assert!(table.tells_health());
    // SAFETY: the function takes anything.
    let reply = unsafe { table.health.unwrap()(std::ptr::null()) };
    assert_eq!(reply.status, Status::DONE);
    // SAFETY: a done reply has its value.
    assert_eq!(unsafe { reply.value.assume_init() }.memory, 7);
    let silent = read(NOW, Some(offset_of!(PluginTable, health))).unwrap();
    assert!(silent.health.is_none() && silent.tells_health());
}

#[test]
fn a_table_of_a_newer_version_is_read_as_far_as_this_side_knows_it() {
    for more in [WORD, 10 * WORD] {
        let table = read(NOW + more, None).unwrap();
        assert!(table.health.is_some() && table.tells_health());
        assert_eq!(table.size as usize, NOW + more, "as its writer said");
    }
}

#[test]
fn half_a_slot_is_none() {
    for size in PluginTable::SIZE_1_0 + 1..NOW {
        let table = read(size, None).unwrap();
        assert!(table.health.is_none() && !table.tells_health(), "{size}");
    }
}

#[test]
fn what_is_shorter_than_version_1_0_or_lacks_a_function_of_it_is_no_table() {
    for size in [0, 4, WORD, PluginTable::SIZE_1_0 - WORD, PluginTable::SIZE_1_0 - 1] {
        assert!(read(size, None).is_none(), "{size}");
    }
    for function in
        [offset_of!(PluginTable, start), offset_of!(PluginTable, stop), offset_of!(PluginTable, release)]
    {
        for size in [PluginTable::SIZE_1_0, NOW, NOW + WORD] {
            assert!(read(size, Some(function)).is_none(), "{size}, without the function at {function}");
        }
    }
}
