//! What a plugin does beside its calls: tasks on the host's executor, blocking work on the host's threads, and time.
//!
//! A plugin has no runtime of its own, and none of the host's statics: it gives the host what is to run. The future, its
//! value and its panic stay in the plugin's image; what crosses is in [`work`]. The host counts what it was given, and ends
//! it when the plugin stops.

use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use self::slot::Slot;
use self::work::{Closure, Job};
use super::{Context, Unavailable};

mod interval;
mod slot;
mod task;
#[cfg(test)]
mod tests;
mod work;

pub use interval::Interval;
pub use task::{Task, TaskError, TimeoutError};
pub(crate) use work::Tasks;
#[cfg(feature = "host")]
pub(crate) use work::{Blocking, Work};

impl Context {
    /// Runs a future on the host's executor, beside whatever calls this. In `start`, too: if that fails, its tasks are
    /// cancelled.
    ///
    /// To drop the [`Task`] changes nothing: the future runs on, until it ends or the plugin does. When the plugin is stopped,
    /// its tasks are cancelled after its own `stop` has returned, and waited for; from the beginning of the stop on no new one
    /// begins. A task that does not end, because its poll does not return, is named to the operator: by the place in the
    /// source that has called this, or by the name of [`spawn_named`](Self::spawn_named).
    ///
    /// A panic ends the task, is told to whoever awaits it, and counts as a fault of the plugin.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use keyway::{Context, Plugin, StartError, plugin};
    ///
    /// #[plugin(id = "toolbox/heart")]
    /// pub struct Heart;
    ///
    /// impl Plugin for Heart {
    ///     fn start(context: &Context) -> Result<Self, StartError> {
    ///         let mut beats = context.interval(Duration::from_secs(1))?;
    ///         let log = context.clone();
    ///         context.spawn(async move {
    ///             while let Ok(at) = beats.tick().await {
    ///                 log.log(keyway::Level::Debug, format_args!("alive after {at:?}"));
    ///             }
    ///         })?;
    ///         Ok(Self)
    ///     }
    /// }
    /// ```
    ///
    /// **Errors:** the plugin is being stopped or has been, the host has stopped, or its executor does not take the task; the
    /// future is dropped then.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Result<Task<F::Output>, Unavailable>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let place = Location::caller();
        self.begin(place.file(), place.line(), future)
    }

    /// As [`spawn`](Self::spawn), with a name under which the operator hears of the task.
    ///
    /// **Errors:** as [`spawn`](Self::spawn).
    pub fn spawn_named<F>(&self, name: &str, future: F) -> Result<Task<F::Output>, Unavailable>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.begin(name, 0, future)
    }

    /// Runs what blocks on a thread of the host's that is there for such work. It begins at once, but where 512 are under way
    /// already.
    ///
    /// What has begun can not be interrupted: the stop of the plugin waits for it, and names it where it does not end in time.
    /// What has not begun by then never does.
    ///
    /// **Errors:** as [`spawn`](Self::spawn).
    #[track_caller]
    pub fn spawn_blocking<T>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<Task<T>, Unavailable>
    where
        T: Send + 'static,
    {
        let place = Location::caller();
        self.begin_blocking(place.file(), place.line(), work)
    }

    /// As [`spawn_blocking`](Self::spawn_blocking), with a name under which the operator hears of the work.
    ///
    /// **Errors:** as [`spawn`](Self::spawn).
    pub fn spawn_blocking_named<T>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Task<T>, Unavailable>
    where
        T: Send + 'static,
    {
        self.begin_blocking(name, 0, work)
    }

    /// How long the host has been there. The clock never goes back, and is the same one for the host and all of its plugins.
    ///
    /// **Errors:** the plugin was stopped, or the host has stopped, or has no clock.
    pub fn now(&self) -> Result<Duration, Unavailable> {
        self.tasks("clock").map(|tasks| Duration::from_nanos(tasks.now()))
    }

    /// Waits, counted from this call. Whoever awaits it is woken by the host; no executor needs a timer of its own.
    ///
    /// In a task it ends with the task. In a call that outlives the plugin it goes on for as long as the host is there.
    ///
    /// **Errors:** the plugin was stopped, or the host has stopped, or has no timer.
    pub fn sleep(
        &self,
        duration: Duration,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send + 'static + use<> {
        let begun = self.tasks(TIMER).map(|tasks| (tasks.now().saturating_add(nanoseconds(duration)), tasks));
        let context = self.clone();
        async move {
            let (at, tasks) = begun?;
            tasks.sleep_until(at).await.map_err(|reason| context.unavailable(TIMER, reason))
        }
    }

    /// Ticks once a period, for the first time a period from now. A tick that is due already when somebody comes to wait for
    /// it is given at once; those that were missed besides are left out. The next one is due at the next whole number of
    /// periods since this call, so nothing drifts.
    ///
    /// **Errors:** as [`sleep`](Self::sleep); the period is zero.
    pub fn interval(&self, period: Duration) -> Result<Interval, Unavailable> {
        if period.is_zero() {
            return Err(self.unavailable(TIMER, "a period of zero has no ticks".into()));
        }
        Ok(Interval::new(self, self.tasks(TIMER)?, nanoseconds(period)))
    }

    /// What the future gives, unless it takes too long: then it is dropped. The time is counted from this call.
    ///
    /// **Errors:** [`TimeoutError::Elapsed`], or why there is no timer.
    pub fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> impl Future<Output = Result<F::Output, TimeoutError>> + use<F> {
        let sleep = self.sleep(limit);
        async move {
            let (mut future, mut sleep) = (pin!(future), pin!(sleep));
            poll_fn(|context| {
                if let Poll::Ready(value) = future.as_mut().poll(context) {
                    return Poll::Ready(Ok(value));
                }
                sleep.as_mut().poll(context).map(|slept| {
                    Err(slept.map_or_else(TimeoutError::Unavailable, |()| TimeoutError::Elapsed { limit }))
                })
            })
            .await
        }
    }

    fn tasks(&self, what: &str) -> Result<Arc<dyn Tasks>, Unavailable> {
        self.service::<dyn Tasks>(what)
    }

    fn begin<F>(&self, name: &str, line: u32, future: F) -> Result<Task<F::Output>, Unavailable>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let tasks = self.tasks("task")?;
        let slot = Slot::new();
        let number = tasks.spawn(name, line, Box::new(Job::new(future, &slot)));
        Ok(Task::new(slot, number.map_err(|reason| self.unavailable("task", reason))?, tasks))
    }

    fn begin_blocking<T>(
        &self,
        name: &str,
        line: u32,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Task<T>, Unavailable>
    where
        T: Send + 'static,
    {
        let tasks = self.tasks("task")?;
        let slot = Slot::new();
        let number = tasks.spawn_blocking(name, line, Box::new(Closure::new(work, &slot)));
        Ok(Task::new(slot, number.map_err(|reason| self.unavailable("task", reason))?, tasks))
    }
}

/// What a plugin can not have where time is refused to it.
const TIMER: &str = "timer";

/// As they cross; what is longer than five centuries is as long as that.
fn nanoseconds(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}
