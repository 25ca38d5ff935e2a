//! Futures and wakers that cross: a future of this side as data and functions for the other side, and the other way round.
//!
//! | | on the side of the method | on the side of the caller |
//! |---|---|---|
//! | a future | [`give_future`]: a boxed future taken apart | [`Polled`]: a future over its functions |
//! | a waker | `Lent`: a waker for the length of a poll, cloned only when somebody keeps it | [`lend`]: the caller's own waker taken apart |
//!
//! Nothing here counts or locks: a future is polled by one thread at a time because it takes `&mut` to poll it, and what
//! is shared are wakers, which are std's. Taken apart, each is two words that mean something to the side that made them
//! alone; put together again they are the very same value.
//!
//! A panic in a poll is a fault in the reply. One in a drop, or in a waker that can give no answer, ends where it
//! happens. One in the clone of a waker is a fault of the poll that asked for the clone.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit, transmute};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

use super::guard::{caught, contained, guard};
use super::{FutureRaw, FutureTable, POLL_PENDING, POLL_READY, Reply, Sized, Status, WakerRaw, WakerTable};
use crate::fault::{Fault, FaultKind};
use crate::wire::Malformed;

/// What an `async fn` of an interface is for whoever calls it: a future in a box, which may be polled on any thread and
/// borrows what was lent to the call.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Puts a future into a box. The type of its value comes first, so that generated code can say it.
#[inline]
pub fn boxed<'a, T, F: Future<Output = T> + Send + 'a>(future: F) -> BoxFuture<'a, T> {
    Box::pin(future)
}

// ---- a future of this side, for the other side

/// How the value of an async method becomes its reply. Implemented by generated code, once a method.
pub trait Gives {
    /// What the future's poll gives.
    type Value;
    /// What the reply carries.
    type Out: Copy;
    /// The reply.
    fn give(value: Self::Value) -> Reply<Self::Out>;
}

/// A boxed future, whichever it is: two words, which only this side looks at.
type Apart = [MaybeUninit<*mut c_void>; 2];

/// Takes a future apart for the other side, which from now on answers for what it borrows.
#[inline]
pub fn give_future<G: Gives>(future: BoxFuture<'_, G::Value>) -> FutureRaw {
    // SAFETY: a box of a trait object has the size of the two words, which the compiler checks here, and any bytes may
    // stand in them. The lifetime is forgotten: `FutureRaw` says what its holder must keep alive instead.
    let [data, extra] = unsafe { transmute::<BoxFuture<'_, G::Value>, Apart>(future) };
    // SAFETY: both halves of such a box are initialised: an address and a table of functions, in some order.
    let (data, extra) = unsafe { (data.assume_init(), extra.assume_init()) };
    FutureRaw { data, extra, table: const { &table_of::<G>() } }
}

const fn table_of<G: Gives>() -> FutureTable {
    FutureTable {
        size: size_of::<FutureTable>() as u32,
        flags: 0,
        poll: poll_given::<G>,
        drop: drop_given::<G::Value>,
    }
}

/// Puts a future together again.
///
/// # Safety
/// The words must come from [`give_future`] for a future of this value that was not dropped yet; what it borrows must be
/// alive; and there must be no second one at the same time.
#[inline]
unsafe fn together<'a, T>(data: *mut c_void, extra: *mut c_void) -> ManuallyDrop<BoxFuture<'a, T>> {
    let apart: Apart = [MaybeUninit::new(data), MaybeUninit::new(extra)];
    // SAFETY: `give_future` made these words of such a box, and the caller answers for the rest.
    ManuallyDrop::new(unsafe { transmute::<Apart, BoxFuture<'a, T>>(apart) })
}

unsafe extern "C" fn poll_given<G: Gives>(
    data: *mut c_void,
    extra: *mut c_void,
    waker: *const WakerRaw,
    reply: *mut c_void,
) -> u32 {
    let poll = || {
        // SAFETY: the caller lends the waker for this poll, and polls what `give_future` gave.
        let (waker, mut future) = unsafe { (Lent::new(waker)?, together::<G::Value>(data, extra)) };
        Ok::<_, Malformed>(future.as_mut().poll(&mut Context::from_waker(&waker.0)).map(G::give))
    };
    let ended = match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(Ok(Poll::Pending)) => return POLL_PENDING,
        Ok(Ok(Poll::Ready(reply))) => reply,
        Ok(Err(malformed)) => Fault::from(malformed).into_reply(),
        Err(payload) => caught(payload),
    };
    // SAFETY: the caller has room for a reply of this method, which is this type.
    unsafe { reply.cast::<Reply<G::Out>>().write(ended) };
    POLL_READY
}

unsafe extern "C" fn drop_given<T>(data: *mut c_void, extra: *mut c_void) {
    // SAFETY: the caller drops once what `give_future` gave.
    contained(|| drop(ManuallyDrop::into_inner(unsafe { together::<T>(data, extra) })));
}

// ---- a future of the other side, for this side

/// A future of the other side. To drop it cancels the call, where it had no reply yet.
pub struct Polled<'a, A: Copy> {
    raw: FutureRaw,
    table: &'static FutureTable,
    ended: bool,
    marker: PhantomData<Borrows<'a, A>>,
}

/// A call that borrows, and gives something.
type Borrows<'a, A> = fn(&'a ()) -> A;

// SAFETY: a `FutureRaw` may be polled and dropped from any thread, and a table is a constant.
unsafe impl<A: Copy> Send for Polled<'_, A> {}

impl<A: Copy> Polled<'_, A> {
    /// Takes a future over.
    ///
    /// **Errors:** it can not be polled; then it can not be dropped either, and is left to itself.
    ///
    /// # Safety
    /// It must be alive, nobody else's, and write replies of this type. The object and whatever was lent to the call
    /// must be alive until this is dropped, or be kept from then on.
    #[inline]
    pub unsafe fn new(raw: FutureRaw) -> Result<Self, Malformed> {
        // SAFETY: the table of a live future begins with its size, and lives as long as the process.
        let table = unsafe { Sized::new(raw.table) };
        let Some(table) = table.as_ref().and_then(Sized::<FutureTable>::complete) else {
            return Err(Malformed::new("its future has no functions, or fewer than version 1.1 of the ABI"));
        };
        // SAFETY: a table lives as long as the process, longer than the reader that it was read through.
        let table = unsafe { &*std::ptr::from_ref(table) };
        Ok(Self { raw, table, ended: false, marker: PhantomData })
    }
}

impl<A: Copy> Future for Polled<'_, A> {
    type Output = Reply<A>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply<A>> {
        if self.ended {
            return Poll::Ready(over());
        }
        let FutureRaw { data, extra, .. } = self.raw;
        let waker = lend(context.waker());
        let mut reply = MaybeUninit::<Reply<A>>::uninit();
        // SAFETY: the future is this value's, which is borrowed as a whole; the waker outlives the call; `new`'s caller
        // says that replies are of this type.
        match unsafe { (self.table.poll)(data, extra, &raw const waker, reply.as_mut_ptr().cast()) } {
            POLL_PENDING => Poll::Pending,
            POLL_READY => {
                self.ended = true;
                // SAFETY: ready means that it was written.
                Poll::Ready(unsafe { reply.assume_init() })
            }
            other => {
                self.ended = true;
                Poll::Ready(unknown(other))
            }
        }
    }
}

impl<A: Copy> Drop for Polled<'_, A> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the future is this value's, and is used no more.
        unsafe { (self.table.drop)(self.raw.data, self.raw.extra) }
    }
}

#[cold]
fn over<A: Copy>() -> Reply<A> {
    Fault::new(FaultKind::Gone, "the call has ended and was polled again").into_reply()
}

#[cold]
fn unknown<A: Copy>(answer: u32) -> Reply<A> {
    let what = format!("a poll ended with {answer}, which is neither pending nor ready");
    Fault::new(FaultKind::Malformed, what).into_reply()
}

// ---- a waker of this side, for the other side

static WAKER: WakerTable = WakerTable {
    size: size_of::<WakerTable>() as u32,
    flags: 0,
    clone: clone_own,
    wake: wake_own,
    wake_by_ref: wake_own_by_ref,
    drop: drop_own,
};

/// A waker for the other side, valid for as long as the one that it is taken from: nothing is cloned yet.
#[inline]
pub fn lend(waker: &Waker) -> WakerRaw {
    WakerRaw {
        data: waker.data().cast(),
        extra: std::ptr::from_ref(waker.vtable()).cast(),
        table: &raw const WAKER,
    }
}

/// Puts a waker together again; whoever asks decides whether it is dropped.
///
/// # Safety
/// The words must come from a [`lend`] whose waker is alive, or from a [`clone_own`] that was not ended yet.
#[inline]
unsafe fn own(data: *const c_void, extra: *const c_void) -> ManuallyDrop<Waker> {
    // SAFETY: the words are those of a live waker, whose functions live as long as the process.
    ManuallyDrop::new(unsafe { Waker::new(data.cast(), &*extra.cast::<RawWakerVTable>()) })
}

unsafe extern "C" fn clone_own(data: *const c_void, extra: *const c_void) -> Reply<WakerRaw> {
    guard(|| {
        // SAFETY: the caller's waker is alive.
        let waker = unsafe { own(data, extra) };
        Reply::done(lend(&ManuallyDrop::new(Waker::clone(&waker))))
    })
}

unsafe extern "C" fn wake_own(data: *const c_void, extra: *const c_void) {
    // SAFETY: the caller gives up a waker that it has.
    contained(|| ManuallyDrop::into_inner(unsafe { own(data, extra) }).wake());
}

unsafe extern "C" fn wake_own_by_ref(data: *const c_void, extra: *const c_void) {
    // SAFETY: the caller's waker is alive.
    contained(|| unsafe { own(data, extra) }.wake_by_ref());
}

unsafe extern "C" fn drop_own(data: *const c_void, extra: *const c_void) {
    // SAFETY: the caller gives up a waker that it has.
    contained(|| drop(ManuallyDrop::into_inner(unsafe { own(data, extra) })));
}

// ---- a waker of the other side, for this side

/// A waker of the other side for the length of a poll. Its data is the address of the caller's [`WakerRaw`], so it costs
/// nothing; a clone of it is a [`Kept`].
struct Lent(ManuallyDrop<Waker>);

static LENT: RawWakerVTable = RawWakerVTable::new(clone_lent, wake_lent, wake_lent, |_| {});

impl Lent {
    /// **Errors:** a waker that can not be used.
    ///
    /// # Safety
    /// The pointer must be null, or that of a waker that outlives this one.
    #[inline]
    unsafe fn new(raw: *const WakerRaw) -> Result<Self, Malformed> {
        if raw.is_null() || !raw.is_aligned() {
            return Err(Malformed::new("a poll without a waker"));
        }
        // SAFETY: not null, so it is alive.
        if !unsafe { usable(&*raw) } {
            return Err(Malformed::new(
                "a waker without functions, or with fewer than version 1.1 of the ABI",
            ));
        }
        // SAFETY: the functions of `LENT` want the address of a live waker with all functions, which was looked at above,
        // and may be called from any thread, as the waker's own.
        Ok(Self(ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(raw.cast(), &LENT)) })))
    }
}

/// Whether a waker has all functions.
///
/// # Safety
/// It must be alive.
#[inline]
unsafe fn usable(waker: &WakerRaw) -> bool {
    // SAFETY: a live waker has a live table, or none; a table begins with its size.
    unsafe { Sized::new(waker.table) }.is_some_and(|table| table.complete().is_some())
}

/// # Safety
/// `raw` must be the address of a live waker with all functions.
unsafe fn wake_lent(raw: *const ()) {
    // SAFETY: the same duties. By value it is never woken: nobody gets a lent waker by value.
    unsafe {
        let WakerRaw { data, extra, table } = *raw.cast::<WakerRaw>();
        ((*table).wake_by_ref)(data, extra);
    }
}

/// # Safety
/// As [`wake_lent`].
unsafe fn clone_lent(raw: *const ()) -> RawWaker {
    // SAFETY: the same duties.
    let reply = unsafe {
        let WakerRaw { data, extra, table } = *raw.cast::<WakerRaw>();
        ((*table).clone)(data, extra)
    };
    match reply.status {
        Status::DONE => {}
        Status::REFUSED => Fault::from(Malformed::new("the clone of a waker was refused")).raise(),
        // SAFETY: the status is a fault, and is read once. The panic that carries it ends in this side's `poll_given`.
        status => unsafe { Fault::from_record(status.0) }.raise(),
    }
    // SAFETY: the status says that there is a waker.
    let raw = unsafe { reply.value.assume_init() };
    // SAFETY: the waker is alive.
    if !unsafe { usable(&raw) } {
        Fault::from(Malformed::new("the clone of a waker has no functions")).raise();
    }
    let waker = ManuallyDrop::new(Waker::from(Arc::new(Kept(raw))));
    RawWaker::new(waker.data(), waker.vtable())
}

/// A clone of the other side's waker, counted on this side: cloning it again crosses nothing.
struct Kept(WakerRaw);

// SAFETY: a waker's functions may be called from any thread.
unsafe impl Send for Kept {}
// SAFETY: as above, by several at once.
unsafe impl Sync for Kept {}

impl Wake for Kept {
    fn wake(self: Arc<Self>) {
        match Arc::try_unwrap(self) {
            Ok(last) => {
                let WakerRaw { data, extra, table } = ManuallyDrop::new(last).0;
                // SAFETY: the waker is this value's, has all functions, and is not dropped any more.
                unsafe { ((*table).wake)(data, extra) }
            }
            Err(shared) => shared.wake_by_ref(),
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let WakerRaw { data, extra, table } = self.0;
        // SAFETY: the waker is this value's, and has all functions.
        unsafe { ((*table).wake_by_ref)(data, extra) }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let WakerRaw { data, extra, table } = self.0;
        // SAFETY: the waker is this value's, has all functions, and is used no more.
        unsafe { ((*table).drop)(data, extra) }
    }
}

// ---- for generated code

/// What the other side reads while a call is on its way: it stays where it is until the future beside it is gone.
pub struct Parked<T>(pub T);

// SAFETY: it is made of views, which are pointers into values that the same future holds or borrows, and which only the
// other side reads; whether those values may be read from any thread, the compiler has judged by the values themselves.
unsafe impl<T> Send for Parked<T> {}

#[cfg(test)]
mod tests;
