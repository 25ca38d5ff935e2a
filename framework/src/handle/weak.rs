//! Holding on to an interface without holding on to its plugin, and hearing that the plugin has gone.
//!
//! What has gone is a generation: what ran between one start of a plugin and the stop after it. Whether another one runs by
//! now is for whoever hears it to ask.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::ending::wait_for;
use super::{Handle, Owner};
use crate::abi::future::BoxFuture;
use crate::context::{Provided, told};
use crate::fault::{Fault, FaultKind};
use crate::interface::Interface;

/// A handle that does not keep what it refers to. From [`Handle::downgrade`].
///
/// It stays with the generation that the handle was taken of. Once that was stopped, because the plugin was unloaded,
/// disabled, quarantined or reloaded, or because the host has stopped, it says so, and why:
///
/// ```standalone_crate
/// use keyway::host::Host;
///
/// #[keyway::interface(id = "greetings/greeter", version = "1.0")]
/// pub trait Greeter: Send + Sync {
///     fn greet(&self) -> String;
/// }
///
/// #[keyway::plugin(id = "greetings/polite", provides(Greeter))]
/// #[derive(Default)]
/// pub struct Polite;
///
/// impl Greeter for Polite {
///     fn greet(&self) -> String {
///         "good day".into()
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = Host::builder("example", "1.0.0").start()?;
/// let weak = host.get::<dyn Greeter>("greetings/polite")?.downgrade();
/// assert_eq!(weak.upgrade()?.greet(), "good day");
///
/// host.unload("greetings/polite", false)?;
/// let gone = weak.upgrade().unwrap_err();
/// assert_eq!(gone.to_string(), "plugin `greetings/polite` is gone: it was unloaded");
/// # Ok(())
/// # }
/// ```
pub struct WeakHandle<I: ?Sized + Interface> {
    owner: Arc<Owner>,
    generation: Option<Arc<dyn Generation>>,
    interface: PhantomData<fn() -> Arc<I>>,
}

impl<I: ?Sized + Interface> WeakHandle<I> {
    pub(super) fn new(owner: Arc<Owner>, generation: Option<Arc<dyn Generation>>) -> Self {
        Self { owner, generation, interface: PhantomData }
    }

    /// The id of the plugin.
    pub fn plugin(&self) -> &str {
        self.owner.id()
    }

    /// A handle of the same generation, at about the cost of asking for one anew. For as long as it is held, what it refers
    /// to stays and answers, whatever becomes of the plugin meanwhile.
    ///
    /// **Errors:** the generation has ended, or nobody can tell: in a library under a host of version 1.0 of the ABI.
    pub fn upgrade(&self) -> Result<Handle<I>, Gone> {
        let generation = self.generation.clone().ok_or_else(|| Gone::untold(self.plugin()))?;
        let provided = generation.interface(I::ID)?;
        // It did fit when the handle was made, and both sides are the same.
        provided.into_handle().map_err(|mismatch| Gone::new(self.plugin(), mismatch.to_string()))
    }

    /// Waits until the generation has ended, and says why. It has when it begins to stop: its handles can still be called
    /// then, and nobody gets a new one. Where nobody can tell, in a library under a host of version 1.0 of the ABI, that is
    /// said at once.
    ///
    /// Under any executor, in every home; the future keeps no plugin, and to drop it ends the waiting.
    ///
    /// ```
    /// use keyway::{Interface, WeakHandle};
    ///
    /// async fn forget<I: ?Sized + Interface>(held: WeakHandle<I>) {
    ///     let gone = held.gone().await;
    ///     println!("without `{}` from now on: {gone}", gone.plugin());
    /// }
    /// ```
    pub fn gone(&self) -> BoxFuture<'static, Gone> {
        match self.generation.clone().map_or(End::Untold, |generation| generation.ended()) {
            End::Here(gone) => gone,
            End::There(service, number) => told(service, self.plugin(), number),
            End::Untold => untold(self.plugin()),
        }
    }

    /// As [`gone`](Self::gone), on this thread, which sleeps meanwhile.
    pub fn wait_gone(&self) -> Gone {
        wait_for(self.gone().as_mut())
    }
}

/// The answer of a host that can not tell.
pub(crate) fn untold(plugin: &str) -> BoxFuture<'static, Gone> {
    Box::pin(std::future::ready(Gone::untold(plugin)))
}

impl<I: ?Sized + Interface> Clone for WeakHandle<I> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.owner), self.generation.clone())
    }
}

impl<I: ?Sized + Interface> fmt::Debug for WeakHandle<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeakHandle({} of {})", I::ID, self.owner.id())
    }
}

/// A plugin from one start to the stop after it. Keeps no plugin alive.
pub trait Generation: Send + Sync + 'static {
    /// Never 0; in one host no other generation of the plugin has the same.
    fn number(&self) -> u64;
    /// An interface of it.
    ///
    /// **Errors:** it has ended.
    fn interface(self: Arc<Self>, interface: &str) -> Result<Provided, Gone>;
    /// Who tells of its end.
    fn ended(self: Arc<Self>) -> End;
}

/// Who tells of the end of a generation.
pub enum End {
    /// This future.
    Here(BoxFuture<'static, Gone>),
    /// A service of the host's, asked with the generation's number.
    There(Provided, u64),
    /// Nobody.
    Untold,
}

/// Why nothing can be had of what a [`WeakHandle`] or a [`Shared`](crate::Shared) refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    plugin: String,
    /// The name of the resource; `None` where the plugin is meant.
    resource: Option<String>,
    why: Option<String>,
}

impl Gone {
    /// The generation has ended, for this reason in one clause.
    pub fn new(plugin: &str, why: impl Into<String>) -> Self {
        Self { plugin: plugin.to_owned(), resource: None, why: Some(why.into()) }
    }

    /// A resource of the plugin's has ended, for this reason in one clause.
    pub(crate) fn of_resource(plugin: &str, resource: &str, why: &str) -> Self {
        Self { resource: Some(resource.to_owned()), ..Self::new(plugin, why) }
    }

    /// Nobody can tell whether it has.
    fn untold(plugin: &str) -> Self {
        Self { plugin: plugin.to_owned(), resource: None, why: None }
    }

    /// The id of the plugin.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The name of the resource that has gone; `None` where it is the plugin.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// Why it has gone, in one clause; `None` where nobody can tell whether it has.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, resource, why } = self;
        match (why, resource) {
            (Some(why), Some(resource)) => {
                write!(f, "resource `{resource}` of plugin `{plugin}` is gone: {why}")
            }
            (Some(why), None) => write!(f, "plugin `{plugin}` is gone: {why}"),
            (None, _) => write!(f, "this host can not tell whether plugin `{plugin}` is still there"),
        }
    }
}

impl std::error::Error for Gone {}

/// So that a method can pass it on with `?`.
impl From<Gone> for Fault {
    fn from(gone: Gone) -> Self {
        let fault = match (&gone.why, &gone.resource) {
            (Some(why), Some(resource)) => {
                Self::new(FaultKind::Gone, format!("its resource `{resource}` has ended: {why}"))
            }
            (Some(why), None) => Self::new(FaultKind::Gone, why.as_str()),
            (None, _) => {
                Self::new(FaultKind::Unsupported, "this host can not tell whether it is still there")
            }
        };
        fault.in_plugin(&gone.plugin)
    }
}
