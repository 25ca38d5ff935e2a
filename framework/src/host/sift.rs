//! Which of the candidates that were found may take part: what the operator forbids, prefers or has unloaded, what is
//! quarantined, and what waits because another file of the same plugin runs already.
//!
//! A candidate that may not take part is set aside with the reason. Where a plugin has no candidate left, the plugin is
//! left out of the plan, and the reason of its newest candidate is the plugin's.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::discovery::Origin;
use super::refusal::Refusal;
use super::registry::Plugin;
use super::resolver::Candidate;
use super::survey::{Standing, Wishes};
use crate::id::PluginId;

/// The candidates, those that take part first.
pub(super) struct Sifted {
    pub(super) candidates: Vec<Candidate>,
    /// One a candidate.
    pub(super) origins: Vec<Origin>,
    /// How many of the candidates the resolver sees.
    pub(super) seen: usize,
    /// Plugins that are left out of the plan, with the reason as one clause, and how they are listed.
    pub(super) left_out: BTreeMap<PluginId, (String, Standing)>,
    /// Why each candidate behind the first `seen` is set aside, as one clause.
    pub(super) aside: Vec<String>,
}

/// Why one candidate may not take part.
struct Bar {
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
        for plugin in running {
            if !origins.iter().any(|origin| origin.is_same(&plugin.origin)) {
                // Its file is gone or another by now; it runs all the same.
                candidates.push(plugin.candidate());
                origins.push(plugin.origin.clone());
            }
        }
        let running: BTreeMap<&PluginId, &Arc<Plugin>> =
            running.iter().map(|plugin| (plugin.id(), plugin)).collect();
        let mut bars: Vec<Option<Bar>> = Vec::new();
        if !wishes.let_all_in() || !running.is_empty() {
            let bar = |(candidate, origin)| bar(wishes, &running, candidate, origin);
            bars = candidates.iter().zip(&origins).map(bar).collect();
        }
        if bars.iter().all(Option::is_none) {
            let seen = candidates.len();
            return Self { candidates, origins, seen, left_out: BTreeMap::new(), aside: Vec::new() };
        }
        sort(candidates, origins, bars)
    }
}

fn sort(candidates: Vec<Candidate>, origins: Vec<Origin>, bars: Vec<Option<Bar>>) -> Sifted {
    let mut takes_part: BTreeMap<PluginId, bool> = BTreeMap::new();
    for (candidate, bar) in candidates.iter().zip(&bars) {
        *takes_part.entry(candidate.manifest.id.clone()).or_default() |= bar.is_none();
    }
    let mut newest: BTreeMap<PluginId, (semver::Version, String, Standing)> = BTreeMap::new();
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

fn bar(
    wishes: &Wishes,
    running: &BTreeMap<&PluginId, &Arc<Plugin>>,
    candidate: &Candidate,
    origin: &Origin,
) -> Option<Bar> {
    let id = &candidate.manifest.id;
    if let Some(why) = wishes.disabled.get(id) {
        return Some(Bar { why: why.clone(), standing: Standing::Disabled(why.as_str().into()) });
    }
    if wishes.unloaded.contains(id) {
        return Some(Bar { why: "unloaded by the operator".into(), standing: Standing::Unloaded });
    }
    if let Some(plugin) = running.get(id)
        && !plugin.origin.is_same(origin)
    {
        let why = format!("{} runs, and goes on until it is reloaded", plugin.manifest.version);
        return Some(Bar { standing: Standing::Disabled(why.as_str().into()), why });
    }
    None
}

impl Bar {
    #[expect(dead_code, reason = "policy and quarantine come next")]
    fn refused(why: String, refusal: Refusal) -> Self {
        Self { why, standing: Standing::Refused(Arc::new(refusal)) }
    }
}
