//! Objects and the functions of their interfaces, and what a call gives that has not ended: futures and wakers.

use std::ffi::c_void;

use super::{Array, Descriptor, Owned, RawFn, Reply, Slice};

/// An object with an interface: what the functions take first, and the functions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// First argument of every function of the table.
    pub data: *const c_void,
    /// The functions.
    pub table: *const Table,
}

// SAFETY: interfaces are `Send + Sync`, which the macro demands of the trait; a C author promises it for a table.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

/// The functions of one interface for one kind of object. Lives as long as the process.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Bytes of this struct.
    pub size: u32,
    /// [`TABLE_RUST`], [`TABLE_MESSAGE_ONLY`].
    pub flags: u32,
    /// What the methods are.
    pub interface: *const Descriptor,
    /// One more holder of the object.
    pub retain: Option<unsafe extern "C" fn(data: *const c_void)>,
    /// One holder fewer; the last one drops it.
    pub release: Option<unsafe extern "C" fn(data: *const c_void)>,
    /// Calls the method with that index in `interface`, arguments and answer as bytes; null where the table offers
    /// only typed calls.
    pub dispatch: Option<Dispatch>,
    /// One function a method, in the order of `interface`; their types follow from the signatures there.
    pub methods: Array<RawFn>,
    /// Begins a call of the async method with that index, arguments and answer as bytes; null where the interface has no
    /// async method, or the table offers only typed calls. Since 1.1.
    pub begin: Option<Begin>,
}

/// `(data, method, format, arguments, objects)`; format 0 is compact (postcard), 1 named (MessagePack).
pub type Dispatch = unsafe extern "C" fn(
    data: *const c_void,
    method: u32,
    format: u32,
    arguments: Slice<u8>,
    objects: Slice<Object>,
) -> Reply<Message>;

/// As [`Dispatch`]; the future's reply is a [`Message`]. Arguments and objects stay alive until the future is dropped.
pub type Begin = unsafe extern "C" fn(
    data: *const c_void,
    method: u32,
    format: u32,
    arguments: Slice<u8>,
    objects: Slice<Object>,
) -> Reply<FutureRaw>;

/// What a call of an async method gives at once: its reply comes by polling.
///
/// It is polled by one thread at a time, from any thread, and dropped once; nothing of the method has run before the
/// first poll. It borrows: the object that was called, and whatever was lent to the call, stay alive until it is dropped,
/// or for as long as it is neither polled nor dropped again.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FutureRaw {
    /// First argument of both functions.
    pub data: *mut c_void,
    /// Second argument of both functions.
    pub extra: *mut c_void,
    /// The functions.
    pub table: *const FutureTable,
}

// SAFETY: whoever makes one promises that it may be polled and dropped from any thread.
unsafe impl Send for FutureRaw {}

/// The functions of one kind of future. Lives as long as the process.
#[repr(C)]
#[derive(Debug)]
pub struct FutureTable {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// Goes on with the call. [`POLL_PENDING`]: it will wake the waker, of which it has made itself a clone.
    /// [`POLL_READY`]: the reply was written to `reply`, which has room for the reply of a method that returns the
    /// future's value at once; what is left is to drop it. One that is polled again has a fault as its reply.
    pub poll: unsafe extern "C" fn(
        data: *mut c_void,
        extra: *mut c_void,
        waker: *const WakerRaw,
        reply: *mut c_void,
    ) -> u32,
    /// Ends it: cancels the call where it had no reply yet, and frees it.
    pub drop: unsafe extern "C" fn(data: *mut c_void, extra: *mut c_void),
}

// SAFETY: constant data and functions that may be called from any thread.
unsafe impl Send for FutureTable {}
// SAFETY: as above.
unsafe impl Sync for FutureTable {}

/// The future has no reply yet.
pub const POLL_PENDING: u32 = 0;
/// The future's reply was written.
pub const POLL_READY: u32 = 1;

/// How a future says that it can go on. The one that is given to a poll is lent for that poll; a clone is counted, may be
/// kept for ever and used from any thread, also when the future is gone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct WakerRaw {
    /// First argument of all functions.
    pub data: *const c_void,
    /// Second argument of all functions.
    pub extra: *const c_void,
    /// The functions.
    pub table: *const WakerTable,
}

/// The functions of one kind of waker. Lives as long as the process.
#[repr(C)]
#[derive(Debug)]
pub struct WakerTable {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// A waker of one's own, which ends with `wake` or `drop`.
    pub clone: unsafe extern "C" fn(data: *const c_void, extra: *const c_void) -> Reply<WakerRaw>,
    /// Wakes, and ends the waker.
    pub wake: unsafe extern "C" fn(data: *const c_void, extra: *const c_void),
    /// Wakes; the waker stays.
    pub wake_by_ref: unsafe extern "C" fn(data: *const c_void, extra: *const c_void),
    /// Ends the waker.
    pub drop: unsafe extern "C" fn(data: *const c_void, extra: *const c_void),
}

// SAFETY: constant data and functions that may be called from any thread.
unsafe impl Send for WakerTable {}
// SAFETY: as above.
unsafe impl Sync for WakerTable {}

/// An answer as bytes, and the objects that the bytes refer to by index. The receiver owns both.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// The encoded value.
    pub bytes: Owned<Slice<u8>>,
    /// Each counts as one holder.
    pub objects: Owned<Slice<Object>>,
}

/// Strings that this table gives are UTF-8 because Rust made them; elsewhere they are checked.
pub const TABLE_RUST: u32 = 1;
/// There are no typed functions: every call goes through `dispatch`.
pub const TABLE_MESSAGE_ONLY: u32 = 2;

// SAFETY: constant data and functions that may be called from any thread.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}
