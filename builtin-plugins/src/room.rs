//! A stack that is large, and of known size, for work whose depth its input decides.
//!
//! Parsers of small languages recurse as deep as their input is nested, and where a stack ends the process ends. Those
//! who use this bound the length of what they parse, so that the deepest of it fits.

use keyway_interfaces::ToolError;

/// The size of the stack in bytes. It is reserved and not used: pages that nobody touches cost nothing.
pub(crate) const STACK: usize = if cfg!(target_pointer_width = "64") { 512 << 20 } else { 16 << 20 };

/// Does `work` in a thread with that stack, and waits for it.
///
/// **Errors:** what `work` says, or that there was no thread to be had.
///
/// **Panics:** as `work` does.
///
/// **Platforms:** on WebAssembly, which has no threads, the work is done here; the sandbox guards its own stack.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> Result<T, ToolError> + Send) -> Result<T, ToolError> {
    if cfg!(target_family = "wasm") {
        return work();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("keyway tool".into()).stack_size(STACK);
        match thread.spawn_scoped(scope, work).map(|thread| thread.join()) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => Err(ToolError::unavailable(format!("no thread for the work: {error}"))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_more_than_an_ordinary_stack_can_be_used() {
        fn deep(left: usize) -> u64 {
            let frame = std::hint::black_box([1u64; 1024]);
            if left == 0 { 0 } else { deep(left - 1) + frame[7] }
        }
        let frames = STACK / 8 / 16384;
        assert_eq!(with_room(|| Ok(deep(frames))).unwrap(), frames as u64);
    }

    #[test]
    fn a_panic_comes_back_as_it_was() {
        let panic = std::panic::catch_unwind(|| with_room(|| -> Result<(), _> { panic!("the reason") }));
        assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"the reason"));
    }
}
