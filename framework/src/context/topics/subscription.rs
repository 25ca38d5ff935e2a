//! The end at which events come out.

use std::any::TypeId;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::event::{AnyEvent, Received, Sent, Source};
use super::port::{COMPACT, Inlet, NearInlet, Taken};
use super::publisher::Event;
use super::{QueueCounts, TopicError, shape};
use crate::context::parking;
use crate::interface::ValueShape;
use crate::wire::Format;

/// How many events cross an edge at once, at most.
const AT_ONCE: u32 = 64;

/// The shape of a payload, and the type; `None` stands for any.
pub(crate) type Asked = Option<(Arc<ValueShape>, TypeId)>;

mod sealed {
    use super::{Asked, Sent, TopicError};

    pub trait Read: Sized {
        type Given;
        #[allow(private_interfaces, reason = "nobody can call it")]
        fn shape(topic: &str) -> Result<Asked, TopicError>;
        #[allow(private_interfaces, reason = "nobody can call it")]
        fn read(sent: Sent) -> Option<Self::Given>;
    }
}

/// What can be subscribed to: every payload, which comes as [`Received`], and [`AnyEvent`].
pub trait Payload: sealed::Read + 'static {}

impl<T: Event> Payload for T {}

impl Payload for AnyEvent {}

impl<T: Event> sealed::Read for T {
    type Given = Received<T>;
    fn shape(topic: &str) -> Result<Asked, TopicError> {
        Ok(Some((shape::<T>(topic)?, TypeId::of::<T>())))
    }
    #[allow(private_interfaces, reason = "nobody can call it")]
    fn read(sent: Sent) -> Option<Received<T>> {
        // Both sides' types were compared: what can not be read is no event of theirs.
        sent.read().ok()
    }
}

impl sealed::Read for AnyEvent {
    type Given = Self;
    fn shape(_: &str) -> Result<Asked, TopicError> {
        Ok(None)
    }
    #[allow(private_interfaces, reason = "nobody can call it")]
    fn read(sent: Sent) -> Option<Self> {
        Some(Self::new(sent))
    }
}

/// The events of a topic, one after the other, from [`Context::subscribe`](crate::Context::subscribe) or
/// `Host::subscribe`. They wait in a queue of the host's; who does not read them delays nobody whom the queue does not say.
///
/// It is closed when the plugin or the host stops: what waits can still be read until the plugin's `stop` has returned, and
/// then there is none any more. An event that can not be read, although its type fits, is left out: its publisher wrote
/// something else.
pub struct Subscription<P: Payload> {
    topic: String,
    end: End,
    payload: PhantomData<fn() -> P>,
}

enum End {
    Near(Arc<dyn NearInlet>),
    Far(Far),
}

struct Far {
    inlet: Arc<dyn Inlet>,
    sources: HashMap<u64, Arc<Source>>,
    /// What came across and was not read yet.
    waiting: VecDeque<Sent>,
    closed: bool,
}

impl<P: Payload> Subscription<P> {
    pub(super) fn near(topic: &str, inlet: Arc<dyn NearInlet>) -> Self {
        Self { topic: topic.to_owned(), end: End::Near(inlet), payload: PhantomData }
    }

    pub(crate) fn far(topic: &str, inlet: Arc<dyn Inlet>) -> Self {
        let far = Far { inlet, sources: HashMap::new(), waiting: VecDeque::new(), closed: false };
        Self { topic: topic.to_owned(), end: End::Far(far), payload: PhantomData }
    }

    /// How many publishers it remembers.
    #[cfg(all(test, feature = "host"))]
    pub(crate) fn known(&self) -> usize {
        match &self.end {
            End::Near(_) => 0,
            End::Far(far) => far.sources.len(),
        }
    }

    /// The topic, as it was asked for.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The next event, once there is one; `None` when it is closed and all is read. Dropped before it is done, it loses
    /// nothing.
    pub async fn next(&mut self) -> Option<P::Given> {
        loop {
            let sent = match &mut self.end {
                End::Near(inlet) => poll_fn(|context| inlet.poll_next(context)).await?,
                End::Far(far) => far.next().await?,
            };
            if let Some(event) = P::read(sent) {
                return Some(event);
            }
        }
    }

    /// The next event where there is one already.
    pub fn try_next(&mut self) -> Option<P::Given> {
        loop {
            let sent = match &mut self.end {
                End::Near(inlet) => inlet.take()?,
                End::Far(far) => far.take()?,
            };
            if let Some(event) = P::read(sent) {
                return Some(event);
            }
        }
    }

    /// As [`next`](Self::next), on a thread that waits for so long; `None` also when the time is over.
    pub fn next_within(&mut self, time: Duration) -> Option<P::Given> {
        parking::wait_within(self.next(), time).flatten()
    }

    /// As [`next`](Self::next), on a thread that waits for as long as it takes.
    pub fn wait(&mut self) -> Option<P::Given> {
        parking::wait(self.next())
    }

    /// Whether no more will come and all is read.
    pub fn is_closed(&mut self) -> bool {
        match &mut self.end {
            End::Near(inlet) => inlet.is_over(),
            End::Far(far) => {
                if far.waiting.is_empty() && !far.closed {
                    far.fetch();
                }
                far.waiting.is_empty() && far.closed
            }
        }
    }

    /// What has become of its events so far; as of the last moment it was there.
    ///
    /// **Errors:** the host can not be asked any more.
    pub fn counts(&self) -> Result<QueueCounts, TopicError> {
        match &self.end {
            End::Near(inlet) => Ok(inlet.counts()),
            End::Far(far) => far.inlet.counts(),
        }
    }

    /// Takes no more; what waits can still be read.
    pub fn close(&mut self) {
        match &self.end {
            End::Near(inlet) => inlet.close(),
            // A host that can not be told has closed it.
            End::Far(far) => drop(far.inlet.close()),
        }
    }
}

impl Far {
    async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.closed {
                return None;
            }
            match self.inlet.ready().await {
                Ok(()) => self.fetch(),
                // A host that can not be asked has none any more.
                Err(_) => self.closed = true,
            }
        }
    }

    fn take(&mut self) -> Option<Sent> {
        if self.waiting.is_empty() && !self.closed {
            self.fetch();
        }
        self.waiting.pop_front()
    }

    fn fetch(&mut self) {
        let taken = self.inlet.take(AT_ONCE);
        self.took(taken);
    }

    fn took(&mut self, taken: Result<Taken, TopicError>) {
        // A host that can not be asked has none any more.
        let Ok(Taken { closed, anew, sources, marks, bytes }) = taken else {
            self.closed = true;
            return;
        };
        self.closed = closed;
        if anew {
            self.sources.clear();
        }
        for source in sources {
            // A shape that this side can not judge is of no use to it.
            if let Ok(shape) = ValueShape::from_bytes(&source.shape) {
                let known = Source::new(source.number, &source.topic, &source.publisher, Arc::new(shape));
                self.sources.insert(source.number, known);
            }
        }
        let (bytes, mut from) = (Arc::new(bytes), 0_usize);
        for mark in marks {
            let to = from.saturating_add(usize::try_from(mark.length).unwrap_or(usize::MAX));
            let format = if mark.form == COMPACT { Format::Compact } else { Format::Named };
            if let Some(source) = self.sources.get(&mark.source) {
                self.waiting.push_back(Sent::Far(Arc::clone(source), Arc::clone(&bytes), from..to, format));
            }
            from = to;
        }
    }
}

impl<P: Payload> fmt::Debug for Subscription<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription to `{}`", self.topic)
    }
}
