//! Whose is what is said with `tracing` and `log`, for subscribers that want to know.
//!
//! What a library says carries it: the fields `plugin` and `home`. What a linked-in plugin says reaches the host's
//! subscriber as it is, and at no cost; it is told by its module.

use tracing_core::Metadata;

use super::services::traces::site::leaked_of;
use crate::context::traces::speakers::Speakers;
use crate::manifest::Home;

/// Whose something is that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The plugin's id. Where several may be meant, because they share a library and what was said is of no one's module:
    /// all of them, with `, ` between.
    pub plugin: &'static str,
    /// Where it lives.
    pub home: Home,
}

/// Whose an event or a span is; `None` for what is no plugin's. For a layer, a filter or a formatter: what a library says
/// has it as the fields `plugin` and `home`, too. A line of [`Context::log`](crate::Context::log) is the host's to say, and
/// has the plugin as the field `plugin` alone.
///
/// ```
/// use keyway::host::origin;
///
/// #[keyway::plugin(id = "toolbox/word-count")]
/// #[derive(Default)]
/// pub struct WordCount;
///
/// struct Names;
///
/// impl tracing::Subscriber for Names {
///     fn event(&self, event: &tracing::Event<'_>) {
///         let plugin = origin(event.metadata()).map_or("the program", |origin| origin.plugin);
///         assert_eq!(plugin, "toolbox/word-count");
///     }
///     # fn enabled(&self, _: &tracing::Metadata<'_>) -> bool { true }
///     # fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id { tracing::span::Id::from_u64(1) }
///     # fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
///     # fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
///     # fn enter(&self, _: &tracing::span::Id) {}
///     # fn exit(&self, _: &tracing::span::Id) {}
/// }
///
/// tracing::subscriber::with_default(Names, || tracing::info!("a plugin of this crate says so"));
/// ```
pub fn origin(metadata: &Metadata<'_>) -> Option<Origin> {
    if let Some(site) = leaked_of(metadata) {
        return (!site.plugin.is_empty()).then_some(Origin { plugin: site.plugin, home: site.home });
    }
    let plugin = Speakers::here().of_module(metadata.module_path().unwrap_or(metadata.target()))?;
    Some(Origin { plugin, home: Home::Static })
}
