//! A block of bytes that crosses without a copy, whoever allocated it.

use std::ffi::c_void;
use std::fmt;
use std::ops::Deref;

use crate::abi::{Owned, Slice};
use crate::wire::release_vec;

/// Bytes that free themselves where they were made: moved across an edge, never copied.
///
/// A clone copies. **Source:** the vector that it was made from keeps its memory.
pub struct Bytes(Owned<Slice<u8>>);

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
        Self(Owned { view: Slice::new(bytes), owner: std::ptr::null_mut(), extra: 0, release: None })
    }

    /// The parts that cross.
    #[inline(always)]
    pub(crate) fn into_raw(self) -> Owned<Slice<u8>> {
        std::mem::ManuallyDrop::new(self).0
    }

    /// The block of the other side.
    ///
    /// # Safety
    /// The view must be valid until it is released, and the caller owns it.
    #[inline(always)]
    pub(crate) unsafe fn from_raw(raw: Owned<Slice<u8>>) -> Self {
        Self(raw)
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
        Self(Owned {
            view: Slice { ptr: bytes.as_ptr(), len: bytes.len() },
            owner: bytes.as_mut_ptr().cast::<c_void>(),
            extra: bytes.capacity(),
            release: Some(release_vec::<u8>),
        })
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl Deref for Bytes {
    type Target = [u8];
    #[inline(always)]
    fn deref(&self) -> &[u8] {
        // SAFETY: the view is valid until `release`, which only `drop` and `into_raw` hand on.
        unsafe { self.0.view.as_slice() }
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
        // SAFETY: this value owns the block, and nothing uses it afterwards.
        unsafe { self.0.release() }
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
