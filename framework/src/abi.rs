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
use std::mem::{MaybeUninit, offset_of};

pub mod channel;
mod descriptor;
pub mod entry;
pub mod future;
pub mod guard;
mod health;
mod library;
pub mod message;
pub mod object;
mod sized;
mod tables;
#[cfg(test)]
mod tests;

pub use descriptor::{
    Descriptor, METHOD_HAS_BODY, Method, PART_DEFAULT, PART_LENT, PART_TUPLE, Part, Type, TypeFn, kind,
};
pub use library::{
    ContextTable, ENTRY, HEALTH_DEGRADED, HEALTH_FAILING, HEALTH_GOOD, HealthReport, LIBRARY_PANIC_ABORT,
    LibraryTable, MAJOR, MINOR, PluginTable, ProbeMixed, ProbePair, ProbeWide, ProvidedObject,
};
pub use sized::Sized;
pub use tables::{
    Begin, Dispatch, FutureRaw, FutureTable, Message, Object, POLL_PENDING, POLL_READY, TABLE_MESSAGE_ONLY,
    TABLE_RUST, Table, WakerRaw, WakerTable,
};

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
