//! Where the value of a task waits for whoever awaits it. All of it is in the plugin's image.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::TaskError;

/// The place for one value, shared by the task and whoever may await it.
pub(super) struct Slot<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    outcome: Option<Result<T, TaskError>>,
    /// The host has let go of the task.
    ended: bool,
    waiting: Option<Waker>,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { outcome: None, ended: false, waiting: None }) })
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps how the task has ended, and tells nobody yet.
    pub(super) fn put(&self, outcome: Result<T, TaskError>) {
        self.lock().outcome = Some(outcome);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// **Panics:** when it has given the value before.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<T, TaskError>> {
        // A waker is somebody else's: it is cloned and dropped while nothing is locked.
        let waker = context.waker().clone();
        let before = {
            let mut state = self.lock();
            if state.ended {
                let outcome = state.outcome.take();
                drop(state);
                return Poll::Ready(outcome.expect("a task is awaited once"));
            }
            state.waiting.replace(waker)
        };
        drop(before);
        Poll::Pending
    }

    fn end(&self) {
        let waiting = {
            let mut state = self.lock();
            state.ended = true;
            state.outcome.get_or_insert(Err(TaskError::Cancelled));
            state.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

/// The end of a task, which is told when this is dropped.
pub(super) struct Ending<T>(pub(super) Arc<Slot<T>>);

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        self.0.end();
    }
}
