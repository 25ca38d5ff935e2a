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
use crate::abi::{ContextTable, Either, Object, Owned, ProvidedObject, Reply, Sized, Slice, Status, Str};
use crate::fault::{Fault, FaultKind};
use crate::handle::{Generation, Handle, Owner};
use crate::interface::Interface;
use crate::wire::{Decoder, Format, Origin, Wire, read_str};

mod available;
mod generation;
pub(crate) mod parking;
pub(crate) mod resources;
pub mod router;
mod service;
mod tasks;
#[cfg(test)]
mod tests;
pub mod topics;
#[cfg(feature = "traces")]
pub(crate) mod traces;

pub use available::Available;
#[cfg(feature = "host")]
pub(crate) use generation::Generations;
pub(crate) use generation::told;
pub use resources::{InUse, Share, Shared};
pub(crate) use service::HOST;
#[cfg(feature = "host")]
pub(crate) use tasks::{Blocking, Tasks, Work};
pub use tasks::{Interval, Task, TaskError, TimeoutError};

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

    /// An interface of whoever comes first of [`all`](Self::all): for one that a single plugin or the host itself provides,
    /// under whatever id.
    ///
    /// **Errors:** as [`get`](Self::get); or none of those that this plugin requires provides it.
    pub fn first<I: ?::core::marker::Sized + Interface>(&self) -> Result<Handle<I>, Unavailable> {
        let unavailable = |reason| self.unavailable(format!("interface `{}`", I::ID), reason);
        let ids = self.services.providers(I::ID).map_err(unavailable)?;
        match ids.first() {
            Some(id) => self.get(id),
            None => Err(unavailable("nothing that runs and that its manifest requires provides it".into())),
        }
    }

    /// Who provides an interface, and in which version, by rank and then id: of those that [`get`](Self::get) gives. So a
    /// plugin can prefer one.
    ///
    /// ```
    /// # #[keyway::interface(id = "toolbox/store", version = "1.0")]
    /// # pub trait Store: Send + Sync {
    /// #     fn read(&self) -> String;
    /// # }
    /// use keyway::{Context, Handle, StartError};
    ///
    /// fn newest(context: &Context) -> Result<Handle<dyn Store>, StartError> {
    ///     let stores = context.providers::<dyn Store>()?;
    ///     let newest = stores.iter().max_by_key(|store| store.version()).ok_or("there is no store")?;
    ///     Ok(context.get(newest.plugin())?)
    /// }
    /// ```
    ///
    /// **Errors:** the host has stopped; or it can not tell, being of version 1.0 of the ABI.
    pub fn providers<I: ?::core::marker::Sized + Interface>(&self) -> Result<Vec<Available>, Unavailable> {
        self.list(I::ID)
    }

    /// Every interface that [`get`](Self::get) gives, from every plugin that it gives it of: by interface, then rank, then
    /// plugin.
    ///
    /// **Errors:** as [`providers`](Self::providers).
    pub fn available(&self) -> Result<Vec<Available>, Unavailable> {
        self.list("")
    }

    fn list(&self, interface: &str) -> Result<Vec<Available>, Unavailable> {
        let lines = self.services.available(interface).and_then(|lines| available::read(&lines));
        lines.map_err(|reason| self.unavailable("list of interfaces", reason))
    }

    /// A line for the host's log, under the plugin's id. What a plugin says with `tracing` or `log` reaches the host without
    /// it, in every home.
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
        let Some(table) = sized.as_ref().and_then(Sized::<ContextTable>::complete) else {
            return Err(Unavailable {
                plugin: "?".into(),
                what: "context".into(),
                reason: "its table is missing or shorter than version 1 of the ABI".into(),
            });
        };
        // SAFETY: the table is alive, and `Retained` releases what is retained here.
        unsafe { (table.retain)(table.data) };
        let context = Arc::new(Retained(table));
        // SAFETY: the id lives as long as the context.
        let plugin =
            unsafe { read_str((table.plugin)(table.data), Origin::UNKNOWN) }.unwrap_or("?").to_owned();
        Ok(Self::new(Arc::new(Remote { context, plugin })))
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

impl From<Unavailable> for Fault {
    /// Of kind [`Gone`](FaultKind::Gone), so that `?` brings it into the error of a method.
    fn from(error: Unavailable) -> Self {
        Self::new(FaultKind::Gone, format!("can not have its {}: {}", error.what, error.reason))
            .in_plugin(&error.plugin)
    }
}

/// What a host of an earlier version answers.
const CAN_NOT_TELL: &str = "this host can not tell";

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
    /// Those that provide an interface and can be had, or all such interfaces where it is empty: by interface, rank and id,
    /// a line each, with the plugin, the interface and its version between single spaces; or the reason why that is not
    /// known.
    fn available(&self, _interface: &str) -> Result<String, String> {
        Err(CAN_NOT_TELL.into())
    }
    /// As [`interface`](Self::interface), of the generation with this number alone.
    fn again(&self, _plugin: &str, _interface: &str, _generation: u64) -> Result<Provided, String> {
        Err(CAN_NOT_TELL.into())
    }
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
    /// Which generation of that plugin it is of; `None` where nobody can tell when that has ended.
    pub generation: Option<Arc<dyn Generation>>,
}

impl Provided {
    /// A handle: direct where both sides are of one image and one version, else over the table.
    ///
    /// **Errors:** the two sides' descriptions of the interface do not fit.
    pub fn into_handle<I: ?::core::marker::Sized + Interface>(
        self,
    ) -> Result<Handle<I>, crate::interface::Mismatch> {
        let Self { object, direct, owner, generation } = self;
        if let Some(direct) = direct.and_then(|direct| direct.downcast::<Arc<I>>().ok()) {
            return Ok(Handle::direct(*direct, owner, generation));
        }
        // SAFETY: the object is held, and its count is handed on.
        let proxy = unsafe { try_connect::<I>(object.into_raw(), Some(Arc::clone(&owner))) }?;
        Ok(Handle::proxy(proxy, owner, generation))
    }

    /// The object itself, as the trait: of what the host does itself, which is of no generation.
    ///
    /// **Errors:** as [`into_handle`](Self::into_handle).
    pub(crate) fn into_object<I: ?::core::marker::Sized + Interface>(
        self,
    ) -> Result<Arc<I>, crate::interface::Mismatch> {
        let Self { object, direct, owner, .. } = self;
        if let Some(direct) = direct.and_then(|direct| direct.downcast::<Arc<I>>().ok()) {
            return Ok(*direct);
        }
        // SAFETY: the object is held, and its count is handed on.
        let proxy = unsafe { try_connect::<I>(object.into_raw(), Some(owner)) }?;
        Ok(I::into_arc(Arc::new(proxy)))
    }
}

/// The host's services, from the other side of an edge.
struct Remote {
    context: Arc<Retained>,
    plugin: String,
}

impl Remote {
    fn table(&self) -> &ContextTable {
        self.context.table()
    }
}

/// A context of another image, of which this side has one count: its table as a copy, with null for what its writer did
/// not have.
struct Retained(ContextTable);

// SAFETY: a context's functions may be called from any thread.
unsafe impl Send for Retained {}
// SAFETY: as above.
unsafe impl Sync for Retained {}

impl Retained {
    fn table(&self) -> &ContextTable {
        &self.0
    }
}

impl Drop for Retained {
    fn drop(&mut self) {
        // SAFETY: `from_table` retained it once.
        unsafe { (self.0.release)(self.0.data) }
    }
}

/// Why another side has refused, in words; it may have failed instead.
///
/// # Safety
/// The reply is not done, and its text or fault record is now this side's.
unsafe fn refusal_of<T: Copy>(reply: Reply<Either<T, Owned<Str>>>) -> String {
    // SAFETY: a refused reply has a text, which begins where the union does; another one is not looked at.
    let reason = unsafe { text_of(reply.status, reply.value.as_ptr().cast::<MaybeUninit<_>>().read()) };
    reason.unwrap_or_else(|fault| fault)
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
        let owner = Arc::new(Owner::new(plugin));
        if let Some(answer) = generation::provided(&self.context, &owner, interface, 0) {
            return answer;
        }
        let table = self.table();
        // SAFETY: the function belongs to the table.
        let reply = unsafe { (table.interface)(table.data, Str::new(plugin), Str::new(interface)) };
        if reply.status == Status::DONE {
            // SAFETY: a done reply has an object of which one count is now this side's.
            let object = unsafe { Held::new(reply.value.assume_init().done) };
            return Ok(Provided { object, direct: None, owner, generation: None });
        }
        // SAFETY: any other reply has a text or is a fault, which is now this side's.
        Err(unsafe { refusal_of(reply) })
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

    fn available(&self, interface: &str) -> Result<String, String> {
        let table = self.table();
        let ask = table.available.ok_or(CAN_NOT_TELL)?;
        // SAFETY: the function belongs to the table.
        let reply = unsafe { ask(table.data, Str::new(interface)) };
        // SAFETY: both ends have a text.
        let text = unsafe { text_of(reply.status, reply.value) }?;
        if reply.status == Status::DONE { Ok(text) } else { Err(text) }
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
