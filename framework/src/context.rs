//! What a plugin can reach of its host, and for how long.
//!
//! A plugin gets none of the host's statics: not its logger, not its runtime. What it needs comes through the context,
//! which is the same whether the plugin is linked in or loaded. It may be cloned and kept; after the plugin has been
//! stopped it answers that the host is gone.

use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::Arc;

use crate::abi::guard::{contained, guard};
use crate::abi::object::{Held, try_connect};
use crate::abi::{ContextTable, Either, Object, Owned, Reply, Sized, Slice, Status, Str};
use crate::fault::Fault;
use crate::handle::{Handle, Owner};
use crate::interface::Interface;
use crate::wire::{Decoder, Format, Origin, Wire, read_str};

/// What a plugin can reach of its host.
#[derive(Clone)]
pub struct Context {
    services: Arc<dyn Services>,
}

/// How urgent a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
#[repr(u32)]
pub enum Level {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
    Trace = 5,
}

impl Context {
    /// A context over a host's services.
    pub fn new(services: Arc<dyn Services>) -> Self {
        Self { services }
    }

    /// The plugin's own id.
    pub fn plugin(&self) -> &str {
        self.services.plugin()
    }

    /// The plugin's settings: its defaults where the operator set nothing.
    ///
    /// **Errors:** [`Unavailable`] says which setting is not what the type says.
    pub fn config<C: Wire + Default>(&self) -> Result<C, Unavailable> {
        let bytes =
            self.services.config().map_err(|fault| self.unavailable("settings", fault.to_string()))?;
        if bytes.is_empty() {
            return Ok(C::default());
        }
        C::decode(&mut Decoder::new(Format::Named, &bytes, &[]))
            .map_err(|malformed| self.unavailable("settings", malformed.to_string()))
    }

    /// An interface of a plugin that this one requires, wherever that plugin lives.
    ///
    /// **Errors:** the plugin is not required in the manifest, does not run, does not provide the interface, or has a
    /// version of it that does not fit.
    pub fn get<I: ?::core::marker::Sized + Interface>(&self, plugin: &str) -> Result<Handle<I>, Unavailable> {
        let what = || format!("interface `{}` of plugin `{plugin}`", I::ID);
        let provided =
            self.services.interface(plugin, I::ID).map_err(|reason| self.unavailable(what(), reason))?;
        provided.into_handle().map_err(|mismatch| self.unavailable(what(), mismatch.to_string()))
    }

    /// The interface of every running plugin that provides it and that this one requires, by rank and then id.
    ///
    /// **Errors:** as [`get`](Self::get), for the first that fails.
    pub fn all<I: ?::core::marker::Sized + Interface>(&self) -> Result<Vec<Handle<I>>, Unavailable> {
        let ids = self.services.providers(I::ID);
        ids.map_err(|reason| self.unavailable(format!("interface `{}`", I::ID), reason))?
            .iter()
            .map(|id| self.get(id))
            .collect()
    }

    /// A line for the host's log, under the plugin's id.
    pub fn log(&self, level: Level, message: impl fmt::Display) {
        self.services.log(level, self.plugin(), &message.to_string());
    }

    #[cold]
    fn unavailable(&self, what: impl Into<String>, reason: String) -> Unavailable {
        Unavailable { plugin: self.plugin().to_owned(), what: what.into(), reason }
    }

    /// A context over the table of another image.
    ///
    /// # Safety
    /// The table must be null or alive until it is released.
    pub(crate) unsafe fn from_table(table: *const ContextTable) -> Result<Self, Unavailable> {
        // SAFETY: a table begins with its size.
        let sized = unsafe { Sized::new(table) };
        let Some(whole) = sized.as_ref().and_then(Sized::whole) else {
            return Err(Unavailable {
                plugin: "?".into(),
                what: "context".into(),
                reason: "its table is missing or shorter than version 1 of the ABI".into(),
            });
        };
        // SAFETY: the table is alive, and `Remote` releases what is retained here.
        unsafe { (whole.retain)(whole.data) };
        // SAFETY: the id lives as long as the context.
        let plugin =
            unsafe { read_str((whole.plugin)(whole.data), Origin::UNKNOWN) }.unwrap_or("?").to_owned();
        Ok(Self::new(Arc::new(Remote { table, plugin })))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context of `{}`", self.plugin())
    }
}

/// Something that a plugin asked its context for, and why it can not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    plugin: String,
    what: String,
    reason: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` can not have its {}: {}", self.plugin, self.what, self.reason)
    }
}

impl std::error::Error for Unavailable {}

/// What a host does for one plugin.
pub trait Services: Send + Sync + 'static {
    /// The plugin's id.
    fn plugin(&self) -> &str;
    /// Its settings as a MessagePack map; empty for none.
    fn config(&self) -> Result<Vec<u8>, Fault>;
    /// An interface of another plugin, or the reason why not.
    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String>;
    /// Which running plugins provide an interface, by rank and then id; or the reason why that is not known.
    fn providers(&self, interface: &str) -> Result<Vec<String>, String>;
    /// A line for the log.
    fn log(&self, level: Level, target: &str, message: &str);
}

/// An interface of a live plugin: an object for whoever asks, and the trait object for whoever shares its types.
pub struct Provided {
    /// The object that crosses.
    pub object: Held,
    /// An `Arc<dyn Interface>`, where the plugin is linked in.
    pub direct: Option<Box<dyn Any + Send + Sync>>,
    /// Whose it is.
    pub owner: Arc<Owner>,
}

impl Provided {
    /// A handle: direct where both sides are of one image and one version, else over the table.
    ///
    /// **Errors:** the two sides' descriptions of the interface do not fit.
    pub fn into_handle<I: ?::core::marker::Sized + Interface>(
        self,
    ) -> Result<Handle<I>, crate::interface::Mismatch> {
        let Self { object, direct, owner } = self;
        if let Some(direct) = direct.and_then(|direct| direct.downcast::<Arc<I>>().ok()) {
            return Ok(Handle::direct(*direct, owner));
        }
        // SAFETY: the object is held, and its count is handed on.
        let proxy = unsafe { try_connect::<I>(object.into_raw(), Some(Arc::clone(&owner))) }?;
        Ok(Handle::proxy(proxy, owner))
    }
}

/// The host's services, from the other side of an edge.
struct Remote {
    table: *const ContextTable,
    plugin: String,
}

// SAFETY: a context's functions may be called from any thread.
unsafe impl Send for Remote {}
// SAFETY: as above.
unsafe impl Sync for Remote {}

impl Remote {
    fn table(&self) -> &ContextTable {
        // SAFETY: the table was retained, so it is alive until `drop`.
        unsafe { &*self.table }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let table = self.table();
        // SAFETY: `from_table` retained it once.
        unsafe { (table.release)(table.data) }
    }
}

/// A text that the other side gave, or the fault that came instead.
#[inline(never)]
unsafe fn text_of(status: Status, text: MaybeUninit<Owned<Str>>) -> Result<String, String> {
    match status {
        Status::DONE | Status::REFUSED => {
            // SAFETY: the caller says that the status goes with a text.
            let text = unsafe { String::take(text.assume_init(), Origin::UNKNOWN) };
            text.map_err(|malformed| format!("{malformed}"))
        }
        // SAFETY: any other status is a fault record that is now this side's.
        Status(record) => Err(unsafe { Fault::from_record(record) }.to_string()),
    }
}

impl Services for Remote {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn config(&self) -> Result<Vec<u8>, Fault> {
        let table = self.table();
        // SAFETY: the function belongs to the table.
        let reply = unsafe { (table.config)(table.data) };
        match reply.status {
            Status::DONE => {
                // SAFETY: a done reply has a value, which is now this side's.
                let bytes = unsafe { <Vec<u8> as Wire>::take(reply.value.assume_init(), Origin::UNKNOWN) };
                bytes.map_err(Fault::from)
            }
            Status::REFUSED => Ok(Vec::new()),
            // SAFETY: any other status is a fault record that is now this side's.
            Status(record) => Err(unsafe { Fault::from_record(record) }),
        }
    }

    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String> {
        let table = self.table();
        // SAFETY: the function belongs to the table.
        let reply = unsafe { (table.interface)(table.data, Str::new(plugin), Str::new(interface)) };
        if reply.status == Status::DONE {
            // SAFETY: a done reply has an object of which one count is now this side's.
            let object = unsafe { Held::new(reply.value.assume_init().done) };
            return Ok(Provided { object, direct: None, owner: Arc::new(Owner::new(plugin)) });
        }
        // SAFETY: a refused reply has a text, which begins where the union does; another one is not looked at.
        let reason = unsafe { text_of(reply.status, reply.value.as_ptr().cast::<MaybeUninit<_>>().read()) };
        Err(reason.unwrap_or_else(|fault| fault))
    }

    fn providers(&self, interface: &str) -> Result<Vec<String>, String> {
        let table = self.table();
        // SAFETY: the function belongs to the table.
        let reply = unsafe { (table.providers)(table.data, Str::new(interface)) };
        // SAFETY: both ends have a text.
        let text = unsafe { text_of(reply.status, reply.value) }?;
        match reply.status {
            Status::DONE => Ok(text.lines().map(str::to_owned).collect()),
            _ => Err(text),
        }
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        let table = self.table();
        // SAFETY: the function belongs to the table.
        unsafe { (table.log)(table.data, level as u32, Str::new(target), Str::new(message)) }
    }
}

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
