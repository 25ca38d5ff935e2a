//! What a host knows of its plugins while it runs.
//!
//! Readers see one snapshot and never wait: what changes of a plugin is swapped. Who writes holds the lifecycle's lock,
//! which no reader takes. Waiting happens in one place only, where somebody asks for a plugin that is being started at that
//! moment.
//!
//! A snapshot belongs to one survey: what was found, and the plan. When something is found later or an operator changes
//! his mind there is a new one; the plugins that it has in common with the one before are the same [`Plugin`]s, and go on.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use arc_swap::{ArcSwap, ArcSwapOption};

use super::find::discovery::Origin;
use super::info::{PluginInfo, State};
use super::record::Record;
use super::refusal::{GetError, Refusal};
use super::resolver::{Candidate, nearest};
use super::running::Running;
use super::services::HostServices;
use super::survey::{LeftAsides, Standing, Survey};
use crate::context::Provided;
use crate::handle::ending::Ending;
use crate::handle::{End, Generation, Gone};
use crate::id::{InterfaceId, PluginId};
use crate::manifest::{Home, Manifest};

pub(super) struct Registry {
    snapshot: ArcSwap<Snapshot>,
}

/// The plugins at one moment.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) survey: Arc<Survey>,
    /// By id.
    entries: Arc<[Entry]>,
    /// In start order; places in `entries`.
    plan: Arc<[usize]>,
    /// Those that run or may still run, by rank and then id; places in `entries`.
    providers: BTreeMap<InterfaceId, Vec<usize>>,
}

/// One plugin in one survey.
pub(super) struct Entry {
    pub(super) plugin: Arc<Plugin>,
    /// Its place in the survey's list, which is by id.
    pub(super) place: usize,
    /// Its step of the plan; `None` where the survey refuses or disables it.
    pub(super) step: Option<usize>,
}

/// One plugin from one file, for as long as that is the one that was chosen.
pub(super) struct Plugin {
    pub(super) manifest: Arc<Manifest>,
    pub(super) home: Home,
    pub(super) origin: Origin,
    pub(super) record: Arc<Record>,
    /// Its file has passed its trial, or needs none.
    pub(super) tried: AtomicBool,
    /// A change is going to stop it.
    pub(super) leaves: AtomicBool,
    /// Its quarantine is among the records.
    pub(super) recorded: AtomicBool,
    run: ArcSwap<Run>,
    /// The same as in `run`, one step nearer; empty unless it runs.
    pub(super) live: ArcSwapOption<Live>,
}

/// How far a planned plugin has come.
#[derive(Clone)]
pub(super) enum Run {
    Planned,
    Starting(Arc<Attempt>),
    Active(Arc<Live>),
    Draining,
    Retired,
    Refused(Arc<Refusal>),
    Quarantined(Arc<Refusal>),
}

impl Run {
    pub(super) fn state(&self) -> State {
        match self {
            Self::Planned => State::Resolved,
            Self::Starting(_) => State::Loaded,
            Self::Active(_) => State::Active,
            Self::Draining => State::Draining,
            Self::Retired => State::Retired,
            Self::Refused(refusal) => State::Refused(Arc::clone(refusal)),
            Self::Quarantined(refusal) => State::Quarantined(Arc::clone(refusal)),
        }
    }
}

/// One try to start a plugin. When its time is up, another thread may end it; then it is no longer the plugin's.
#[derive(Default)]
pub(super) struct Attempt {
    /// When its thread came to it.
    pub(super) began: OnceLock<Instant>,
    /// What it has of the host by then.
    pub(super) services: OnceLock<Arc<HostServices>>,
}

/// A plugin that was started. Whoever holds it does not keep the plugin alive: what runs is taken out of it.
pub(super) struct Live {
    pub(super) running: ArcSwapOption<Running>,
    /// It has been asked how it is, and has not answered.
    pub(super) asked: AtomicBool,
    pub(super) services: Arc<HostServices>,
    record: Arc<Record>,
    number: u64,
    /// Whether and why it has ended, and who waits for that.
    ending: Arc<Ending>,
}

impl Live {
    pub(super) fn new(plugin: &Plugin, running: Running, services: Arc<HostServices>) -> Self {
        let record = Arc::clone(&plugin.record);
        let number = record.next_generation();
        Self {
            running: ArcSwapOption::from_pointee(running),
            asked: AtomicBool::new(false),
            services,
            record,
            number,
            ending: Arc::default(),
        }
    }

    /// From now on nothing can be had of it, for this reason. Whoever waits for that is [woken](Ending::wake) later, where
    /// no turn to change anything is held.
    pub(super) fn end(&self, why: &str) {
        if self.ending.set(why) {
            self.services.shelf.ends(why);
            self.record.ended(self.number, why.into());
        }
    }

    /// Its end, which does not keep it.
    pub(super) fn ending(&self) -> &Arc<Ending> {
        &self.ending
    }
}

impl Generation for Live {
    fn number(&self) -> u64 {
        self.number
    }

    fn interface(self: Arc<Self>, interface: &str) -> Result<Provided, Gone> {
        let gone = |why: &str| Gone::new(self.record.owner.id(), why);
        if let Some(why) = self.ending.why() {
            return Err(gone(why));
        }
        let running = self.running.load();
        let running = running.as_ref().ok_or_else(|| gone("it was stopped"))?;
        let provided = running.interface(interface);
        let (object, direct) = provided.ok_or_else(|| gone(&format!("it does not provide `{interface}`")))?;
        let owner = Arc::clone(&self.record.owner);
        Ok(Provided { object, direct, owner, generation: Some(Arc::clone(&self) as _) })
    }

    fn ended(self: Arc<Self>) -> End {
        let (ended, owner) = (self.ending.ended(), Arc::clone(&self.record.owner));
        End::Here(Box::pin(async move { Gone::new(owner.id(), &*ended.await) }))
    }
}

impl Registry {
    pub(super) fn new(snapshot: Snapshot) -> Self {
        Self { snapshot: ArcSwap::from_pointee(snapshot) }
    }

    /// The plugins now.
    pub(super) fn now(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Another survey. The caller holds the lifecycle's lock.
    pub(super) fn publish(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        let snapshot = Arc::new(snapshot);
        self.snapshot.store(Arc::clone(&snapshot));
        snapshot
    }

    /// Takes plugins that are refused by now out of the lists of providers. The caller holds the lifecycle's lock.
    pub(super) fn publish_refusals(&self) {
        let mut snapshot = Snapshot::clone(&self.snapshot.load());
        snapshot.index();
        self.snapshot.store(Arc::new(snapshot));
    }
}

impl Snapshot {
    /// The plugins of a survey; those for which `known` has one already are that one.
    pub(super) fn of(
        survey: Arc<Survey>,
        mut known: impl FnMut(&PluginId, &Origin) -> Result<Arc<Plugin>, Arc<Record>>,
    ) -> Self {
        let mut entries = Vec::with_capacity(survey.listed().len());
        for (place, listed) in survey.listed().iter().enumerate() {
            let (manifest, origin) = (survey.manifest(listed), survey.origin(listed.candidate));
            let plugin = known(&manifest.id, origin).unwrap_or_else(|record| {
                Arc::new(Plugin {
                    manifest: Arc::clone(manifest),
                    home: survey.candidates()[listed.candidate].home,
                    origin: origin.clone(),
                    record,
                    tried: AtomicBool::new(false),
                    leaves: AtomicBool::new(false),
                    recorded: AtomicBool::new(false),
                    run: ArcSwap::from_pointee(Run::Planned),
                    live: ArcSwapOption::empty(),
                })
            });
            let step = match listed.standing {
                Standing::Planned(step) => Some(step),
                _ => None,
            };
            entries.push(Entry { plugin, place, step });
        }
        let mut plan: Vec<usize> = (0..entries.len()).filter(|&at| entries[at].step.is_some()).collect();
        plan.sort_unstable_by_key(|&at| entries[at].step);
        let mut snapshot =
            Self { survey, entries: entries.into(), plan: plan.into(), providers: BTreeMap::new() };
        snapshot.index();
        snapshot
    }

    fn index(&mut self) {
        let mut providers: BTreeMap<InterfaceId, Vec<usize>> = BTreeMap::new();
        for &at in self.plan.iter() {
            let entry = &self.entries[at];
            if entry.plugin.refusal().is_some() {
                continue;
            }
            for interface in entry.plugin.manifest.provides.keys() {
                match providers.get_mut(interface) {
                    Some(list) => list.push(at),
                    None => drop(providers.insert(interface.clone(), vec![at])),
                }
            }
        }
        for list in providers.values_mut() {
            // Places count by id.
            list.sort_unstable_by_key(|&at| (Reverse(self.entries[at].plugin.manifest.rank), at));
        }
        self.providers = providers;
    }

    /// By id.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The plugin at a step of the plan.
    pub(super) fn step(&self, step: usize) -> &Entry {
        &self.entries[self.plan[step]]
    }

    /// How many steps the plan has.
    pub(super) fn steps(&self) -> usize {
        self.plan.len()
    }

    /// In start order.
    pub(super) fn plan(&self) -> impl Iterator<Item = &Entry> {
        self.plan.iter().map(|&at| &self.entries[at])
    }

    pub(super) fn find(&self, id: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.id().as_str().cmp(id)).ok()?;
        Some(&self.entries[at])
    }

    /// Says that there is no such plugin, and which may be meant.
    pub(super) fn unknown(&self, id: &str) -> GetError {
        let known = self.entries.iter().map(|entry| entry.id().as_str());
        let meant = nearest(id, known).and_then(|meant| PluginId::new(meant).ok());
        GetError::Unknown { id: id.to_owned(), meant }
    }

    /// Those that provide an interface and run or may still run, by rank and then id.
    pub(super) fn providers(&self, interface: &str) -> impl Iterator<Item = &Entry> {
        self.providers.get(interface).into_iter().flatten().map(|&at| &self.entries[at])
    }

    /// The interfaces that somebody provides, as [`providers`](Self::providers) has them; by id.
    pub(super) fn interfaces(&self) -> impl Iterator<Item = &InterfaceId> {
        self.providers.keys()
    }

    /// How far a plugin has come, as it is listed.
    pub(super) fn state(&self, entry: &Entry) -> State {
        match &self.survey.listed()[entry.place].standing {
            Standing::Planned(_) => entry.plugin.state(),
            standing => standing.state(),
        }
    }

    /// What can be told of a plugin.
    pub(super) fn info(&self, entry: &Entry, passed_over: &LeftAsides<'_>) -> PluginInfo {
        let listed = &self.survey.listed()[entry.place];
        let info = self.survey.info(listed, passed_over, self.state(entry), entry.plugin.faults());
        PluginInfo { restarts: entry.plugin.record.restarts(), ..info }
    }

    /// Why a plugin does not run, whoever says so.
    pub(super) fn refusal(&self, entry: &Entry) -> Option<Arc<Refusal>> {
        self.state(entry).refusal().cloned()
    }
}

impl Entry {
    pub(super) fn id(&self) -> &PluginId {
        &self.plugin.manifest.id
    }
}

impl Plugin {
    /// What the resolver sees of it.
    pub(super) fn candidate(&self) -> Candidate {
        let source = self.origin.place();
        Candidate { manifest: Arc::clone(&self.manifest), home: self.home, source }
    }

    pub(super) fn id(&self) -> &PluginId {
        &self.manifest.id
    }

    pub(super) fn run(&self) -> Arc<Run> {
        self.run.load_full()
    }

    /// The caller holds the lifecycle's lock.
    pub(super) fn enter(&self, run: Run) {
        self.live.store(match &run {
            Run::Active(live) => Some(Arc::clone(live)),
            _ => None,
        });
        self.run.store(Arc::new(run));
    }

    pub(super) fn is_planned(&self) -> bool {
        matches!(**self.run.load(), Run::Planned)
    }

    /// Whether it is being started or runs.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(**self.run.load(), Run::Starting(_) | Run::Active(_))
    }

    pub(super) fn is_live(&self) -> bool {
        self.live.load().is_some()
    }

    /// Whether this is the attempt that decides.
    pub(super) fn is_starting(&self, attempt: &Arc<Attempt>) -> bool {
        matches!(&**self.run.load(), Run::Starting(current) if Arc::ptr_eq(current, attempt))
    }

    pub(super) fn refusal(&self) -> Option<Arc<Refusal>> {
        match &**self.run.load() {
            Run::Refused(refusal) | Run::Quarantined(refusal) => Some(Arc::clone(refusal)),
            _ => None,
        }
    }

    pub(super) fn state(&self) -> State {
        self.run.load().state()
    }

    pub(super) fn faults(&self) -> u64 {
        self.record.owner.faults()
    }

    /// Whether it provides the interface in a version that will do.
    pub(super) fn provides(&self, interface: &str, version: &semver::VersionReq) -> bool {
        self.manifest.provides.get(interface).is_some_and(|provided| version.matches(provided))
    }
}
