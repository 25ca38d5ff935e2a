//! The queue by itself.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::thread;

use super::*;
use crate::context::parking;

fn queue(settings: Settings) -> Queue<u64> {
    Queue::new(settings)
}

fn all(queue: &Queue<u64>) -> Vec<u64> {
    std::iter::from_fn(|| queue.pop()).collect()
}

#[derive(Default)]
struct Rung(AtomicUsize);

impl Wake for Rung {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn each_policy_keeps_what_it_says_and_counts_the_rest() {
    let two = Settings::bounded(2);
    let cases = [
        (two.drop_oldest(), Pushed::Instead, vec![2, 3], 2),
        (two.drop_newest(), Pushed::Dropped, vec![0, 1], 2),
        (two, Pushed::Full(2), vec![0, 1], 0),
    ];
    for (settings, third, kept, dropped) in cases {
        let queue = queue(settings);
        assert_eq!((queue.push(0), queue.push(1)), (Pushed::Taken, Pushed::Taken));
        assert_eq!(queue.push(2), third);
        queue.push(3);
        assert_eq!(queue.counts(), QueueCounts::new(2, 0, dropped));
        assert_eq!(all(&queue), kept);
        assert_eq!(queue.counts(), QueueCounts::new(0, 2, dropped));
    }
    let one = queue(Settings::bounded(0).drop_newest());
    assert_eq!((one.push(1), one.push(2)), (Pushed::Taken, Pushed::Dropped));
}

#[test]
fn a_closed_queue_takes_nothing_in_and_can_be_read_or_forgotten() {
    let kept = queue(Settings::bounded(4));
    kept.push(1);
    kept.close(false);
    assert_eq!(kept.push(2), Pushed::Closed);
    assert!(!kept.is_over());
    assert_eq!(parking::wait(poll_fn(|context| kept.poll_pop(context))), Some(1));
    assert_eq!(parking::wait(poll_fn(|context| kept.poll_pop(context))), None);
    assert!(kept.is_over());
    let forgotten = queue(Settings::bounded(4));
    forgotten.push(1);
    forgotten.close(true);
    assert!(forgotten.is_over());
    assert_eq!(forgotten.pop_many(8), (Vec::new(), true));
}

#[test]
fn a_reader_is_woken_once_for_the_first_event_and_when_it_is_closed() {
    let (queue, rung) = (queue(Settings::bounded(4)), Arc::new(Rung::default()));
    let waker = Waker::from(Arc::clone(&rung));
    let mut context = Context::from_waker(&waker);
    for _ in 0..3 {
        assert!(queue.poll_pop(&mut context).is_pending());
    }
    // One waker is kept, however often it was polled.
    assert_eq!(Arc::strong_count(&rung), 3);
    queue.push(1);
    queue.push(2);
    assert_eq!(rung.0.load(Ordering::SeqCst), 1);
    assert_eq!(all(&queue), [1, 2]);
    assert!(queue.poll_pop(&mut context).is_pending());
    queue.close(false);
    assert_eq!(rung.0.load(Ordering::SeqCst), 2);
    assert_eq!(queue.poll_pop(&mut context), Poll::Ready(None));
}

/// Pushes into the queue while it is dropped, and wakes into it: neither may happen under its lock.
struct Meddles(Arc<Queue<Option<Meddles>>>);

impl Drop for Meddles {
    fn drop(&mut self) {
        self.0.push(None);
    }
}

#[test]
fn what_is_dropped_may_use_the_queue_that_drops_it() {
    for settings in [Settings::bounded(1).drop_oldest(), Settings::bounded(1).drop_newest()] {
        let queue = Arc::new(Queue::new(settings));
        queue.push(Some(Meddles(Arc::clone(&queue))));
        queue.push(Some(Meddles(Arc::clone(&queue))));
        queue.close(true);
        assert!(queue.is_over());
    }
}

#[test]
fn eight_writers_and_a_reader_lose_nothing_under_stress() {
    const EACH: u64 = 2_000;
    for capacity in [1, 3, 64] {
        let queue = queue(Settings::bounded(capacity));
        let read = thread::scope(|scope| {
            for writer in 0..8 {
                let queue = &queue;
                scope.spawn(move || {
                    let mut number = super::super::super::wakers::number();
                    for n in 0..EACH {
                        let mut event = Some(writer * EACH + n);
                        number += 1 << 40;
                        parking::wait(poll_fn(|context| {
                            queue.writers.wait(number, context.waker());
                            match queue.push(event.take().expect("it waits")) {
                                Pushed::Full(back) => {
                                    event = Some(back);
                                    Poll::Pending
                                }
                                pushed => {
                                    assert_eq!(pushed, Pushed::Taken);
                                    queue.writers.forget(number);
                                    Poll::Ready(())
                                }
                            }
                        }));
                    }
                });
            }
            (0..8 * EACH)
                .map(|_| parking::wait(poll_fn(|context| queue.poll_pop(context))).expect("it is open"))
                .collect::<Vec<_>>()
        });
        assert_eq!(read.iter().copied().collect::<BTreeSet<_>>().len() as u64, 8 * EACH);
        for writer in 0..8 {
            let own = read.iter().filter(|event| **event / EACH == writer);
            assert!(own.copied().eq(writer * EACH..(writer + 1) * EACH), "{writer} keeps its order");
        }
        assert_eq!(queue.counts(), QueueCounts::new(0, 8 * EACH, 0));
    }
}
