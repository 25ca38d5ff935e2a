//! The edge inside one process, for tests of interfaces and plugins: the same table and the same messages that a library
//! or a process would see, without a second image. Sanitizers and Miri can follow every step.

use std::sync::Arc;

use crate::abi::channel::Loopback;
use crate::abi::object::{connect, try_connect};
use crate::interface::{Interface, Mismatch};
use crate::wire::Origin;

/// The object, reached through its C table.
///
/// **Panics:** when the interface does not fit itself, which is a bug of the framework.
pub fn through_table<I: ?Sized + Interface>(object: Arc<I>) -> Arc<I> {
    let object = I::export(object);
    // SAFETY: `export` gave one count of an object whose table is a constant.
    let proxy = unsafe { connect::<I>(object, Origin { trusted: true, owner: None }) };
    I::into_arc(Arc::new(proxy.expect("an interface fits itself")))
}

/// The object, reached through messages alone.
///
/// **Panics:** as [`through_table`].
pub fn through_messages<I: ?Sized + Interface>(object: Arc<I>) -> Arc<I> {
    // SAFETY: `export` gave one count of an object whose table is a constant; the loopback's table is kept for ever.
    let proxy = unsafe { connect::<I>(Loopback::object(I::export(object)), Origin::UNKNOWN) };
    I::into_arc(Arc::new(proxy.expect("an interface fits itself")))
}

/// The object of one interface, reached as another through its C table: what happens between a plugin and a host that
/// were built against different versions of an interface.
///
/// **Errors:** the two descriptions do not fit.
pub fn between<A: ?Sized + Interface, B: ?Sized + Interface>(object: Arc<A>) -> Result<Arc<B>, Mismatch> {
    let object = A::export(object);
    // SAFETY: `export` gave one count of an object whose table is a constant.
    let proxy = unsafe { try_connect::<B>(object, None) }?;
    Ok(B::into_arc(Arc::new(proxy)))
}

/// As [`between`], through messages alone.
///
/// **Errors:** as [`between`].
pub fn between_through_messages<A: ?Sized + Interface, B: ?Sized + Interface>(
    object: Arc<A>,
) -> Result<Arc<B>, Mismatch> {
    let object = A::export(object);
    // SAFETY: `export` gave one count of an object whose table is a constant; the loopback's table is kept for ever.
    let proxy = unsafe { try_connect::<B>(Loopback::object(object), None) }?;
    Ok(B::into_arc(Arc::new(proxy)))
}
