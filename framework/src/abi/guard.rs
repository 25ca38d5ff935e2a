//! Panics end where they happen: a side that lets one out ends the process of the other.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Reply, Status};
use crate::fault::{Fault, drop_quietly};

/// Runs a shim's body; a panic in it becomes a fault.
#[inline(always)]
pub fn guard<T: Copy>(body: impl FnOnce() -> Reply<T>) -> Reply<T> {
    guard_slot(|slot| slot.write(body()))
}

/// As [`guard`], for a body that writes its reply straight to where the caller wants it: a reply of many words would
/// otherwise be moved once more on its way out of the `catch_unwind`.
#[inline(always)]
pub fn guard_slot<T: Copy>(body: impl for<'a> FnOnce(Slot<'a, T>) -> Written<'a>) -> Reply<T> {
    let mut reply = MaybeUninit::uninit();
    let slot = Slot(&mut reply);
    if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(body(slot)))) {
        reply.write(caught(payload));
    }
    // SAFETY: the body had to write it to have something to return, or ended in the panic whose fault was written.
    unsafe { reply.assume_init() }
}

/// Where a shim's reply goes.
pub struct Slot<'a, T: Copy>(&'a mut MaybeUninit<Reply<T>>);

/// Says that a reply was written.
#[must_use]
pub struct Written<'a>(PhantomData<&'a mut ()>);

impl<'a, T: Copy> Slot<'a, T> {
    /// Writes the reply.
    #[inline(always)]
    pub fn write(self, reply: Reply<T>) -> Written<'a> {
        self.0.write(reply);
        Written(PhantomData)
    }
}

#[cold]
#[inline(never)]
pub(super) fn caught<T: Copy>(payload: Box<dyn std::any::Any + Send>) -> Reply<T> {
    // Reading the payload runs nothing of the author's, dropping it may: both stay inside.
    match catch_unwind(AssertUnwindSafe(|| Fault::from_panic(payload))) {
        Ok(fault) => fault.into_reply(),
        Err(second) => {
            std::mem::forget(second);
            Fault::new(crate::fault::FaultKind::Panic, "a panic whose payload panics").into_reply()
        }
    }
}

/// Runs what can give no answer, such as a drop; a panic in it ends here.
#[inline(always)]
pub fn contained(body: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
        drop_quietly(payload);
    }
}

impl Fault {
    /// A reply without a value.
    #[cold]
    pub fn into_reply<T: Copy>(self) -> Reply<T> {
        Reply { status: Status(self.into_record()), value: std::mem::MaybeUninit::uninit() }
    }
}
