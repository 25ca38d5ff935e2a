//! F3: a plugin that crashes, aborts, exits or overflows its stack when it is loaded.

use std::collections::BTreeMap;

use keyway_tests::misbehaving;

use super::hosts::{Installation, Table, id};

/// Misdeed, code, and how its reason begins, behind the file.
const CULPRITS: [(&str, &str, &str); 5] = [
    ("segfault", "trial-crashed", "ends its process with SIGSEGV (signal 11) when it is loaded"),
    ("abort", "trial-aborted", "aborts its process when it is loaded"),
    ("exit-zero", "trial-exited", "ends its process with exit code 0 when it is loaded"),
    ("exit-three", "trial-exited", "ends its process with exit code 3 when it is loaded"),
    ("stack-overflow", "trial-stack-overflow", "overflows its stack when it is loaded"),
];

/// Misdeed, code, and reason: these are refused and not quarantined.
const REFUSED: [(&str, &str, &str); 2] = [
    ("start-panic", "start-fault", "panicked while it started: a start that panics"),
    ("start-error", "start-failed", "did not start: a start that fails"),
];

const ALL: usize = 40;

fn figures(table: &Table) -> (usize, usize, usize) {
    (table.count("active"), table.count("quarantined"), table.count("refused"))
}

#[test]
fn f3_exactly_those_that_end_a_process_when_loaded_are_quarantined_and_all_others_run() {
    let installation = Installation::new();
    let mut expected = BTreeMap::new();
    for number in 0..ALL {
        let misdeed = match number {
            0..5 => CULPRITS[number].0,
            5..7 => REFUSED[number - 5].0,
            _ => "well-behaved",
        };
        let id = id('p', number);
        misbehaving(&installation.plugins(), &id, misdeed);
        let expects = match number {
            0..5 => ("quarantined", CULPRITS[number].1),
            5..7 => ("refused", REFUSED[number - 5].1),
            _ => ("active", ""),
        };
        expected.insert(id, expects);
    }
    let (host, first) = installation.start();
    first.is(&expected);
    for (number, (misdeed, code, how)) in CULPRITS.into_iter().enumerate() {
        let file = format!("…/plugins/lib{misdeed}.p{number:03}-aaaaaaa.so");
        first.row(&id('p', number)).is("quarantined", code, &format!("failed its trial: `{file}` {how}"));
    }
    for (number, (_, code, why)) in REFUSED.into_iter().enumerate() {
        first.row(&id('p', number + 5)).is("refused", code, why);
    }
    host.end();
    let tried = installation.scanners();
    assert!(tried > 0, "files are tried by scanners");

    let (host, second) = installation.start();
    second.is(&expected);
    for (number, (misdeed, _, how)) in CULPRITS.into_iter().enumerate() {
        let row = second.row(&id('p', number));
        row.is("quarantined", "quarantined", "is in quarantine since ");
        let file = format!("…/plugins/lib{misdeed}.p{number:03}-aaaaaaa.so");
        assert!(row.why.contains(&format!(": failed its trial: `{file}` {how}")), "{}", row.why);
    }
    for (number, (_, code, why)) in REFUSED.into_iter().enumerate() {
        second.row(&id('p', number + 5)).is("refused", code, why);
    }
    host.end();
    assert_eq!(installation.scanners(), tried, "nobody is tried again");
    let lost = ALL - expected.keys().filter(|id| second.rows.contains_key(*id)).count();
    let (active, quarantined, refused) = figures(&first);
    assert_eq!(figures(&second), (active, quarantined, refused));
    println!(
        "F3: {} of {ALL} end a process when loaded, {quarantined} quarantined; {} fail in start, {refused} refused; \
         {active} active, {lost} lost; {:.1?}, and {:.1?} when it was known ({tried} scanners, then none)",
        CULPRITS.len(),
        REFUSED.len(),
        first.took,
        second.took,
    );
}
