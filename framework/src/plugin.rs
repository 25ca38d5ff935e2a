//! What a plugin is, from its author's side.

use std::any::Any;
use std::ffi::c_void;
use std::sync::Arc;

use crate::abi::guard::guard;
use crate::abi::object::{Held, release, retain};
use crate::abi::{ContextTable, Either, HealthReport, Object, Owned, Reply, Str, Table};
use crate::context::Context;
use crate::health::Health;
use crate::wire::Wire;

/// Why a plugin did not start, in its own words.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// A plugin that needs more than `Default` to come into being.
///
/// The life of a plugin, wherever it lives:
///
/// 1. its manifest is read; no code of it has run;
/// 2. the resolver gives it a place after everything that it requires;
/// 3. [`start`](Self::start) makes it, with a context through which what it requires can be reached;
/// 4. its interfaces are called, from any thread, until the host stops it;
/// 5. [`health`](Self::health) is asked now and then, where the host watches over its plugins;
/// 6. [`stop`](Self::stop) asks it to end what it began, while everything that it requires is still there;
/// 7. its [tasks](Context::spawn) that have not ended by then are cancelled, and waited for;
/// 8. it is dropped when the last one who holds one of its interfaces lets go.
///
/// A struct that implements `Default` and not this trait starts by its default, is good for as long as it runs, and stops
/// by being dropped.
///
/// **Panics:** one in `start` is a start that failed; one in a call is a fault of that call, counted for the plugin,
/// which goes on running; one in `health` is shown as failing, with its message; one in `stop` is reported, and the
/// plugin counts as stopped.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// Makes the plugin.
    ///
    /// What a library says with `tracing` and `log` goes to the host by now, so there is nothing to install: a subscriber or
    /// logger that is installed in here finds that there is one, and its `init` panics where `try_init` would say so.
    ///
    /// **Errors:** any; the plugin is then shown as failed with that reason, as is whoever requires it.
    fn start(context: &Context) -> Result<Self, StartError>;

    /// How the plugin is, at once and from any thread: what it knows already, and nothing that it would have to wait for.
    /// An answer that comes late counts as none.
    fn health(&self) -> Health {
        Health::good()
    }

    /// Ends what the plugin began: threads, files, connections. Called once.
    fn stop(&self) {}
}

/// How `#[plugin]` makes an instance: by [`Plugin`], or by `Default`.
pub trait Made: Sized + Send + Sync + 'static {
    /// Makes the instance.
    fn make(context: &Context) -> Result<Self, StartError>;
    /// How it is.
    fn health(&self) -> Health {
        Health::good()
    }
    /// Ends what it began.
    fn end(&self);
}

/// Chooses between [`Plugin`] and `Default`, by what the method call finds first.
pub struct Maker<T>(std::marker::PhantomData<T>);

impl<T> Maker<T> {
    /// A chooser.
    #[allow(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

/// Found first: the author wrote `start`.
pub trait ByPlugin<T> {
    /// Makes it.
    fn make(self, context: &Context) -> Result<T, StartError>;
    /// Asks it how it is.
    fn health(self, plugin: &T) -> Health;
    /// Ends it.
    fn end(self, plugin: &T);
}
impl<T: Plugin> ByPlugin<T> for &&Maker<T> {
    fn make(self, context: &Context) -> Result<T, StartError> {
        T::start(context)
    }
    fn health(self, plugin: &T) -> Health {
        plugin.health()
    }
    fn end(self, plugin: &T) {
        plugin.stop();
    }
}

/// Found second: the type has a default, or else the compiler says what to write.
pub trait ByDefault<T> {
    /// Makes it.
    fn make(self, context: &Context) -> Result<T, StartError>
    where
        T: Startable;
    /// Good, always.
    fn health(self, plugin: &T) -> Health;
    /// Ends it.
    fn end(self, plugin: &T);
}
impl<T> ByDefault<T> for &Maker<T> {
    fn make(self, _: &Context) -> Result<T, StartError>
    where
        T: Startable,
    {
        Ok(T::new())
    }
    fn health(self, _: &T) -> Health {
        Health::good()
    }
    fn end(self, _: &T) {}
}

/// The slot `health` of a plugin's table: a function where the author wrote `impl Plugin`, which is found first.
impl<T: Plugin> Maker<T> {
    /// See [`PluginTable::health`](crate::abi::PluginTable::health).
    pub const HEALTH: Option<HealthFn> = Some(health::<T>);
}

/// Found second: there is never anything to say, and no code for it.
pub trait SaysNothing {
    /// See [`PluginTable::health`](crate::abi::PluginTable::health).
    const HEALTH: Option<HealthFn> = None;
}
impl<T> SaysNothing for Maker<T> {}

/// The type of a table's slot `health`.
pub type HealthFn = unsafe extern "C" fn(*const c_void) -> Reply<HealthReport>;

/// A type that can be made without a context.
#[diagnostic::on_unimplemented(
    message = "the host does not know how to make a `{Self}`",
    label = "neither `Default` nor `keyway::Plugin`",
    note = "add `#[derive(Default)]`, or `impl keyway::Plugin for {Self}` with a `start` of your own"
)]
pub trait Startable {
    /// Makes it.
    fn new() -> Self;
}
impl<T: Default> Startable for T {
    fn new() -> Self {
        T::default()
    }
}

/// One interface of a plugin: its functions, and the way to the trait object.
pub struct Provide<T> {
    /// The functions, whose data is an `Arc<T>`.
    pub table: &'static Table,
    /// The instance as an `Arc<dyn Interface>` in a box.
    pub direct: fn(Arc<T>) -> Box<dyn Any + Send + Sync>,
}

/// A plugin of this image that runs.
pub trait Live: Send + Sync {
    /// How many interfaces it provides.
    fn count(&self) -> usize;
    /// An interface by its place in the manifest: as an object, and as an `Arc<dyn Interface>` in a box.
    fn interface(&self, index: usize) -> (Held, Box<dyn Any + Send + Sync>);
    /// How it is.
    #[cfg(feature = "host")]
    fn health(&self) -> Health;
    /// Ends what it began.
    fn stop(&self);
}

/// A plugin of this image, with what it provides.
pub struct LiveOf<T: Made> {
    instance: Arc<T>,
    provides: &'static [Provide<T>],
}

impl<T: Made> LiveOf<T> {
    /// Starts the plugin.
    pub fn start(context: &Context, provides: &'static [Provide<T>]) -> Result<Box<dyn Live>, StartError> {
        Ok(Box::new(Self { instance: Arc::new(T::make(context)?), provides }))
    }
}

impl<T: Made> Live for LiveOf<T> {
    fn count(&self) -> usize {
        self.provides.len()
    }
    fn interface(&self, index: usize) -> (Held, Box<dyn Any + Send + Sync>) {
        let Provide { table, direct } = &self.provides[index];
        let data = Arc::into_raw(Arc::clone(&self.instance)).cast();
        // SAFETY: the table's data is an `Arc<T>`, of which one count was just taken apart.
        let object = unsafe { Held::new(Object { data, table: *table }) };
        (object, direct(Arc::clone(&self.instance)))
    }
    #[cfg(feature = "host")]
    fn health(&self) -> Health {
        self.instance.health()
    }
    fn stop(&self) {
        self.instance.end();
    }
}

/// `start` of a plugin's table.
///
/// # Safety
/// The context must be alive until it is released.
pub unsafe fn start<T: Made>(context: *const ContextTable) -> Reply<Either<*const c_void, Owned<Str>>> {
    guard(|| {
        // SAFETY: the same duties.
        let context = unsafe { Context::from_table(context) };
        let made = context.map_err(StartError::from).and_then(|context| {
            #[cfg(feature = "traces")]
            crate::context::traces::arrive(&context);
            T::make(&context)
        });
        match made {
            Ok(instance) => Reply::done(Either { done: Arc::into_raw(Arc::new(instance)).cast() }),
            Err(error) => Reply::refused(Either { refused: in_words(&*error).give() }),
        }
    })
}

/// `health` of a plugin's table.
///
/// # Safety
/// As [`stop`].
unsafe extern "C" fn health<T: Plugin>(data: *const c_void) -> Reply<HealthReport> {
    guard(|| {
        // SAFETY: the same duties.
        Reply::done(unsafe { &*data.cast::<T>() }.health().into_report())
    })
}

/// `stop` of a plugin's table.
///
/// # Safety
/// `data` must be what [`start`] gave for the same type.
pub unsafe extern "C" fn stop<T: Made>(data: *const c_void) -> Reply<u8> {
    guard(|| {
        // SAFETY: the same duties.
        unsafe { &*data.cast::<T>() }.end();
        Reply::done(0)
    })
}

/// The functions that count an instance, for its tables.
pub const fn counting<T: Made>() -> (unsafe extern "C" fn(*const c_void), unsafe extern "C" fn(*const c_void))
{
    (retain::<T>, release::<T>)
}

/// An error and its causes, in one line.
// `format!` is one copy for a library; `to_string` is another in every unit that calls it, 400 bytes each.
pub(crate) fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error}");
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&format!("{cause}"));
        next = cause.source();
    }
    text
}
