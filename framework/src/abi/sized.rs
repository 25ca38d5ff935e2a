//! Reading tables that say their own size: no further than they go, and what is not there is absent.

use std::marker::PhantomData;
use std::mem::{MaybeUninit, offset_of};

use super::{Begin, ContextTable, FutureTable, LibraryTable, PluginTable, RawFn, Table, WakerTable};

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
