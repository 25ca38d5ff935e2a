//! The C ABI: what stands in memory between two separately compiled sides.
//!
//! A frozen core and append-only growth. Every table begins with its own size in bytes, and nobody reads past the size
//! that was given; arrays of structs carry their stride. Nothing whose layout Rust chooses is in here. The ABI has a
//! version of its own, apart from every crate's: a new major is another entry symbol.
//!
//! Who may call what: every function pointer may be called from any thread, for as long as the process lives, since a
//! library is never unmapped. No function lets a panic out. The side that allocated frees, through the `release`
//! beside the pointer.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::{MaybeUninit, offset_of};

pub mod channel;
pub mod entry;
pub mod future;
pub mod guard;
mod health;
pub mod message;
pub mod object;
#[cfg(test)]
mod tests;

/// Changes when an existing slot changes its meaning; then the entry symbol changes its name, too.
pub const MAJOR: u16 = 1;
/// Changes when something is appended.
pub const MINOR: u16 = 1;

/// A function pointer whose type the descriptor says.
pub type RawFn = unsafe extern "C" fn();

/// UTF-8 text: pointer and length in bytes, valid inside the call, or for ever in tables.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Str {
    /// The first byte; never null, dangling where `len` is 0.
    pub ptr: *const u8,
    /// Bytes.
    pub len: usize,
}

// SAFETY: a pointer and a length to bytes that nobody writes; whoever follows it answers for its lifetime.
unsafe impl Send for Str {}
// SAFETY: as above.
unsafe impl Sync for Str {}

impl Str {
    /// A view of a text.
    #[inline(always)]
    pub const fn new(text: &str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }
}

/// Pointer and number of elements, valid inside the call.
#[repr(C)]
#[derive(Debug)]
pub struct Slice<T> {
    /// The first element; never null, dangling where `len` is 0.
    pub ptr: *const T,
    /// Elements.
    pub len: usize,
}

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Slice<T> {}

impl<T> Slice<T> {
    /// A view of a slice.
    #[inline(always)]
    pub const fn new(items: &[T]) -> Self {
        Self { ptr: items.as_ptr(), len: items.len() }
    }

    /// The slice that it views.
    ///
    /// # Safety
    /// The elements must be alive, initialised and unchanged for as long as the result is used.
    #[inline(always)]
    pub const unsafe fn as_slice<'a>(self) -> &'a [T] {
        if self.ptr.is_null() || self.len == 0 {
            return &[];
        }
        // SAFETY: the caller answers for the elements; null was ruled out above.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}

/// An array of structs that may be longer than the reader knows: element `i` stands `i * stride` bytes in.
#[repr(C)]
#[derive(Debug)]
pub struct Array<T> {
    /// The first element, or null where `count` is 0.
    pub ptr: *const T,
    /// Elements.
    pub count: u32,
    /// Bytes from one element to the next, as its writer laid them out.
    pub stride: u32,
}

impl<T> Clone for Array<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Array<T> {}

// SAFETY: tables of constants; whoever follows the pointer answers for its lifetime.
unsafe impl<T> Send for Array<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Array<T> {}

impl<T> Array<T> {
    /// An array over a constant.
    pub const fn new(items: &'static [T]) -> Self {
        Self { ptr: items.as_ptr(), count: items.len() as u32, stride: size_of::<T>() as u32 }
    }

    /// The address of an element; `None` past the end.
    pub const fn at(&self, index: u32) -> Option<*const T> {
        if index >= self.count || self.ptr.is_null() {
            return None;
        }
        Some(self.ptr.wrapping_byte_add(index as usize * self.stride as usize))
    }
}

impl<T> Array<*const T> {
    /// An element of an array of pointers; `None` past the end, and where they do not stand side by side: a pointer is no
    /// struct that could grow.
    ///
    /// # Safety
    /// The array must be null, or have as many elements as it says.
    pub unsafe fn pointer(&self, index: u32) -> Option<*const T> {
        if self.stride as usize != size_of::<*const T>() || !self.ptr.is_aligned() {
            return None;
        }
        // SAFETY: `at` stays within the array, whose elements are aligned pointers.
        self.at(index).map(|slot| unsafe { slot.read() })
    }
}

/// How a call ended: null for a value, [`Status::REFUSED`] for the callee's own error, else a fault that the caller
/// releases.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub *const FaultRecord);

impl Status {
    /// The value stands in the reply.
    pub const DONE: Self = Self(std::ptr::null());
    /// The callee's own error stands in the reply.
    pub const REFUSED: Self = Self(std::ptr::without_provenance(1));
}

/// What every call returns: two words where the value has at most one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Reply<T: Copy> {
    /// How it ended.
    pub status: Status,
    /// Initialised as the status says.
    pub value: MaybeUninit<T>,
}

impl<T: Copy> Reply<T> {
    /// A call that ended with a value.
    #[inline(always)]
    pub const fn done(value: T) -> Self {
        Self { status: Status::DONE, value: MaybeUninit::new(value) }
    }

    /// A call that ended with the callee's own error.
    #[inline(always)]
    pub const fn refused(value: T) -> Self {
        Self { status: Status::REFUSED, value: MaybeUninit::new(value) }
    }
}

/// A value or the callee's own error; the status says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub union Either<T: Copy, E: Copy> {
    /// With [`Status::DONE`].
    pub done: T,
    /// With [`Status::REFUSED`].
    pub refused: E,
}

/// A view of something that the receiver must release: it belongs to the side that made it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Owned<V: Copy> {
    /// What there is to read, valid until it is released.
    pub view: V,
    /// First argument of `release`.
    pub owner: *mut c_void,
    /// Second argument of `release`.
    pub extra: usize,
    /// Frees what the view points at; null where there is nothing to free.
    pub release: Option<unsafe extern "C" fn(owner: *mut c_void, extra: usize)>,
}

impl<V: Copy> Owned<V> {
    /// Frees what it owns.
    ///
    /// # Safety
    /// At most once for each value, and nothing may use the view afterwards.
    #[inline(always)]
    pub unsafe fn release(self) {
        if let Some(release) = self.release {
            // SAFETY: the maker gave these arguments for this function, and the caller calls once.
            unsafe { release(self.owner, self.extra) }
        }
    }
}

/// A call that failed for a reason that is not the callee's answer.
#[repr(C)]
#[derive(Debug)]
pub struct FaultRecord {
    /// Bytes of this struct.
    pub size: u32,
    /// 1 panic, 2 malformed data, 3 gone, 4 not supported; others are "unknown".
    pub kind: u32,
    /// What happened, valid until released.
    pub message: Str,
    /// Frees the record.
    pub release: Option<unsafe extern "C" fn(*const FaultRecord)>,
}

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

/// What an interface is, as data.
#[repr(C)]
#[derive(Debug)]
pub struct Descriptor {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// `namespace/name`.
    pub id: Str,
    /// `major.minor.patch`.
    pub version: Str,
    /// In the order in which they are written.
    pub methods: Array<Method>,
}

// SAFETY: constant data.
unsafe impl Send for Descriptor {}
// SAFETY: as above.
unsafe impl Sync for Descriptor {}

/// One method.
#[repr(C)]
#[derive(Debug)]
pub struct Method {
    /// Bytes of this struct.
    pub size: u32,
    /// [`METHOD_HAS_BODY`].
    pub flags: u32,
    /// Its name.
    pub name: Str,
    /// The signature as its author wrote it, for people.
    pub signature: Str,
    /// Without the receiver.
    pub arguments: Array<Part>,
    /// What it returns; never null.
    pub returns: Option<TypeFn>,
}

/// The trait gives the method a body: a plugin may lack it.
pub const METHOD_HAS_BODY: u32 = 1;

/// Gives a type's description. A function, so that a type may contain itself.
pub type TypeFn = extern "C" fn() -> *const Type;

/// A type, as data.
#[repr(C)]
#[derive(Debug)]
pub struct Type {
    /// Bytes of this struct.
    pub size: u32,
    /// One of [`kind`].
    pub kind: u32,
    /// The type's name where it has one; never compared.
    pub name: Str,
    /// Element, value, or the first of two.
    pub first: Option<TypeFn>,
    /// The second of two: a map's value, a result's error.
    pub second: Option<TypeFn>,
    /// Fields, elements of a tuple, or variants.
    pub parts: Array<Part>,
    /// The interface of an object.
    pub interface: Option<extern "C" fn() -> *const Descriptor>,
}

// SAFETY: constant data.
unsafe impl Send for Type {}
// SAFETY: as above.
unsafe impl Sync for Type {}

/// A field, an element, a variant or an argument.
#[repr(C)]
#[derive(Debug)]
pub struct Part {
    /// Bytes of this struct.
    pub size: u32,
    /// [`PART_DEFAULT`].
    pub flags: u32,
    /// Its name; empty in tuples.
    pub name: Str,
    /// Its type; null for a variant.
    pub of: Option<TypeFn>,
    /// A variant's fields.
    pub parts: Array<Part>,
}

/// A field that may be absent, or the variant that stands for unknown ones.
pub const PART_DEFAULT: u32 = 1;
/// A variant whose fields have no names.
pub const PART_TUPLE: u32 = 2;
/// An argument that is written behind a reference: what crosses is a pointer to the view, valid inside the call. `&str`,
/// `&[T]` and `&dyn Interface` have kinds of their own, and not this flag.
pub const PART_LENT: u32 = 4;

/// What a [`Type`] is.
pub mod kind {
    #![allow(missing_docs, reason = "the names say it")]
    pub const UNIT: u32 = 0;
    pub const BOOL: u32 = 1;
    pub const U8: u32 = 2;
    pub const U16: u32 = 3;
    pub const U32: u32 = 4;
    pub const U64: u32 = 5;
    pub const I8: u32 = 6;
    pub const I16: u32 = 7;
    pub const I32: u32 = 8;
    pub const I64: u32 = 9;
    pub const F32: u32 = 10;
    pub const F64: u32 = 11;
    pub const CHAR: u32 = 12;
    pub const STRING: u32 = 13;
    pub const BYTES: u32 = 14;
    /// `Vec<T>`; element in `first`.
    pub const LIST: u32 = 15;
    pub const OPTION: u32 = 16;
    pub const TUPLE: u32 = 17;
    /// Key in `first`, value in `second`.
    pub const MAP: u32 = 18;
    pub const STRUCT: u32 = 19;
    pub const ENUM: u32 = 20;
    /// A `#[repr(C)]` struct that crosses as it is.
    pub const PLAIN: u32 = 21;
    /// `&str`.
    pub const STR: u32 = 22;
    /// `&[T]`; element in `first`.
    pub const SLICE: u32 = 23;
    /// `&dyn Interface`.
    pub const LENT_OBJECT: u32 = 24;
    /// `Box<dyn Interface>`, `Arc<dyn Interface>`.
    pub const OBJECT: u32 = 25;
    /// Value in `first`, error in `second`; only as what a method returns.
    pub const RESULT: u32 = 26;
    /// What an async method returns; its value, or a result, in `first`. The method's function gives a reply with a
    /// future, and the future writes the reply with the value. Since 1.1.
    pub const FUTURE: u32 = 27;
}

/// What a plugin says of its health.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HealthReport {
    /// [`HEALTH_GOOD`], [`HEALTH_DEGRADED`] or [`HEALTH_FAILING`].
    pub level: u32,
    /// None yet.
    pub flags: u32,
    /// Bytes of memory that the plugin holds; 0 where it does not know.
    pub memory: u64,
    /// Why it is not well; empty where there is nothing to say.
    pub message: Owned<Str>,
}

/// All is as it should be.
pub const HEALTH_GOOD: u32 = 0;
/// It answers, and not as it should: slower, or without a part of what it offers.
pub const HEALTH_DEGRADED: u32 = 1;
/// It can not do its work.
pub const HEALTH_FAILING: u32 = 2;

/// What a library says of one plugin.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginTable {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// The manifest as JSON, the same as in the note.
    pub manifest: Str,
    /// One table an interface that it provides.
    pub interfaces: Array<*const Table>,
    /// Makes the instance, which is `data` of every table of `interfaces`. The context is valid until it is released.
    pub start: unsafe extern "C" fn(*const ContextTable) -> Reply<Either<*const c_void, Owned<Str>>>,
    /// Asks the instance to end what it began. Called at most once, before the host's own `release`.
    pub stop: unsafe extern "C" fn(data: *const c_void) -> Reply<u8>,
    /// Gives back the host's hold on the instance.
    pub release: unsafe extern "C" fn(data: *const c_void),
    /// Since 1.1. Says how the instance is; called at any time between `start` and `stop`, from any thread, and more
    /// than once at a time where an answer is late. Null where there is never anything to say: the plugin is good.
    pub health: Option<unsafe extern "C" fn(data: *const c_void) -> Reply<HealthReport>>,
}

// SAFETY: constant data and functions that may be called from any thread.
unsafe impl Send for PluginTable {}
// SAFETY: as above.
unsafe impl Sync for PluginTable {}

/// An interface of a plugin, and which generation of the plugin it is of.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ProvidedObject {
    /// One count of it is the receiver's.
    pub object: Object,
    /// In one host no other generation of the plugin has the same number; 0 where the host can not tell.
    pub generation: u64,
}

/// What a plugin can reach of its host. Counted: whoever keeps it retains it.
#[repr(C)]
#[allow(clippy::type_complexity, reason = "a function is written out where it stands, as in the header")]
#[derive(Clone, Copy, Debug)]
pub struct ContextTable {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// First argument of the functions.
    pub data: *const c_void,
    /// One more holder.
    pub retain: unsafe extern "C" fn(data: *const c_void),
    /// One holder fewer.
    pub release: unsafe extern "C" fn(data: *const c_void),
    /// The plugin's own id.
    pub plugin: unsafe extern "C" fn(data: *const c_void) -> Str,
    /// The plugin's settings, as a MessagePack map; empty where there are none.
    pub config: unsafe extern "C" fn(data: *const c_void) -> Reply<Owned<Slice<u8>>>,
    /// An interface of a plugin that the manifest requires. Refused with the reason in words.
    pub interface: unsafe extern "C" fn(
        data: *const c_void,
        plugin: Str,
        interface: Str,
    ) -> Reply<Either<Object, Owned<Str>>>,
    /// The ids of the running plugins that provide an interface, one a line, by rank and then id.
    pub providers: unsafe extern "C" fn(data: *const c_void, interface: Str) -> Reply<Owned<Str>>,
    /// A line for the host's log; levels 1 error to 5 trace.
    pub log: unsafe extern "C" fn(data: *const c_void, level: u32, target: Str, message: Str),
    /// Since 1.1. As `interface`, of one generation of the plugin: what runs between a start of it and the stop after it.
    /// With 0 for `of`, of the one that runs now, and the reply says its number. Refused with the reason in words, also
    /// where that generation has ended.
    pub provided: Option<
        unsafe extern "C" fn(
            data: *const c_void,
            plugin: Str,
            interface: Str,
            of: u64,
        ) -> Reply<Either<ProvidedObject, Owned<Str>>>,
    >,
    /// Since 1.1. Those that provide an interface and can be had, or all such interfaces where `interface` is empty; by
    /// interface, then rank, then id. A line each: plugin, interface and its version, with one space between them.
    pub available: Option<unsafe extern "C" fn(data: *const c_void, interface: Str) -> Reply<Owned<Str>>>,
}

/// What the entry symbol returns.
#[repr(C)]
#[derive(Debug)]
pub struct LibraryTable {
    /// Bytes of this struct.
    pub size: u32,
    /// [`LIBRARY_PANIC_ABORT`].
    pub flags: u32,
    /// See [`MAJOR`].
    pub abi_major: u16,
    /// See [`MINOR`].
    pub abi_minor: u16,
    /// Plugins that the library's second, independent count found.
    pub counted: u32,
    /// The target triple.
    pub target: Str,
    /// The compiler.
    pub rustc: Str,
    /// The framework's version.
    pub framework: Str,
    /// What the library holds.
    pub plugins: Array<*const PluginTable>,
    /// Takes structs and scalars of every register class and gives back a wide struct made of them.
    pub probe_wide: extern "C" fn(ProbeMixed, u8, f64, Str, u64) -> ProbeWide,
    /// Takes and gives what fits in two registers.
    pub probe_pair: extern "C" fn(ProbePair) -> Reply<u64>,
}

// SAFETY: constant data and functions that may be called from any thread.
unsafe impl Send for LibraryTable {}
// SAFETY: as above.
unsafe impl Sync for LibraryTable {}

/// The library was built so that a panic ends the process.
pub const LIBRARY_PANIC_ABORT: u32 = 1;

/// A struct of mixed register classes, for the probe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeMixed {
    /// Any value.
    pub byte: u8,
    /// Any value.
    pub float: f32,
    /// Any value.
    pub wide: u64,
    /// Any value.
    pub double: f64,
}

/// A struct of two registers, for the probe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbePair {
    /// Any value.
    pub left: u64,
    /// Any value.
    pub right: f64,
}

/// A struct that no register holds, for the probe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeWide {
    /// The mixed struct, as it was given.
    pub mixed: ProbeMixed,
    /// The byte, as it was given.
    pub byte: u8,
    /// The double, as it was given.
    pub double: f64,
    /// The length of the text.
    pub length: u64,
    /// The last argument.
    pub last: u64,
}

/// The name of the entry symbol of this ABI major: `extern "C" fn() -> *const LibraryTable`.
pub const ENTRY: &str = "keyway_library_v1";

/// Reads a table that says its own size: what its writer did not have is absent.
#[derive(Debug)]
pub struct Sized<T> {
    ptr: *const T,
    size: usize,
    marker: PhantomData<T>,
}

impl<T> Sized<T> {
    /// A reader over a table that begins with its size as a `u32`.
    ///
    /// # Safety
    /// `ptr` must be null or point to such a table, alive for as long as the reader.
    pub unsafe fn new(ptr: *const T) -> Option<Self> {
        if ptr.is_null() || !ptr.is_aligned() {
            return None;
        }
        // SAFETY: the caller says that it begins with its size.
        let size = unsafe { ptr.cast::<u32>().read() } as usize;
        Some(Self { ptr, size, marker: PhantomData })
    }

    /// The bytes that its writer had.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether the writer had all that this side knows.
    pub fn whole_size(&self) -> bool {
        self.size >= size_of::<T>()
    }

    /// The whole struct, where the writer had all that this side knows.
    pub fn whole(&self) -> Option<&T> {
        if !self.whole_size() {
            return None;
        }
        // SAFETY: `new`'s caller says that `size` bytes are there, and all of `T` is within them.
        Some(unsafe { &*self.ptr })
    }

    /// As [`whole`](Self::whole), for a struct with functions that must be there, by their offsets: `None` where one of
    /// them is null, too.
    pub fn with_functions(&self, offsets: &[usize]) -> Option<&T> {
        if self.whole_size() && self.has_functions(offsets) { self.whole() } else { None }
    }

    /// As much of the struct as both its writer and this side know, and zero for the rest.
    fn known(&self) -> MaybeUninit<T> {
        // Whole words only: half a pointer is none.
        let known = self.size.min(size_of::<T>()) / size_of::<RawFn>() * size_of::<RawFn>();
        let mut copy = MaybeUninit::<T>::zeroed();
        // SAFETY: `new`'s caller says that `size` bytes are there, of which no more are read than there is room for.
        unsafe { copy.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(self.ptr.cast(), known) };
        copy
    }

    /// Whether the writer had a function at each of the offsets, and none of them is null.
    fn has_functions(&self, offsets: &[usize]) -> bool {
        offsets.iter().all(|&offset| {
            let function = self.ptr.wrapping_byte_add(offset).cast::<Option<RawFn>>();
            let end = offset + size_of::<RawFn>();
            assert!(end <= size_of::<T>() && function.is_aligned());
            // SAFETY: `size` bytes are there, and the pointer is within them; whatever its bytes are is null or an
            // address.
            end <= self.size && unsafe { function.read() }.is_some()
        })
    }
}

impl PluginTable {
    /// Bytes of the table as version 1.0 of the ABI has it: what every library has.
    pub const SIZE_1_0: usize = offset_of!(Self, health);

    /// Whether its writer knew of the slot `health`: a library of version 1.0 does not tell how it is.
    pub fn tells_health(&self) -> bool {
        self.size as usize >= Self::SIZE_1_0 + size_of::<RawFn>()
    }
}

impl Sized<Table> {
    /// Bytes of a table of ABI 1.0.
    const FIRST: usize = offset_of!(Table, begin);

    /// The table, where its writer had all of ABI 1.0; what came later is absent where the writer did not have it.
    #[inline(always)]
    pub fn table(&self) -> Option<Table> {
        if self.size < Self::FIRST {
            return None;
        }
        let grown = self.size >= Self::FIRST + size_of::<Option<Begin>>();
        // SAFETY: `new`'s caller says that `size` bytes are there, and each field that is read is within them.
        unsafe {
            Some(Table {
                size: self.size as u32,
                flags: (*self.ptr).flags,
                interface: (*self.ptr).interface,
                retain: (*self.ptr).retain,
                release: (*self.ptr).release,
                dispatch: (*self.ptr).dispatch,
                methods: (*self.ptr).methods,
                begin: if grown { (*self.ptr).begin } else { None },
            })
        }
    }
}

impl Sized<FutureTable> {
    /// The whole table, with all of its functions.
    #[inline]
    pub fn complete(&self) -> Option<&FutureTable> {
        self.with_functions(&[offset_of!(FutureTable, poll), offset_of!(FutureTable, drop)])
    }
}

impl Sized<WakerTable> {
    /// The whole table, with all of its functions.
    #[inline]
    pub fn complete(&self) -> Option<&WakerTable> {
        self.with_functions(&[
            offset_of!(WakerTable, clone),
            offset_of!(WakerTable, wake),
            offset_of!(WakerTable, wake_by_ref),
            offset_of!(WakerTable, drop),
        ])
    }
}

impl Sized<PluginTable> {
    /// The table with all of its functions, as a copy: what its writer did not have yet is null there, and what this side
    /// does not know is left out.
    pub fn complete(&self) -> Option<PluginTable> {
        let since_1_0 =
            [offset_of!(PluginTable, start), offset_of!(PluginTable, stop), offset_of!(PluginTable, release)];
        if self.size < PluginTable::SIZE_1_0 || !self.has_functions(&since_1_0) {
            return None;
        }
        // SAFETY: all that version 1.0 has is there, its functions are not null, and what came later may be zero.
        Some(unsafe { self.known().assume_init() })
    }
}

impl ContextTable {
    /// Bytes of the table as version 1.0 of the ABI has it: what every host gives.
    pub const SIZE_1_0: usize = offset_of!(Self, provided);
}

impl Sized<ContextTable> {
    /// As [`Sized::<PluginTable>::complete`].
    pub fn complete(&self) -> Option<ContextTable> {
        let since_1_0 = [
            offset_of!(ContextTable, retain),
            offset_of!(ContextTable, release),
            offset_of!(ContextTable, plugin),
            offset_of!(ContextTable, config),
            offset_of!(ContextTable, interface),
            offset_of!(ContextTable, providers),
            offset_of!(ContextTable, log),
        ];
        if self.size < ContextTable::SIZE_1_0 || !self.has_functions(&since_1_0) {
            return None;
        }
        // SAFETY: all that version 1.0 has is there, its functions are not null, and what came later may be zero.
        Some(unsafe { self.known().assume_init() })
    }
}

impl Sized<LibraryTable> {
    /// The whole table, with all of its functions.
    pub fn complete(&self) -> Option<&LibraryTable> {
        self.with_functions(&[offset_of!(LibraryTable, probe_wide), offset_of!(LibraryTable, probe_pair)])
    }
}

const _: () = {
    assert!(size_of::<Str>() == 2 * size_of::<usize>());
    assert!(size_of::<Slice<u64>>() == 2 * size_of::<usize>());
    assert!(size_of::<Reply<u64>>() == 16);
    assert!(offset_of!(Table, interface) == 8);
    assert!(offset_of!(Descriptor, id) == 8);
    assert!(offset_of!(LibraryTable, abi_major) == 8);
    #[cfg(target_pointer_width = "64")]
    {
        assert!(size_of::<Owned<Str>>() == 40);
        assert!(size_of::<Table>() == 64);
        assert!(offset_of!(Table, begin) == 56);
        assert!(size_of::<FutureRaw>() == 24);
        assert!(size_of::<FutureTable>() == 24);
        assert!(size_of::<WakerRaw>() == 24);
        assert!(size_of::<WakerTable>() == 40);
        assert!(size_of::<Descriptor>() == 56);
        assert!(size_of::<Method>() == 64);
        assert!(size_of::<Part>() == 48);
        assert!(size_of::<Type>() == 64);
        assert!(PluginTable::SIZE_1_0 == 64);
        assert!(size_of::<PluginTable>() == 72);
        assert!(size_of::<HealthReport>() == 56);
        assert!(ContextTable::SIZE_1_0 == 72);
        assert!(size_of::<ContextTable>() == 88);
        assert!(size_of::<ProvidedObject>() == 24);
        assert!(size_of::<LibraryTable>() == 96);
        assert!(size_of::<Message>() == 80);
    }
};
