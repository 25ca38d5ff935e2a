//! Resources of plugins that hang, fail and wait to be asked for. What holds in every home is in `tests/contract`.

use std::time::Duration;

use crate::puppets::{Journal, Store};

const SOON: Duration = Duration::from_millis(300);

#[test]
fn a_stop_that_hangs_takes_what_is_shared_from_those_who_hold_it() {
    let journal = Journal::new();
    let host = journal
        .host_with(&["chain/beside", "chain/c"], "chain/beside", |script| {
            script.share = Some("main".into());
            script.wait_in_stop = true;
        })
        .stop_deadline(SOON)
        .start()
        .unwrap();
    let shared = host.shared::<dyn Store>("chain/beside", "main").unwrap();
    assert_eq!(shared.get().unwrap().store(), "shared by chain/beside");
    host.unload("chain/beside", false).unwrap();
    let gone = shared.get().unwrap_err();
    assert_eq!(gone.to_string(), "resource `main` of plugin `chain/beside` is gone: it was unloaded");
    journal.check(&[
        "chain/beside start",
        "chain/c start",
        "chain/beside stop",
        "chain/beside shares no more",
    ]);
    journal.open();
}

#[test]
fn a_start_that_fails_shares_nothing() {
    let journal = Journal::new();
    let host = journal
        .host_with(&["chain/c"], "chain/c", |script| {
            script.share = Some("main".into());
            script.fail_first = true;
        })
        .start()
        .unwrap();
    assert!(host.shared::<dyn Store>("chain/c", "main").is_err() && host.resources().is_empty());
    journal.check(&["chain/c start", "chain/c drop", "chain/c shares no more"]);
    host.load("chain/c").unwrap();
    assert!(host.shared::<dyn Store>("chain/c", "main").unwrap().get().is_ok());
    assert_eq!(host.resources().len(), 1);
}

#[test]
fn who_waits_to_be_asked_for_is_started_for_what_it_shares() {
    let journal = Journal::new();
    let share = |script: &mut crate::puppets::Script| script.share = Some("main".into());
    let host = journal.host_with(&["lazy/one"], "lazy/one", share).start().unwrap();
    journal.check(&[]);
    assert!(host.resources().is_empty());
    let error = host.shared::<dyn Store>("lazy/one", "mian").unwrap_err();
    assert_eq!(error.to_string(), "plugin `lazy/one` shares no `mian`, only `main`");
    assert_eq!(
        host.shared::<dyn Store>("lazy/one", "main").unwrap().get().unwrap().store(),
        "shared by lazy/one"
    );
    journal.check(&["lazy/one start"]);
}
