//! One event, to all who are there: those with room at once, and those who make its publisher wait when they have some.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Listener;
use super::gate::Gate;
use super::queue::{Item, Pushed};
use crate::context::topics::port::Outcome;
use crate::host::services::wakers::number;

/// An event on its way. Dropped before it is done, what waited for room is dropped, and counted.
pub(super) struct Delivery {
    outcome: Outcome,
    gate: Arc<Gate>,
    full: Vec<(Arc<Listener>, Item)>,
    /// Under which it waits, where it does.
    number: u64,
}

impl Delivery {
    pub(super) fn new(gate: &Arc<Gate>) -> Self {
        Self { outcome: Outcome::default(), gate: Arc::clone(gate), full: Vec::new(), number: 0 }
    }

    /// Which forms its publisher is to bring next time.
    pub(super) fn wants(&mut self, forms: u32) {
        self.outcome.wanted = forms;
    }

    /// Gives it to one more.
    pub(super) fn to(&mut self, listener: &Arc<Listener>, sent: Item) {
        match listener.queue.push(sent) {
            Pushed::Full(sent) => self.full.push((Arc::clone(listener), sent)),
            pushed => self.count(&pushed),
        }
    }

    fn count<E>(&mut self, pushed: &Pushed<E>) {
        self.outcome.received += u32::from(matches!(pushed, Pushed::Taken | Pushed::Instead));
        self.outcome.dropped += u32::from(matches!(pushed, Pushed::Instead | Pushed::Dropped));
    }

    /// The outcome where nobody makes it wait.
    pub(super) fn at_once(self) -> Result<Outcome, Self> {
        if self.full.is_empty() { Ok(self.outcome) } else { Err(self) }
    }
}

impl Future for Delivery {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        if self.full.is_empty() {
            return Poll::Ready(self.outcome);
        }
        if self.number == 0 {
            self.number = number();
        }
        self.gate.waiting.wait(self.number, context.waker());
        let ends = !self.gate.may_wait();
        for (listener, sent) in std::mem::take(&mut self.full) {
            // First it waits, then it looks: who makes room in between wakes it.
            listener.queue.writers.wait(self.number, context.waker());
            match listener.queue.push(sent) {
                Pushed::Full(sent) if ends => {
                    listener.queue.writers.forget(self.number);
                    listener.queue.give_up(sent);
                    self.outcome.dropped += 1;
                }
                Pushed::Full(sent) => self.full.push((listener, sent)),
                pushed => {
                    listener.queue.writers.forget(self.number);
                    self.count(&pushed);
                }
            }
        }
        if self.full.is_empty() { Poll::Ready(self.outcome) } else { Poll::Pending }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if self.number != 0 {
            self.gate.waiting.forget(self.number);
        }
        for (listener, sent) in self.full.drain(..) {
            listener.queue.writers.forget(self.number);
            listener.queue.give_up(sent);
        }
    }
}
