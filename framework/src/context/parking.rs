//! A future on a thread that has nothing else to do: the smallest executor there is.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

struct Parked {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Runs a future on this thread until it is done.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    match run(future, None) {
        Some(value) => value,
        None => unreachable!("without a deadline nothing ends it"),
    }
}

/// As [`wait`], for so long; then the future is dropped.
pub(crate) fn wait_within<F: Future>(future: F, time: Duration) -> Option<F::Output> {
    // A time beyond all clocks is none.
    run(future, Instant::now().checked_add(time))
}

fn run<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let parked = Arc::new(Parked { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&parked));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(value);
        }
        while !parked.woken.swap(false, Ordering::Acquire) {
            match deadline {
                None => thread::park(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    thread::park_timeout(left);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_is_never_woken_ends_with_its_time() {
        assert_eq!(wait_within(std::future::pending::<()>(), Duration::from_millis(5)), None);
        assert_eq!(wait_within(async { 7 }, Duration::ZERO), Some(7));
        assert_eq!(wait(async { 8 }), 8);
    }
}
