//! Which of the candidates that were found may take part: what the operator forbids, prefers or has unloaded, what is
//! quarantined, what has the id of the host itself or of something that it offers, and what waits because another file of the same
//! plugin runs already.
//!
//! A candidate that may not take part is set aside with the reason. Where a plugin has no candidate left, the plugin is
//! left out of the plan, and the reason of its newest candidate is the plugin's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use semver::Version;

use super::find::discovery::Origin;
use super::info::DisabledBy;
use super::quarantine::Circumstances;
use super::refusal::Refusal;
use super::registry::Plugin;
use super::resolver::Candidate;
use super::store::{self, Choice};
use super::survey::{Standing, Wishes};

use crate::context::HOST;
use crate::id::PluginId;
use crate::manifest::{Home, Manifest};

/// The candidates, those that take part first.
pub(super) struct Sifted {
    pub(super) candidates: Vec<Candidate>,
    /// One a candidate.
    pub(super) origins: Vec<Origin>,
    /// How many of the candidates the resolver sees.
    pub(super) seen: usize,
    /// Plugins that are left out of the plan, with the reason as a predicate, and how they are listed.
    pub(super) left_out: BTreeMap<PluginId, (String, Standing)>,
    /// Why each candidate behind the first `seen` is set aside, as one clause.
    pub(super) aside: Vec<String>,
}

/// Why one candidate may not take part.
struct Bar {
    /// A predicate, to follow the plugin's name or "which".
    why: String,
    standing: Standing,
}

impl Sifted {
    /// `running` are the plugins that run and go on: of those nothing else takes part.
    pub(super) fn new(
        wishes: &Wishes,
        mut candidates: Vec<Candidate>,
        mut origins: Vec<Origin>,
        running: &[Arc<Plugin>],
    ) -> Self {
        for plugin in lost(running, &candidates, &origins) {
            // Its file is gone or another by now; it runs all the same.
            candidates.push(plugin.candidate());
            origins.push(plugin.origin.clone());
        }
        let mut bars: Vec<Option<Bar>> = Vec::new();
        let reserved = |candidate: &Candidate| candidate.manifest.id.as_str() == HOST;
        if !wishes.let_all_in()
            || !running.is_empty()
            || origins.iter().any(Origin::is_offered)
            || candidates.iter().any(reserved)
        {
            let judge = Judge::new(wishes, running, &candidates, &origins);
            let judged = candidates.iter().zip(&origins);
            bars = judged.map(|(candidate, origin)| judge.bar(candidate, origin)).collect();
        }
        if bars.iter().all(Option::is_none) {
            let seen = candidates.len();
            return Self { candidates, origins, seen, left_out: BTreeMap::new(), aside: Vec::new() };
        }
        sort(candidates, origins, bars)
    }
}

/// The running plugins that were not found again.
fn lost<'a>(
    running: &'a [Arc<Plugin>],
    candidates: &[Candidate],
    origins: &[Origin],
) -> Vec<&'a Arc<Plugin>> {
    let mut lost: BTreeMap<&PluginId, &Arc<Plugin>> =
        running.iter().map(|plugin| (plugin.id(), plugin)).collect();
    for (candidate, origin) in candidates.iter().zip(origins) {
        let id = &candidate.manifest.id;
        if lost.get(id).is_some_and(|plugin| plugin.origin.is_same(origin)) {
            lost.remove(id);
        }
    }
    lost.into_values().collect()
}

fn sort(candidates: Vec<Candidate>, origins: Vec<Origin>, bars: Vec<Option<Bar>>) -> Sifted {
    let mut takes_part: BTreeMap<PluginId, bool> = BTreeMap::new();
    for (candidate, bar) in candidates.iter().zip(&bars) {
        *takes_part.entry(candidate.manifest.id.clone()).or_default() |= bar.is_none();
    }
    let mut newest: BTreeMap<PluginId, (Version, String, Standing)> = BTreeMap::new();
    let (mut kept, mut aside) = (Vec::new(), Vec::new());
    for ((candidate, origin), bar) in candidates.into_iter().zip(origins).zip(bars) {
        let id = &candidate.manifest.id;
        match bar {
            Some(bar) if takes_part[id] => aside.push((candidate, origin, bar.why)),
            // The resolver says of those that need it what they are told here.
            Some(Bar { why, standing }) => {
                let version = &candidate.manifest.version;
                if newest.get(id).is_none_or(|(other, ..)| other < version) {
                    newest.insert(id.clone(), (version.clone(), why, standing));
                }
                kept.push((candidate, origin));
            }
            None => kept.push((candidate, origin)),
        }
    }
    let seen = kept.len();
    let mut sifted = Sifted {
        candidates: Vec::with_capacity(seen + aside.len()),
        origins: Vec::with_capacity(seen + aside.len()),
        seen,
        left_out: newest.into_iter().map(|(id, (_, why, standing))| (id, (why, standing))).collect(),
        aside: Vec::with_capacity(aside.len()),
    };
    for (candidate, origin) in kept {
        sifted.candidates.push(candidate);
        sifted.origins.push(origin);
    }
    for (candidate, origin, why) in aside {
        sifted.candidates.push(candidate);
        sifted.origins.push(origin);
        sifted.aside.push(why);
    }
    sifted
}

/// What the candidates are judged by.
struct Judge<'a> {
    wishes: &'a Wishes,
    running: BTreeMap<&'a PluginId, &'a Arc<Plugin>>,
    /// Where each plugin can live.
    homes: BTreeMap<&'a PluginId, BTreeSet<Home>>,
    newest: BTreeMap<&'a PluginId, &'a Version>,
    /// What the host offers itself.
    offered: BTreeSet<&'a PluginId>,
}

impl<'a> Judge<'a> {
    fn new(
        wishes: &'a Wishes,
        running: &'a [Arc<Plugin>],
        candidates: &'a [Candidate],
        origins: &[Origin],
    ) -> Self {
        let mut homes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for candidate in candidates {
            homes.entry(&candidate.manifest.id).or_default().insert(candidate.home);
        }
        let running = running.iter().map(|plugin| (plugin.id(), plugin)).collect();
        let offered = candidates.iter().zip(origins).filter(|(_, origin)| origin.is_offered());
        let offered = offered.map(|(candidate, _)| &candidate.manifest.id).collect();
        Self { wishes, running, homes, newest: newest(candidates), offered }
    }

    fn bar(&self, candidate: &Candidate, origin: &Origin) -> Option<Bar> {
        let id = &candidate.manifest.id;
        if id.as_str() == HOST {
            return Some(Bar::refused(Refusal::Reserved { id: id.clone() }));
        }
        if self.offered.contains(id) {
            // Nobody but the author of the host decides on what it offers.
            return (!origin.is_offered()).then(|| {
                let why = "has an id under which the host offers something itself".to_owned();
                // Never how the plugin is listed: what the host offers takes part.
                Bar { why, standing: Standing::Unloaded }
            });
        }
        if self.wishes.disabled.contains(id) {
            return Some(Bar::disabled(DisabledBy::Host));
        }
        if let Some(denial) = self.wishes.denial(id, origin) {
            let id = id.clone();
            return Some(Bar::refused(Refusal::Denied { id, by: Arc::new(denial) }));
        }
        if let Some(bar) = self.choice(&self.wishes.choice(id), candidate) {
            return Some(bar);
        }
        if self.wishes.unloaded.contains(id) {
            return Some(Bar { why: "has been unloaded".into(), standing: Standing::Unloaded });
        }
        if let Some(plugin) = self.running.get(id) {
            // What runs has been judged when it was started.
            return (!plugin.origin.is_same(origin)).then(|| {
                let why = format!("{} runs, and goes on until it is reloaded", plugin.manifest.version);
                // Never how the plugin is listed: the candidate that runs takes part.
                Bar { why, standing: Standing::Unloaded }
            });
        }
        self.quarantine(candidate, origin)
    }

    fn choice(&self, choice: &Choice, candidate: &Candidate) -> Option<Bar> {
        let Candidate { manifest, home, .. } = candidate;
        if choice.enabled == Some(false) {
            return Some(Bar::disabled(DisabledBy::Operator));
        }
        if let Some(pinned) = choice.version.as_ref().filter(|pinned| !pinned.matches(&manifest.version)) {
            let why = format!("{} is here, and the operator wants {pinned}", manifest.version);
            let (id, place) = (manifest.id.clone(), candidate.source.to_string());
            return Some(Bar::refused(Refusal::Unwanted { id, place, why }));
        }
        let elsewhere = |wanted: &Home| wanted != home && self.homes[&manifest.id].contains(wanted);
        let wanted = choice.home.filter(elsewhere)?;
        let why = format!("the operator wants the one whose home is `{wanted}`");
        let (id, place) = (manifest.id.clone(), candidate.source.to_string());
        Some(Bar::refused(Refusal::Unwanted { id, place, why }))
    }

    fn quarantine(&self, candidate: &Candidate, origin: &Origin) -> Option<Bar> {
        let manifest = &candidate.manifest;
        let records = &self.wishes.records;
        let recorded = records.quarantines().get(&manifest.id).and_then(|all| all.first());
        if recorded.is_none() && records.unknown(&manifest.id).is_none() {
            return None;
        }
        let digest = match (origin.likely_digest(), recorded) {
            (Ok(digest), _) => digest,
            // Nobody can tell whether it is another file: what did harm is not let go for that.
            (Err(_), Some(record)) => {
                let (id, record) = (manifest.id.clone(), record.clone().into());
                return Some(Bar::quarantined(Refusal::Quarantined { id, record }));
            }
            (Err(_), None) => None,
        };
        let needs = needs(manifest, &self.newest);
        let now = Circumstances {
            digest: digest.as_ref(),
            version: &manifest.version,
            host: &self.wishes.version,
            needs: &needs,
        };
        let id = manifest.id.clone();
        let refusal = match records.standing(&manifest.id, &now) {
            store::Standing::Held(record) => Refusal::Quarantined { id, record: record.clone().into() },
            store::Standing::Unknown(damage) => {
                let (what, help) = (crate::plugin::in_words(damage), damage.help());
                Refusal::QuarantineUnknown { id, what, help }
            }
            store::Standing::Free { lifted } => {
                for (record, lift) in lifted {
                    tracing::info!(target: "keyway", plugin = %record.plugin, %lift, "quarantine is lifted");
                }
                return None;
            }
        };
        Some(Bar::quarantined(refusal))
    }
}

/// The newest version of each plugin among the candidates.
pub(super) fn newest(candidates: &[Candidate]) -> BTreeMap<&PluginId, &Version> {
    let mut newest: BTreeMap<&PluginId, &Version> = BTreeMap::new();
    for candidate in candidates {
        let version = newest.entry(&candidate.manifest.id).or_insert(&candidate.manifest.version);
        *version = (*version).max(&candidate.manifest.version);
    }
    newest
}

/// The newest versions of what a plugin requires, where it is there.
pub(super) fn needs(
    manifest: &Manifest,
    newest: &BTreeMap<&PluginId, &Version>,
) -> BTreeMap<PluginId, Version> {
    let required = manifest.requires.plugins.keys();
    required.filter_map(|id| Some((id.clone(), Version::clone(newest.get(id)?)))).collect()
}

impl Bar {
    fn disabled(by: DisabledBy) -> Self {
        Self { why: format!("is disabled by {by}"), standing: Standing::Disabled(by) }
    }

    fn refused(refusal: Refusal) -> Self {
        Self { why: refusal.summary(), standing: Standing::Refused(Arc::new(refusal)) }
    }

    fn quarantined(refusal: Refusal) -> Self {
        Self { why: refusal.summary(), standing: Standing::Quarantined(Arc::new(refusal)) }
    }
}
