//! What runs futures: the smallest thing that can, others' executors, and a waker that counts.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Wakes a thread, and counts how often.
pub(crate) struct Bell {
    rung: AtomicUsize,
    sleeper: Thread,
}

impl Bell {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { rung: AtomicUsize::new(0), sleeper: thread::current() })
    }

    pub(crate) fn rung(&self) -> usize {
        self.rung.load(Ordering::SeqCst)
    }

    /// How many wakers of it there are, wherever.
    pub(crate) fn wakers(self: &Arc<Self>) -> usize {
        Arc::strong_count(self) - 1
    }

    /// Polls once.
    pub(crate) fn poll<F: Future + Unpin>(self: &Arc<Self>, future: &mut F) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(self));
        pin!(future).poll(&mut Context::from_waker(&waker))
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.fetch_add(1, Ordering::SeqCst);
        self.sleeper.unpark();
    }
}

/// A waker that does not return until it is opened.
#[derive(Default)]
pub(crate) struct Hanging {
    open: Mutex<bool>,
    changed: Condvar,
}

/// Opens it, also where a test has failed.
pub(crate) struct Opening(Arc<Hanging>);

impl Hanging {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn opened_when_dropped(self: Arc<Self>) -> Opening {
        Opening(self)
    }

    /// Polls once.
    pub(crate) fn poll<F: Future + Unpin>(self: &Arc<Self>, future: &mut F) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(self));
        pin!(future).poll(&mut Context::from_waker(&waker))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        *self.0.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

impl Wake for Hanging {
    fn wake(self: Arc<Self>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*open {
            open = self.changed.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Runs a future on this thread, and says how often it was polled.
pub(crate) fn counted<F: Future>(future: F) -> (F::Output, usize) {
    let bell = Bell::new();
    let mut future = pin!(future);
    for polls in 1.. {
        let before = bell.rung();
        if let Poll::Ready(value) = bell.poll(&mut future) {
            return (value, polls);
        }
        while bell.rung() == before {
            thread::park();
        }
    }
    unreachable!("it counts without end")
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    counted(future).0
}

/// Runs many futures at once until all are done; each executor in its own way.
pub(crate) type Run = fn(Vec<Task>);

pub(crate) type Task = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) const ALL: [(&str, Run); 4] = [
    ("one thread without an executor", |tasks| tasks.into_iter().for_each(block_on)),
    ("tokio on one thread", |tasks| tokio(tokio::runtime::Builder::new_current_thread(), tasks)),
    ("tokio on four threads", |tasks| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(4);
        tokio(builder, tasks);
    }),
    ("async-executor on three threads", |tasks| {
        let executor = async_executor::Executor::new();
        let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
        let finished = |task: &async_executor::Task<()>| task.is_finished();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !tasks.iter().all(finished) {
                        executor.try_tick();
                        thread::yield_now();
                    }
                });
            }
            while !tasks.iter().all(finished) {
                executor.try_tick();
                thread::yield_now();
            }
        });
        for task in tasks {
            block_on(task);
        }
    }),
];

fn tokio(mut builder: tokio::runtime::Builder, tasks: Vec<Task>) {
    let runtime = builder.build().expect("a runtime can be made");
    let tasks: Vec<_> = tasks.into_iter().map(|task| runtime.spawn(task)).collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.expect("the task did not panic");
        }
    });
}
