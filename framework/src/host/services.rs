//! What the context of one plugin reaches.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use self::traces::{HostTraces, Saying};
use super::builder::Loopback;
use super::lifecycle::Core;
use super::record::Record;
use super::refusal::GetError;
use super::registry::{Entry, Plugin, Snapshot};
use crate::abi::object::Held;
use crate::context::resources::across::Resources;
use crate::context::router::port::Router;
use crate::context::topics::port::Topics;
use crate::context::traces::Traces;
use crate::context::{self, Generations, Level, Provided, Services, Tasks};
use crate::fault::{Fault, FaultKind};
use crate::handle::{Generation, Owner};
use crate::interface::Interface;
use crate::manifest::{Home, Manifest};

mod generations;
pub(super) mod resources;
mod router;
mod talk;
mod tasks;
pub(in crate::host) mod topics;
pub(super) mod traces;
mod wakers;

pub(super) use talk::Talk;
pub use tasks::Executor;
pub(super) use tasks::{Excused, PluginTasks, Runtime};

pub(super) const STOPPED: &str = "the host has stopped";
/// What a plugin is told that was stopped, while its host goes on.
const ENDED: &str = "it was stopped";

/// Holds no host alive: after the plugin was stopped, everything but the log says so.
pub(super) struct HostServices {
    core: Weak<Core>,
    manifest: Arc<Manifest>,
    record: Arc<Record>,
    home: Home,
    /// How the host's own services reach the plugin, where a detour was chosen.
    loopback: Option<Loopback>,
    pub(super) tasks: Arc<PluginTasks>,
    closed: AtomicBool,
    /// What it shares.
    pub(super) shelf: Arc<resources::Shelf>,
    /// What the plugin publishes, subscribes to and answers.
    talker: talk::Talker,
}

impl HostServices {
    pub(super) fn new(core: Weak<Core>, plugin: &Plugin, loopback: Option<Loopback>) -> Self {
        let (manifest, record) = (Arc::clone(&plugin.manifest), Arc::clone(&plugin.record));
        let runtime = core.upgrade().map(|core| Arc::downgrade(&core.runtime)).unwrap_or_default();
        let tasks = PluginTasks::new(runtime, &manifest.id, &record);
        let shelf = resources::Shelf::of(&record.owner);
        let (closed, talker, home) = (AtomicBool::new(false), talk::Talker::default(), plugin.home);
        Self { core, manifest, record, home, loopback, tasks, closed, shelf, talker }
    }

    /// What the host itself does for the plugin.
    ///
    /// **Errors:** it has no such service, in words.
    fn of_the_host(&self, interface: &str) -> Result<Provided, String> {
        let core = self.core()?;
        match interface {
            <dyn Traces>::ID => Ok(self.give::<dyn Traces>(Arc::new(HostTraces::of(self)))),
            id if id == <dyn Tasks>::ID => {
                Ok(self.give::<dyn Tasks>(Arc::new(tasks::Served(Arc::clone(&self.tasks)))))
            }
            <dyn Resources>::ID => Ok(self.give::<dyn Resources>(self.resources())),
            <dyn Topics>::ID => Ok(self.talker.topics(&core.talk, self)),
            <dyn Router>::ID => Ok(self.give(self.talker.router(&core.talk, self))),
            other => Err(format!("this host has no service `{other}`")),
        }
    }

    /// A service of the host's, the way that the plugin is reached.
    fn give<I: ?Sized + Interface>(&self, object: Arc<I>) -> Provided {
        let held = Held::of(Arc::clone(&object));
        let (object, direct): (_, Option<Box<dyn Any + Send + Sync>>) = match self.loopback {
            None => (held, Some(Box::new(object))),
            Some(Loopback::Table) => (held, None),
            Some(Loopback::Message) => (held.by_messages(), None),
        };
        Provided { object, direct, owner: Arc::new(Owner::new(context::HOST)), generation: None }
    }

    /// The plugin is about to be stopped: nothing of it waits for the host any more.
    pub(super) fn drain(&self) {
        self.talker.drain();
    }

    /// Its start was given up: nobody waits for it any more, and it is not asked.
    pub(super) fn silence(&self) {
        self.talker.close();
    }

    /// The plugin has been stopped.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.shelf.close();
        self.talker.close();
    }

    /// **Errors:** the host has stopped, or the plugin alone.
    fn core(&self) -> Result<Arc<Core>, &'static str> {
        let core = self.core.upgrade().ok_or(STOPPED)?;
        if !self.closed.load(Ordering::Acquire) {
            return Ok(core);
        }
        Err(if core.has_stopped() { STOPPED } else { ENDED })
    }

    /// Who provides an interface and can be had, by rank and then id.
    fn can_have<'n>(&self, now: &'n Snapshot, interface: &str) -> impl Iterator<Item = &'n Entry> {
        let own = now.find(self.manifest.id.as_str()).and_then(|entry| entry.step);
        let can_be_had = move |entry: &&Entry| {
            entry.step != own
                && entry.plugin.refusal().is_none()
                && (entry.plugin.is_live() || entry.step < own)
                && self.requires(entry.id().as_str(), interface, Some(&entry.plugin)).is_ok()
        };
        now.providers(interface).filter(can_be_had)
    }

    /// Whether the manifest requires the plugin, or the interface from whoever provides it; or why not.
    fn requires(&self, plugin: &str, interface: &str, found: Option<&Plugin>) -> Result<(), String> {
        requires(&self.manifest, plugin, interface, found)
    }
}

/// As [`HostServices::requires`], of any manifest.
fn requires(
    manifest: &Manifest,
    plugin: &str,
    interface: &str,
    found: Option<&Plugin>,
) -> Result<(), String> {
    let requires = &manifest.requires;
    let by_id = requires.plugins.get(plugin).map(|requirement| &requirement.version);
    let by_interface = requires.interfaces.get(interface).map(|requirement| &requirement.version);
    let met_by_id = by_id.is_some_and(|version| found.is_none_or(|it| version.matches(&it.manifest.version)));
    let met_by_interface =
        by_interface.is_some_and(|version| found.is_some_and(|it| it.provides(interface, version)));
    if met_by_id || met_by_interface {
        return Ok(());
    }
    Err(match (by_id, by_interface, found) {
        (Some(version), _, Some(found)) => {
            format!("it requires `{plugin}` {version}, and {} is here", found.manifest.version)
        }
        (None, Some(version), Some(found)) => match found.manifest.provides.get(interface) {
            Some(provided) => {
                format!("it requires interface `{interface}` {version}, and `{plugin}` provides {provided}")
            }
            None => format!("plugin `{plugin}` does not provide it"),
        },
        (None, Some(_), None) => format!("there is no plugin `{plugin}`"),
        _ => format!("its manifest requires neither plugin `{plugin}` nor interface `{interface}`"),
    })
}

impl Services for HostServices {
    fn plugin(&self) -> &str {
        self.manifest.id.as_str()
    }

    fn config(&self) -> Result<Vec<u8>, Fault> {
        let core = self.core().map_err(|why| Fault::new(FaultKind::Gone, why))?;
        let now = core.registry.now();
        let settings = now.survey.wishes.settings.get(&self.manifest.id);
        Ok(settings.map_or_else(Vec::new, |settings| settings.bytes().to_vec()))
    }

    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String> {
        if plugin == context::HOST && interface == <dyn Generations>::ID {
            // A handle can be held for longer than the plugin runs that asked for it.
            return Ok(self.give::<dyn Generations>(generations::of(&self.core)));
        }
        let core = self.core()?;
        if plugin == context::HOST {
            return self.of_the_host(interface);
        }
        let now = core.registry.now();
        self.requires(plugin, interface, now.find(plugin).map(|entry| &*entry.plugin))?;
        core.provided(plugin, interface, Some(&self.manifest.id)).map_err(|error| match &error {
            GetError::Refused { id, source } => {
                format!("plugin `{id}` does not run: it {}", source.summary())
            }
            error => crate::plugin::in_words(error),
        })
    }

    fn providers(&self, interface: &str) -> Result<Vec<String>, String> {
        let core = self.core()?;
        let now = core.registry.now();
        Ok(self.can_have(&now, interface).map(|entry| entry.id().as_str().to_owned()).collect())
    }

    fn available(&self, interface: &str) -> Result<String, String> {
        let core = self.core()?;
        let now = core.registry.now();
        let mut lines = String::new();
        for asked in now.interfaces().filter(|id| interface.is_empty() || **id == interface) {
            for entry in self.can_have(&now, asked.as_str()) {
                if let Some(version) = entry.plugin.manifest.provides.get(asked) {
                    lines.push_str(&format!("{} {asked} {version}\n", entry.id()));
                }
            }
        }
        Ok(lines)
    }

    fn again(&self, plugin: &str, interface: &str, generation: u64) -> Result<Provided, String> {
        // A handle can be held for longer than the plugin runs that asked for it.
        let core = self.core.upgrade().ok_or(STOPPED)?;
        let now = core.registry.now();
        let entry = now.find(plugin).ok_or("it is not there any more")?;
        let Some(live) = entry.plugin.live.load_full().filter(|live| live.number() == generation) else {
            let why = entry.plugin.record.why_ended(generation);
            return Err(why.map_or_else(|| "it was stopped".into(), |why| why.to_string()));
        };
        self.requires(plugin, interface, Some(&entry.plugin))?;
        live.interface(interface).map_err(|gone| gone.why().unwrap_or(STOPPED).to_owned())
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        self.record.log(level, target, message);
        // A subscriber that calls the plugin would have no end.
        let Some(_saying) = Saying::begin() else { return };
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
