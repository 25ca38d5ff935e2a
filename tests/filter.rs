//! The most verbose level of a host's subscriber is known in a library, before there is one and after each change of it.
//!
//! In a process of its own: the level is one for all subscribers of a process.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use contract_plugin::traces::Speaker;
use keyway::Handle;
use keyway::host::Host;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

static LEVEL: AtomicUsize = AtomicUsize::new(2);
/// How often the subscriber was called about the plugin.
static CALLS: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);

struct Changing;

fn level() -> LevelFilter {
    LEVELS[LEVEL.load(Ordering::SeqCst)]
}

fn count(metadata: &Metadata<'_>) {
    if metadata.target().starts_with("contract") {
        CALLS.fetch_add(1, Ordering::SeqCst);
    }
}

impl Subscriber for Changing {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if *metadata.level() <= level() { Interest::always() } else { Interest::never() }
    }
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(level())
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        count(metadata);
        *metadata.level() <= level()
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        count(attributes.metadata());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        count(event.metadata());
        if event.metadata().target().starts_with("contract") {
            EVENTS.fetch_add(1, Ordering::SeqCst);
        }
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Waits until the library has this filter, for both ways of saying something.
fn wait_for(speaker: &Handle<dyn Speaker>, level: usize) {
    let expected = [LEVELS[level].to_string(), LEVELS[level].to_string().to_uppercase()];
    let deadline = Instant::now() + Duration::from_secs(60);
    while speaker.filters() != expected {
        assert!(Instant::now() < deadline, "{:?} and not {expected:?}", speaker.filters());
        thread::sleep(Duration::from_millis(1));
    }
}

/// How many events the library's five levels and five records are at this filter.
fn events(speaker: &Handle<dyn Speaker>) -> u64 {
    let before = EVENTS.load(Ordering::SeqCst);
    speaker.levels();
    speaker.records();
    EVENTS.load(Ordering::SeqCst) - before
}

#[test]
fn a_library_has_the_filter_of_its_host() {
    let folder = keyway_tests::kept_folder_of(&keyway_tests::library("keyway-contract-plugin"));
    let builder = Host::builder("filter", "1.0.0").linked_in(false).plugin_dir(folder);
    let host = builder.bridge(keyway_dylib::bridge()).start().expect("the host starts");
    let speaker: Handle<dyn Speaker> = host.get("contract/speaker").expect("it runs");

    wait_for(&speaker, 0);
    assert_eq!(events(&speaker), 0, "nobody listens");
    tracing::subscriber::set_global_default(Changing).expect("nobody else sets one");
    wait_for(&speaker, 2);
    assert_eq!(events(&speaker), 4);

    for (now, expected) in [(5, 10), (0, 0), (3, 6), (1, 2), (4, 8)] {
        LEVEL.store(now, Ordering::SeqCst);
        tracing::callsite::rebuild_interest_cache();
        wait_for(&speaker, now);
        assert_eq!(events(&speaker), expected, "at {}", LEVELS[now]);
    }

    CALLS.store(0, Ordering::SeqCst);
    speaker.trace(1000);
    assert_eq!(CALLS.load(Ordering::SeqCst), 0, "what is disabled reaches nobody");

    // The program's own records, and those of what is linked in.
    log::error!(target: "contract::own", "before there is a logger");
    let before = EVENTS.load(Ordering::SeqCst);
    keyway::host::log_to_tracing().expect("nobody else sets a logger");
    keyway::host::log_to_tracing().expect_err("there is one now");
    log::error!(target: "contract::own", "said");
    log::trace!(target: "contract::own", "not let through");
    assert_eq!(EVENTS.load(Ordering::SeqCst) - before, 1);
    assert_eq!(log::max_level(), log::LevelFilter::Debug);
    LEVEL.store(1, Ordering::SeqCst);
    tracing::callsite::rebuild_interest_cache();
    wait_for(&speaker, 1);
    let deadline = Instant::now() + Duration::from_secs(60);
    while log::max_level() != log::LevelFilter::Error && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(log::max_level(), log::LevelFilter::Error);
}
