//! What a host lists, and how it says what can not be had.

use keyway::host::{Grow, Host, State, Trust};
use keyway::manifest::Home;

use crate::puppets::{Journal, Puppet, Store};

#[test]
fn all_gives_providers_by_rank_and_then_id() {
    let journal = Journal::new();
    let host = journal.host(&["rank/a", "rank/c", "rank/z", "rank/b"]).start().unwrap();
    let names: Vec<_> = host.all::<dyn Puppet>().iter().map(|puppet| puppet.plugin().to_owned()).collect();
    assert_eq!(names, ["rank/z", "rank/b", "rank/c", "rank/a"]);
    assert!(host.all::<dyn Store>().is_empty());
}

#[test]
fn what_can_not_be_had_is_said_with_the_way_out() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c", "store/one"]).start().unwrap();
    let unknown = host.get::<dyn Puppet>("chain/cc").unwrap_err();
    assert_eq!(unknown.to_string(), "there is no plugin `chain/cc`");
    assert_eq!(unknown.help(), "write `chain/c` if that is meant");
    let other = host.get::<dyn Store>("chain/c").unwrap_err();
    assert_eq!(other.to_string(), "plugin `chain/c` does not provide `test/store`, only `test/puppet`");
    assert_eq!(other.code(), "not-provided");
    assert_eq!(host.get::<dyn Store>("store/one").unwrap().get().store(), "stored by store/one");
}

#[test]
fn a_linked_in_plugin_is_listed_as_what_it_is() {
    let journal = Journal::new();
    let host = journal.host(&["chain/b", "chain/c", "chain/wishes"]).start().unwrap();
    let info = host.plugin("chain/wishes").unwrap();
    assert_eq!((info.id.as_str(), info.version.to_string().as_str()), ("chain/wishes", "1.0.0"));
    assert_eq!((info.home, info.trust, info.source.as_str()), (Home::Static, Trust::BuiltIn, "-"));
    assert!(matches!(info.state, State::Active));
    assert_eq!(info.prefers.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["chain/c"]);
    assert!(info.needs.is_empty() && info.file.is_none());
    assert_eq!(host.plugin("chain/b").unwrap().needs[0], "chain/c");
    assert!(host.plugin("chain/nobody").is_none());
}

#[test]
fn a_survey_lists_what_would_run_and_runs_nothing() {
    let journal = Journal::new();
    let survey = journal.host(&["chain/a", "chain/b", "chain/c", "store/shopper"]).survey().unwrap();
    let states: Vec<_> = survey.plugins().iter().map(|info| format!("{} {}", info.id, info.state)).collect();
    assert_eq!(states, ["chain/a resolved", "chain/b resolved", "chain/c resolved", "store/shopper refused"]);
    assert_eq!(survey.resolution().plan.steps.len(), 3);
    assert_eq!(
        survey.tree(Some("chain/a"), Grow::Needs).unwrap(),
        "chain/a 1.0.0\n└── chain/b 1.0.0\n    └── chain/c 1.0.0\n"
    );
    assert!(survey.tree(Some("store/shopper"), Grow::Needs).is_none());
    assert!(survey.dot().starts_with("digraph"));
    journal.check(&[]);
    let host = survey.start();
    assert_eq!(journal.lines().len(), 3);
    assert_eq!(host.survey().host_name(), "test");
}

#[test]
fn every_mistake_of_the_hosts_author_is_reported_together() {
    let error = Host::builder("test", "one")
        .disable("word count")
        .config("/", toml::Table::new())
        .linked_in(false)
        .start()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`disable` names a plugin that can not be: \
         `word count` is not a plugin id: write `namespace/name`, with one slash; \
         `config` names a plugin that can not be: `/` is not a plugin id: each half has 1 to 64 characters; \
         the host's version `one` is no semantic version: unexpected character 'o' while parsing major version number"
    );
    assert_eq!(error.mistakes().len(), 3);
    assert_eq!(error.help().lines().count(), 3);
}

#[test]
fn linked_in_plugins_come_by_themselves_and_registering_one_again_does_not_double_it() {
    let count = keyway::registration::linked().unwrap().len();
    assert!(count > 15, "{count}");
    let survey =
        Host::builder("test", "1.0.0").register(crate::puppets::registration("chain/c")).survey().unwrap();
    assert_eq!(survey.plugins().len(), count);
    assert_eq!(survey.candidates().len(), count);
}
