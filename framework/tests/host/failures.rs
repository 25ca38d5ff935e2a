//! What a failed start takes down, and what it does not.

use std::error::Error as _;

use keyway::host::{GetError, Loopback, Refusal};

use crate::puppets::{Journal, Puppet, states, why};

const ALL: [&str; 5] = ["chain/a", "chain/b", "chain/beside", "chain/c", "chain/wishes"];

#[test]
fn a_failed_start_takes_down_exactly_those_that_need_it() {
    for loopback in [None, Some(Loopback::Table), Some(Loopback::Message)] {
        let journal = Journal::new();
        let mut builder =
            journal.host_with(&ALL, "chain/c", |script| script.fail = Some("no ink left".into()));
        if let Some(loopback) = loopback {
            builder = builder.loopback(loopback);
        }
        let host = builder.start().unwrap();
        let expected = [
            ("chain/a", "refused"),
            ("chain/b", "refused"),
            ("chain/beside", "active"),
            ("chain/c", "refused"),
            ("chain/wishes", "active"),
        ];
        assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
        assert_eq!(why(&host, "chain/c"), "did not start: no ink left");
        assert_eq!(why(&host, "chain/b"), "needs `chain/c`, which did not start: no ink left");
        assert_eq!(
            why(&host, "chain/a"),
            "needs `chain/b`, which needs `chain/c`, which did not start: no ink left"
        );
        let lines = journal.lines();
        assert!(!lines.iter().any(|line| line == "chain/a start" || line == "chain/b start"), "{lines:?}");
    }
}

#[test]
fn a_refusal_is_a_chain_of_sources_that_ends_at_the_plugins_own_words() {
    let journal = Journal::new();
    let host = journal
        .host_with(&ALL, "chain/c", |script| script.fail = Some("no ink left".into()))
        .start()
        .unwrap();
    let error = host.get::<dyn Puppet>("chain/b").unwrap_err();
    assert_eq!(error.to_string(), "plugin `chain/b` does not run");
    assert_eq!(error.code(), "needs-refused");
    assert_eq!(
        error.help(),
        "mend what `chain/c` complains of: its settings, or what it finds on this machine"
    );
    let refusal = error.source().unwrap();
    assert_eq!(refusal.to_string(), "plugin `chain/b` needs `chain/c`, which does not run");
    let start = refusal.source().unwrap();
    assert_eq!(start.to_string(), "plugin `chain/c` did not start");
    assert_eq!(start.source().unwrap().to_string(), "no ink left");
}

#[test]
fn a_panic_in_start_is_a_failed_start_that_keeps_its_message() {
    for loopback in [None, Some(Loopback::Table)] {
        let journal = Journal::new();
        let mut builder = journal.host_with(&ALL, "chain/b", |script| script.panic = vec!["start".into()]);
        if let Some(loopback) = loopback {
            builder = builder.loopback(loopback);
        }
        let host = builder.start().unwrap();
        assert_eq!(why(&host, "chain/b"), "panicked while it started: chain/b panics in start");
        assert_eq!(
            why(&host, "chain/a"),
            "needs `chain/b`, which panicked while it started: chain/b panics in start"
        );
        assert_eq!(host.plugin("chain/c").unwrap().state.name(), "active");
        let refusal = host.plugin("chain/b").unwrap().refusal().unwrap().clone();
        assert!(matches!(&*refusal, Refusal::Fault { .. }));
        assert_eq!(
            refusal.source().unwrap().to_string(),
            "plugin `chain/b` panicked: chain/b panics in start"
        );
    }
}

#[test]
fn panics_in_stop_and_in_drop_stay_inside_and_the_others_are_stopped() {
    for loopback in [None, Some(Loopback::Table)] {
        let journal = Journal::new();
        let mut builder = journal.host_with(&["chain/a", "chain/b", "chain/c"], "chain/b", |script| {
            script.panic = vec!["stop".into(), "drop".into()];
        });
        if let Some(loopback) = loopback {
            builder = builder.loopback(loopback);
        }
        drop(builder.start().unwrap());
        let lines = journal.lines();
        let expected =
            ["chain/a stop", "chain/a drop", "chain/b stop", "chain/b drop", "chain/c stop", "chain/c drop"];
        assert_eq!(&lines[3..], expected);
    }
}

#[test]
fn another_provider_is_as_good_as_the_one_that_failed() {
    let journal = Journal::new();
    let plugins = ["store/one", "store/two", "store/shopper"];
    let fail = |script: &mut crate::puppets::Script| script.fail = Some("sold out".into());
    let host = journal.host_with(&plugins, "store/one", fail).start().unwrap();
    assert_eq!(host.plugin("store/shopper").unwrap().state.name(), "active");
    let shopper = host.get::<dyn Puppet>("store/shopper").unwrap();
    assert_eq!(shopper.get().others().unwrap(), ["store/two"]);

    // Where both fail there is none left.
    let mut script = journal.script();
    fail(&mut script);
    let host = journal
        .host_with(&plugins, "store/one", fail)
        .config("store/two", keyway::host::Settings::of(&script))
        .start()
        .unwrap();
    assert_eq!(
        why(&host, "store/shopper"),
        "needs interface `test/store` of `store/one`, which did not start: sold out"
    );
}

#[test]
fn what_is_refused_from_the_start_says_what_the_resolver_says() {
    let journal = Journal::new();
    let host = journal.host(&["lazy/user", "chain/c"]).start().unwrap();
    assert_eq!(why(&host, "lazy/user"), "needs `lazy/one` ^1, which is not here");
    let error = host.get::<dyn Puppet>("lazy/user").unwrap_err();
    assert_eq!(error.code(), "unresolved");
    assert_eq!(error.help(), "install `lazy/one` ^1");
    assert!(matches!(error, GetError::Refused { .. }));
    journal.check(&["chain/c start"]);
}

#[test]
fn who_needs_a_disabled_plugin_says_that_it_is_disabled() {
    let journal = Journal::new();
    let host = journal.host(&["chain/b", "chain/c", "chain/wishes"]).disable("chain/c").start().unwrap();
    assert_eq!(why(&host, "chain/b"), "needs `chain/c` ^1, which is disabled by the host");
    assert_eq!(host.plugin("chain/wishes").unwrap().state.name(), "active");
    let error = host.get::<dyn Puppet>("chain/c").unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.code()),
        ("plugin `chain/c` is disabled by the host", "disabled")
    );
}

#[test]
fn faults_of_calls_are_counted_for_the_plugin_that_goes_on_running() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).loopback(Loopback::Table).start().unwrap();
    let puppet = host.get::<dyn Puppet>("chain/c").unwrap();
    for count in 1..=3 {
        let error = puppet.get().panic("ouch").unwrap_err();
        assert_eq!(error, "plugin `chain/c` panicked: ouch");
        assert_eq!(host.plugin("chain/c").unwrap().faults, count);
    }
    assert_eq!(puppet.get().name(), "chain/c");
    assert_eq!(host.plugin("chain/c").unwrap().state.name(), "active");
}
