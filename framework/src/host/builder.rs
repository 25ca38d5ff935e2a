//! What a host's author says before anything is looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use semver::Version;

use super::Host;
use super::find::cache::CacheReport;
use super::find::discovery::{Found, Rest, Search};
use super::find::places::Places;
use super::find::policy::Policy;
use super::lifecycle::Care;
use super::loader::{Bridge, Cause, LoadOptions, Problem};
use super::offer::Offer;
use super::services::Executor;
use super::settings::Settings;
use super::store::{Records, Store};
use super::survey::{Limits, Survey, Wishes};
use super::trial::Trial;
use crate::context::HOST;
use crate::id::PluginId;
use crate::interface::Interface;
use crate::registration::{LinkError, Registration, linked};

mod mistake;

pub use mistake::{HostError, Mistake};

/// Says what a host consists of. From [`Host::builder`].
///
/// Nothing is looked for before [`survey`](Self::survey) or [`start`](Self::start), which report every mistake made
/// here together.
#[must_use = "a builder does nothing before `start`"]
pub struct HostBuilder {
    name: String,
    version: Result<Version, Mistake>,
    folders: Vec<PathBuf>,
    bridges: Vec<Arc<dyn Bridge>>,
    offers: Vec<Arc<Offer>>,
    registrations: Vec<&'static Registration>,
    linked_in: bool,
    disabled: BTreeSet<PluginId>,
    limits: Limits,
    care: Care,
    trial: Option<Trial>,
    cache: Option<PathBuf>,
    state: Option<PathBuf>,
    places: Option<Places>,
    policy: Option<Policy>,
    settings: BTreeMap<PluginId, Settings>,
    options: LoadOptions,
    loopback: Option<Loopback>,
    count_calls: bool,
    executor: Option<Arc<dyn Executor>>,
    mistakes: Vec<Mistake>,
}

/// A way round for linked-in plugins, so that what holds for other homes can be tried without a second image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loopback {
    /// Through their C tables, as a library's plugins are reached.
    Table,
    /// Through messages alone.
    Message,
}

impl HostBuilder {
    pub(super) fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: Version::parse(version)
                .map_err(|source| Mistake::Version { text: version.to_owned(), source }),
            folders: Vec::new(),
            bridges: Vec::new(),
            offers: Vec::new(),
            registrations: Vec::new(),
            linked_in: true,
            disabled: BTreeSet::new(),
            limits: Limits {
                start: Duration::from_secs(10),
                stop: Duration::from_secs(10),
                patience: None,
                threads: None,
            },
            care: Care::default(),
            trial: None,
            cache: None,
            state: None,
            places: None,
            policy: None,
            settings: BTreeMap::new(),
            options: LoadOptions::default(),
            loopback: None,
            count_calls: false,
            executor: None,
            mistakes: Vec::new(),
        }
    }

    /// The folders of an application: plugins are looked for in its [`search`](Places::search) before the folders that are
    /// named here, and after them in those of the [policy](Policy) and of `KEYWAY_PATH`; the policy is read; what is to
    /// survive a restart, and what only saves time, is kept in its folders. A policy that can not be read is a [`Mistake`].
    ///
    /// ```no_run
    /// use keyway::host::{Host, Places};
    ///
    /// let host = Host::builder("toolbox", "1.0.0").places(Places::standard("toolbox")).start()?;
    /// # Ok::<(), keyway::host::HostError>(())
    /// ```
    pub fn places(mut self, places: Places) -> Self {
        self.state.get_or_insert_with(|| places.state.clone());
        self.cache.get_or_insert_with(|| places.cache.clone());
        self.places = Some(places);
        self
    }

    /// What the operator allows and wants, where it is not read from the files of [`places`](Self::places).
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// One more folder to look for plugins in. Of equal versions the one in the earlier folder wins. A folder that does
    /// not exist is skipped; one that can not be read is one of [`Host::problems`].
    pub fn plugin_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// A home besides the host's own image; the folders are shown to every bridge.
    pub fn bridge(mut self, bridge: impl Bridge) -> Self {
        self.bridges.push(Arc::new(bridge));
        self
    }

    /// A linked-in plugin by its type: see [`register`](Self::register).
    pub fn plugin<P: crate::registration::Registered>(self) -> Self {
        self.register(P::REGISTRATION)
    }

    /// A linked-in plugin by name, for platforms that run no constructors. One that has registered by itself is not
    /// counted twice.
    pub fn register(mut self, registration: &'static Registration) -> Self {
        self.registrations.push(registration);
        self
    }

    /// Whether the plugins that registered themselves in this program take part; they do unless this says otherwise.
    pub fn linked_in(mut self, yes: bool) -> Self {
        self.linked_in = yes;
        self
    }

    /// An interface of the host's own. To plugins it looks like any other plugin's: they require it by the interface
    /// (`interface("toolbox/clock") = "^1"`) or by this id, whose version is the host's; a plugin that requires another
    /// version of it is refused with both. A plugin that is linked in gets the object itself, one in a library calls it
    /// through its C table, where a panic of the object's becomes a [`Fault`](crate::Fault) for the plugin.
    ///
    /// It is listed among the plugins, with the source `host`, starts before all of them and ends after them. No policy
    /// applies to it, faults do not end it, and it can not be unloaded, reloaded or disabled: a
    /// [`ChangeError::Offered`](super::ChangeError::Offered). A plugin that has the id is left aside, whatever its version,
    /// and says why. To offer two objects under one id, or to disable an id that is offered, is a [`Mistake`].
    ///
    /// The future of an `async fn` of it is polled by whoever awaits it, on whatever thread and under whatever executor: what
    /// needs a runtime of its own, as sockets of tokio do, belongs in a task that the method spawns there and awaits.
    ///
    /// ```standalone_crate
    /// use std::sync::Arc;
    ///
    /// use keyway::host::Host;
    /// use keyway::{Context, Handle, Plugin, StartError};
    ///
    /// #[keyway::interface(id = "toolbox/clock", version = "1.0")]
    /// pub trait Clock: Send + Sync {
    ///     fn seconds(&self) -> u64;
    /// }
    ///
    /// #[keyway::interface(id = "toolbox/stamp", version = "1.0")]
    /// pub trait Stamp: Send + Sync {
    ///     fn stamp(&self, text: &str) -> String;
    /// }
    ///
    /// #[keyway::plugin(id = "toolbox/stamper", provides(Stamp), requires(interface("toolbox/clock") = "^1"))]
    /// pub struct Stamper(Handle<dyn Clock>);
    ///
    /// impl Plugin for Stamper {
    ///     fn start(context: &Context) -> Result<Self, StartError> {
    ///         Ok(Self(context.first()?))
    ///     }
    /// }
    ///
    /// impl Stamp for Stamper {
    ///     fn stamp(&self, text: &str) -> String {
    ///         format!("{} {text}", self.0.seconds())
    ///     }
    /// }
    ///
    /// struct Stopped;
    ///
    /// impl Clock for Stopped {
    ///     fn seconds(&self) -> u64 {
    ///         42
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::builder("toolbox", "1.0.0").offer::<dyn Clock>("toolbox/clock", Arc::new(Stopped)).start()?;
    /// assert_eq!(host.get::<dyn Stamp>("toolbox/stamper")?.stamp("now"), "42 now");
    /// # Ok(())
    /// # }
    /// ```
    pub fn offer<I: ?Sized + Interface>(mut self, id: &str, object: Arc<I>) -> Self {
        if let Some(id) = self.id(id, "offer") {
            if id.as_str() == HOST {
                self.mistakes.push(Mistake::Reserved { id });
                return self;
            }
            if self.offers.iter().any(|offer| *offer.id() == id) {
                self.mistakes.push(Mistake::OfferedTwice { id });
                return self;
            }
            // Without a version there is no host.
            let version = self.version.as_ref().map_or(Version::new(0, 0, 0), Version::clone);
            self.offers.push(Arc::new(Offer::new(id, version, object)));
        }
        self
    }

    /// The settings of one plugin: a TOML table, or [`Settings::of`] a value.
    pub fn config(mut self, plugin: &str, settings: impl Into<Settings>) -> Self {
        if let Some(id) = self.id(plugin, "config") {
            self.settings.insert(id, settings.into());
        }
        self
    }

    /// A plugin that must not run, and that no command enables. It is listed as disabled by the host, and those that need
    /// it are refused with that reason.
    pub fn disable(mut self, plugin: &str) -> Self {
        if let Some(id) = self.id(plugin, "disable") {
            self.disabled.insert(id);
        }
        self
    }

    /// How long one plugin may take to start; 10 seconds unless this says otherwise. After that it is quarantined, its
    /// thread is left to itself, and those that need it are refused.
    pub fn start_deadline(mut self, deadline: Duration) -> Self {
        self.limits.start = deadline;
        self
    }

    /// How long one plugin may take to stop; 10 seconds unless this says otherwise. After that its thread is left to
    /// itself, and the next one is stopped.
    pub fn stop_deadline(mut self, deadline: Duration) -> Self {
        self.limits.stop = deadline;
        self
    }

    /// How long [`start`](Self::start) waits for plugins; until the last start has ended, or its deadline has passed,
    /// unless this says otherwise. After that time the host is up, and whatever still starts goes on beside it: its state is
    /// [`Loaded`](super::State::Loaded), or [`Resolved`](super::State::Resolved) where it waits for another, and whoever
    /// asks for it waits for it. So one that hangs does not hold up the host itself.
    pub fn start_patience(mut self, patience: Duration) -> Self {
        self.limits.patience = Some(patience);
        self
    }

    /// How many plugins start at once; as many as the machine has processors, and at most 8, unless this says otherwise. A
    /// start that waits for something is soon not counted any more. With 1, plugins start in the order of the plan.
    pub fn start_threads(mut self, threads: usize) -> Self {
        self.limits.threads = Some(threads.max(1));
        self
    }

    /// Files that the host has never loaded are tried in a process of their own first; what crashes, ends its process or
    /// hangs there is quarantined. Nothing is tried unless this says so.
    pub fn trial(mut self, trial: Trial) -> Self {
        self.trial = Some(trial);
        self
    }

    /// The folder in which is kept what only saves time: what was found in the plugin folders, and which files passed their
    /// [`trial`](Self::trial). It need not be there, and may be deleted at any time.
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// How often plugins that run are asked how they are, and how long each may take to answer. One that does not answer
    /// in time is failing, and that is a fault of it. They are not asked unless this says so.
    pub fn health_every(mut self, interval: Duration, deadline: Duration) -> Self {
        self.care.health = Some((interval, deadline));
        self
    }

    /// How many faults a plugin may have in which time; past that it is stopped and quarantined, with those that can not
    /// do without it. No number of faults ends a plugin unless this says so.
    pub fn fault_budget(mut self, faults: u64, time: Duration) -> Self {
        self.care.budget = Some((faults, time));
        self
    }

    /// The folder in which it is kept for hosts to come what the operator chose and what is in quarantine. It need not be
    /// there. Without one, such things are forgotten when the host ends.
    pub fn state_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state = Some(folder.into());
        self
    }

    /// Whether libraries that were built with `panic = "abort"` may be loaded: a panic in one ends the host's process.
    pub fn allow_abort(mut self, yes: bool) -> Self {
        self.options.allow_abort = yes;
        self
    }

    /// Reaches linked-in plugins the long way round: for the tests of plugins and interfaces.
    pub fn loopback(mut self, loopback: Loopback) -> Self {
        self.loopback = Some(loopback);
        self
    }

    /// Whether calls are counted, by plugin and method, with their errors, faults and times; they are not unless this
    /// says so. A counted call takes about 60 ns longer, most of which are two readings of the clock. What was counted is
    /// in [`Host::calls`].
    ///
    /// **Source:** `cargo bench`, the row "counted call".
    pub fn count_calls(mut self, yes: bool) -> Self {
        self.count_calls = yes;
        self
    }

    /// What runs the [tasks](crate::Context::spawn) of plugins: the program's own runtime. Without it the host has a few
    /// threads for them, from the first task on. Timers and what blocks are the host's own in any case.
    ///
    /// ```no_run
    /// # mod tokio { pub mod runtime { pub struct Handle; impl Handle {
    /// #     pub fn current() -> Self { Self }
    /// #     pub fn spawn(&self, _: impl Future<Output = ()> + Send + 'static) {}
    /// # } } }
    /// use keyway::host::Host;
    ///
    /// let tokio = tokio::runtime::Handle::current();
    /// let host = Host::builder("toolbox", "1.0.0")
    ///     .executor(move |task| {
    ///         tokio.spawn(task);
    ///     })
    ///     .start()?;
    /// # Ok::<(), keyway::host::HostError>(())
    /// ```
    ///
    /// With smol it is `|task| smol::spawn(task).detach()`.
    ///
    /// A task that the executor drops ends as cancelled, and is told to the log; one that it never polls ends with its
    /// plugin. Whatever it does, it does not hold up a stop.
    pub fn executor(mut self, executor: impl Executor) -> Self {
        self.executor = Some(Arc::new(executor));
        self
    }

    fn id(&mut self, text: &str, method: &'static str) -> Option<PluginId> {
        match PluginId::new(text) {
            Ok(id) => Some(id),
            Err(source) => {
                self.mistakes.push(Mistake::Id { method, source });
                None
            }
        }
    }

    /// Finds, checks and resolves, and starts nothing: what a manager lists.
    ///
    /// **Errors:** [`HostError`] holds every mistake that was made in building; a plugin that can not run is none.
    pub fn survey(self) -> Result<Survey, HostError> {
        self.find().map(Found::survey)
    }

    /// Finds step by step, so that a host can show how far it has come; [`Found::survey`] does the rest.
    ///
    /// **Errors:** as [`survey`](Self::survey).
    pub fn find(self) -> Result<Found, HostError> {
        let (search, wishes, problems) = self.prepare()?;
        let mut found = search.begin();
        found.rest = Some(Box::new(Rest { search, wishes, problems }));
        Ok(found)
    }

    /// What there is to say of what the host remembers of its folders; `None` where it was given no
    /// [`cache_dir`](Self::cache_dir).
    ///
    /// **Errors:** as [`survey`](Self::survey).
    pub fn cache_report(self) -> Result<Option<CacheReport>, HostError> {
        self.prepare().map(|(search, ..)| search.cache_report())
    }

    fn prepare(self) -> Result<(Search, Wishes, Vec<Problem>), HostError> {
        let mut mistakes = self.mistakes;
        mistakes.extend(
            self.offers
                .iter()
                .filter(|offer| self.disabled.contains(offer.id()))
                .map(|offer| Mistake::OfferedAndDisabled { id: offer.id().clone() }),
        );
        let version = self.version.map_err(|mistake| mistakes.push(mistake)).ok();
        let mut registrations = if self.linked_in {
            match linked() {
                Ok(registrations) => registrations,
                // Then what was named one by one is all there is.
                Err(LinkError::NoConstructors { .. }) if !self.registrations.is_empty() => Vec::new(),
                Err(error) => {
                    mistakes.push(Mistake::Link(error));
                    Vec::new()
                }
            }
        } else {
            Vec::new()
        };
        if !self.registrations.is_empty() {
            // A registration is a constant, of which there may be copies; its table is one place.
            let mut known: BTreeSet<_> =
                registrations.iter().map(|it| std::ptr::from_ref(it.table)).collect();
            registrations
                .extend(self.registrations.iter().filter(|it| known.insert(std::ptr::from_ref(it.table))));
        }
        let (places, policy) = match (self.places, self.policy) {
            (places, Some(policy)) => {
                (places.map(|places| Places { policies: Vec::new(), ..places }), policy)
            }
            (Some(places), None) => match Policy::of(&places) {
                Ok(policy) => (Some(places), policy),
                Err(errors) => {
                    mistakes.extend(errors.into_iter().map(Mistake::Policy));
                    (Some(places), Policy::default())
                }
            },
            (None, None) => (None, Policy::default()),
        };
        let Some(version) = version.filter(|_| mistakes.is_empty()) else {
            return Err(HostError { mistakes });
        };
        let mut problems = Vec::new();
        let store = self.state.and_then(|folder| match Store::open(&folder) {
            Ok(store) => Some(store),
            Err(error) => {
                problems.push(Problem { place: folder, cause: Cause::of(error) });
                None
            }
        });
        let records = store.as_ref().map_or_else(Records::default, |store| {
            store.read().unwrap_or_else(|error| {
                problems.push(Problem { place: store.folder().to_owned(), cause: Cause::of(error) });
                Records::default()
            })
        });
        problems.extend(
            records
                .problems()
                .iter()
                .map(|damage| Problem { place: damage.place().to_owned(), cause: Cause::of(damage.clone()) }),
        );
        let mut folders = places.as_ref().map_or_else(Vec::new, |places| places.search.clone());
        folders.extend(self.folders);
        folders.extend_from_slice(policy.folders());
        if places.is_some() {
            folders.extend(Places::named());
        }
        let cache = self.cache.clone();
        let search = Search { offers: self.offers, registrations, folders, bridges: self.bridges, cache };
        let wishes = Wishes {
            name: self.name,
            version,
            disabled: self.disabled,
            unloaded: BTreeSet::new(),
            // Given as such, it is not read again.
            places: places.filter(|places| !places.policies.is_empty()),
            policy: Arc::new(policy),
            records: Arc::new(records),
            store,
            settings: self.settings,
            options: self.options,
            loopback: self.loopback,
            count_calls: self.count_calls,
            limits: self.limits,
            care: self.care,
            executor: self.executor,
            trial: self.trial,
            cache: self.cache,
        };
        Ok((search, wishes, problems))
    }

    /// Finds, checks, resolves and starts.
    ///
    /// **Errors:** as [`survey`](Self::survey). A plugin that does not start is no error of the host's: it is listed as
    /// refused, with the reason.
    pub fn start(self) -> Result<Host, HostError> {
        self.survey().map(Survey::start)
    }
}

impl fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostBuilder")
            .field("name", &self.name)
            .field("folders", &self.folders)
            .finish_non_exhaustive()
    }
}
