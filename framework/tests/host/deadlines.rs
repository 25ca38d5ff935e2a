//! Starts that go on side by side, and starts and stops that do not end.

use std::time::{Duration, Instant};

use keyway::host::Loopback;

use crate::puppets::{Journal, Puppet, states, why};

const SOON: Duration = Duration::from_millis(300);

#[test]
fn a_start_that_hangs_is_quarantined_at_its_deadline_and_delays_nobody_else() {
    for way in [None, Some(Loopback::Table), Some(Loopback::Message)] {
        let journal = Journal::new();
        let plugins = ["chain/a", "chain/b", "chain/beside", "chain/c", "store/one", "store/two"];
        let mut builder = journal.host_with(&plugins, "chain/c", |script| script.wait = true);
        builder = builder.start_deadline(SOON);
        if let Some(way) = way {
            builder = builder.loopback(way);
        }
        let host = builder.start().unwrap();
        let expected = [
            ("chain/a", "refused"),
            ("chain/b", "refused"),
            ("chain/beside", "active"),
            ("chain/c", "quarantined"),
            ("store/one", "active"),
            ("store/two", "active"),
        ];
        assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
        assert_eq!(why(&host, "chain/c"), "did not start within 300ms");
        assert_eq!(why(&host, "chain/b"), "needs `chain/c`, which did not start within 300ms");
        // The others did not wait for it: they ran before its time was up.
        let at = |id: &str, state: &str| {
            host.history(id).iter().find(|event| event.state.name() == state).unwrap().at
        };
        for other in ["chain/beside", "store/one", "store/two"] {
            assert!(at(other, "active") < at("chain/c", "quarantined"), "{other}");
        }
        // What its thread still brings is let go of.
        journal.open();
        let until = Instant::now() + Duration::from_secs(30);
        while !journal.lines().contains(&"chain/c drop".into()) {
            assert!(Instant::now() < until, "{:?}", journal.lines());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(host.plugin("chain/c").unwrap().state.name(), "quarantined");
    }
}

#[test]
fn a_host_that_does_not_wait_is_up_while_a_start_hangs() {
    let journal = Journal::new();
    let plugins = ["chain/b", "chain/beside", "chain/c"];
    let host = journal
        .host_with(&plugins, "chain/c", |script| script.wait = true)
        .start_deadline(Duration::from_secs(600))
        .start_patience(SOON)
        .start()
        .unwrap();
    // Its deadline is ten minutes away.
    let expected = [("chain/b", "resolved"), ("chain/beside", "active"), ("chain/c", "loaded")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    host.get::<dyn Puppet>("chain/beside").unwrap();
    journal.open();
    assert_eq!(host.get::<dyn Puppet>("chain/c").unwrap().get().name(), "chain/c");
    assert_eq!(host.get::<dyn Puppet>("chain/b").unwrap().get().name(), "chain/b");
    drop(host);
    let lines = journal.lines();
    for id in plugins {
        for what in ["start", "stop", "drop"] {
            let line = format!("{id} {what}");
            assert_eq!(lines.iter().filter(|other| **other == line).count(), 1, "{line} in {lines:?}");
        }
    }
}

#[test]
fn a_host_that_does_not_wait_can_be_dropped_while_a_start_hangs() {
    let journal = Journal::new();
    let plugins = ["chain/b", "chain/beside", "chain/c"];
    let host = journal
        .host_with(&plugins, "chain/c", |script| script.wait = true)
        .start_patience(SOON)
        .start()
        .unwrap();
    drop(host);
    assert!(journal.lines().contains(&"chain/beside drop".into()));
    journal.open();
    let until = Instant::now() + Duration::from_secs(60);
    while !journal.lines().contains(&"chain/c drop".into()) {
        assert!(Instant::now() < until, "{:?}", journal.lines());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!journal.lines().contains(&"chain/b start".into()));
}

#[test]
fn more_starts_that_hang_than_there_are_threads_delay_nobody() {
    let journal = Journal::new();
    let hang = ["chain/c", "store/one", "store/two", "rank/a", "rank/b", "rank/c"];
    let plugins = [&hang[..], &["rank/z", "chain/beside"]].concat();
    let mut builder = journal.host(&plugins).start_deadline(SOON);
    for id in hang {
        let script = crate::puppets::Script { wait: true, ..journal.script() };
        builder = builder.config(id, keyway::host::Settings::of(&script));
    }
    let began = Instant::now();
    let host = builder.start().unwrap();
    // One after the other they would have taken six times as long; all of them waited for at once.
    println!("6 hanging starts of {SOON:?} on one working thread: {:?}", began.elapsed());
    for id in hang {
        assert_eq!(host.plugin(id).unwrap().state.name(), "quarantined", "{id}");
    }
    for id in ["rank/z", "chain/beside"] {
        let active = host.history(id).iter().find(|event| event.state.name() == "active").unwrap().at;
        for other in hang {
            let ended =
                host.history(other).iter().find(|event| event.state.name() == "quarantined").unwrap().at;
            assert!(active < ended, "{id} waited for {other}");
        }
    }
    journal.open();
}

#[test]
fn whoever_asks_for_what_hangs_gets_the_reason_at_the_deadline() {
    let journal = Journal::new();
    let host = journal
        .host_with(&["lazy/one", "lazy/user"], "lazy/one", |script| script.wait = true)
        .start_deadline(SOON)
        .start()
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let error = host.get::<dyn Puppet>("lazy/one").unwrap_err();
                assert_eq!(error.code(), "start-deadline");
            });
        }
    });
    assert_eq!(journal.lines().iter().filter(|line| *line == "lazy/one start").count(), 1);
    journal.open();
}

#[test]
fn a_stop_that_hangs_is_left_behind_and_the_others_are_stopped() {
    let journal = Journal::new();
    let host = journal
        .host_with(&["chain/b", "chain/beside", "chain/c"], "chain/b", |script| script.wait_in_stop = true)
        .stop_deadline(SOON)
        .start()
        .unwrap();
    host.stop();
    assert!(states(&host).iter().all(|(_, state)| *state == "retired"), "{host:?}");
    let lines = journal.lines();
    assert!(
        lines.contains(&"chain/c drop".into()) && lines.contains(&"chain/beside drop".into()),
        "{lines:?}"
    );
    assert!(!lines.contains(&"chain/b drop".into()));
    journal.open();
}

#[test]
fn independent_plugins_start_side_by_side() {
    // Each waits until the other has begun.
    let journal = Journal::new();
    let plugins = ["store/one", "store/two"];
    let mut builder = journal.host(&plugins).start_threads(2);
    for (id, other) in [(plugins[0], plugins[1]), (plugins[1], plugins[0])] {
        let wait_for = Some(format!("{other} start"));
        let script = crate::puppets::Script { wait_for, ..journal.script() };
        builder = builder.config(id, keyway::host::Settings::of(&script));
    }
    let host = builder.start().unwrap();
    assert!(states(&host).iter().all(|(_, state)| *state == "active"), "{host:?}");
}
