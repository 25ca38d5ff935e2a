//! What a sidecar says of a plugin against what the plugin's library says of itself.

use std::error::Error;
use std::fmt;

use serde_json::Value;

use crate::host::loader::Refuses;
use crate::id::PluginId;
use crate::manifest::Manifest;

/// A field of which a sidecar says one thing and the library beside it another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) struct Contradiction {
    /// The plugin, by the sidecar's name for it.
    pub(in crate::host) plugin: PluginId,
    /// The field, and the place in it: `requires.toolbox/table`.
    pub(in crate::host) field: String,
    /// As JSON, or `nothing`.
    pub(in crate::host) sidecar: String,
    /// As JSON, or `nothing`.
    pub(in crate::host) embedded: String,
}

/// The first field (`id`, `version`, then by name) of which the sidecar says something that the library does not say as
/// well. What a sidecar leaves out, and what it says that goes without saying, is no contradiction; a table that it has is
/// all of that table.
pub(in crate::host) fn contradiction(sidecar: &Manifest, embedded: &Manifest) -> Option<Contradiction> {
    if sidecar == embedded {
        return None;
    }
    let fields = |manifest| match serde_json::to_value(manifest) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (said, own) = (fields(sidecar), fields(embedded));
    let differs = |field: &&str| said.get(*field) != own.get(*field);
    let names = said.keys().map(String::as_str);
    let field = ["id", "version"].into_iter().find(differs).or_else(|| names.filter(differs).min())?;
    let mut place = field.to_owned();
    let (said, own) = narrow(&mut place, said.get(field), own.get(field));
    let words = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    Some(Contradiction {
        plugin: sidecar.id.clone(),
        field: place,
        sidecar: words(said),
        embedded: words(own),
    })
}

/// Down to the first entry of a table that differs.
fn narrow<'v>(
    place: &mut String,
    said: Option<&'v Value>,
    own: Option<&'v Value>,
) -> (Option<&'v Value>, Option<&'v Value>) {
    if let (Some(Value::Object(a)), Some(Value::Object(b))) = (said, own)
        && let Some(key) = a.keys().chain(b.keys()).filter(|key| a.get(*key) != b.get(*key)).min()
    {
        place.push('.');
        place.push_str(key);
        return narrow(place, a.get(key), b.get(key));
    }
    (said, own)
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, field, sidecar, embedded } = self;
        write!(
            f,
            "the sidecar says of `{plugin}` that `{field}` is {sidecar}, and its library that it is {embedded}"
        )
    }
}

impl Error for Contradiction {}

impl Refuses for Contradiction {
    fn code(&self) -> &'static str {
        "sidecar-contradiction"
    }

    fn help(&self) -> String {
        format!("leave `{}` out of the sidecar, or write there what the library says", self.field)
    }
}
