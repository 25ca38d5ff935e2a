//! The end at which events go in.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::TopicError;
use super::event::encode;
use super::port::{COMPACT, NAMED, NearOutlet, Outcome, Outlet};
use crate::wire::{Format, Wire};

/// What can be published: data that crosses edges and threads. Every such type is one.
pub trait Event: Wire + Send + Sync + 'static {}

impl<T: Wire + Send + Sync + 'static> Event for T {}

/// The right to publish events of one topic, from [`Context::publisher`](crate::Context::publisher) or
/// `Host::publisher`. Its clones are the same publisher.
///
/// Events that one publisher publishes one after the other reach every subscriber in that order. Of those of two
/// publishers, or of two threads at once, either may come first.
pub struct Publisher<T> {
    topic: Arc<str>,
    end: End,
    payload: PhantomData<fn(T)>,
}

#[derive(Clone)]
enum End {
    Near(Arc<dyn NearOutlet>),
    Far(Arc<Far>),
}

struct Far {
    outlet: Arc<dyn Outlet>,
    /// The forms that were wanted last.
    wanted: AtomicU32,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// How many subscribers' queues took it.
    pub received: usize,
    /// How many events were dropped for want of room: this one, or an older one in its place.
    pub dropped: usize,
}

impl From<Outcome> for Published {
    fn from(outcome: Outcome) -> Self {
        Self { received: outcome.received as usize, dropped: outcome.dropped as usize }
    }
}

/// The forms of an event that are wanted.
struct Encoded {
    sent: u32,
    compact: Vec<u8>,
    named: Vec<u8>,
}

impl Encoded {
    fn of<T: Event>(event: &T, wanted: u32) -> Self {
        let form = |bit, format| if wanted & bit == 0 { Vec::new() } else { encode(event, format) };
        Self {
            sent: wanted & (COMPACT | NAMED),
            compact: form(COMPACT, Format::Compact),
            named: form(NAMED, Format::Named),
        }
    }
}

impl Far {
    /// Whether it is to be sent again, in the forms that are wanted now.
    fn again(&self, outcome: Outcome) -> bool {
        self.wanted.store(outcome.wanted, Ordering::Relaxed);
        outcome.again != 0
    }

    fn encoded<T: Event>(&self, event: &T) -> Encoded {
        Encoded::of(event, self.wanted.load(Ordering::Relaxed))
    }
}

impl<T: Event> Publisher<T> {
    pub(super) fn near(topic: &str, outlet: Arc<dyn NearOutlet>) -> Self {
        Self { topic: topic.into(), end: End::Near(outlet), payload: PhantomData }
    }

    pub(super) fn far(topic: &str, outlet: Arc<dyn Outlet>) -> Self {
        // Nobody may listen: then nothing need be encoded. The host says what it wants.
        let far = Far { outlet, wanted: AtomicU32::new(0) };
        Self { topic: topic.into(), end: End::Far(Arc::new(far)), payload: PhantomData }
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Gives an event to every subscriber that is there now. This thread waits for those whose queue is full and asks for
    /// that: see [`Queue`](super::Queue).
    ///
    /// **Errors:** [`TopicError::Closed`] when the plugin or the host has stopped.
    pub fn publish(&self, event: T) -> Result<Published, TopicError> {
        match &self.end {
            End::Near(outlet) if outlet.is_heard()? => Ok(outlet.publish(Box::new(event))?.into()),
            End::Near(_) => Ok(Published::default()),
            End::Far(far) => loop {
                let Encoded { sent, compact, named } = far.encoded(&event);
                let outcome = far.outlet.publish(sent, &compact, &named)?;
                if !far.again(outcome) {
                    return Ok(outcome.into());
                }
            },
        }
    }

    /// As [`publish`](Self::publish), where the task waits and not the thread. Dropped before it is done, it leaves the
    /// event with those who have it; for the others it is dropped.
    ///
    /// **Errors:** as [`publish`](Self::publish).
    pub async fn publish_async(&self, event: T) -> Result<Published, TopicError> {
        match &self.end {
            End::Near(outlet) if outlet.is_heard()? => {
                Ok(outlet.publish_later(Box::new(event)).await?.into())
            }
            End::Near(_) => Ok(Published::default()),
            End::Far(far) => loop {
                let Encoded { sent, compact, named } = far.encoded(&event);
                let outcome = far.outlet.publish_later(sent, &compact, &named).await?;
                if !far.again(outcome) {
                    return Ok(outcome.into());
                }
            },
        }
    }
}

impl<T> Clone for Publisher<T> {
    fn clone(&self) -> Self {
        Self { topic: Arc::clone(&self.topic), end: self.end.clone(), payload: PhantomData }
    }
}

impl<T> fmt::Debug for Publisher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Publisher of `{}`", self.topic)
    }
}
