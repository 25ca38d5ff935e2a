//! The object that stands before an interface's and counts, and how a call's end is told.

use std::cell::Cell;
use std::future::poll_fn;
use std::mem;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Instant;

use super::{InterfaceCounts, Meter, OneMethod};
use crate::abi::future::{BoxFuture, boxed};
use crate::handle::Owner;
use crate::interface::Interface;

/// Stands before an object and counts its calls: the interface's macro implements the trait for it.
pub struct Metered<I: ?Sized> {
    object: Arc<I>,
    owner: Arc<Owner>,
    counts: Arc<InterfaceCounts>,
}

impl<I: ?Sized + Interface> Metered<I> {
    /// In front of an object. The methods are named in the order of the numbers that [`call`](Self::call) is given.
    pub fn new(object: Arc<I>, meter: Meter<'_>, methods: &'static [&'static str]) -> Self {
        Self { object, owner: Arc::clone(meter.owner), counts: meter.counts.of(I::ID, methods) }
    }

    /// What it stands before.
    #[inline]
    pub fn object(&self) -> &I {
        &self.object
    }

    /// Begins a call of a method.
    #[inline]
    pub fn call(&self, method: usize) -> Call<'_> {
        FAULTED.set(0);
        Call { method: &self.counts.methods[method], owner: &self.owner, start: Instant::now() }
    }

    /// A call of an async method, which begins with its first poll. One that is dropped before it has an answer is not
    /// counted: it did not end. `well` says whether a value is no error.
    pub fn later<'a, T: 'a>(
        &'a self,
        method: usize,
        mut future: BoxFuture<'a, T>,
        well: fn(&T) -> bool,
    ) -> BoxFuture<'a, T> {
        let mut begun = None;
        let (counted, owner) = (&self.counts.methods[method], &self.owner);
        boxed(poll_fn(move |context| {
            FAULTED.set(0);
            let start = *begun.get_or_insert_with(Instant::now);
            // A poll that panics drops it.
            let call = Call { method: counted, owner, start };
            let polled = future.as_mut().poll(context);
            match &polled {
                Poll::Ready(value) => call.ended(well(value)),
                Poll::Pending => mem::forget(call),
            }
            polled
        }))
    }
}

/// A call under way. One that is dropped without having ended ends in a panic, which goes on.
pub struct Call<'a> {
    method: &'a OneMethod,
    owner: &'a Arc<Owner>,
    start: Instant,
}

impl Call<'_> {
    /// It ended with a value.
    #[inline]
    pub fn done(self) {
        self.method.times.write(self.start.elapsed());
        mem::forget(self);
    }

    /// It ended with a value, or else with an error: the plugin's own, or a fault that became one.
    #[inline]
    pub fn ended(self, well: bool) {
        self.method.times.write(self.start.elapsed());
        if !well {
            let failed = if faulted(self.owner) { &self.method.faults } else { &self.method.errors };
            failed.fetch_add(1, Ordering::Release);
        }
        mem::forget(self);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.method.times.write(self.start.elapsed());
        self.method.faults.fetch_add(1, Ordering::Release);
        // A proxy has counted the fault that it panics with; a panic of a linked-in plugin's has met nobody yet.
        if !faulted(self.owner) {
            self.owner.count_fault();
            FAULTED.set(0);
        }
    }
}

thread_local! {
    /// Whose call ended in a fault last in this thread, by the owner's address: between a proxy that meets the fault, which
    /// is the last thing that it does, and the counter in front of it.
    static FAULTED: Cell<usize> = const { Cell::new(0) };
}

/// Says that a call of the plugin's has ended in a fault.
pub(crate) fn mark_fault(owner: &Owner) {
    FAULTED.set(ptr::from_ref(owner).addr());
}

/// Whether the call that ended just now did so in a fault of the plugin's.
fn faulted(owner: &Owner) -> bool {
    FAULTED.replace(0) == ptr::from_ref(owner).addr()
}
