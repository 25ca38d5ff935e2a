//! What needs no host.

use std::sync::Arc;

use super::interval::after;
use super::slot::Slot;
use super::{Task, Tasks};
use crate::context::tasks::work::{Blocking, Work};

/// What is behind an edge that has broken.
struct Gone;

#[crate::interface]
impl Tasks for Gone {
    fn spawn(&self, _: &str, _: u32, _: Box<dyn Work>) -> Result<u64, String> {
        panic!("nobody answers")
    }
    fn spawn_blocking(&self, _: &str, _: u32, _: Box<dyn Blocking>) -> Result<u64, String> {
        panic!("nobody answers")
    }
    fn cancel(&self, _: u64) {
        panic!("nobody answers")
    }
    fn now(&self) -> u64 {
        panic!("nobody answers")
    }
    async fn sleep_until(&self, _: u64) -> Result<(), String> {
        panic!("nobody answers")
    }
}

#[test]
fn a_tied_task_whose_host_is_gone_is_dropped_without_a_panic() {
    drop(Task::<()>::new(Slot::new(), 1, Arc::new(Gone)).cancel_on_drop());
}

#[test]
fn the_next_tick_is_a_whole_number_of_periods_later_and_never_past() {
    assert_eq!(after(100, 10, 100), 110);
    assert_eq!(after(100, 10, 109), 110);
    assert_eq!(after(100, 10, 110), 120, "one that is due now is missed already");
    assert_eq!(after(100, 10, 155), 160);
    assert_eq!(after(100, 10, 3), 110, "a clock that is behind");
    assert_eq!(after(u64::MAX - 3, 10, u64::MAX), u64::MAX, "there is no time after all time");
}
