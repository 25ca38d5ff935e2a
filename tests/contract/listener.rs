//! Subscribers that keep what is said on a thread that listens, and on those that a host starts and stops plugins on for it.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::said;

/// Keeps what is said, where there is a place for it.
pub(crate) struct Listener(Option<Arc<Mutex<Vec<String>>>>);

impl Listener {
    /// One subscriber for the process, before any host: one that comes later may be missed by a callsite that another
    /// test's thread is registering at that moment.
    pub(crate) fn ready() {
        static SET: Once = Once::new();
        SET.call_once(|| {
            tracing::subscriber::set_global_default(Self(None)).expect("nobody else sets one");
            keyway::host::log_to_tracing().expect("nobody else sets a logger");
        });
    }

    /// Runs the body, and gives what was said meanwhile: `LEVEL target field=value …`.
    pub(crate) fn hear(body: impl FnOnce()) -> Vec<String> {
        Self::ready();
        let heard = Arc::new(Mutex::new(Vec::new()));
        tracing::subscriber::with_default(Self(Some(Arc::clone(&heard))), body);
        std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        said::is_on(metadata)
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let Some(heard) = &self.0 else { return said::abroad(event) };
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a text can be written to");
    }
}
