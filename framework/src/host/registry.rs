//! What a host knows of its plugins while it runs.
//!
//! Readers see one snapshot and never wait: what changes of a plugin is either set once or swapped. Who writes holds the
//! lifecycle's lock, which no reader takes. Waiting happens in one place only, where somebody asks for a plugin that is
//! being started at that moment.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, ArcSwapOption};
use once_cell::sync::OnceCell;

use super::info::State;
use super::refusal::Refusal;
use super::running::Running;
use super::survey::{Standing, Survey};
use crate::handle::Owner;
use crate::id::{InterfaceId, PluginId};
use crate::manifest::Manifest;

pub(super) struct Registry {
    snapshot: ArcSwap<Snapshot>,
}

/// The plugins at one moment.
#[derive(Clone)]
pub(super) struct Snapshot {
    /// By id.
    entries: Arc<[Arc<Entry>]>,
    /// In start order.
    plan: Arc<[Arc<Entry>]>,
    /// Those that run or may still run, by rank and then id.
    providers: BTreeMap<InterfaceId, Vec<Arc<Entry>>>,
}

impl Registry {
    pub(super) fn new(survey: &Survey) -> Self {
        let entries: Arc<[Arc<Entry>]> = survey
            .listed()
            .iter()
            .enumerate()
            .map(|(place, listed)| {
                let mut entry = Entry {
                    manifest: Arc::clone(survey.manifest(listed)),
                    place,
                    candidate: listed.candidate,
                    step: None,
                    phase: AtomicU8::new(Phase::Planned as u8),
                    refusal: OnceLock::new(),
                    live: OnceCell::new(),
                };
                match &listed.standing {
                    Standing::Planned(step) => entry.step = Some(*step),
                    Standing::Refused(refusal) => entry.refusal = OnceLock::from(Arc::clone(refusal)),
                    Standing::Disabled => {}
                }
                Arc::new(entry)
            })
            .collect();
        let mut plan: Vec<Arc<Entry>> =
            entries.iter().filter(|entry| entry.step.is_some()).cloned().collect();
        plan.sort_unstable_by_key(|entry| entry.step);
        let mut snapshot = Snapshot { entries, plan: plan.into(), providers: BTreeMap::new() };
        snapshot.index();
        Self { snapshot: ArcSwap::from_pointee(snapshot) }
    }

    /// The plugins now.
    pub(super) fn now(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Takes refused plugins out of the lists of providers. The caller holds the lifecycle's lock.
    pub(super) fn publish_refusals(&self) {
        let mut snapshot = Snapshot::clone(&self.snapshot.load());
        snapshot.index();
        self.snapshot.store(Arc::new(snapshot));
    }
}

impl Snapshot {
    fn index(&mut self) {
        let mut providers: BTreeMap<InterfaceId, Vec<Arc<Entry>>> = BTreeMap::new();
        for entry in self.plan.iter().filter(|entry| entry.refusal().is_none()) {
            for interface in entry.manifest.provides.keys() {
                match providers.get_mut(interface) {
                    Some(list) => list.push(Arc::clone(entry)),
                    None => drop(providers.insert(interface.clone(), vec![Arc::clone(entry)])),
                }
            }
        }
        for list in providers.values_mut() {
            // Places count by id.
            list.sort_unstable_by_key(|entry| (Reverse(entry.manifest.rank), entry.place));
        }
        self.providers = providers;
    }

    /// By id.
    pub(super) fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// In start order.
    pub(super) fn plan(&self) -> &[Arc<Entry>] {
        &self.plan
    }

    pub(super) fn find(&self, id: &str) -> Option<&Arc<Entry>> {
        let at = self.entries.binary_search_by(|entry| entry.manifest.id.as_str().cmp(id)).ok()?;
        Some(&self.entries[at])
    }

    /// Those that provide an interface and run or may still run, by rank and then id.
    pub(super) fn providers(&self, interface: &str) -> &[Arc<Entry>] {
        self.providers.get(interface).map_or(&[], Vec::as_slice)
    }
}

/// One plugin of a host.
pub(super) struct Entry {
    pub(super) manifest: Arc<Manifest>,
    /// Its place in the survey's list, which is by id.
    pub(super) place: usize,
    /// The candidate that was chosen.
    pub(super) candidate: usize,
    /// Its step of the plan; `None` where it is refused from the start, or disabled.
    pub(super) step: Option<usize>,
    phase: AtomicU8,
    refusal: OnceLock<Arc<Refusal>>,
    /// Filled by the one start that succeeds; whoever asks during it waits here.
    pub(super) live: OnceCell<Arc<Live>>,
}

/// A plugin that was started.
pub(super) struct Live {
    pub(super) owner: Arc<Owner>,
    /// Empty after the plugin was stopped.
    pub(super) running: ArcSwapOption<Running>,
}

/// How far a planned plugin has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    Planned,
    Starting,
    Active,
    Draining,
    Retired,
}

impl Entry {
    pub(super) fn id(&self) -> &PluginId {
        &self.manifest.id
    }

    pub(super) fn phase(&self) -> Phase {
        const PHASES: [Phase; 5] =
            [Phase::Planned, Phase::Starting, Phase::Active, Phase::Draining, Phase::Retired];
        PHASES[usize::from(self.phase.load(Ordering::Acquire))]
    }

    /// The caller holds the lifecycle's lock.
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    pub(super) fn refusal(&self) -> Option<&Arc<Refusal>> {
        self.refusal.get()
    }

    /// Keeps the first reason. The caller holds the lifecycle's lock.
    pub(super) fn refuse(&self, refusal: Arc<Refusal>) {
        let _kept = self.refusal.set(refusal);
    }

    pub(super) fn state(&self) -> State {
        if let Some(refusal) = self.refusal() {
            return State::Refused(Arc::clone(refusal));
        }
        if self.step.is_none() {
            return State::Disabled;
        }
        match self.phase() {
            Phase::Planned => State::Resolved,
            Phase::Starting => State::Loaded,
            Phase::Active => State::Active,
            Phase::Draining => State::Draining,
            Phase::Retired => State::Retired,
        }
    }

    pub(super) fn faults(&self) -> u64 {
        self.live.get().map_or(0, |live| live.owner.faults())
    }

    /// Whether it provides the interface in a version that will do.
    pub(super) fn provides(&self, interface: &str, version: &semver::VersionReq) -> bool {
        self.manifest.provides.get(interface).is_some_and(|provided| version.matches(provided))
    }
}
