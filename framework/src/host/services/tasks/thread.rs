//! A thread that is waited for, but not for ever, and never by itself.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::Instant;

/// A thread of the host's. Dropped, it is left to itself.
pub(super) struct Thread {
    handle: JoinHandle<()>,
    ended: Arc<Ended>,
}

#[derive(Default)]
struct Ended {
    yes: Mutex<bool>,
    told: Condvar,
}

/// Tells that the thread has come to its end, however.
struct Telling(Arc<Ended>);

impl Drop for Telling {
    fn drop(&mut self) {
        *self.0.yes.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.told.notify_all();
    }
}

impl Thread {
    /// **Errors:** no thread is to be had.
    pub(super) fn begin(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let ended = Arc::<Ended>::default();
        let telling = Telling(Arc::clone(&ended));
        let handle = crate::host::lifecycle::thread(name, move || {
            let _telling = telling;
            work();
        })?;
        Ok(Self { handle, ended })
    }

    pub(super) fn id(&self) -> ThreadId {
        self.handle.thread().id()
    }

    pub(super) fn has_ended(&self) -> bool {
        *self.ended.yes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its end, at most until then; whether it has ended. Not in the thread itself.
    pub(super) fn join(self, until: Instant) -> bool {
        if self.id() == std::thread::current().id() {
            return false;
        }
        let mut ended = self.ended.yes.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            ended = self.ended.told.wait_timeout(ended, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(ended);
        // A panic in it was contained where it happened.
        let _ended = self.handle.join();
        true
    }
}
