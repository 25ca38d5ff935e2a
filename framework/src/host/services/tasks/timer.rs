//! When what sleeps is woken: one thread a host, begun with the first sleep.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::super::STOPPED;
use super::thread::Thread;

pub(super) struct Timer(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Another one is due first, or all has ended.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// By the moment at which they are due, and a number.
    sleeping: BTreeMap<(Instant, u64), Waker>,
    begun: u64,
    thread: Option<Thread>,
    ended: bool,
}

impl Timer {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep { timer: Arc::clone(&self.0), at, number: None }
    }

    /// Ends every sleep, and the thread. Waits for that at most until then.
    pub(super) fn end(&self, until: Instant) {
        let (sleeping, thread) = {
            let mut state = self.0.lock();
            state.ended = true;
            (std::mem::take(&mut state.sleeping), state.thread.take())
        };
        self.0.changed.notify_all();
        sleeping.into_values().for_each(wake);
        if let Some(thread) = thread {
            let _ended = thread.join(until);
        }
    }
}

/// A waker is somebody else's, and so is its panic.
fn wake(waker: Waker) {
    let _woken = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = Instant::now();
            let later = state.sleeping.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut state.sleeping, later);
            if !due.is_empty() {
                drop(state);
                due.into_values().for_each(wake);
                state = self.lock();
                continue;
            }
            state = match state.sleeping.first_key_value() {
                Some((&(at, _), _)) => {
                    let left = at.saturating_duration_since(now);
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Puts a waker among those that sleep, under this number or a new one; gives the number, and the waker that stood there.
    fn put(
        self: &Arc<Self>,
        at: Instant,
        number: Option<u64>,
        waker: Waker,
    ) -> Result<(u64, Option<Waker>), String> {
        let mut state = self.lock();
        if state.ended {
            return Err(STOPPED.into());
        }
        if state.thread.is_none() {
            let shared = Arc::clone(self);
            let thread = Thread::begin("keyway-timer", move || shared.work());
            state.thread =
                Some(thread.map_err(|error| format!("no thread is to be had for its timer: {error}"))?);
        }
        let number = number.unwrap_or_else(|| {
            state.begun += 1;
            state.begun
        });
        let before = state.sleeping.insert((at, number), waker);
        let first = state.sleeping.first_key_value().is_some_and(|(key, _)| *key == (at, number));
        drop(state);
        if first {
            self.changed.notify_one();
        }
        Ok((number, before))
    }
}

/// Waits until a moment.
pub(super) struct Sleep {
    timer: Arc<Shared>,
    at: Instant,
    /// Under which it is among those that sleep, once it has been polled.
    number: Option<u64>,
}

impl Future for Sleep {
    /// **Errors:** the host has stopped.
    type Output = Result<(), String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.at <= Instant::now() {
            let ended = self.timer.lock().ended;
            return Poll::Ready(if ended { Err(STOPPED.into()) } else { Ok(()) });
        }
        match self.timer.put(self.at, self.number, context.waker().clone()) {
            Ok((number, before)) => {
                self.number = Some(number);
                drop(before);
                Poll::Pending
            }
            Err(why) => Poll::Ready(Err(why)),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let waker = self.timer.lock().sleeping.remove(&(self.at, number));
        drop(waker);
    }
}

#[cfg(test)]
mod tests;
