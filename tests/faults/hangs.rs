//! F4: a plugin that sleeps for ever, spins or floods: when it is loaded, when it is started, when it is stopped.

use std::collections::BTreeMap;

use keyway_tests::{misbehaving, needing};

use super::hosts::{Installation, id};

/// For whatever may hang, in milliseconds: far more than anybody else needs.
const DEADLINE: u64 = 5000;
const GOOD: usize = 30;
const IN_START: [&str; 3] = ["start-sleep", "start-spin", "start-flood"];
const IN_LOAD: [&str; 2] = ["sleep", "spin"];

#[test]
fn f4_what_hangs_is_quarantined_at_its_deadline_and_the_others_have_started_by_then() {
    let installation = Installation::new().with("trial-deadline", DEADLINE).with("start-deadline", DEADLINE);
    let plugins = installation.plugins();
    let mut expected = BTreeMap::new();
    for number in 100..100 + GOOD {
        misbehaving(&plugins, &id('p', number), "well-behaved");
        expected.insert(id('p', number), ("active", ""));
    }
    // What passes has been tried by now: a trial is not part of what is measured here.
    installation.once().is(&expected);
    for (number, misdeed) in IN_START.into_iter().chain(IN_LOAD).enumerate() {
        misbehaving(&plugins, &id('p', number), misdeed);
        needing(&plugins, &id('n', number), &id('p', number), "well-behaved");
        let code = if IN_START.contains(&misdeed) { "start-deadline" } else { "trial-hung" };
        expected.insert(id('p', number), ("quarantined", code));
        expected.insert(id('n', number), ("refused", code));
    }
    needing(&plugins, &id('n', 100), &id('p', 100), "well-behaved");
    expected.insert(id('n', 100), ("active", ""));

    let (host, table) = installation.start();
    table.is(&expected);
    let memory = host.memory();
    let mut first = u64::MAX;
    for (number, misdeed) in IN_START.into_iter().chain(IN_LOAD).enumerate() {
        let row = table.row(&id('p', number));
        if IN_START.contains(&misdeed) {
            row.is("quarantined", "start-deadline", "did not start within 5s");
            let took = row.at("quarantined") - row.at("loaded");
            assert!(took >= DEADLINE * 1000 * 9 / 10, "{misdeed}: {took} µs");
        } else {
            let why = format!(
                "failed its trial: `…/plugins/lib{misdeed}.p{number:03}-aaaaaaa.so` is not loaded after 5s"
            );
            row.is("quarantined", "trial-hung", &why);
        }
        first = first.min(row.at("quarantined"));
        let needs = format!("needs `{}`, which ", id('p', number));
        let needs = format!("{needs}{}", row.why);
        table.row(&id('n', number)).is("refused", "needs-refused", &needs);
    }
    assert_eq!(table.row(&id('p', 2)).lines, keyway::host::LINES_KEPT as u64, "of a flood the end is kept");
    // The last of them has to be tried first, beside those that hang there.
    let good = || (100..100 + GOOD).map(|number| id('p', number)).chain([id('n', 100)]);
    let late: Vec<_> = good().filter(|id| table.row(id).at("active") > first).collect();
    assert!(late.is_empty(), "{late:?} waited for those that hang");
    assert!(memory.is_none_or(|memory| memory < 1024), "{memory:?} MiB after a flood");
    let slowest = good().map(|id| table.row(&id).at("active")).max();
    let ahead = first - slowest.unwrap_or(first);
    host.end();
    let tried = installation.scanners();
    let again = installation.once();
    again.is_known(&expected, &["start-deadline", "trial-hung"]);
    assert_eq!(installation.scanners(), tried, "nobody is tried again");
    println!(
        "F4: {} hang in start and {} when loaded, {} quarantined, {} that need them refused, {} active, the last of \
         them {} ms before the first deadline of {DEADLINE} ms; {:.1?}, and {:.1?} when it was known; {memory:?} MiB \
         after a flood",
        IN_START.len(),
        IN_LOAD.len(),
        table.count("quarantined"),
        table.count("refused"),
        table.count("active"),
        ahead / 1000,
        table.took,
        again.took,
    );
}

#[test]
fn f4_a_stop_that_hangs_is_left_behind_at_its_deadline_and_the_others_are_stopped() {
    const STOP: u64 = 1000;
    let installation = Installation::new().with("stop-deadline", STOP);
    let plugins = installation.plugins();
    let misdeeds = ["stop-sleep", "stop-spin", "stop-panic"];
    for number in 0..GOOD {
        let misdeed = misdeeds.get(number / 10).filter(|_| number % 10 == 5).unwrap_or(&"well-behaved");
        misbehaving(&plugins, &id('p', number), misdeed);
    }
    let (mut host, table) = installation.start();
    assert_eq!(table.count("active"), GOOD, "{table:?}");
    let stopped = host.order("stop");
    assert_eq!(stopped.count("retired"), GOOD, "{stopped:?}");
    for (number, hangs) in [(5, true), (15, true), (25, false)] {
        let row = stopped.row(&id('p', number));
        let took = row.at("retired") - row.at("draining");
        assert!(!hangs || took >= STOP * 1000 * 9 / 10, "{took} µs");
    }
    host.end();
    println!(
        "F4: 2 of {GOOD} hang in stop and 1 panics, {} stopped in {:.1?} with a deadline of {STOP} ms each",
        stopped.count("retired"),
        stopped.took,
    );
}
