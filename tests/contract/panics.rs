//! Panics on either side, and what comes of them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use contract_plugin::life::{Journal, Named};
use contract_plugin::objects::Objects;
use contract_plugin::panics::Panics;
use contract_plugin::values::{Oops, Values};
use keyway::host::{Host, State};
use keyway::{Bytes, Fault, FaultKind};

use super::homes::{Home, everything, handle};
use super::listener::Listener;
use super::witness::{Seen, Witness};

/// The fault that a call ended with, whether in its error or as a panic that carries it.
fn fault(call: impl FnOnce() -> Option<Oops>) -> String {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Some(oops)) => {
            assert!(oops.fault, "an answer of the plugin's own: {oops:?}");
            oops.why
        }
        Ok(None) => panic!("the call was answered"),
        Err(payload) => carried(&*payload).to_string(),
    }
}

fn carried(payload: &(dyn Any + Send)) -> &Fault {
    let fault = payload.downcast_ref::<Fault>().expect("a call without an error type panics with the fault");
    assert_eq!((fault.kind(), fault.plugin()), (FaultKind::Panic, Some("contract/everything")));
    fault
}

/// Calls a method, and gives the error that it ended with.
type Call = fn(&dyn Panics, &str) -> Option<Oops>;

/// A method of every form, by name.
const FORMS: [(&str, Call); 15] = [
    ("unit", |panics, how| {
        panics.unit(how);
        None
    }),
    ("scalar", |panics, how| (panics.scalar(how) == 0).then(|| unreachable!("it gives 1"))),
    ("plain", |panics, how| (panics.plain(how).tag == 0).then(|| unreachable!("it gives 3"))),
    ("text", |panics, how| panics.text(how).is_empty().then(|| unreachable!("it gives what it was given"))),
    ("bytes", |panics, how| panics.bytes(how).is_empty().then(|| unreachable!("it gives what it was given"))),
    ("list", |panics, how| panics.list(how).is_empty().then(|| unreachable!("it gives one"))),
    ("record", |panics, how| (panics.record(how).0 == 0).then(|| unreachable!("it gives 1"))),
    ("variant", |panics, how| {
        drop(panics.variant(how));
        None
    }),
    ("option", |panics, how| panics.option(how).is_none().then(|| unreachable!("it gives some"))),
    ("pair", |panics, how| (panics.pair(how).0 == 0).then(|| unreachable!("it gives 1"))),
    ("object", |panics, how| {
        drop(panics.object(how));
        None
    }),
    ("boxed", |panics, how| {
        drop(panics.boxed(how));
        None
    }),
    ("fallible", |panics, how| panics.fallible(how).err()),
    ("fallible_unit", |panics, how| panics.fallible_unit(how).err()),
    ("fallible_object", |panics, how| panics.fallible_object(how).err()),
];

pub(crate) fn a_panic_in_a_method_of_every_form_is_a_fault_with_its_message(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    for (form, call) in FORMS {
        for (how, said) in [("str", "a text that lives for ever"), ("string", "a text of 6 words")] {
            let fault = fault(|| call(&panics, how));
            assert_eq!(fault, format!("plugin `contract/everything` panicked: {said}"), "{form}");
        }
        assert!(call(&panics, "answer").is_none(), "{form}");
    }
}

pub(crate) fn a_payload_that_is_no_text_or_panics_itself_is_a_fault_too(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    for (form, call) in FORMS {
        for how in ["other", "bomb"] {
            let fault = fault(|| call(&panics, how));
            assert_eq!(
                fault, "plugin `contract/everything` panicked: a panic whose payload is no text",
                "{form} {how}"
            );
        }
    }
}

pub(crate) fn an_error_type_receives_the_fault_with_the_plugins_name(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    let said = "plugin `contract/everything` panicked: a text that lives for ever";
    assert_eq!(panics.fallible("str"), Err(Oops { why: said.into(), fault: true }));
    assert_eq!(panics.fallible_in_words("str"), Err(said.into()));
    assert_eq!(panics.fallible_in_words("no"), Ok("no".into()));
}

pub(crate) fn after_a_panic_the_plugin_answers_and_its_faults_are_counted(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    let faults = || host.plugin("contract/everything").map(|info| info.faults);
    for before in 0..5 {
        assert_eq!(faults(), Some(before));
        assert!(panics.fallible("string").is_err());
        assert_eq!(panics.fallible("no"), Ok(1));
        assert_eq!(everything::<dyn Values>(&host).text("still"), "still!");
    }
    assert_eq!(faults(), Some(5));
    assert!(matches!(host.plugin("contract/everything").map(|info| info.state), Some(State::Active)));
    let of_others: u64 = host.plugins().iter().map(|info| info.faults).sum();
    assert_eq!(of_others, 5, "nobody else's");
}

pub(crate) fn what_a_panicking_call_was_given_is_dropped_once(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    let seen = Arc::<Seen>::default();
    let call = |how| {
        let (one, other) = (Witness::shared(&seen), Witness::boxed(&seen));
        panics.holding(one, other, Bytes::from(vec![1; 100]), "a".repeat(100), how)
    };
    for (times, how) in ["str", "string", "other", "bomb"].into_iter().enumerate() {
        let payload = catch_unwind(AssertUnwindSafe(|| call(how))).expect_err("it panics");
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            // A built-in's own payload, which panics again and again.
            std::mem::forget(second);
        }
        assert_eq!(seen.drops(), 2 * (times + 1), "{how}");
    }
    assert_eq!(call("no"), 102);
    assert_eq!(seen.drops(), 10);
}

pub(crate) fn a_panic_of_the_hosts_object_passes_through_the_plugin_as_a_fault(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    let seen = Arc::<Seen>::default();
    let witness = Witness::new(&seen);
    let lent = panics.visit(&witness, "panic").expect_err("the witness panics");
    let kept = panics.visit_kept(Witness::shared(&seen), "panic").expect_err("the witness panics");
    for oops in [lent, kept] {
        assert!(oops.fault && oops.why.contains("a witness that panics"), "{oops:?}");
    }
    assert_eq!(panics.visit(&witness, "a"), Ok(true));
    // An object of the plugin's around one of the host's: in, out, and back with the message.
    let around = everything::<dyn Objects>(&host).around(Witness::shared(&seen));
    let payload = catch_unwind(AssertUnwindSafe(|| around.visit("panic"))).expect_err("the witness panics");
    assert!(carried(&*payload).message().contains("a witness that panics"));
}

pub(crate) fn a_plugin_can_catch_the_panic_of_the_hosts_object_and_read_it(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    let witness = Witness::new(&Arc::default());
    assert_eq!(panics.catch(&witness, "a"), "true");
    let caught = panics.catch(&witness, "panic");
    assert!(caught.contains("a witness that panics"), "{caught}");
    assert_eq!(
        host.plugin("contract/everything").map(|info| info.faults),
        Some(0),
        "it was not the plugin's"
    );
}

pub(crate) fn an_object_of_the_plugins_that_panics_while_it_is_dropped_ends_there(home: Home) {
    let host = home.host();
    let panics = everything::<dyn Panics>(&host);
    for _ in 0..3 {
        let (shared, boxed) = (panics.object("no"), panics.boxed("no"));
        let fallible = panics.fallible_object("no").expect("it gives one");
        assert!(shared.visit("panics in drop") && boxed.visit("panics in drop"));
        drop((shared, boxed, fallible));
    }
    assert_eq!(panics.scalar("no"), 1);
}

pub(crate) fn an_object_of_the_hosts_that_panics_while_it_is_dropped_ends_there(home: Home) {
    let host = home.host();
    let objects = everything::<dyn Objects>(&host);
    let seen = Arc::<Seen>::default();
    objects.keep(Arc::new(Witness::that_panics_in_drop(&seen)));
    objects.keep_boxed(Box::new(Witness::that_panics_in_drop(&seen)));
    objects.keep(Witness::shared(&seen));
    objects.let_go();
    assert_eq!(seen.drops(), 3);
    assert_eq!(objects.kept(), 0);
}

fn refusal(host: &Host, id: &str) -> (String, String) {
    let info = host.plugin(id).expect("it was found");
    let refusal = info.refusal().expect("it does not run");
    (refusal.code().to_owned(), refusal.summary())
}

pub(crate) fn a_start_that_panics_is_a_refusal_with_the_message(home: Home) {
    let host = home.host();
    let (code, summary) = refusal(&host, "contract/panics-in-start");
    assert_eq!(code, "start-fault");
    assert_eq!(summary, "panicked while it started: a start of `contract/panics-in-start` that panics");
}

pub(crate) fn a_stop_that_panics_stops_nobody_elses_stop(home: Home) {
    let host = home.host();
    let journal = handle::<dyn Journal>(&host, "contract/journal");
    let heard = Listener::hear(|| host.stop());
    let lines = journal.lines();
    for name in ["first", "second", "third", "panicking"] {
        let stops = lines.iter().filter(|line| **line == format!("stop {name}")).count();
        let drops = lines.iter().filter(|line| **line == format!("drop {name}")).count();
        assert_eq!((stops, drops), (1, 1), "{name} in {lines:?}");
    }
    let told: Vec<_> = heard.iter().filter(|line| line.contains("a stop that panics")).collect();
    assert_eq!(told.len(), 1, "{heard:?}");
    assert!(told[0].starts_with("ERROR") && told[0].contains("contract/panics-in-stop"), "{told:?}");
    let running = host.plugins().into_iter().filter(|info| matches!(info.state, State::Active)).count();
    assert_eq!(running, 0);
}

pub(crate) fn an_instance_that_panics_while_it_is_dropped_stops_nobody(home: Home) {
    let host = home.host();
    let journal = handle::<dyn Journal>(&host, "contract/journal");
    host.stop();
    for info in host.plugins() {
        let state = info.state.name();
        assert!(["retired", "refused", "resolved"].contains(&state), "{} is {state}", info.id);
    }
    assert!(journal.lines().contains(&"drop first".to_owned()));
    let next = home.host();
    assert_eq!(handle::<dyn Named>(&next, "contract/panics-in-drop").name(), "panics in drop");
}

pub(crate) fn an_instance_that_panics_while_it_is_dropped_is_reported(home: Home) {
    let host = home.host();
    let heard = Listener::hear(|| host.stop());
    let state = host.plugin("contract/panics-in-drop").map(|info| info.state.name());
    assert_eq!(state, Some("retired"));
    let told = heard.iter().any(|line| {
        line.starts_with("ERROR")
            && line.contains("contract/panics-in-drop")
            && line.contains("while it is dropped")
    });
    assert!(told, "{heard:#?}");
}
