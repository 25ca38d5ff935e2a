//! Events: typed topics to which the host and any plugin publish, and to which any of them subscribe.
//!
//! ```text
//! Publisher<Saved> ──► topic `editor/saved` ──┬─► queue ──► Subscription<Saved>
//!                                             └─► queue ──► Subscription<AnyEvent>, of `editor/*`
//! ```
//!
//! The topics and the queues live in the host. Who publishes and who subscribes may know the payload in different versions:
//! under the rules of interfaces they fit or they do not, which is judged when the later of the two comes, and never when an
//! event is published. Within one image an event is the value itself; across an edge it is its bytes, compact where the two
//! sides' types are equal and named where they differ.
//!
//! What a queue does when it is full is its subscriber's choice: see [`Queue`]. How the host delivers is decided in
//! `host/services/topics.rs`; what it tells of its plugins is a topic too: [`Lifecycle`].

use std::any::TypeId;
use std::sync::Arc;

use super::{Context, HOST, Services};
use crate::interface::{Interface as _, ValueShape};

mod error;
mod event;
mod lifecycle;
pub(crate) mod port;
mod publisher;
mod queue;
mod subscription;

pub use error::TopicError;
pub use event::{AnyEvent, Received};
pub use lifecycle::Lifecycle;
pub use publisher::{Event, Published, Publisher};
pub use queue::{Queue, QueueCounts, WhenFull};
pub use subscription::{Payload, Subscription};

#[cfg(feature = "host")]
pub(crate) use event::{Form, Forms, Local, Sent, Source};
use port::{SameImage, Topics};

/// The ways to the host's topics.
pub(crate) enum Reach {
    /// The host is of this image.
    Near(Arc<dyn SameImage>),
    /// It lies behind an edge.
    Far(Arc<dyn Topics>),
}

impl Reach {
    fn of(services: &dyn Services) -> Result<Self, TopicError> {
        let unavailable = |why: String| TopicError::Unavailable { why };
        let mut provided = services.interface(HOST, <dyn Topics>::ID).map_err(unavailable)?;
        if let Some(direct) = provided.direct.take() {
            match direct.downcast::<Arc<dyn SameImage>>() {
                Ok(near) => return Ok(Self::Near(*near)),
                Err(other) => provided.direct = Some(other),
            }
        }
        let far = provided.into_object::<dyn Topics>();
        Ok(Self::Far(far.map_err(|mismatch| unavailable(mismatch.to_string()))?))
    }

    pub(crate) fn publisher<T: Event>(&self, topic: &str) -> Result<Publisher<T>, TopicError> {
        let shape = shape::<T>(topic)?;
        Ok(match self {
            Self::Near(host) => Publisher::near(topic, host.publisher(topic, shape, TypeId::of::<T>())?),
            Self::Far(host) => Publisher::far(topic, host.publisher(topic, shape.bytes())?),
        })
    }

    pub(crate) fn subscribe<P: Payload>(
        &self,
        topic: &str,
        queue: Queue,
    ) -> Result<Subscription<P>, TopicError> {
        let of = P::shape(topic)?;
        Ok(match self {
            Self::Near(host) => Subscription::near(topic, host.subscription(topic, of, queue)?),
            Self::Far(host) => {
                let shape = of.as_ref().map_or(&[][..], |(shape, _)| shape.bytes());
                Subscription::far(topic, host.subscription(topic, shape, queue)?)
            }
        })
    }
}

fn shape<T: Event>(topic: &str) -> Result<Arc<ValueShape>, TopicError> {
    ValueShape::of::<T>().map_err(|why| TopicError::Unsendable { topic: topic.to_owned(), why })
}

impl Context {
    /// The right to publish events of a topic, for as long as the value or a clone of it is held and the plugin runs.
    ///
    /// A topic needs no declaration: it is there while somebody publishes or subscribes to it.
    ///
    /// ```
    /// use std::sync::Mutex;
    ///
    /// use keyway::context::topics::{Publisher, Queue, Subscription};
    /// use keyway::{Context, Plugin, StartError, Wire};
    ///
    /// /// What `editor/saved` tells.
    /// #[derive(Clone, Debug, Wire)]
    /// pub struct Saved {
    ///     pub path: String,
    ///     #[wire(default)]
    ///     pub lines: u64,
    /// }
    ///
    /// #[keyway::plugin(id = "editor/autosave")]
    /// pub struct Autosave {
    ///     saved: Publisher<Saved>,
    /// }
    ///
    /// impl Plugin for Autosave {
    ///     fn start(context: &Context) -> Result<Self, StartError> {
    ///         Ok(Self { saved: context.publisher("editor/saved")? })
    ///     }
    /// }
    ///
    /// #[keyway::plugin(id = "editor/spelling")]
    /// pub struct Spelling {
    ///     seen: Mutex<Subscription<Saved>>,
    /// }
    ///
    /// impl Plugin for Spelling {
    ///     fn start(context: &Context) -> Result<Self, StartError> {
    ///         let seen = context.subscribe("editor/saved", Queue::bounded(64).drop_oldest())?;
    ///         Ok(Self { seen: Mutex::new(seen) })
    ///     }
    /// }
    /// ```
    ///
    /// **Errors:** [`TopicError`]: no id of a topic; one of the host's own, in the namespace `keyway`; a payload that does
    /// not fit a subscriber who is there already, with the path to each field; the host has stopped.
    pub fn publisher<T: Event>(&self, topic: &str) -> Result<Publisher<T>, TopicError> {
        Reach::of(&*self.services)?.publisher(topic)
    }

    /// The events of a topic from now on, through a queue of one's own. `Subscription<AnyEvent>` takes events of any type,
    /// and of a whole namespace where the topic is `namespace/*`; each is then read as what its topic says.
    ///
    /// The subscription ends when it is dropped, and before the plugin's `stop` is called: what waits can still be read
    /// there, and after it nothing.
    ///
    /// **Errors:** [`TopicError`]: no id of a topic; a payload that does not fit a publisher who is there already, with the
    /// path to each field; a queue that the host would have to wait for, in the namespace `keyway`; the host has stopped.
    pub fn subscribe<P: Payload>(&self, topic: &str, queue: Queue) -> Result<Subscription<P>, TopicError> {
        Reach::of(&*self.services)?.subscribe(topic, queue)
    }
}
