//! A call of a plugin that is linked in, with two integers: what a handle adds to a `dyn Trait`.

use std::hint::black_box;

use figures_keyway::Service as _;

use crate::contestants;
use crate::measure::{CHECKED, Line, Row, Unit};

/// The second integer; the first is the counter.
const OTHER: u64 = 7;

/// Floor: the same trait behind `Arc<dyn Trait>`.
pub fn row() -> Row {
    let right = figures_work::add(CHECKED, OTHER);
    let floor = black_box(figures_keyway::plain());
    let again = black_box(figures_keyway::plain());
    let handle = black_box(contestants::keyway::built_in());
    assert!(handle.is_direct(), "a plugin that is linked in is called without an edge");
    let guarded = black_box(handle.clone());
    let kept = black_box(handle.to_arc());
    Row::new("built-in call, two integers", Unit::Nanoseconds)
        .target(1.05)
        .floor(Line::call("plain `Arc<dyn Trait>`", &right, move |n| floor.add(n, OTHER), |sum| sum))
        .contestant(Line::call("the floor once more", &right, move |n| again.add(n, OTHER), |sum| sum))
        .contestant(Line::call("Keyway, `handle.add(…)`", &right, move |n| handle.add(n, OTHER), |sum| sum))
        .contestant(Line::call(
            "Keyway, `handle.get()` each time",
            &right,
            move |n| guarded.get().add(n, OTHER),
            |sum| sum,
        ))
        .contestant(Line::call(
            "Keyway, `handle.to_arc()` kept",
            &right,
            move |n| kept.add(n, OTHER),
            |sum| sum,
        ))
}
