//! F5: the cause goes away, and the plugin is tried again by itself: when the host looks again, when it is started again,
//! and at once in a host that watches its folders.

use std::path::{Path, PathBuf};

use keyway_tests::{mend, misbehaving, needing, of_version};

use super::hosts::{Installation, Running, Table, id};

const DEADLINE: u64 = 2000;

fn installation() -> Installation {
    Installation::new().with("trial-deadline", DEADLINE).with("start-deadline", DEADLINE)
}

/// How the host comes to see that something has changed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Refresh,
    Restart,
    Watch,
}

/// The host after the change; what was not meant by it has stayed as it was.
fn after(way: Way, installation: &Installation, mut host: Running) -> (Running, Table) {
    let order = match way {
        Way::Refresh => "refresh",
        // It has seen what there is to be seen.
        Way::Watch => "tell",
        Way::Restart => {
            host.end();
            return installation.start();
        }
    };
    let table = host.order(order);
    (host, table)
}

type Prepare = fn(&Path) -> PathBuf;
type Change = fn(&Installation, &Path);

/// A world in which `p001` (and whoever needs it) does not run for this reason; a change; and it runs.
#[track_caller]
fn check(state: &str, code: &str, prepare: Prepare, change: Change) -> usize {
    let ways = [Way::Refresh, Way::Restart, Way::Watch];
    for way in ways {
        let watches = if way == Way::Watch { "start" } else { "nobody" };
        let installation = installation().with("watch", watches);
        let plugins = installation.plugins();
        let file = prepare(&plugins);
        needing(&plugins, &id('n', 1), &id('p', 1), "well-behaved");
        misbehaving(&plugins, &id('p', 9), "well-behaved");
        let (host, before) = installation.start();
        let row = before.row(&id('p', 1));
        assert_eq!((row.state.as_str(), row.cause.as_str()), (state, code), "{way:?}: {row:?}");
        assert_eq!(before.row(&id('n', 1)).state, "refused", "{way:?}: {:?}", before.row(&id('n', 1)));
        assert_eq!(before.row(&id('p', 9)).state, "active");

        // Nothing has changed: nothing changes.
        let tried = installation.scanners();
        let (host, same) = after(way, &installation, host);
        for (kind, state) in [('p', state), ('n', "refused")] {
            assert_eq!(same.row(&id(kind, 1)).state, state, "{way:?}: {:?}", same.row(&id(kind, 1)));
        }
        assert_eq!(installation.scanners(), tried, "{way:?}: it is not tried again before the cause is gone");
        let mut host = host;
        let again = host.order(if way == Way::Watch { "tell" } else { "refresh" });
        assert_eq!(again.rows, same.rows, "{way:?}: and nothing more is told of it");

        change(&installation, &file);
        if way == Way::Watch {
            host.order(&format!("await-start-of {}", id('n', 1)));
        }
        let (host, cured) = after(way, &installation, host);
        for (kind, number) in [('p', 1), ('n', 1), ('p', 9)] {
            assert_eq!(cured.row(&id(kind, number)).state, "active", "{way:?}: {cured:?}");
        }
        if way != Way::Restart {
            let starts = cured.row(&id('p', 9)).history.iter().filter(|(state, _)| state == "active").count();
            assert_eq!(starts, 1, "what runs goes on");
        }
        host.end();
    }
    ways.len()
}

#[test]
fn f5_what_was_held_back_is_tried_again_by_itself_when_the_cause_is_gone() {
    fn segfault(plugins: &Path) -> PathBuf {
        misbehaving(plugins, &id('p', 1), "segfault")
    }
    fn hang_in_load(plugins: &Path) -> PathBuf {
        misbehaving(plugins, &id('p', 1), "sleep")
    }
    fn hang_in_start(plugins: &Path) -> PathBuf {
        misbehaving(plugins, &id('p', 1), "start-sleep")
    }
    fn panic_in_start(plugins: &Path) -> PathBuf {
        misbehaving(plugins, &id('p', 1), "start-panic")
    }
    fn error_in_start(plugins: &Path) -> PathBuf {
        misbehaving(plugins, &id('p', 1), "start-error")
    }
    fn mended(_: &Installation, file: &Path) {
        mend(file);
    }
    let mut rows = 0;
    rows += check("quarantined", "trial-crashed", segfault, mended);
    rows += check("quarantined", "trial-hung", hang_in_load, mended);
    rows += check("quarantined", "start-deadline", hang_in_start, mended);
    rows += check("refused", "start-fault", panic_in_start, mended);
    rows += check("refused", "start-failed", error_in_start, mended);
    println!(
        "F5: the file is replaced by a good one: {rows} of {rows} run again, by refresh, restart and watch"
    );
}

#[test]
fn f5_what_needs_a_plugin_that_is_not_there_runs_when_that_appears() {
    fn lacks(plugins: &Path) -> PathBuf {
        needing(plugins, &id('p', 1), &id('p', 2), "well-behaved")
    }
    fn appears(installation: &Installation, _: &Path) {
        misbehaving(&installation.plugins(), &id('p', 2), "well-behaved");
    }
    let rows = check("refused", "unresolved", lacks, appears);
    println!("F5: a plugin that is needed appears: {rows} of {rows} run, by refresh, restart and watch");
}

#[test]
fn f5_what_the_policy_denied_runs_when_it_no_longer_does() {
    let mut rows = 0;
    for way in [Way::Refresh, Way::Restart] {
        let installation = installation();
        let plugins = installation.plugins();
        misbehaving(&plugins, &id('p', 1), "well-behaved");
        needing(&plugins, &id('n', 1), &id('p', 1), "well-behaved");
        installation.policy("[deny]\nids = [\"faults/p001-aaaaaaa\"]\nreason = \"nobody knows it\"\n");
        let (host, before) = installation.start();
        assert_eq!(before.row(&id('p', 1)).state, "refused");
        assert!(before.row(&id('p', 1)).why.contains("nobody knows it"), "{:?}", before.row(&id('p', 1)));
        assert_eq!(before.row(&id('n', 1)).state, "refused");
        let (host, same) = after(way, &installation, host);
        assert_eq!(same.states(), before.states());
        installation.policy("");
        let (mut host, cured) = after(way, &installation, host);
        assert_eq!(cured.count("active"), 2, "{way:?}: {cured:?}");
        // And the other way round, where it runs.
        installation.policy("[deny]\nids = [\"faults/p001-aaaaaaa\"]\n");
        let denied = host.order("refresh");
        assert_eq!(denied.count("refused"), 2, "{way:?}: {denied:?}");
        host.end();
        rows += 1;
    }
    println!("F5: the policy no longer denies it: {rows} of {rows} run, by refresh and by restart");
}

#[test]
fn f5_another_version_of_the_host_tries_it_again_and_the_old_one_does_not() {
    let installation = installation();
    misbehaving(&installation.plugins(), &id('p', 1), "segfault");
    misbehaving(&installation.plugins(), &id('p', 2), "well-behaved");
    let mut tried = Vec::new();
    for version in ["1.0.0", "1.0.0", "1.0.1", "1.0.1", "1.0.0"] {
        let before = installation.scanners();
        let table = installation.once_with(&[&format!("version={version}")]);
        assert_eq!(table.row(&id('p', 1)).cause, "trial-crashed", "{version}");
        assert_eq!((table.count("quarantined"), table.count("active")), (1, 1), "{version}");
        tried.push((table.row(&id('p', 1)).code == "trial-crashed", installation.scanners() > before));
    }
    let expected = [(true, true), (false, false), (true, true), (false, false), (false, false)];
    assert_eq!(tried, expected, "tried, and a scanner for it");
    println!("F5: hosts 1.0.0, 1.0.0, 1.0.1, 1.0.1, 1.0.0 of one installation: 2 trials, one a version");
}

#[test]
fn f5_another_version_of_what_it_needs_lifts_a_quarantine() {
    let mut rows = 0;
    for way in [Way::Refresh, Way::Restart] {
        let installation = installation();
        let plugins = installation.plugins();
        let needed = misbehaving(&plugins, &id('p', 1), "well-behaved");
        needing(&plugins, &id('n', 1), &id('p', 1), "start-sleep");
        let (host, before) = installation.start();
        before.row(&id('n', 1)).is("quarantined", "start-deadline", "did not start within 2s");
        let (host, same) = after(way, &installation, host);
        assert_eq!(same.states(), before.states());
        assert_eq!(last_start(&same, way), last_start(&before, way), "it is not started again");
        let other = misbehaving(&installation.plugins(), &id('p', 1), "newer");
        of_version(&other, "1.1.0");
        std::fs::remove_file(needed).expect("it can be removed");
        if way == Way::Refresh {
            // What runs goes on in its version until it is loaded anew.
            let mut host = host;
            let table = host.order("refresh");
            assert_eq!(table.row(&id('p', 1)).state, "active", "{table:?}");
            host.end();
        } else {
            let (host, cured) = after(way, &installation, host);
            assert_eq!(cured.row(&id('p', 1)).version, "1.1.0");
            // It hangs for a reason of its own, so that it is quarantined anew; but it was tried.
            cured.row(&id('n', 1)).is("quarantined", "start-deadline", "did not start within 2s");
            host.end();
            rows += 1;
        }
    }
    println!("F5: another version of what is needed: {rows} of {rows} tried again, by restart");
}

/// How often it began to start, in this host.
fn last_start(table: &Table, way: Way) -> usize {
    let history = &table.row(&id('n', 1)).history;
    if way == Way::Refresh { history.iter().filter(|(state, _)| state == "loaded").count() } else { 0 }
}
