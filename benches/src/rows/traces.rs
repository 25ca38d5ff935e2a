//! An event of a plugin's in a library, beside the same event in this program: what it costs to say something that nobody
//! listens to, and something that is heard.
//!
//! The subscriber is one for the process and stays, so these rows come last. It wants to hear what is at least an info,
//! but for one target, and looks at every value of it.

use std::fmt::Debug;
use std::hint::black_box;
use std::sync::Once;
use std::time::{Duration, Instant};

use figures_speaking::{OFF, Speaking};
use keyway::Handle;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use crate::contestants;
use crate::libraries::Copies;
use crate::measure::{Line, Row, Unit};

/// Events of one sample.
const EVENTS: u64 = 100_000;
const HEARD: u64 = 4_000;

/// Too verbose for the filter.
pub fn too_verbose() -> Row {
    row("disabled event, by its level", EVENTS, |speaking, count| speaking.too_verbose(count))
}

/// Switched off by name.
pub fn switched_off() -> Row {
    row("disabled event, by its target", EVENTS, |speaking, count| speaking.switched_off(count))
}

/// Heard.
pub fn heard() -> Row {
    let say = |speaking: &dyn Speaking, count| speaking.heard(count);
    let (floor, ours) = (contestants::keyway::speaking_built_in(), loaded(|it| it.heard(HEARD)));
    Row::new("event that is heard, a message and two values", Unit::Nanoseconds)
        .floor(each("in this program", HEARD, floor, say))
        .contestant(each("the floor once more", HEARD, contestants::keyway::speaking_built_in(), say))
        .contestant(each("Keyway, in a library", HEARD, ours, say))
}

/// At most 2 ns more than in this program.
fn row(name: &str, events: u64, say: fn(&dyn Speaking, u64) -> u64) -> Row {
    let floor = contestants::keyway::speaking_built_in();
    let again = contestants::keyway::speaking_built_in();
    let ours = loaded(move |it| say(it, 1));
    let silent = contestants::keyway::speaking_built_in();
    Row::new(name, Unit::Nanoseconds)
        .floor(each("in this program", events, floor, say))
        .contestant(each("the floor once more", events, again, say))
        .contestant(each("Keyway, in a library", events, ours, say).target(crate::measure::Target::More(2.0)))
        .contestant(each("the loop without an event", events, silent, |it, count| it.silent(count)))
}

fn each(
    name: &str,
    events: u64,
    speaking: Handle<dyn Speaking>,
    say: impl Fn(&dyn Speaking, u64) -> u64 + 'static,
) -> Line {
    listen();
    let speaking = black_box(speaking.to_arc());
    say(&*speaking, 1);
    Line::measured(name, move || {
        let start = Instant::now();
        black_box(say(&*speaking, black_box(events)));
        start.elapsed().as_nanos() as f64 / events as f64
    })
}

/// The plugin from its library, once it knows what is listened to.
fn loaded(warm: impl Fn(&dyn Speaking) -> u64) -> Handle<dyn Speaking> {
    listen();
    let speaking = contestants::keyway::speaking(&Copies::of("figures-speaking").folder());
    warm(&*speaking.to_arc());
    // A filter is told at once, and again a little later; then there is peace.
    std::thread::sleep(Duration::from_millis(1500));
    speaking
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Looks).expect("nobody else sets one"));
}

struct Looks;

impl Subscriber for Looks {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= LevelFilter::INFO && metadata.target() != OFF
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Look);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Look;

impl Visit for Look {
    fn record_u64(&mut self, _: &Field, value: u64) {
        black_box(value);
    }
    fn record_str(&mut self, _: &Field, value: &str) {
        black_box(value);
    }
    fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
        black_box(value);
    }
}
