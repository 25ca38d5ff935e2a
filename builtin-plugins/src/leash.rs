//! Keeps a program that came as an argument from taking the host's time or its stack.
//!
//! The work asks its [`Leash`] whenever it can. A thread can not be stopped from outside, so work that never asks is not
//! held; every user says where it asks.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use keyway_interfaces::ToolError;

use crate::room::{STACK, with_room};

/// What a piece of work may still take.
pub(crate) struct Leash {
    /// An address at the bottom of the stack, of which the work may fill a quarter; the rest is for what it leaves to
    /// be dropped and written.
    base: usize,
    until: Instant,
    time: Duration,
    /// Steps left; the clock is read once in 256 of them.
    steps: AtomicU32,
    allowed: u32,
    end: OnceLock<ToolError>,
}

impl Leash {
    /// Takes one step. From the first `false` on the work has nothing left to do: whatever it answers, [`run`] reports
    /// the limit.
    pub(crate) fn step(&self) -> bool {
        let left = self.steps.load(Relaxed);
        let here = &raw const left as usize;
        if left == 0 {
            self.end(format!("stopped after {} steps", self.allowed))
        } else if self.base.abs_diff(here) > STACK / 4 {
            self.end("stopped in a recursion that is too deep".into())
        } else if left.is_multiple_of(256) && Instant::now() > self.until {
            self.end(format!("stopped after {:?}", self.time))
        } else {
            self.steps.store(left - 1, Relaxed);
            true
        }
    }

    /// Ends the work for a reason of its own; the first reason counts. The answer is `false`, for callers of
    /// [`step`](Leash::step).
    pub(crate) fn end(&self, message: String) -> bool {
        self.steps.store(0, Relaxed);
        self.end.get_or_init(|| {
            ToolError::limit_exceeded(message).with_help("ask for less, or in smaller pieces")
        });
        false
    }
}

/// Does `work` with at most so many steps, in at most so much time.
///
/// **Errors:** the limit that was reached, else what `work` says.
///
/// **Panics:** as `work` does.
pub(crate) fn run<T: Send>(
    steps: u32,
    time: Duration,
    work: impl FnOnce(&Leash) -> Result<T, ToolError> + Send,
) -> Result<T, ToolError> {
    with_room(move || {
        let bottom = 0u8;
        let leash = Leash {
            base: &raw const bottom as usize,
            until: Instant::now() + time,
            time,
            steps: AtomicU32::new(steps),
            allowed: steps,
            end: OnceLock::new(),
        };
        let done = work(&leash);
        leash.end.into_inner().map_or(done, Err)
    })
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::LimitExceeded;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn deep(leash: &Leash) -> u64 {
        let room = std::hint::black_box([1u64; 64]);
        if leash.step() { deep(leash) + room[7] } else { 0 }
    }

    #[test]
    fn steps_time_and_depth_each_end_the_work() {
        let stopped = |steps, time, work: fn(&Leash)| {
            let error = run(steps, time, |leash| {
                work(leash);
                Ok(())
            });
            let error = error.unwrap_err();
            assert_eq!(error.kind, LimitExceeded);
            error.message
        };
        let endless = |leash: &Leash| while leash.step() {};
        assert_eq!(stopped(1000, LONG, endless), "stopped after 1000 steps");
        assert_eq!(stopped(u32::MAX, Duration::from_millis(20), endless), "stopped after 20ms");
        assert_eq!(
            stopped(u32::MAX, LONG, |leash| assert!(deep(leash) > 0)),
            "stopped in a recursion that is too deep"
        );
    }

    #[test]
    fn work_that_goes_on_after_the_end_gets_no_further_step() {
        let error = run(3, LONG, |leash| {
            while leash.step() {}
            assert!(!leash.step());
            assert!(!leash.end("another reason".into()));
            Ok("an answer")
        });
        assert_eq!(error.unwrap_err().message, "stopped after 3 steps");
    }
}
