//! A call that answers later: ready at its first poll, or woken once in between.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use figures_keyway::Later as _;
use figures_savefile::Later as _;
use libloading::Symbol;
use savefile_abi::AbiConnection;

use crate::contestants;
use crate::libraries::{Copies, path};
use crate::measure::{CHECKED, Line, Row, Unit};

type Boxed<'a> = Pin<Box<dyn Future<Output = u64> + Send + 'a>>;

/// The floor: a trait that gives boxed futures, by hand.
trait ByHand: Send + Sync {
    fn at_once(&self, n: u64) -> Boxed<'_>;
    fn woken_once(&self, n: u64) -> Boxed<'_>;
}

struct Worker;

impl ByHand for Worker {
    fn at_once(&self, n: u64) -> Boxed<'_> {
        Box::pin(figures_work::at_once(n))
    }
    fn woken_once(&self, n: u64) -> Boxed<'_> {
        Box::pin(figures_work::woken_once(n))
    }
}

/// The same through the crate that most authors know.
#[async_trait::async_trait]
trait ByMacro: Send + Sync {
    async fn at_once(&self, n: u64) -> u64;
    async fn woken_once(&self, n: u64) -> u64;
}

#[async_trait::async_trait]
impl ByMacro for Worker {
    async fn at_once(&self, n: u64) -> u64 {
        figures_work::at_once(n).await
    }
    async fn woken_once(&self, n: u64) -> u64 {
        figures_work::woken_once(n).await
    }
}

/// An executor's waker: counted, and nothing else.
struct Task;

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

/// Polls until there is an answer.
fn run(waker: &Waker, mut future: Pin<&mut (impl Future<Output = u64> + ?Sized)>) -> u64 {
    let mut context = Context::from_waker(waker);
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
    }
}

/// Ready at the first poll: no waker is cloned.
pub fn at_once() -> Row {
    row(
        "async call, ready at once",
        |by| by.0.at_once(by.1),
        |by| by.0.at_once(by.1),
        |by| by.0.at_once(by.1),
        |by| by.0.at_once(by.1),
        "figures_async_ffi_at_once",
    )
}

/// Woken once: a waker is cloned and woken, and the future polled again.
pub fn woken_once() -> Row {
    row(
        "async call, woken once",
        |by| by.0.woken_once(by.1),
        |by| by.0.woken_once(by.1),
        |by| by.0.woken_once(by.1),
        |by| by.0.woken_once(by.1),
        "figures_async_ffi_woken_once",
    )
}

type Of<T> = for<'a> fn((&'a T, u64)) -> Boxed<'a>;

fn row(
    name: &str,
    by_hand: Of<dyn ByHand>,
    by_macro: Of<dyn ByMacro>,
    keyway: Of<keyway::Handle<dyn figures_keyway::Later>>,
    savefile: Of<AbiConnection<dyn figures_savefile::Later>>,
    symbol: &str,
) -> Row {
    let right = CHECKED + 1;
    let waker = || Waker::from(Arc::new(Task));
    let hand = |worker: Box<dyn ByHand>| {
        let (waker, worker) = (waker(), std::hint::black_box(worker));
        move |n| run(&waker, by_hand((&*worker, n)).as_mut())
    };
    let own = |handle: keyway::Handle<dyn figures_keyway::Later>| {
        let (waker, handle) = (waker(), std::hint::black_box(handle));
        move |n| run(&waker, keyway((&handle, n)).as_mut())
    };
    let (macro_waker, worker) = (waker(), std::hint::black_box(Box::new(Worker) as Box<dyn ByMacro>));
    // SAFETY: the symbol was exported with this very type.
    let later: Symbol<'static, figures_async_ffi::Later> =
        unsafe { contestants::library(&path("figures-async-ffi")).get(symbol) }
            .expect("the symbol is exported");
    let (ffi_waker, later) = (waker(), *later);
    let connection = contestants::savefile::<dyn figures_savefile::Later>(&path("figures-savefile"));
    let (savefile_waker, connection) = (waker(), std::hint::black_box(connection));
    let answer = |answer: u64| answer;
    Row::new(name, Unit::Nanoseconds)
        .floor(Line::call("a boxed future through a `dyn Trait`", &right, hand(Box::new(Worker)), answer))
        .contestant(Line::call("the floor once more", &right, hand(Box::new(Worker)), answer))
        .contestant(Line::call("Keyway, built in", &right, own(contestants::keyway::built_in_as()), answer))
        .contestant(Line::call(
            "Keyway, a library",
            &right,
            own(contestants::keyway::loaded_as(&Copies::of("figures-keyway").folder())),
            answer,
        ))
        .contestant(Line::call(
            "Keyway, by messages",
            &right,
            own(contestants::keyway::by_messages_as()),
            answer,
        ))
        .contestant(Line::call(
            "async-trait, in one binary",
            &right,
            move |n| run(&macro_waker, by_macro((&*worker, n)).as_mut()),
            answer,
        ))
        .contestant(Line::call(
            "async-ffi, a library",
            &right,
            move |n| run(&ffi_waker, std::pin::pin!(later(n))),
            answer,
        ))
        .contestant(Line::call(
            "savefile-abi, a library",
            &right,
            move |n| run(&savefile_waker, savefile((&connection, n)).as_mut()),
            answer,
        ))
}
