//! Durations in classes: fixed memory, however many there are.
//!
//! Two classes an octave, from 32 ns to 68 s: whatever is told of a class is within a quarter of what was measured. One
//! more below, one more above.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CLASSES: usize = 64;
/// The first class ends below 2 to the power of this, in nanoseconds.
const FIRST: u32 = 5;

/// Which class a number of nanoseconds is of: the place of its highest bit, and the bit after that.
fn class(nanoseconds: u64) -> usize {
    if nanoseconds < 1 << FIRST {
        return 0;
    }
    let octave = nanoseconds.ilog2();
    let half = nanoseconds >> (octave - 1) & 1;
    let class = 1 + 2 * (octave - FIRST) as usize + half as usize;
    class.min(CLASSES - 1)
}

/// The first number of nanoseconds of a class.
const fn start(class: usize) -> u64 {
    if class == 0 {
        return 0;
    }
    let (octave, half) = (FIRST + (class as u32 - 1) / 2, (class as u64 - 1) % 2);
    (2 + half) << (octave - 1)
}

/// Durations as they are written, by any number of threads.
pub(super) struct Times {
    classes: [AtomicU64; CLASSES],
    total: AtomicU64,
    longest: AtomicU64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            classes: [const { AtomicU64::new(0) }; CLASSES],
            total: AtomicU64::new(0),
            longest: AtomicU64::new(0),
        }
    }
}

impl Times {
    pub(super) fn write(&self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.classes[class(nanoseconds)].fetch_add(1, Ordering::Relaxed);
        self.total.fetch_add(nanoseconds, Ordering::Relaxed);
        if nanoseconds > self.longest.load(Ordering::Relaxed) {
            self.longest.fetch_max(nanoseconds, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> Histogram {
        let mut classes = [0; CLASSES];
        for (class, written) in classes.iter_mut().zip(&self.classes) {
            *class = written.load(Ordering::Relaxed);
        }
        Histogram {
            classes,
            total: self.total.load(Ordering::Relaxed),
            longest: self.longest.load(Ordering::Relaxed),
        }
    }
}

/// How long calls took, in 64 classes.
#[derive(Clone, PartialEq, Eq)]
pub struct Histogram {
    classes: [u64; CLASSES],
    total: u64,
    longest: u64,
}

impl Histogram {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.classes.iter().sum()
    }

    /// All of them together.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.total)
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.longest)
    }

    /// The average; zero where there is none.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.total.checked_div(self.count()).unwrap_or(0))
    }

    /// What the share of them from 0 to 1 did not exceed: 0.5 is the median. The middle of its class, so that it is off by
    /// a quarter at most from 32 ns to 68 s, and never more than the longest; zero where there is none.
    pub fn quantile(&self, share: f64) -> Duration {
        let count = self.count();
        let rank = ((count as f64 * share).ceil() as u64).clamp(1, count.max(1));
        let mut seen = 0;
        for (class, &within) in self.classes.iter().enumerate() {
            seen += within;
            if seen >= rank {
                let end = if class + 1 < CLASSES { start(class + 1) } else { self.longest };
                return Duration::from_nanos(start(class).midpoint(end).min(self.longest));
            }
        }
        Duration::ZERO
    }

    /// The classes that have any, by the duration that each begins at, with how many it has.
    pub fn classes(&self) -> impl Iterator<Item = (Duration, u64)> {
        let some = self.classes.iter().enumerate().filter(|(_, within)| **within > 0);
        some.map(|(class, &within)| (Duration::from_nanos(start(class)), within))
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (class, more) in self.classes.iter_mut().zip(&other.classes) {
            *class += more;
        }
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.classes()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(nanoseconds: impl IntoIterator<Item = u64>) -> Histogram {
        let times = Times::default();
        for one in nanoseconds {
            times.write(Duration::from_nanos(one));
        }
        times.read()
    }

    #[test]
    fn every_duration_is_in_the_class_whose_start_it_reaches() {
        for of in 1..CLASSES {
            assert_eq!(class(start(of)), of);
            assert_eq!(class(start(of) - 1), of - 1);
        }
        assert_eq!((class(0), class(31), class(u64::MAX)), (0, 0, CLASSES - 1));
        assert!((68..69).contains(&Duration::from_nanos(start(CLASSES - 1)).as_secs()));
    }

    #[test]
    fn a_quantile_is_off_by_a_quarter_at_most() {
        let mut sorted: Vec<u64> = (0..1_000_u64).map(|n| 40 + n * n * n % 700_001 * (1 + n % 7)).collect();
        let histogram = of(sorted.iter().copied());
        sorted.sort_unstable();
        for (share, rank) in [(0.01, 9), (0.25, 249), (0.5, 499), (0.9, 899), (0.99, 989)] {
            let (told, exact) = (histogram.quantile(share).as_nanos() as f64, sorted[rank] as f64);
            assert!((told / exact - 1.0).abs() <= 0.25, "{share}: {told} for {exact}");
        }
        assert_eq!(histogram.quantile(1.0).as_nanos().min(u128::from(sorted[999])), {
            histogram.quantile(1.0).as_nanos()
        });
        assert_eq!(histogram.max().as_nanos(), u128::from(sorted[999]));
        assert_eq!(histogram.count(), 1_000);
        assert_eq!(histogram.total().as_nanos(), sorted.iter().map(|&n| u128::from(n)).sum());
    }

    #[test]
    fn without_a_call_all_is_zero_and_with_one_all_is_that_one() {
        let none = of([]);
        assert_eq!((none.count(), none.quantile(0.5), none.mean(), none.max()), Default::default());
        let one = of([50]);
        for share in [0.0, 0.5, 1.0] {
            assert_eq!(one.quantile(share).as_nanos(), 50, "never more than the longest");
        }
        assert_eq!((one.mean(), one.max()), (Duration::from_nanos(50), Duration::from_nanos(50)));
    }

    #[test]
    fn two_histograms_add_up() {
        let mut both = of([10, 100, 1_000]);
        both.add(&of([10_000, 100]));
        assert_eq!(both, of([10, 100, 1_000, 10_000, 100]));
        assert_eq!(both.classes().map(|(_, within)| within).collect::<Vec<_>>(), [1, 2, 1, 1]);
    }
}
