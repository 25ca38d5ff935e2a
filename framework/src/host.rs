//! What a program that takes plugins needs.
//!
//! ```text
//! Host::builder ──► find, check, resolve ──► Survey ──► load, start ──► Host ──► stop
//!                   (no plugin code runs)               in plan order           in reverse
//! ```
//!
//! A [`Host`] owns its registry: there is nothing global, and two hosts in one process do not see each other. What one
//! plugin lacks never stops another that does not need it; every plugin that does not run keeps its [`Refusal`].
//!
//! # A host that stays up
//!
//! Nothing of this is on unless a line says so:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use keyway::host::{Host, Places, Trial, serve_trials};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // First in `main`: the process that tries libraries is this program once more, and ends here.
//!     serve_trials(&[/* &keyway_dylib::bridge() */]);
//!     let places = Places::standard("toolbox");
//!     let host = Host::builder("toolbox", "1.0.0")
//!         // .bridge(keyway_dylib::bridge())
//!         .places(places.clone())
//!         .trial(Trial::reentering())
//!         .start_deadline(Duration::from_secs(10))
//!         .health_every(Duration::from_secs(5), Duration::from_secs(1))
//!         .fault_budget(20, Duration::from_secs(60))
//!         .count_calls(true)
//!         .start()?;
//!     # #[cfg(feature = "watch")]
//!     let _watch = host.watch(keyway::host::Then::Start)?;
//!     let _control = host.control(&places.runtime)?;
//!     for event in host.events() {
//!         println!("{} is {} now", event.plugin, event.state.name());
//!     }
//!     Ok(())
//! }
//! ```
//!
//! | line | without it | with it |
//! |---|---|---|
//! | [`places`](HostBuilder::places) | what is linked in and the folders that are named; all is forgotten at the end | the standard folders, `plugins.toml`, a cache, and choices and quarantines that survive restarts |
//! | [`trial`](HostBuilder::trial) | a library that crashes when it is loaded ends the host | it is quarantined, and the host has not seen it |
//! | [`start_deadline`](HostBuilder::start_deadline) | 10 seconds | another time |
//! | [`health_every`](HostBuilder::health_every) | nobody asks | plugins are asked; silence is a fault |
//! | [`fault_budget`](HostBuilder::fault_budget) | calls may break off without end | the plugin is quarantined |
//! | [`count_calls`](HostBuilder::count_calls) | only faults are counted | calls and their times are, too |
//! | [`executor`](HostBuilder::executor) | a few threads of the host's run what plugins spawn | the program's own runtime does |
//! | `watch`, a feature | what comes into a folder waits for [`refresh`](Host::refresh) | it is started |
//! | [`control`](Host::control) | commands see the files | commands ask the host, and tell it |
#![deny(unsafe_code)]

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use self::lifecycle::{Core, Keeper};
use crate::handle::Handle;
use crate::id::PluginId;
use crate::interface::Interface;

mod asking;
mod builder;
pub mod control;
mod find;
mod info;
mod lifecycle;
#[allow(unsafe_code, reason = "a plugin behind a C table is called through pointers")]
mod loaded;
pub mod loader;
mod mapped;
mod offer;
mod origin;
mod quarantine;
mod record;
mod records;
mod refusal;
mod registry;
pub mod resolver;
mod running;
mod services;
mod settings;
mod sharing;
mod sift;
mod status;
mod store;
mod survey;
mod talking;
mod trial;
#[cfg(feature = "watch")]
mod watch;
#[cfg(feature = "watch")]
mod watching;

pub use builder::{HostBuilder, HostError, Loopback, Mistake};
pub use find::cache::{CacheReport, Unusable as CacheUnusable};
pub use find::discovery::{Finding, Found, FoundPlugin, SEARCH_DEPTH};
pub use find::places::Places;
pub use find::policy::{Denial, Policy, PolicyError};
pub use find::stamp::{Digest, InvalidDigest, Stamp};
pub use find::written::Flaw;
pub use info::{DisabledBy, LeftAside, PluginInfo, State, Trust};
pub use loader::{Bridge, Mapped, Problem};
pub use origin::{Origin, origin};
pub use quarantine::{Circumstances, Grounds, Lift, Quarantine};
pub use record::{EVENTS_KEPT, Event, LINES_KEPT, LogLine};
pub use records::log_to_tracing;
pub use refusal::{ChangeError, GetError, Refusal};
pub use resolver::{Grow, Resolution};
pub use services::Executor;
pub use services::topics::{PublisherInfo, SubscriberInfo, TopicInfo};
pub use settings::Settings;
pub use sharing::SharedResource;
pub use status::Status;
pub use store::{Choice, Damage, Records, Standing, Store, StoreError};
pub use survey::Survey;
pub use trial::{NotTried, Otherwise, Trial, TrialFailure, TrialOutput, TrialRequest, Verdict, serve_trials};
#[cfg(feature = "watch")]
pub use watch::{Change, ChangeKind, WatchError};
#[cfg(feature = "watch")]
pub use watching::{Then, Watch};

/// How many events may wait to be received.
pub const EVENTS_WAITING: usize = 1024;

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
    keeper: Mutex<Option<Keeper>>,
}

impl Host {
    /// Begins a host: its name, and its version, which plugins can ask for.
    pub fn builder(name: &str, version: &str) -> HostBuilder {
        HostBuilder::new(name, version)
    }

    fn of(survey: Survey) -> Self {
        let core = Core::new(survey);
        core.start_all();
        let keeper = Mutex::new(Keeper::begin(&core));
        Self { core, keeper }
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
        now.providers(I::ID).map(|entry| self.core.handle(entry.id().as_str())).collect()
    }

    /// Every plugin that was found, by id.
    pub fn plugins(&self) -> Vec<PluginInfo> {
        let now = self.core.registry.now();
        let passed_over = now.survey.passed_over();
        now.entries().iter().map(|entry| now.info(entry, &passed_over)).collect()
    }

    /// One plugin.
    pub fn plugin(&self, id: &str) -> Option<PluginInfo> {
        let now = self.core.registry.now();
        Some(now.info(now.find(id)?, &now.survey.passed_over()))
    }

    /// What was found, and what the resolver made of it; anew when something was found, loaded or unloaded since.
    pub fn survey(&self) -> Arc<Survey> {
        Arc::clone(&self.core.registry.now().survey)
    }

    /// What was meant to be a plugin and could not be read, in the order in which it was found.
    pub fn problems(&self) -> Vec<Problem> {
        self.survey().problems().to_vec()
    }

    /// The last changes of a plugin's state, the oldest first, at most [`EVENTS_KEPT`]; empty where there is no such
    /// plugin.
    pub fn history(&self, id: &str) -> Vec<Event> {
        let now = self.core.registry.now();
        now.find(id).map_or_else(Vec::new, |entry| entry.plugin.record.events())
    }

    /// The last lines that a plugin wrote to the log, the oldest first, at most [`LINES_KEPT`]: those after the line of
    /// this number, or all after 0.
    pub fn log_lines(&self, id: &str, after: u64) -> Vec<LogLine> {
        let now = self.core.registry.now();
        now.find(id).map_or_else(Vec::new, |entry| entry.plugin.record.lines_after(after))
    }

    /// How long this host has been there: the clock that its plugins have from [`Context::now`](crate::Context::now).
    pub fn now(&self) -> std::time::Duration {
        self.core.runtime.now()
    }

    /// Every change of a plugin's state from now on. Who does not keep up with [`EVENTS_WAITING`] of them misses some:
    /// [`history`](Self::history) has the last ones of each plugin.
    pub fn events(&self) -> std::sync::mpsc::Receiver<Event> {
        let (send, receive) = std::sync::mpsc::sync_channel(EVENTS_WAITING);
        self.core.subscribe(send);
        receive
    }

    /// Looks for plugins again: what is new and can run is started, unless it waits to be asked for. What runs goes on as it
    /// is, whatever lies in its folder by now: see [`reload`](Self::reload).
    ///
    /// **Errors:** the host has stopped.
    pub fn refresh(&self) -> Result<(), ChangeError> {
        self.core.refind()
    }

    /// Starts a plugin that was unloaded, that failed to start, that waits to be asked for, or that has come into a folder
    /// since; one that runs already goes on. What was refused only because it needs this one is tried again, too.
    ///
    /// **Errors:** why it does not run.
    pub fn load(&self, id: &str) -> Result<(), ChangeError> {
        self.core.load(id)
    }

    /// Stops a plugin until it is [loaded](Self::load) again or the host starts anew. Handles that are held stay valid and
    /// can still be called; the code of a library stays in the process.
    ///
    /// With `cascade`, those that can not do without it are stopped before it; they are returned, by id.
    ///
    /// **Errors:** [`ChangeError::Needed`] names who can not do without it, where that is not wanted; nothing has changed
    /// then. There is no such plugin; the host has stopped.
    pub fn unload(&self, id: &str, cascade: bool) -> Result<Vec<PluginId>, ChangeError> {
        self.core.unload(id, cascade)
    }

    /// Stops a plugin and starts it anew, from its file as it is now, and in the version that is chosen now. Those that can
    /// not do without it are stopped before it and started again after it; they are returned, by id. Handles that are held
    /// stay with the generation that they were taken of.
    ///
    /// **Errors:** there is no such plugin; its file is gone, and then what runs goes on; or it does not run now, with the
    /// reason.
    pub fn reload(&self, id: &str) -> Result<Vec<PluginId>, ChangeError> {
        self.core.reload(id)
    }

    /// Lets a plugin run that is disabled or in quarantine, in this host and, where it has a [state
    /// folder](HostBuilder::state_dir), in hosts to come; it is started unless it waits to be asked for. Gives the
    /// quarantines that are lifted by it.
    ///
    /// **Errors:** there is no such plugin; the host's author disables it; the change can not be kept.
    pub fn enable(&self, id: &str) -> Result<Vec<Quarantine>, ChangeError> {
        self.core.enable(id)
    }

    /// Stops a plugin, and keeps it from running, in this host and, where it has a [state
    /// folder](HostBuilder::state_dir), in hosts to come. Those that can not do without it are stopped before it; they are
    /// returned, by id.
    ///
    /// **Errors:** there is no such plugin; the change can not be kept.
    pub fn disable(&self, id: &str) -> Result<Vec<PluginId>, ChangeError> {
        self.core.disable(id)
    }

    /// Stops every plugin, the last one started first and none before those that need it; also done when the host is
    /// dropped. From then on nothing can be had, and the contexts of the plugins say that the host has stopped.
    pub fn stop(&self) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(keeper);
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
        write!(f, "Host `{}` {} ", now.survey.host_name(), now.survey.host_version())?;
        let states = now.entries().iter().map(|entry| (entry.id().clone(), now.state(entry).name()));
        f.debug_map().entries(states).finish()
    }
}
