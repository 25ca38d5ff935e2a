//! What the context of one plugin reaches.

use std::sync::{Arc, Weak};

use super::lifecycle::Core;
use super::refusal::GetError;
use super::registry::{Entry, Phase};
use crate::context::{Level, Provided, Services};
use crate::fault::{Fault, FaultKind};
use crate::manifest::Manifest;

const STOPPED: &str = "the host has stopped";

/// Holds no host alive: after the plugin was stopped, everything but the log says so.
pub(super) struct HostServices {
    core: Weak<Core>,
    manifest: Arc<Manifest>,
    /// The plugin's step of the plan.
    step: usize,
}

impl HostServices {
    pub(super) fn new(core: Weak<Core>, manifest: &Arc<Manifest>, step: usize) -> Self {
        Self { core, manifest: Arc::clone(manifest), step }
    }

    fn core(&self) -> Option<Arc<Core>> {
        let core = self.core.upgrade()?;
        let retired = core.registry.now().plan()[self.step].phase() == Phase::Retired;
        (!retired).then_some(core)
    }

    /// Whether the manifest requires the plugin, or the interface from whoever provides it; or why not.
    fn requires(&self, plugin: &str, interface: &str, entry: Option<&Entry>) -> Result<(), String> {
        let requires = &self.manifest.requires;
        let by_id = requires.plugins.get(plugin).map(|requirement| &requirement.version);
        let by_interface = requires.interfaces.get(interface).map(|requirement| &requirement.version);
        let met_by_id =
            by_id.is_some_and(|version| entry.is_none_or(|it| version.matches(&it.manifest.version)));
        let met_by_interface =
            by_interface.is_some_and(|version| entry.is_some_and(|entry| entry.provides(interface, version)));
        if met_by_id || met_by_interface {
            return Ok(());
        }
        Err(match (by_id, by_interface, entry) {
            (Some(version), _, Some(entry)) => {
                format!("it requires `{plugin}` {version}, and {} is here", entry.manifest.version)
            }
            (None, Some(version), Some(entry)) => match entry.manifest.provides.get(interface) {
                Some(provided) => {
                    format!(
                        "it requires interface `{interface}` {version}, and `{plugin}` provides {provided}"
                    )
                }
                None => format!("plugin `{plugin}` does not provide it"),
            },
            (None, Some(_), None) => format!("there is no plugin `{plugin}`"),
            _ => format!("its manifest requires neither plugin `{plugin}` nor interface `{interface}`"),
        })
    }
}

impl Services for HostServices {
    fn plugin(&self) -> &str {
        self.manifest.id.as_str()
    }

    fn config(&self) -> Result<Vec<u8>, Fault> {
        let core = self.core().ok_or_else(|| Fault::new(FaultKind::Gone, STOPPED))?;
        let settings = core.survey.settings.get(&self.manifest.id);
        Ok(settings.map_or_else(Vec::new, |settings| settings.bytes().to_vec()))
    }

    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String> {
        let core = self.core().ok_or(STOPPED)?;
        self.requires(plugin, interface, core.registry.now().find(plugin).map(|entry| &**entry))?;
        core.provided(plugin, interface, Some(self.step)).map_err(|error| match &error {
            GetError::Refused { id, source } => {
                format!("plugin `{id}` does not run: it {}", source.summary())
            }
            error => crate::plugin::in_words(error),
        })
    }

    fn providers(&self, interface: &str) -> Result<Vec<String>, String> {
        let core = self.core().ok_or(STOPPED)?;
        let now = core.registry.now();
        let can_be_had = |entry: &&Arc<Entry>| {
            entry.step != Some(self.step)
                && entry.refusal().is_none()
                && (entry.live.get().is_some() || entry.step < Some(self.step))
                && self.requires(entry.id().as_str(), interface, Some(entry)).is_ok()
        };
        let providers = now.providers(interface).iter().filter(can_be_had);
        Ok(providers.map(|entry| entry.id().as_str().to_owned()).collect())
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        let plugin = self.plugin();
        match level {
            Level::Error => tracing::error!(target: "keyway::plugin", plugin, source = target, "{message}"),
            Level::Warn => tracing::warn!(target: "keyway::plugin", plugin, source = target, "{message}"),
            Level::Info => tracing::info!(target: "keyway::plugin", plugin, source = target, "{message}"),
            Level::Debug => tracing::debug!(target: "keyway::plugin", plugin, source = target, "{message}"),
            Level::Trace => tracing::trace!(target: "keyway::plugin", plugin, source = target, "{message}"),
        }
    }
}
