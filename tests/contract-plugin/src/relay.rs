//! From plugin to plugin, through the context alone.

use keyway::{Context, Handle, Plugin, StartError, interface};

use crate::life::{Journal, Named};
use crate::panics::Panics;
use crate::values::Values;

#[interface(id = "contract/relay", version = "1.0")]
pub trait Relay: Send + Sync {
    /// Whether the plugin that it requires was reached without an edge in between.
    fn direct(&self) -> bool;
    fn text(&self, text: &str) -> String;
    fn panic(&self, how: &str) -> Result<u64, String>;
    /// The name of a plugin, or why it can not be had.
    fn name_of(&self, plugin: &str) -> Result<String, String>;
    /// Asks for what the manifest does not require.
    fn journal(&self) -> Result<Vec<String>, String>;
    fn all_named(&self) -> Result<Vec<String>, String>;
    fn values_of(&self, plugin: &str) -> Result<String, String>;
    fn own_id(&self) -> String;
}

/// Requires a plugin by its id and an interface by its own.
#[keyway::plugin(
    id = "contract/relay",
    provides(Relay),
    requires("contract/everything" = "^1", interface("contract/named") = "^1"),
    optional("contract/absent" = "^1")
)]
pub struct Messenger {
    context: Context,
    values: Handle<dyn Values>,
    panics: Handle<dyn Panics>,
}

impl Plugin for Messenger {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self {
            context: context.clone(),
            values: context.get("contract/everything")?,
            panics: context.get("contract/everything")?,
        })
    }
}

impl Relay for Messenger {
    fn direct(&self) -> bool {
        self.values.is_direct()
    }
    fn text(&self, text: &str) -> String {
        self.values.text(text)
    }
    fn panic(&self, how: &str) -> Result<u64, String> {
        self.panics.fallible(how).map_err(|oops| oops.why)
    }
    fn name_of(&self, plugin: &str) -> Result<String, String> {
        let named = self.context.get::<dyn Named>(plugin).map_err(|error| error.to_string())?;
        Ok(named.name())
    }
    fn journal(&self) -> Result<Vec<String>, String> {
        let journal =
            self.context.get::<dyn Journal>("contract/journal").map_err(|error| error.to_string())?;
        Ok(journal.lines())
    }
    fn all_named(&self) -> Result<Vec<String>, String> {
        let all = self.context.all::<dyn Named>().map_err(|error| error.to_string())?;
        Ok(all.iter().map(|named| format!("{} {}", named.plugin(), named.name())).collect())
    }
    fn values_of(&self, plugin: &str) -> Result<String, String> {
        let values = self.context.get::<dyn Values>(plugin).map_err(|error| error.to_string())?;
        Ok(values.text("asked"))
    }
    fn own_id(&self) -> String {
        self.context.plugin().to_owned()
    }
}
