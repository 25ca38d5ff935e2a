//! A block of bytes that crosses without a copy, whoever allocated it.

use std::ffi::c_void;
use std::fmt;
use std::ops::Deref;

use crate::abi::{Owned, Slice};
use crate::wire::release_vec;

/// Bytes that free themselves where they were made: moved across an edge, never copied.
///
/// A clone copies. **Source:** the vector that it was made from keeps its memory.
///
/// Its fields are those of [`Owned`] in an order in which no two neighbours are neighbours there: so the compiler moves
/// them word by word. A wide load of what the other side has just written word by word would wait for the processor's
/// store buffer, which costs as much as the call.
#[repr(C)]
pub struct Bytes {
    ptr: *const u8,
    owner: *mut c_void,
    release: Option<unsafe extern "C" fn(owner: *mut c_void, extra: usize)>,
    len: usize,
    extra: usize,
}

// SAFETY: nobody writes the bytes, and `release` may be called from any thread.
unsafe impl Send for Bytes {}
// SAFETY: as above.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// No bytes; allocates nothing.
    pub const fn new() -> Self {
        Self::from_static(&[])
    }

    /// Bytes that live as long as the process.
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self { ptr: bytes.as_ptr(), owner: std::ptr::null_mut(), release: None, len: bytes.len(), extra: 0 }
    }

    /// The parts that cross.
    #[inline(always)]
    pub(crate) fn into_raw(self) -> Owned<Slice<u8>> {
        let Self { ptr, owner, release, len, extra } = *std::mem::ManuallyDrop::new(self);
        Owned { view: Slice { ptr, len }, owner, extra, release }
    }

    /// The block of the other side.
    ///
    /// # Safety
    /// The view must be valid until it is released, and the caller owns it.
    #[inline(always)]
    pub(crate) unsafe fn from_raw(raw: Owned<Slice<u8>>) -> Self {
        let Owned { view: Slice { ptr, len }, owner, extra, release } = raw;
        Self { ptr, owner, release, len, extra }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Vec<u8>> for Bytes {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.capacity() == 0 {
            return Self::new();
        }
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        Self {
            ptr: bytes.as_ptr(),
            owner: bytes.as_mut_ptr().cast::<c_void>(),
            release: Some(release_vec::<u8>),
            len: bytes.len(),
            extra: bytes.capacity(),
        }
    }
}

impl From<String> for Bytes {
    #[inline]
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl Deref for Bytes {
    type Target = [u8];
    #[inline(always)]
    fn deref(&self) -> &[u8] {
        // SAFETY: the view is valid until `release`, which only `drop` and `into_raw` hand on.
        unsafe { Slice { ptr: self.ptr, len: self.len }.as_slice() }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for Bytes {
    #[inline]
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the maker gave these arguments for this function; this value owns the block, and nothing uses it
            // afterwards.
            unsafe { release(self.owner, self.extra) }
        }
    }
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        Self::from(self.to_vec())
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.len())
    }
}
