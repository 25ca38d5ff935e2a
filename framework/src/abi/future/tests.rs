//! Futures and wakers through their functions alone, as the other side has them; and sides that keep no rule.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

struct Number;
impl Gives for Number {
    type Value = u64;
    type Out = u64;
    fn give(value: u64) -> Reply<u64> {
        Reply::done(value)
    }
}

fn given<'a>(future: impl Future<Output = u64> + Send + 'a) -> FutureRaw {
    give_future::<Number>(boxed(future))
}

/// As the other side polls: through the functions alone.
fn poll(future: FutureRaw, waker: *const WakerRaw) -> Option<Result<u64, Fault>> {
    let mut reply = MaybeUninit::<Reply<u64>>::uninit();
    // SAFETY: the future is alive and gives numbers, the waker is null or alive.
    match unsafe { ((*future.table).poll)(future.data, future.extra, waker, reply.as_mut_ptr().cast()) } {
        POLL_PENDING => None,
        answer => {
            assert_eq!(answer, POLL_READY);
            // SAFETY: ready means that it was written, and the status says what.
            unsafe {
                let reply = reply.assume_init();
                Some(match reply.status {
                    Status::DONE => Ok(reply.value.assume_init()),
                    status => Err(Fault::from_record(status.0)),
                })
            }
        }
    }
}

fn end(future: FutureRaw) {
    // SAFETY: the future is alive, and dropped here.
    unsafe { ((*future.table).drop)(future.data, future.extra) }
}

fn message(polled: Option<Result<u64, Fault>>) -> String {
    polled.expect("it is ready").expect_err("it failed").to_string()
}

#[test]
fn a_future_that_has_ended_or_panicked_answers_every_further_poll_with_a_fault() {
    let waker = lend(Waker::noop());
    let future = given(async { 7 });
    assert_eq!(poll(future, &waker), Some(Ok(7)));
    for _ in 0..3 {
        assert!(message(poll(future, &waker)).contains("resumed after completion"));
    }
    end(future);
    let future = given(async { panic!("in a poll") });
    assert_eq!(message(poll(future, &waker)), "the other side panicked: in a poll");
    assert!(message(poll(future, &waker)).contains("resumed after panicking"));
    end(future);
    // SAFETY: the future gives numbers, borrows nothing, and is this value's.
    let mut polled = unsafe { Polled::<u64>::new(given(async { 7 })) }.expect("it has functions");
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut polled).poll(&mut context).is_ready());
    let Poll::Ready(reply) = Pin::new(&mut polled).poll(&mut context) else { panic!("it has ended") };
    // SAFETY: the status is a fault, read once.
    let fault = unsafe { Fault::from_record(reply.status.0) };
    assert_eq!(fault.to_string(), "the other side is gone: the call has ended and was polled again");
}

#[test]
fn a_poll_with_a_waker_that_can_not_be_used_is_a_fault_and_polls_nothing() {
    let future = given(async { unreachable!("it is not polled") });
    let short = WakerTable { size: 16, ..WAKER };
    let no_table = WakerRaw { table: std::ptr::null(), ..lend(Waker::noop()) };
    let short = WakerRaw { table: &raw const short, ..lend(Waker::noop()) };
    let said = "the other side sent what its descriptor does not say: ";
    assert_eq!(message(poll(future, std::ptr::null())), format!("{said}a poll without a waker"));
    for waker in [no_table, short] {
        assert!(message(poll(future, &waker)).starts_with(&format!("{said}a waker without functions")));
    }
    end(future);
}

#[test]
fn a_future_without_functions_and_an_answer_that_is_none_are_faults() {
    unsafe extern "C" fn other(_: *mut c_void, _: *mut c_void, _: *const WakerRaw, _: *mut c_void) -> u32 {
        9
    }
    unsafe extern "C" fn nothing(_: *mut c_void, _: *mut c_void) {}
    static OTHER: FutureTable =
        FutureTable { size: size_of::<FutureTable>() as u32, flags: 0, poll: other, drop: nothing };
    static SHORT: FutureTable = FutureTable { size: 8, ..OTHER };
    let none = std::ptr::null_mut();
    for table in [std::ptr::null(), &raw const SHORT] {
        // SAFETY: it is refused, and never polled.
        let refused = unsafe { Polled::<u64>::new(FutureRaw { data: none, extra: none, table }) };
        assert!(refused.err().unwrap().to_string().starts_with("its future has no functions"));
    }
    let raw = FutureRaw { data: none, extra: none, table: &raw const OTHER };
    // SAFETY: it never says that it wrote a reply.
    let mut polled = unsafe { Polled::<u64>::new(raw) }.expect("it has functions");
    let Poll::Ready(reply) = Pin::new(&mut polled).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("what is no answer ends the call")
    };
    // SAFETY: the status is a fault, read once.
    let fault = unsafe { Fault::from_record(reply.status.0) };
    assert!(fault.message().contains("a poll ended with 9"), "{fault}");
}

/// Clones itself in the poll, and keeps the clone.
fn cloning() -> (FutureRaw, Arc<std::sync::Mutex<Vec<Waker>>>) {
    let kept = Arc::<std::sync::Mutex<Vec<Waker>>>::default();
    let inside = Arc::clone(&kept);
    let future = given(std::future::poll_fn(move |context| {
        let clone = context.waker().clone();
        inside.lock().unwrap().push(clone);
        Poll::Pending
    }));
    (future, kept)
}

static DROPS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn a_waker_whose_clone_panics_ends_the_call_with_what_it_said() {
    static PANICS: RawWakerVTable = RawWakerVTable::new(
        |_| panic!("a clone that panics"),
        |_| (),
        |_| (),
        |_| {
            DROPS.fetch_add(1, Ordering::SeqCst);
        },
    );
    // SAFETY: the functions do nothing with the data.
    let waker = unsafe { Waker::new(std::ptr::null(), &PANICS) };
    let (future, kept) = cloning();
    assert_eq!(message(poll(future, &lend(&waker))), "the other side panicked: a clone that panics");
    assert!(kept.lock().unwrap().is_empty());
    end(future);
    assert_eq!(DROPS.load(Ordering::SeqCst), 0, "it was only lent");
    drop(waker);
    assert_eq!(DROPS.load(Ordering::SeqCst), 1);
}

struct Counted(AtomicUsize);
impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_clone_crosses_once_and_its_clones_are_counted_on_this_side() {
    let counted = Arc::new(Counted(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&counted));
    let (future, kept) = cloning();
    assert_eq!(poll(future, &lend(&waker)), None);
    end(future);
    assert_eq!(Arc::strong_count(&counted), 3);
    let clones = vec![kept.lock().unwrap()[0].clone(); 5];
    assert!(clones[0].will_wake(&clones[1]));
    assert_eq!(Arc::strong_count(&counted), 3);
    clones.into_iter().for_each(Waker::wake);
    assert_eq!((counted.0.load(Ordering::SeqCst), Arc::strong_count(&counted)), (5, 3));
    kept.lock().unwrap().pop().unwrap().wake();
    assert_eq!((counted.0.load(Ordering::SeqCst), Arc::strong_count(&counted)), (6, 2));
}
