//! What a program that takes plugins needs.
//!
//! ```text
//! Host::builder ──► find, check, resolve ──► Survey ──► load, start ──► Host ──► stop
//!                   (no plugin code runs)               in plan order           in reverse
//! ```
//!
//! A [`Host`] owns its registry: there is nothing global, and two hosts in one process do not see each other. What one
//! plugin lacks never stops another that does not need it; every plugin that does not run keeps its [`Refusal`].
#![deny(unsafe_code)]

use std::fmt;
use std::sync::Arc;

use self::lifecycle::Core;
use crate::handle::Handle;
use crate::interface::Interface;

mod builder;
mod cache;
mod discovery;
mod info;
mod lifecycle;
#[allow(unsafe_code, reason = "a plugin behind a C table is called through pointers")]
mod loaded;
pub mod loader;
mod refusal;
mod registry;
pub mod resolver;
mod running;
mod services;
mod settings;
mod stamp;
mod survey;

pub use builder::{HostBuilder, HostError, Loopback, Mistake};
pub use cache::{CacheReport, Unusable as CacheUnusable};
pub use discovery::{Finding, Found, FoundPlugin, SEARCH_DEPTH};
pub use info::{LeftAside, PluginInfo, State, Trust};
pub use loader::{Bridge, Problem};
pub use refusal::{GetError, Refusal};
pub use resolver::{Grow, Resolution};
pub use settings::Settings;
pub use stamp::{Digest, InvalidDigest, Stamp};
pub use survey::Survey;

/// A set of plugins that run, whatever their homes.
///
/// ```
/// use keyway::host::Host;
///
/// #[keyway::interface(id = "greetings/greeter", version = "1.0")]
/// pub trait Greeter: Send + Sync {
///     fn greet(&self, name: &str) -> String;
/// }
///
/// #[keyway::plugin(id = "greetings/polite", provides(Greeter))]
/// #[derive(Default)]
/// pub struct Polite;
///
/// impl Greeter for Polite {
///     fn greet(&self, name: &str) -> String {
///         format!("good day, {name}")
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = Host::builder("example", "1.0.0").plugin_dir("plugins").start()?;
/// let polite = host.get::<dyn Greeter>("greetings/polite")?;
/// assert_eq!(polite.get().greet("Ada"), "good day, Ada");
///
/// let mistaken = host.get::<dyn Greeter>("greetings/polit").unwrap_err();
/// assert_eq!(mistaken.to_string(), "there is no plugin `greetings/polit`");
/// assert_eq!(mistaken.help(), "write `greetings/polite` if that is meant");
/// # Ok(())
/// # }
/// ```
///
/// Dropping it stops every plugin, the last one started first. Handles that are still held keep what they refer to
/// alive, and can still be called.
pub struct Host {
    core: Arc<Core>,
}

impl Host {
    /// Begins a host: its name, and its version, which plugins can ask for.
    pub fn builder(name: &str, version: &str) -> HostBuilder {
        HostBuilder::new(name, version)
    }

    fn of(survey: Survey) -> Self {
        let core = Core::new(survey);
        core.start_all();
        Self { core }
    }

    /// An interface of a plugin. A plugin with `activation = "use"` is started at the first call; whoever asks for the
    /// same plugin meanwhile waits for that start, and nobody else waits for anything.
    ///
    /// **Errors:** [`GetError`] says whether there is no such plugin, or why it does not run, or how its interface
    /// differs from this side's.
    pub fn get<I: ?Sized + Interface>(&self, id: &str) -> Result<Handle<I>, GetError> {
        self.core.handle(id)
    }

    /// The interface of every plugin that provides it, by rank (higher first), then id. Those that can not be had are
    /// left out and told to the log; [`try_all`](Self::try_all) gives their reasons.
    pub fn all<I: ?Sized + Interface>(&self) -> Vec<Handle<I>> {
        let tell = |error: GetError| {
            let why = crate::plugin::in_words(&error);
            tracing::warn!(target: "keyway", interface = I::ID, why, "a provider is left out");
        };
        self.try_all().into_iter().filter_map(|handle| handle.map_err(tell).ok()).collect()
    }

    /// As [`all`](Self::all), with the reason in the place of what can not be had. Plugins that are refused already are
    /// no part of it.
    pub fn try_all<I: ?Sized + Interface>(&self) -> Vec<Result<Handle<I>, GetError>> {
        let now = self.core.registry.now();
        now.providers(I::ID).iter().map(|entry| self.core.handle(entry.id().as_str())).collect()
    }

    /// Every plugin that was found, by id.
    pub fn plugins(&self) -> Vec<PluginInfo> {
        let passed_over = self.survey().passed_over();
        let now = self.core.registry.now();
        let info = |entry: &Arc<registry::Entry>| {
            let listed = &self.survey().listed()[entry.place];
            self.survey().info(listed, &passed_over, entry.state(), entry.faults())
        };
        now.entries().iter().map(info).collect()
    }

    /// One plugin.
    pub fn plugin(&self, id: &str) -> Option<PluginInfo> {
        let now = self.core.registry.now();
        let entry = now.find(id)?;
        let listed = &self.survey().listed()[entry.place];
        Some(self.survey().info(listed, &self.survey().passed_over(), entry.state(), entry.faults()))
    }

    /// What was found, and what the resolver made of it, before anything was started.
    pub fn survey(&self) -> &Survey {
        &self.core.survey
    }

    /// The resolver's answer: the plan, the refusals, what was passed over.
    pub fn resolution(&self) -> &Resolution {
        self.survey().resolution()
    }

    /// What was meant to be a plugin and could not be read, in the order in which it was found.
    pub fn problems(&self) -> &[Problem] {
        self.survey().problems()
    }

    /// Stops every plugin, the last one started first; also done when the host is dropped. From then on nothing can be
    /// had, and the contexts of the plugins say that the host has stopped.
    pub fn stop(&self) {
        self.core.stop();
    }
}

impl Core {
    fn handle<I: ?Sized + Interface>(self: &Arc<Self>, id: &str) -> Result<Handle<I>, GetError> {
        let provided = self.provided(id, I::ID, None)?;
        let owner = Arc::clone(&provided.owner);
        provided.into_handle().map_err(|source| GetError::Mismatch {
            id: crate::id::PluginId::new(owner.id()).expect("a plugin's owner has its id"),
            interface: I::ID.to_owned(),
            source,
        })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = self.core.registry.now();
        write!(f, "Host `{}` {} ", self.survey().host_name(), self.survey().host_version())?;
        let states = now.entries().iter().map(|entry| (entry.id().clone(), entry.state().name()));
        f.debug_map().entries(states).finish()
    }
}
