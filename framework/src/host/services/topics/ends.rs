//! The two ends of a topic, as whoever holds them has them: within the host's image, and behind an edge.

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use super::deliver::Delivery;
use super::queue::Item;
use super::{Hub, Line, Listener, Routes, VALUE};
use crate::Bytes;
use crate::abi::future::{BoxFuture, boxed};
use crate::context::parking;
use crate::context::topics::port::{
    COMPACT, Inlet, Mark, NAMED, NearInlet, NearOutlet, Outcome, Outlet, SourceData, Taken,
};
use crate::context::topics::{Forms, Local, QueueCounts, Sent, TopicError};
use crate::wire::Format;

/// Of how many sources a subscriber behind an edge is told before it is to forget them.
const TOLD: usize = 1024;

impl Line {
    pub(super) fn is_heard(&self) -> bool {
        !self.routes.load().list.is_empty()
    }

    fn open(&self) -> Result<(), TopicError> {
        if self.gate.is_closed() {
            return Err(TopicError::Closed { topic: self.source.topic.to_string() });
        }
        Ok(())
    }

    pub(super) fn deliver_value(&self, value: Box<dyn Local>) -> Delivery {
        let routes = self.routes.load();
        // The publisher's own code, under no lock.
        let compact = encoded(&*value, routes.wanted & COMPACT, Format::Compact);
        let named = encoded(&*value, routes.wanted & NAMED, Format::Named);
        let value = (routes.wanted & VALUE != 0).then_some(value);
        self.deliver(&routes, Forms { source: Arc::clone(&self.source), value, compact, named })
    }

    /// Gives an event that came as bytes to all, or to nobody where a form is lacking.
    fn deliver_bytes(&self, sent: u32, compact: &[u8], named: &[u8]) -> Result<Delivery, Outcome> {
        let routes = self.routes.load();
        let wanted = routes.wanted & (COMPACT | NAMED);
        if wanted & !sent != 0 {
            return Err(Outcome { wanted, again: 1, ..Outcome::default() });
        }
        let kept = |bit, bytes: &[u8]| if wanted & bit == 0 { Vec::new() } else { bytes.to_vec() };
        let (compact, named) = (kept(COMPACT, compact), kept(NAMED, named));
        let forms = Forms { source: Arc::clone(&self.source), value: None, compact, named };
        Ok(self.deliver(&routes, forms))
    }

    fn deliver(&self, routes: &Routes, forms: Forms) -> Delivery {
        self.published.fetch_add(1, Ordering::Relaxed);
        let mut delivery = Delivery::new(&self.gate);
        delivery.wants(routes.wanted & (COMPACT | NAMED));
        let forms = Arc::new(forms);
        for (listener, form) in &routes.list {
            delivery.to(listener, (Arc::clone(&forms), *form));
        }
        delivery
    }
}

fn encoded(value: &dyn Local, wanted: u32, format: Format) -> Vec<u8> {
    if wanted == 0 { Vec::new() } else { value.encode(format) }
}

/// A publisher that somebody holds.
pub(super) struct OutletEnd {
    pub(super) hub: Arc<Hub>,
    pub(super) line: Arc<Line>,
}

impl Drop for OutletEnd {
    fn drop(&mut self) {
        self.hub.retire(&self.line);
    }
}

impl NearOutlet for OutletEnd {
    fn is_heard(&self) -> Result<bool, TopicError> {
        self.line.open()?;
        let heard = self.line.is_heard();
        if !heard {
            self.line.published.fetch_add(1, Ordering::Relaxed);
        }
        Ok(heard)
    }

    fn publish(&self, event: Box<dyn Local>) -> Result<Outcome, TopicError> {
        self.line.open()?;
        Ok(self.line.deliver_value(event).at_once().unwrap_or_else(parking::wait))
    }

    fn publish_later(&self, event: Box<dyn Local>) -> BoxFuture<'_, Result<Outcome, TopicError>> {
        boxed(async move {
            self.line.open()?;
            Ok(self.line.deliver_value(event).await)
        })
    }
}

#[crate::interface]
impl Outlet for OutletEnd {
    fn publish(&self, sent: u32, compact: &[u8], named: &[u8]) -> Result<Outcome, TopicError> {
        self.line.open()?;
        Ok(match self.line.deliver_bytes(sent, compact, named) {
            Ok(delivery) => delivery.at_once().unwrap_or_else(parking::wait),
            Err(again) => again,
        })
    }

    async fn publish_later(&self, sent: u32, compact: &[u8], named: &[u8]) -> Result<Outcome, TopicError> {
        self.line.open()?;
        Ok(match self.line.deliver_bytes(sent, compact, named) {
            Ok(delivery) => delivery.await,
            Err(again) => again,
        })
    }
}

fn near((forms, form): Item) -> Sent {
    Sent::Near(forms, form)
}

/// A subscription that somebody holds.
pub(super) struct InletEnd {
    hub: Arc<Hub>,
    listener: Arc<Listener>,
    /// The sources that were said to the other side.
    told: Mutex<HashSet<u64>>,
}

impl Drop for InletEnd {
    fn drop(&mut self) {
        self.hub.leave(&self.listener, true);
    }
}

impl InletEnd {
    pub(super) fn new(hub: &Arc<Hub>, listener: Arc<Listener>) -> Self {
        Self { hub: Arc::clone(hub), listener, told: Mutex::default() }
    }

    #[cfg(test)]
    pub(super) fn told(&self) -> usize {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Events as they cross an edge.
    fn taken(&self, events: Vec<Item>, closed: bool) -> Taken {
        let events: Vec<Sent> = events.into_iter().map(near).collect();
        let (mut sources, mut marks) = (Vec::new(), Vec::with_capacity(events.len()));
        let mut bytes = Vec::with_capacity(events.iter().filter_map(Sent::bytes).map(|it| it.1.len()).sum());
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // What was taken may be from as many more.
        let anew = told.len() + events.len() > TOLD && !told.is_empty();
        if anew {
            told.clear();
        }
        for event in &events {
            let Some((format, own)) = event.bytes() else { continue };
            let source = event.source();
            if told.insert(source.number) {
                sources.push(SourceData {
                    number: source.number,
                    topic: source.topic.to_string(),
                    publisher: source.publisher.to_string(),
                    shape: source.shape.bytes().to_vec(),
                });
            }
            let form = if format == Format::Compact { COMPACT } else { NAMED };
            marks.push(Mark { source: source.number, length: own.len() as u64, form, flags: 0 });
            bytes.extend_from_slice(own);
        }
        drop(told);
        Taken { closed, anew, sources, marks, bytes: Bytes::from(bytes) }
    }
}

impl NearInlet for InletEnd {
    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Sent>> {
        self.listener.queue.poll_pop(context).map(|item| item.map(near))
    }
    fn take(&self) -> Option<Sent> {
        self.listener.queue.pop().map(near)
    }
    fn is_over(&self) -> bool {
        self.listener.queue.is_over()
    }
    fn counts(&self) -> QueueCounts {
        self.listener.queue.counts()
    }
    fn close(&self) {
        self.hub.leave(&self.listener, false);
    }
}

#[crate::interface]
impl Inlet for InletEnd {
    async fn ready(&self) -> Result<(), TopicError> {
        poll_fn(|context| self.listener.queue.poll_ready(context)).await;
        Ok(())
    }

    fn take(&self, most: u32) -> Result<Taken, TopicError> {
        let (events, over) = self.listener.queue.pop_many(most as usize);
        Ok(self.taken(events, over))
    }

    fn counts(&self) -> Result<QueueCounts, TopicError> {
        Ok(self.listener.queue.counts())
    }

    fn close(&self) -> Result<(), TopicError> {
        self.hub.leave(&self.listener, false);
        Ok(())
    }
}
