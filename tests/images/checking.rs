//! An allocator that takes back nothing but what it gave out, in the layout in which it was asked for.
//!
//! Each image of a test has one, with a mark of its own. A block that is freed by another image, twice, or in another
//! layout ends the process. Fresh memory and freed memory are filled, so that whoever reads either sees rubbish.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

const FRESH: u8 = 0xa5;
const FREED: u8 = 0x5a;

/// What stands before a block.
struct Head {
    /// The image's mark, mixed with the block's address.
    mark: u64,
    size: usize,
    align: usize,
}

/// See the module.
pub(crate) struct Checking {
    mark: u64,
    freed: AtomicU64,
}

impl Checking {
    /// An allocator with a mark that no other image has.
    pub(crate) const fn new(mark: u64) -> Self {
        Self { mark, freed: AtomicU64::new(0) }
    }

    /// How many blocks it has taken back, each of them checked.
    #[allow(dead_code, reason = "only the host's side prints it")]
    pub(crate) fn freed(&self) -> u64 {
        self.freed.load(Ordering::Relaxed)
    }

    /// How many bytes stand before a block.
    const fn room(align: usize) -> usize {
        if align > size_of::<Head>() { align } else { size_of::<Head>().next_power_of_two() }
    }

    /// The block with its head.
    const fn outer(layout: Layout) -> Option<Layout> {
        let room = Self::room(layout.align());
        match layout.size().checked_add(room) {
            Some(size) => match Layout::from_size_align(size, room) {
                Ok(layout) => Some(layout),
                Err(_) => None,
            },
            None => None,
        }
    }
}

fn end(what: &str) -> ! {
    // Nothing that allocates.
    let _said = std::io::stderr().write_all(what.as_bytes());
    std::process::abort()
}

// SAFETY: every block lies in one of the system's that is as long as the block and its head, behind the head, and at a
// multiple of its alignment; what is taken back is what was given out, or the process ends.
unsafe impl GlobalAlloc for Checking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(outer) = Self::outer(layout) else { return std::ptr::null_mut() };
        // SAFETY: the outer layout is never empty.
        let start = unsafe { System.alloc(outer) };
        if start.is_null() {
            return start;
        }
        // SAFETY: the system's block has room for the head before the block.
        unsafe {
            let block = start.add(Self::room(layout.align()));
            let head =
                Head { mark: self.mark ^ block.addr() as u64, size: layout.size(), align: layout.align() };
            block.sub(size_of::<Head>()).cast::<Head>().write_unaligned(head);
            block.write_bytes(FRESH, layout.size());
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: whoever made the block, there are as many bytes before it in any allocator of this process.
        let at = unsafe { block.sub(size_of::<Head>()) }.cast::<Head>();
        // SAFETY: as above.
        let head = unsafe { at.read_unaligned() };
        if head.mark != self.mark ^ block.addr() as u64 {
            end("\nimages: a block is freed by a side that did not make it, or twice\n");
        }
        if (head.size, head.align) != (layout.size(), layout.align()) {
            end("\nimages: a block is freed in another layout than it was made in\n");
        }
        let Some(outer) = Self::outer(layout) else { end("\nimages: a layout that can not be\n") };
        // SAFETY: the mark says that `alloc` made the block in this layout; nobody uses it any more.
        unsafe {
            block.write_bytes(FREED, layout.size());
            at.write_unaligned(Head { mark: 0, size: 0, align: 0 });
            System.dealloc(block.sub(Self::room(layout.align())), outer);
        }
        self.freed.fetch_add(1, Ordering::Relaxed);
    }
}
