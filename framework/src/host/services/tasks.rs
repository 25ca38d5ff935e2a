//! The tasks of one generation of a plugin: counted, cancelled when it stops, waited for, and named where they stay.
//!
//! | | |
//! |---|---|
//! | one task, and who drops it | [`task`] |
//! | what all tasks of a host run on | [`runtime`]: [`executor`], [`timer`], and [`crew`]s of [`thread`]s |
//!
//! A stop goes in four steps, of which the plugin's own `stop` comes after the first: nothing new is taken
//! ([`refuse`](PluginTasks::refuse)); everything is cancelled, so that the executor drops it where it can, and then taken and
//! dropped here, so that no executor is needed for it ([`cancel`](PluginTasks::cancel)); what a thread is in the middle of
//! is waited for ([`wait`](PluginTasks::wait)); what is there even then is named.
//!
//! Nothing of a plugin's is called or dropped under the lock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use self::task::{Doing, Errand, Runner, Spawned};
use super::{ENDED, STOPPED};
use crate::context::{Blocking, Level, Tasks, Work};
use crate::fault::{Fault, FaultKind};
use crate::host::record::Record;
use crate::id::PluginId;

mod crew;
mod executor;
mod runtime;
mod task;
#[cfg(test)]
mod tests;
mod thread;
mod timer;

pub use executor::Executor;
pub(in crate::host) use runtime::Runtime;
pub(in crate::host) use task::Excused;

/// What a plugin is told that begins something while it is stopped.
const STOPPING: &str = "it is being stopped";

pub(in crate::host) struct PluginTasks {
    runtime: Weak<Runtime>,
    id: PluginId,
    record: Arc<Record>,
    own: Mutex<Own>,
    /// A task has ended, or is not waited for any more.
    changed: Condvar,
    /// All that can be dropped has been; what is left is waited for, and not for ever.
    awaited: AtomicBool,
}

#[derive(Default)]
struct Own {
    tasks: BTreeMap<u64, Arc<Spawned>>,
    begun: u64,
    /// Nothing more is taken.
    refuses: bool,
    /// The plugin has been stopped.
    over: bool,
}

impl PluginTasks {
    pub(in crate::host) fn new(runtime: Weak<Runtime>, id: &PluginId, record: &Arc<Record>) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            id: id.clone(),
            record: Arc::clone(record),
            own: Mutex::default(),
            changed: Condvar::new(),
            awaited: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<Arc<Spawned>> {
        self.lock().tasks.values().cloned().collect()
    }

    // ---- while the plugin runs

    /// Puts a task among the others, where it is still taken.
    fn begin(self: &Arc<Self>, made: impl FnOnce(u64) -> Arc<Spawned>) -> Result<Arc<Spawned>, String> {
        // Made before the lock is taken: what is refused is dropped after it is open again.
        let number = {
            let mut own = self.lock();
            own.begun += 1;
            own.begun
        };
        let task = made(number);
        let refused = {
            let mut own = self.lock();
            if !own.refuses {
                own.tasks.insert(number, Arc::clone(&task));
                self.record.task_begun();
            }
            own.refuses.then_some(if own.over { ENDED } else { STOPPING })
        };
        refused.map_or(Ok(task), |why| Err(why.into()))
    }

    /// Nothing is left of a task.
    fn ended(&self, number: u64) {
        let ended = {
            let mut own = self.lock();
            let ended = own.tasks.remove(&number);
            if ended.is_some() {
                self.record.task_ended();
            }
            ended
        };
        drop(ended);
        self.changed.notify_all();
    }

    /// A task has panicked, where it says so, and the plugin has caught that itself.
    fn panicked(&self, said: Option<String>) {
        if let Some(said) = said {
            self.faulted(Fault::new(FaultKind::Panic, said));
        }
    }

    fn faulted(&self, fault: Fault) {
        self.record.owner.count_fault();
        let fault = fault.in_plugin(self.id.as_str());
        tracing::error!(target: "keyway", plugin = %self.id, during = "task", %fault, "plugin");
    }

    // ---- when it stops

    /// Nothing more is taken.
    pub(in crate::host) fn refuse(&self) {
        self.lock().refuses = true;
    }

    /// Cancels everything and leaves it to the executor to drop it: calls nothing of the plugin's.
    pub(in crate::host) fn abandon(&self) {
        self.refuse();
        self.lock().over = true;
        self.all().iter().for_each(|task| task.cancel());
    }

    /// Cancels everything, and drops whatever no thread is in the middle of.
    pub(in crate::host) fn cancel(&self) {
        self.abandon();
        // Side by side with the executor, which may be busy, or gone.
        self.all().iter().for_each(|task| task.take());
    }

    /// Waits for what was cancelled; names what has not ended by then.
    pub(in crate::host) fn wait(&self, until: Instant, within: Duration) {
        self.awaited.store(true, Ordering::Release);
        let mut own = self.lock();
        let left = loop {
            let left = |task: &&Arc<Spawned>| !task.excused.load(Ordering::Acquire);
            let left: Vec<_> = own.tasks.values().filter(left).cloned().collect();
            let time = until.saturating_duration_since(Instant::now());
            if left.is_empty() || time.is_zero() {
                break left;
            }
            own = self.changed.wait_timeout(own, time).unwrap_or_else(PoisonError::into_inner).0;
        };
        drop(own);
        if left.is_empty() {
            self.awaited.store(false, Ordering::Release);
        }
        self.name(&left, within);
    }

    /// Whether a stop that is late only waits for tasks by now, and so comes to its end by itself.
    pub(in crate::host) fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Acquire)
    }

    /// Names each of them once, whoever else waits for them or has.
    fn name(&self, left: &[Arc<Spawned>], within: Duration) {
        let left: Vec<_> = left.iter().filter(|task| task.leave()).collect();
        if left.is_empty() {
            return;
        }
        if let Some(runtime) = self.runtime.upgrade() {
            left.iter().filter_map(|task| task.thread()).for_each(|thread| runtime.leave(thread));
        }
        let names: Vec<String> = left.iter().map(|task| format!("`{}`", task.name())).collect();
        let (number, names) = (names.len(), names.join(", "));
        let tasks = if number == 1 { "a task".to_owned() } else { format!("{number} tasks") };
        let message = format!("it leaves {tasks} behind that did not end within {within:?}: {names}");
        self.record.log(Level::Warn, "keyway", &message);
        tracing::warn!(target: "keyway", plugin = %self.id, left = number, tasks = names, "it leaves tasks behind");
    }
}

/// The same as a plugin's context gives it.
pub(super) struct Served(pub(super) Arc<PluginTasks>);

impl Served {
    fn runtime(&self) -> Result<Arc<Runtime>, String> {
        self.0.runtime.upgrade().ok_or_else(|| STOPPED.into())
    }
}

#[crate::interface]
impl Tasks for Served {
    fn spawn(&self, name: &str, line: u32, work: Box<dyn Work>) -> Result<u64, String> {
        let runtime = self.runtime()?;
        let mut number = 0;
        let task = self.0.begin(|own| {
            number = own;
            Spawned::task(&self.0, own, name, line, work)
        })?;
        runtime.run(Runner(Arc::clone(&task)));
        if task.is_lost() { Err("the host's executor has dropped it".into()) } else { Ok(number) }
    }

    fn spawn_blocking(&self, name: &str, line: u32, work: Box<dyn Blocking>) -> Result<u64, String> {
        let runtime = self.runtime()?;
        let mut number = 0;
        let task = self.0.begin(|own| {
            number = own;
            Spawned::of(&self.0, own, name, line, Doing::Blocking(work))
        })?;
        if runtime.block(Errand(task)) { Ok(number) } else { Err("no thread is to be had".into()) }
    }

    fn cancel(&self, task: u64) {
        let task = self.0.lock().tasks.get(&task).cloned();
        if let Some(task) = task {
            task.cancel();
        }
    }

    fn now(&self) -> u64 {
        let now = self.0.runtime.upgrade().map(|runtime| runtime.now().as_nanos());
        now.map_or(0, |now| now.try_into().unwrap_or(u64::MAX))
    }

    async fn sleep_until(&self, at: u64) -> Result<(), String> {
        if self.0.lock().over {
            return Err(ENDED.into());
        }
        let sleep = self.runtime()?.sleep_until(at);
        sleep.await
    }
}
