//! Methods that answer later.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use contract_plugin::futures::{Asker, Futures, Later, ages};
use contract_plugin::values::Oops;
use keyway::host::{GetError, Host};
use keyway::{BoxFuture, Bytes, Fault, FaultKind, Handle, interface};

use super::executors::{self, Bell, Task, block_on, counted};
use super::homes::{Home, handle, started};
use super::values::record;
use super::witness::{Seen, Witness};

fn futures(host: &Host) -> Handle<dyn Futures> {
    handle(host, "contract/futures")
}

/// The host's own object that is asked later: it answers when it is polled for the second time.
struct Own(Arc<Seen>, Mutex<Option<Waker>>);

impl Own {
    fn new(seen: &Arc<Seen>) -> Self {
        Self(Arc::clone(seen), Mutex::default())
    }
}

#[interface]
impl Later for Own {
    async fn answer(&self, n: u64) -> Result<u64, Oops> {
        let _witness = Witness::new(&self.0);
        let mut polled = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            *self.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        assert_ne!(n, 666, "an object of the host's that panics later");
        if n == 0 { Err(Oops { why: "the host has none".into(), fault: false }) } else { Ok(n + 100) }
    }
}

pub(crate) fn what_is_ready_at_once_is_polled_once_and_clones_no_waker(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let bell = Bell::new();
    assert_eq!(bell.poll(&mut futures.at_once(7)), Poll::Ready(8));
    assert_eq!(bell.poll(&mut futures.unit()), Poll::Ready(()));
    assert_eq!((bell.rung(), bell.wakers()), (0, 0));
}

pub(crate) fn every_wake_leads_to_one_more_poll(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    for times in [0, 1, 2, 50] {
        assert_eq!(counted(futures.after(times)), (times + 1, times as usize + 1));
    }
}

pub(crate) fn a_future_is_woken_from_a_thread_of_the_plugins(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    for n in 0..20 {
        assert_eq!(block_on(futures.by_a_thread(&format!("text {n}"))), format!("text {n}!"));
    }
}

pub(crate) fn an_error_of_the_plugins_own_comes_back_later(home: Home) {
    let host = home.host();
    let later = handle::<dyn Later>(&host, "contract/futures");
    assert_eq!(block_on(later.answer(0)), Err(Oops { why: "nothing to answer".into(), fault: false }));
    assert_eq!(block_on(later.answer(1)), Ok(2));
}

pub(crate) fn arguments_are_lent_until_the_call_has_ended(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let seen = Arc::default();
    let said = {
        let (text, numbers, record) = (String::from("lent"), vec![3, 4, 5], record(2));
        let visitor = Witness::new(&seen);
        block_on(futures.borrow(&text, &numbers, &record, &visitor))
    };
    let expected = format!("lent [3, 4, 5] {} false", record(2).name);
    assert_eq!(said, [expected.clone(), expected, record(2).tags.join("+")]);
    assert_eq!((seen.visits(), seen.drops()), (2, 1));
    // Dropped while it borrows, and whatever it borrows after it.
    let (record, visitor) = (record(2), Witness::new(&seen));
    let mut begun = futures.borrow("again", &[1], &record, &visitor);
    assert!(Bell::new().poll(&mut begun).is_pending());
    drop(begun);
    drop((record, visitor));
    assert_eq!((seen.visits(), seen.drops()), (3, 2));
}

pub(crate) fn objects_come_in_and_go_out_later(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let made = block_on(futures.make("a"));
    assert!(made.visit("a") && !made.visit("b"));
    let made = block_on(futures.make_boxed("b")).expect("it says yes to something");
    assert!(made.visit("b"));
    assert_eq!(block_on(futures.make_boxed("")).err().map(|oops| oops.fault), Some(false));
    let seen = Arc::default();
    let own = Own::new(&seen);
    assert_eq!(block_on(futures.ask(&own, 5)), Ok(1050));
    assert_eq!(block_on(futures.ask(&own, 0)).map_err(|oops| oops.why), Err("the host has none".into()));
    assert_eq!(seen.drops(), 2);
    let shared = Arc::new(Own::new(&seen));
    assert_eq!(block_on(futures.ask_kept(shared.clone(), 0)), 101);
    assert_eq!((seen.drops(), Arc::strong_count(&shared)), (4, 1));
    // The plugin as an object of its own.
    let itself = handle::<dyn Later>(&host, "contract/futures");
    assert_eq!(block_on(futures.ask_kept(itself.to_arc(), 3)), 9);
    assert_eq!(block_on(futures.ask(&*itself.get(), 3)), Ok(40));
}

pub(crate) fn a_method_with_a_body_runs_in_the_plugin(home: Home) {
    let host = home.host();
    assert_eq!(block_on(futures(&host).with_a_body("a text", 4)), "a text 5 3");
}

pub(crate) fn an_older_plugin_answers_later_and_bodies_fill_the_rest(home: Home) {
    use ages::newer::{self, Later as _};
    let host = home.host();
    let later = handle::<dyn newer::Later>(&host, "contract/futures");
    let newer = |n| {
        let later = later.clone();
        block_on(async move { (newer::Later::answer(&later, n).await, later.twice(n).await) })
    };
    let (answer, twice) = newer(4);
    assert_eq!((answer.map_err(|oops| oops.why), twice), (Ok(5), Ok(11)));
    let (answer, twice) = newer(0);
    let oops = answer.expect_err("it has nothing to answer");
    assert_eq!((oops.why.as_str(), oops.fault, oops.since), ("nothing to answer", false, 0));
    assert_eq!(twice, Err("nothing to answer".into()));
}

pub(crate) fn a_method_that_answers_at_once_is_another(home: Home) {
    let host = home.host();
    let error = host.get::<dyn ages::other::Later>("contract/futures").expect_err("it answers later");
    let GetError::Mismatch { source, .. } = error else { panic!("{error:?}") };
    let said = source.to_string();
    assert!(said.contains("the method `answer` is another"), "{said}");
    for side in ["host:   fn answer(&self, n: u64)", "plugin: async fn answer(&self, n: u64)"] {
        assert!(said.contains(side), "`{side}` is not in: {said}");
    }
}

fn hold<'a>(futures: &'a Handle<dyn Futures>, seen: &Arc<Seen>) -> BoxFuture<'a, u64> {
    futures.hold("text".into(), Bytes::from(vec![1; 9]), Witness::shared(seen), Witness::boxed(seen))
}

pub(crate) fn what_is_dropped_unpolled_has_never_begun(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let seen = Arc::default();
    let unpolled = hold(&futures, &seen);
    assert_eq!((futures.alive(), seen.drops()), (0, 0));
    drop(unpolled);
    assert_eq!((futures.alive(), seen.drops()), (0, 2));
}

pub(crate) fn what_is_dropped_half_way_releases_what_it_held(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let (seen, bell) = (Arc::default(), Bell::new());
    let mut held: Vec<_> = (0..5).map(|_| hold(&futures, &seen)).collect();
    for future in &mut held {
        assert!(bell.poll(future).is_pending());
    }
    assert_eq!((futures.alive(), seen.drops()), (5, 0));
    drop(held.remove(2));
    assert_eq!((futures.alive(), seen.drops()), (4, 2));
    // One that is dropped on another thread.
    let moved = held.remove(0);
    std::thread::scope(|scope| {
        scope.spawn(move || drop(moved));
    });
    drop(held);
    assert_eq!((futures.alive(), seen.drops()), (0, 10));
    // With a waker inside the plugin, which is kept for the ticket.
    let mut waiting = futures.wait(1);
    assert!(bell.poll(&mut waiting).is_pending());
    assert_eq!((futures.alive(), bell.wakers()), (1, 1));
    drop(waiting);
    assert_eq!(futures.alive(), 0);
    futures.call(1, 7);
    assert_eq!((bell.rung(), bell.wakers()), (1, 0));
}

pub(crate) fn a_thousand_calls_are_answered_in_another_order(home: Home) {
    const CALLS: u64 = 1000;
    let host = home.host();
    let futures = futures(&host);
    let bell = Bell::new();
    let mut calls: Vec<_> = (0..CALLS).map(|ticket| Some(futures.wait(ticket))).collect();
    for call in calls.iter_mut().flatten() {
        assert!(bell.poll(call).is_pending());
    }
    assert_eq!((futures.alive(), bell.wakers()), (CALLS, CALLS as usize));
    // Every seventh is cancelled, the others are answered from the end, first the odd ones and then the even ones.
    for cancelled in (0..CALLS).step_by(7) {
        calls[cancelled as usize] = None;
    }
    let order = (0..CALLS).rev().filter(|n| n % 2 == 1).chain((0..CALLS).rev().filter(|n| n % 2 == 0));
    for ticket in order {
        futures.call(ticket, ticket * 3);
        let Some(mut call) = calls[ticket as usize].take() else { continue };
        assert_eq!(bell.poll(&mut call), Poll::Ready(Ok(ticket * 3)), "{ticket}");
    }
    assert_eq!((futures.alive(), bell.wakers(), bell.rung()), (0, 0, CALLS as usize));
    // Void tickets are errors of the plugin's own, and the caller is woken for them, too.
    let mut void = futures.wait(5000);
    assert!(bell.poll(&mut void).is_pending());
    futures.call(5000, 0);
    assert_eq!(block_on(void).map_err(|oops| oops.why), Err("ticket 5000 is void".into()));
}

fn faults(host: &Host) -> Option<u64> {
    host.plugin("contract/futures").map(|info| info.faults)
}

pub(crate) fn a_panic_in_a_poll_is_a_fault_and_ends_the_call(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    for (before, after) in [0, 1, 5].into_iter().enumerate() {
        assert_eq!(faults(&host), Some(before as u64 * 2));
        let oops = block_on(futures.panic_or_not(after, "too late")).expect_err("it panics");
        assert_eq!(oops.why, "plugin `contract/futures` panicked: too late");
        assert!(oops.fault);
        let payload = catch_unwind(AssertUnwindSafe(|| block_on(futures.panic(after, "without an error"))));
        let fault = payload.expect_err("it panics").downcast::<Fault>().expect("a fault is carried");
        assert_eq!((fault.kind(), fault.message()), (FaultKind::Panic, "without an error"));
        assert_eq!(fault.plugin(), Some("contract/futures"));
        assert_eq!(block_on(futures.panic_or_not(after, "")), Ok(after.into()));
    }
    // The host's own object panics while the plugin awaits it.
    let own = Own::new(&Arc::default());
    let oops = block_on(futures.ask(&own, 666)).expect_err("it panics");
    assert!(oops.why.contains("an object of the host's that panics later"), "{oops:?}");
    assert_eq!(block_on(futures.ask(&own, 14)), Ok(1140));
}

pub(crate) fn a_panic_while_a_future_is_dropped_ends_there(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let mut half = futures.panic_in_drop();
    assert!(Bell::new().poll(&mut half).is_pending());
    assert_eq!(futures.alive(), 1);
    drop(half);
    assert_eq!(futures.alive(), 0);
    drop(futures.panic_in_drop());
    assert_eq!(block_on(futures.at_once(1)), 2);
}

pub(crate) fn a_panic_at_the_end_of_a_call_is_a_fault(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let ended = catch_unwind(AssertUnwindSafe(|| block_on(futures.panic_at_the_end())));
    let fault = ended.expect_err("it panics").downcast::<Fault>().expect("a fault is carried");
    assert_eq!(fault.message(), "a future panics while it is dropped");
}

pub(crate) fn a_waker_outlives_its_future(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let bell = Bell::new();
    for _ in 0..3 {
        let mut kept = futures.keep_waker();
        assert!(bell.poll(&mut kept).is_pending() && bell.poll(&mut kept).is_pending());
    }
    assert_eq!((bell.rung(), bell.wakers()), (0, 6));
    assert_eq!(futures.wake_kept(), 6);
    assert_eq!((bell.rung(), bell.wakers()), (6, 6));
    assert_eq!(futures.wake_and_let_go(), 6);
    assert_eq!((bell.rung(), bell.wakers()), (12, 0));
    let mut kept = futures.keep_waker();
    assert!(bell.poll(&mut kept).is_pending());
    assert_eq!(futures.let_go(), 1);
    assert_eq!((bell.rung(), bell.wakers()), (12, 0));
}

pub(crate) fn a_waker_outlives_the_executor(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made");
    let task = futures.clone();
    runtime.spawn(async move { task.keep_waker().await });
    runtime.block_on(tokio::task::yield_now());
    drop(runtime);
    let executor = async_executor::Executor::new();
    let task = futures.clone();
    let spawned = executor.spawn(async move { task.keep_waker().await });
    assert!(executor.try_tick());
    drop((spawned, executor));
    assert_eq!(futures.wake_kept(), 2);
    assert_eq!(futures.wake_and_let_go(), 2);
    assert_eq!(block_on(futures.after(1)), 2);
}

/// Panics whenever it is woken, and when it goes.
struct Broken(Arc<AtomicUsize>);

impl Wake for Broken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("a waker of the host's that panics");
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.0.fetch_add(100, Ordering::SeqCst);
        panic!("a waker of the host's that panics while it is dropped");
    }
}

pub(crate) fn a_waker_that_panics_harms_nobody(home: Home) {
    let host = home.host();
    let futures = futures(&host);
    let woken = Arc::default();
    let waker = Waker::from(Arc::new(Broken(Arc::clone(&woken))));
    let mut kept = futures.keep_waker();
    let mut context = Context::from_waker(&waker);
    assert!(kept.as_mut().poll(&mut context).is_pending());
    assert!(futures.after(1).as_mut().poll(&mut context).is_pending(), "what it wakes by reference goes on");
    assert_eq!(futures.wake_kept(), 1);
    assert_eq!(woken.load(Ordering::SeqCst), 2);
    // The plugin has the last one.
    drop(kept);
    drop(waker);
    assert_eq!(futures.let_go(), 1);
    assert_eq!(woken.load(Ordering::SeqCst), 102);
    assert_eq!(block_on(futures.after(1)), 2);
}

pub(crate) fn a_call_on_its_way_outlives_the_host(home: Home) {
    let host = home.host();
    let (futures, bell) = (futures(&host), Bell::new());
    let mut waiting = futures.wait(1);
    assert!(bell.poll(&mut waiting).is_pending());
    host.stop();
    drop(host);
    futures.call(1, 8);
    assert_eq!(bell.rung(), 1);
    assert_eq!(block_on(waiting), Ok(8));
}

pub(crate) fn a_plugin_awaits_the_plugin_that_it_requires(home: Home) {
    let host = home.host();
    let asker = handle::<dyn Asker>(&host, "contract/asker");
    assert_eq!(block_on(asker.through(1)), Ok(6));
    assert_eq!(block_on(asker.through(0)).map_err(|oops| oops.why), Err("nothing to answer".into()));
    assert_eq!(block_on(asker.panic("")), Ok(1));
    if home != Home::Static {
        let said = block_on(asker.panic("far away")).expect_err("it panics");
        assert_eq!(said, "plugin `contract/futures` panicked: far away");
    }
}

/// Never drops the value. It can still be found, so that whoever looks for memory that was lost looks for other things.
fn leak<T>(value: T) {
    static LEAKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let address = Box::into_raw(Box::new(value)).expose_provenance();
    LEAKED.lock().unwrap_or_else(PoisonError::into_inner).push(address);
}

pub(crate) fn a_future_that_is_leaked_harms_nobody(home: Home) {
    let host = home.host();
    let (futures, bell, seen) = (futures(&host), Bell::new(), Arc::new(Seen::default()));
    // Never polled, waiting, holding what it was given, and with what is lent gone from under it.
    leak(futures.wait(1));
    let mut waiting = futures.wait(2);
    assert!(bell.poll(&mut waiting).is_pending());
    leak(waiting);
    let (one, other) = (Witness::shared(&seen), Witness::boxed(&seen));
    let mut holding = futures.hold("much".into(), Bytes::from(vec![7; 1000]), one, other);
    assert!(bell.poll(&mut holding).is_pending());
    leak(holding);
    {
        let (text, numbers, record) = (String::from("lent"), vec![1, 2, 3], record(3));
        let visitor = Witness::new(&seen);
        let mut lent = futures.borrow(&text, &numbers, &record, &visitor);
        assert!(bell.poll(&mut lent).is_pending());
        leak(lent);
    }
    assert_eq!((futures.alive(), seen.drops()), (2, 1), "what is leaked holds what it was given");
    // It is woken all the same, by a thread of the plugin's and by hand, and nobody polls it.
    let began = std::time::Instant::now();
    while bell.rung() == 0 {
        assert!(began.elapsed() < Duration::from_secs(120), "the plugin's thread does not wake it");
        std::thread::yield_now();
    }
    futures.call(2, 3);
    assert_eq!(bell.rung(), 2);
    // Others go on, also those that wait for the same.
    assert_eq!(block_on(futures.wait(2)), Ok(3));
    assert_eq!(block_on(futures.after(3)), 4);
    host.reload("contract/futures").expect("it can be started again");
    let again = handle::<dyn Futures>(&host, "contract/futures");
    assert_eq!((again.alive(), block_on(again.by_a_thread("still"))), (0, "still!".into()));
    drop(host);
    assert_eq!(block_on(futures.after(1)), 2);
    drop((futures, again));
    assert_eq!(seen.drops(), 1);
}

pub(crate) fn one_plugin_runs_under_every_executor(home: Home) {
    const TASKS: u64 = 40;
    let host = home.host();
    let (futures, asker) = (futures(&host), handle::<dyn Asker>(&host, "contract/asker"));
    for (name, run) in executors::ALL {
        let done = Arc::new(AtomicUsize::new(0));
        let task = |n: u64| -> Task {
            let (futures, asker, done) = (futures.clone(), asker.clone(), Arc::clone(&done));
            Box::pin(async move {
                let text = format!("task {n}");
                assert_eq!(futures.by_a_thread(&text).await, format!("{text}!"));
                assert_eq!(futures.after(3).await, 4);
                assert_eq!(asker.through(n + 1).await, Ok(n + 6));
                let seen = Arc::default();
                let own = Own::new(&seen);
                assert_eq!(futures.ask(&own, n + 1).await, Ok((n + 101) * 10));
                drop(own);
                assert_eq!(seen.drops(), 1);
                futures.call(n, n + 1);
                assert_eq!(futures.wait(n).await, Ok(n + 1));
                done.fetch_add(1, Ordering::SeqCst);
            })
        };
        run((0..TASKS).map(task).collect());
        assert_eq!(done.load(Ordering::SeqCst), TASKS as usize, "{name}");
    }
    assert_eq!(futures.alive(), 0);
}

pub(crate) fn a_call_is_counted_from_its_first_poll_to_its_answer(home: Home) {
    let host = started(home.builder().count_calls(true));
    let (futures, later) = (futures(&host), handle::<dyn Later>(&host, "contract/futures"));
    let numbers = |name: &str| {
        let all = host.calls("contract/futures").expect("the host counts");
        let of = all.into_iter().find(|counts| counts.method == name).expect("there is a handle of it");
        (of.calls, of.errors, of.faults, of.total)
    };
    assert_eq!(block_on(later.answer(1)), Ok(2));
    assert!(block_on(later.answer(0)).is_err());
    let (calls, errors, faults, _) = numbers("answer");
    assert_eq!((calls, errors, faults), (2, 1, 0));
    // What was never polled, and what is cancelled, did not end.
    drop(futures.wait(1));
    let mut half = futures.wait(2);
    assert!(Bell::new().poll(&mut half).is_pending());
    drop(half);
    assert_eq!(numbers("wait").0, 0);
    // The time between two polls is the call's.
    let mut slow = futures.wait(3);
    assert!(Bell::new().poll(&mut slow).is_pending());
    std::thread::sleep(Duration::from_millis(20));
    futures.call(3, 4);
    assert_eq!(block_on(slow), Ok(4));
    let (calls, errors, faults, total) = numbers("wait");
    assert_eq!((calls, errors, faults), (1, 0, 0));
    assert!(total >= Duration::from_millis(20), "{total:?}");
    // A panic is a fault: as an error where there is one to carry it, or as it is.
    let ended = catch_unwind(AssertUnwindSafe(|| block_on(futures.panic_or_not(2, "counted"))));
    assert!(ended.is_err() || ended.is_ok_and(|answer| answer.is_err()));
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(futures.panic(1, "counted, too")))).is_err());
    assert_eq!(block_on(futures.panic_or_not(0, "")), Ok(0));
    let (calls, errors, faults, _) = numbers("panic_or_not");
    assert_eq!((calls, errors, faults), (2, 0, 1));
    let (calls, errors, faults, _) = numbers("panic");
    assert_eq!((calls, errors, faults), (1, 0, 1));
}
