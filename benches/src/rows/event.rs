//! An event, published once and received by 1, 10 or 100 subscribers; all of them read it before the next one.

use std::path::Path;

use figures_keyway::{Moved, Speaker};
use keyway::Handle;
use keyway::context::topics::{Queue, Subscription};
use keyway::host::{Host, HostBuilder, Loopback};
use tokio::sync::broadcast;

use crate::libraries::Copies;
use crate::measure::{CHECKED, Line, Row, Unit};

const TOPIC: &str = "figures/moved";

/// How many events may wait, everywhere.
const ROOM: u32 = 64;

/// To one.
pub fn to_one() -> Row {
    row(1)
}

/// To ten.
pub fn to_ten() -> Row {
    row(10)
}

/// To a hundred.
pub fn to_hundred() -> Row {
    row(100)
}

/// A host with so many subscribers of its own.
fn listening(host: HostBuilder, count: usize) -> (&'static Host, Vec<Subscription<Moved>>) {
    let host: &Host = Box::leak(Box::new(host.start().expect("the host is without mistakes")));
    let queue = Queue::bounded(ROOM).drop_oldest();
    let subscribe = |_| host.subscribe::<Moved>(TOPIC, queue).expect("everybody has the same type");
    (host, (0..count).map(subscribe).collect())
}

fn read(subscriptions: &mut [Subscription<Moved>]) -> u64 {
    let read = |events: &mut Subscription<Moved>| events.try_next().expect("it was published").to;
    subscriptions.iter_mut().map(read).sum()
}

/// Published where it is received.
fn in_one_image(count: usize) -> impl FnMut(u64) -> u64 {
    let (host, mut subscriptions) = listening(Host::builder("figures", "1.0.0"), count);
    let publisher = host.publisher::<Moved>(TOPIC).expect("everybody has the same type");
    move |n| {
        publisher.publish(Moved::to(n)).expect("the host runs");
        read(&mut subscriptions)
    }
}

/// Published by the plugin, which an edge parts from the host.
fn across_an_edge(host: HostBuilder, count: usize) -> impl FnMut(u64) -> u64 {
    let (host, mut subscriptions) = listening(host, count);
    let speaker: Handle<dyn Speaker> =
        host.get("figures/publisher").unwrap_or_else(|cause| panic!("{cause}"));
    move |n| {
        speaker.say(n);
        read(&mut subscriptions)
    }
}

fn library(folder: &Path) -> HostBuilder {
    Host::builder("figures", "1.0.0").linked_in(false).plugin_dir(folder).bridge(keyway_dylib::bridge())
}

fn tokio_broadcast(count: usize) -> impl FnMut(u64) -> u64 {
    let (sender, first) = broadcast::channel::<Moved>(ROOM as usize);
    let mut receivers: Vec<_> = (1..count).map(|_| sender.subscribe()).collect();
    receivers.push(first);
    move |n| {
        sender.send(Moved::to(n)).expect("somebody receives");
        receivers.iter_mut().map(|receiver| receiver.try_recv().expect("it was sent").to).sum()
    }
}

fn row(count: usize) -> Row {
    let right = CHECKED * count as u64;
    let name = match count {
        1 => "event to 1 subscriber, until it is read".to_owned(),
        _ => format!("event to {count} subscribers, until all have read it"),
    };
    let answer = |answer: u64| answer;
    let messages = Host::builder("figures", "1.0.0").loopback(Loopback::Message);
    let folder = Copies::of("figures-keyway").folder();
    Row::new(&name, Unit::Nanoseconds)
        .floor(Line::call("tokio's `broadcast` channel", &right, tokio_broadcast(count), answer))
        .contestant(Line::call("the floor once more", &right, tokio_broadcast(count), answer))
        .contestant(Line::call("Keyway, in one image", &right, in_one_image(count), answer))
        .contestant(Line::call(
            "Keyway, a library publishes",
            &right,
            across_an_edge(library(&folder), count),
            answer,
        ))
        .contestant(Line::call(
            "Keyway, published by messages",
            &right,
            across_an_edge(messages, count),
            answer,
        ))
}
