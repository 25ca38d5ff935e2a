//! When a question's time is over: one thread a host, begun with the first question that waits.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::wakers::{let_go, number, wake};
use crate::host::lifecycle::thread;

#[derive(Default)]
pub(super) struct Alarms(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<(Instant, u64), Waker>,
    works: bool,
    ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = Instant::now();
            state = match state.waiting.first_key_value() {
                Some((&(at, _), _)) if at <= now => {
                    let due = state.waiting.pop_first();
                    drop(state);
                    if let Some((_, waker)) = due {
                        wake(waker);
                    }
                    self.lock()
                }
                Some((&(at, _), _)) => {
                    self.changed.wait_timeout(state, at - now).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Alarms {
    /// Done at that moment; `None` is never.
    pub(super) fn at(&self, at: Option<Instant>) -> Alarm {
        Alarm { shared: Arc::clone(&self.0), at, number: number() }
    }

    /// Ends the thread.
    pub(super) fn end(&self) {
        let mut state = self.0.lock();
        state.ended = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.0.changed.notify_all();
        waiting.into_values().for_each(wake);
    }
}

impl Drop for Alarms {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits until a moment.
pub(super) struct Alarm {
    shared: Arc<Shared>,
    at: Option<Instant>,
    number: u64,
}

impl Future for Alarm {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        if at <= Instant::now() {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        let mut state = self.shared.lock();
        let before = state.waiting.insert((at, self.number), waker);
        let first = state.waiting.first_key_value().is_some_and(|(key, _)| *key == (at, self.number));
        let begins = !std::mem::replace(&mut state.works, true);
        drop(state);
        let_go(before);
        if begins {
            let shared = Arc::clone(&self.shared);
            if thread("keyway-alarm", move || shared.work()).is_err() {
                // Then the next one tries; until one can, only what is polled hears that its time is over.
                self.shared.lock().works = false;
            }
        } else if first {
            self.shared.changed.notify_all();
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(at) = self.at {
            let waker = self.shared.lock().waiting.remove(&(at, self.number));
            let_go(waker);
        }
    }
}
