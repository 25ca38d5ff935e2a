//! The host's program among its plugins: it publishes, subscribes, asks and answers as they do.

use std::sync::Arc;

use super::Host;
use super::services::topics::TopicInfo;
use crate::context::topics::{Event, Payload, Publisher, Queue, Reach, Subscription, TopicError};

impl Host {
    /// The right to publish events of a topic: as [`Context::publisher`](crate::Context::publisher), as `keyway/host`.
    ///
    /// ```
    /// use keyway::Wire;
    /// use keyway::context::topics::{AnyEvent, Queue};
    /// use keyway::host::Host;
    ///
    /// #[derive(Clone, Debug, Wire)]
    /// struct Saved {
    ///     path: String,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::builder("example", "1.0.0").start()?;
    /// let mut seen = host.subscribe::<Saved>("editor/saved", Queue::bounded(64).drop_oldest())?;
    /// let mut all = host.subscribe::<AnyEvent>("editor/*", Queue::bounded(64).drop_oldest())?;
    ///
    /// let saved = host.publisher("editor/saved")?;
    /// assert_eq!(saved.publish(Saved { path: "a.txt".into() })?.received, 2);
    ///
    /// assert_eq!(seen.try_next().expect("it was published").path, "a.txt");
    /// let any = all.try_next().expect("it was published");
    /// assert_eq!((any.topic(), any.publisher()), ("editor/saved", "keyway/host"));
    /// assert_eq!(any.read::<Saved>()?.path, "a.txt");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Errors:** as there.
    pub fn publisher<T: Event>(&self, topic: &str) -> Result<Publisher<T>, TopicError> {
        self.topics_from_here().publisher(topic)
    }

    /// The events of a topic from now on: as [`Context::subscribe`](crate::Context::subscribe).
    ///
    /// It is closed when the host stops; what waits can still be read then.
    ///
    /// **Errors:** as there.
    pub fn subscribe<P: Payload>(&self, topic: &str, queue: Queue) -> Result<Subscription<P>, TopicError> {
        self.topics_from_here().subscribe(topic, queue)
    }

    /// Every topic that somebody publishes or subscribes to, by id, with the counts of each queue.
    pub fn topics(&self) -> Vec<TopicInfo> {
        self.core.talk.hub.list()
    }

    fn topics_from_here(&self) -> Reach {
        Reach::Near(Arc::clone(&self.core.talk.host) as _)
    }
}
