//! What goes to whom in which form, and what is never done under a lock.

use std::any::Any;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;
use crate::Wire;
use crate::context::parking;
use crate::context::topics::port::{NearInlet, SameImage, Topics};
use crate::context::topics::{AnyEvent, Local, Publisher, QueueCounts, Reach, Received, Subscription};
use crate::wire::Format;

#[derive(Debug, Wire)]
struct Note {
    number: u64,
}

mod twin {
    use crate::Wire;

    #[derive(Debug, Wire)]
    pub(super) struct Note {
        pub(super) number: u64,
    }
}

thread_local! {
    /// How often this thread has compared two shapes.
    pub(super) static COMPARED: Cell<usize> = const { Cell::new(0) };
}

fn member(hub: &Arc<Hub>, id: &str) -> Reach {
    Reach::Near(Arc::new(Member::new(hub, id)))
}

fn forms(hub: &Hub, topic: &str) -> Vec<Form> {
    let lists = hub.lock();
    let routes = lists.topics[topic].lines[0].routes.load();
    routes.list.iter().map(|(_, form)| *form).collect()
}

#[test]
fn within_an_image_all_share_the_value_that_was_published() {
    let hub: Arc<Hub> = Arc::default();
    let member = member(&hub, "a/b");
    let out: Publisher<Note> = member.publisher("t/notes").unwrap();
    let queue = Settings::bounded(4);
    let mut one: Subscription<Note> = member.subscribe("t/notes", queue).unwrap();
    let mut two: Subscription<Note> = member.subscribe("t/notes", queue).unwrap();
    let mut twin: Subscription<twin::Note> = member.subscribe("t/notes", queue).unwrap();
    let mut any: Subscription<AnyEvent> = member.subscribe("t/*", queue).unwrap();
    assert_eq!(forms(&hub, "t/notes"), [Form::Value, Form::Value, Form::Compact, Form::Value]);
    out.publish(Note { number: 7 }).unwrap();
    let address = |note: &Received<Note>| std::ptr::from_ref::<Note>(note).addr();
    let (one, two) = (one.try_next().unwrap(), two.try_next().unwrap());
    let any = any.try_next().unwrap().read::<Note>().unwrap();
    assert_eq!(address(&one), address(&two));
    assert_eq!(address(&one), address(&any));
    assert_eq!((one.number, twin.try_next().unwrap().number), (7, 7));
}

#[test]
fn a_topic_that_nobody_has_any_more_is_forgotten() {
    let hub: Arc<Hub> = Arc::default();
    let member = member(&hub, "a/b");
    let queue = Settings::bounded(4);
    let out = member.publisher::<Note>("t/notes").unwrap();
    let events = member.subscribe::<Note>("t/notes", queue).unwrap();
    let any = member.subscribe::<AnyEvent>("t/*", queue).unwrap();
    let topics = || hub.list().into_iter().map(|it| it.topic).collect::<Vec<_>>();
    assert_eq!(topics(), ["t/*", "t/notes"]);
    drop(out);
    assert_eq!(topics(), ["t/*", "t/notes"]);
    drop(events);
    assert_eq!(topics(), ["t/*"]);
    drop(any);
    assert_eq!(topics(), [""; 0]);
    assert!(hub.lock().namespaces.is_empty());
}

/// A payload that uses the topics while it is dropped.
struct Meddles {
    hub: Arc<Hub>,
    drops: Arc<AtomicUsize>,
}

impl Drop for Meddles {
    fn drop(&mut self) {
        assert!(self.hub.lists.try_lock().is_ok(), "the lists are locked while an event is dropped");
        self.hub.list();
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

impl Local for Meddles {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn encode(&self, _: Format) -> Vec<u8> {
        unreachable!("everybody takes the value")
    }
}

#[test]
fn no_event_is_dropped_under_a_lock_and_each_once() {
    let hub: Arc<Hub> = Arc::default();
    let drops: Arc<AtomicUsize> = Arc::default();
    let plugin = Arc::new(Member::new(&hub, "a/b"));
    let (shape, of) = (ValueShape::of::<u64>().unwrap(), TypeId::of::<Meddles>());
    let out = SameImage::publisher(&*plugin, "t/kept", Arc::clone(&shape), of).unwrap();
    let subscribe = |queue| -> Arc<dyn NearInlet> {
        SameImage::subscription(&*plugin, "t/kept", Some((Arc::clone(&shape), of)), queue).unwrap()
    };
    let oldest = subscribe(Settings::bounded(1).drop_oldest());
    let newest = subscribe(Settings::bounded(1).drop_newest());
    let publish = || out.publish(Box::new(Meddles { hub: Arc::clone(&hub), drops: Arc::clone(&drops) }));
    for _ in 0..4 {
        publish().unwrap();
    }
    // The first waits in one queue and the last in the other.
    assert_eq!(drops.load(Ordering::SeqCst), 2);
    drop(oldest);
    assert_eq!(drops.load(Ordering::SeqCst), 3);
    plugin.drain();
    plugin.close();
    assert_eq!(drops.load(Ordering::SeqCst), 4);
    assert!(publish().is_err());
    assert_eq!(drops.load(Ordering::SeqCst), 5);
    assert!(newest.take().is_none() && newest.is_over());
}

#[test]
fn comings_and_goings_under_stress_lose_no_event_of_who_stays() {
    const EACH: u64 = 2_000;
    let hub: Arc<Hub> = Arc::default();
    let reach = member(&hub, "a/b");
    let mut stays: Subscription<Note> = reach.subscribe("t/notes", Settings::bounded(8)).unwrap();
    let read = thread::scope(|scope| {
        for writer in 0..4 {
            let reach = &reach;
            scope.spawn(move || {
                let out: Publisher<Note> = reach.publisher("t/notes").unwrap();
                for n in 0..EACH {
                    out.publish(Note { number: writer * EACH + n }).unwrap();
                }
            });
        }
        for _ in 0..2 {
            let reach = &reach;
            scope.spawn(move || {
                for _ in 0..200 {
                    let mut any: Subscription<AnyEvent> =
                        reach.subscribe("t/*", Settings::bounded(2).drop_oldest()).unwrap();
                    let mut blocks: Subscription<Note> =
                        reach.subscribe("t/notes", Settings::bounded(1)).unwrap();
                    any.try_next();
                    blocks.try_next();
                }
            });
        }
        (0..4 * EACH).map(|_| stays.wait().unwrap().number).collect::<Vec<_>>()
    });
    for writer in 0..4 {
        let own = read.iter().filter(|number| **number / EACH == writer);
        assert!(own.copied().eq(writer * EACH..(writer + 1) * EACH), "{writer} keeps its order");
    }
}

/// A payload whose drop panics.
struct Bursts(Note);

impl Drop for Bursts {
    fn drop(&mut self) {
        panic!("a payload that panics when it is dropped");
    }
}

impl Local for Bursts {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn encode(&self, format: Format) -> Vec<u8> {
        Local::encode(&self.0, format)
    }
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_harms_neither_publisher_nor_subscriber() {
    let hub: Arc<Hub> = Arc::default();
    let plugin = Arc::new(Member::new(&hub, "a/b"));
    let (shape, of) = (ValueShape::of::<Note>().unwrap(), TypeId::of::<Bursts>());
    let out = SameImage::publisher(&*plugin, "t/notes", Arc::clone(&shape), of).unwrap();
    let near = SameImage::subscription(&*plugin, "t/notes", None, Settings::bounded(8)).unwrap();
    let far = Topics::subscription(&*plugin, "t/notes", shape.bytes(), Settings::bounded(8)).unwrap();
    for number in 0..2 {
        out.publish(Box::new(Bursts(Note { number }))).unwrap();
        drop(near.take().unwrap());
        let taken = far.take(8).unwrap();
        assert_eq!((taken.marks.len(), taken.closed), (1, false));
    }
}

#[test]
fn a_subscriber_behind_an_edge_remembers_publishers_in_bounds() {
    let hub: Arc<Hub> = Arc::default();
    let plugin = Arc::new(Member::new(&hub, "a/b"));
    let reach = Reach::Near(Arc::clone(&plugin) as _);
    let own = ValueShape::of::<Note>().unwrap();
    let queue = Settings::bounded(4);
    let inlet = plugin.inlet("t/notes", Wanted { shape: Some(own), of: None, near: false, queue }).unwrap();
    let mut events: Subscription<Note> = Subscription::far("t/notes", Arc::clone(&inlet) as _);
    let stays: Publisher<Note> = reach.publisher("t/notes").unwrap();
    for number in 0..5_000 {
        let out: Publisher<Note> = reach.publisher("t/notes").unwrap();
        out.publish(Note { number }).unwrap();
        assert_eq!(events.try_next().unwrap().number, number);
        if number % 100 == 0 {
            stays.publish(Note { number }).unwrap();
            assert_eq!(events.try_next().unwrap().number, number);
        }
    }
    assert!(inlet.told() <= 1024 && events.known() <= 1024, "{} {}", inlet.told(), events.known());
}

#[test]
fn an_answer_that_is_thrown_away_on_its_way_loses_no_event() {
    let hub: Arc<Hub> = Arc::default();
    let plugin = Arc::new(Member::new(&hub, "a/b"));
    let reach = Reach::Near(Arc::clone(&plugin) as _);
    let shape = ValueShape::of::<Note>().unwrap();
    let inlet = Topics::subscription(&*plugin, "t/notes", shape.bytes(), Settings::bounded(8)).unwrap();
    let mut events: Subscription<Note> = Subscription::far("t/notes", Arc::clone(&inlet));
    let out: Publisher<Note> = reach.publisher("t/notes").unwrap();
    for number in 0..4 {
        out.publish(Note { number }).unwrap();
        // Answered on the side of the host, while the other one has given it up.
        parking::wait(inlet.ready()).unwrap();
    }
    assert_eq!(inlet.counts().unwrap(), QueueCounts::new(4, 0, 0));
    assert!((0..4).eq((0..4).map(|_| events.wait().unwrap().number)));
    plugin.drain();
    parking::wait(inlet.ready()).unwrap();
    assert!(events.wait().is_none());
}

#[test]
fn who_comes_is_compared_with_each_once_and_those_who_are_there_not_again() {
    let hub: Arc<Hub> = Arc::default();
    let member = member(&hub, "a/b");
    let out: Vec<Publisher<Note>> = (0..10).map(|_| member.publisher("t/notes").unwrap()).collect();
    let queue = Settings::bounded(4);
    let events: Vec<Subscription<twin::Note>> =
        (0..10).map(|_| member.subscribe("t/notes", queue).unwrap()).collect();
    // Where it is let in, and where its form is chosen.
    assert_eq!(COMPARED.get(), 2 * out.len() * events.len());
}
