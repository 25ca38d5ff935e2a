//! Many files, several scanners side by side, and whose fault it was.
//!
//! A scanner tries one file after the other, so a file can be hit by what an earlier one left running. Whatever ends a
//! scanner in the trial of a file that was not its first is therefore tried again alone; only what fails there has
//! failed. Where it passes alone, those that had passed before it are tried again, each alone and for longer than it took
//! until the scanner ended. A file that is beyond its deadline is not tried twice: nothing that another one does short of
//! holding the system's loader makes it so, and it would cost the deadline once more.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::failure::{NotTried, TrialFailure};
use super::session::{Outcome, Session};
use super::{Trial, TrialRequest, Verdict};

/// The most files that one scanner tries: what they keep in it grows.
const MOST: usize = 64;
/// A scanner that is at one file for longer than this is no longer counted among those that work.
const SLOW: Duration = Duration::from_millis(250);
/// How many more scanners there may be than work at once, for those that are slow.
const SPARE: usize = 16;
/// What is added to twice the time after which a scanner ended, when those that may have ended it are tried again.
const MARGIN: Duration = Duration::from_millis(100);

struct Task {
    number: usize,
    alone: bool,
    linger: Duration,
    /// Those that may have ended the scanner in which this file was tried before, and how long after they were begun.
    suspects: Vec<(usize, Duration)>,
}

struct State {
    queue: VecDeque<Task>,
    verdicts: Vec<Option<Verdict>>,
    /// By the worker's number: when it began with what it is at.
    workers: BTreeMap<usize, Instant>,
    next_worker: usize,
    /// A scanner was started and said so.
    proven: bool,
    /// No more scanners can be started.
    broken: Option<NotTried>,
}

pub(super) struct Crew<'a> {
    trial: &'a Trial,
    requests: &'a [TrialRequest],
    state: Mutex<State>,
    changed: Condvar,
    told: &'a Told<'a>,
}

/// Called with a request's number and its verdict, from whatever thread.
pub(super) type Told<'a> = dyn Fn(usize, &Verdict) + Sync + 'a;

impl<'a> Crew<'a> {
    pub(super) fn new(trial: &'a Trial, requests: &'a [TrialRequest], told: &'a Told<'a>) -> Self {
        let task = |number| Task { number, alone: false, linger: Duration::ZERO, suspects: Vec::new() };
        let state = State {
            queue: (0..requests.len()).map(task).collect(),
            verdicts: vec![None; requests.len()],
            workers: BTreeMap::new(),
            next_worker: 0,
            proven: false,
            broken: None,
        };
        Self { trial, requests, state: Mutex::new(state), changed: Condvar::new(), told }
    }

    /// The verdicts, in the order of the requests.
    pub(super) fn run(self) -> Vec<Verdict> {
        let at_once = thread::available_parallelism().map_or(1, NonZero::get);
        let crew = &self;
        thread::scope(|scope| {
            let mut state = self.lock();
            loop {
                if state.workers.is_empty() && (state.queue.is_empty() || state.broken.is_some()) {
                    break;
                }
                let working = state.workers.values().filter(|began| began.elapsed() < SLOW).count();
                // One scanner first: where there can be none, that is found out once.
                let (working, room) =
                    if state.proven { (working, at_once) } else { (state.workers.len(), 1) };
                if state.queue.is_empty()
                    || state.broken.is_some()
                    || working >= room
                    || state.workers.len() >= at_once + SPARE
                {
                    state = self.wait(state);
                    continue;
                }
                let worker = state.next_worker;
                state.next_worker += 1;
                state.workers.insert(worker, Instant::now());
                let named = thread::Builder::new().name("keyway-trial".into());
                // Waits for the lock that is held here.
                if let Err(error) = named.spawn_scoped(scope, move || crew.work(worker)) {
                    state.workers.remove(&worker);
                    let program = self.trial.program();
                    state.broken = Some(NotTried::Start { program, source: std::sync::Arc::new(error) });
                }
            }
        });
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let without = |(number, verdict): (usize, Option<Verdict>)| {
            verdict.unwrap_or_else(|| {
                let error = state.broken.clone().expect("what was not tried could not be");
                let verdict = Verdict::NotTried(error);
                (self.told)(number, &verdict);
                verdict
            })
        };
        state.verdicts.into_iter().enumerate().map(without).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until something changed, or a scanner may have become slow.
    fn wait<'g>(&self, state: MutexGuard<'g, State>) -> MutexGuard<'g, State> {
        self.changed.wait_timeout(state, SLOW).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Takes files until there are none.
    fn work(&self, worker: usize) {
        let _leave = Leave { crew: self, worker };
        let mut session: Option<Session<'_>> = None;
        while let Some(task) = self.next(worker) {
            let usable = |session: &Session<'_>| !task.alone && session.tried() < MOST;
            let mut open = match session.take().filter(usable) {
                Some(open) => open,
                None => match Session::open(self.trial) {
                    Ok(open) => open,
                    Err(error) => {
                        let mut state = self.lock();
                        state.queue.push_front(task);
                        state.broken = Some(error);
                        return;
                    }
                },
            };
            self.begin(worker);
            let first = open.tried() == 0;
            let outcome = open.try_one(task.number, &self.requests[task.number], task.linger);
            let again = matches!(outcome, Outcome::Passed | Outcome::Failed(_) | Outcome::NoBridge);
            let reusable = again && !task.alone;
            let companions = if first || again { Vec::new() } else { open.companions() };
            self.settle(task, outcome, first, companions);
            session = reusable.then_some(open);
        }
    }

    /// The next file, where there is one.
    fn next(&self, worker: usize) -> Option<Task> {
        let mut state = self.lock();
        let task = state.queue.pop_front()?;
        state.workers.insert(worker, Instant::now());
        Some(task)
    }

    /// A scanner is there, and the worker's file is tried now.
    fn begin(&self, worker: usize) {
        let mut state = self.lock();
        state.workers.insert(worker, Instant::now());
        if !state.proven {
            state.proven = true;
            self.changed.notify_all();
        }
    }

    /// Writes down what came of a file, and what is to be tried again for it.
    fn settle(&self, task: Task, outcome: Outcome, first: bool, companions: Vec<(usize, Duration)>) {
        let number = task.number;
        let alone = |number, linger, suspects| Task { number, alone: true, linger, suspects };
        let mut state = self.lock();
        let verdict = match outcome {
            Outcome::Passed => {
                // Whoever ended the scanner in which this one was, it was not this one.
                for (suspect, after) in task.suspects {
                    let linger = (after * 2 + MARGIN).min(self.trial.deadline);
                    state.queue.push_back(alone(suspect, linger, Vec::new()));
                }
                Verdict::Passed
            }
            Outcome::NoBridge => {
                let (program, home) = (self.trial.program(), self.requests[number].home);
                Verdict::NotTried(NotTried::NoBridge { program, home })
            }
            Outcome::Failed(failure) | Outcome::Died(failure) if first => Verdict::Failed(failure),
            Outcome::Died(failure @ TrialFailure::Hung { .. }) => Verdict::Failed(failure),
            Outcome::Failed(_) | Outcome::Died(_) => {
                state.queue.push_back(alone(number, task.linger, companions));
                self.changed.notify_all();
                return;
            }
            Outcome::Lost(how) if first => {
                Verdict::NotTried(NotTried::Lost { program: self.trial.program(), how })
            }
            Outcome::Lost(_) => {
                state.queue.push_back(alone(number, task.linger, companions));
                self.changed.notify_all();
                return;
            }
        };
        state.verdicts[number] = Some(verdict.clone());
        self.changed.notify_all();
        drop(state);
        (self.told)(number, &verdict);
    }
}

/// A worker's end, however it comes.
struct Leave<'a, 'b> {
    crew: &'a Crew<'b>,
    worker: usize,
}

impl Drop for Leave<'_, '_> {
    fn drop(&mut self) {
        self.crew.lock().workers.remove(&self.worker);
        self.crew.changed.notify_all();
    }
}
