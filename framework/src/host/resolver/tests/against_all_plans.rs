//! The resolver beside an enumeration of every plan, on worlds small enough for that.
//!
//! The enumeration shares nothing with the resolver but the manifests.

use std::collections::BTreeSet;

use proptest::prelude::*;
use semver::VersionReq;

use super::*;
use crate::id::InterfaceId;
use crate::manifest::Requirement;

/// A plan: by plugin, the candidate that runs.
type Chosen = BTreeMap<PluginId, usize>;

/// Whether everything that is chosen gets what it must have, nothing conflicts, and there is an order to start in.
fn is_valid(candidates: &[Candidate], chosen: &Chosen) -> bool {
    let manifest = |n: usize| &candidates[n].manifest;
    for (id, &n) in chosen {
        for (other, version) in &manifest(n).conflicts {
            if other != id
                && chosen.get(other).is_some_and(|&other| version.matches(&manifest(other).version))
            {
                return false;
            }
        }
    }
    let mut started: BTreeSet<&PluginId> = BTreeSet::new();
    loop {
        let ready = |id: &PluginId, n: usize| {
            let requires = &manifest(n).requires;
            let plugins = requires.plugins.iter().filter(|(_, r)| !r.optional).all(|(other, r)| {
                started.contains(other) && r.version.matches(&manifest(chosen[other]).version)
            });
            plugins
                && requires.interfaces.iter().filter(|(_, r)| !r.optional).all(|(interface, r)| {
                    started.iter().any(|&other| {
                        let provided = manifest(chosen[other]).provides.get(interface);
                        other != id && provided.is_some_and(|version| r.version.matches(version))
                    })
                })
        };
        let next = chosen.iter().find(|(id, n)| !started.contains(id) && ready(id, **n));
        match next {
            Some((id, _)) => started.insert(id),
            None => return started.len() == chosen.len(),
        };
    }
}

/// The candidates that count, by plugin.
fn counted(world: &World<'_>) -> BTreeMap<PluginId, Vec<usize>> {
    let mut by_id: BTreeMap<PluginId, Vec<usize>> = BTreeMap::new();
    for (n, candidate) in world.candidates.iter().enumerate() {
        let manifest = &candidate.manifest;
        let row = by_id.entry(manifest.id.clone()).or_default();
        if !row.iter().any(|&other| world.candidates[other].manifest.version == manifest.version) {
            row.push(n);
        }
    }
    by_id
}

fn fits(world: &World<'_>, n: usize) -> bool {
    let manifest = &world.candidates[n].manifest;
    !world.excluded.contains_key(&manifest.id)
        && manifest.host.as_ref().is_none_or(|host| host.matches(world.host_version))
}

fn all_plans(world: &World<'_>) -> Vec<Chosen> {
    let mut plans = vec![Chosen::new()];
    for (id, row) in counted(world) {
        let mut more = Vec::new();
        for plan in &plans {
            for &n in row.iter().filter(|&&n| fits(world, n)) {
                let mut plan = plan.clone();
                plan.insert(id.clone(), n);
                more.push(plan);
            }
        }
        plans.extend(more);
    }
    plans.retain(|plan| is_valid(world.candidates, plan));
    plans
}

/// The plugins that should run: taken by precedence, each if some plan has it beside all that were taken before.
fn who_should_run(world: &World<'_>, plans: &[Chosen]) -> BTreeSet<PluginId> {
    let mut line: Vec<_> = counted(world)
        .into_iter()
        .map(|(id, mut row)| {
            row.sort_by_key(|&n| {
                let version = world.candidates[n].manifest.version.clone();
                let host = &world.candidates[n].manifest.host;
                (host.as_ref().is_none_or(|host| host.matches(world.host_version)), version)
            });
            let speaker = &world.candidates[*row.last().unwrap()];
            (speaker.home, -speaker.manifest.rank, id)
        })
        .collect();
    line.sort();
    let mut taken = BTreeSet::new();
    for (_, _, id) in line {
        let fits =
            |plan: &&Chosen| plan.contains_key(&id) && taken.iter().all(|other| plan.contains_key(other));
        if plans.iter().any(|plan| fits(&plan)) {
            taken.insert(id);
        }
    }
    taken
}

fn check(candidates: &[Candidate], excluded: &BTreeMap<PluginId, String>) {
    let host_version = Version::new(1, 0, 0);
    let world =
        World { host: "toolbox", host_version: &host_version, candidates, excluded, keep: &BTreeSet::new() };
    let resolution = resolve(&world);
    let manifest = |step: usize| &candidates[resolution.plan.steps[step].candidate].manifest;

    let chosen: Chosen = resolution
        .plan
        .steps
        .iter()
        .map(|step| (candidates[step.candidate].manifest.id.clone(), step.candidate))
        .collect();
    assert_eq!(chosen.len(), resolution.plan.steps.len(), "a plugin runs once");
    assert!(chosen.values().all(|&n| fits(&world, n)));
    assert!(is_valid(candidates, &chosen), "the plan is valid");

    let plans = all_plans(&world);
    let should_run = who_should_run(&world, &plans);
    assert_eq!(chosen.keys().cloned().collect::<BTreeSet<_>>(), should_run, "who runs");

    // Whoever is refused for a reason of its own is in no plan; whoever is outvoted is in one, but not in this company.
    for (id, refused) in &resolution.refused {
        assert!(!chosen.contains_key(id) && !excluded.contains_key(id));
        let text = refused.to_string();
        assert!(!refused.summary().is_empty() && !refused.help().is_empty() && text.lines().count() > 1);
        let is_in_one = plans.iter().any(|plan| plan.contains_key(id));
        if is_in_one {
            assert!(text.contains("comes first") || text.contains("would need itself"), "{text}");
        }
    }
    for id in counted(&world).keys() {
        assert!(chosen.contains_key(id) || resolution.refused.contains_key(id) || excluded.contains_key(id));
    }

    // No single plugin could run newer with all others as they are, unless it would lose somebody a wish.
    for (id, &n) in &chosen {
        for passed in
            resolution.passed_over.iter().filter(|passed| candidates[passed.candidate].manifest.id == *id)
        {
            let mut other = chosen.clone();
            other.insert(id.clone(), passed.candidate);
            let repeats = matches!(passed.why, Why::SameVersion { .. });
            let newer =
                !repeats && candidates[passed.candidate].manifest.version > candidates[n].manifest.version;
            let no_options = candidates.iter().all(|c| {
                let requires = &c.manifest.requires;
                requires.plugins.values().chain(requires.interfaces.values()).all(|r| !r.optional)
            });
            if newer && no_options && fits(&world, passed.candidate) {
                assert!(!is_valid(candidates, &other), "{id} could run newer");
            }
        }
    }

    // Each step stands after what it needs; every requirement that the plan can meet has its link.
    for (n, step) in resolution.plan.steps.iter().enumerate() {
        assert!(step.needs.iter().chain(&step.after).all(|&other| other < n));
        let requires = &manifest(n).requires;
        let linked =
            |other: &PluginId| step.needs.iter().chain(&step.after).any(|&at| manifest(at).id == *other);
        for (other, requirement) in &requires.plugins {
            let met = chosen
                .get(other)
                .is_some_and(|&o| requirement.version.matches(&candidates[o].manifest.version));
            if !requirement.optional {
                assert!(step.needs.iter().any(|&at| manifest(at).id == *other));
            } else if !met {
                let required_otherwise = manifest(n).requires.interfaces.keys().any(|interface| {
                    chosen
                        .get(other)
                        .is_some_and(|&o| candidates[o].manifest.provides.contains_key(interface))
                });
                assert!(!linked(other) || required_otherwise, "an incompatible option is no link");
            }
        }
        for (interface, requirement) in requires.interfaces.iter().filter(|(_, r)| !r.optional) {
            assert!(step.needs.iter().any(|&at| {
                manifest(at)
                    .provides
                    .get(interface)
                    .is_some_and(|version| requirement.version.matches(version))
            }));
        }
    }
}

fn id(n: usize) -> PluginId {
    PluginId::new(&format!("t/{}", ["a", "b", "c", "d", "e"][n])).unwrap()
}

prop_compose! {
    fn requirement()(version in prop::sample::select(vec!["*", "^1", "^2", "=1.0.0", ">=1.1"]), optional in prop::bool::weighted(0.25))
        -> Requirement {
        Requirement { version: VersionReq::parse(version).unwrap(), optional }
    }
}

prop_compose! {
    fn candidate()(
        who in 0usize..5,
        version in prop::sample::select(vec!["1.0.0", "1.1.0", "2.0.0"]),
        home in prop::bool::weighted(0.2),
        rank in prop::sample::select(vec![0, 0, 0, 1]),
        host in prop::bool::weighted(0.05),
        plugins in prop::collection::vec((0usize..5, requirement()), 0..3),
        interfaces in prop::collection::vec((0usize..2, requirement()), 0..2),
        provides in prop::collection::vec((0usize..2, prop::sample::select(vec!["1.0.0", "2.0.0"])), 0..2),
        conflicts in prop::collection::vec((0usize..5, prop::sample::select(vec!["*", "^1", "^2"])), 0..2),
        conflicting in prop::bool::weighted(0.3),
    ) -> Candidate {
        let interface = |n: usize| InterfaceId::new(["i/x", "i/y"][n]).unwrap();
        let mut manifest = Manifest::new(id(who), Version::parse(version).unwrap());
        manifest.rank = rank;
        manifest.host = host.then(|| VersionReq::parse("^2").unwrap());
        manifest.requires.plugins = plugins.into_iter().map(|(n, r)| (id(n), r)).collect();
        manifest.requires.interfaces = interfaces.into_iter().map(|(n, r)| (interface(n), r)).collect();
        manifest.provides = provides.into_iter().map(|(n, v)| (interface(n), Version::parse(v).unwrap())).collect();
        if conflicting {
            manifest.conflicts = conflicts.into_iter().map(|(n, v)| (id(n), VersionReq::parse(v).unwrap())).collect();
        }
        let (home, source) = if home { (Home::Static, "-") } else { (Home::Dylib, "./p") };
        Candidate { manifest: Arc::new(manifest), home, source: source.into() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").map_or(3000, |cases| cases.parse().unwrap()), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_is_valid_and_runs_exactly_who_should_run(
        mut candidates in prop::collection::vec(candidate(), 0..10),
        left_out in prop::collection::vec(0usize..5, 0..2),
    ) {
        let excluded = left_out.into_iter().take(1).map(|n| (id(n), "disabled".to_owned())).collect();
        check(&candidates, &excluded);
        // Without repeated versions, the order of the candidates means nothing.
        let mut seen = BTreeSet::new();
        candidates.retain(|c| seen.insert((c.manifest.id.clone(), c.manifest.version.clone())));
        let names: Vec<(&str, &str)> = excluded.iter().map(|(id, why)| (id.as_str(), why.as_str())).collect();
        outcome(&candidates, &names);
    }
}
