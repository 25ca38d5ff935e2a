//! One row: a floor, those who are measured against it, and how they take turns.
//!
//! Absolute times drift while a machine works, so nothing here is measured on its own: a round takes
//! one sample of every line of a row, in a new order each round, and a ratio is made of two samples of
//! the same round. What a pass says of a line is the median of its rounds.

use std::fmt::Debug;
use std::hint::black_box;
use std::time::Instant;

/// How long one sample of a timed call lasts, about: long beside the clock's 30 ns, short beside a
/// change of the machine's mood.
const SAMPLE_NANOSECONDS: f64 = 400_000.0;

/// The argument with which an answer is checked before its call is timed.
pub const CHECKED: u64 = 1_000_003;

/// What Keyway wants to stay under.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// A multiple of the floor.
    Ratio(f64),
    /// So much more than the floor, in the row's unit.
    More(f64),
}

impl From<f64> for Target {
    fn from(ratio: f64) -> Target {
        Target::Ratio(ratio)
    }
}

/// What the numbers of a row are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// Time for one call, or one load, or one start.
    Nanoseconds,
    /// Size of a file, or of memory.
    Bytes,
}

/// One way of doing a row's work.
pub struct Line {
    name: String,
    /// How many calls make one sample; `None` until [`Row::pass`] found out.
    calls: Option<u64>,
    /// Its own target, or none although the row has one; `None` for the row's.
    target: Option<Option<Target>>,
    sample: Box<dyn FnMut(u64) -> f64>,
}

impl Line {
    /// A call that can be repeated as often as one likes: `call` gets a counter, and its answer, made
    /// comparable by `plain`, must be `expected` when the counter is [`CHECKED`].
    ///
    /// **Shape**: the answer is dropped inside the measured time, since the caller pays for that too.
    ///
    /// **Panics** when the answer is another one.
    pub fn call<T, A: PartialEq + Debug>(
        name: &str,
        expected: &A,
        mut call: impl FnMut(u64) -> T + 'static,
        plain: impl FnOnce(T) -> A,
    ) -> Line {
        let answer = plain(call(CHECKED));
        assert!(answer == *expected, "`{name}` answered {answer:?} where {expected:?} is right");
        let sample = move |calls: u64| {
            let start = Instant::now();
            for counter in 0..calls {
                black_box(call(counter));
            }
            start.elapsed().as_nanos() as f64
        };
        Line { name: name.to_owned(), calls: None, target: None, sample: Box::new(sample) }
    }

    /// A target of its own instead of the row's.
    pub fn target(mut self, target: impl Into<Target>) -> Line {
        self.target = Some(Some(target.into()));
        self
    }

    /// Measured beside, without a target.
    pub fn aside(mut self) -> Line {
        self.target = Some(None);
        self
    }

    /// A number that `measure` brings by itself, once a round: what needs preparing outside the clock,
    /// runs in a process of its own, or is no time at all.
    pub fn measured(name: &str, mut measure: impl FnMut() -> f64 + 'static) -> Line {
        Line { name: name.to_owned(), calls: Some(1), target: None, sample: Box::new(move |_| measure()) }
    }

    /// The number of calls that fill a sample, found by doubling.
    fn settle(&mut self) -> u64 {
        if let Some(calls) = self.calls {
            return calls;
        }
        let mut calls = 1;
        loop {
            let spent = (self.sample)(calls);
            if spent >= SAMPLE_NANOSECONDS / 2.0 {
                let fitting = (calls as f64 * SAMPLE_NANOSECONDS / spent).max(1.0) as u64;
                self.calls = Some(fitting);
                return fitting;
            }
            calls *= 2;
        }
    }
}

/// A comparison: floors, and behind each floor those who are measured against it.
pub struct Row {
    name: String,
    unit: Unit,
    target: Option<Target>,
    rounds: usize,
    lines: Vec<Line>,
    /// For each line the floor it is measured against, which is itself where it is one.
    floors: Vec<usize>,
}

/// What one pass says of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The row's name.
    pub row: String,
    /// What `value` is.
    pub unit: Unit,
    /// What Keyway wants to stay under.
    pub target: Option<Target>,
    /// The line's name.
    pub line: String,
    /// The name of the floor it was measured against; its own where it is one.
    pub floor: String,
    /// Median over the rounds.
    pub value: f64,
    /// Median over the rounds of this line's sample by the floor's.
    pub ratio: f64,
}

impl Row {
    /// A row without lines.
    pub fn new(name: &str, unit: Unit) -> Row {
        Row { name: name.to_owned(), unit, target: None, rounds: 100, lines: Vec::new(), floors: Vec::new() }
    }

    /// What Keyway wants to stay under.
    pub fn target(mut self, target: impl Into<Target>) -> Row {
        self.target = Some(target.into());
        self
    }

    /// How many rounds a pass has, where a hundred are not the right number.
    pub fn rounds(mut self, rounds: usize) -> Row {
        self.rounds = rounds;
        self
    }

    /// What the lines after this one are measured against, until the next floor.
    pub fn floor(mut self, line: Line) -> Row {
        self.floors.push(self.lines.len());
        self.lines.push(line);
        self
    }

    /// A line that is measured against the floor named last before it.
    ///
    /// **Panics** when there is none.
    pub fn contestant(mut self, line: Line) -> Row {
        let floor = *self.floors.last().expect("a row begins with its floor");
        self.floors.push(floor);
        self.lines.push(line);
        self
    }

    /// The row's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets the lines take turns, and reads off the medians.
    pub fn pass(mut self) -> Vec<Reading> {
        let calls: Vec<u64> = self.lines.iter_mut().map(Line::settle).collect();
        let mut samples = vec![Vec::with_capacity(self.rounds); self.lines.len()];
        let mut turns: Vec<usize> = (0..self.lines.len()).collect();
        let mut shuffle = Shuffle(0x9E37_79B9_7F4A_7C15);
        for _ in 0..self.rounds {
            shuffle.apply(&mut turns);
            for &turn in &turns {
                samples[turn].push((self.lines[turn].sample)(calls[turn]) / calls[turn] as f64);
            }
        }
        (0..self.lines.len())
            .map(|line| {
                let floor = self.floors[line];
                let ratios = samples[line].iter().zip(&samples[floor]).map(|(own, floor)| own / floor);
                Reading {
                    row: self.name.clone(),
                    unit: self.unit,
                    target: self.lines[line].target.unwrap_or(self.target),
                    line: self.lines[line].name.clone(),
                    floor: self.lines[floor].name.clone(),
                    value: median(samples[line].iter().copied()),
                    ratio: median(ratios),
                }
            })
            .collect()
    }
}

/// The middle of some numbers, of which there is at least one.
pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// A small generator (xorshift), so that nobody always follows the same neighbour.
struct Shuffle(u64);

impl Shuffle {
    fn apply(&mut self, turns: &mut [usize]) {
        for last in (1..turns.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            turns.swap(last, (self.0 % (last as u64 + 1)) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "`liar` answered 1000004 where 1000003 is right")]
    fn a_wrong_answer_is_never_timed() {
        Line::call("liar", &CHECKED, |n| n + 1, |answer| answer);
    }

    #[test]
    fn a_line_is_measured_against_the_floor_named_last_before_it() {
        let row = Row::new("row", Unit::Bytes)
            .floor(Line::measured("small", || 2.0))
            .contestant(Line::measured("twice", || 4.0))
            .floor(Line::measured("large", || 40.0))
            .contestant(Line::measured("half", || 20.0));
        let readings = row.pass();
        let seen: Vec<_> = readings.iter().map(|r| (r.line.as_str(), r.floor.as_str(), r.ratio)).collect();
        assert_eq!(
            seen,
            [
                ("small", "small", 1.0),
                ("twice", "small", 2.0),
                ("large", "large", 1.0),
                ("half", "large", 0.5)
            ]
        );
    }

    #[test]
    fn a_floor_beside_itself_is_about_one() {
        let work = |n: u64| (0..black_box(200 + n % 2)).fold(n, |sum, step| black_box(sum ^ step));
        let row = Row::new("row", Unit::Nanoseconds)
            .floor(Line::call("floor", &work(CHECKED), work, |answer| answer))
            .contestant(Line::call("again", &work(CHECKED), work, |answer| answer));
        let ratio = row.pass()[1].ratio;
        assert!((0.8..1.25).contains(&ratio), "the same code takes {ratio} of itself");
    }
}
