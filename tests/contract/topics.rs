//! Events, from whom to whom, and what becomes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use contract_plugin::topics::{Desk, Note, Seen, ages, note};
use contract_plugin::values::Oops;
use keyway::context::topics::{AnyEvent, Lifecycle, Queue, QueueCounts, Subscription, TopicError};
use keyway::host::Host;
use keyway::{Handle, Wire};

use super::executors::{Bell, block_on};
use super::homes::{Home, handle};

const LONG: Duration = Duration::from_secs(60);

fn first(host: &Host) -> Handle<dyn Desk> {
    handle(host, "contract/first-desk")
}

fn second(host: &Host) -> Handle<dyn Desk> {
    handle(host, "contract/second-desk")
}

fn numbers(events: &[Seen]) -> Vec<u64> {
    events.iter().map(|event| event.number).collect()
}

fn all(events: &mut Subscription<Note>) -> Vec<u64> {
    std::iter::from_fn(|| events.try_next()).map(|event| event.number).collect()
}

fn counted(counts: QueueCounts) -> (u64, u64, u64) {
    (counts.waiting, counts.delivered, counts.dropped)
}

/// Waits until something is so that another thread brings about.
fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < LONG, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// How many events wait for the only subscriber of a topic.
fn waiting(host: &Host, topic: &str) -> u64 {
    let topics = host.topics();
    let known = topics.iter().find(|known| known.topic == topic).expect("it is there");
    known.subscribers[0].counts.waiting
}

pub(crate) fn events_go_from_the_host_to_a_plugin(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let out = host.publisher("test/notes").expect("nobody else has it");
    assert_eq!(out.publish(note(0)).expect("the host runs").received, 0, "nobody listens");
    let number = desk.subscribe("test/notes", "", 8, "").expect("it fits");
    assert_eq!(out.publish(note(1)).expect("the host runs").received, 1);
    assert_eq!(out.publish(note(2)).expect("the host runs").received, 1);
    let seen = |number| Seen {
        topic: "test/notes".into(),
        publisher: "keyway/host".into(),
        number,
        text: format!("note {number}"),
    };
    assert_eq!(desk.take(number), [seen(1), seen(2)]);
    assert_eq!(desk.take(number), []);
    assert_eq!(desk.next_within(number, 1), None);
    out.publish(note(3)).expect("the host runs");
    assert_eq!(desk.next_within(number, 60_000), Some(seen(3)));
}

pub(crate) fn events_go_from_a_plugin_to_the_host(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(8)).expect("nobody else has it");
    let out = desk.publisher("test/notes", "").expect("it fits");
    assert_eq!(desk.publish(out, 1, 4), Ok((3, 0)));
    let event = events.try_next().expect("it was published");
    assert_eq!((event.topic(), event.publisher()), ("test/notes", "contract/first-desk"));
    assert_eq!(*event, note(1));
    assert_eq!(event.into_inner(), note(1));
    assert_eq!(all(&mut events), [2, 3]);
}

pub(crate) fn events_go_from_plugin_to_plugin(home: Home) {
    let host = home.host();
    let (one, other) = (first(&host), second(&host));
    let out = one.publisher("test/notes", "").expect("nobody else has it");
    let (own, theirs) = (
        one.subscribe("test/notes", "", 8, "").expect("it fits"),
        other.subscribe("test/notes", "", 8, "").expect("it fits"),
    );
    assert_eq!(one.publish(out, 1, 3), Ok((4, 0)));
    for events in [one.take(own), other.take(theirs)] {
        assert_eq!(numbers(&events), [1, 2]);
        assert_eq!(events[0].publisher, "contract/first-desk");
    }
    one.retire(out);
    let topics = host.topics();
    let known = topics.iter().find(|known| known.topic == "test/notes").expect("two subscribe");
    assert_eq!((known.publishers.len(), known.subscribers.len()), (0, 2));
}

pub(crate) fn a_task_waits_for_the_next_event(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let number = desk.subscribe("test/notes", "", 8, "").expect("nobody else has it");
    let out = host.publisher("test/notes").expect("it fits");
    let bell = Bell::new();
    let mut next = desk.next(number);
    assert!(bell.poll(&mut next).is_pending());
    assert_eq!(bell.rung(), 0);
    out.publish(note(7)).expect("the host runs");
    assert_eq!(bell.rung(), 1);
    let Poll::Ready(Some(event)) = bell.poll(&mut next) else { panic!("it was woken for nothing") };
    assert_eq!(event.number, 7);
    drop(next);
    // The host's own.
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(8)).expect("it fits");
    let publisher = desk.publisher("test/notes", "").expect("it fits");
    let reader = thread::spawn(move || block_on(events.next()).map(|event| event.number));
    assert_eq!(desk.publish(publisher, 9, 10), Ok((2, 0)));
    assert_eq!(reader.join().expect("it reads"), Some(9));
}

pub(crate) fn what_is_dropped_before_it_is_done_loses_no_event(home: Home) {
    let host = home.host();
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(8)).expect("nobody else has it");
    let desk = first(&host);
    let out = desk.publisher("test/notes", "").expect("it fits");
    let bell = Bell::new();
    for number in 0..10 {
        let mut next = Box::pin(events.next());
        assert!(bell.poll(&mut next).is_pending());
        desk.publish(out, number, number + 1).expect("the host runs");
        drop(next);
        assert_eq!(all(&mut events), [number]);
    }
}

pub(crate) fn a_wait_that_ends_with_its_time_loses_no_event(home: Home) {
    const COUNT: u64 = 300;
    let host = home.host();
    let desk = first(&host);
    let number = desk.subscribe("test/notes", "", 4, "block").expect("nobody else has it");
    let out = host.publisher("test/notes").expect("it fits");
    let publisher = thread::spawn(move || {
        for number in 0..COUNT {
            out.publish(note(number)).expect("the host runs");
            if number % 3 == 0 {
                thread::yield_now();
            }
        }
    });
    let mut read = Vec::new();
    let begun = Instant::now();
    while read.len() < COUNT as usize {
        read.extend(desk.next_within(number, 0).map(|event| event.number));
        assert!(begun.elapsed() < LONG, "{read:?}");
    }
    publisher.join().expect("it publishes");
    assert_eq!(read, (0..COUNT).collect::<Vec<_>>());
}

pub(crate) fn each_publishers_order_is_kept_under_eight_threads(home: Home) {
    const EACH: u64 = 500;
    let host = home.host();
    let desks = [first(&host), second(&host)];
    let mut own = host.subscribe::<Note>("test/notes", Queue::bounded(16)).expect("nobody else has it");
    let there = desks[1].subscribe("test/notes", "", 8 * EACH as u32, "").expect("it fits");
    let publishers: Vec<u64> =
        (0..8).map(|place| desks[place % 2].publisher("test/notes", "").expect("it fits")).collect();
    let read = thread::scope(|scope| {
        for (place, publisher) in publishers.into_iter().enumerate() {
            let desk = &desks[place % 2];
            let from = place as u64 * EACH;
            scope.spawn(move || {
                assert_eq!(desk.publish(publisher, from, from + EACH), Ok((2 * EACH, 0)));
            });
        }
        (0..8 * EACH).map(|_| own.wait().expect("it was published").number).collect::<Vec<_>>()
    });
    let theirs = numbers(&desks[1].take(there));
    for events in [read, theirs] {
        assert_eq!(events.len() as u64, 8 * EACH);
        for place in 0..8 {
            let of = |number: &&u64| **number / EACH == place;
            let in_order: Vec<u64> = events.iter().filter(of).copied().collect();
            assert_eq!(in_order, (place * EACH..(place + 1) * EACH).collect::<Vec<_>>());
        }
    }
}

pub(crate) fn the_counts_of_each_policy_are_exact(home: Home) {
    let host = home.host();
    let (one, other) = (first(&host), second(&host));
    let out = one.publisher("test/notes", "").expect("nobody else has it");
    let oldest = other.subscribe("test/notes", "", 4, "drop oldest").expect("it fits");
    let newest = other.subscribe("test/notes", "", 4, "drop newest").expect("it fits");
    let mut own = host.subscribe::<Note>("test/notes", Queue::bounded(4).drop_oldest()).expect("it fits");
    // The first four have room; then each drops one for each of the three, of which two take the new one.
    assert_eq!(one.publish(out, 0, 4), Ok((12, 0)));
    assert_eq!(one.publish(out, 4, 10), Ok((12, 18)));
    assert_eq!(other.counts(oldest), Ok((4, 0, 6)));
    assert_eq!(other.counts(newest), Ok((4, 0, 6)));
    assert_eq!(counted(own.counts().expect("the host runs")), (4, 0, 6));
    let listed: Vec<_> = host
        .topics()
        .into_iter()
        .find(|known| known.topic == "test/notes")
        .expect("it is there")
        .subscribers
        .into_iter()
        .map(|it| (it.plugin, it.capacity, it.when_full.name(), counted(it.counts)))
        .collect();
    let second = "contract/second-desk".to_owned();
    let expected = [
        (second.clone(), 4, "drop oldest", (4, 0, 6)),
        (second, 4, "drop newest", (4, 0, 6)),
        ("keyway/host".to_owned(), 4, "drop oldest", (4, 0, 6)),
    ];
    assert_eq!(listed, expected);
    assert_eq!(numbers(&other.take(oldest)), [6, 7, 8, 9]);
    assert_eq!(numbers(&other.take(newest)), [0, 1, 2, 3]);
    assert_eq!(all(&mut own), [6, 7, 8, 9]);
    assert_eq!(other.counts(oldest), Ok((0, 4, 6)));
    assert_eq!(other.counts(newest), Ok((0, 4, 6)));
    assert_eq!(counted(own.counts().expect("the host runs")), (0, 4, 6));
}

pub(crate) fn a_publisher_waits_for_room_and_nothing_is_lost(home: Home) {
    let host = home.host();
    let desk = first(&host);
    // The host waits for the plugin.
    let number = desk.subscribe("test/notes", "", 2, "block").expect("nobody else has it");
    let out = host.publisher("test/notes").expect("it fits");
    let publisher = thread::spawn(move || {
        (0..50).map(|number| out.publish(note(number)).expect("the host runs").dropped).sum::<usize>()
    });
    let mut read = Vec::new();
    while read.len() < 50 {
        read.extend(desk.next_within(number, 60_000).map(|event| event.number));
    }
    assert_eq!((publisher.join().expect("it publishes"), read), (0, (0..50).collect()));
    desk.leave(number);
    // The plugin waits for the host.
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(2)).expect("it fits");
    let out = desk.publisher("test/notes", "").expect("it fits");
    let publisher = thread::spawn(move || desk.publish(out, 0, 50));
    let read: Vec<u64> = (0..50).map(|_| events.wait().expect("it was published").number).collect();
    assert_eq!(read, (0..50).collect::<Vec<_>>());
    assert_eq!(publisher.join().expect("it publishes"), Ok((50, 0)));
    assert_eq!(counted(events.counts().expect("the host runs")), (0, 50, 0));
}

pub(crate) fn a_task_that_publishes_waits_without_a_thread(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(1)).expect("nobody else has it");
    let out = desk.publisher("test/notes", "").expect("it fits");
    let bell = Bell::new();
    assert_eq!(bell.poll(&mut desk.publish_later(out, 1)), Poll::Ready(Ok((1, 0))));
    let mut second = desk.publish_later(out, 2);
    assert!(bell.poll(&mut second).is_pending());
    assert_eq!(events.try_next().map(|event| event.number), Some(1));
    assert!(bell.rung() > 0, "there is room");
    assert_eq!(bell.poll(&mut second), Poll::Ready(Ok((1, 0))));
    // One that is given up is dropped, and counted.
    let mut third = desk.publish_later(out, 3);
    assert!(bell.poll(&mut third).is_pending());
    drop(third);
    assert_eq!(all(&mut events), [2]);
    assert_eq!(counted(events.counts().expect("the host runs")), (0, 2, 1));
    // The same from the host.
    let number = desk.subscribe("test/others", "", 1, "block").expect("nobody else has it");
    let out = host.publisher("test/others").expect("it fits");
    block_on(out.publish_async(note(1))).expect("there is room");
    let mut second = Box::pin(out.publish_async(note(2)));
    assert!(bell.poll(&mut second).is_pending());
    assert_eq!(numbers(&desk.take(number)), [1]);
    assert!(bell.poll(&mut second).is_ready());
    assert_eq!(numbers(&desk.take(number)), [2]);
}

pub(crate) fn a_publisher_that_waits_goes_on_when_its_subscriber_goes(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let number = desk.subscribe("test/notes", "", 1, "block").expect("nobody else has it");
    let out = host.publisher("test/notes").expect("it fits");
    let publisher = thread::spawn(move || {
        (0..3).map(|number| out.publish(note(number)).expect("the host runs").received).collect::<Vec<_>>()
    });
    until("one waits", || waiting(&host, "test/notes") == 1);
    thread::sleep(Duration::from_millis(20));
    assert!(!publisher.is_finished(), "it waits");
    desk.leave(number);
    assert_eq!(publisher.join().expect("it publishes"), [1, 0, 0]);
    // The other way round; and closed is as good as gone.
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(1)).expect("it fits");
    let out = desk.publisher("test/notes", "").expect("it fits");
    let publisher = thread::spawn(move || desk.publish(out, 0, 3));
    until("one waits", || waiting(&host, "test/notes") == 1);
    events.close();
    assert_eq!(publisher.join().expect("it publishes"), Ok((1, 0)));
    assert!(!events.is_closed(), "one can still be read");
    assert_eq!(all(&mut events), [0]);
    assert!(events.is_closed());
    assert!(events.wait().is_none());
}

pub(crate) fn a_publisher_that_waits_goes_on_when_its_plugin_is_stopped(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(2)).expect("nobody else has it");
    let out = desk.publisher("test/notes", "").expect("it fits");
    desk.publish_on_and_on(out);
    until("two wait", || waiting(&host, "test/notes") == 2);
    // Its `stop` joins the thread that waits.
    host.unload("contract/first-desk", false).expect("nobody needs it");
    assert_eq!(desk.ended(), Ok(1), "the third was dropped");
    assert_eq!(all(&mut events), [0, 1]);
    assert_eq!(counted(events.counts().expect("the host runs")), (0, 2, 1));
}

pub(crate) fn a_publisher_that_waits_goes_on_when_the_host_stops(home: Home) {
    let host = Arc::new(home.host());
    let desk = first(&host);
    let _number = desk.subscribe("test/notes", "", 1, "block").expect("nobody else has it");
    let out = host.publisher("test/notes").expect("it fits");
    let publisher = thread::spawn(move || {
        std::iter::from_fn(|| out.publish(note(0)).ok()).take(1_000_000).count();
        out.publish(note(0)).expect_err("the host has stopped").code()
    });
    until("one waits", || waiting(&host, "test/notes") == 1);
    host.stop();
    assert_eq!(publisher.join().expect("it publishes"), "closed");
}

pub(crate) fn a_namespace_is_subscribed_to_as_a_whole(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let mut events = host.subscribe::<AnyEvent>("test/*", Queue::bounded(8)).expect("it is a namespace");
    let number = desk.subscribe("test/*", "any", 8, "").expect("it is a namespace");
    let notes = desk.publisher("test/notes", "").expect("it fits all");
    let newer = desk.publisher("test/newer", "newer").expect("it fits all");
    let other = host.publisher("test/other").expect("it fits all");
    let elsewhere = desk.publisher("tests/notes", "").expect("it fits all");
    assert_eq!(desk.publish(notes, 1, 2), Ok((2, 0)));
    assert_eq!(desk.publish(newer, 2, 3), Ok((2, 0)));
    let odd = ages::other::Note { number: "three".into(), text: "odd".into() };
    assert_eq!(other.publish(odd.clone()).expect("the host runs").received, 2);
    assert_eq!(desk.publish(elsewhere, 4, 5), Ok((0, 0)));
    let why = "publisher `keyway/host` and subscriber `this reader` of `test/other` do not fit: at `event.number`: the \
               publisher `keyway/host` has String and the reader has u64";
    let plugin = "contract/first-desk";
    let expected = [
        ("test/notes", plugin, 1, "note 1"),
        ("test/newer", plugin, 2, "note 2"),
        ("test/other", "keyway/host", 0, why),
    ];
    let seen = desk.take(number);
    let told: Vec<_> = seen.iter().map(|it| (&*it.topic, &*it.publisher, it.number, &*it.text)).collect();
    assert_eq!(told, expected);
    let own: Vec<AnyEvent> = std::iter::from_fn(|| events.try_next()).collect();
    let told: Vec<_> = own.iter().map(|event| (event.topic(), event.publisher())).collect();
    assert_eq!(told, expected.map(|(topic, publisher, ..)| (topic, publisher)));
    assert_eq!(*own[0].read::<Note>().expect("it is one"), note(1));
    assert_eq!(own[0].read::<ages::twin::Note>().expect("its twin fits").number, 1);
    assert_eq!(own[0].read::<ages::newer::Note>().expect("it fits").extra, None);
    assert_eq!(own[1].read::<ages::newer::Note>().expect("it is one").extra.as_deref(), Some("more"));
    assert_eq!(*own[2].read::<ages::other::Note>().expect("it is one"), odd);
    assert_eq!(own[2].read::<Note>().expect_err("it is another").to_string(), why);
    let refused = host.subscribe::<Note>("test/*", Queue::bounded(8)).expect_err("one type is asked for");
    assert_eq!(refused, TopicError::Untyped { topic: "test/*".into() });
    // One topic can be read so, too.
    let mut events = host.subscribe::<AnyEvent>("test/notes", Queue::bounded(8)).expect("it takes any");
    desk.publish(notes, 5, 6).expect("the host runs");
    let event = events.try_next().expect("it was published");
    assert_eq!(event.read::<Note>().expect("it is one").number, 5);
}

pub(crate) fn a_field_with_a_default_may_come_later_on_either_side(home: Home) {
    let host = home.host();
    let desk = first(&host);
    // A newer plugin publishes, the host is older; and the plugin itself reads both.
    let out = desk.publisher("test/notes", "newer").expect("nobody else has it");
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(8)).expect("it fits");
    let newer = desk.subscribe("test/notes", "newer", 8, "").expect("it fits");
    let older = desk.subscribe("test/notes", "", 8, "").expect("it fits");
    assert_eq!(desk.publish(out, 1, 3), Ok((6, 0)));
    assert_eq!(all(&mut events), [1, 2]);
    assert_eq!(numbers(&desk.take(older)), [1, 2]);
    let text = |events: Vec<Seen>| events.into_iter().map(|event| event.text).collect::<Vec<_>>();
    assert_eq!(text(desk.take(newer)), [r#"note 1, Some("more")"#, r#"note 2, Some("more")"#]);
    // An older host publishes to the newer.
    let out = host.publisher("test/notes").expect("it fits");
    out.publish(note(3)).expect("the host runs");
    assert_eq!(text(desk.take(newer)), ["note 3, None"]);
    assert_eq!(numbers(&desk.take(older)), [3]);
}

pub(crate) fn who_comes_later_and_does_not_fit_is_refused_with_the_path(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let _out = host.publisher::<Note>("test/notes").expect("nobody else has it");
    let refused = desk.subscribe("test/notes", "other", 8, "").expect_err("it does not fit");
    let expected = "publisher `keyway/host` and subscriber `contract/first-desk` of `test/notes` do not fit: at \
                    `event.number`: the publisher `keyway/host` has u64 and the subscriber `contract/first-desk` has String";
    assert_eq!((refused.code.as_str(), refused.why.as_str()), ("topic-mismatch", expected));
    let _events = desk.subscribe("test/others", "", 8, "").expect("nobody else has it");
    let refused = host.publisher::<ages::other::Note>("test/others").expect_err("it does not fit");
    let TopicError::Mismatch { topic, publisher, subscriber, differences } = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (&**topic, &**publisher, &**subscriber),
        ("test/others", "keyway/host", "contract/first-desk")
    );
    assert_eq!(differences.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["event.number"]);
    assert!(refused.help().contains("#[wire(default)]"), "{}", refused.help());
    // Whoever was there goes on.
    let out = host.publisher("test/others").expect("it fits");
    assert_eq!(out.publish(note(1)).expect("the host runs").received, 1);
}

pub(crate) fn a_form_that_is_wanted_later_comes_without_a_loss(home: Home) {
    const COUNT: u64 = 300;
    let host = home.host();
    let (desk, other) = (first(&host), second(&host));
    let out = desk.publisher("test/notes", "").expect("nobody else has it");
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(COUNT as u32)).expect("it fits");
    let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..COUNT {
                desk.publish(out, number, number + 1).expect("the host runs");
                begun.store(true, Ordering::Release);
            }
            done.store(true, Ordering::Release);
        });
        until("it publishes", || begun.load(Ordering::Acquire));
        while !done.load(Ordering::Acquire) {
            let newer = other.subscribe("test/notes", "newer", 1000, "drop oldest").expect("it fits");
            let any = other.subscribe("test/*", "any", 1000, "drop oldest").expect("it fits");
            thread::yield_now();
            for seen in [numbers(&other.take(newer)), numbers(&other.take(any))] {
                let in_a_row = seen.windows(2).all(|pair| pair[0] + 1 == pair[1]);
                assert!(in_a_row, "each sees all from its first on: {seen:?}");
            }
            other.leave(newer);
            other.leave(any);
        }
    });
    assert_eq!(all(&mut events), (0..COUNT).collect::<Vec<_>>());
}

/// Wakes nobody: it panics.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker of a subscriber's that panics");
    }
}

pub(crate) fn slow_panicking_and_vanished_subscribers_harm_nobody(home: Home) {
    let host = home.host();
    let (desk, other) = (first(&host), second(&host));
    let out = desk.publisher("test/notes", "").expect("nobody else has it");
    let slow = other.subscribe("test/notes", "", 1, "drop newest").expect("it fits");
    let vanished = other.subscribe("test/notes", "", 1, "block").expect("it fits");
    let mut panics = host.subscribe::<Note>("test/notes", Queue::bounded(16)).expect("it fits");
    let mut good = host.subscribe::<Note>("test/notes", Queue::bounded(16)).expect("it fits");
    let mut next = Box::pin(panics.next());
    let waker = Waker::from(Arc::new(Panics));
    assert!(next.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    other.leave(vanished);
    assert_eq!(desk.publish(out, 0, 10), Ok((21, 9)));
    assert_eq!(all(&mut good), (0..10).collect::<Vec<_>>());
    assert_eq!(numbers(&other.take(slow)), [0]);
    drop(next);
    assert_eq!(all(&mut panics), (0..10).collect::<Vec<_>>());
}

pub(crate) fn a_stop_ends_what_the_plugin_publishes_and_reads(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let mut read = host.subscribe::<Note>("desk/read", Queue::bounded(8)).expect("it fits");
    let out = host.publisher("test/notes").expect("nobody else has it");
    let theirs = desk.publisher("test/others", "").expect("nobody else has it");
    let kept = desk.subscribe("test/notes", "", 8, "").expect("it fits");
    let reading = desk.subscribe("test/notes", "", 8, "").expect("it fits");
    for number in 0..5 {
        assert_eq!(out.publish(note(number)).expect("the host runs").received, 2);
    }
    desk.read_on_and_on(reading);
    // Its `stop` joins the thread that reads to the end, and says how much that was.
    host.unload("contract/first-desk", false).expect("nobody needs it");
    assert_eq!(all(&mut read), [5]);
    // What is kept of it answers that it is closed.
    assert_eq!(out.publish(note(6)).expect("the host runs").received, 0);
    assert_eq!(desk.take(kept), []);
    assert!(desk.is_closed(kept));
    assert_eq!(desk.next_within(kept, 60_000), None);
    assert_eq!(block_on(desk.next(kept)), None);
    let refused = desk.publish(theirs, 0, 1).expect_err("it has been stopped");
    assert_eq!(refused.code, "closed");
    assert_eq!(
        refused.why,
        "`test/others` is closed: the plugin or the host that holds this end has stopped"
    );
    let refused = desk.subscribe("test/notes", "", 8, "").expect_err("it has been stopped");
    assert_eq!(refused.code, "unavailable");
    assert!(!host.topics().iter().any(|known| known.topic == "test/others"), "{:?}", host.topics());
    // A new start begins anew, and may have another shape.
    host.load("contract/first-desk").expect("it can be started again");
    let desk = first(&host);
    desk.publisher("test/others", "other").expect("the old publisher is gone");
}

pub(crate) fn a_stop_of_the_host_ends_the_hosts_own(home: Home) {
    let host = home.host();
    let mut events = host.subscribe::<Note>("test/notes", Queue::bounded(8)).expect("nobody else has it");
    let mut changes = host
        .subscribe::<Lifecycle>(Lifecycle::TOPIC, Queue::bounded(256).drop_newest())
        .expect("everybody may");
    let out = host.publisher("test/notes").expect("it fits");
    out.publish(note(1)).expect("the host runs");
    host.stop();
    assert_eq!(out.publish(note(2)).map_err(|error| error.code()), Err("closed"));
    assert_eq!(all(&mut events), [1]);
    assert!(events.is_closed() && events.wait().is_none());
    let retired = std::iter::from_fn(|| changes.wait()).filter(|change| change.to == "retired");
    assert!(retired.count() > 5, "all plugins were told");
    assert_eq!(host.publisher::<Note>("test/notes").map_err(|error| error.code()).err(), Some("closed"));
    assert!(host.subscribe::<Note>("test/notes", Queue::bounded(8)).is_err());
}

pub(crate) fn changes_of_plugins_are_events(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let topic = Lifecycle::TOPIC;
    let theirs = desk.subscribe(topic, "lifecycle", 64, "drop oldest").expect("everybody may");
    let namespace = desk.subscribe("keyway/*", "any", 64, "drop oldest").expect("everybody may");
    let mut own =
        host.subscribe::<Lifecycle>(topic, Queue::bounded(64).drop_oldest()).expect("everybody may");
    host.unload("contract/second-desk", false).expect("nobody needs it");
    host.load("contract/second-desk").expect("it can be started again");
    host.disable("contract/second-desk").expect("nobody needs it");
    let shown = home.shown();
    let step =
        |from: &str, to: &str| format!("contract/second-desk 1.2.3 {shown}: Some({from:?}) to {to}, None");
    let seen = desk.take(theirs);
    assert!(seen.iter().all(|event| event.publisher == "keyway/host" && event.topic == topic));
    let told: Vec<String> = seen.into_iter().map(|event| event.text).collect();
    let expected = [
        step("active", "draining"),
        step("draining", "retired"),
        step("retired", "resolved"),
        step("resolved", "loaded"),
        step("loaded", "active"),
        step("active", "draining"),
        step("draining", "retired"),
        step("retired", "disabled"),
    ];
    assert_eq!(told, expected);
    let changes: Vec<(String, Option<String>, String)> = std::iter::from_fn(|| own.try_next())
        .map(|change| (change.plugin.clone(), change.from.clone(), change.to.clone()))
        .collect();
    assert_eq!(changes.len(), expected.len());
    assert!(changes.iter().all(|(plugin, ..)| plugin == "contract/second-desk"));
    assert_eq!(desk.take(namespace).len(), expected.len());
}

pub(crate) fn nobody_publishes_for_the_host_or_makes_it_wait(home: Home) {
    let host = home.host();
    let desk = first(&host);
    let refused = desk.publisher("keyway/lifecycle", "").expect_err("it is the host's");
    assert_eq!(refused.code, "reserved-topic");
    assert_eq!(
        refused.why,
        "only the host publishes in the namespace `keyway`, and `keyway/lifecycle` is in it"
    );
    assert_eq!(desk.publisher("keyway/own", "").map_err(|it| it.code), Err("reserved-topic".into()));
    assert_eq!(host.publisher::<Note>("keyway/own").map_err(|it| it.code()).err(), Some("reserved-topic"));
    for topic in ["keyway/lifecycle", "keyway/*"] {
        let refused = desk.subscribe(topic, "any", 8, "block").expect_err("the host waits for nobody");
        assert_eq!(refused.code, "host-waits");
    }
    let refused = desk.subscribe("keyway/lifecycle", "", 8, "drop oldest").expect_err("it is no note");
    assert_eq!(refused.code, "topic-mismatch");
    for topic in ["notes", "Test/notes", "test/", "/*", "*", "test/*/x", ""] {
        let refused = desk.subscribe(topic, "any", 8, "").expect_err("it is no topic");
        assert_eq!(refused.code, "invalid-topic", "{topic}");
        assert_eq!(desk.publisher(topic, "").map_err(|it| it.code), Err("invalid-topic".into()), "{topic}");
    }
    assert_eq!(desk.publisher("test/*", "").map_err(|it| it.code), Err("invalid-topic".into()));
}

pub(crate) fn an_object_is_no_event(home: Home) {
    #[derive(Wire)]
    struct Holds {
        desk: Arc<dyn Desk>,
    }
    let host = home.host();
    let refused = host.publisher::<Holds>("test/objects").expect_err("it is no data");
    assert_eq!(
        refused.to_string(),
        "the payload of `test/objects` can not be sent: an object of the interface `contract/desk` is part of it, and only \
         data can travel so"
    );
    assert!(host.subscribe::<Holds>("test/objects", Queue::bounded(8)).is_err());
    assert!(host.publisher::<Oops>("test/objects").is_ok());
}
