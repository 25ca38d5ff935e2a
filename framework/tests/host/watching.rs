//! A running host whose plugin folders change.

use std::time::Duration;

use keyway::host::{ChangeKind, Settings, Then, Watch};

use crate::bridges::{Folder, PROVIDES, Puppets, builder};
use crate::puppets::{Journal, Puppet, states};

const LONG: Duration = Duration::from_secs(60);

fn next(watch: &Watch) -> (ChangeKind, Vec<String>) {
    let change = watch.next_within(LONG).expect("a change is told");
    (change.kind, change.plugins.iter().map(|(id, version)| format!("{id} {version}")).collect())
}

#[test]
fn what_appears_is_told_and_started_and_what_it_was_missed_by_too() {
    let journal = Journal::new();
    let requires_c = "[requires]\n\"chain/c\" = \"^1\"";
    let folder =
        Folder::new("watched", &[("b.puppet", &format!("chain/b\n1.0.0\n{PROVIDES}\n{requires_c}"))]);
    let script = Settings::of(&journal.script());
    let host = builder(&folder)
        .bridge(Puppets::default())
        .config("chain/b", script.clone())
        .config("chain/c", script)
        .start()
        .unwrap();
    assert_eq!(states(&host), [("chain/b".into(), "refused")]);
    let watch = host.watch(Then::Start).unwrap();
    let file = folder.0.join("c.puppet");
    std::fs::write(&file, format!("chain/c\n1.0.0\n{PROVIDES}")).unwrap();
    assert_eq!(next(&watch), (ChangeKind::Found, vec!["chain/c 1.0.0".into()]));
    // The cause of the refusal is gone, and nobody had to ask.
    assert_eq!(states(&host), [("chain/b".into(), "active"), ("chain/c".into(), "active")]);

    // What runs goes on as it is until it is reloaded.
    std::fs::write(&file, format!("chain/c\n1.1.0\n{PROVIDES}")).unwrap();
    assert_eq!(next(&watch), (ChangeKind::Changed, vec!["chain/c 1.1.0".into()]));
    assert_eq!(host.plugin("chain/c").unwrap().version.to_string(), "1.0.0");
    let aside = &host.plugin("chain/c").unwrap().passed_over[0];
    assert_eq!(aside.why, "1.0.0 runs, and goes on until it is reloaded");
    host.reload("chain/c").unwrap();
    assert_eq!(host.plugin("chain/c").unwrap().version.to_string(), "1.1.0");

    std::fs::remove_file(&file).unwrap();
    assert_eq!(next(&watch), (ChangeKind::Gone, vec!["chain/c 1.1.0".into()]));
    let error = host.reload("chain/c").unwrap_err();
    assert_eq!(error.code(), "vanished");
    assert_eq!(host.get::<dyn Puppet>("chain/c").unwrap().get().name(), "chain/c");
    drop(host);
    assert!(watch.next_within(Duration::from_millis(10)).is_none());
}

#[test]
fn a_host_that_only_wants_to_be_told_starts_nothing() {
    let journal = Journal::new();
    let folder = Folder::new("told", &[]);
    let host = builder(&folder)
        .bridge(Puppets::default())
        .config("chain/c", Settings::of(&journal.script()))
        .start()
        .unwrap();
    let watch = host.watch(Then::Tell).unwrap();
    std::fs::write(folder.0.join("c.puppet"), format!("chain/c\n1.0.0\n{PROVIDES}")).unwrap();
    assert_eq!(next(&watch), (ChangeKind::Found, vec!["chain/c 1.0.0".into()]));
    assert!(host.plugins().is_empty());
    host.load("chain/c").unwrap();
    assert_eq!(states(&host), [("chain/c".into(), "active")]);
}
