//! What `#[interface]` makes of a trait: a description of it as data, and the two ends of a call.
//!
//! Which changes of an interface two sides survive is decided in [`compare`]; the words for those they do not are
//! [`Mismatch`]'s.

use std::sync::Arc;

use crate::abi::object::{Links, Remote};
use crate::abi::{Descriptor, Object, Table};

mod compat;
mod mismatch;
mod shape;

pub use compat::{Route, compare};
pub use mismatch::{Change, Mismatch};
pub use shape::{FieldShape, InterfaceShape, Kind, MethodShape, TypeId, TypeShape, VariantShape};

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
}
