//! Memory for views: what a view needs beyond the value that it views.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ffi::c_void;
use std::ptr::NonNull;

use crate::abi::{Object, Owned, Slice};

/// Blocks that live for a call, and objects that are held for its length. Costs nothing until something is put in.
#[derive(Default)]
pub struct Arena {
    blocks: Vec<(NonNull<u8>, Layout)>,
    objects: Vec<Object>,
}

impl Arena {
    /// An empty arena.
    #[inline(always)]
    pub const fn new() -> Self {
        Self { blocks: Vec::new(), objects: Vec::new() }
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
        // SAFETY: the layout's size is not 0.
        let Some(block) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        self.blocks.push((block, layout));
        let items = block.cast::<T>().as_ptr();
        for index in 0..count {
            let item = element(self, index);
            // SAFETY: `index` is below `count`, for which the block was made; blocks do not move.
            unsafe { items.add(index).write(item) };
        }
        Slice { ptr: items, len: count }
    }

    /// Releases the object when the arena goes.
    pub fn hold(&mut self, object: Object) {
        self.objects.push(object);
    }

    /// Makes a result of a value: the value and its view's memory live until the receiver releases them.
    pub fn keep<T, V: Copy>(value: T, view: impl FnOnce(&T, &mut Self) -> V) -> Owned<V> {
        let mut kept = Box::new((value, Self::new()));
        let (value, arena) = &mut *kept;
        let view = view(value, arena);
        Owned { view, owner: Box::into_raw(kept).cast(), extra: 0, release: Some(release_kept::<T>) }
    }
}

impl Drop for Arena {
    #[inline(always)]
    fn drop(&mut self) {
        if self.blocks.capacity() != 0 || self.objects.capacity() != 0 {
            self.free();
        }
    }
}

impl Arena {
    #[cold]
    #[inline(never)]
    fn free(&mut self) {
        for (block, layout) in self.blocks.drain(..) {
            // SAFETY: `list` allocated the block with this layout.
            unsafe { dealloc(block.as_ptr(), layout) };
        }
        for object in self.objects.drain(..) {
            // SAFETY: `hold` took over one count of the object.
            unsafe { object.release() };
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
