//! What `#[interface]` makes of a trait: a description of it as data, and the two ends of a call.
//!
//! Which changes of an interface two sides survive is decided in [`compare`]; the words for those they do not are
//! [`Mismatch`]'s.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::abi::object::{Links, Remote, borrow, connect};
use crate::abi::{Descriptor, Object, Table};
use crate::wire::{Malformed, Origin};

mod compat;
mod mismatch;
mod shape;
mod value;

pub use compat::{Route, compare};
pub use mismatch::{Change, Mismatch};
pub use shape::{FieldShape, InterfaceShape, Kind, MethodShape, TypeId, TypeShape, VariantShape};
pub(crate) use value::write_differences;
pub use value::{Difference, ValueShape};

/// A trait that plugins can provide, as its `dyn` type. Implemented by `#[keyway::interface]` alone.
///
/// # Safety
/// The tables must hold functions of the types that the descriptor says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no interface",
    label = "not marked with `#[keyway::interface]`",
    note = "put `#[keyway::interface(id = \"namespace/name\", version = \"1.0\")]` on the trait"
)]
pub unsafe trait Interface: Send + Sync + 'static {
    /// `namespace/name`.
    const ID: &'static str;
    /// `major.minor.patch`.
    const VERSION: &'static str;
    /// This side's end of a call to another side.
    type Proxy: Send + Sync + 'static;
    /// The maker of method tables, one a type: see the expansion.
    type Guest;
    /// An array of as many functions as there are methods.
    type Methods;

    /// The description.
    const DESCRIPTOR: &'static Descriptor;

    /// The description, as a function that crosses.
    extern "C" fn descriptor() -> *const Descriptor;
    /// A proxy over an object of the other side.
    fn proxy(remote: Remote) -> Self::Proxy;
    /// The proxy as the trait.
    fn as_dyn(proxy: &Self::Proxy) -> &Self;
    /// The proxy as the trait, counted.
    fn into_arc(proxy: Arc<Self::Proxy>) -> Arc<Self>;
    /// The proxy as the trait, boxed.
    fn into_box(proxy: Self::Proxy) -> Box<Self>;
    /// An object for the other side.
    fn export(object: Arc<Self>) -> Object;
    /// The functions for a [`Lent`](crate::abi::object::Lent) object.
    fn lent() -> &'static Table;
    /// The links to other sides' tables.
    fn links() -> &'static Links;

    /// The object with a counter in front of it; as it is where the interface was written by hand without one.
    #[cfg(feature = "host")]
    #[doc(hidden)]
    fn metered(object: Arc<Self>, _meter: crate::counts::Meter<'_>) -> Arc<Self> {
        object
    }

    /// A lent object on the guest side.
    ///
    /// # Safety
    /// The object must be alive for as long as the result is used.
    #[doc(hidden)]
    unsafe fn borrow(object: Object) -> Result<ManuallyDrop<Self::Proxy>, Malformed> {
        // SAFETY: the same duties.
        unsafe { borrow::<Self>(object) }
    }
    /// A boxed object, for the other side.
    #[doc(hidden)]
    fn give_box(object: Box<Self>) -> Object {
        Self::export(Arc::from(object))
    }
    /// A boxed object of the other side.
    ///
    /// # Safety
    /// The caller gives one count of a live object.
    #[doc(hidden)]
    unsafe fn take_box(object: Object, origin: Origin<'_>) -> Result<Box<Self>, Malformed> {
        // SAFETY: the same duties.
        Ok(Self::into_box(unsafe { connect::<Self>(object, origin) }?))
    }
    /// A boxed object of a message or an argument, which keeps its own count.
    ///
    /// # Safety
    /// The object must be alive.
    #[doc(hidden)]
    unsafe fn read_box(object: Object, origin: Origin<'_>) -> Result<Box<Self>, Malformed> {
        // SAFETY: the object is alive, and from now on counted once more.
        unsafe {
            object.retain();
            Self::take_box(object, origin)
        }
    }
}
