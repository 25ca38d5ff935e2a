//! Two hundred plugins in ten folders, a few of them needing each other, twenty of them faulty in eight ways: whoever
//! starts them, and how often, the same run.

use std::collections::BTreeMap;
use std::time::Duration;

use keyway_tests::{misbehaving, needing};

use super::hosts::{Installation, Table, id};

const ALL: usize = 200;
const FOLDERS: usize = 10;
const FAULTY: usize = 20;
const STARTS: usize = 50;
const FROM_NOTHING: usize = 5;

/// Misdeed, state, and the code of what is to blame.
const WAYS: [(&str, &str, &str); 8] = [
    ("segfault", "quarantined", "trial-crashed"),
    ("abort", "quarantined", "trial-aborted"),
    ("exit-three", "quarantined", "trial-exited"),
    ("stack-overflow", "quarantined", "trial-stack-overflow"),
    ("sleep", "quarantined", "trial-hung"),
    ("start-sleep", "quarantined", "start-deadline"),
    ("start-panic", "refused", "start-fault"),
    ("start-error", "refused", "start-failed"),
];

/// The plugins, and what is to become of each.
fn world(installation: &mut Installation) -> BTreeMap<String, (&'static str, &'static str)> {
    let mut folders = vec![installation.plugins()];
    folders.extend((1..FOLDERS).map(|number| installation.folder(&format!("plugins-{number}"))));
    let mut expected: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for number in 0..ALL {
        // The faulty ones are spread over all folders, and so are those that need them.
        let folder = &folders[number * 7 % FOLDERS];
        let needed = match number {
            0..FAULTY => {
                let (misdeed, state, code) = WAYS[number % WAYS.len()];
                misbehaving(folder, &id('p', number), misdeed);
                expected.insert(id('p', number), (state, code));
                continue;
            }
            // Each needs a faulty one; the next five need one of those; then there are some that need a good one, and
            // some that need one of those.
            20..30 => id('p', number - 20),
            30..35 => id('n', number - 10),
            35..45 => id('p', number + 100),
            45..50 => id('n', number - 10),
            _ => {
                misbehaving(folder, &id('p', number), "well-behaved");
                expected.insert(id('p', number), ("active", ""));
                continue;
            }
        };
        needing(folder, &id('n', number), &needed, "well-behaved");
        let began = if number < 35 { WAYS[(number - 20) % 10 % WAYS.len()].2 } else { "" };
        expected.insert(id('n', number), (if began.is_empty() { "active" } else { "refused" }, began));
    }
    assert_eq!(expected.len(), ALL);
    expected
}

/// The whole of what is told of each: state, code, and the words.
fn told(table: &Table) -> BTreeMap<&str, [&str; 3]> {
    table.rows.iter().map(|(id, row)| (id.as_str(), [&*row.state, &*row.code, &*row.why])).collect()
}

fn middle(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn two_hundred_plugins_with_twenty_faulty_ones_come_to_the_same_in_fifty_starts() {
    let mut installation = Installation::new().with("trial-deadline", 2000).with("start-deadline", 2000);
    let expected = world(&mut installation);
    let first = installation.once();
    first.is(&expected);
    let held = WAYS.into_iter().filter(|(_, state, _)| *state == "quarantined");
    let recorded: Vec<&str> = held.map(|(.., code)| code).collect();
    let tried = installation.scanners();
    let mut times = Vec::new();
    let mut second: Option<Table> = None;
    for _ in 1..STARTS {
        let table = installation.once();
        table.is_known(&expected, &recorded);
        times.push(table.took);
        // The first speaks of what happened, the others of what is recorded of it.
        let second = second.get_or_insert_with(|| table.clone());
        assert_eq!(told(&table), told(second));
    }
    assert_eq!(installation.scanners(), tried, "nobody is tried again");
    let mut anew = Vec::new();
    for _ in 0..FROM_NOTHING {
        installation.forget();
        let table = installation.once();
        table.is(&expected);
        anew.push(table.took);
    }
    println!(
        "{ALL} plugins in {FOLDERS} folders, {FAULTY} faulty in {} ways: {} active, {} quarantined, {} refused, 0 lost, \
         the same in {STARTS} starts and in {FROM_NOTHING} from nothing",
        WAYS.len(),
        first.count("active"),
        first.count("quarantined"),
        first.count("refused"),
    );
    println!(
        "first start {:.1?}; the next {}: {:.1?} in the middle, {:.1?} at most; from nothing {:.1?} at most",
        first.took,
        times.len(),
        middle(&times),
        times.iter().max().expect("there are some"),
        anew.iter().max().expect("there are some"),
    );
}
