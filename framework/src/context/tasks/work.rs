//! What crosses: the host's side of tasks as an interface of the host's, and what it is given to run as objects of the
//! plugin's.
//!
//! No value of a task crosses, and no panic: both go into the [`Slot`], in the plugin's image. The host hears that a task
//! has ended, and of a panic its message. What it was given it drops when all is counted, and only that drop tells
//! whoever awaits the task.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use super::TaskError;
use super::slot::{Ending, Slot};
use crate::fault::Fault;

/// What the host does for tasks.
#[crate::interface(id = "keyway/tasks", version = "1.0")]
pub(crate) trait Tasks: Send + Sync {
    /// Takes a task, under a name; with a line of source it is the name of a file. Gives its number.
    fn spawn(&self, name: &str, line: u32, work: Box<dyn Work>) -> Result<u64, String>;
    /// Takes what blocks.
    fn spawn_blocking(&self, name: &str, line: u32, work: Box<dyn Blocking>) -> Result<u64, String>;
    /// Cancels a task, where there still is one of this number.
    fn cancel(&self, task: u64);
    /// Nanoseconds since the host began.
    fn now(&self) -> u64;
    /// Waits until so many nanoseconds after the host began.
    async fn sleep_until(&self, at: u64) -> Result<(), String>;
}

/// A task of a plugin's, as its host has it.
#[crate::interface(id = "keyway/work", version = "1.0")]
pub(crate) trait Work: Send + Sync {
    /// Runs it, once; gives the message of a panic. To drop the future cancels it.
    async fn run(&self) -> Option<String>;
}

/// Blocking work of a plugin's, as its host has it.
#[crate::interface(id = "keyway/blocking", version = "1.0")]
pub(crate) trait Blocking: Send + Sync {
    /// Does it, once; gives the message of a panic.
    fn run(&self) -> Option<String>;
}

/// A future that is to run. The fields are dropped in their order: whoever awaits the task hears of its end last.
pub(super) struct Job<F: Future> {
    future: Mutex<Option<F>>,
    ending: Ending<F::Output>,
}

impl<F: Future> Job<F> {
    pub(super) fn new(future: F, slot: &Arc<Slot<F::Output>>) -> Self {
        Self { future: Mutex::new(Some(future)), ending: Ending(Arc::clone(slot)) }
    }
}

#[crate::interface]
impl<F> Work for Job<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    async fn run(&self) -> Option<String> {
        let future = self.future.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let mut future = pin!(Some(future));
        let polled = poll_fn(|context| {
            let poll = || future.as_mut().as_pin_mut().map(|future| future.poll(context));
            match catch_unwind(AssertUnwindSafe(poll)) {
                Ok(Some(Poll::Pending)) => Poll::Pending,
                Ok(Some(Poll::Ready(value))) => Poll::Ready(Some(Ok(value))),
                Ok(None) => Poll::Ready(None),
                Err(payload) => Poll::Ready(Some(Err(Fault::from_panic(payload)))),
            }
        });
        let outcome = polled.await?;
        // What the future holds ends before anybody hears of its value.
        let dropped = catch_unwind(AssertUnwindSafe(|| future.set(None)));
        self.ending.keep(outcome, dropped.err().map(Fault::from_panic))
    }
}

/// A closure that is to run.
pub(super) struct Closure<F, T> {
    work: Mutex<Option<F>>,
    ending: Ending<T>,
}

impl<F, T> Closure<F, T> {
    pub(super) fn new(work: F, slot: &Arc<Slot<T>>) -> Self {
        Self { work: Mutex::new(Some(work)), ending: Ending(Arc::clone(slot)) }
    }
}

impl<F, T> Blocking for Closure<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn run(&self) -> Option<String> {
        let work = self.work.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        self.ending.keep(catch_unwind(AssertUnwindSafe(work)).map_err(Fault::from_panic), None)
    }
}

impl<T> Ending<T> {
    /// Keeps how a task has ended, and gives the message of its panic, or of one when it was dropped.
    fn keep(&self, outcome: Result<T, Fault>, dropped: Option<Fault>) -> Option<String> {
        let said = outcome.as_ref().err().or(dropped.as_ref()).map(|fault| fault.message().to_owned());
        self.0.put(outcome.map_err(TaskError::Panicked));
        said
    }
}
