//! Many starts side by side: each after those that it comes after, on a bounded number of threads, each with a deadline.
//!
//! The thread that asked for the batch starts nothing itself: it watches. Of a start that takes longer than [`PATIENCE`] it
//! believes that it waits for something and not that it works, and gives its place to another thread; when the deadline
//! has passed it ends the start for all who wait for it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Core;
use super::trials::Trials;
use crate::host::registry::{Attempt, Plugin, Snapshot};
use crate::manifest::Activation;

/// How long a start may take its place among those that work.
const PATIENCE: Duration = Duration::from_millis(10);
/// The most threads of one batch, those that hang included.
const MOST: usize = 512;

struct Batch {
    core: Arc<Core>,
    /// By position: what is to be started.
    plugins: Vec<Arc<Plugin>>,
    /// By position: who comes after it.
    followers: Vec<Vec<usize>>,
    work: Mutex<Work>,
    /// Something is ready, or all is done.
    ready: Condvar,
    /// All is done, or more is ready than there are threads for.
    done: Condvar,
}

struct Work {
    /// Positions, which are in plan order.
    ready: BinaryHeap<Reverse<usize>>,
    /// By position: how many that it comes after have not ended.
    waits: Vec<usize>,
    /// Under way: which, since when, as which attempt; `None` where somebody else had begun it.
    under_way: Vec<(usize, Instant, Option<Arc<Attempt>>)>,
    left: usize,
    threads: usize,
    idle: usize,
}

/// Starts the plugins at these steps, ascending, and returns when each has ended or its time was up.
pub(super) fn run(core: &Arc<Core>, now: &Snapshot, steps: &[usize]) {
    if steps.is_empty() {
        return;
    }
    let mut position = vec![usize::MAX; now.steps()];
    for (at, &step) in steps.iter().enumerate() {
        position[step] = at;
    }
    let mut followers = vec![Vec::new(); steps.len()];
    let mut waits = vec![0; steps.len()];
    let mut ready = BinaryHeap::new();
    let plan = &now.survey.resolution().plan.steps;
    let plugins: Vec<_> = steps.iter().map(|&step| Arc::clone(&now.step(step).plugin)).collect();
    let trials = core.trials(&plugins);
    for at in trials.iter().flat_map(Trials::positions) {
        waits[at] += 1;
    }
    for (at, &step) in steps.iter().enumerate() {
        let needs = needs(now, step);
        for &before in needs.iter().chain(&plan[step].after) {
            if position[before] != usize::MAX {
                followers[position[before]].push(at);
                waits[at] += 1;
            }
        }
        if waits[at] == 0 {
            ready.push(Reverse(at));
        }
    }
    let batch = Arc::new(Batch {
        core: Arc::clone(core),
        plugins,
        followers,
        work: Mutex::new(Work {
            ready,
            waits,
            under_way: Vec::new(),
            left: steps.len(),
            threads: 0,
            idle: 0,
        }),
        ready: Condvar::new(),
        done: Condvar::new(),
    });
    let trying = trials.and_then(|trials| {
        let (shared, tried) = (Arc::clone(&batch), Arc::new(trials));
        let also = Arc::clone(&tried);
        let run = move || also.run(&shared.core, |at| shared.tried(at));
        let thread = super::thread("keyway-trials", run);
        thread.map_err(|_| tried.run(core, |at| batch.tried(at))).ok()
    });
    batch.watch();
    if let Some(trying) = trying {
        // All have been told by now; what passed is yet to be remembered, or whoever ends soon forgets it.
        let _ended = trying.join();
    }
}

/// The steps that a plugin can not do without, and those that what starts on demand among them can not do without: it may
/// be asked for in the start.
fn needs(now: &Snapshot, step: usize) -> Cow<'_, [usize]> {
    let plan = &now.survey.resolution().plan.steps;
    let on_demand = |need: usize| now.step(need).plugin.manifest.activation == Activation::Use;
    let direct = &plan[step].needs;
    if !direct.iter().any(|&need| on_demand(need)) {
        return direct.into();
    }
    let mut all: BTreeSet<usize> = direct.iter().copied().collect();
    let mut open: Vec<usize> = direct.clone();
    while let Some(need) = open.pop() {
        if on_demand(need) {
            open.extend(plan[need].needs.iter().filter(|&&need| all.insert(need)));
        }
    }
    Vec::from_iter(all).into()
}

impl Batch {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the thread does that asked for the batch.
    fn watch(self: &Arc<Self>) {
        let limits = self.core.limits();
        let threads = limits.threads();
        let mut work = self.lock();
        while work.left > 0 {
            let late = work.under_way.iter().position(|(_, since, _)| since.elapsed() >= limits.start);
            if let Some(late) = late {
                let (at, _, attempt) = work.under_way.swap_remove(late);
                // Its thread is left to itself.
                work.threads -= 1;
                drop(work);
                if let Some(attempt) = attempt {
                    self.core.expire(&self.plugins[at], &attempt);
                }
                work = self.lock();
                self.end(&mut work, at);
                continue;
            }
            let waiting = work.under_way.iter().filter(|(_, since, _)| since.elapsed() >= PATIENCE).count();
            let working = work.threads.saturating_sub(waiting + work.idle);
            let room = threads.saturating_sub(working).min(work.ready.len());
            for _ in work.idle..room {
                if work.threads < MOST && self.spawn() {
                    work.threads += 1;
                } else if work.threads == 0 {
                    // No thread is to be had at all: then here, without a deadline.
                    work.threads += 1;
                    drop(work);
                    self.work();
                    work = self.lock();
                }
            }
            let next =
                work.under_way.iter().map(|(_, since, _)| limits.start.saturating_sub(since.elapsed()));
            let next = next.min().unwrap_or(PATIENCE);
            let wait = if work.ready.is_empty() && work.idle > 0 { next } else { next.min(PATIENCE) };
            work = self
                .done
                .wait_timeout(work, wait.max(Duration::from_millis(1)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The trial of its file has ended, however.
    fn tried(&self, at: usize) {
        let mut work = self.lock();
        self.released(&mut work, at);
    }

    /// One thing less that it waits for.
    fn released(&self, work: &mut Work, at: usize) {
        work.waits[at] -= 1;
        if work.waits[at] == 0 {
            work.ready.push(Reverse(at));
            if work.idle > 0 {
                self.ready.notify_one();
            }
            if work.ready.len() > work.idle {
                // Those that are idle are not enough; one that has been woken counts as idle until it runs.
                self.done.notify_one();
            }
        }
    }

    fn spawn(self: &Arc<Self>) -> bool {
        let batch = Arc::clone(self);
        super::thread("keyway-start", move || batch.work()).is_ok()
    }

    /// What a thread does: the next that is ready, until none is left.
    fn work(&self) {
        let mut work = self.lock();
        loop {
            if let Some(Reverse(at)) = work.ready.pop() {
                let plugin = &self.plugins[at];
                let attempt = self.core.begin(plugin);
                work.under_way.push((at, Instant::now(), attempt.clone()));
                drop(work);
                match attempt {
                    Some(attempt) => self.core.attempt(plugin, &attempt),
                    None => self.core.wait_for(plugin),
                }
                work = self.lock();
                let Some(mine) = work.under_way.iter().position(|(other, ..)| *other == at) else {
                    // Its time was up meanwhile, and this thread is none of the batch's any more.
                    return;
                };
                work.under_way.swap_remove(mine);
                self.end(&mut work, at);
            } else if work.left == 0 {
                work.threads -= 1;
                return;
            } else {
                work.idle += 1;
                work = self.ready.wait(work).unwrap_or_else(PoisonError::into_inner);
                work.idle -= 1;
            }
        }
    }

    /// One has ended, however: those that come after it may be ready now.
    fn end(&self, work: &mut Work, at: usize) {
        work.left -= 1;
        for &follower in &self.followers[at] {
            self.released(work, follower);
        }
        if work.left == 0 {
            self.ready.notify_all();
            self.done.notify_all();
        }
    }
}
