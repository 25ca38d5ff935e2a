//! How the time grows with the number of manifests. The bounds are wide, for any machine and build; the figures are
//! printed (`cargo test --release -p keyway --features host speed -- --nocapture`).

use std::time::{Duration, Instant};

use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;
use semver::VersionReq;

use super::*;
use crate::manifest::Requirement;

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

/// Plugins of which each needs up to three of those with smaller numbers, found in no order.
fn many(count: usize) -> Vec<Candidate> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let id = |n: usize| PluginId::new(&format!("many/p{:06}", n * 7919 % 1_000_003)).unwrap();
    let caret = VersionReq::parse("^1").unwrap();
    let mut candidates: Vec<Candidate> = (0..count)
        .map(|n| {
            let mut manifest = Manifest::new(id(n), Version::new(1, 2, 3));
            for _ in 0..dice.throw(4).min(n) {
                let other = id(dice.throw(n));
                manifest.requires.plugins.insert(other, Requirement::must(caret.clone()));
            }
            Candidate { manifest: Arc::new(manifest), home: Home::Dylib, source: "./p".into() }
        })
        .collect();
    for n in (1..count).rev() {
        candidates.swap(n, dice.throw(n + 1));
    }
    candidates
}

fn links(plan: &Plan) -> Links {
    // Numbered by candidate, as a world that was found in no order is.
    let mut links = Links::new();
    for n in 0..plan.steps.len() {
        links.add_node(n);
    }
    for step in &plan.steps {
        for &other in &step.needs {
            let other = plan.steps[other].candidate;
            links.add_edge(NodeIndex::new(step.candidate), NodeIndex::new(other), Link::Needs);
        }
    }
    links
}

fn best(times: usize, mut run: impl FnMut()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..times).map(once).min().unwrap()
}

#[test]
fn the_order_of_many_manifests_takes_no_longer_than_a_plain_topological_sort() {
    let mut each = Vec::new();
    for count in [1_000, 10_000, 100_000] {
        let candidates = many(count);
        let times = if count == 100_000 { 3 } else { 7 };
        let links = with(&candidates, &[], |_, resolution| {
            assert_eq!(resolution.plan.steps.len(), count);
            links(&resolution.plan)
        });
        let whole = best(times, || {
            with(&candidates, &[], |_, resolution| assert_eq!(resolution.plan.steps.len(), count))
        });
        let floor = best(times, || assert_eq!(toposort(&links, None).unwrap().len(), count));
        let ours = best(times, || assert_eq!(order(&links).sequence.len(), count));
        let ratio = ours.as_secs_f64() / floor.as_secs_f64();
        println!(
            "{count} manifests: order {ours:?}, petgraph toposort {floor:?}, ratio {ratio:.2}, whole {whole:?}"
        );
        assert!(ratio < 5.0, "{ratio}");
        each.push(whole.as_secs_f64() / count as f64);
    }
    println!(
        "growth: of 100 times as many, each takes {:.2} times as long ({:.2} for 10 times as many)",
        each[2] / each[0],
        each[1] / each[0]
    );
    assert!(each[2] < each[0] * 40.0, "seconds a manifest: {each:?}");
}

#[test]
fn a_few_decisions_among_many_manifests_cost_little() {
    let mut candidates = many(30_000);
    let floor = best(2, || with(&candidates, &[], |_, resolution| assert!(resolution.refused.is_empty())));
    let world = world_of(
        r#"
        id = "some/reader"
        version = "1.0.0"
        requires."some/table" = "^1"
        ---
        id = "some/table"
        version = "1.0.0"
        ---
        id = "some/table"
        version = "2.0.0"
        ---
        id = "some/lite"
        version = "1.0.0"
        conflicts."some/reader" = "*"
        ---
        id = "some/sick"
        version = "1.0.0"
        requires."some/gone" = "*"
        "#,
    );
    candidates.extend(world);
    let whole = best(2, || {
        with(&candidates, &[], |_, resolution| {
            let refused: Vec<&str> = resolution.refused.keys().map(PluginId::as_str).collect();
            assert_eq!(refused, ["some/reader", "some/sick"]);
        });
    });
    println!("30000 manifests: {floor:?}, with decisions {whole:?}");
    assert!(whole < floor * 4 + Duration::from_millis(200));
}

#[test]
fn a_group_that_must_be_decided_together_is_decided_in_reasonable_time() {
    // Three versions each; everybody needs older versions of some others, and some can not have what they want.
    let count = 150;
    let mut dice = Dice(7);
    let id = |n: usize| PluginId::new(&format!("tight/p{n:03}")).unwrap();
    let mut candidates = Vec::new();
    for n in 0..count {
        for major in 1..=3 {
            let mut manifest = Manifest::new(id(n), Version::new(major, 0, 0));
            for _ in 0..2 {
                if n > 0 {
                    let wanted = VersionReq::parse(["^1", "^2", ">=2", "*", "*"][dice.throw(5)]).unwrap();
                    manifest.requires.plugins.insert(id(dice.throw(n)), Requirement::must(wanted));
                }
            }
            if dice.throw(10) == 0 {
                manifest.conflicts.insert(id(dice.throw(count)), VersionReq::parse("^3").unwrap());
            }
            candidates.push(Candidate {
                manifest: Arc::new(manifest),
                home: Home::Dylib,
                source: "./p".into(),
            });
        }
    }
    let time = best(1, || {
        with(&candidates, &[], |_, resolution| {
            println!("{} run, {} are refused", resolution.plan.steps.len(), resolution.refused.len());
            assert_eq!(resolution.plan.steps.len() + resolution.refused.len(), count);
        });
    });
    println!("{count} plugins of three versions, all entangled: {time:?}");
    assert!(time < Duration::from_secs(60));
}

#[test]
fn one_plugin_that_conflicts_with_thousands_is_decided_in_reasonable_time() {
    let count = 2_000;
    let id = |n: usize| PluginId::new(&format!("lite/p{n:05}")).unwrap();
    for (rank, run) in [(1, 1), (-1, count)] {
        let mut candidates: Vec<Candidate> = (0..count)
            .map(|n| {
                let mut manifest = Manifest::new(id(n), Version::new(1, 0, 0));
                manifest.conflicts.insert(PluginId::new("full/all").unwrap(), VersionReq::STAR);
                Candidate { manifest: Arc::new(manifest), home: Home::Dylib, source: "./p".into() }
            })
            .collect();
        let mut full = Manifest::new(PluginId::new("full/all").unwrap(), Version::new(1, 0, 0));
        full.rank = rank;
        candidates.push(Candidate { manifest: Arc::new(full), home: Home::Dylib, source: "./p".into() });
        let time = best(1, || {
            with(&candidates, &[], |_, resolution| assert_eq!(resolution.plan.steps.len(), run));
        });
        println!("one against {count}, {run} run: {time:?}");
        assert!(time < Duration::from_secs(60));
    }
}
