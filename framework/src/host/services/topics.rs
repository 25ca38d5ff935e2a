//! The host's topics: who publishes, who subscribes, and which form of an event goes to whom.
//!
//! Each publisher has a list of its subscribers, with the form that each one takes, which is made anew when somebody comes
//! or goes; to publish is to read that list and to put the event into one queue after the other. The lock of the lists is
//! never held while an event is delivered, dropped or encoded, and neither is any other lock of the host's.
//!
//! | publisher | subscriber | form |
//! |---|---|---|
//! | of this image | of this image, the same type, or any | the value |
//! | else | equal shape | compact |
//! | else | another shape that fits, or any | named |

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use self::gate::Gate;
use self::queue::Queue;
use crate::context::HOST;
use crate::context::topics::port::{COMPACT, NAMED};
use crate::context::topics::{Form, Lifecycle, Queue as Settings, Source, TopicError, WhenFull};
use crate::id::TopicId;
use crate::interface::ValueShape;

mod deliver;
mod ends;
pub(in crate::host) mod gate;
mod list;
mod member;
mod queue;
#[cfg(test)]
mod tests;

pub use list::{PublisherInfo, SubscriberInfo, TopicInfo};
pub(in crate::host) use member::Member;

/// The namespace in which the host alone publishes.
const OWN: &str = "keyway";

/// All topics of one host.
#[derive(Default)]
pub(in crate::host) struct Hub {
    numbers: AtomicU64,
    lists: Mutex<Lists>,
}

#[derive(Default)]
struct Lists {
    topics: BTreeMap<String, Topic>,
    /// Those who subscribe to a whole namespace, by it.
    namespaces: BTreeMap<String, Vec<Arc<Listener>>>,
    closed: bool,
}

#[derive(Default)]
struct Topic {
    lines: Vec<Arc<Line>>,
    listeners: Vec<Arc<Listener>>,
}

/// A publisher, as the host knows it.
struct Line {
    source: Arc<Source>,
    /// The type, where it is of this image.
    of: Option<TypeId>,
    gate: Arc<Gate>,
    routes: ArcSwap<Routes>,
    published: AtomicU64,
}

/// To whom a publisher's events go.
#[derive(Default)]
struct Routes {
    list: Vec<(Arc<Listener>, Form)>,
    /// The forms that are wanted, as bits; one for the value, too.
    wanted: u32,
}

/// The value itself, as a bit.
const VALUE: u32 = 1 << 31;

/// A subscriber, as the host knows it.
struct Listener {
    number: u64,
    /// As it asked for it.
    topic: String,
    subscriber: String,
    /// `None` where it takes any.
    shape: Option<Arc<ValueShape>>,
    of: Option<TypeId>,
    /// Of this image.
    near: bool,
    queue: Queue,
}

/// What somebody asks for.
struct Wanted {
    shape: Option<Arc<ValueShape>>,
    of: Option<TypeId>,
    near: bool,
    queue: Settings,
}

/// What is to be dropped when the lock is open again.
#[derive(Default)]
struct Old(Vec<Arc<Routes>>);

impl Hub {
    fn lock(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A publisher more.
    fn publish(
        &self,
        member: &Member,
        topic: &str,
        shape: Arc<ValueShape>,
        of: Option<TypeId>,
    ) -> Result<Arc<Line>, TopicError> {
        let id = TopicId::new(topic).map_err(|invalid| TopicError::Invalid { why: invalid.to_string() })?;
        if id.namespace() == OWN && !member.is_framework() {
            return Err(TopicError::Reserved { topic: topic.to_owned() });
        }
        let source = Source::new(self.number(), topic, member.id(), shape);
        let line = Line {
            source,
            of,
            gate: Arc::clone(member.gate()),
            routes: ArcSwap::default(),
            published: AtomicU64::new(0),
        };
        let line = Arc::new(line);
        let mut lists = self.lock();
        if lists.closed || member.gate().is_closed() {
            return Err(TopicError::Closed { topic: topic.to_owned() });
        }
        if let Some(known) = lists.topics.get(topic) {
            known.listeners.iter().try_for_each(|listener| line.fits(listener).map(drop))?;
        }
        lists.topics.entry(topic.to_owned()).or_default().lines.push(Arc::clone(&line));
        let old = lists.route(topic);
        drop(lists);
        drop(old);
        Ok(line)
    }

    /// A subscriber more.
    fn subscribe(&self, member: &Member, topic: &str, wanted: Wanted) -> Result<Arc<Listener>, TopicError> {
        let namespace = topic.strip_suffix("/*");
        // A namespace is what may stand before any name.
        let id =
            TopicId::new(&namespace.map_or_else(|| topic.to_owned(), |namespace| format!("{namespace}/x")));
        let id = id.map_err(|invalid| TopicError::Invalid { why: invalid.to_string() })?;
        let Wanted { shape, of, near, queue } = wanted;
        if namespace.is_some() && shape.is_some() {
            return Err(TopicError::Untyped { topic: topic.to_owned() });
        }
        if id.namespace() == OWN && queue.when_full() == WhenFull::Block {
            return Err(TopicError::Waits { topic: topic.to_owned() });
        }
        let (number, queue) = (self.number(), Queue::new(queue));
        let (topic, subscriber) = (topic.to_owned(), member.id().to_owned());
        let listener = Arc::new(Listener { number, topic, subscriber, shape, of, near, queue });
        let mut lists = self.lock();
        if lists.closed || !member.gate().may_wait() {
            return Err(TopicError::Closed { topic: listener.topic.clone() });
        }
        if let Some(known) = lists.topics.get(&listener.topic) {
            known.lines.iter().try_for_each(|line| line.fits(&listener).map(drop))?;
        }
        let old = match namespace {
            Some(namespace) => {
                lists.namespaces.entry(namespace.to_owned()).or_default().push(Arc::clone(&listener));
                lists.route_namespace(namespace)
            }
            None => {
                let topic = lists.topics.entry(listener.topic.clone()).or_default();
                topic.listeners.push(Arc::clone(&listener));
                lists.route(&listener.topic)
            }
        };
        drop(lists);
        drop(old);
        Ok(listener)
    }

    /// A publisher has gone.
    fn retire(&self, line: &Line) {
        let mut lists = self.lock();
        let topic = &*line.source.topic;
        if let Some(known) = lists.topics.get_mut(topic) {
            known.lines.retain(|other| !std::ptr::eq(&raw const **other, line));
        }
        lists.tidy(topic);
        let old = line.routes.swap(Arc::default());
        drop(lists);
        drop(old);
    }

    /// A subscriber has gone. Its queue takes no more; what waits there is forgotten where that is said.
    fn leave(&self, listener: &Listener, forget: bool) {
        let mut lists = self.lock();
        let old = match listener.topic.strip_suffix("/*") {
            Some(namespace) => {
                if let Some(listeners) = lists.namespaces.get_mut(namespace) {
                    listeners.retain(|other| other.number != listener.number);
                }
                lists.route_namespace(namespace)
            }
            None => {
                if let Some(known) = lists.topics.get_mut(&listener.topic) {
                    known.listeners.retain(|other| other.number != listener.number);
                }
                lists.route(&listener.topic)
            }
        };
        lists.namespaces.retain(|_, listeners| !listeners.is_empty());
        lists.tidy(&listener.topic);
        drop(lists);
        drop(old);
        listener.queue.close(forget);
    }

    /// The host has stopped: nothing is published any more, and what waits can still be read.
    pub(in crate::host) fn close(&self) {
        let mut lists = self.lock();
        lists.closed = true;
        let topics = std::mem::take(&mut lists.topics);
        let namespaces = std::mem::take(&mut lists.namespaces);
        drop(lists);
        let listeners = topics.values().flat_map(|topic| &topic.listeners);
        for listener in listeners.chain(namespaces.values().flatten()) {
            listener.queue.close(false);
        }
        for line in topics.values().flat_map(|topic| &topic.lines) {
            line.gate.close();
            drop(line.routes.swap(Arc::default()));
        }
    }
}

impl Lists {
    /// Makes the lists of a topic's publishers anew.
    fn route(&self, topic: &str) -> Old {
        let Some(known) = self.topics.get(topic) else { return Old::default() };
        let namespace = topic.split('/').next().unwrap_or_default();
        let any = self.namespaces.get(namespace);
        let swapped = known.lines.iter().map(|line| {
            let before = line.routes.load();
            // Shapes are compared once for each pair, however long that takes.
            let forms: HashMap<u64, Form> = before.list.iter().map(|(it, form)| (it.number, *form)).collect();
            let form_for = |listener: &Arc<Listener>| {
                let known = forms.get(&listener.number).copied();
                Some((Arc::clone(listener), known.or_else(|| line.form_for(listener))?))
            };
            let listeners = known.listeners.iter().chain(any.into_iter().flatten());
            let list: Vec<_> = listeners.filter_map(form_for).collect();
            let bit = |form: &Form| match form {
                Form::Value => VALUE,
                Form::Compact => COMPACT,
                Form::Named => NAMED,
            };
            let wanted = list.iter().fold(0, |wanted, (_, form)| wanted | bit(form));
            line.routes.swap(Arc::new(Routes { list, wanted }))
        });
        Old(swapped.collect())
    }

    fn route_namespace(&self, namespace: &str) -> Old {
        let prefix = format!("{namespace}/");
        let topics = self.topics.keys().filter(|topic| topic.starts_with(&prefix));
        Old(topics.flat_map(|topic| self.route(topic).0).collect())
    }

    /// Forgets a topic that nobody has any more.
    fn tidy(&mut self, topic: &str) {
        let left = self.topics.get(topic);
        if left.is_some_and(|topic| topic.lines.is_empty() && topic.listeners.is_empty()) {
            self.topics.remove(topic);
        }
    }
}

impl Line {
    /// Whether a subscriber's shape is equal; otherwise it fits by name.
    fn fits(&self, listener: &Listener) -> Result<bool, TopicError> {
        let Some(shape) = &listener.shape else { return Ok(false) };
        let Source { topic, publisher, .. } = &*self.source;
        let sides =
            [format!("the publisher `{publisher}`"), format!("the subscriber `{}`", listener.subscriber)];
        #[cfg(test)]
        tests::COMPARED.set(tests::COMPARED.get() + 1);
        let compared = self.source.shape.compare(shape, "event", [&sides[0], &sides[1]]);
        compared.map_err(|differences| TopicError::Mismatch {
            topic: topic.to_string(),
            publisher: publisher.to_string(),
            subscriber: listener.subscriber.clone(),
            differences,
        })
    }

    /// Which form a subscriber takes; `None` where it could have none, which nobody let in.
    fn form_for(&self, listener: &Listener) -> Option<Form> {
        let same = listener.of.is_none() || listener.of == self.of;
        if self.of.is_some() && listener.near && same {
            return Some(Form::Value);
        }
        Some(if self.fits(listener).ok()? { Form::Compact } else { Form::Named })
    }
}

/// What the host itself publishes.
pub(in crate::host) struct Told {
    line: Arc<Line>,
}

impl Told {
    /// The topic of the plugins' changes.
    pub(in crate::host) fn new(hub: &Arc<Hub>) -> Self {
        let member = Member::framework(hub, HOST);
        let shape = ValueShape::of::<Lifecycle>().expect("it is data alone");
        let line = hub.publish(&member, Lifecycle::TOPIC, shape, Some(TypeId::of::<Lifecycle>()));
        Self { line: line.expect("nobody else is there yet") }
    }

    /// Publishes a change, where anybody listens.
    pub(in crate::host) fn tell(&self, change: impl FnOnce() -> Lifecycle) {
        if self.line.is_heard() {
            // Nobody lets the host wait.
            let _outcome = self.line.deliver_value(Box::new(change())).at_once();
        }
    }
}
