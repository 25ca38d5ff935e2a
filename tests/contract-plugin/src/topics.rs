//! Plugins that publish and subscribe, and do both as they are told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use keyway::context::topics::{AnyEvent, Lifecycle, Publisher, Queue, Received, Subscription, TopicError};
use keyway::{Context, Plugin, StartError, Wire, interface, plugin};

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct Note {
    pub number: u64,
    pub text: String,
}

pub fn note(number: u64) -> Note {
    Note { number, text: format!("note {number}") }
}

/// The same topic's payload in other times.
pub mod ages {
    use keyway::Wire;

    /// With a field that came later.
    pub mod newer {
        use super::Wire;

        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub struct Note {
            #[wire(default)]
            pub extra: Option<String>,
            pub number: u64,
            pub text: String,
        }
    }

    /// With a field of another type.
    pub mod other {
        use super::Wire;

        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub struct Note {
            pub number: String,
            pub text: String,
        }
    }

    /// Equal, and still another type.
    pub mod twin {
        use super::Wire;

        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub struct Note {
            pub number: u64,
            pub text: String,
        }
    }
}

/// Why not, and its word.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct Refused {
    pub code: String,
    pub why: String,
}

impl From<TopicError> for Refused {
    fn from(error: TopicError) -> Self {
        Self { code: error.code().into(), why: error.to_string() }
    }
}

impl From<keyway::Fault> for Refused {
    fn from(fault: keyway::Fault) -> Self {
        Self { code: "fault".into(), why: fault.to_string() }
    }
}

/// An event as a plugin saw it.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct Seen {
    pub topic: String,
    pub publisher: String,
    pub number: u64,
    pub text: String,
}

/// Does what it is told; what it makes has a number.
#[interface(id = "contract/desk", version = "1.0")]
pub trait Desk: Send + Sync {
    /// A publisher of notes of this age.
    fn publisher(&self, topic: &str, age: &str) -> Result<u64, Refused>;
    /// Publishes notes with these numbers; how many queues took them, and how many were dropped.
    fn publish(&self, publisher: u64, from: u64, to: u64) -> Result<(u64, u64), Refused>;
    async fn publish_later(&self, publisher: u64, number: u64) -> Result<(u64, u64), Refused>;
    /// Publishes notes in a thread of its own until that is refused.
    fn publish_on_and_on(&self, publisher: u64);
    /// Why that thread has ended.
    fn ended(&self) -> Result<u64, Refused>;
    fn retire(&self, publisher: u64);
    /// A subscription to notes of this age, to `any` or to the `lifecycle`.
    fn subscribe(&self, topic: &str, age: &str, capacity: u32, when_full: &str) -> Result<u64, Refused>;
    /// All that is there.
    fn take(&self, subscription: u64) -> Vec<Seen>;
    /// The next one, for which this thread waits so long.
    fn next_within(&self, subscription: u64, milliseconds: u64) -> Option<Seen>;
    async fn next(&self, subscription: u64) -> Option<Seen>;
    /// Reads in a thread of its own until it is closed; in `stop` the plugin publishes how many it read to `desk/read`.
    fn read_on_and_on(&self, subscription: u64);
    /// What waits, was delivered and was dropped.
    fn counts(&self, subscription: u64) -> Result<(u64, u64, u64), Refused>;
    fn is_closed(&self, subscription: u64) -> bool;
    fn close(&self, subscription: u64);
    fn leave(&self, subscription: u64);
}

enum Out {
    Note(Publisher<Note>),
    Newer(Publisher<ages::newer::Note>),
    Other(Publisher<ages::other::Note>),
}

impl Out {
    fn publish(&self, number: u64) -> Result<(u64, u64), TopicError> {
        let Note { number, text } = note(number);
        let published = match self {
            Self::Note(out) => out.publish(Note { number, text }),
            Self::Newer(out) => out.publish(ages::newer::Note { extra: Some("more".into()), number, text }),
            Self::Other(out) => out.publish(ages::other::Note { number: number.to_string(), text }),
        }?;
        Ok((published.received as u64, published.dropped as u64))
    }
}

enum In {
    Note(Subscription<Note>),
    Newer(Subscription<ages::newer::Note>),
    Other(Subscription<ages::other::Note>),
    Any(Subscription<AnyEvent>),
    Lifecycle(Subscription<Lifecycle>),
}

fn seen(event: &Received<Note>) -> Seen {
    let Note { number, text } = (**event).clone();
    Seen { topic: event.topic().into(), publisher: event.publisher().into(), number, text }
}

fn newer(event: &Received<ages::newer::Note>) -> Seen {
    let ages::newer::Note { number, text, extra } = (**event).clone();
    let text = format!("{text}, {extra:?}");
    Seen { topic: event.topic().into(), publisher: event.publisher().into(), number, text }
}

fn other(event: &Received<ages::other::Note>) -> Seen {
    let text = format!("{}, {}", event.number, event.text);
    Seen { topic: event.topic().into(), publisher: event.publisher().into(), number: 0, text }
}

fn any(event: &AnyEvent) -> Seen {
    let (topic, publisher) = (event.topic().to_owned(), event.publisher().to_owned());
    match event.read::<Note>() {
        Ok(note) => seen(&note),
        Err(error) => Seen { topic, publisher, number: 0, text: error.to_string() },
    }
}

fn lifecycle(event: &Received<Lifecycle>) -> Seen {
    let Lifecycle { plugin, version, home, from, to, reason, .. } = &**event;
    let text = format!("{plugin} {version} {home}: {from:?} to {to}, {reason:?}");
    Seen { topic: event.topic().into(), publisher: event.publisher().into(), number: 0, text }
}

impl In {
    fn try_next(&mut self) -> Option<Seen> {
        match self {
            Self::Note(events) => events.try_next().map(|event| seen(&event)),
            Self::Newer(events) => events.try_next().map(|event| newer(&event)),
            Self::Other(events) => events.try_next().map(|event| other(&event)),
            Self::Any(events) => events.try_next().map(|event| any(&event)),
            Self::Lifecycle(events) => events.try_next().map(|event| lifecycle(&event)),
        }
    }

    fn next_within(&mut self, time: Duration) -> Option<Seen> {
        match self {
            Self::Note(events) => events.next_within(time).map(|event| seen(&event)),
            Self::Newer(events) => events.next_within(time).map(|event| newer(&event)),
            Self::Other(events) => events.next_within(time).map(|event| other(&event)),
            Self::Any(events) => events.next_within(time).map(|event| any(&event)),
            Self::Lifecycle(events) => events.next_within(time).map(|event| lifecycle(&event)),
        }
    }

    fn notes(&mut self) -> &mut Subscription<Note> {
        let Self::Note(events) = self else { panic!("only notes are read so") };
        events
    }
}

/// What both plugins have.
pub struct State {
    context: Context,
    outs: Mutex<Vec<Option<Arc<Out>>>>,
    ins: Mutex<BTreeMap<u64, In>>,
    threads: Mutex<Vec<JoinHandle<Option<u64>>>>,
    ended: Arc<Mutex<Option<Result<u64, Refused>>>>,
    read: Publisher<Note>,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn new(context: &Context) -> Result<Self, StartError> {
        Ok(Self {
            context: context.clone(),
            outs: Mutex::default(),
            ins: Mutex::default(),
            threads: Mutex::default(),
            ended: Arc::default(),
            read: context.publisher("desk/read")?,
        })
    }

    fn out(&self, publisher: u64) -> Arc<Out> {
        Arc::clone(locked(&self.outs)[publisher as usize].as_ref().expect("it is there"))
    }

    /// A subscription, out of its place for as long as it is used.
    fn using<T>(&self, subscription: u64, what: impl FnOnce(&mut In) -> T) -> T {
        let mut taken = locked(&self.ins).remove(&subscription).expect("it is there");
        let outcome = what(&mut taken);
        locked(&self.ins).insert(subscription, taken);
        outcome
    }

    /// What is to be done when the plugin is stopped.
    fn stop(&self) {
        for thread in std::mem::take(&mut *locked(&self.threads)) {
            if let Ok(Some(count)) = thread.join() {
                self.read.publish(note(count)).expect("it may say how many it read");
            }
        }
    }
}

macro_rules! desk {
    ($name:ident, $id:literal) => {
        #[plugin(id = $id, provides(Desk))]
        pub struct $name(State);

        impl Plugin for $name {
            fn start(context: &Context) -> Result<Self, StartError> {
                Ok(Self(State::new(context)?))
            }
            fn stop(&self) {
                self.0.stop();
            }
        }

        #[interface]
        impl Desk for $name {
            fn publisher(&self, topic: &str, age: &str) -> Result<u64, Refused> {
                let context = &self.0.context;
                let out = match age {
                    "newer" => Out::Newer(context.publisher(topic)?),
                    "other" => Out::Other(context.publisher(topic)?),
                    _ => Out::Note(context.publisher(topic)?),
                };
                let mut outs = locked(&self.0.outs);
                outs.push(Some(Arc::new(out)));
                Ok(outs.len() as u64 - 1)
            }
            fn publish(&self, publisher: u64, from: u64, to: u64) -> Result<(u64, u64), Refused> {
                let out = self.0.out(publisher);
                let mut sum = (0, 0);
                for number in from..to {
                    let (received, dropped) = out.publish(number)?;
                    sum = (sum.0 + received, sum.1 + dropped);
                }
                Ok(sum)
            }
            async fn publish_later(&self, publisher: u64, number: u64) -> Result<(u64, u64), Refused> {
                let out = self.0.out(publisher);
                let Out::Note(out) = &*out else { panic!("only notes are published so") };
                let published = out.publish_async(note(number)).await?;
                Ok((published.received as u64, published.dropped as u64))
            }
            fn publish_on_and_on(&self, publisher: u64) {
                let (out, ended) = (self.0.out(publisher), Arc::clone(&self.0.ended));
                let thread = std::thread::spawn(move || {
                    let mut dropped = 0;
                    let end = (0..).find_map(|number| match out.publish(number) {
                        // What nobody waits for any more is dropped: then the plugin is being stopped.
                        Ok((0, 1)) => {
                            dropped += 1;
                            Some(Ok(dropped))
                        }
                        Ok(_) => None,
                        Err(error) => Some(Err(error.into())),
                    });
                    *locked(&ended) = end;
                    None
                });
                locked(&self.0.threads).push(thread);
            }
            fn ended(&self) -> Result<u64, Refused> {
                locked(&self.0.ended).clone().expect("it has ended")
            }
            fn retire(&self, publisher: u64) {
                locked(&self.0.outs)[publisher as usize] = None;
            }
            fn subscribe(
                &self,
                topic: &str,
                age: &str,
                capacity: u32,
                when_full: &str,
            ) -> Result<u64, Refused> {
                let queue = Queue::bounded(capacity);
                let queue = match when_full {
                    "drop oldest" => queue.drop_oldest(),
                    "drop newest" => queue.drop_newest(),
                    _ => queue,
                };
                let context = &self.0.context;
                let events = match age {
                    "newer" => In::Newer(context.subscribe(topic, queue)?),
                    "other" => In::Other(context.subscribe(topic, queue)?),
                    "any" => In::Any(context.subscribe(topic, queue)?),
                    "lifecycle" => In::Lifecycle(context.subscribe(topic, queue)?),
                    _ => In::Note(context.subscribe(topic, queue)?),
                };
                let mut ins = locked(&self.0.ins);
                let number = ins.last_key_value().map_or(0, |(last, _)| last + 1);
                ins.insert(number, events);
                Ok(number)
            }
            fn take(&self, subscription: u64) -> Vec<Seen> {
                self.0.using(subscription, |events| std::iter::from_fn(|| events.try_next()).collect())
            }
            fn next_within(&self, subscription: u64, milliseconds: u64) -> Option<Seen> {
                self.0.using(subscription, |it| it.next_within(Duration::from_millis(milliseconds)))
            }
            async fn next(&self, subscription: u64) -> Option<Seen> {
                let mut taken = locked(&self.0.ins).remove(&subscription).expect("it is there");
                let event = taken.notes().next().await.map(|event| seen(&event));
                locked(&self.0.ins).insert(subscription, taken);
                event
            }
            fn read_on_and_on(&self, subscription: u64) {
                let mut taken = locked(&self.0.ins).remove(&subscription).expect("it is there");
                let thread = std::thread::spawn(move || {
                    Some(std::iter::from_fn(|| taken.notes().wait()).count() as u64)
                });
                locked(&self.0.threads).push(thread);
            }
            fn counts(&self, subscription: u64) -> Result<(u64, u64, u64), Refused> {
                let counts = self.0.using(subscription, |events| events.notes().counts())?;
                Ok((counts.waiting, counts.delivered, counts.dropped))
            }
            fn is_closed(&self, subscription: u64) -> bool {
                self.0.using(subscription, |events| events.notes().is_closed())
            }
            fn close(&self, subscription: u64) {
                self.0.using(subscription, |events| events.notes().close());
            }
            fn leave(&self, subscription: u64) {
                drop(locked(&self.0.ins).remove(&subscription));
            }
        }
    };
}

desk!(FirstDesk, "contract/first-desk");
desk!(SecondDesk, "contract/second-desk");
