//! One plugin among the topics, or the host itself: what it holds, and how that ends.

use std::any::TypeId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::ends::{InletEnd, OutletEnd};
use super::gate::Gate;
use super::{Hub, Line, Listener, Wanted};
use crate::context::topics::port::{Inlet, NearInlet, NearOutlet, Outlet, SameImage, Topics};
use crate::context::topics::{Queue, TopicError};
use crate::interface::ValueShape;

/// Whoever publishes and subscribes.
pub(in crate::host) struct Member {
    hub: Arc<Hub>,
    id: String,
    gate: Arc<Gate>,
    framework: bool,
    /// What it holds, to be closed.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    lines: Vec<Weak<Line>>,
    listeners: Vec<Weak<Listener>>,
}

impl Member {
    /// A plugin, or the host's program.
    pub(in crate::host) fn new(hub: &Arc<Hub>, id: &str) -> Self {
        let (hub, gate) = (Arc::clone(hub), Arc::default());
        Self { hub, id: id.to_owned(), gate, framework: false, held: Mutex::default() }
    }

    /// The framework itself.
    pub(super) fn framework(hub: &Arc<Hub>, id: &str) -> Self {
        Self { framework: true, ..Self::new(hub, id) }
    }

    pub(in crate::host) fn id(&self) -> &str {
        &self.id
    }

    pub(in crate::host) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    pub(super) fn is_framework(&self) -> bool {
        self.framework
    }

    /// Before the plugin's `stop`: nothing of it waits any more, and its subscriptions take no more.
    pub(in crate::host) fn drain(&self) {
        self.gate.drain();
        self.leave(false);
    }

    /// After it: nothing of it works any more.
    pub(in crate::host) fn close(&self) {
        self.gate.close();
        self.leave(true);
        let lines: Vec<_> = self.held().lines.iter().filter_map(Weak::upgrade).collect();
        lines.iter().for_each(|line| self.hub.retire(line));
    }

    fn leave(&self, forget: bool) {
        let listeners: Vec<_> = self.held().listeners.iter().filter_map(Weak::upgrade).collect();
        listeners.iter().for_each(|listener| self.hub.leave(listener, forget));
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outlet(
        &self,
        topic: &str,
        shape: Arc<ValueShape>,
        of: Option<TypeId>,
    ) -> Result<Arc<OutletEnd>, TopicError> {
        let line = self.hub.publish(self, topic, shape, of)?;
        let mut held = self.held();
        held.lines.retain(|line| line.strong_count() > 0);
        held.lines.push(Arc::downgrade(&line));
        drop(held);
        if self.gate.is_closed() {
            // It was stopped in between.
            self.hub.retire(&line);
        }
        Ok(Arc::new(OutletEnd { hub: Arc::clone(&self.hub), line }))
    }

    pub(super) fn inlet(&self, topic: &str, wanted: Wanted) -> Result<Arc<InletEnd>, TopicError> {
        let listener = self.hub.subscribe(self, topic, wanted)?;
        let mut held = self.held();
        held.listeners.retain(|listener| listener.strong_count() > 0);
        held.listeners.push(Arc::downgrade(&listener));
        drop(held);
        if !self.gate.may_wait() {
            // It was stopped in between.
            self.hub.leave(&listener, true);
        }
        Ok(Arc::new(InletEnd::new(&self.hub, listener)))
    }
}

impl SameImage for Member {
    fn publisher(
        &self,
        topic: &str,
        shape: Arc<ValueShape>,
        of: TypeId,
    ) -> Result<Arc<dyn NearOutlet>, TopicError> {
        Ok(self.outlet(topic, shape, Some(of))?)
    }

    fn subscription(
        &self,
        topic: &str,
        of: Option<(Arc<ValueShape>, TypeId)>,
        queue: Queue,
    ) -> Result<Arc<dyn NearInlet>, TopicError> {
        let (shape, of) = of.unzip();
        Ok(self.inlet(topic, Wanted { shape, of, near: true, queue })?)
    }
}

impl Topics for Member {
    fn publisher(&self, topic: &str, shape: &[u8]) -> Result<Arc<dyn Outlet>, TopicError> {
        Ok(self.outlet(topic, read(topic, shape)?, None)?)
    }

    fn subscription(&self, topic: &str, shape: &[u8], queue: Queue) -> Result<Arc<dyn Inlet>, TopicError> {
        let shape = if shape.is_empty() { None } else { Some(read(topic, shape)?) };
        Ok(self.inlet(topic, Wanted { shape, of: None, near: false, queue })?)
    }
}

fn read(topic: &str, shape: &[u8]) -> Result<Arc<ValueShape>, TopicError> {
    let shape = ValueShape::from_bytes(shape);
    Ok(Arc::new(shape.map_err(|why| TopicError::Unsendable { topic: topic.to_owned(), why })?))
}
