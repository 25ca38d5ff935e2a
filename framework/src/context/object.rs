//! A context for another image: a table of functions over the host's services.

use std::ffi::c_void;
use std::sync::Arc;

use super::{Level, Provided, Services};
use crate::abi::guard::{contained, guard};
use crate::abi::{ContextTable, Either, Object, Owned, ProvidedObject, Reply, Slice, Str};
use crate::wire::{Origin, Wire, read_str};

/// A context for another image: counted, and freed by the last side that lets go.
pub struct ContextObject {
    table: ContextTable,
    services: Arc<dyn Services>,
}

impl ContextObject {
    /// The table to hand over. The caller has one count, to be given back with the table's `release`.
    pub fn table_for(services: Arc<dyn Services>) -> *const ContextTable {
        let object = Arc::new_cyclic(|weak: &std::sync::Weak<Self>| Self {
            table: ContextTable {
                size: size_of::<ContextTable>() as u32,
                flags: 0,
                data: weak.as_ptr().cast(),
                retain: retain_context,
                release: release_context,
                plugin: plugin_of_context,
                config: config_of_context,
                interface: interface_of_context,
                providers: providers_of_context,
                log: log_of_context,
                provided: Some(provided_of_context),
                available: Some(available_of_context),
            },
            services,
        });
        let object: *const Self = Arc::into_raw(object);
        // SAFETY: the object was just made.
        unsafe { &raw const (*object).table }
    }

    /// # Safety
    /// `data` must be the data of a context that is alive.
    unsafe fn services<'a>(data: *const c_void) -> &'a Arc<dyn Services> {
        // SAFETY: the same duties.
        unsafe { &(*data.cast::<Self>()).services }
    }
}

unsafe extern "C" fn retain_context(data: *const c_void) {
    // SAFETY: `table_for` made the data from an `Arc`, which the caller holds.
    unsafe { Arc::increment_strong_count(data.cast::<ContextObject>()) }
}

unsafe extern "C" fn release_context(data: *const c_void) {
    // SAFETY: as above, and the caller gives up one count.
    contained(|| unsafe { Arc::decrement_strong_count(data.cast::<ContextObject>()) });
}

unsafe extern "C" fn plugin_of_context(data: *const c_void) -> Str {
    // SAFETY: the caller holds the context.
    Str::new(unsafe { ContextObject::services(data) }.plugin())
}

unsafe extern "C" fn config_of_context(data: *const c_void) -> Reply<Owned<Slice<u8>>> {
    guard(|| {
        // SAFETY: the caller holds the context.
        match unsafe { ContextObject::services(data) }.config() {
            Ok(bytes) => Reply::done(bytes.give()),
            Err(fault) => fault.into_reply(),
        }
    })
}

unsafe extern "C" fn interface_of_context(
    data: *const c_void,
    plugin: Str,
    interface: Str,
) -> Reply<Either<Object, Owned<Str>>> {
    guard(|| {
        // SAFETY: the caller holds the context, and the texts live during the call.
        let (services, plugin, interface) = unsafe {
            (
                ContextObject::services(data),
                read_str(plugin, Origin::UNKNOWN),
                read_str(interface, Origin::UNKNOWN),
            )
        };
        let answer = match (plugin, interface) {
            (Ok(plugin), Ok(interface)) => services.interface(plugin, interface),
            _ => Err("an id is not UTF-8".into()),
        };
        match answer {
            Ok(provided) => Reply::done(Either { done: provided.object.into_raw() }),
            Err(reason) => Reply::refused(Either { refused: reason.give() }),
        }
    })
}

unsafe extern "C" fn providers_of_context(data: *const c_void, interface: Str) -> Reply<Owned<Str>> {
    guard(|| {
        // SAFETY: the caller holds the context, and the text lives during the call.
        let (services, interface) =
            unsafe { (ContextObject::services(data), read_str(interface, Origin::UNKNOWN)) };
        let interface = interface.map_err(|malformed| malformed.to_string());
        match interface.and_then(|interface| services.providers(interface)) {
            Ok(ids) => Reply::done(ids.join("\n").give()),
            Err(reason) => Reply::refused(reason.give()),
        }
    })
}

unsafe extern "C" fn provided_of_context(
    data: *const c_void,
    plugin: Str,
    interface: Str,
    generation: u64,
) -> Reply<Either<ProvidedObject, Owned<Str>>> {
    guard(|| {
        // SAFETY: the caller holds the context, and the texts live during the call.
        let (services, plugin, interface) = unsafe {
            (
                ContextObject::services(data),
                read_str(plugin, Origin::UNKNOWN),
                read_str(interface, Origin::UNKNOWN),
            )
        };
        let answer = match (plugin, interface, generation) {
            (Ok(plugin), Ok(interface), 0) => services.interface(plugin, interface),
            (Ok(plugin), Ok(interface), number) => services.again(plugin, interface, number),
            _ => Err("an id is not UTF-8".into()),
        };
        match answer {
            Ok(Provided { object, generation, .. }) => {
                let generation = generation.map_or(0, |generation| generation.number());
                let done = ProvidedObject { object: object.into_raw(), generation };
                Reply::done(Either { done })
            }
            Err(reason) => Reply::refused(Either { refused: reason.give() }),
        }
    })
}

unsafe extern "C" fn available_of_context(data: *const c_void, interface: Str) -> Reply<Owned<Str>> {
    guard(|| {
        // SAFETY: the caller holds the context, and the text lives during the call.
        let (services, interface) =
            unsafe { (ContextObject::services(data), read_str(interface, Origin::UNKNOWN)) };
        let interface = interface.map_err(|malformed| malformed.to_string());
        match interface.and_then(|interface| services.available(interface)) {
            Ok(lines) => Reply::done(lines.give()),
            Err(reason) => Reply::refused(reason.give()),
        }
    })
}

unsafe extern "C" fn log_of_context(data: *const c_void, level: u32, target: Str, message: Str) {
    contained(|| {
        // SAFETY: the caller holds the context, and the texts live during the call.
        let (services, target, message) = unsafe {
            (
                ContextObject::services(data),
                read_str(target, Origin::UNKNOWN).unwrap_or("?"),
                Slice { ptr: message.ptr, len: message.len }.as_slice(),
            )
        };
        let level = match level {
            1 => Level::Error,
            2 => Level::Warn,
            3 => Level::Info,
            4 => Level::Debug,
            _ => Level::Trace,
        };
        services.log(level, target, &String::from_utf8_lossy(message));
    });
}
