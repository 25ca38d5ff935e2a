//! Keeps a program that came as an argument from taking the host's time or its stack.
//!
//! The work runs in a thread of its own, whose stack is large and of known size, and asks its [`Leash`] whenever it can.
//! A thread can not be stopped from outside, so work that never asks is not held; every user says where it asks.

use std::cell::Cell;
use std::time::{Duration, Instant};

use keyway_interfaces::ToolError;

/// Reserved, not used: pages of a stack that nobody touches cost nothing.
const STACK: usize = if cfg!(target_pointer_width = "64") { 512 << 20 } else { 16 << 20 };

/// What a piece of work may still take.
pub(crate) struct Leash {
    base: usize,
    until: Instant,
    time: Duration,
    /// Steps left; the clock is read once in 256 of them.
    steps: Cell<u32>,
    allowed: u32,
}

impl Leash {
    /// Takes one step.
    ///
    /// **Errors:** the limit that is reached.
    pub(crate) fn step(&self) -> Result<(), ToolError> {
        let left = self.steps.get();
        if left == 0 {
            return Err(self.exceeded(format!("stopped after {} steps", self.allowed)));
        }
        self.steps.set(left - 1);
        let here = &raw const left as usize;
        if self.base.abs_diff(here) > STACK / 2 {
            return Err(self.exceeded("stopped in a recursion that is too deep".into()));
        }
        if left.is_multiple_of(256) && Instant::now() > self.until {
            return Err(self.exceeded(format!("stopped after {:?}", self.time)));
        }
        Ok(())
    }

    fn exceeded(&self, message: String) -> ToolError {
        self.steps.set(0);
        ToolError::limit_exceeded(message).with_help("ask for less, or in smaller pieces")
    }
}

/// Does `work` with at most so many steps, in at most so much time.
///
/// **Panics:** as `work` does.
pub(crate) fn run<T: Send>(
    steps: u32,
    time: Duration,
    work: impl FnOnce(&Leash) -> Result<T, ToolError> + Send,
) -> Result<T, ToolError> {
    let work = move || {
        let leash = Leash { base: 0, until: Instant::now() + time, time, steps: Cell::new(steps), allowed: steps };
        let leash = Leash { base: &raw const leash as usize, ..leash };
        work(&leash)
    };
    // The sandbox of a WebAssembly plugin has limits of its own, and no threads.
    if cfg!(target_family = "wasm") {
        return work();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("keyway tool".into()).stack_size(STACK).spawn_scoped(scope, work);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => Err(ToolError::unavailable(format!("no thread for the work: {error}"))),
        }
    })
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::LimitExceeded;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn steps_time_and_depth_each_end_the_work() {
        fn endless(leash: &Leash) -> Result<(), ToolError> {
            loop {
                leash.step()?;
            }
        }
        fn deep(leash: &Leash) -> Result<u64, ToolError> {
            leash.step()?;
            let room = std::hint::black_box([1u64; 512]);
            Ok(deep(leash)? + room[7])
        }
        let stopped = |result: Result<(), ToolError>| {
            let error = result.unwrap_err();
            assert_eq!(error.kind, LimitExceeded);
            error.message
        };
        assert_eq!(stopped(run(1000, LONG, endless)), "stopped after 1000 steps");
        assert_eq!(stopped(run(u32::MAX, Duration::from_millis(20), endless)), "stopped after 20ms");
        let deep = run(u32::MAX, LONG, |leash| deep(leash).map(drop));
        assert_eq!(stopped(deep), "stopped in a recursion that is too deep");
    }

    #[test]
    fn work_that_swallowed_the_limit_is_stopped_again_at_its_next_step() {
        run(3, LONG, |leash| {
            while leash.step().is_ok() {}
            assert!(leash.step().is_err());
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn a_panic_comes_back_as_it_was() {
        let panic = std::panic::catch_unwind(|| run(1, LONG, |_| -> Result<(), _> { panic!("the reason") }));
        assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"the reason"));
    }
}
