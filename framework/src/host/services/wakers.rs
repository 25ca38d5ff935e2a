//! Tasks that wait for something of the host's: woken all at once, and outside of every lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::abi::guard::contained;

/// The wakers of those who wait, each under a number of its own.
#[derive(Default)]
pub(super) struct Wakers(Mutex<Vec<(u64, Waker)>>);

/// A number that nobody else has.
pub(super) fn number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Wakers {
    fn lock(&self) -> MutexGuard<'_, Vec<(u64, Waker)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever has this number waits from now on. What it waits for is to be looked at once more after this.
    pub(super) fn wait(&self, number: u64, waker: &Waker) {
        let known = |wakers: &[(u64, Waker)]| wakers.iter().position(|(other, _)| *other == number);
        let wakers = self.lock();
        if known(&wakers).is_some_and(|at| wakers[at].1.will_wake(waker)) {
            return;
        }
        drop(wakers);
        // A waker is cloned, and dropped, by whoever made it.
        let new = waker.clone();
        let mut wakers = self.lock();
        let old = match known(&wakers) {
            Some(at) => Some(std::mem::replace(&mut wakers[at].1, new)),
            None => {
                wakers.push((number, new));
                None
            }
        };
        drop(wakers);
        let_go(old);
    }

    /// It waits no more.
    pub(super) fn forget(&self, number: u64) {
        let mut wakers = self.lock();
        let at = wakers.iter().position(|(other, _)| *other == number);
        let old = at.map(|at| wakers.swap_remove(at).1);
        drop(wakers);
        let_go(old);
    }

    /// Wakes all.
    pub(super) fn wake(&self) {
        let mut wakers = self.lock();
        if wakers.is_empty() {
            return;
        }
        let all = std::mem::take(&mut *wakers);
        drop(wakers);
        for (_, waker) in all {
            wake(waker);
        }
    }
}

/// Wakes somebody, whose panic is nobody else's.
pub(super) fn wake(waker: Waker) {
    contained(|| waker.wake());
}

/// Drops a waker, whose panic is nobody else's.
pub(super) fn let_go(waker: Option<Waker>) {
    if let Some(waker) = waker {
        contained(|| drop(waker));
    }
}
