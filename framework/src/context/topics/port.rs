//! What the host does for whoever publishes and subscribes: as interfaces for every home, and as plain traits for those of
//! the host's own image, whose events are the values themselves.

use std::any::TypeId;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::event::{Local, Sent};
use super::{Queue, QueueCounts, TopicError};
use crate::abi::future::BoxFuture;
use crate::interface::ValueShape;
use crate::{Bytes, Plain, Wire};

/// The compact form, as a bit.
pub(crate) const COMPACT: u32 = 1;
/// The named form, as a bit.
pub(crate) const NAMED: u32 = 2;

/// The host's topics.
#[crate::interface(id = "keyway/topics", version = "1.0")]
pub(crate) trait Topics: Send + Sync {
    /// The right to publish payloads of this shape.
    fn publisher(&self, topic: &str, shape: &[u8]) -> Result<Arc<dyn Outlet>, TopicError>;
    /// A queue for payloads of this shape, or of any where there are no bytes.
    fn subscription(&self, topic: &str, shape: &[u8], queue: Queue) -> Result<Arc<dyn Inlet>, TopicError>;
}

/// A publisher; dropped, it publishes no more.
///
/// `sent` says which forms of the event are there: [`COMPACT`], [`NAMED`]. Where one is wanted that is not there, nothing
/// is delivered, and the answer says so; then the event is sent again.
#[crate::interface(id = "keyway/outlet", version = "1.0")]
pub(crate) trait Outlet: Send + Sync {
    /// Waits in the call for queues that are full and want that.
    fn publish(&self, sent: u32, compact: &[u8], named: &[u8]) -> Result<Outcome, TopicError>;
    /// The same, without a thread that waits.
    async fn publish_later(&self, sent: u32, compact: &[u8], named: &[u8]) -> Result<Outcome, TopicError>;
}

/// A subscriber's queue; dropped, it takes no more.
#[crate::interface(id = "keyway/inlet", version = "1.0")]
pub(crate) trait Inlet: Send + Sync {
    /// Done as soon as there is an event, or the queue is closed. It takes none: the answer to a call that was given up may
    /// be thrown away on its way.
    async fn ready(&self) -> Result<(), TopicError>;
    /// What is there: so many events at most.
    fn take(&self, most: u32) -> Result<Taken, TopicError>;
    /// What became of the events so far.
    fn counts(&self) -> Result<QueueCounts, TopicError>;
    /// Takes no more.
    fn close(&self) -> Result<(), TopicError>;
}

/// What became of an event.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Plain)]
pub(crate) struct Outcome {
    /// How many queues took it.
    pub(crate) received: u32,
    /// How many events were dropped on account of it.
    pub(crate) dropped: u32,
    /// Which forms are wanted.
    pub(crate) wanted: u32,
    /// 1 where a form was lacking, and nothing was delivered.
    pub(crate) again: u32,
}

/// Events out of a queue.
#[derive(Debug, Wire)]
pub(crate) struct Taken {
    /// No more will come.
    pub(crate) closed: bool,
    /// The sources that were said before are to be forgotten.
    pub(crate) anew: bool,
    /// Where events are from, each said once, or once more after they were to be forgotten.
    pub(crate) sources: Vec<SourceData>,
    /// One for each event.
    pub(crate) marks: Vec<Mark>,
    /// The events' bytes, one after the other.
    pub(crate) bytes: Bytes,
}

/// Where events are from.
#[derive(Clone, Debug, Wire)]
pub(crate) struct SourceData {
    /// Its number in this host.
    pub(crate) number: u64,
    /// The topic.
    pub(crate) topic: String,
    /// Who publishes.
    pub(crate) publisher: String,
    /// What.
    pub(crate) shape: Vec<u8>,
}

/// An event among the bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub(crate) struct Mark {
    /// The number of its source.
    pub(crate) source: u64,
    /// How many bytes it has.
    pub(crate) length: u64,
    /// [`COMPACT`] or [`NAMED`].
    pub(crate) form: u32,
    /// 0 for now.
    pub(crate) flags: u32,
}

/// [`Topics`] within one image.
pub(crate) trait SameImage: Send + Sync {
    fn publisher(
        &self,
        topic: &str,
        shape: Arc<ValueShape>,
        of: TypeId,
    ) -> Result<Arc<dyn NearOutlet>, TopicError>;
    fn subscription(
        &self,
        topic: &str,
        of: Option<(Arc<ValueShape>, TypeId)>,
        queue: Queue,
    ) -> Result<Arc<dyn NearInlet>, TopicError>;
}

/// [`Outlet`] within one image.
pub(crate) trait NearOutlet: Send + Sync {
    /// Whether anybody listens; otherwise the event need not even be put into a box.
    fn is_heard(&self) -> Result<bool, TopicError>;
    fn publish(&self, event: Box<dyn Local>) -> Result<Outcome, TopicError>;
    fn publish_later(&self, event: Box<dyn Local>) -> BoxFuture<'_, Result<Outcome, TopicError>>;
}

/// [`Inlet`] within one image.
pub(crate) trait NearInlet: Send + Sync {
    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Sent>>;
    fn take(&self) -> Option<Sent>;
    fn is_over(&self) -> bool;
    fn counts(&self) -> QueueCounts;
    fn close(&self);
}
