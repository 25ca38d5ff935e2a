//! Threads that do what is put before them: begun when they are needed, sent home when nothing has come for a while.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use super::thread::Thread;

/// How long a thread waits for more.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a thread can do. A panic in it has to end there.
pub(super) trait Errand: Send + 'static {
    fn run(self);
}

/// A handle of the threads, which end with [`end`](Self::end) alone.
pub(super) struct Crew<E>(Arc<Shared<E>>);

impl<E> Clone for Crew<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<E> {
    name: &'static str,
    most: usize,
    state: Mutex<State<E>>,
    /// There is more to do, or all has ended.
    ready: Condvar,
}

struct State<E> {
    errands: VecDeque<E>,
    threads: Vec<Thread>,
    alive: usize,
    idle: usize,
    ended: bool,
}

impl<E: Errand> Crew<E> {
    pub(super) fn new(name: &'static str, most: usize) -> Self {
        let state = State { errands: VecDeque::new(), threads: Vec::new(), alive: 0, idle: 0, ended: false };
        Self(Arc::new(Shared { name, most, state: Mutex::new(state), ready: Condvar::new() }))
    }

    /// **Errors:** it has ended, or there is no thread and none is to be had; the errand comes back.
    pub(super) fn put(&self, errand: E) -> Result<(), E> {
        let mut state = self.0.lock();
        if state.ended {
            return Err(errand);
        }
        state.errands.push_back(errand);
        if state.errands.len() <= state.idle {
            drop(state);
            self.0.ready.notify_one();
        } else if state.alive < self.0.most {
            state.threads.retain(|thread| !thread.has_ended());
            let shared = Arc::clone(&self.0);
            match Thread::begin(self.0.name, move || shared.work()) {
                Ok(thread) => {
                    state.alive += 1;
                    state.threads.push(thread);
                }
                Err(error) if state.alive == 0 => {
                    let errand = state.errands.pop_back();
                    drop(state);
                    tracing::error!(target: "keyway", thread = self.0.name, %error, "no thread is to be had");
                    return errand.map_or(Ok(()), Err);
                }
                // One of those that there are will come to it.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Ends the threads and waits for them, but not for these, and at most until then. What nobody had begun is dropped.
    pub(super) fn end(&self, but: &HashSet<ThreadId>, until: Instant) {
        let (errands, threads) = {
            let mut state = self.0.lock();
            state.ended = true;
            (std::mem::take(&mut state.errands), std::mem::take(&mut state.threads))
        };
        self.0.ready.notify_all();
        drop(errands);
        for thread in threads {
            let until = if but.contains(&thread.id()) { Instant::now() } else { until };
            let _ended = thread.join(until);
        }
    }
}

impl<E: Errand> Shared<E> {
    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if state.ended {
                break;
            }
            if let Some(errand) = state.errands.pop_front() {
                drop(state);
                errand.run();
                state = self.lock();
                continue;
            }
            state.idle += 1;
            let (woken, waited) =
                self.ready.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.errands.is_empty() {
                break;
            }
        }
        state.alive -= 1;
    }
}
