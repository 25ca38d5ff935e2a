//! Text and blocks of bytes.

use std::mem::ManuallyDrop;

use super::arena::release_vec;
use super::{Arena, Decoder, Encoder, Fails, Malformed, Origin, Wire, plain_type, vector_over};
use crate::abi::{Owned, Slice, Str, Type, kind};
use crate::bytes::Bytes;

/// A text of the other side.
///
/// # Safety
/// The bytes must be alive for as long as the result is used.
#[inline(always)]
pub(crate) unsafe fn read_str<'a>(text: Str, origin: Origin<'_>) -> Result<&'a str, Malformed> {
    // SAFETY: the caller answers for the bytes.
    let bytes = unsafe { Slice { ptr: text.ptr, len: text.len }.as_slice() };
    if origin.trusted {
        // SAFETY: the other side made it from a `str`; see `Origin::trusted`.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes).map_err(|error| Malformed::new(format!("{error}")))
}

// SAFETY: every form is made of C structs, and a text has one shape only.
unsafe impl Wire for String {
    type View = Str;
    type Arg = Str;
    type Out = Owned<Str>;
    const FAILS: Fails = Fails::Untrusted;
    const LIST_FAILS: Fails = Fails::Untrusted;

    extern "C" fn shape() -> *const Type {
        const { &plain_type(kind::STRING) }
    }
    #[inline(always)]
    fn view(&self, _: &mut Arena) -> Str {
        Str::new(self)
    }
    #[inline]
    unsafe fn read(view: Str, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the caller answers for the view.
        unsafe { read_str(view, origin) }.map(str::to_owned)
    }
    #[inline(always)]
    unsafe fn overlay(view: &Str, origin: Origin<'_>) -> Result<ManuallyDrop<Self>, Malformed> {
        // SAFETY: the caller answers for the view, lifts the text before it ends, and `read_str` checked the bytes.
        unsafe {
            let text = read_str(*view, origin)?;
            let bytes = vector_over(Slice { ptr: text.as_ptr(), len: text.len() });
            Ok(ManuallyDrop::new(Self::from_utf8_unchecked(ManuallyDrop::into_inner(bytes))))
        }
    }
    #[inline(always)]
    unsafe fn lift(overlay: Self) {
        std::mem::forget(overlay);
    }
    #[inline(always)]
    fn pass(&mut self, _: &mut Arena) -> Str {
        Str::new(self)
    }
    #[inline(always)]
    unsafe fn receive(arg: Str, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { Self::read(arg, origin) }
    }
    #[inline]
    fn give(self) -> Owned<Str> {
        if self.capacity() == 0 {
            return Owned { view: Str::new(""), owner: std::ptr::null_mut(), extra: 0, release: None };
        }
        // As a vector, whose pointer is one to all of its room; a text's own is one to what is written there.
        let mut text = ManuallyDrop::new(self.into_bytes());
        Owned {
            view: Str { ptr: text.as_ptr(), len: text.len() },
            owner: text.as_mut_ptr().cast(),
            extra: text.capacity(),
            release: Some(release_vec::<u8>),
        }
    }
    #[inline]
    unsafe fn take(out: Owned<Str>, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the view is valid until it is released, below.
        let text = unsafe { Self::read(out.view, origin) };
        // SAFETY: a result is taken once, and the text has been copied.
        unsafe { out.release() };
        text
    }
    #[inline(always)]
    unsafe fn take_surely(out: Owned<Str>, _: Origin<'_>) -> Self {
        // SAFETY: a side that can not fail gives UTF-8, which is valid until it is released, below.
        let text = unsafe { read_str(out.view, Origin::CALLER) }.unwrap_or_default().to_owned();
        // SAFETY: a result is taken once, and the text has been copied.
        unsafe { out.release() };
        text
    }
    fn encode(&self, to: &mut Encoder) {
        to.str(self);
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        from.str().map(str::to_owned)
    }
}

// SAFETY: every form is made of C structs, and a block has one shape only.
unsafe impl Wire for Bytes {
    type View = Slice<u8>;
    type Arg = Owned<Slice<u8>>;
    type Out = Owned<Slice<u8>>;
    const FAILS: Fails = Fails::Never;
    const LIST_FAILS: Fails = Fails::Never;

    extern "C" fn shape() -> *const Type {
        const { &plain_type(kind::BYTES) }
    }
    fn view(&self, _: &mut Arena) -> Slice<u8> {
        Slice::new(self)
    }
    unsafe fn read(view: Slice<u8>, _: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the caller answers for the view.
        Ok(Self::from(unsafe { view.as_slice() }.to_vec()))
    }
    #[inline]
    unsafe fn overlay(view: &Slice<u8>, _: Origin<'_>) -> Result<ManuallyDrop<Self>, Malformed> {
        let view = Owned { view: *view, owner: std::ptr::null_mut(), extra: 0, release: None };
        // SAFETY: the caller answers for the view and lifts the block before it ends; there is nothing to free.
        Ok(ManuallyDrop::new(unsafe { Self::from_raw(view) }))
    }
    fn pass(&mut self, _: &mut Arena) -> Owned<Slice<u8>> {
        std::mem::take(self).give()
    }
    unsafe fn receive(arg: Owned<Slice<u8>>, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { Self::take(arg, origin) }
    }
    #[inline(always)]
    fn give(self) -> Owned<Slice<u8>> {
        self.into_raw()
    }
    #[inline(always)]
    unsafe fn take(out: Owned<Slice<u8>>, _: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: a result is taken once, and its maker said what frees it.
        Ok(unsafe { Self::from_raw(out) })
    }
    fn encode(&self, to: &mut Encoder) {
        to.blob(self);
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        from.blob().map(|bytes| Self::from(bytes.to_vec()))
    }
}
