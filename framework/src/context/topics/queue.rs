//! What a subscriber says of its queue, and what can be read of it. The queue itself is the host's.

use crate::Wire;

/// How many events may wait for a subscriber, and what happens when one more comes.
///
/// | | the publisher | the subscriber |
/// |---|---|---|
/// | as it is | waits until there is room, or the subscriber goes, or its own plugin is stopped | sees every event |
/// | [`drop_oldest`](Self::drop_oldest) | never waits | sees the last events |
/// | [`drop_newest`](Self::drop_newest) | never waits | sees the first events |
///
/// A publisher that waits holds nothing of the host's, and nobody else waits for it. One who reads what it publishes
/// itself, in the same thread, would wait for itself without end: let such a queue drop, or await
/// [`publish_async`](super::Publisher::publish_async) beside the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub struct Queue {
    capacity: u32,
    when_full: WhenFull,
}

/// What happens to an event for which there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Wire)]
#[non_exhaustive]
pub enum WhenFull {
    /// Its publisher waits.
    Block,
    /// It takes the place of the one that has waited longest.
    DropOldest,
    /// It is dropped. Also what a host does that does not know a policy which came later.
    #[wire(default)]
    DropNewest,
}

impl WhenFull {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::DropOldest => "drop oldest",
            Self::DropNewest => "drop newest",
        }
    }
}

impl std::fmt::Display for WhenFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl Queue {
    /// A queue for so many events, one at least, whose publishers wait when it is full.
    pub const fn bounded(events: u32) -> Self {
        Self { capacity: if events == 0 { 1 } else { events }, when_full: WhenFull::Block }
    }

    /// The same, where a new event takes the place of the oldest.
    #[must_use]
    pub const fn drop_oldest(self) -> Self {
        Self { when_full: WhenFull::DropOldest, ..self }
    }

    /// The same, where a new event is dropped.
    #[must_use]
    pub const fn drop_newest(self) -> Self {
        Self { when_full: WhenFull::DropNewest, ..self }
    }

    /// For how many events there is room; 1 at least, also where another side wrote less.
    pub const fn capacity(self) -> u32 {
        if self.capacity == 0 { 1 } else { self.capacity }
    }

    /// What happens when one more comes.
    pub const fn when_full(self) -> WhenFull {
        self.when_full
    }
}

/// What has become of a subscriber's events: each was delivered, was dropped, or waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Wire)]
#[non_exhaustive]
pub struct QueueCounts {
    /// How many wait.
    pub waiting: u64,
    /// How many went to the subscriber; across an edge several at a time, of which it may have read only some.
    pub delivered: u64,
    /// How many were dropped for want of room.
    pub dropped: u64,
}

#[cfg(feature = "host")]
impl QueueCounts {
    pub(crate) const fn new(waiting: u64, delivered: u64, dropped: u64) -> Self {
        Self { waiting, delivered, dropped }
    }
}
