//! One task, from the moment the host has it to the moment nothing is left of it.
//!
//! ```text
//!              ┌───────────────┐
//!              ▼      poll     │
//!  given ──► Waits ────────► Runs ──► ready, panicked, or cancelled meanwhile ──► Ended
//!              └─────► Drops: cancelled, or the executor has let go of it ──────────┘
//! ```
//!
//! The future belongs to the host and not to the executor, which holds a [`Runner`] that looks for it here. So the host can
//! end a task whatever its executor does: it takes the future and drops it, unless a thread is polling it at that moment;
//! then that thread drops it when the poll returns. Whoever takes the future out ends the task, so that happens once.
//!
//! Nothing of a plugin's, and no waker, is called, cloned or dropped while the stage is locked.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::ThreadId;

use super::PluginTasks;
use crate::abi::future::BoxFuture;
use crate::context::{Blocking, Work};
use crate::fault::Fault;

/// A task of a plugin's.
pub(super) struct Spawned {
    number: u64,
    name: Box<str>,
    /// Of the file that the name is; 0 where the plugin has given the name.
    line: u32,
    of: Arc<PluginTasks>,
    stage: Mutex<Stage>,
    /// The executor let go of it before its end.
    lost: AtomicBool,
    /// It waits itself for the stop of its plugin, which therefore does not wait for it.
    pub(super) excused: AtomicBool,
    /// Nobody waits for it any more.
    left: AtomicBool,
}

enum Stage {
    Waits {
        doing: Doing,
        /// The executor's, once it has polled.
        waker: Option<Waker>,
        cancelled: bool,
    },
    Runs {
        thread: ThreadId,
        cancelled: bool,
    },
    Drops {
        thread: ThreadId,
    },
    Ended,
}

/// What is to be done.
pub(super) enum Doing {
    Task(BoxFuture<'static, ()>),
    Blocking(Box<dyn Blocking>),
}

fn here() -> ThreadId {
    std::thread::current().id()
}

impl Spawned {
    pub(super) fn task(
        of: &Arc<PluginTasks>,
        number: u64,
        name: &str,
        line: u32,
        work: Box<dyn Work>,
    ) -> Arc<Self> {
        let told = Arc::clone(of);
        let running = async move {
            let said = work.run().await;
            // Counted before anybody is told: that comes with the drop.
            told.panicked(said);
            drop(work);
        };
        Self::of(of, number, name, line, Doing::Task(Box::pin(running)))
    }

    pub(super) fn of(of: &Arc<PluginTasks>, number: u64, name: &str, line: u32, doing: Doing) -> Arc<Self> {
        Arc::new(Self {
            number,
            name: name.into(),
            line,
            of: Arc::clone(of),
            stage: Mutex::new(Stage::Waits { doing, waker: None, cancelled: false }),
            lost: AtomicBool::new(false),
            excused: AtomicBool::new(false),
            left: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn name(&self) -> String {
        if self.line == 0 { self.name.to_string() } else { format!("{}:{}", self.name, self.line) }
    }

    /// Whether it is a task of this host's.
    fn is_of(&self, runtime: *const super::Runtime) -> bool {
        std::ptr::eq(self.of.runtime.as_ptr(), runtime)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Cancels it: whoever polls it, or would poll it next, drops it.
    pub(super) fn cancel(&self) {
        let waker = match &mut *self.lock() {
            Stage::Waits { waker, cancelled, .. } => {
                *cancelled = true;
                waker.take()
            }
            Stage::Runs { cancelled, .. } => {
                *cancelled = true;
                None
            }
            Stage::Drops { .. } | Stage::Ended => None,
        };
        wake(waker);
    }

    /// Cancels it, and drops it here unless it is being polled or dropped at this moment.
    pub(super) fn take(self: &Arc<Self>) {
        if let Some((doing, waker)) = self.taken(|_| true) {
            self.release(doing);
            // So that the executor forgets it.
            wake(waker);
        }
    }

    /// What waits, for whoever drops it.
    fn taken(&self, which: impl FnOnce(bool) -> bool) -> Option<(Doing, Option<Waker>)> {
        let mut stage = self.lock();
        match &mut *stage {
            Stage::Waits { cancelled, .. } if !which(*cancelled) => return None,
            Stage::Runs { cancelled, .. } => *cancelled = true,
            _ => {}
        }
        if !matches!(*stage, Stage::Waits { .. }) {
            return None;
        }
        match std::mem::replace(&mut *stage, Stage::Drops { thread: here() }) {
            Stage::Waits { doing, waker, .. } => Some((doing, waker)),
            _ => None,
        }
    }

    /// Begins a poll; `None` where there is nothing to poll any more.
    fn begin(&self) -> Option<(Doing, Option<Waker>)> {
        let mut stage = self.lock();
        if !matches!(*stage, Stage::Waits { .. }) {
            return None;
        }
        match std::mem::replace(&mut *stage, Stage::Runs { thread: here(), cancelled: false }) {
            Stage::Waits { doing, waker, .. } => Some((doing, waker)),
            _ => None,
        }
    }

    fn poll(self: &Arc<Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some((doing, waker)) = self.taken(|cancelled| cancelled) {
            self.release(doing);
            drop(waker);
            return Poll::Ready(());
        }
        let Some((Doing::Task(mut future), waker)) = self.begin() else { return Poll::Ready(()) };
        let polled = {
            let _here = Here::enter(self);
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)))
        };
        let waker = match polled {
            Ok(Poll::Pending) => match &waker {
                Some(kept) if kept.will_wake(context.waker()) => waker,
                // Without it the executor hears later that the task was cancelled.
                _ => catch_unwind(AssertUnwindSafe(|| context.waker().clone())).ok(),
            },
            Ok(Poll::Ready(())) => {
                self.release(Doing::Task(future));
                return Poll::Ready(());
            }
            Err(payload) => {
                self.of.faulted(Fault::from_panic(payload));
                self.release(Doing::Task(future));
                return Poll::Ready(());
            }
        };
        let mut stage = self.lock();
        if matches!(*stage, Stage::Runs { cancelled: true, .. }) {
            drop(stage);
            self.release(Doing::Task(future));
            return Poll::Ready(());
        }
        *stage = Stage::Waits { doing: Doing::Task(future), waker, cancelled: false };
        Poll::Pending
    }

    fn block(self: &Arc<Self>) {
        if let Some((doing, _)) = self.taken(|cancelled| cancelled) {
            return self.release(doing);
        }
        let Some((Doing::Blocking(work), _)) = self.begin() else { return };
        let said = {
            let _here = Here::enter(self);
            catch_unwind(AssertUnwindSafe(|| work.run()))
        };
        match said {
            Ok(said) => self.of.panicked(said),
            Err(payload) => self.of.faulted(Fault::from_panic(payload)),
        }
        self.release(Doing::Blocking(work));
    }

    /// Drops what was taken out, and ends the task.
    fn release(self: &Arc<Self>, doing: Doing) {
        *self.lock() = Stage::Drops { thread: here() };
        // As any panic in a drop, it ends there.
        let dropped = {
            let _here = Here::enter(self);
            catch_unwind(AssertUnwindSafe(|| drop(doing)))
        };
        if let Err(payload) = dropped {
            crate::fault::drop_quietly(payload);
        }
        *self.lock() = Stage::Ended;
        self.of.ended(self.number);
        if self.left.load(Ordering::Acquire) {
            let (plugin, task) = (&self.of.id, self.name());
            tracing::info!(target: "keyway", %plugin, task, "a task that was left behind has ended");
        }
    }

    /// The executor lets go of it.
    fn lose(self: &Arc<Self>) {
        let Some((doing, waker)) = self.taken(|_| true) else { return };
        self.lost.store(true, Ordering::Release);
        if !self.of.lock().refuses {
            let (plugin, task) = (&self.of.id, self.name());
            tracing::warn!(target: "keyway", %plugin, task, "the executor of the host has dropped a task");
        }
        self.release(doing);
        drop(waker);
    }

    /// Nobody waits for it any more; whether somebody has until now.
    pub(super) fn leave(&self) -> bool {
        !self.left.swap(true, Ordering::AcqRel)
    }

    /// The thread that it holds up, where it does.
    pub(super) fn thread(&self) -> Option<ThreadId> {
        match *self.lock() {
            Stage::Runs { thread, .. } | Stage::Drops { thread } => Some(thread),
            Stage::Waits { .. } | Stage::Ended => None,
        }
    }
}

/// Wakes the executor's waker, whose panic is the executor's own.
fn wake(waker: Option<Waker>) {
    let woken = catch_unwind(AssertUnwindSafe(|| waker.map(Waker::wake)));
    if let Err(payload) = woken {
        crate::fault::drop_quietly(payload);
    }
}

/// What an executor holds of a task.
pub(super) struct Runner(pub(super) Arc<Spawned>);

impl Future for Runner {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.poll(context)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.0.lose();
    }
}

/// What a thread for blocking work holds of it.
pub(super) struct Errand(pub(super) Arc<Spawned>);

impl super::crew::Errand for Errand {
    fn run(self) {
        self.0.block();
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        self.0.lose();
    }
}

thread_local! {
    /// The tasks that are being polled or dropped in this thread, one inside the other.
    static HERE: RefCell<Vec<Arc<Spawned>>> = const { RefCell::new(Vec::new()) };
}

struct Here;

impl Here {
    /// `None` in a thread that ends, where executors drop what they have.
    fn enter(task: &Arc<Spawned>) -> Option<Self> {
        HERE.try_with(|here| here.borrow_mut().push(Arc::clone(task))).ok().map(|()| Self)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let last = HERE.try_with(|here| here.borrow_mut().pop());
        drop(last);
    }
}

/// The tasks of a host that this thread is in the middle of. While it waits for a stop, the stop does not wait for them.
pub(in crate::host) struct Excused(Vec<Arc<Spawned>>);

impl Excused {
    pub(in crate::host) fn here(runtime: &super::Runtime) -> Self {
        let excused = tasks_here(runtime);
        for task in &excused {
            task.excused.store(true, Ordering::Release);
            // Whoever looks at it just now waits by then.
            drop(task.of.lock());
            task.of.changed.notify_all();
        }
        Self(excused)
    }
}

impl Drop for Excused {
    fn drop(&mut self) {
        self.0.iter().for_each(|task| task.excused.store(false, Ordering::Release));
    }
}

fn tasks_here(runtime: &super::Runtime) -> Vec<Arc<Spawned>> {
    // In a thread that ends there may be nothing any more.
    HERE.try_with(|here| here.borrow().iter().filter(|task| task.is_of(runtime)).cloned().collect())
        .unwrap_or_default()
}
