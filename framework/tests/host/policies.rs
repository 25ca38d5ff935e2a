//! What the operator's `plugins.toml` does to a host.

use std::fs;

use keyway::host::{Host, Places, Settings};

use crate::puppets::{Journal, registration, states, why};

fn host(journal: &Journal, places: &Places) -> Result<Host, keyway::host::HostError> {
    journal.host(&["chain/b", "chain/beside", "chain/c"]).places(places.clone()).start()
}

#[test]
fn a_denied_plugin_is_refused_with_file_line_and_reason() {
    let root = tempfile::tempdir().unwrap();
    let places = Places::within(root.path());
    fs::create_dir_all(&places.config).unwrap();
    let file = places.config.join("plugins.toml");
    fs::write(&file, "[deny]\nids = [\"chain/c\"]\nreason = \"it phones home\"\n").unwrap();
    let journal = Journal::new();
    let host = host(&journal, &places).unwrap();
    let expected = [("chain/b", "refused"), ("chain/beside", "active"), ("chain/c", "refused")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    let told = why(&host, "chain/c");
    assert!(told.starts_with("is not let in: "), "{told}");
    for part in [&*file.display().to_string(), "line 2", "it phones home"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(why(&host, "chain/b").contains("it phones home"), "{}", why(&host, "chain/b"));
    assert_eq!(host.plugin("chain/c").unwrap().refusal().unwrap().code(), "denied");
    // The policy is read again when the host looks again.
    fs::write(&file, "[deny]\nids = [\"chain/beside\"]\n").unwrap();
    host.refresh().unwrap();
    let expected = [("chain/b", "active"), ("chain/beside", "refused"), ("chain/c", "active")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    // One that can not be read changes nothing.
    fs::write(&file, "[deny\n").unwrap();
    host.refresh().unwrap();
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
}

#[test]
fn a_policy_that_can_not_be_read_is_a_mistake_and_nothing_starts() {
    let root = tempfile::tempdir().unwrap();
    let places = Places::within(root.path());
    fs::create_dir_all(&places.config).unwrap();
    fs::write(places.config.join("plugins.toml"), "[alow]\nids = []\n").unwrap();
    let journal = Journal::new();
    let error = host(&journal, &places).unwrap_err();
    assert!(error.to_string().contains("`alow`"), "{error}");
    assert!(
        error.to_string().contains("`allow`") || error.help().contains("`allow`"),
        "{error}\n{}",
        error.help()
    );
    journal.check(&[]);
}

#[test]
fn what_a_policy_disables_a_command_enables() {
    let root = tempfile::tempdir().unwrap();
    let places = Places::within(root.path());
    fs::create_dir_all(&places.config).unwrap();
    fs::write(places.config.join("plugins.toml"), "[plugins.\"chain/beside\"]\nenabled = false\n").unwrap();
    let journal = Journal::new();
    let first = host(&journal, &places).unwrap();
    assert_eq!(first.plugin("chain/beside").unwrap().state.name(), "disabled");
    first.enable("chain/beside").unwrap();
    assert_eq!(first.plugin("chain/beside").unwrap().state.name(), "active");
    drop(first);
    assert_eq!(host(&journal, &places).unwrap().plugin("chain/beside").unwrap().state.name(), "active");
}

#[test]
fn an_allow_list_lets_nothing_else_in() {
    let root = tempfile::tempdir().unwrap();
    let places = Places::within(root.path());
    fs::create_dir_all(&places.config).unwrap();
    fs::write(places.config.join("plugins.toml"), "[allow]\nids = [\"store/*\"]\n").unwrap();
    let journal = Journal::new();
    let host = Host::builder("test", "1.0.0")
        .linked_in(false)
        .register(registration("chain/c"))
        .register(registration("store/one"))
        .config("store/one", Settings::of(&journal.script()))
        .places(places)
        .start()
        .unwrap();
    assert_eq!(states(&host), [("chain/c".into(), "refused"), ("store/one".into(), "active")]);
    assert_eq!(host.plugin("chain/c").unwrap().refusal().unwrap().code(), "not-allowed");
}
