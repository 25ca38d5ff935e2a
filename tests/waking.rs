//! Futures and wakers under a scheduler that tries many orders of their threads (shuttle): who wakes, who polls, who
//! cancels and who lets go, in whatever order, loses no wake and no count.
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "a test")]

use std::sync::atomic::AtomicUsize as Plain;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll, Waker};

use keyway::interface;
use keyway::testing::{through_messages, through_table};
use shuttle::sync::{Arc, Mutex};
use shuttle::{future, thread};
use std::sync::Arc as Shared;

/// Waits for what another thread brings.
#[interface(id = "waking/post", version = "1.0")]
pub trait Post: Send + Sync {
    async fn letter(&self, text: &str, at: u64) -> u64;
}

#[derive(Default)]
struct Box {
    letter: Option<u64>,
    waiting: Option<Waker>,
}

/// One box a place; the scheduler sees the lock of each.
struct Office {
    boxes: Vec<Arc<Mutex<Box>>>,
    alive: Shared<Plain>,
}

struct Living(Shared<Plain>);

impl Drop for Living {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[interface]
impl Post for Office {
    async fn letter(&self, text: &str, at: u64) -> u64 {
        self.alive.fetch_add(1, SeqCst);
        let _living = Living(Shared::clone(&self.alive));
        let letter = std::future::poll_fn(|context: &mut Context<'_>| {
            let mut own = self.boxes[at as usize].lock().expect("nobody panics");
            if let Some(letter) = own.letter.take() {
                return Poll::Ready(letter);
            }
            own.waiting = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        letter + text.len() as u64
    }
}

fn put(into: &Mutex<Box>, letter: u64) {
    let waiting = {
        let mut own = into.lock().expect("nobody panics");
        own.letter = Some(letter);
        own.waiting.take()
    };
    if let Some(waker) = waiting {
        waker.wake();
    }
}

/// The boxes, how many calls are on their way, and the office.
type Opened = (Vec<Arc<Mutex<Box>>>, Shared<Plain>, Shared<dyn Post>);

/// An office, and the same reached as a plugin is.
fn office(places: usize, way: usize) -> Opened {
    let boxes: Vec<_> = (0..places).map(|_| Arc::new(Mutex::new(Box::default()))).collect();
    let alive = Shared::new(Plain::new(0));
    let office: Shared<dyn Post> = Shared::new(Office { boxes: boxes.clone(), alive: Shared::clone(&alive) });
    let post = if way == 0 { through_table(office) } else { through_messages(office) };
    (boxes, alive, post)
}

/// As often as the orders of a few threads deserve.
const ORDERS: usize = 2000;

#[test]
fn no_wake_is_lost_whenever_it_comes() {
    for way in 0..2 {
        shuttle::check_random(
            move || {
                let (boxes, alive, post) = office(3, way);
                let bringing: Vec<_> = boxes
                    .into_iter()
                    .zip(10..)
                    .map(|(into, letter)| thread::spawn(move || put(&into, letter)))
                    .collect();
                let asking: Vec<_> = (0..3)
                    .map(|at| {
                        let post = Shared::clone(&post);
                        thread::spawn(move || future::block_on(post.letter("abc", at)))
                    })
                    .collect();
                let letters: Vec<_> = asking.into_iter().map(|one| one.join().expect("it ends")).collect();
                bringing.into_iter().for_each(|one| one.join().expect("it ends"));
                assert_eq!(letters, [13, 14, 15]);
                assert_eq!(alive.load(SeqCst), 0);
            },
            ORDERS,
        );
    }
}

#[test]
fn what_is_cancelled_while_it_is_woken_is_released_once() {
    for way in 0..2 {
        shuttle::check_random(
            move || {
                let (boxes, alive, post) = office(1, way);
                let into = Arc::clone(&boxes[0]);
                let bringing = thread::spawn(move || put(&into, 7));
                {
                    let mut waiting = post.letter("a", 0);
                    let polled = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    assert!(matches!(polled, Poll::Pending | Poll::Ready(8)));
                    thread::yield_now();
                }
                assert_eq!(alive.load(SeqCst), 0);
                bringing.join().expect("it ends");
                drop(post);
                assert_eq!(Arc::strong_count(&boxes[0]), 1, "the office is gone");
            },
            ORDERS,
        );
    }
}

#[test]
fn clones_of_a_waker_are_woken_and_dropped_on_any_thread() {
    for way in 0..2 {
        shuttle::check_random(
            move || {
                let (boxes, alive, post) = office(1, way);
                let into = Arc::clone(&boxes[0]);
                let waking: Vec<_> = (0..2)
                    .map(|_| {
                        let from = Arc::clone(&boxes[0]);
                        thread::spawn(move || {
                            let clone = from.lock().expect("nobody panics").waiting.clone();
                            if let Some(waker) = clone {
                                let other = waker.clone();
                                waker.wake();
                                other.wake_by_ref();
                            }
                        })
                    })
                    .collect();
                let bringing = thread::spawn(move || put(&into, 1));
                assert_eq!(future::block_on(post.letter("four", 0)), 5);
                waking.into_iter().chain([bringing]).for_each(|one| one.join().expect("it ends"));
                assert_eq!(alive.load(SeqCst), 0);
            },
            ORDERS,
        );
    }
}
