//! What a plugin can reach of its host, and for how long.
//!
//! A plugin gets none of the host's statics: not its logger, not its runtime. What it needs comes through the context,
//! which is the same whether the plugin is linked in or loaded. It may be cloned and kept; after the plugin has been
//! stopped it answers that the host is gone.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::abi::object::{Held, try_connect};
use crate::abi::{ContextTable, Sized};
use crate::fault::{Fault, FaultKind};
use crate::handle::{Generation, Handle, Owner};
use crate::interface::Interface;
use crate::wire::{Decoder, Format, Origin, Wire, read_str};

mod available;
mod generation;
mod object;
pub(crate) mod parking;
mod remote;
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
pub use object::ContextObject;
use remote::{Remote, Retained, refusal_of};
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
