//! Something that ends once, and tells whoever waits for it.
//!
//! Whoever waits is a future with a waker. Wakers are others' code: none is cloned, woken or dropped under the lock, and a
//! panic in one ends there.

use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::abi::guard::contained;

/// Not ended, or ended for a reason in one clause.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    why: OnceLock<Arc<str>>,
    waiting: Mutex<Waiting>,
}

/// Who is to be woken, in the order in which they came.
#[derive(Debug, Default)]
struct Waiting {
    wakers: BTreeMap<u64, Waker>,
    next: u64,
}

impl Ending {
    /// Ends it, for this reason; whoever waits is [woken](Self::wake) later. Whether it had not ended before.
    pub(crate) fn set(&self, why: &str) -> bool {
        self.why.set(why.into()).is_ok()
    }

    /// Wakes whoever waits for the end, which has come.
    pub(crate) fn wake(&self) {
        let wakers = mem::take(&mut self.lock().wakers);
        for waker in wakers.into_values() {
            contained(|| waker.wake());
        }
    }

    /// Why it has ended; `None` where it has not.
    pub(crate) fn why(&self) -> Option<&Arc<str>> {
        self.why.get()
    }

    /// Waits for the end, and says why it came.
    pub(crate) fn ended(self: &Arc<Self>) -> Ended {
        Ended { ending: Arc::clone(self), place: None }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the waker in the place of the one that was kept before, and gives it back where the end came meanwhile.
    fn keep(&self, place: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let mut waiting = self.lock();
        // Who ends it says so before it takes the wakers.
        if self.why.get().is_some() {
            return Some(waker);
        }
        let place = *place.get_or_insert(waiting.next);
        waiting.next = waiting.next.max(place + 1);
        waiting.wakers.insert(place, waker)
    }
}

/// The future of [`Ending::ended`]. To drop it ends the waiting.
#[derive(Debug)]
pub(crate) struct Ended {
    ending: Arc<Ending>,
    place: Option<u64>,
}

impl Future for Ended {
    type Output = Arc<str>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Arc<str>> {
        let Self { ending, place } = self.get_mut();
        if ending.why().is_none() {
            let waker = context.waker().clone();
            let other = ending.keep(place, waker);
            drop(other);
        }
        ending.why().map_or(Poll::Pending, |why| Poll::Ready(Arc::clone(why)))
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let waker = self.ending.lock().wakers.remove(&place);
            drop(waker);
        }
    }
}

/// Wakes a thread.
struct Bell(Thread);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread, which sleeps meanwhile.
pub(crate) fn wait_for<T>(mut future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> T {
    let waker = Waker::from(Arc::new(Bell(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        // Whoever wakes the thread for another reason costs one more look.
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts, and panics where that is wanted.
    struct Counting(AtomicUsize, bool);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
            assert!(!self.1, "a waker that panics");
        }
    }

    fn counting(panics: bool) -> (Arc<Counting>, Waker) {
        let counting = Arc::new(Counting(AtomicUsize::new(0), panics));
        (Arc::clone(&counting), Waker::from(counting))
    }

    #[test]
    fn all_who_wait_are_woken_once_whatever_one_of_them_does() {
        let ending = Arc::new(Ending::default());
        let (first, mut others) = (counting(true), Vec::new());
        let mut panicking = pin!(ending.ended());
        assert!(panicking.as_mut().poll(&mut Context::from_waker(&first.1)).is_pending());
        for _ in 0..3 {
            let (woken, waker) = counting(false);
            let mut ended = Box::pin(ending.ended());
            // Polled twice, it still has one waker here.
            for _ in 0..2 {
                assert!(ended.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
            others.push((woken, waker, ended));
        }
        let (cancelled, waker) = counting(false);
        let mut gone = Box::pin(ending.ended());
        assert!(gone.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(gone);
        assert!(ending.set("it was") && !ending.set("another"));
        ending.wake();
        assert_eq!((first.0.0.load(Ordering::SeqCst), cancelled.0.load(Ordering::SeqCst)), (1, 0));
        for (woken, waker, mut ended) in others {
            assert_eq!(woken.0.load(Ordering::SeqCst), 1);
            let poll = ended.as_mut().poll(&mut Context::from_waker(&waker));
            assert_eq!(poll, Poll::Ready("it was".into()));
            drop((ended, waker));
            assert_eq!(Arc::strong_count(&woken), 1, "nothing of its waker is left here");
        }
    }

    #[test]
    fn a_thousand_threads_that_wait_while_it_ends_all_hear_it() {
        for _ in 0..20 {
            let ending = Arc::new(Ending::default());
            thread::scope(|scope| {
                let waiting: Vec<_> = (0..50)
                    .map(|_| {
                        let ended = ending.ended();
                        scope.spawn(|| wait_for(pin!(ended)))
                    })
                    .collect();
                ending.set("now");
                ending.wake();
                for thread in waiting {
                    assert_eq!(&*thread.join().unwrap(), "now");
                }
            });
        }
    }
}
