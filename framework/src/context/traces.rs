//! How what a plugin says with `tracing` and `log` reaches its host.
//!
//! The statics of both crates are per linked image, so a library has its own, to which nobody listens. The first plugin of
//! an image that starts gives them a listener, the [`bridge`], that hands everything on to the host through the interface
//! [`Traces`]; in the host's own image there is none, and what is said there is untouched. What is disabled in the host is
//! disabled in the library by the same static check: the host tells the library its filter, and every change of it.
//!
//! What the host makes of it is the host's matter: see `host/services/traces.rs`.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

use tracing_core::{Interest, Level, LevelFilter};

use crate::Wire;

pub(crate) mod bridge;
mod install;
mod outside;
mod records;
pub(crate) mod speakers;
#[cfg(test)]
mod tests;
pub(crate) mod values;

pub(crate) use install::arrive;
#[cfg(feature = "host")]
pub(crate) use records::{
    described as record_described, filter as log_filter, key as record_key, level as record_level,
};

/// What a host does with what an image says. No method of it calls back into the image.
///
/// A span is known by a number, which is never 0. Two numbers above all that a host gives out are no spans: [`CURRENT`],
/// [`ROOT`].
#[crate::interface(id = "keyway/traces", version = "1.0")]
pub(crate) trait Traces: Send + Sync {
    /// Says which image this is, and who wants to hear of a changed filter. Where the answer has the image's own
    /// [`mark`], the host lives in it, and nothing has happened.
    fn attach(&self, image: u64, watcher: Arc<dyn Watcher>) -> Result<Attached, String>;
    /// A number for a callsite, from 0, which the host gives once for each; how far it is enabled.
    fn site(&self, site: Site) -> Result<Known, String>;
    /// Whether a callsite is enabled here and now: asked only where that depends on it.
    fn enabled(&self, site: u32) -> Result<bool, String>;
    /// An event. `parent` is 0 for the current span.
    fn event(&self, site: u32, parent: u64, values: &[u8]) -> Result<(), String>;
    /// A span, which is held once.
    fn new_span(&self, site: u32, parent: u64, values: &[u8]) -> Result<u64, String>;
    /// Values of a span that were not known when it was made.
    fn record(&self, span: u64, values: &[u8]) -> Result<(), String>;
    /// One span was caused by another.
    fn follows(&self, span: u64, cause: u64) -> Result<(), String>;
    /// This thread is in the span now.
    fn enter(&self, span: u64) -> Result<(), String>;
    /// This thread has left the span.
    fn exit(&self, span: u64) -> Result<(), String>;
    /// A span that is held once more.
    fn hold(&self, span: u64) -> Result<u64, String>;
    /// A span that is held once less; whether that was its end.
    fn close(&self, span: u64) -> Result<bool, String>;
    /// Which span this thread is in: 0 for none, 1 for one of the host's own, else 2 and the number of its callsite.
    fn current(&self) -> Result<u64, String>;
}

/// What an image wants to hear of its host.
#[crate::interface(id = "keyway/watcher", version = "1.0")]
pub(crate) trait Watcher: Send + Sync {
    /// The filter, as it is now: the most verbose level ([`number`]) and how far each callsite is enabled, by its number.
    fn filter_changed(&self, level: u32, interests: &[u8]);
}

/// In the place of a span: that one in which the thread is.
pub(crate) const CURRENT: u64 = 1 << 62;
/// In the place of a parent: none.
pub(crate) const ROOT: u64 = CURRENT + 1;
/// How many callsites an image may have; what others say goes to [`Site::general`] ones, of which there are few.
#[cfg(feature = "host")]
pub(crate) const SITES: usize = 4096;
#[cfg(feature = "host")]
pub(crate) const GENERAL_SITES: usize = 64;

/// What is known of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub(crate) struct Attached {
    /// The [`mark`] of its image.
    pub(crate) host: u64,
    /// Its most verbose level ([`number`]).
    pub(crate) level: u32,
}

/// A callsite, as the image knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Wire)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) target: String,
    /// See [`number`]; never 0.
    pub(crate) level: u32,
    pub(crate) module: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) fields: Vec<String>,
    pub(crate) span: bool,
    /// Whose it may be, by id.
    pub(crate) plugins: Vec<String>,
}

impl Site {
    /// The callsite of whatever has none of its own.
    pub(crate) fn general(level: u32, span: bool, plugins: Vec<String>) -> Self {
        Self {
            name: "general".into(),
            target: "keyway::plugin".into(),
            level,
            module: None,
            file: None,
            line: None,
            fields: values::GENERAL.map(str::to_owned).into(),
            span,
            plugins,
        }
    }

    /// Whether it is a [`general`](Self::general) one.
    #[cfg(feature = "host")]
    pub(crate) fn is_general(&self) -> bool {
        *self == Self::general(self.level, self.span, self.plugins.clone())
    }
}

/// A callsite, as its host knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub(crate) struct Known {
    pub(crate) id: u32,
    /// See [`interest`].
    pub(crate) interest: u8,
}

/// A number that no other image of this machine has, as far as anybody can tell.
pub(crate) fn mark() -> u64 {
    static MARK: OnceLock<u64> = OnceLock::new();
    // The address tells images of one process apart, the hasher's keys tell processes apart.
    *MARK.get_or_init(|| RandomState::new().hash_one(std::ptr::from_ref(&MARK).addr()))
}

/// A filter as a number: 0 lets nothing through, 5 lets traces through.
pub(crate) fn number(filter: LevelFilter) -> u32 {
    filter.into_level().map_or(0, |level| match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    })
}

/// The number of a level, as [`number`] has it.
pub(crate) fn number_of(level: Level) -> u32 {
    number(LevelFilter::from_level(level))
}

/// The filter with this number.
pub(crate) fn filter(number: u32) -> LevelFilter {
    match number {
        0 => LevelFilter::OFF,
        1 => LevelFilter::ERROR,
        2 => LevelFilter::WARN,
        3 => LevelFilter::INFO,
        4 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// How far a callsite is enabled: 0 never, 2 always, and else it depends.
pub(crate) fn interest(number: u8) -> Interest {
    match number {
        0 => Interest::never(),
        2 => Interest::always(),
        _ => Interest::sometimes(),
    }
}
