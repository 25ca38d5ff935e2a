//! Worlds as small tables, and what comes of them.

use super::*;

mod against_all_plans;
mod orders;
mod pictures;
mod plans;
mod refusals;
mod speed;

/// A world from TOML manifests, one a paragraph between `---` lines; the key `at` names the place (`-` is linked in).
pub(super) fn world_of(text: &str) -> Vec<Candidate> {
    let paragraphs = text.split("---").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs
        .map(|paragraph| {
            let (places, lines): (Vec<&str>, Vec<&str>) =
                paragraph.lines().map(str::trim).partition(|line| line.starts_with("at "));
            let source =
                places.first().map_or("./plugins", |place| place.trim_start_matches("at ")).to_owned();
            let manifest = match Manifest::from_toml(&lines.join("\n")) {
                Ok(manifest) => Arc::new(manifest),
                Err(error) => panic!("{error}"),
            };
            let home = if source == "-" { Home::Static } else { Home::Dylib };
            Candidate { manifest, home, source: source.into() }
        })
        .collect()
}

/// Resolves for the host `toolbox` 1.0.0, once in the given order and once for the candidates reversed and rotated;
/// panics where the outcomes differ, except in what must differ.
pub(super) fn outcome(candidates: &[Candidate], excluded: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let told = tell(candidates, excluded);
    let mut other = candidates.to_vec();
    let repeats = |list: &[Candidate]| {
        let version = |c: &Candidate| (c.manifest.id.clone(), c.manifest.version.clone());
        let mut all: Vec<_> = list.iter().map(version).collect();
        all.sort();
        all.windows(2).any(|two| two[0] == two[1])
    };
    if !repeats(candidates) {
        other.reverse();
        assert_eq!(tell(&other, excluded), told, "the candidates reversed");
        other.rotate_left(candidates.len() / 2);
        assert_eq!(tell(&other, excluded), told, "the candidates reversed and rotated");
    }
    told
}

fn tell(candidates: &[Candidate], excluded: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    with(candidates, excluded, |world, resolution| {
        let name = |step: &usize| {
            let manifest = &world.candidates[resolution.plan.steps[*step].candidate].manifest;
            manifest.id.name().to_owned()
        };
        let plan = resolution.plan.steps.iter().map(|step| {
            let manifest = &world.candidates[step.candidate].manifest;
            let mut line = format!("{} {}", manifest.id.name(), manifest.version);
            for (word, others) in [("needs", &step.needs), ("after", &step.after)] {
                if !others.is_empty() {
                    let others: Vec<String> = others.iter().map(name).collect();
                    line += &format!(" {word} {}", others.join(","));
                }
            }
            line
        });
        let refused = resolution.refused.values().map(ToString::to_string);
        (plan.collect(), refused.collect())
    })
}

pub(super) fn with<T>(
    candidates: &[Candidate],
    excluded: &[(&str, &str)],
    then: impl FnOnce(&World<'_>, &Resolution) -> T,
) -> T {
    let excluded = excluded.iter().map(|(id, why)| (PluginId::new(id).unwrap(), (*why).to_owned())).collect();
    let host_version = Version::new(1, 0, 0);
    let world = World {
        host: "toolbox",
        host_version: &host_version,
        candidates,
        excluded: &excluded,
        keep: &BTreeSet::new(),
    };
    then(&world, &resolve(&world))
}

/// Checks the plan, given as lines `name version [needs …] [after …]`, and that nothing is refused.
#[track_caller]
pub(super) fn check_plan(world: &str, plan: &str) {
    let expected: Vec<&str> = plan.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let (told, refused) = outcome(&world_of(world), &[]);
    assert_eq!(told, expected);
    assert_eq!(refused, [""; 0]);
}
