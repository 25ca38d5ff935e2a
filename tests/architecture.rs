//! The shape of the house: which crate may point at which, and what each drags in.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Who may depend on whom, tests apart. What is not here points at nothing of ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("keyway", &["keyway-macros"]),
    ("keyway-interfaces", &["keyway"]),
    ("keyway-builtins", &["keyway", "keyway-interfaces"]),
    ("keyway-dylib", &["keyway"]),
    ("keyway-cli", &["keyway", "keyway-builtins", "keyway-dylib", "keyway-interfaces"]),
];

/// The most packages that a package may bring to whoever uses it, itself counted.
const BUDGETS: &[(&str, &[&str], usize)] = &[
    ("keyway", &[], 15),
    ("keyway-interfaces", &[], 16),
    ("keyway", &["--features", "host"], 65),
    // With `notify`, for hosts that watch their folders.
    ("keyway", &["--features", "watch"], 70),
];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

fn packages(name: &str, arguments: &[&str]) -> BTreeSet<String> {
    let mut all = vec!["tree", "--package", name, "--edges", "normal,build", "--prefix", "none"];
    all.extend(arguments);
    cargo(&all).lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn arrows_point_the_way_that_architecture_md_says() {
    let allowed: BTreeMap<_, BTreeSet<_>> =
        ARROWS.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    let mut wrong = Vec::new();
    for (from, _) in ARROWS {
        let found = packages(from, &["--depth", "1", "--all-features"]);
        for other in found.iter().filter(|other| other.starts_with("keyway") && *other != from) {
            if !allowed[from].contains(other.as_str()) {
                wrong.push(format!("{from} -> {other}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that ARCHITECTURE.md does not draw: {wrong:?}; move the code, or the line"
    );
}

#[test]
fn a_package_brings_no_more_than_its_budget() {
    for (name, features, most) in BUDGETS {
        let found = packages(name, features);
        println!("{name} {}: {} of {most} packages", features.join(" "), found.len());
        assert!(
            found.len() <= *most,
            "{name} {features:?} brings {} packages and {most} is the budget; take one out: {found:?}",
            found.len()
        );
    }
}

#[test]
fn an_author_gets_one_syn_and_nothing_that_touches_a_disk() {
    let found = packages("keyway", &[]);
    for unwanted in [
        "annotate-snippets",
        "blake3",
        "libloading",
        "notify",
        "object",
        "petgraph",
        "pubgrub",
        "rustix",
        "tempfile",
        "toml",
        "tracing",
    ] {
        assert!(!found.contains(unwanted), "`{unwanted}` is the host's, and reached authors");
    }
    let versions: BTreeSet<_> =
        cargo(&["tree", "--package", "keyway", "--edges", "normal,build", "--prefix", "none"])
            .lines()
            .filter(|line| line.starts_with("syn "))
            .map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned())
            .collect();
    assert_eq!(versions.len(), 1, "two copies of syn in every author's build: {versions:?}");
}
