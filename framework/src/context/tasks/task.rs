//! What a plugin holds of its task, and why it may get no value of it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Tasks;
use super::slot::Slot;
use crate::abi::guard::contained;
use crate::context::Unavailable;
use crate::fault::{Fault, FaultKind};

/// A task that was [spawned](crate::Context::spawn): a future of what its own future gives.
///
/// To drop it lets the task run on by itself, unless it is tied with [`cancel_on_drop`](Self::cancel_on_drop);
/// [`cancel`](Self::cancel) ends it.
///
/// ```
/// use keyway::{Context, StartError};
///
/// async fn both(context: &Context) -> Result<u64, StartError> {
///     let one = context.spawn(async { 40 })?;
///     let other = context.spawn_blocking(|| 2)?;
///     Ok(one.await? + other.await?)
/// }
/// ```
///
/// **Errors:** [`TaskError`] says that it was cancelled, or what its panic said.
///
/// **Panics:** when it is polled again after it has given the value.
pub struct Task<T> {
    slot: Arc<Slot<T>>,
    number: u64,
    tasks: Arc<dyn Tasks>,
    /// Dropped, it is cancelled.
    tied: bool,
}

impl<T> Task<T> {
    pub(super) fn new(slot: Arc<Slot<T>>, number: u64, tasks: Arc<dyn Tasks>) -> Self {
        Self { slot, number, tasks, tied: false }
    }

    /// Ends the task where it is: its future is dropped where the host would have polled it next. A poll that is under way
    /// comes to its end first, and so does blocking work that has begun. To await the task afterwards waits until nothing
    /// is left of it, and gives its value if it has come to one.
    pub fn cancel(&self) {
        self.tasks.cancel(self.number);
    }

    /// The same, cancelled where this is dropped: for what belongs to a call, and must not outlive it.
    ///
    /// ```
    /// use keyway::{Context, Fault};
    ///
    /// async fn halves(context: &Context) -> Result<u64, Fault> {
    ///     let left = context.spawn(async { 20 })?.cancel_on_drop();
    ///     let right = context.spawn(async { 22 })?.cancel_on_drop();
    ///     Ok(left.await? + right.await?)
    /// }
    /// ```
    pub fn cancel_on_drop(mut self) -> Self {
        self.tied = true;
        self
    }

    /// Whether it has ended, in whatever way, and nothing is left of it.
    pub fn has_ended(&self) -> bool {
        self.slot.has_ended()
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.slot.poll(context)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if self.tied && !self.has_ended() {
            // The host may be gone from behind an edge, and a drop is no place to say so.
            contained(|| self.cancel());
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("number", &self.number).field("ended", &self.has_ended()).finish()
    }
}

/// Why a task gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// It was cancelled: by the plugin, because the plugin was stopped, or because the host's executor has dropped it.
    Cancelled,
    /// It panicked.
    Panicked(Fault),
}

impl TaskError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled => "task-cancelled",
            Self::Panicked(_) => "task-panicked",
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::Panicked(fault) => write!(f, "the task panicked: {}", fault.message()),
        }
    }
}

impl std::error::Error for TaskError {}

impl From<TaskError> for Fault {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Cancelled => Self::new(FaultKind::Gone, error.to_string()),
            TaskError::Panicked(fault) => fault,
        }
    }
}

/// Why a [`timeout`](crate::Context::timeout) gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeoutError {
    /// The time is up.
    Elapsed {
        /// The time that there was.
        limit: Duration,
    },
    /// There is no timer.
    Unavailable(Unavailable),
}

impl TimeoutError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Elapsed { .. } => "timeout-elapsed",
            Self::Unavailable(_) => "timer-unavailable",
        }
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elapsed { limit } => write!(f, "it did not end within {limit:?}"),
            Self::Unavailable(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for TimeoutError {}

impl From<TimeoutError> for Fault {
    fn from(error: TimeoutError) -> Self {
        match error {
            TimeoutError::Elapsed { .. } => Self::new(FaultKind::Gone, error.to_string()),
            TimeoutError::Unavailable(why) => why.into(),
        }
    }
}
