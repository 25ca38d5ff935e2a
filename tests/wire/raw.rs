//! Calls that no Rust caller makes: a function of a table, called with an argument that is none.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyway::abi::{FaultRecord, Owned, RawFn, Reply, Slice, Status};
use keyway::{Bytes, Interface, interface};

#[interface(id = "wire/raw", version = "1.0")]
pub trait Raw: Send + Sync {
    fn take(&self, letter: char, block: Bytes, pair: (char, Bytes), last: Option<Bytes>) -> u64;
}

struct Sum;

impl Raw for Sum {
    fn take(&self, _: char, block: Bytes, (_, second): (char, Bytes), last: Option<Bytes>) -> u64 {
        [Some(block), Some(second), last]
            .iter()
            .flatten()
            .flat_map(|bytes| bytes.iter())
            .map(|byte| u64::from(*byte))
            .sum()
    }
}

static RELEASED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn released(_: *mut c_void, _: usize) {
    RELEASED.fetch_add(1, Ordering::Relaxed);
}

type Block = Owned<Slice<u8>>;

#[repr(C)]
struct Pair(u32, Block);

#[repr(C)]
struct Maybe(u32, Block);

type Take = unsafe extern "C" fn(*const c_void, u32, Block, Pair, Maybe) -> Reply<u64>;

/// Calls `take` as a C author would, and gives what came back.
fn take(first: u32, second: u32) -> Result<u64, String> {
    let object = <dyn Raw as Interface>::export(Arc::new(Sum));
    let block = || Owned {
        view: Slice::new(&[1, 2, 3]),
        owner: std::ptr::null_mut(),
        extra: 0,
        release: Some(released),
    };
    // SAFETY: the function's type follows from the signature; the object is alive until it is released; a fault is read
    // before its record is.
    unsafe {
        let function = (*object.table).methods.at(0).expect("it has a method").cast::<RawFn>().read();
        let function = std::mem::transmute::<RawFn, Take>(function);
        let reply = function(object.data, first, block(), Pair(second, block()), Maybe(1, block()));
        let answer = if reply.status == Status::DONE {
            Ok(reply.value.assume_init())
        } else {
            let record: *const FaultRecord = reply.status.0;
            let message = (*record).message;
            let text = std::slice::from_raw_parts(message.ptr, message.len).to_vec();
            (*record).release.expect("a record can be released")(record);
            Err(String::from_utf8(text).expect("a message is text"))
        };
        object.release();
        answer
    }
}

#[test]
fn what_was_moved_in_is_released_whichever_argument_is_malformed() {
    let count = |letter, second| {
        let before = RELEASED.load(Ordering::Relaxed);
        (take(letter, second), RELEASED.load(Ordering::Relaxed) - before)
    };
    assert_eq!(count('a'.into(), 'b'.into()), (Ok(18), 3));
    let none = 0xd800;
    assert_eq!(count(none, 'b'.into()), (Err("at `letter`: 0xd800 is no character".into()), 3));
    assert_eq!(count('a'.into(), none), (Err("at `pair`: 0xd800 is no character".into()), 3));
}
