//! Plugins that are watched over: asked how they are, and held to a budget of faults.

use std::time::{Duration, Instant};

use keyway::HealthLevel;
use keyway::host::{Host, Loopback, Settings};

use crate::bridges::{Folder, Puppets};
use crate::puppets::{Journal, Puppet, Script, states, why};

const OFTEN: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(60);

fn until(host: &Host, what: &str, done: impl Fn(&Host) -> bool) {
    let end = Instant::now() + LONG;
    while !done(host) {
        assert!(Instant::now() < end, "{what}: {host:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn level(host: &Host, id: &str) -> Option<HealthLevel> {
    host.status(id)?.health.map(|(_, health)| health.level())
}

#[test]
fn a_plugin_that_does_not_answer_in_time_is_failing_and_the_others_are_asked_all_the_same() {
    for way in [None, Some(Loopback::Table)] {
        let journal = Journal::new();
        let sick = |script: &mut Script| script.health = "wait".into();
        let mut builder = journal.host_with(&["chain/beside", "chain/c"], "chain/beside", sick);
        builder = builder.health_every(OFTEN, Duration::from_millis(200));
        if let Some(way) = way {
            builder = builder.loopback(way);
        }
        let host = builder.start().unwrap();
        until(&host, "the sick one", |host| level(host, "chain/beside") == Some(HealthLevel::Failing));
        until(&host, "the other", |host| level(host, "chain/c") == Some(HealthLevel::Good));
        let status = host.status("chain/beside").unwrap();
        let told = status.health.unwrap().1.to_string();
        assert_eq!(told, "failing: it does not answer within 200ms");
        assert!(status.faults > 0);
        assert_eq!(status.state.name(), "active");
        journal.open();
        until(&host, "well again", |host| level(host, "chain/beside") == Some(HealthLevel::Good));
    }
}

#[test]
fn what_a_plugin_says_of_itself_is_shown_with_its_memory() {
    let journal = Journal::new();
    let sick = |script: &mut Script| script.health = "the disk is slow".into();
    let host = journal.host_with(&["chain/c"], "chain/c", sick).health_every(OFTEN, LONG).start().unwrap();
    until(&host, "an answer", |host| level(host, "chain/c").is_some());
    let status = host.status("chain/c").unwrap();
    assert_eq!(status.memory(), Some(4096));
    assert_eq!(status.health.unwrap().1.to_string(), "degraded: the disk is slow");
}

#[test]
fn a_plugin_past_its_budget_of_faults_is_quarantined_with_those_that_need_it() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::new();
    let build = || {
        let plugins = ["chain/b", "chain/beside", "chain/c"];
        journal.host(&plugins).loopback(Loopback::Table).fault_budget(5, LONG).state_dir(state.path())
    };
    let host = build().start().unwrap();
    let sick = host.get::<dyn Puppet>("chain/c").unwrap();
    for _ in 0..5 {
        sick.get().panic("within the budget").unwrap_err();
    }
    // Others' faults are not its own.
    host.get::<dyn Puppet>("chain/beside").unwrap().get().panic("once").unwrap_err();
    std::thread::sleep(Duration::from_millis(300));
    assert!(states(&host).iter().all(|(_, state)| *state == "active"), "{host:?}");
    sick.get().panic("the last one").unwrap_err();
    until(&host, "quarantine", |host| host.plugin("chain/c").unwrap().state.name() == "quarantined");
    let expected = [("chain/b", "refused"), ("chain/beside", "active"), ("chain/c", "quarantined")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    assert!(why(&host, "chain/c").ends_with(": had 6 faults within 60s"), "{}", why(&host, "chain/c"));
    // Whoever holds it can still call it.
    assert_eq!(sick.get().name(), "chain/c");
    drop(host);
    assert_eq!(build().start().unwrap().plugin("chain/c").unwrap().state.name(), "quarantined");
}

#[test]
fn a_host_with_a_keeper_stops_at_once() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).health_every(LONG, LONG).fault_budget(1, LONG).start().unwrap();
    drop(host);
    journal.check(&["chain/c start", "chain/c stop", "chain/c drop"]);
}

#[test]
fn a_generation_that_owes_an_answer_is_not_held_against_the_next() {
    let journal = Journal::new();
    let sick = |script: &mut Script| script.health = "wait first".into();
    let builder = journal.host_with(&["chain/c"], "chain/c", sick);
    let host = builder.health_every(OFTEN, Duration::from_millis(200)).start().unwrap();
    until(&host, "the sick one", |host| level(host, "chain/c") == Some(HealthLevel::Failing));
    host.reload("chain/c").unwrap();
    until(&host, "the next one", |host| level(host, "chain/c") == Some(HealthLevel::Good));
    journal.open();
}

#[test]
fn who_needs_a_plugin_begins_anew_when_another_file_takes_its_place() {
    let journal = Journal::new();
    let text = |version| format!("chain/c\n{version}\nprovides = {{ \"test/puppet\" = \"1.2.0\" }}");
    let folder = Folder::new("instead", &[("old.puppet", &text("1.0.0")), ("new.puppet", &text("1.1.0"))]);
    let builder = journal.host(&["chain/b"]).bridge(Puppets::default()).plugin_dir(&folder.0);
    let script = Settings::of(&journal.script());
    let host = builder.config("chain/c", script).fault_budget(0, LONG).start().unwrap();
    let sick = host.get::<dyn Puppet>("chain/c").unwrap();
    sick.get().panic("once is enough").unwrap_err();
    drop(sick);
    until(&host, "the other file", |host| {
        let info = host.plugin("chain/c").unwrap();
        info.version.minor == 0 && host.plugin("chain/b").unwrap().state.name() == "active"
    });
    let expected = [
        "chain/c start",
        "chain/b start",
        "chain/b stop",
        "chain/b drop",
        "chain/c stop",
        "chain/c drop",
        "chain/c start",
        "chain/b start",
    ];
    journal.check(&expected);
}
