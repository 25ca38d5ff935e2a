//! What a caller holds of a plugin's interface.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "host")]
use crate::counts::{Counts, Meter};
use crate::interface::Interface;

pub(crate) mod ending;
mod weak;

pub(crate) use weak::untold;
pub use weak::{End, Generation, Gone, WeakHandle};

/// The plugin that an object belongs to.
pub struct Owner {
    id: Cow<'static, str>,
    faults: AtomicU64,
    #[cfg(feature = "host")]
    counts: Option<Counts>,
}

impl Owner {
    /// A plugin without faults.
    pub fn new(id: impl Into<String>) -> Self {
        Self::with(Cow::Owned(id.into()))
    }

    fn with(id: Cow<'static, str>) -> Self {
        Self {
            id,
            faults: AtomicU64::new(0),
            #[cfg(feature = "host")]
            counts: None,
        }
    }

    /// As [`new`](Self::new); nothing is copied where the plugin is linked in.
    #[cfg(feature = "host")]
    pub(crate) fn of(id: &crate::id::PluginId) -> Self {
        Self::with(id.to_text())
    }

    /// The same, whose calls are counted: through every handle that is made of its interfaces from now on.
    #[cfg(feature = "host")]
    #[must_use]
    pub fn counting(mut self) -> Self {
        self.counts.get_or_insert_default();
        self
    }

    /// What is counted of its calls; `None` where nobody asked for it.
    #[cfg(feature = "host")]
    pub fn counts(&self) -> Option<&Counts> {
        self.counts.as_ref()
    }

    /// How many of its calls have ended; `None` where nobody counts.
    #[cfg(feature = "host")]
    pub fn calls(&self) -> Option<u64> {
        self.counts().map(Counts::calls)
    }

    /// The time in its calls, all together; `None` where nobody counts.
    #[cfg(feature = "host")]
    pub fn time(&self) -> Option<std::time::Duration> {
        self.counts().map(Counts::time)
    }

    /// What a counter in front of one of its objects needs.
    #[cfg(feature = "host")]
    fn meter(self: &Arc<Self>) -> Option<Meter<'_>> {
        Some(Meter { owner: self, counts: self.counts()? })
    }

    /// The plugin's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many of its calls ended in a fault.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    pub(crate) fn count_fault(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "host")]
        crate::counts::mark_fault(self);
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("id", &self.id).field("faults", &self.faults()).finish()
    }
}

/// A plugin's interface, wherever the plugin lives. It implements the interface itself: call its methods on the handle.
///
/// For a plugin that is linked in, the handle is the `dyn Trait`; for a library it is a proxy whose every method is one
/// indirect C call.
///
/// The trait must be in scope, as for any method of a trait. The handle's own methods come first where an interface has
/// one of the same name; call the interface's by the trait, or on the [`Guard`] of [`get`](Self::get):
///
/// ```
/// use keyway::Handle;
///
/// #[keyway::interface(id = "stores/store", version = "1.0")]
/// pub trait Store: Send + Sync {
///     fn get(&self) -> String;
/// }
///
/// fn read(store: &Handle<dyn Store>) -> (String, String) {
///     (Store::get(store), store.get().get())
/// }
/// ```
pub struct Handle<I: ?Sized + Interface> {
    route: Way<I>,
    owner: Arc<Owner>,
    /// `None` where the host can not tell when it has ended.
    generation: Option<Arc<dyn Generation>>,
    /// Whether an edge lies between: a counter may stand before a proxy as before a trait object.
    direct: bool,
}

/// How a handle reaches its plugin; for generated code.
#[doc(hidden)]
pub enum Way<I: ?Sized + Interface> {
    Direct(Arc<I>),
    Proxy(Arc<I::Proxy>),
}

impl<I: ?Sized + Interface> Handle<I> {
    pub(crate) fn direct(object: Arc<I>, owner: Arc<Owner>, generation: Option<Arc<dyn Generation>>) -> Self {
        #[cfg(feature = "host")]
        let object = match owner.meter() {
            Some(meter) => I::metered(object, meter),
            None => object,
        };
        Self { route: Way::Direct(object), owner, generation, direct: true }
    }

    pub(crate) fn proxy(proxy: I::Proxy, owner: Arc<Owner>, generation: Option<Arc<dyn Generation>>) -> Self {
        let proxy = Arc::new(proxy);
        #[cfg(feature = "host")]
        if let Some(meter) = owner.meter() {
            let object = I::metered(I::into_arc(proxy), meter);
            return Self { route: Way::Direct(object), owner, generation, direct: false };
        }
        Self { route: Way::Proxy(proxy), owner, generation, direct: false }
    }

    /// The id of the plugin.
    pub fn plugin(&self) -> &str {
        self.owner.id()
    }

    /// Pins the interface as it is now, for several calls.
    #[inline]
    pub fn get(&self) -> Guard<'_, I> {
        match &self.route {
            Way::Direct(object) => Guard(object),
            Way::Proxy(proxy) => Guard(I::as_dyn(proxy)),
        }
    }

    /// The interface as a trait object, to be kept.
    pub fn to_arc(&self) -> Arc<I> {
        match &self.route {
            Way::Direct(object) => Arc::clone(object),
            Way::Proxy(proxy) => I::into_arc(Arc::clone(proxy)),
        }
    }

    /// A handle that does not keep what this one refers to, and that says when it has gone.
    pub fn downgrade(&self) -> WeakHandle<I> {
        WeakHandle::new(Arc::clone(&self.owner), self.generation.clone())
    }

    /// Whether calls go to the trait object itself, without an edge in between. A host that counts them does so on the
    /// way, and that is no edge.
    pub fn is_direct(&self) -> bool {
        self.direct
    }

    /// For generated code.
    #[doc(hidden)]
    #[inline(always)]
    pub fn way(&self) -> &Way<I> {
        &self.route
    }
}

impl<I: ?Sized + Interface> Clone for Handle<I> {
    fn clone(&self) -> Self {
        let route = match &self.route {
            Way::Direct(object) => Way::Direct(Arc::clone(object)),
            Way::Proxy(proxy) => Way::Proxy(Arc::clone(proxy)),
        };
        let (owner, generation) = (Arc::clone(&self.owner), self.generation.clone());
        Self { route, owner, generation, direct: self.direct }
    }
}

impl<I: ?Sized + Interface> fmt::Debug for Handle<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({} of {})", I::ID, self.owner.id())
    }
}

/// A borrow of a handle's interface: one generation of the plugin for as long as it lives.
pub struct Guard<'a, I: ?Sized + Interface>(&'a I);

impl<I: ?Sized + Interface> Deref for Guard<'_, I> {
    type Target = I;
    #[inline(always)]
    fn deref(&self) -> &I {
        self.0
    }
}
