//! The host's program among its plugins: it publishes, subscribes, asks and answers as they do.

use std::sync::Arc;
use std::time::Duration;

use super::Host;
use super::services::topics::TopicInfo;
use crate::Wire;
use crate::context::parking;
use crate::context::router::{self, Answering, AskError};
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
    /// let mut seen = host.subscribe::<Saved>("notes/saved", Queue::bounded(64).drop_oldest())?;
    /// let mut all = host.subscribe::<AnyEvent>("notes/*", Queue::bounded(64).drop_oldest())?;
    ///
    /// let saved = host.publisher("notes/saved")?;
    /// assert_eq!(saved.publish(Saved { path: "a.txt".into() })?.received, 2);
    ///
    /// assert_eq!(seen.try_next().expect("it was published").path, "a.txt");
    /// let any = all.try_next().expect("it was published");
    /// assert_eq!((any.topic(), any.publisher()), ("notes/saved", "keyway/host"));
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

    /// Answers questions under a name, to plugins that ask `keyway/host`: as [`Context::answer`](crate::Context::answer).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use keyway::host::Host;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::builder("example", "1.0.0").start()?;
    /// let _double = host.answer("double", |number: u64| async move { number * 2 })?;
    /// let second = Duration::from_secs(1);
    /// assert_eq!(host.ask_and_wait::<_, u64>("keyway/host", "double", &21_u64, second)?, 42);
    ///
    /// let refused = host.ask_and_wait::<_, String>("keyway/host", "double", &21_u64, second).unwrap_err();
    /// assert_eq!(refused.code(), "answer-mismatch");
    /// assert!(refused.to_string().ends_with("at `answer`: the asker has String and the answerer has u64"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// **Errors:** as there.
    pub fn answer<Q, A, F>(
        &self,
        name: &str,
        with: impl Fn(Q) -> F + Send + Sync + 'static,
    ) -> Result<Answering, AskError>
    where
        Q: Wire + Send + 'static,
        A: Wire + 'static,
        F: Future<Output = A> + Send + 'static,
    {
        router::answer(&*self.core.talk.router(&self.core), name, with)
    }

    /// Asks a plugin, and awaits the answer for so long: as [`Context::ask`](crate::Context::ask).
    ///
    /// **Errors:** as there.
    pub async fn ask<Q: Wire + Sync, A: Wire>(
        &self,
        plugin: &str,
        name: &str,
        question: &Q,
        within: Duration,
    ) -> Result<A, AskError> {
        let here = self.core.talk.router(&self.core);
        router::ask(&*here, (plugin, name), question, within).await
    }

    /// As [`ask`](Self::ask), on a thread that waits.
    ///
    /// **Errors:** as there.
    pub fn ask_and_wait<Q: Wire + Sync, A: Wire>(
        &self,
        plugin: &str,
        name: &str,
        question: &Q,
        within: Duration,
    ) -> Result<A, AskError> {
        parking::wait(self.ask(plugin, name, question, within))
    }

    fn topics_from_here(&self) -> Reach {
        Reach::Near(Arc::clone(&self.core.talk.host) as _)
    }
}
