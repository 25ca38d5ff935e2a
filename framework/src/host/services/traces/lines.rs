//! What is said with level info or above stands among the plugin's lines of log, too: as text, and as far as the host's
//! filter lets it through.

use std::fmt::Write;

use super::image::Image;
use super::site::Leaked;
use crate::context::Level;
use crate::context::traces::speakers::BETWEEN;
use crate::context::traces::values::Told;

impl Leaked {
    /// Whether a plugin may be meant.
    pub(super) fn is_of(&self, plugin: &str) -> bool {
        self.plugin.split(BETWEEN).any(|id| id == plugin)
    }
}

impl Image {
    /// Keeps an event as a line.
    pub(super) fn keep_line(&self, site: &Leaked, told: &[(usize, Told<'_>)]) {
        let metadata = site.metadata();
        let level = match *metadata.level() {
            tracing_core::Level::ERROR => Level::Error,
            tracing_core::Level::WARN => Level::Warn,
            tracing_core::Level::INFO => Level::Info,
            _ => return,
        };
        let text = text(site, told);
        for record in self.records(site) {
            record.log(level, metadata.target(), &text);
        }
    }
}

/// The message, and then the other fields.
fn text(site: &Leaked, told: &[(usize, Told<'_>)]) -> String {
    let name = |field: usize| site.metadata().fields().iter().nth(field).map(|field| field.name());
    let named = || told.iter().filter_map(|(field, value)| Some((name(*field)?, value)));
    let mut text = String::new();
    if let Some((_, message)) = named().find(|(name, _)| *name == "message") {
        let _always = match message {
            Told::Text(message) => write!(text, "{message}"),
            message => write!(text, "{message}"),
        };
    }
    for (name, value) in named().filter(|(name, _)| *name != "message") {
        let space = if text.is_empty() { "" } else { " " };
        let _always = write!(text, "{space}{name}={value}");
    }
    text
}
