//! A call of a plugin that is linked in, with two integers, where the host counts calls: what a counter in front of the
//! plugin costs.

use std::hint::black_box;
use std::time::Instant;

use figures_keyway::Service as _;

use crate::contestants;
use crate::measure::{CHECKED, Line, Row, Unit};

/// The second integer; the first is the counter.
const OTHER: u64 = 7;

/// Floors: the same trait behind `Arc<dyn Trait>`; the same between two readings of the clock, without which nobody can
/// say how long a call took.
pub fn row() -> Row {
    let right = figures_work::add(CHECKED, OTHER);
    let floor = black_box(figures_keyway::plain());
    let timed = black_box(figures_keyway::plain());
    let counted = black_box(contestants::keyway::counted());
    let again = black_box(contestants::keyway::counted());
    Row::new("counted call, two integers", Unit::Nanoseconds)
        .floor(Line::call("plain `Arc<dyn Trait>`", &right, move |n| floor.add(n, OTHER), |sum| sum))
        .contestant(Line::call("Keyway, counted", &right, move |n| counted.add(n, OTHER), |sum| sum))
        .floor(Line::call(
            "plain, between two readings of the clock",
            &right,
            move |n| {
                let start = Instant::now();
                let sum = timed.add(n, OTHER);
                black_box(start.elapsed());
                sum
            },
            |sum| sum,
        ))
        .contestant(
            Line::call("Keyway, counted, beside that", &right, move |n| again.add(n, OTHER), |sum| sum)
                .target(1.3),
        )
}
