//! Arguments that are only looked at: a value whose text and numbers stay where the caller has them.
//!
//! A method that takes `&Record` never frees, grows or writes the record, so its strings need not be copied for it: the
//! callee's `String` points at the caller's bytes for the length of the call, and is taken apart, not dropped, at its
//! end. Nothing that must be allocated by this side is missed, because nothing is ever given back to an allocator.

use std::mem::ManuallyDrop;
use std::ops::Deref;

use super::{Malformed, Origin, Wire};
use crate::abi::Slice;

/// A value that may stand on memory of the caller's, to be looked at during a call.
#[repr(transparent)]
pub struct Overlay<T: Wire>(ManuallyDrop<T>);

impl<T: Wire> Overlay<T> {
    /// Lays a value over a view.
    ///
    /// # Safety
    /// As [`Wire::overlay`]; this value must be gone before the view is.
    #[inline(always)]
    pub unsafe fn new(view: &T::View, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties; `drop` lifts it.
        unsafe { T::overlay(view, origin) }.map(Self)
    }

    /// The value, to be put into a larger overlay, which is then lifted as a whole.
    #[inline(always)]
    pub fn into_inner(self) -> T {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: the guard around it is never dropped.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl<T: Wire> Deref for Overlay<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Wire> Drop for Overlay<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: it was made by `overlay` and is not used afterwards.
        unsafe { T::lift(ManuallyDrop::take(&mut self.0)) }
    }
}

/// A vector over elements that lie in memory as this side has them.
///
/// # Safety
/// The elements must be alive, initialised and unchanged for as long as the vector, which must not be dropped.
#[inline(always)]
pub(crate) unsafe fn vector_over<T>(items: Slice<T>) -> ManuallyDrop<Vec<T>> {
    if items.ptr.is_null() || items.len == 0 {
        return ManuallyDrop::new(Vec::new());
    }
    // SAFETY: the caller answers for the elements, and keeps the vector from its allocator.
    ManuallyDrop::new(unsafe { Vec::from_raw_parts(items.ptr.cast_mut(), items.len, items.len) })
}

/// A vector of overlays.
///
/// # Safety
/// As [`Wire::overlay`], for each element.
pub(super) unsafe fn list<T: Wire>(
    views: Slice<T::View>,
    origin: Origin<'_>,
) -> Result<ManuallyDrop<Vec<T>>, Malformed> {
    // SAFETY: the caller answers for the views.
    let views = unsafe { views.as_slice() };
    let mut items = Vec::<Overlay<T>>::with_capacity(views.len());
    for view in views {
        // SAFETY: the same duties.
        items.push(unsafe { Overlay::new(view, origin) }?);
    }
    let mut items = ManuallyDrop::new(items);
    // SAFETY: an overlay lies in memory as its value does, and the vector was just taken apart.
    let items = unsafe { Vec::from_raw_parts(items.as_mut_ptr().cast::<T>(), items.len(), items.capacity()) };
    Ok(ManuallyDrop::new(items))
}

/// Takes such a vector apart.
///
/// # Safety
/// It must come from [`list`].
pub(super) unsafe fn lift_list<T: Wire>(items: Vec<T>) {
    for item in items {
        // SAFETY: `list` made each by `overlay`.
        unsafe { T::lift(item) };
    }
}
