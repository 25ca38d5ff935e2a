//! Stopping: the last one started first, each with a deadline, and what is held of it let go.

use std::collections::{BTreeMap, BinaryHeap};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Core, Under, log_fault};
use crate::fault::{Fault, FaultKind};
use crate::host::registry::{Live, Plugin, Run, Snapshot};
use crate::host::running::Running;
use crate::host::services::{Excused, STOPPED};

/// How much longer a stop may take that has begun to leave tasks behind.
const GRACE: Duration = Duration::from_secs(1);
/// How long the tasks of a plugin may take to end whose own stop did not.
const SOON: Duration = Duration::from_millis(100);

/// As good as never.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// So long after a moment, where a clock can say that.
pub(super) fn after(moment: Instant, within: Duration) -> Instant {
    moment.checked_add(within).unwrap_or_else(|| moment + FAR)
}

impl Core {
    /// Stops everything that was started, the last one first, but nothing before those that need it. Whatever is being
    /// started meanwhile is stopped by the thread that starts it.
    pub(in crate::host) fn stop(self: &Arc<Self>) {
        let first = !std::mem::replace(&mut self.lock().stopped, true);
        // A change that stops plugins goes first: what they need is still there for them.
        let turn = self.turn_to_retire();
        let started = std::mem::take(&mut self.lock().started);
        self.retire_all(last_first(&self.registry.now(), started), |_| STOPPED.to_owned());
        // A task that waits for it holds up a thread that ends now.
        drop(turn);
        // A stop from within a stop comes when the others are still to end.
        if first {
            self.told_all();
            self.runtime.end(after(Instant::now(), self.limits().stop));
        }
    }

    /// The right to stop plugins, which one thread has at a time. Whoever has it does not wait for a task that waits for it
    /// here; but for a thread in which a plugin is being started or stopped it may, so there it is `None` unless it is free.
    pub(super) fn turn_to_retire(&self) -> Option<MutexGuard<'_, ()>> {
        match self.retiring.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) if Under::is_entered(self) => None,
            Err(TryLockError::WouldBlock) => {
                let _excused = Excused::here(&self.runtime);
                Some(self.retiring.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }

    /// Retires plugins in this order, each with the reason as one clause. Each has its deadline; one that does not answer is
    /// left behind with its thread.
    pub(super) fn retire_all(
        self: &Arc<Self>,
        plugins: Vec<(Arc<Plugin>, Arc<Live>)>,
        why: impl Fn(&Plugin) -> String,
    ) {
        if plugins.is_empty() {
            return;
        }
        let deadline = self.limits().stop;
        // A task that has asked for this goes on when it is done.
        let _excused = Excused::here(&self.runtime);
        let mut left = plugins.into_iter().peekable();
        while left.peek().is_some() {
            let stopper = Stopper::begin(self);
            let late = left.by_ref().any(|(plugin, live)| {
                live.end(&why(&plugin));
                let mut life = self.lock();
                self.enter(&mut life, &plugin, Run::Draining);
                drop(life);
                self.told();
                let in_time = stopper.let_go(self, &plugin, &live, deadline);
                if !in_time {
                    live.services.tasks.abandon();
                    self.close_late(&plugin, &live, deadline);
                    live.services.tasks.wait(Instant::now() + SOON, deadline);
                    let what = format!("it did not answer within {deadline:?}, and is left behind");
                    log_fault(plugin.id(), "stop", Err(Fault::new(FaultKind::Unknown, what)));
                }
                let mut life = self.lock();
                self.enter(&mut life, &plugin, Run::Retired);
                drop(life);
                self.told();
                !in_time
            });
            if !late {
                stopper.end();
            }
        }
    }

    /// Takes from a plugin that did not stop what it has of the host, on a thread of its own: what it shared may hang while
    /// it is dropped, too.
    fn close_late(self: &Arc<Self>, plugin: &Plugin, live: &Arc<Live>, deadline: Duration) {
        let (core, late, id) = (Arc::clone(self), Arc::clone(live), plugin.id().clone());
        let (done, ended) = std::sync::mpsc::sync_channel(1);
        let close = move || {
            let _under = Under::stop(&core, &id);
            // A waker may be what does not return.
            late.ending().wake();
            late.services.close();
            late.services.tasks.cancel();
            // Whoever waits for it may have gone on by now.
            let _told = done.send(());
        };
        match super::thread("keyway-late", close) {
            Ok(_) => drop(ended.recv_timeout(deadline)),
            Err(_) => {
                live.ending().wake();
                live.services.close();
            }
        }
    }

    /// Asks a plugin to end what it began, and lets go of it.
    pub(super) fn let_go(&self, plugin: &Plugin, live: &Live) {
        let Some(running) = live.running.load_full() else { return };
        let _under = Under::stop(self, plugin.id());
        let (began, within) = (Instant::now(), self.limits().stop);
        live.services.tasks.refuse();
        live.ending().wake();
        live.services.drain();
        log_fault(plugin.id(), "stop", running.stop());
        live.services.tasks.cancel();
        live.services.tasks.wait(after(began, within), within);
        live.services.close();
        live.running.store(None);
        log_fault(plugin.id(), "drop", Running::release(running));
    }
}

/// What was started, in the order in which it is to be stopped: the last one first, but nothing before those that need it.
/// What is asked for late may have started after them.
pub(super) fn last_first(
    now: &Snapshot,
    started: Vec<(Arc<Plugin>, Arc<Live>)>,
) -> Vec<(Arc<Plugin>, Arc<Live>)> {
    let plan = &now.survey.resolution().plan.steps;
    let step = |plugin: &Plugin| now.find(plugin.id().as_str()).and_then(|entry| entry.step);
    let place: BTreeMap<usize, usize> =
        started.iter().enumerate().filter_map(|(at, (plugin, _))| Some((step(plugin)?, at))).collect();
    let mut needs = vec![Vec::new(); started.len()];
    let mut needed = vec![0; started.len()];
    for (&step, &at) in &place {
        for before in plan[step].needs.iter().chain(&plan[step].after).filter_map(|before| place.get(before))
        {
            needs[at].push(*before);
            needed[*before] += 1;
        }
    }
    let mut free: BinaryHeap<usize> = (0..started.len()).filter(|&at| needed[at] == 0).collect();
    let mut started: Vec<_> = started.into_iter().map(Some).collect();
    let mut order = Vec::with_capacity(started.len());
    while let Some(at) = free.pop() {
        order.extend(started[at].take());
        for &before in &needs[at] {
            needed[before] -= 1;
            if needed[before] == 0 {
                free.push(before);
            }
        }
    }
    order
}

/// A thread that stops one plugin after the other, for as long as each is stopped in time.
struct Stopper {
    work: Sender<(Arc<Plugin>, Arc<Live>)>,
    done: Receiver<()>,
    /// `None` where no thread was to be had.
    thread: Option<JoinHandle<()>>,
}

impl Stopper {
    fn begin(core: &Arc<Core>) -> Self {
        let (work, jobs) = channel::<(Arc<Plugin>, Arc<Live>)>();
        let (answer, done) = channel();
        let core = Arc::clone(core);
        let stop = move || {
            for (plugin, live) in jobs {
                core.let_go(&plugin, &live);
                if answer.send(()).is_err() {
                    return;
                }
            }
        };
        let thread = super::thread("keyway-stop", stop).ok();
        Self { work, done, thread }
    }

    /// Whether the plugin was stopped in time.
    fn let_go(&self, core: &Core, plugin: &Arc<Plugin>, live: &Arc<Live>, deadline: Duration) -> bool {
        if self.thread.is_none() || self.work.send((Arc::clone(plugin), Arc::clone(live))).is_err() {
            // Then here, without a deadline.
            core.let_go(plugin, live);
            return true;
        }
        if self.done.recv_timeout(deadline).is_ok() {
            return true;
        }
        // Where only its tasks are late, they are left behind at this moment, and it ends.
        live.services.tasks.is_awaited() && self.done.recv_timeout(GRACE).is_ok()
    }

    fn end(self) {
        drop(self.work);
        if let Some(thread) = self.thread {
            // A panic in it was contained where it happened.
            let _ended = thread.join();
        }
    }
}
