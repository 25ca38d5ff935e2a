//! What plugins say of themselves, and what is counted of their calls.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use contract_plugin::health::Patient;
use contract_plugin::objects::Objects;
use contract_plugin::panics::Panics;
use contract_plugin::relay::Relay;
use contract_plugin::values::{Oops, Values};
use keyway::counts::MethodCounts;
use keyway::host::Host;
use keyway::{Handle, Health, HealthLevel};

use super::homes::{Home, everything, handle, started};

const PATIENT: &str = "contract/patient";

fn patient(host: &Host) -> Handle<dyn Patient> {
    handle(host, PATIENT)
}

/// A host that counts.
fn counting(home: Home) -> Host {
    started(home.builder().count_calls(true))
}

/// What was counted of one method, named with its interface.
fn of(host: &Host, plugin: &str, method: &str) -> MethodCounts {
    let all = host.calls(plugin).expect("the host counts");
    let is_meant = |counts: &MethodCounts| format!("{}.{}", counts.interface, counts.method) == method;
    all.into_iter().find(is_meant).expect("there is a handle of its interface")
}

/// Calls, errors and faults.
fn numbers(host: &Host, plugin: &str, method: &str) -> (u64, u64, u64) {
    let counts = of(host, plugin, method);
    (counts.calls, counts.errors, counts.faults)
}

pub(crate) fn a_plugin_that_never_says_how_it_is_is_good(home: Home) {
    let host = home.host();
    // By its default; with a `start` of its own; with a method of its own that has the same name.
    for id in ["contract/everything", "contract/configured", "contract/sound", "contract/sound-too"] {
        assert_eq!(host.health(id), Some(Health::good()), "{id}");
    }
}

pub(crate) fn what_a_plugin_says_of_its_health_is_what_the_host_hears(home: Home) {
    let host = home.host();
    let patient = patient(&host);
    let long = "ß".repeat(100_000);
    for health in [
        Health::good(),
        Health::degraded("the index is being built"),
        Health::failing(&*long).with_memory(u64::MAX),
        Health::degraded(""),
        Health::good().with_memory(1),
    ] {
        let memory = health.memory().unwrap_or(0);
        patient.fall(health.level().name(), health.message(), memory);
        assert_eq!(host.health(PATIENT), Some(health));
    }
    assert_eq!(host.plugin(PATIENT).map(|info| info.faults), Some(0));
}

pub(crate) fn a_panic_in_health_is_failing_with_its_message_and_a_fault(home: Home) {
    let host = home.host();
    let patient = patient(&host);
    patient.fall("a panic", "", 0);
    for faults in 1..4 {
        let health = host.health(PATIENT).expect("it runs");
        assert_eq!(health.level(), HealthLevel::Failing);
        let expected = "plugin `contract/patient` panicked: a health of `a panic` that panics";
        assert_eq!(health.message(), expected);
        assert_eq!(host.plugin(PATIENT).map(|info| info.faults), Some(faults));
    }
    patient.fall("good", "", 0);
    assert_eq!(host.health(PATIENT), Some(Health::good()), "it goes on running");
}

pub(crate) fn a_plugin_that_does_not_run_says_nothing(home: Home) {
    let host = home.host();
    for id in ["contract/fails", "contract/lazy", "contract/nobody"] {
        assert_eq!(host.health(id), None, "{id}");
    }
    host.stop();
    assert_eq!(host.health(PATIENT), None);
}

pub(crate) fn calls_are_counted_by_method_with_their_errors_and_faults(home: Home) {
    let host = counting(home);
    let patient = patient(&host);
    let own = Err(Oops { why: "nothing to count".into(), fault: false });
    for _ in 0..2 {
        assert_eq!(patient.call(5), Ok(6));
        assert_eq!(patient.call(0), own);
        assert_eq!(Patient::counted(&patient, 1), 2);
    }
    // A fault in an error, or a panic that passes through a plugin of this image.
    let panicked = catch_unwind(AssertUnwindSafe(|| patient.call(1)));
    assert!(panicked.is_err() || panicked.is_ok_and(|answer| answer.is_err_and(|oops| oops.fault)));
    assert_eq!(patient.call(0), own, "and an error after it is an error");
    assert_eq!((patient.object(), patient.metered("m")), (7, "m!".into()));
    assert_eq!(Patient::health(&patient), "good");
    patient.done();

    assert_eq!(numbers(&host, PATIENT, "contract/patient.call"), (6, 3, 1));
    assert_eq!(numbers(&host, PATIENT, "contract/patient.counted"), (2, 0, 0));
    for once in ["object", "metered", "health", "done"] {
        assert_eq!(numbers(&host, PATIENT, &format!("{PATIENT}.{once}")), (1, 0, 0), "{once}");
    }
    assert_eq!(numbers(&host, PATIENT, "contract/patient.rest"), (0, 0, 0), "nobody called it");
    assert_eq!(host.plugin(PATIENT).map(|info| info.faults), Some(1));
    let methods: Vec<_> =
        host.calls(PATIENT).into_iter().flatten().map(|it| (it.interface, it.method)).collect();
    assert!(methods.len() == 8 && methods.is_sorted(), "{methods:?}");
    assert_eq!(host.calls("contract/alike"), Some(Vec::new()), "nobody asked for a handle of it");
}

pub(crate) fn a_panic_without_an_error_to_carry_it_is_counted_and_goes_on(home: Home) {
    let host = counting(home);
    let panics = everything::<dyn Panics>(&host);
    for faults in 1..4 {
        catch_unwind(AssertUnwindSafe(|| panics.text("str"))).expect_err("it panics");
        assert_eq!(panics.text("answer"), "answer");
        assert_eq!(numbers(&host, "contract/everything", "contract/panics.text"), (2 * faults, 0, faults));
        assert_eq!(host.plugin("contract/everything").map(|info| info.faults), Some(faults));
    }
}

pub(crate) fn the_time_in_calls_is_counted(home: Home) {
    let host = counting(home);
    let patient = patient(&host);
    for milliseconds in [3, 20, 3] {
        patient.rest(milliseconds);
    }
    let counts = of(&host, PATIENT, "contract/patient.rest");
    assert_eq!(counts.calls, 3);
    assert!(counts.total >= Duration::from_millis(26), "{counts:?}");
    assert!(counts.histogram.max() >= Duration::from_millis(20), "{counts:?}");
    // Told within a quarter.
    assert!(counts.histogram.quantile(0.5) >= Duration::from_micros(2250), "{counts:?}");
    assert!(counts.histogram.quantile(1.0) >= Duration::from_millis(15), "{counts:?}");
    assert!(counts.histogram.quantile(1.0) <= counts.histogram.max(), "{counts:?}");
    assert_eq!(counts.total, counts.histogram.total());
}

pub(crate) fn nothing_is_counted_where_the_host_did_not_ask_for_it(home: Home) {
    let host = home.host();
    assert_eq!(patient(&host).object(), 7);
    assert_eq!(host.calls(PATIENT), None);
    let host = counting(home);
    assert_eq!(host.calls("contract/nobody"), None);
}

pub(crate) fn a_counted_handle_is_otherwise_as_it_was(home: Home) {
    let (plain, counted) = (home.host(), counting(home));
    let [one, other] = [&plain, &counted].map(everything::<dyn Values>);
    assert_eq!((one.is_direct(), one.plugin()), (other.is_direct(), other.plugin()));
    assert_eq!((one.text("a"), one.with_body(2)), (other.text("a"), other.with_body(2)));
    let kept = other.to_arc();
    drop(other);
    drop(counted);
    assert_eq!(kept.text("after"), "after!");
    assert_eq!(everything::<dyn Values>(&plain).get().text("b"), "b!");
}

pub(crate) fn what_a_counted_method_returns_is_not_counted(home: Home) {
    let host = counting(home);
    let objects = everything::<dyn Objects>(&host);
    let made = objects.make("m");
    for _ in 0..3 {
        assert!(made.visit("m"));
    }
    assert_eq!(numbers(&host, "contract/everything", "contract/objects.make"), (1, 0, 0));
    let visits = host.calls("contract/everything").into_iter().flatten();
    assert_eq!(visits.filter(|counts| counts.interface == "contract/visitor").count(), 0);
}

pub(crate) fn a_linked_in_plugins_calls_to_another_are_counted(home: Home) {
    let host = counting(home);
    let relay = handle::<dyn Relay>(&host, "contract/relay");
    for _ in 0..4 {
        assert_eq!(relay.text("through"), "through!");
    }
    assert_eq!(numbers(&host, "contract/relay", "contract/relay.text"), (4, 0, 0));
    assert_eq!(numbers(&host, "contract/everything", "contract/values.text"), (4, 0, 0));
}

pub(crate) fn no_call_of_sixteen_threads_is_lost(home: Home) {
    const TIMES: u64 = 500;
    let host = counting(home);
    thread::scope(|scope| {
        for thread in 0..16 {
            let host = &host;
            scope.spawn(move || {
                let patient = patient(host);
                for _ in 0..TIMES {
                    let answer = patient.call(if thread % 2 == 0 { 0 } else { 2 });
                    assert_eq!(answer.is_ok(), thread % 2 == 1);
                }
            });
        }
    });
    assert_eq!(numbers(&host, PATIENT, "contract/patient.call"), (16 * TIMES, 8 * TIMES, 0));
    assert_eq!(of(&host, PATIENT, "contract/patient.call").histogram.count(), 16 * TIMES);
}
