//! What may stand in a string, whichever file it is in: the text itself, or what would be right.

use std::fmt::Display;
use std::str::FromStr;

use crate::id::PluginId;

/// The rule that an id breaks, without the id.
pub(in crate::host) fn rule(error: &dyn Display) -> String {
    let words = error.to_string();
    words.rsplit_once(": ").map_or(words.clone(), |(_, rule)| rule.to_owned())
}

pub(in crate::host) fn plugin_id(text: &str) -> Result<PluginId, String> {
    PluginId::new(text).map_err(|error| rule(&error))
}

/// Versions and requirements on them.
pub(in crate::host) fn semver<T: FromStr<Err = semver::Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: semver::Error| error.to_string())
}
