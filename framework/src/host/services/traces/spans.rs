//! The spans that an image holds: each with the subscriber that made it, which is not always that of the thread on which
//! something is done with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{PoisonError, RwLock};

use tracing_core::Dispatch;
use tracing_core::dispatcher::get_default;
use tracing_core::span::Id;

use super::site::{Leaked, leaked_of};
use crate::context::traces::CURRENT;
use crate::fault::drop_quietly;

/// A number is a slot below and its generation above, from 1; there are fewer than [`CURRENT`].
const SLOT: u32 = 32;
const GENERATIONS: u32 = (1 << 30) - 1;

/// See the module.
#[derive(Default)]
pub(super) struct Spans(RwLock<Slots>);

#[derive(Default)]
struct Slots {
    all: Vec<Slot>,
    free: Vec<u32>,
}

struct Slot {
    generation: u32,
    /// How often it is held; 0 where there is none.
    holders: u64,
    span: Option<Span>,
}

/// A span: whose, which, and the callsite where that is a plugin's.
type Span = (Dispatch, Id, Option<&'static Leaked>);

/// The span that this thread is in.
pub(super) fn current() -> Option<Span> {
    get_default(|dispatch| {
        let (id, metadata) = dispatch.current_span().into_inner()?;
        Some((dispatch.clone(), id, leaked_of(metadata)))
    })
}

fn split(number: u64) -> (usize, u32) {
    ((number & u64::from(u32::MAX)) as usize, (number >> SLOT) as u32)
}

const ENDED: &str = "the span has ended";

impl Spans {
    /// A number for a span, which is held once.
    pub(super) fn put(&self, dispatch: Dispatch, id: Id, site: &'static Leaked) -> u64 {
        self.keep((dispatch, id, Some(site)))
    }

    fn keep(&self, span: Span) -> u64 {
        let mut slots = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let place = slots.free.pop().unwrap_or_else(|| {
            slots.all.push(Slot { generation: 0, holders: 0, span: None });
            (slots.all.len() - 1) as u32
        });
        let slot = &mut slots.all[place as usize];
        slot.generation = slot.generation % GENERATIONS + 1;
        (slot.holders, slot.span) = (1, Some(span));
        u64::from(slot.generation) << SLOT | u64::from(place)
    }

    /// The span with this number.
    pub(super) fn find(&self, number: u64) -> Result<Span, String> {
        if number == CURRENT {
            return current().ok_or_else(|| ENDED.into());
        }
        let (place, generation) = split(number);
        let slots = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.all.get(place).filter(|slot| slot.generation == generation);
        slot.and_then(|slot| slot.span.clone()).ok_or_else(|| ENDED.into())
    }

    /// Holds a span once more.
    pub(super) fn hold(&self, number: u64) -> Result<u64, String> {
        let (dispatch, id, site) = self.find(number)?;
        let same = dispatch.clone_span(&id);
        if same != id || number == CURRENT {
            return Ok(self.keep((dispatch, same, site)));
        }
        let (place, generation) = split(number);
        let mut slots = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.all.get_mut(place).filter(|slot| slot.generation == generation);
        slot.ok_or(ENDED)?.holders += 1;
        Ok(number)
    }

    /// Holds a span once less; whether that was its end.
    pub(super) fn close(&self, number: u64) -> Result<bool, String> {
        let (place, generation) = split(number);
        let mut slots = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.all.get_mut(place).filter(|slot| slot.generation == generation && slot.holders > 0);
        let slot = slot.ok_or(ENDED)?;
        slot.holders -= 1;
        let last = slot.holders == 0;
        let span = if last { slot.span.take() } else { slot.span.clone() };
        if last {
            slots.free.push(place as u32);
        }
        drop(slots);
        Ok(span.is_some_and(|(dispatch, id, _)| dispatch.try_close(id)))
    }
}

impl Drop for Spans {
    /// Whoever held them is gone.
    fn drop(&mut self) {
        let slots = std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        for slot in slots.all {
            let Some((dispatch, id, _)) = slot.span else { continue };
            for _ in 0..slot.holders {
                let closed = catch_unwind(AssertUnwindSafe(|| dispatch.try_close(id.clone())));
                if let Err(payload) = closed {
                    drop_quietly(payload);
                    break;
                }
            }
        }
    }
}
