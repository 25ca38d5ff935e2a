//! A subscriber that keeps what plugins say: spans with those that they stand below, events with the spans that they stand
//! in, and whose they are.

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use contract_plugin::traces::{ABROAD, SWITCHED};
use keyway::host::origin;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

use super::listener::Listener;

/// Whether [`SWITCHED`] is on, for all subscribers of this process.
pub(crate) static ON: AtomicBool = AtomicBool::new(false);

/// What was said with the target [`ABROAD`] on threads that have no subscriber of their own.
pub(crate) static FROM_ABROAD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What every subscriber of this process lets through.
pub(crate) fn is_on(metadata: &Metadata<'_>) -> bool {
    metadata.target() != SWITCHED || ON.load(Ordering::SeqCst)
}

/// What the subscriber of all threads does with an event.
pub(crate) fn abroad(event: &Event<'_>) {
    if event.metadata().target() == ABROAD {
        let said = format!("{}{}", text(|said| event.record(said)), whose(event.metadata()));
        FROM_ABROAD.lock().unwrap_or_else(PoisonError::into_inner).push(said);
    }
}

/// See the module.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lines: Vec<String>,
    spans: HashMap<u64, Span>,
    stacks: HashMap<ThreadId, Vec<u64>>,
    last: u64,
}

struct Span {
    metadata: &'static Metadata<'static>,
    /// With those above it, the outermost first.
    path: String,
    holders: u64,
}

impl Said {
    /// Runs the body, and gives what plugins of these tests said meanwhile on this thread.
    pub(crate) fn during(body: impl FnOnce()) -> Vec<String> {
        let said = Self::default();
        said.listen(body);
        said.lines()
    }

    pub(crate) fn listen<R>(&self, body: impl FnOnce() -> R) -> R {
        Listener::ready();
        tracing::subscriber::with_default(self.clone(), body)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.state().lines)
    }

    /// How many spans are open.
    pub(crate) fn open(&self) -> usize {
        self.state().spans.len()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The path of what stands below this, or below what the thread is in.
    fn below(&self, is_contextual: bool, parent: Option<&Id>) -> String {
        let parent = match parent {
            Some(parent) => Some(parent.into_u64()),
            None if is_contextual => self.current(),
            None => None,
        };
        parent.and_then(|parent| self.spans.get(&parent)).map_or_else(String::new, |span| span.path.clone())
    }

    fn current(&self) -> Option<u64> {
        self.stacks.get(&thread::current().id())?.last().copied()
    }
}

fn is_of_these_tests(metadata: &Metadata<'_>) -> bool {
    // What has no callsite of its own is told as what is general.
    metadata.target().starts_with("contract") || metadata.name() == "general"
}

/// The fields but for those that say whose it is, as they came.
fn text(record: impl FnOnce(&mut Text)) -> String {
    let mut text = Text(String::new());
    record(&mut text);
    text.0
}

/// By the function that knows it of every home.
fn whose(metadata: &Metadata<'_>) -> String {
    origin(metadata).map_or_else(String::new, |origin| format!(" [{} {}]", origin.plugin, origin.home))
}

impl Subscriber for Said {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_on(metadata)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut state = self.state();
        let metadata = attributes.metadata();
        let above = state.below(attributes.is_contextual(), attributes.parent());
        let path = format!("{above}{}:", metadata.name());
        if is_of_these_tests(metadata) {
            let fields = text(|said| attributes.record(said));
            state.lines.push(format!("span {path} {} {}{fields}", metadata.level(), metadata.target()));
        }
        state.last += 1;
        let id = state.last;
        state.spans.insert(id, Span { metadata, path, holders: 1 });
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut state = self.state();
        let line =
            format!("record {}{}", state.spans[&span.into_u64()].path, text(|said| values.record(said)));
        state.lines.push(line);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        let mut state = self.state();
        let (span, follows) = (&state.spans[&span.into_u64()], &state.spans[&follows.into_u64()]);
        let line = format!("{} follows {}", span.path, follows.path);
        state.lines.push(line);
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        if !is_of_these_tests(metadata) {
            return;
        }
        let mut state = self.state();
        let path = state.below(event.is_contextual(), event.parent());
        let fields = text(|said| event.record(said));
        let whose = whose(metadata);
        state.lines.push(format!("event {path} {} {}{fields}{whose}", metadata.level(), metadata.target()));
    }

    fn enter(&self, span: &Id) {
        self.state().stacks.entry(thread::current().id()).or_default().push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        let mut state = self.state();
        let stack = state.stacks.entry(thread::current().id()).or_default();
        assert_eq!(
            stack.pop(),
            Some(span.into_u64()),
            "spans are left in the order in which they were entered"
        );
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.state().spans.get_mut(&id.into_u64()).expect("the span is open").holders += 1;
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut state = self.state();
        let span = state.spans.get_mut(&id.into_u64()).expect("the span is open");
        span.holders -= 1;
        let last = span.holders == 0;
        if last {
            state.spans.remove(&id.into_u64());
        }
        last
    }

    fn current_span(&self) -> Current {
        let state = self.state();
        let current = state.current().map(|id| (id, state.spans[&id].metadata));
        current.map_or_else(Current::none, |(id, metadata)| Current::new(Id::from_u64(id), metadata))
    }
}

struct Text(String);

impl Text {
    fn put(&mut self, field: &Field, kind: &str, value: &dyn Debug) {
        if !matches!(field.name(), "plugin" | "home") {
            write!(self.0, " {}={kind}{value:?}", field.name()).expect("a text can be written to");
        }
    }
}

impl Visit for Text {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, "f64:", &value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, "i64:", &value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, "u64:", &value);
    }
    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, "i128:", &value);
    }
    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, "u128:", &value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, "bool:", &value);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, "str:", &value);
    }
    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.put(field, "bytes:", &value);
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, "", &value);
    }
}
