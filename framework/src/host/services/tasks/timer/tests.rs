//! Orders, many at once, and what becomes of sleeps at the end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::Duration;

use super::*;

/// Longer than any test waits that goes well.
const PATIENCE: Duration = Duration::from_secs(120);

/// Writes down its number when it is woken.
struct Noting(usize, Arc<Mutex<Vec<usize>>>);

impl Wake for Noting {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push(self.0);
    }
}

/// Does something when it is woken.
struct Doing<F>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for Doing<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn poll(sleep: &mut Sleep, waker: &Waker) -> Poll<Result<(), String>> {
    Pin::new(sleep).poll(&mut Context::from_waker(waker))
}

fn eventually(mut yes: impl FnMut() -> bool) {
    let began = Instant::now();
    while !yes() {
        assert!(began.elapsed() < PATIENCE, "it does not come about");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn sleeps_are_woken_in_the_order_in_which_they_are_due() {
    let (timer, woken) = (Timer::new(), Arc::<Mutex<Vec<_>>>::default());
    let now = Instant::now();
    let mut sleeps: Vec<_> = [30, 10, 50, 20, 40]
        .into_iter()
        .map(|after| {
            let waker = Waker::from(Arc::new(Noting(after, Arc::clone(&woken))));
            (timer.sleep_until(now + Duration::from_millis(after as u64)), waker)
        })
        .collect();
    for (sleep, waker) in &mut sleeps {
        // On a machine that is busy some are due by now, and are not woken.
        if poll(sleep, waker).is_ready() {
            return;
        }
    }
    eventually(|| woken.lock().unwrap().len() == 5);
    assert_eq!(*woken.lock().unwrap(), [10, 20, 30, 40, 50]);
    for (sleep, waker) in &mut sleeps {
        assert_eq!(poll(sleep, waker), Poll::Ready(Ok(())));
    }
}

#[test]
fn ten_thousand_sleeps_are_woken_once_each_by_one_thread() {
    let (timer, woken) = (Timer::new(), Arc::<Mutex<Vec<_>>>::default());
    let due = Instant::now() + Duration::from_millis(200);
    let mut expected = Vec::new();
    let mut sleeps = Vec::new();
    for n in 0..10_000 {
        let waker = Waker::from(Arc::new(Noting(n, Arc::clone(&woken))));
        let mut sleep = timer.sleep_until(due + Duration::from_micros((n % 97) as u64));
        if poll(&mut sleep, &waker).is_pending() {
            expected.push(n);
        }
        sleeps.push(sleep);
    }
    eventually(|| woken.lock().unwrap().len() >= expected.len());
    let mut all = woken.lock().unwrap().clone();
    all.sort_unstable();
    assert_eq!(all, expected);
    assert!(timer.0.lock().sleeping.is_empty());
}

#[test]
fn what_is_dropped_or_polled_again_leaves_no_waker_behind() {
    let (timer, woken) = (Timer::new(), Arc::<Mutex<Vec<_>>>::default());
    let wakers: Vec<_> = (0..3).map(|n| Arc::new(Noting(n, Arc::clone(&woken)))).collect();
    let mut sleep = timer.sleep_until(Instant::now() + Duration::from_secs(3600));
    for noting in &wakers {
        assert!(poll(&mut sleep, &Waker::from(Arc::clone(noting))).is_pending());
    }
    let counts = || wakers.iter().map(Arc::strong_count).collect::<Vec<_>>();
    assert_eq!(counts(), [1, 1, 2], "the last one alone is kept");
    drop(sleep);
    assert_eq!(counts(), [1, 1, 1]);
    assert!(woken.lock().unwrap().is_empty());
}

#[test]
fn the_end_wakes_what_sleeps_and_ends_the_thread() {
    let (timer, woken) = (Timer::new(), Arc::<Mutex<Vec<_>>>::default());
    let waker = Waker::from(Arc::new(Noting(7, Arc::clone(&woken))));
    let mut sleep = timer.sleep_until(Instant::now() + Duration::from_secs(3600));
    assert!(poll(&mut sleep, &waker).is_pending());
    timer.end(Instant::now() + PATIENCE);
    assert_eq!(*woken.lock().unwrap(), [7]);
    assert_eq!(poll(&mut sleep, &waker), Poll::Ready(Err(STOPPED.into())));
    let mut late = timer.sleep_until(Instant::now());
    assert_eq!(poll(&mut late, &waker), Poll::Ready(Err(STOPPED.into())));
    assert_eq!(Arc::strong_count(&timer.0), 3, "the timer and two sleeps, and no thread");
}

#[test]
fn a_waker_that_panics_or_ends_the_timer_harms_nobody() {
    let (timer, calls) = (Arc::new(Timer::new()), Arc::new(AtomicUsize::new(0)));
    let (ends, counts) = (Arc::clone(&timer), Arc::clone(&calls));
    let now = Instant::now() + Duration::from_millis(100);
    let mut first = timer.sleep_until(now);
    let mut second = timer.sleep_until(now + Duration::from_millis(1));
    let panics = Waker::from(Arc::new(Doing(|| panic!("a waker that panics"))));
    let ending = Waker::from(Arc::new(Doing(move || {
        // In the timer's own thread, which it must not wait for.
        ends.end(Instant::now() + PATIENCE);
        counts.fetch_add(1, Ordering::SeqCst);
    })));
    if poll(&mut first, &panics).is_pending() && poll(&mut second, &ending).is_pending() {
        eventually(|| calls.load(Ordering::SeqCst) == 1);
    }
}
