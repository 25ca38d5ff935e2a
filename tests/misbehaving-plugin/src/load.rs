//! What a library can do before anybody has called it: in its constructor, or while its entry function runs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::{name, sleep, spin};

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = constructor;

extern "C" fn constructor() {
    match name::misdeed().as_str() {
        "segfault" => segfault(),
        "abort" => std::process::abort(),
        "exit-zero" => std::process::exit(0),
        "exit-three" => std::process::exit(3),
        // SAFETY: the call has no duties.
        "exit-at-once" => unsafe { libc::_exit(0) },
        "stack-overflow" => println!("{}", overflow(0)),
        "sleep" => sleep(),
        "spin" => spin(),
        "flood" => loop {
            // Nobody listens: go on.
            let _written = std::io::stdout().write_all(&[b'x'; 1000]);
        },
        "chatter" => {
            println!("a few words");
            eprintln!("and a few more");
        }
        "allocate" => allocate(),
        "panic-in-constructor" => panic!("a constructor that panics"),
        "panic-in-entry" => ARMED.store(true, Ordering::Relaxed),
        // SAFETY: it is what this misdeed is: nobody here owns them all.
        "close-files" => unsafe {
            for fd in 3..1024 {
                libc::close(fd);
            }
        },
        "fill-disk" => fill_disk(),
        "leave-process" => leave_process(),
        "fork-and-return" => {
            // SAFETY: it is what this misdeed is: two processes go on where there was one.
            let _both = unsafe { libc::fork() };
        }
        // No misdeed: it takes its time.
        "slow" => std::thread::sleep(Duration::from_millis(300)),
        "late-abort" => after(|| std::process::abort()),
        "crash-at-exit" => {
            // SAFETY: the function lives as long as the library, which is never unmapped.
            let _registered = unsafe { libc::atexit(segfault) };
        }
        _ => {}
    }
}

extern "C" fn segfault() {
    // SAFETY: none; it is what this misdeed is.
    unsafe { std::ptr::without_provenance_mut::<u64>(16).write_volatile(1) }
}

fn overflow(depth: u64) -> u64 {
    let room = black_box([depth; 512]);
    if depth == u64::MAX { 0 } else { overflow(depth + 1) + black_box(room)[7] }
}

/// Without an end, and every page of it is used.
fn allocate() {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(black_box(vec![1; 8 << 20]));
    }
}

fn fill_disk() {
    let name = format!("keyway-misbehaving-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut file = std::fs::File::create(&path).expect("a file can be made");
    std::fs::remove_file(&path).expect("a name can be taken away");
    loop {
        file.write_all(&[1; 1 << 16]).expect("a file can be written");
    }
}

/// A child that outlives the load, in the scanner's group.
#[allow(clippy::zombie_processes, reason = "it is what this misdeed is")]
fn leave_process() {
    let mut command = std::process::Command::new("sleep");
    let _left = command.arg("100000").spawn().expect("sleep can be started");
}

fn after(what: fn()) {
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        what();
    });
}

/// Whether the next allocation is to panic. Between the constructor and the entry function of this library nothing of it
/// allocates, and the entry function does.
static ARMED: AtomicBool = AtomicBool::new(false);

struct Fuse;

// SAFETY: it is the system's allocator; where it does not answer, the process ends.
unsafe impl GlobalAlloc for Fuse {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ARMED.swap(false, Ordering::Relaxed) {
            panic_in_entry();
        }
        // SAFETY: the caller's duties are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's duties are the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// A panic in it ends the process, so that none goes through the allocator.
extern "C" fn panic_in_entry() {
    panic!("an entry function that panics")
}

#[global_allocator]
static ALLOCATOR: Fuse = Fuse;
