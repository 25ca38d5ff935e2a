//! Ticks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{TIMER, Tasks};
use crate::context::{Context, Unavailable};

/// Ticks of the host's clock. From [`Context::interval`], which says what becomes of ticks that are missed.
pub struct Interval {
    context: Context,
    tasks: Arc<dyn Tasks>,
    period: u64,
    /// On the host's clock.
    next: u64,
}

impl Interval {
    pub(super) fn new(context: &Context, tasks: Arc<dyn Tasks>, period: u64) -> Self {
        let next = tasks.now().saturating_add(period);
        Self { context: context.clone(), tasks, period, next }
    }

    /// Waits for the next tick, and gives when it was due, as the host's [`now`](Context::now) has it. To drop it before
    /// misses no tick.
    ///
    /// **Errors:** the plugin was stopped, or the host has stopped.
    pub async fn tick(&mut self) -> Result<Duration, Unavailable> {
        let slept = self.tasks.sleep_until(self.next).await;
        slept.map_err(|reason| self.context.unavailable(TIMER, reason))?;
        let due = self.next;
        self.next = after(due, self.period, self.tasks.now());
        Ok(Duration::from_nanos(due))
    }

    /// The time from one tick to the next.
    pub fn period(&self) -> Duration {
        Duration::from_nanos(self.period)
    }
}

/// When the first tick after this moment is due, of those that follow this one.
pub(super) fn after(due: u64, period: u64, now: u64) -> u64 {
    let passed = now.saturating_sub(due) / period;
    due.saturating_add(period.saturating_mul(passed.saturating_add(1)))
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interval").field("period", &self.period()).finish_non_exhaustive()
    }
}
