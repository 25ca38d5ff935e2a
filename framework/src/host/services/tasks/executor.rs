//! What runs tasks: the program's own runtime, or a few threads of the host's where there is none.

use std::collections::HashSet;
use std::thread::{ThreadId, available_parallelism};
use std::time::Instant;

use async_task::Runnable;

use super::crew::{Crew, Errand};
use crate::abi::future::BoxFuture;

/// What runs the tasks of plugins: for [`HostBuilder::executor`](crate::host::HostBuilder::executor). Any closure that takes
/// a task is one.
///
/// Each task is to be polled until it is ready, or dropped. It never panics, needs no timer of the executor's, and does not
/// mind to be dropped early or never to be polled at all: the host ends what it holds by itself.
pub trait Executor: Send + Sync + 'static {
    /// Begins to run a task, and returns at once.
    fn execute(&self, task: BoxFuture<'static, ()>);
}

impl<F: Fn(BoxFuture<'static, ()>) + Send + Sync + 'static> Executor for F {
    fn execute(&self, task: BoxFuture<'static, ()>) {
        self(task);
    }
}

/// A few threads, begun with the first task.
pub(super) struct Own(Crew<Runnable>);

impl Errand for Runnable {
    fn run(self) {
        // Whether it was woken meanwhile says nothing: it is put before the threads again by then.
        let _woken = Self::run(self);
    }
}

impl Own {
    pub(super) fn new() -> Self {
        // More than one, so that a poll that blocks does not hold up all others.
        let most = available_parallelism().map_or(2, |processors| processors.get().clamp(2, 4));
        Self(Crew::new("keyway-tasks", most))
    }

    pub(super) fn end(&self, but: &HashSet<ThreadId>, until: Instant) {
        self.0.end(but, until);
    }
}

impl Executor for Own {
    fn execute(&self, task: BoxFuture<'static, ()>) {
        let crew = self.0.clone();
        // What is put before nobody is dropped here, which ends it.
        let schedule = move |runnable| drop(crew.put(runnable));
        let (runnable, task) = async_task::spawn(task, schedule);
        task.detach();
        runnable.schedule();
    }
}
