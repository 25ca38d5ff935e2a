//! What every contestant does, so that a figure compares the edges and never the work.
//!
//! Texts and records are copied because a copy is the least that an answer of one's own can cost:
//! whatever an edge adds stands out. How the types of a peer are copied is the peer's own `Clone`.

/// An eight-field value as users have them: strings, integers, a float, a flag, a vector, an option.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// An integer.
    pub id: u64,
    /// A string of 12 bytes.
    pub name: String,
    /// A string of 42 bytes.
    pub title: String,
    /// A signed integer.
    pub count: i32,
    /// A float.
    pub score: f64,
    /// A flag.
    pub active: bool,
    /// Sixteen numbers.
    pub tags: Vec<u32>,
    /// A string of 26 bytes that may be missing.
    pub note: Option<String>,
}

impl Record {
    /// The record that every contestant is given.
    pub fn sample() -> Record {
        Record {
            id: 81_985_529_216_486_895,
            name: "word-counter".to_owned(),
            title: "counts words, lines and bytes in any input".to_owned(),
            count: -17,
            score: 0.618,
            active: true,
            tags: (1..=16).map(|n| n * n).collect(),
            note: Some("a note of twenty-six bytes".to_owned()),
        }
    }
}

/// A text of `bytes` bytes.
pub fn text(bytes: usize) -> String {
    "keyway fits the slot. ".chars().cycle().take(bytes).collect()
}

/// Two integers in, one out.
#[inline]
pub fn add(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

/// A text in, an own copy out, in the string type of the contestant.
#[inline]
pub fn copy_text<S: for<'a> From<&'a str>>(text: &str) -> S {
    S::from(text)
}

/// A slice in, every byte of it read, their sum out.
#[inline]
pub fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

/// A slice in, only its length and both ends looked at: work that hides nothing of the edge.
#[inline]
pub fn ends(bytes: &[u8]) -> u64 {
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            bytes.len() as u64 ^ (u64::from(*first) << 32) ^ (u64::from(*last) << 40)
        }
        _ => 0,
    }
}

/// The same as a Rust trait, for the contestants that need no other.
pub trait Service {
    /// See [`add`].
    fn add(&self, a: u64, b: u64) -> u64;
    /// See [`copy_text`].
    fn copy_text(&self, text: &str) -> String;
    /// See [`sum`].
    fn sum(&self, bytes: &[u8]) -> u64;
    /// See [`ends`].
    fn ends(&self, bytes: &[u8]) -> u64;
    /// A record in, an own copy out.
    fn copy_record(&self, record: &Record) -> Record;
}

/// The implementation of [`Service`], in whichever image it is linked.
#[derive(Debug)]
pub struct Worker;

impl Service for Worker {
    fn add(&self, a: u64, b: u64) -> u64 {
        add(a, b)
    }
    fn copy_text(&self, text: &str) -> String {
        copy_text(text)
    }
    fn sum(&self, bytes: &[u8]) -> u64 {
        sum(bytes)
    }
    fn ends(&self, bytes: &[u8]) -> u64 {
        ends(bytes)
    }
    fn copy_record(&self, record: &Record) -> Record {
        record.clone()
    }
}

/// A future that is ready at once.
pub async fn at_once(n: u64) -> u64 {
    std::hint::black_box(n) + 1
}

/// A future that keeps its waker at the first poll, wakes it, and is ready at the second.
pub async fn woken_once(n: u64) -> u64 {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return std::task::Poll::Ready(());
        }
        std::hint::black_box(context.waker().clone()).wake();
        std::task::Poll::Pending
    })
    .await;
    std::hint::black_box(n) + 1
}
