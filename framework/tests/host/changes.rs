//! Loading, unloading and reloading while the host runs.

use keyway::host::State;

use crate::puppets::{Journal, Puppet, states, why};

const CHAIN: [&str; 4] = ["chain/a", "chain/b", "chain/beside", "chain/c"];

#[test]
fn unloading_stops_a_plugin_and_loading_starts_it_again() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).start().unwrap();
    assert!(host.unload("chain/c", false).unwrap().is_empty());
    assert_eq!(states(&host), [("chain/c".into(), "retired")]);
    let error = host.get::<dyn Puppet>("chain/c").unwrap_err();
    assert_eq!((error.to_string(), error.code()), ("plugin `chain/c` has been unloaded".into(), "unloaded"));
    assert!(host.all::<dyn Puppet>().is_empty());
    host.load("chain/c").unwrap();
    host.load("chain/c").unwrap();
    assert_eq!(host.get::<dyn Puppet>("chain/c").unwrap().get().name(), "chain/c");
    journal.check(&["chain/c start", "chain/c stop", "chain/c drop", "chain/c start"]);
    assert_eq!(host.plugin("chain/c").unwrap().restarts, 1);
    let told: Vec<_> = host.history("chain/c").iter().map(|event| event.state.name()).collect();
    let once = ["loaded", "active", "draining", "retired"];
    let all: Vec<_> = once.into_iter().chain(["resolved", "loaded", "active"]).collect();
    assert_eq!(told, all);
}

#[test]
fn a_handle_that_is_held_can_be_called_after_its_plugin_was_unloaded() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).start().unwrap();
    let held = host.get::<dyn Puppet>("chain/c").unwrap();
    host.unload("chain/c", false).unwrap();
    assert_eq!(held.get().name(), "chain/c");
    journal.check(&["chain/c start", "chain/c stop"]);
    drop(held);
    journal.check(&["chain/c start", "chain/c stop", "chain/c drop"]);
}

#[test]
fn what_is_needed_is_unloaded_only_with_those_that_need_it() {
    let journal = Journal::new();
    let host = journal.host(&CHAIN).start().unwrap();
    let error = host.unload("chain/c", false).unwrap_err();
    assert_eq!(error.to_string(), "plugin `chain/c` is needed by `chain/a`, `chain/b`");
    assert_eq!(error.help(), "unload `chain/a`, `chain/b` first, or with it");
    assert!(host.plugins().iter().all(|info| matches!(info.state, State::Active)));
    let before = journal.lines().len();

    let with_it = host.unload("chain/c", true).unwrap();
    assert_eq!(with_it.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["chain/a", "chain/b"]);
    let expected =
        [("chain/a", "refused"), ("chain/b", "refused"), ("chain/beside", "active"), ("chain/c", "retired")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    assert_eq!(why(&host, "chain/b"), "needs `chain/c` ^1, which has been unloaded");
    let stops: Vec<_> =
        journal.lines()[before..].iter().filter(|line| line.ends_with("stop")).cloned().collect();
    assert_eq!(stops, ["chain/a stop", "chain/b stop", "chain/c stop"]);

    host.load("chain/c").unwrap();
    assert!(host.plugins().iter().all(|info| matches!(info.state, State::Active)), "{host:?}");
    let lines = journal.lines();
    assert_eq!(lines.iter().filter(|line| *line == "chain/beside start").count(), 1);
    assert_eq!(lines[lines.len() - 3..], ["chain/c start", "chain/b start", "chain/a start"]);
}

#[test]
fn reloading_takes_along_those_that_need_it_and_nobody_else() {
    let journal = Journal::new();
    let host = journal.host(&CHAIN).start().unwrap();
    let before = journal.lines().len();
    let along = host.reload("chain/b").unwrap();
    assert_eq!(along.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["chain/a"]);
    let lines = &journal.lines()[before..];
    let expected =
        ["chain/a stop", "chain/a drop", "chain/b stop", "chain/b drop", "chain/b start", "chain/a start"];
    assert_eq!(lines, expected);
}

#[test]
fn a_plugin_that_failed_to_start_is_tried_again_when_it_is_loaded() {
    let journal = Journal::new();
    let host = journal
        .host_with(&["chain/b", "chain/c"], "chain/c", |script| script.fail_first = true)
        .start()
        .unwrap();
    assert_eq!(why(&host, "chain/b"), "needs `chain/c`, which did not start: the first time");
    host.refresh().unwrap();
    assert_eq!(states(&host)[1].1, "refused", "what failed is not tried again unasked");
    host.load("chain/c").unwrap();
    assert!(host.plugins().iter().all(|info| matches!(info.state, State::Active)), "{host:?}");
}

#[test]
fn a_change_to_what_is_not_there_or_after_the_end_is_refused() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).disable("chain/c").start().unwrap();
    assert_eq!(host.load("chain/d").unwrap_err().help(), "write `chain/c` if that is meant");
    assert_eq!(host.reload("no/where").unwrap_err().to_string(), "there is no plugin `no/where`");
    let error = host.load("chain/c").unwrap_err();
    assert_eq!(error.to_string(), "plugin `chain/c` is disabled by the host");
    host.stop();
    assert_eq!(host.load("chain/c").unwrap_err().to_string(), "the host has stopped");
    assert_eq!(host.refresh().unwrap_err().code(), "host-stopped");
}

#[test]
fn events_reach_whoever_asked_in_the_order_in_which_they_came_about() {
    let journal = Journal::new();
    let host = journal.host(&["chain/b", "chain/c"]).start().unwrap();
    let events = host.events();
    host.unload("chain/c", true).unwrap();
    drop(host);
    let told: Vec<_> = events.iter().map(|event| format!("{} {}", event.plugin, event.state)).collect();
    let expected =
        ["chain/b draining", "chain/b retired", "chain/c draining", "chain/c retired", "chain/b refused"];
    assert_eq!(told, expected);
}

#[test]
fn a_change_from_within_a_stop_or_a_drop_is_refused_at_once_and_changes_nothing() {
    let journal = Journal::new();
    let change_in =
        |script: &mut crate::puppets::Script| script.change_in = vec!["stop".into(), "drop".into()];
    // Nobody could wait so long.
    let builder = journal.host_with(&["chain/beside", "chain/c"], "chain/beside", change_in);
    let host = builder.stop_deadline(std::time::Duration::from_secs(3600)).start().unwrap();
    let host = std::sync::Arc::new(host);
    journal.keep(&host);
    let refused = ["chain/beside hears within-a-stop"; 6];
    let expected = [&["chain/beside stop"][..], &refused, &["chain/beside drop"], &refused].concat();
    for stop in [
        |host: &keyway::host::Host| drop(host.unload("chain/beside", false).unwrap()),
        |host: &keyway::host::Host| drop(host.reload("chain/beside").unwrap()),
        |host: &keyway::host::Host| host.stop(),
    ] {
        host.load("chain/beside").unwrap();
        let before = journal.lines().len();
        stop(&host);
        assert_eq!(journal.lines()[before..][..expected.len()], expected);
        assert_eq!(host.history("chain/c").iter().filter(|event| event.state.name() == "active").count(), 1);
    }
}
