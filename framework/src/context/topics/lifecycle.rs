//! What the host publishes of its plugins.

use crate::Wire;

/// A change of a plugin's state: the payload of the topic [`TOPIC`](Self::TOPIC), on which the host alone publishes.
///
/// ```no_run
/// use keyway::context::topics::{Lifecycle, Queue, Subscription};
/// use keyway::{Context, StartError};
///
/// fn watch(context: &Context) -> Result<Subscription<Lifecycle>, StartError> {
///     Ok(context.subscribe(Lifecycle::TOPIC, Queue::bounded(256).drop_oldest())?)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
#[non_exhaustive]
pub struct Lifecycle {
    /// Whose state changed.
    pub plugin: String,
    /// The version of it that is meant.
    pub version: String,
    /// Where it lives: `static`, `dylib` and so on, as the list of plugins shows it.
    pub home: String,
    /// The state that it was in, by name; `None` where it is the first.
    pub from: Option<String>,
    /// The state that it came into, by name: `loaded`, `active`, `draining`, `retired`, `refused` and so on.
    pub to: String,
    /// Why it does not run, where it is refused or quarantined.
    pub reason: Option<String>,
    /// When it came about.
    ///
    /// **Unit:** milliseconds since 1970 in UTC.
    pub at: u64,
}

impl Lifecycle {
    /// The topic.
    pub const TOPIC: &'static str = "keyway/lifecycle";
}
