//! What is held back because it did harm, and what lets it go again; what the operator chose.

use std::path::Path;
use std::time::Duration;

use keyway::host::{Host, HostBuilder, Settings, State, Store};
use keyway::id::PluginId;

use crate::bridges::{Folder, Puppets};
use crate::puppets::{Journal, Puppet, Script, states, why};

const SOON: Duration = Duration::from_millis(200);

fn hanging(journal: &Journal, state: &Path) -> HostBuilder {
    let plugins = ["chain/b", "chain/beside", "chain/c"];
    journal.host_with(&plugins, "chain/c", |script| script.wait = true).state_dir(state).start_deadline(SOON)
}

fn starts(journal: &Journal, id: &str) -> usize {
    journal.lines().iter().filter(|line| **line == format!("{id} start")).count()
}

#[test]
fn a_quarantine_outlives_the_host_and_says_what_would_lift_it() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::new();
    drop(hanging(&journal, state.path()).start().unwrap());
    let host = hanging(&journal, state.path()).start().unwrap();
    assert_eq!(starts(&journal, "chain/c"), 1, "it was tried again");
    let expected = [("chain/b", "refused"), ("chain/beside", "active"), ("chain/c", "quarantined")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    let told = why(&host, "chain/c");
    assert!(told.starts_with("is in quarantine since 20"), "{told}");
    assert!(told.ends_with("Z: did not start within 200ms"), "{told}");
    let told = why(&host, "chain/b");
    assert!(told.starts_with("needs `chain/c` ^1, which is in quarantine since"), "{told}");
    let info = host.plugin("chain/c").unwrap();
    let reasons = info.refusal().unwrap().reasons();
    let lifts = "that is lifted by another build of the host's program, another version of the host, \
                 or `keyway enable chain/c`";
    assert_eq!(reasons[1].text, lifts);
    journal.open();
}

#[test]
fn another_version_of_the_host_tries_again_by_itself() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::new();
    drop(hanging(&journal, state.path()).start().unwrap());
    journal.open();
    let newer = |version| {
        Host::builder("test", version)
            .linked_in(false)
            .register(crate::puppets::registration("chain/c"))
            .config("chain/c", Settings::of(&journal.script()))
            .state_dir(state.path())
            .start()
            .unwrap()
    };
    assert_eq!(states(&newer("1.0.0")), [("chain/c".into(), "quarantined")]);
    assert_eq!(states(&newer("1.0.1")), [("chain/c".into(), "active")]);
}

#[test]
fn enabling_lifts_a_quarantine_in_the_running_host_and_for_hosts_to_come() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::new();
    drop(hanging(&journal, state.path()).start().unwrap());
    journal.open();
    let host = hanging(&journal, state.path()).start().unwrap();
    let lifted = host.enable("chain/c").unwrap();
    assert_eq!(lifted[0].cause.code, "start-deadline");
    assert!(states(&host).iter().all(|(_, state)| *state == "active"), "{host:?}");
    drop(host);
    let host = hanging(&journal, state.path()).start().unwrap();
    assert!(states(&host).iter().all(|(_, state)| *state == "active"), "{host:?}");
}

#[test]
fn without_a_state_folder_a_quarantine_ends_with_the_host() {
    let journal = Journal::new();
    let hang = |script: &mut Script| script.wait = true;
    let build = || journal.host_with(&["chain/c"], "chain/c", hang).start_deadline(SOON);
    let host = build().start().unwrap();
    host.refresh().unwrap();
    assert_eq!(states(&host), [("chain/c".into(), "quarantined")]);
    journal.open();
    host.enable("chain/c").unwrap();
    assert_eq!(states(&host), [("chain/c".into(), "active")]);
}

#[test]
fn what_is_disabled_stays_so_until_it_is_enabled() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::new();
    let build = || journal.host(&["chain/b", "chain/c"]).state_dir(state.path());
    let host = build().start().unwrap();
    let by = host.disable("chain/c").unwrap();
    assert_eq!(by.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["chain/b"]);
    assert_eq!(states(&host), [("chain/b".into(), "refused"), ("chain/c".into(), "disabled")]);
    assert_eq!(why(&host, "chain/b"), "needs `chain/c` ^1, which is disabled by the operator");
    assert!(host.get::<dyn Puppet>("chain/c").is_err());
    drop(host);
    let host = build().start().unwrap();
    assert_eq!(host.load("chain/c").unwrap_err().to_string(), "plugin `chain/c` is disabled by the operator");
    assert!(host.enable("chain/c").unwrap().is_empty());
    assert!(host.enable("chain/c").unwrap().is_empty());
    assert!(states(&host).iter().all(|(_, state)| *state == "active"), "{host:?}");
    drop(host);
    assert!(states(&build().start().unwrap()).iter().all(|(_, state)| *state == "active"));
}

#[test]
fn what_the_author_of_the_host_disables_can_not_be_enabled() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).disable("chain/c").start().unwrap();
    assert_eq!(host.enable("chain/c").unwrap_err().code(), "disabled");
}

#[test]
fn a_pinned_version_and_a_chosen_home_are_kept_to() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::new();
    let store = keyway::host::Store::open(state.path()).unwrap();
    let (b, c) = ("chain/beside".parse().unwrap(), "chain/c".parse().unwrap());
    store
        .change(|records| {
            records.choose(&b, |choice| choice.version = Some("^2".parse().unwrap()));
            // There is no other home to be had.
            records.choose(&c, |choice| choice.home = Some(keyway::manifest::Home::Dylib));
        })
        .unwrap();
    let host = journal.host(&["chain/beside", "chain/c"]).state_dir(state.path()).start().unwrap();
    assert_eq!(states(&host), [("chain/beside".into(), "refused"), ("chain/c".into(), "active")]);
    assert_eq!(why(&host, "chain/beside"), "is not wanted: 1.0.0 is here, and the operator wants ^2");
}

#[test]
fn a_state_folder_that_can_not_be_used_is_a_problem_and_not_the_end() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).state_dir(file.path()).start().unwrap();
    assert_eq!(states(&host), [("chain/c".into(), "active")]);
    assert_eq!(host.problems()[0].place, file.path());
}

/// A state folder that can be read and not be written, even by the superuser.
fn unwritable() -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    std::fs::create_dir(state.path().join("registry.lock")).unwrap();
    state
}

#[test]
fn where_quarantines_can_not_be_kept_each_file_of_what_hangs_is_tried_once() {
    let journal = Journal::new();
    let state = unwritable();
    let text = |version| format!("chain/c\n{version}\nprovides = {{ \"test/puppet\" = \"1.2.0\" }}");
    let folder = Folder::new("unkept", &[("old.puppet", &text("1.0.0")), ("new.puppet", &text("2.0.0"))]);
    let script = Script { wait: true, ..journal.script() };
    let builder = Host::builder("test", "1.0.0").linked_in(false).bridge(Puppets::default());
    let builder = builder.plugin_dir(&folder.0).config("chain/c", Settings::of(&script));
    let builder = builder.state_dir(state.path()).start_deadline(SOON);
    let (done, started) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(builder.start().unwrap()));
    let host = started.recv_timeout(Duration::from_secs(60)).expect("a start that ends");
    assert_eq!(states(&host), [("chain/c".into(), "quarantined")]);
    assert_eq!(starts(&journal, "chain/c"), 2);
    host.refresh().unwrap();
    assert_eq!(starts(&journal, "chain/c"), 2, "it was tried again");
    journal.open();
}

#[test]
fn what_can_not_be_kept_is_done_in_this_host_all_the_same() {
    let journal = Journal::new();
    let state = unwritable();
    let host = journal.host(&["chain/c"]).state_dir(state.path()).start().unwrap();
    assert_eq!(host.disable("chain/c").unwrap_err().code(), "state-no-lock");
    assert_eq!(states(&host), [("chain/c".into(), "disabled")]);
    host.refresh().unwrap();
    assert_eq!(states(&host), [("chain/c".into(), "disabled")]);
    assert!(host.enable("chain/c").is_err());
    assert_eq!(states(&host), [("chain/c".into(), "active")]);
    // When it can be written again, what is there counts.
    host.disable("chain/c").unwrap_err();
    std::fs::remove_dir(state.path().join("registry.lock")).unwrap();
    host.enable("chain/c").unwrap();
    host.refresh().unwrap();
    assert_eq!(states(&host), [("chain/c".into(), "active")]);
}

#[test]
fn a_quarantine_that_another_lifts_is_lifted_in_the_running_host() {
    let journal = Journal::new();
    let state = tempfile::tempdir().unwrap();
    let builder = journal.host_with(&["chain/b", "chain/c"], "chain/c", |script| script.wait = true);
    let host = builder.state_dir(state.path()).start_deadline(SOON).start().unwrap();
    assert_eq!(host.plugin("chain/c").unwrap().state.name(), "quarantined");
    journal.open();
    host.refresh().unwrap();
    assert_eq!(host.plugin("chain/c").unwrap().state.name(), "quarantined");
    let id = PluginId::new("chain/c").unwrap();
    Store::open(state.path()).unwrap().change(|records| drop(records.lift(&id))).unwrap();
    host.refresh().unwrap();
    assert!(host.plugins().iter().all(|info| matches!(info.state, State::Active)), "{host:?}");
}
