//! Panics end where they happen: a side that lets one out ends the process of the other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Reply, Status};
use crate::fault::{Fault, drop_quietly};

/// Runs a shim's body; a panic in it becomes a fault.
#[inline(always)]
pub fn guard<T: Copy>(body: impl FnOnce() -> Reply<T>) -> Reply<T> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(reply) => reply,
        Err(payload) => caught(payload),
    }
}

#[cold]
#[inline(never)]
fn caught<T: Copy>(payload: Box<dyn std::any::Any + Send>) -> Reply<T> {
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
