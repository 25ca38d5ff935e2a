//! A subscriber of the whole process, set after the host has started: it hears every thread, is told whose each thing is,
//! and may call plugins at whatever it is told.
//!
//! In a process of its own: there is one such subscriber, and none of a single thread's. `tracing` itself keeps only the
//! latter from being called in a circle.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use contract_plugin::life::Report;
use contract_plugin::tasks::{Probe, Worker};
use contract_plugin::traces::Speaker;
use keyway::Handle;
use keyway::host::Host;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What was said, whoever said it.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Whether the subscriber calls a plugin at everything it is told.
static CALLS: AtomicBool = AtomicBool::new(false);
/// Those that it calls.
static CALLED: OnceLock<(Handle<dyn Speaker>, Handle<dyn Report>)> = OnceLock::new();
/// How often it was found in itself.
static DEEPEST: AtomicUsize = AtomicUsize::new(0);
/// More would tell nothing new.
const DEEP: usize = 4;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

struct Stage {
    _host: Host,
    speaker: Handle<dyn Speaker>,
    report: Handle<dyn Report>,
    worker: Handle<dyn Worker>,
    noting: Arc<Noting>,
}

/// Notes in the host's image, on whatever thread it is called.
#[derive(Default)]
struct Noting(AtomicUsize);

#[keyway::interface]
impl Probe for Noting {
    fn note(&self, what: &str) {
        tracing::info!(target: "contract::note", "{what}");
        self.0.fetch_add(1, Ordering::SeqCst);
    }
    fn block(&self) {}
    async fn wait(&self) {}
}

/// A host that has begun its threads before anybody listened. One test at a time has it.
fn stage() -> (&'static Stage, MutexGuard<'static, ()>) {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = STAGE.get_or_init(|| {
        let folder = keyway_tests::kept_folder_of(&keyway_tests::library("keyway-contract-plugin"));
        let builder = Host::builder("listening", "1.0.0").linked_in(false).plugin_dir(folder);
        let host = builder.bridge(keyway_dylib::bridge()).start().expect("the host starts");
        let stage = Stage {
            speaker: host.get("contract/speaker").expect("it runs"),
            report: host.get("contract/configured").expect("it runs"),
            worker: host.get("contract/worker").expect("it runs"),
            noting: Arc::default(),
            _host: host,
        };
        for _ in 0..8 {
            stage.note("early");
        }
        assert!(heard().is_empty(), "nobody listens");
        tracing::subscriber::set_global_default(Ears).expect("nobody else sets one");
        wait_for("the filter", || stage.speaker.filters()[0] == "trace");
        stage
    });
    heard().clear();
    (stage, one)
}

impl Stage {
    /// Notes something in a task of a plugin's, on a thread of the host's.
    fn note(&self, what: &str) {
        let before = self.noting.0.load(Ordering::SeqCst);
        self.worker.act(what, Arc::clone(&self.noting) as _).expect("the plugin runs");
        wait_for("the task", || self.noting.0.load(Ordering::SeqCst) >= before + 2);
    }
}

fn heard() -> MutexGuard<'static, Vec<String>> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait_for(what: &str, mut come: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !come() {
        assert!(Instant::now() < deadline, "{what} has not come");
        thread::sleep(Duration::from_millis(1));
    }
}

struct Ears;

/// What a subscriber may do at everything it is told.
fn call() {
    let Some((speaker, report)) = CALLED.get().filter(|_| CALLS.load(Ordering::SeqCst)) else { return };
    let depth = DEPTH.get() + 1;
    DEEPEST.fetch_max(depth, Ordering::SeqCst);
    if depth < DEEP {
        DEPTH.set(depth);
        speaker.spans();
        report.log(1, "in a circle");
        DEPTH.set(depth - 1);
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a text can be written to");
    }
}

fn hear(what: &str, metadata: &Metadata<'_>, record: impl FnOnce(&mut Text)) {
    if metadata.target().starts_with("contract") {
        let mut text = Text(format!("{what} {}", metadata.target()));
        record(&mut text);
        heard().push(text.0);
    }
}

impl Subscriber for Ears {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        hear("span", attributes.metadata(), |text| attributes.record(text));
        call();
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text("record".to_owned());
        values.record(&mut text);
        heard().push(text.0);
        call();
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {
        call();
    }
    fn event(&self, event: &Event<'_>) {
        hear("event", event.metadata(), |text| event.record(text));
        call();
    }
    fn enter(&self, _: &Id) {
        call();
    }
    fn exit(&self, _: &Id) {
        call();
    }
    fn clone_span(&self, id: &Id) -> Id {
        call();
        id.clone()
    }
    fn try_close(&self, _: Id) -> bool {
        call();
        false
    }
}

#[test]
fn a_thread_that_began_before_anybody_listened_is_heard() {
    let (stage, _one) = stage();
    stage.note("late");
    assert_eq!(*heard(), ["event contract::note message=late", "event contract::note message=late went on"]);
}

#[test]
fn events_and_spans_say_whose_they_are() {
    let (stage, _one) = stage();
    stage.speaker.levels();
    stage.speaker.spans();
    let whose = " plugin=\"contract/speaker\" home=\"dylib\"";
    let mut heard = heard();
    // A span has said it, and what it is told later does not say it once more.
    assert_eq!(
        heard.extract_if(.., |said| said.starts_with("record")).collect::<Vec<_>>(),
        ["record later=\"now\""]
    );
    assert_eq!(heard[0], format!("event contract::levels message=error{whose}"));
    assert_eq!(heard[5], format!("span contract_plugin::traces one=1{whose}"));
    assert!(heard.iter().all(|said| said.ends_with(whose)), "{heard:?}");
}

#[test]
fn a_subscriber_that_calls_plugins_is_in_no_circle() {
    let (stage, _one) = stage();
    CALLED.get_or_init(|| (stage.speaker.clone(), stage.report.clone()));
    CALLS.store(true, Ordering::SeqCst);
    stage.speaker.spans();
    let by_events = DEEPEST.swap(0, Ordering::SeqCst);
    stage.report.log(1, "from outside");
    let by_log = DEEPEST.swap(0, Ordering::SeqCst);
    CALLS.store(false, Ordering::SeqCst);
    assert_eq!((by_events, by_log), (1, 1));
}
