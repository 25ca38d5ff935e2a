//! Memory for views: what a view needs beyond the value that it views.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ffi::c_void;
use std::ptr::NonNull;

use crate::abi::{Object, Owned, Slice};

/// Blocks that live for a call, and objects that are held for its length.
///
/// One pointer, null until something is put in: where a signature puts nothing in, the compiler sees that and leaves no
/// trace of the arena in the call.
pub struct Arena(*mut Kept);

/// What stands before each block, and links it to the one made before it.
struct Kept {
    before: *mut Kept,
    /// Of this header and what follows it.
    layout: Layout,
    object: Option<Object>,
}

// SAFETY: its blocks are memory, which any thread may free, and its objects may be released on any thread. What the views
// in the blocks point at is held by whoever has the arena, and is judged there.
unsafe impl Send for Arena {}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Arena {
    /// An empty arena.
    #[inline(always)]
    pub const fn new() -> Self {
        Self(std::ptr::null_mut())
    }

    /// Room for `block` behind a header.
    fn put(&mut self, block: Layout, object: Option<Object>) -> NonNull<u8> {
        let header = Layout::new::<Kept>();
        let (layout, offset) = header.extend(block).expect("a block that fits into memory");
        // SAFETY: the header's size is not 0.
        let Some(place) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let kept = place.cast::<Kept>().as_ptr();
        // SAFETY: the block begins with room for a header, aligned for it.
        unsafe { kept.write(Kept { before: self.0, layout, object }) };
        self.0 = kept;
        // SAFETY: `extend` says that `offset` is within the layout.
        unsafe { place.add(offset) }
    }

    /// A list of `count` elements, each made by `element`.
    pub fn list<T: Copy>(
        &mut self,
        count: usize,
        mut element: impl FnMut(&mut Self, usize) -> T,
    ) -> Slice<T> {
        let layout = Layout::array::<T>(count).expect("as many elements as a slice in memory has");
        if layout.size() == 0 {
            return Slice { ptr: NonNull::dangling().as_ptr(), len: count };
        }
        let items = self.put(layout, None).cast::<T>().as_ptr();
        for index in 0..count {
            let item = element(self, index);
            // SAFETY: `index` is below `count`, for which the block was made; blocks do not move.
            unsafe { items.add(index).write(item) };
        }
        Slice { ptr: items, len: count }
    }

    /// Releases the object when the arena goes.
    pub fn hold(&mut self, object: Object) {
        self.put(Layout::new::<()>(), Some(object));
    }

    /// Makes a result of a value: the value and its view's memory live until the receiver releases them.
    pub fn keep<T, V: Copy>(value: T, view: impl FnOnce(&T, &mut Self) -> V) -> Owned<V> {
        let mut kept = Box::new((value, Self::new()));
        let (value, arena) = &mut *kept;
        let view = view(value, arena);
        Owned { view, owner: Box::into_raw(kept).cast(), extra: 0, release: Some(release_kept::<T>) }
    }

    #[inline(never)]
    fn free(&mut self) {
        while !self.0.is_null() {
            // SAFETY: every link of the chain is a header that `put` wrote, and each is reached once.
            unsafe {
                let Kept { before, layout, object } = self.0.read();
                dealloc(self.0.cast(), layout);
                self.0 = before;
                if let Some(object) = object {
                    // `hold` took over one count of the object.
                    object.release();
                }
            }
        }
    }
}

impl Drop for Arena {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.0.is_null() {
            self.free();
        }
    }
}

unsafe extern "C" fn release_kept<T>(owner: *mut c_void, _: usize) {
    // SAFETY: `keep` made the box, and the receiver releases once.
    let kept = unsafe { Box::from_raw(owner.cast::<(T, Arena)>()) };
    crate::abi::guard::contained(move || drop(kept));
}

/// Frees the memory of a vector of plain elements; `extra` is its capacity.
pub(crate) unsafe extern "C" fn release_vec<T: Copy>(owner: *mut c_void, extra: usize) {
    // SAFETY: `owner` and `extra` are pointer and capacity of a vector that was taken apart; its elements need no drop.
    drop(unsafe { Vec::<T>::from_raw_parts(owner.cast(), 0, extra) });
}
