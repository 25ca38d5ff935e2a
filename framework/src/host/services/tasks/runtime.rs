//! What one host runs tasks with: an executor, a timer, threads for what blocks, a clock.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use super::crew::Crew;
use super::executor::{Executor, Own};
use super::task::{Errand, Runner};
use super::timer::{Sleep, Timer};

/// The most blocking works that are under way at once.
const BLOCKING: usize = 512;
/// How far a sleep can go; one that goes further is as good as one without end.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// It keeps no host alive, and no plugin's context keeps it alive.
pub(in crate::host) struct Runtime {
    began: Instant,
    executor: Runs,
    timer: Timer,
    blocking: Crew<Errand>,
    /// Threads in which a task was left behind: nobody waits for them a second time.
    left: Mutex<HashSet<ThreadId>>,
}

enum Runs {
    Given(Arc<dyn Executor>),
    Own(Own),
}

impl Runtime {
    pub(in crate::host) fn new(executor: Option<Arc<dyn Executor>>) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            executor: executor.map_or_else(|| Runs::Own(Own::new()), Runs::Given),
            timer: Timer::new(),
            blocking: Crew::new("keyway-blocking", BLOCKING),
            left: Mutex::default(),
        })
    }

    pub(in crate::host) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn sleep_until(&self, nanoseconds: u64) -> Sleep {
        let far = Instant::now() + FAR;
        let at = self.began.checked_add(Duration::from_nanos(nanoseconds)).map_or(far, |at| at.min(far));
        self.timer.sleep_until(at)
    }

    /// Waits for so long.
    ///
    /// **Errors:** the host has stopped.
    pub(in crate::host::services) fn alarm(
        &self,
        within: Duration,
    ) -> impl Future<Output = Result<(), String>> + Send + use<> {
        let at = self.now().saturating_add(within).as_nanos();
        self.sleep_until(u64::try_from(at).unwrap_or(u64::MAX))
    }

    /// Gives a task to the executor, which may drop it at once.
    pub(super) fn run(&self, task: Runner) {
        let task = Box::pin(task);
        let given = match &self.executor {
            Runs::Own(own) => catch_unwind(AssertUnwindSafe(|| own.execute(task))),
            Runs::Given(executor) => catch_unwind(AssertUnwindSafe(|| executor.execute(task))),
        };
        if let Err(payload) = given {
            let fault = crate::fault::Fault::from_panic(payload);
            tracing::error!(target: "keyway", panic = fault.message(), "the executor of the host");
        }
    }

    /// Whether there is a thread for it, now or later.
    pub(super) fn block(&self, work: Errand) -> bool {
        self.blocking.put(work).is_ok()
    }

    /// Nobody waits any more for what this thread does.
    pub(super) fn leave(&self, thread: ThreadId) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).insert(thread);
    }

    /// Ends every thread, and waits for them at most until then; not for the one that this is called in.
    pub(in crate::host) fn end(&self, until: Instant) {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Runs::Own(own) = &self.executor {
            own.end(&left, until);
        }
        self.blocking.end(&left, until);
        self.timer.end(until);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.end(Instant::now());
    }
}
