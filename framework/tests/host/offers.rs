//! Interfaces of the host's own among plugins: who gives way, and what does not touch them.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use keyway::host::{Finding, Host, HostBuilder, Loopback, Places, Settings};
use keyway::plugin;

use crate::puppets::{Journal, Puppet, Store, registration, states};

/// A store of the host's own.
struct Shelf;

impl Store for Shelf {
    fn store(&self) -> String {
        "on the host's shelf".into()
    }
}

/// Panics in everything that it does.
struct Bad;

impl Puppet for Bad {
    fn name(&self) -> String {
        "bad".into()
    }
    fn ask(&self, plugin: &str) -> Result<String, String> {
        panic!("asked for {plugin}");
    }
    fn others(&self) -> Result<Vec<String>, String> {
        panic!("asked for others");
    }
    fn all(&self) -> Result<Vec<String>, String> {
        panic!("asked for all");
    }
    fn panic(&self, text: &str) -> Result<(), String> {
        panic!("{text}");
    }
    fn read_settings(&self) -> Result<(), String> {
        panic!("asked for settings");
    }
    fn log(&self, text: &str) {
        panic!("{text}");
    }
}

/// Wants to be alone with the host's shelf.
#[plugin(id = "offer/rival", version = "1.0.0", conflicts("offer/shelf" = "*"))]
#[derive(Default)]
pub struct Rival;

fn shelf(builder: HostBuilder, id: &str) -> HostBuilder {
    builder.offer::<dyn Store>(id, Arc::new(Shelf))
}

fn stored(host: &Host, id: &str) -> String {
    host.get::<dyn Store>(id).unwrap().store()
}

#[test]
fn a_plugin_of_the_same_id_is_left_aside_whatever_its_version() {
    for version in ["0.0.1", "1.0.0", "99.0.0"] {
        let journal = Journal::new();
        let builder = Host::builder("test", version).linked_in(false).register(registration("store/one"));
        let builder = builder.config("store/one", Settings::of(&journal.script()));
        let host = shelf(builder, "store/one").start().unwrap();
        assert_eq!(stored(&host, "store/one"), "on the host's shelf");
        let info = host.plugin("store/one").unwrap();
        assert_eq!((info.version.to_string().as_str(), info.source.as_str()), (version, "host"));
        let [aside] = &info.passed_over[..] else { panic!("{:?}", info.passed_over) };
        assert_eq!((aside.version.to_string().as_str(), aside.place.as_str()), ("1.0.0", "-"));
        assert_eq!(aside.why, "has an id under which the host offers something itself");
        journal.check(&[]);
        host.refresh().unwrap();
        assert_eq!(host.plugin("store/one").unwrap().passed_over.len(), 1);
        assert_eq!(stored(&host, "store/one"), "on the host's shelf");
    }
}

#[test]
fn what_is_offered_comes_before_every_plugin() {
    let journal = Journal::new();
    let host = shelf(journal.host(&["store/shopper", "store/two"]), "offer/shelf").plugin::<Rival>();
    let survey = host.survey().unwrap();
    let first = &survey.resolution().plan.steps[0];
    assert_eq!(survey.candidates()[first.candidate].manifest.id, "offer/shelf");
    let host = survey.start();
    assert_eq!(host.plugin("offer/rival").unwrap().state.name(), "refused");
    host.refresh().unwrap();
    assert_eq!(host.plugin("offer/rival").unwrap().state.name(), "refused");
    let events = host.events();
    drop(host);
    let ended: Vec<String> = events
        .iter()
        .filter(|event| event.state.name() == "retired")
        .map(|event| event.plugin.to_string())
        .collect();
    assert_eq!(ended.last().map(String::as_str), Some("offer/shelf"), "{ended:?}");
}

#[test]
fn what_is_offered_is_found_first() {
    let journal = Journal::new();
    let found = shelf(journal.host(&["chain/c"]), "offer/shelf").find().unwrap();
    let ids: Vec<_> = found
        .filter_map(|finding| match finding {
            Finding::Plugin(plugin) => Some((plugin.id().to_string(), plugin.file().is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [("offer/shelf".to_owned(), false), ("chain/c".to_owned(), false)]);
}

#[test]
fn no_policy_and_no_choice_touches_what_is_offered() {
    let root = tempfile::tempdir().unwrap();
    let places = Places::within(root.path());
    fs::create_dir_all(&places.config).unwrap();
    fs::write(places.config.join("plugins.toml"), "[allow]\nids = [\"chain/c\"]\n").unwrap();
    let journal = Journal::new();
    // What the operator has chosen for a plugin does not fall on what the host offers under its id later.
    let state = root.path().join("state");
    let before = journal.host(&["store/one"]).state_dir(&state).start().unwrap();
    before.disable("store/one").unwrap();
    drop(before);
    let host = shelf(journal.host(&["chain/c", "store/two"]), "store/one");
    let host = host.places(places).state_dir(&state).start().unwrap();
    let expected = [("chain/c", "active"), ("store/one", "active"), ("store/two", "refused")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    host.refresh().unwrap();
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
}

#[test]
fn faults_of_what_is_offered_are_counted_and_do_not_end_it() {
    let journal = Journal::new();
    let host = journal.host(&["chain/beside"]).loopback(Loopback::Table);
    let host =
        host.fault_budget(1, Duration::from_secs(3600)).offer::<dyn Puppet>("offer/bad", Arc::new(Bad));
    let host = host.health_every(Duration::from_millis(10), Duration::from_secs(60)).start().unwrap();
    let bad = host.get::<dyn Puppet>("offer/bad").unwrap();
    for _ in 0..5 {
        let said = bad.panic("oh").unwrap_err();
        assert!(said.contains("`offer/bad` panicked: oh"), "{said}");
    }
    assert_eq!(host.plugin("offer/bad").unwrap().faults, 5);
    // A plugin with as many faults is ended; by then the keeper has been past the other one, too.
    let beside = host.get::<dyn Puppet>("chain/beside").unwrap();
    for _ in 0..5 {
        beside.panic("oh").unwrap_err();
    }
    while host.plugin("chain/beside").unwrap().state.name() != "quarantined" {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(host.plugin("offer/bad").unwrap().state.name(), "active");
    assert_eq!(bad.name(), "bad");
    assert_eq!(host.health("offer/bad").unwrap().to_string(), "good");
}

#[test]
fn mistakes_in_offering_are_told_together() {
    let error = shelf(shelf(shelf(Host::builder("test", "1.0.0"), "a/b"), "a/b"), "nonsense")
        .disable("a/b")
        .start()
        .unwrap_err();
    let codes: Vec<_> = error.mistakes().iter().map(|mistake| mistake.code()).collect();
    assert_eq!(codes, ["offered-twice", "invalid-id", "offered-and-disabled"]);
    let said = error.to_string();
    for part in [
        "`offer` names `a/b` twice",
        "`offer` names a plugin that can not be: ",
        "`disable` names `a/b`, which `offer` names, too",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(error.help().contains("an id of its own"), "{}", error.help());
}

/// Has the id under which plugins reach the host itself.
#[plugin(id = "keyway/host", version = "1.0.0")]
#[derive(Default)]
pub struct Usurper;

#[test]
fn nobody_has_the_id_of_the_host_itself() {
    let error = shelf(Host::builder("test", "1.0.0"), "keyway/host").start().unwrap_err();
    let [mistake] = error.mistakes() else { panic!("{error}") };
    assert_eq!(mistake.code(), "reserved-id");
    assert_eq!(error.to_string(), "`offer` names `keyway/host`, which is the id of the host itself");
    let journal = Journal::new();
    for builder in [
        Host::builder("test", "1.0.0").linked_in(false).plugin::<Usurper>(),
        journal.host(&["chain/c"]).plugin::<Usurper>(),
    ] {
        let host = builder.start().unwrap();
        let info = host.plugin("keyway/host").unwrap();
        let refusal = info.refusal().unwrap();
        assert_eq!((info.state.name(), refusal.code()), ("refused", "reserved-id"));
        assert_eq!(refusal.to_string(), "plugin `keyway/host` has the id of the host itself");
        assert!(!refusal.help().is_empty());
    }
    journal.check(&["chain/c start", "chain/c stop", "chain/c drop"]);
}
