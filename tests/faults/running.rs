//! What goes wrong once a library plugin runs: calls that fault, questions that are not answered.

use std::time::{Duration, Instant};

use contract_plugin::health::Patient;
use contract_plugin::values::{Oops, Values};
use keyway::host::{Host, Refusal, State};
use keyway_tests::{folder_of, library, misbehaving, needing};
use tempfile::TempDir;

use super::hosts::{Installation, id};

const PATIENT: &str = "contract/patient";

fn started(folder: &std::path::Path, state: &std::path::Path) -> Host {
    let builder = Host::builder("running", "1.0.0").linked_in(false).bridge(keyway_dylib::bridge());
    let builder = builder.plugin_dir(folder).state_dir(state);
    builder.fault_budget(3, Duration::from_secs(600)).start().expect("the host starts")
}

fn state(host: &Host) -> State {
    host.plugin(PATIENT).expect("it was found").state
}

#[test]
fn a_library_plugin_past_its_budget_of_faults_is_quarantined_and_its_neighbours_run_on() {
    let (folder, kept) = (folder_of(&[library("keyway-contract-plugin")]), TempDir::new().unwrap());
    let host = started(folder.path(), kept.path());
    let patient = host.get::<dyn Patient>(PATIENT).unwrap();
    let values = host.get::<dyn Values>("contract/everything").unwrap();
    let active =
        |host: &Host| host.plugins().iter().filter(|info| matches!(info.state, State::Active)).count();
    let before = active(&host);
    let fault = |answer: Result<u32, Oops>| answer.is_err_and(|oops| oops.fault);
    for _ in 0..3 {
        assert!(fault(patient.call(1)));
    }
    // Three are within the budget, however long one waits; a few rounds of the keeper are enough to see it.
    std::thread::sleep(Duration::from_millis(500));
    assert!(matches!(state(&host), State::Active), "{:?}", state(&host));
    assert!(fault(patient.call(1)));
    let until = Instant::now() + Duration::from_secs(60);
    while !matches!(state(&host), State::Quarantined(_)) {
        assert!(Instant::now() < until, "{:?}", state(&host));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(active(&host), before - 1);
    assert_eq!(values.text("on"), "on!");
    assert_eq!(host.get::<dyn Patient>(PATIENT).unwrap_err().code(), "quarantined");
    drop((patient, values, host));

    let host = started(folder.path(), kept.path());
    let State::Quarantined(refusal) = state(&host) else { panic!("{:?}", state(&host)) };
    let Refusal::Quarantined { record, .. } = &*refusal else { panic!("{refusal:?}") };
    assert_eq!(record.cause.code, "fault-budget");
    assert_eq!(record.cause.message, "had 4 faults within 600s");
    assert_eq!(active(&host), before - 1, "its file is that of others, who have done nothing");
    host.enable(PATIENT).unwrap();
    assert_eq!(host.get::<dyn Patient>(PATIENT).unwrap().call(5).map_err(|oops| oops.why), Ok(6));
    println!("budget of 3 faults: quarantined at the 4th, {} neighbours of its file run on", before - 1);
}

#[test]
fn a_library_plugin_that_does_not_say_how_it_is_is_failing_and_is_quarantined_past_the_budget() {
    let installation = Installation::new().with("health-deadline", 1000);
    let plugins = installation.plugins();
    misbehaving(&plugins, &id('p', 1), "health-sleep");
    misbehaving(&plugins, &id('p', 2), "health-panic");
    needing(&plugins, &id('n', 1), &id('p', 1), "well-behaved");
    for number in 10..20 {
        misbehaving(&plugins, &id('p', number), "well-behaved");
    }
    let (mut host, table) = installation.start();
    assert_eq!(table.count("active"), 13, "{table:?}");
    for number in [1, 2, 19] {
        host.order(&format!("await-health-of {}", id('p', number)));
    }
    let table = host.order("await-health-of faults/n001-aaaaaaa");
    assert_eq!(table.row(&id('p', 1)).health, "failing: it does not answer within 1s");
    let panicked = format!("failing: plugin `{}` panicked: a health that panics", id('p', 2));
    assert_eq!(table.row(&id('p', 2)).health, panicked);
    for number in 10..20 {
        assert_eq!(table.row(&id('p', number)).health, "good");
    }
    assert_eq!(table.count("active"), 13, "who only says so goes on: {table:?}");
    host.end();

    let installation = installation.with("budget", 2);
    let (mut host, _) = installation.start();
    host.order(&format!("await-quarantine-of {}", id('p', 1)));
    let table = host.order(&format!("await-quarantine-of {}", id('p', 2)));
    for number in [1, 2] {
        table.row(&id('p', number)).is("quarantined", "quarantined", "is in quarantine since ");
        assert_eq!(table.row(&id('p', number)).cause, "fault-budget");
    }
    assert_eq!(table.row(&id('n', 1)).state, "refused", "{:?}", table.row(&id('n', 1)));
    let active = table.count("active");
    assert_eq!(active, 10, "{table:?}");
    host.end();
    println!(
        "health: 1 hangs and 1 panics of 13, both failing; with a budget both quarantined, {active} run on"
    );
}
