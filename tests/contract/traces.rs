//! What a plugin says with `tracing` and `log` reaches the host's subscriber.
//!
//! What is linked in says it there by itself, and the promises say what that is; a library does the same.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use contract_plugin::objects::Visitor;
use contract_plugin::traces::Speaker;
use contract_plugin::traces::another::Another;
use keyway::host::Host;
use keyway::{Handle, Level};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::homes::{Home, folder, handle, started};
use super::listener::Listener;
use super::said::{FROM_ABROAD, ON, Said};

const SPEAKER: &str = "contract/speaker";

fn speaker(host: &Host) -> Handle<dyn Speaker> {
    handle(host, SPEAKER)
}

/// What the plugin says in a call.
fn said(home: Home, body: impl FnOnce(&Handle<dyn Speaker>)) -> Vec<String> {
    Listener::ready();
    let host = home.host();
    let speaker = speaker(&host);
    Said::during(|| body(&speaker))
}

/// The same, but for whose it is: that is always the speaker.
fn said_by_speaker(home: Home, body: impl FnOnce(&Handle<dyn Speaker>)) -> Vec<String> {
    let whose = format!(" [{SPEAKER} {}]", home.shown());
    let own = |line: String| match line.strip_prefix("event") {
        Some(_) => line.strip_suffix(&whose).unwrap_or_else(|| panic!("{line}")).to_owned(),
        None => line,
    };
    said(home, body).into_iter().map(own).collect()
}

/// What was said abroad by plugins of this home, at most so late.
fn from_abroad(home: Home, told: impl Fn(&[String]) -> bool) -> Vec<String> {
    let whose = format!(" [{SPEAKER} {}]", home.shown());
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let all = FROM_ABROAD.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let own: Vec<String> =
            all.iter().filter_map(|line| line.strip_suffix(&whose)).map(str::to_owned).collect();
        if told(&own) || Instant::now() > deadline {
            return own;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn an_event_keeps_its_values_of_every_kind(home: Home) {
    let said = said_by_speaker(home, |speaker| speaker.every_kind());
    // An error's text is all that crosses of it; so it is with a subscriber that does not ask for more.
    let expected = concat!(
        "event  INFO contract_plugin::traces message=a whole message i64=i64:-9223372036854775808 ",
        "u64=u64:18446744073709551615 i128=i128:-170141183460469231731687303715884105728 ",
        "u128=u128:340282366920938463463374607431768211455 f64=f64:-0.5 bool=bool:true no=bool:false ",
        "text=str:\"a \\\"text\\\" of ☃\" bytes=bytes:[0, 255] ",
        "error=an error occurred when formatting an argument shown=127.0.0.1 debugged=Some(\"x\") ",
        "nested.name=u64:7"
    );
    assert_eq!(said, [expected]);
}

pub(crate) fn targets_names_and_levels_are_the_plugins_own(home: Home) {
    let said = said_by_speaker(home, |speaker| speaker.levels());
    let levels = ["error", "warn", "info", "debug", "trace"];
    let expected =
        levels.map(|level| format!("event  {} contract::levels message={level}", level.to_uppercase()));
    assert_eq!(said, expected);
    let seen: Arc<Mutex<Vec<&'static Metadata<'static>>>> = Arc::default();
    let host = home.host();
    let speaker = speaker(&host);
    tracing::subscriber::with_default(Places(Arc::clone(&seen)), || {
        speaker.levels();
        speaker.levels();
    });
    let seen = seen.lock().expect("nobody panics with it");
    let (first, again) = seen.split_at(5);
    for (one, other) in first.iter().zip(again) {
        assert_eq!(one.callsite(), other.callsite(), "a callsite is one for ever");
    }
    let mut lines = Vec::new();
    for metadata in first {
        assert_eq!((metadata.name(), metadata.module_path()), ("named", Some("contract_plugin::traces")));
        assert!(metadata.file().is_some_and(|file| file.ends_with("traces.rs")), "{:?}", metadata.file());
        assert!(metadata.is_event());
        lines.push(metadata.line());
    }
    assert!(lines.is_sorted() && lines[0].is_some(), "{lines:?}");
}

struct Places(Arc<Mutex<Vec<&'static Metadata<'static>>>>);

impl Subscriber for Places {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == "contract::levels" {
            self.0.lock().expect("nobody panics with it").push(event.metadata());
        }
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

pub(crate) fn records_of_log_are_events(home: Home) {
    let said = said_by_speaker(home, |speaker| speaker.records());
    let expected = [
        "event  ERROR contract::records message=error 1",
        "event  WARN contract::records message=warn",
        "event  INFO contract::records message=info",
        "event  DEBUG contract::records message=debug",
        "event  TRACE contract_plugin::traces message=trace",
    ];
    assert_eq!(said, expected);
}

pub(crate) fn spans_nest_below_the_hosts_and_take_values_later(home: Home) {
    let open = Said::default();
    let host = home.host();
    let speaker = speaker(&host);
    open.listen(|| tracing::info_span!(target: "host", "calling").in_scope(|| speaker.spans()));
    let whose = format!("[{SPEAKER} {}]", home.shown());
    let expected = [
        "span calling:outer: INFO contract_plugin::traces one=i64:1".to_owned(),
        format!("event calling:outer: INFO contract_plugin::traces message=in outer {whose}"),
        "span calling:outer:inner: DEBUG contract_plugin::traces at=str:\"once\"".to_owned(),
        format!("event calling:outer:inner: INFO contract_plugin::traces message=in inner {whose}"),
        "calling:outer:inner: follows calling:outer:".to_owned(),
        "record calling:outer: later=str:\"now\"".to_owned(),
        format!("event calling: INFO contract_plugin::traces message=after both {whose}"),
        format!("event calling:outer: INFO contract_plugin::traces message=still in outer {whose}"),
    ];
    assert_eq!(open.lines(), expected);
    assert_eq!(open.open(), 0, "every span has ended");
}

pub(crate) fn parents_that_are_named_are_kept(home: Home) {
    let said = said_by_speaker(home, |speaker| {
        tracing::info_span!(target: "host", "calling").in_scope(|| speaker.parents());
    });
    let expected = [
        "span calling:first: INFO contract_plugin::traces",
        "span second: INFO contract_plugin::traces",
        "span calling:first:third: INFO contract_plugin::traces",
        "event calling:first:third: INFO contract_plugin::traces message=below third",
        "event  INFO contract_plugin::traces message=below none",
        "event second: INFO contract_plugin::traces message=below second",
    ];
    assert_eq!(said, expected);
}

pub(crate) fn the_current_span_can_be_carried_to_another_thread(home: Home) {
    // What is said on a thread that has no subscriber goes to that of all threads, and is not looked at here: the span is
    // entered and left there with the one that made it.
    let open = Said::default();
    let host = home.host();
    let speaker = speaker(&host);
    open.listen(|| tracing::info_span!(target: "host", "calling").in_scope(|| speaker.carried()));
    let whose = format!("[{SPEAKER} {}]", home.shown());
    let expected = [
        "span calling:own: INFO contract_plugin::traces".to_owned(),
        format!(
            "event calling:own: INFO contract_plugin::traces message=below own same=bool:{} {whose}",
            home != Home::Dylib
        ),
    ];
    assert_eq!(open.lines(), expected);
    assert_eq!(open.open(), 0, "every span has ended");
    assert!(
        from_abroad(home, |all| all.iter().any(|line| line == " message=carried"))
            .contains(&" message=carried".into())
    );
}

struct Speaks;

impl Visitor for Speaks {
    fn visit(&self, name: &str) -> bool {
        tracing::info!(target: "contract::host", name, "visited");
        true
    }
}

pub(crate) fn what_a_host_does_for_a_plugin_nests_below_the_plugins_span(home: Home) {
    let said = said(home, |speaker| speaker.visit(&Speaks));
    let expected = [
        "span visiting: INFO contract_plugin::traces",
        "event visiting: INFO contract::host message=visited name=str:\"from a span\"",
    ];
    assert_eq!(said, expected);
}

/// One test at a time has the switch.
static SWITCH: Mutex<()> = Mutex::new(());

fn switch(on: bool) {
    ON.store(on, Ordering::SeqCst);
    tracing::callsite::rebuild_interest_cache();
}

pub(crate) fn what_a_filter_disables_is_not_even_evaluated(home: Home) {
    let _mine = SWITCH.lock().unwrap_or_else(PoisonError::into_inner);
    switch(false);
    let said = said(home, |speaker| {
        for _ in 0..100 {
            assert_eq!(speaker.switched(), 0);
            speaker.switched_record();
        }
    });
    assert!(said.is_empty(), "{said:?}");
}

pub(crate) fn a_change_of_the_filter_reaches_the_plugin(home: Home) {
    let _mine = SWITCH.lock().unwrap_or_else(PoisonError::into_inner);
    switch(false);
    let host = home.host();
    let speaker = speaker(&host);
    let wait = |what: &str, arrived: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !arrived() {
            assert!(Instant::now() < deadline, "{what} has not arrived");
            thread::sleep(Duration::from_millis(1));
        }
    };
    let hears = |body: &dyn Fn()| !Said::during(body).is_empty();
    let event = || {
        hears(&|| {
            speaker.switched();
        })
    };
    let record = || hears(&|| speaker.switched_record());
    for _ in 0..3 {
        assert!(!event() && !record());
        switch(true);
        wait("on", &event);
        wait("on", &record);
        switch(false);
        wait("off", &|| !event());
        wait("off", &|| !record());
    }
}

pub(crate) fn a_plugin_is_told_by_the_module_that_speaks(home: Home) {
    let host = home.host();
    let another: Handle<dyn Another> = handle(&host, "contract/another-speaker");
    let said = Said::during(|| {
        another.speak();
        speaker(&host).records();
    });
    let whose = format!("[contract/another-speaker {}]", home.shown());
    assert_eq!(said[0], format!("event  INFO contract_plugin::traces::another message=speaks {whose}"));
    let helper = "contract_plugin::traces::another::helper message=a helper speaks";
    assert_eq!(said[1], format!("event  WARN {helper} {whose}"));
    assert!(said[2].ends_with(&format!("[{SPEAKER} {}]", home.shown())), "{}", said[2]);
}

pub(crate) fn what_comes_from_the_plugins_own_threads_arrives(home: Home) {
    let host = home.host();
    let speaker = speaker(&host);
    let count = |all: &[String]| all.iter().filter(|line| line.starts_with(" n=")).count();
    let before = count(&from_abroad(home, |_| true));
    speaker.abroad();
    let enough = |all: &[String]| count(all) >= before + 400;
    assert!(enough(&from_abroad(home, enough)));
}

pub(crate) fn a_thread_may_end_inside_of_spans(home: Home) {
    let said = said(home, |speaker| {
        speaker.leave();
        tracing::info!(target: "contract::host", "goes on");
    });
    // The spans are of the subscriber of the thread that has ended, and the event of this one's.
    let expected = [
        format!("event  INFO contract_plugin::traces message=in one [{SPEAKER} {}]", home.shown()),
        "event  INFO contract::host message=goes on".to_owned(),
    ];
    assert_eq!(said, expected);
}

pub(crate) fn a_thread_may_speak_while_it_ends(home: Home) {
    let host = home.host();
    for _ in 0..10 {
        thread::scope(|scope| {
            // Once with a subscriber of the thread's own, whose place is among what ends with the thread, and once without.
            scope.spawn(|| Said::default().listen(|| speaker(&host).say_at_the_end()));
            scope.spawn(|| speaker(&host).say_at_the_end());
        });
    }
    let told = |all: &[String]| all.iter().any(|line| line.contains("the end of a thread"));
    assert!(told(&from_abroad(home, told)));
}

/// Panics at what a plugin says.
struct Panics(Arc<AtomicBool>);

impl Subscriber for Panics {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        assert!(!attributes.metadata().target().starts_with("contract"), "a subscriber panics at a span");
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        if event.metadata().target().starts_with("contract") {
            self.0.store(true, Ordering::SeqCst);
            panic!("a subscriber panics at an event");
        }
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

pub(crate) fn a_subscriber_that_panics_harms_no_plugin(home: Home) {
    let host = home.host();
    let speaker = speaker(&host);
    let panicked = Arc::new(AtomicBool::new(false));
    Listener::ready();
    let went_on = tracing::subscriber::with_default(Panics(Arc::clone(&panicked)), || speaker.go_on());
    assert_eq!(went_on, Ok(true));
    assert!(panicked.load(Ordering::SeqCst));
    assert_eq!(host.plugin(SPEAKER).map(|info| info.faults), Some(0), "it is no fault of the plugin's");
}

/// Calls the plugin that speaks, at everything that it says.
struct Calls(Handle<dyn Speaker>, Arc<Mutex<Vec<String>>>);

impl Subscriber for Calls {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        self.0.levels();
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.1.lock().expect("nobody panics with it").push(event.metadata().target().to_owned());
        self.0.spans();
        self.0.records();
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

pub(crate) fn a_subscriber_may_call_a_plugin_that_speaks(home: Home) {
    let host = home.host();
    let speaker = speaker(&host);
    let heard = Arc::default();
    Listener::ready();
    let calls = Calls(speaker.clone(), Arc::clone(&heard));
    assert_eq!(tracing::subscriber::with_default(calls, || speaker.go_on()), Ok(true));
    assert_eq!(
        *heard.lock().expect("nobody panics with it"),
        ["contract_plugin::traces"; 2],
        "it has an end"
    );
}

pub(crate) fn what_is_urgent_stands_in_the_plugins_log(home: Home) {
    Listener::ready();
    // An image of its own: hosts that share one hear the same.
    let library =
        std::fs::read_dir(folder()).expect("the folder is there").next().expect("the library is in it");
    let copy = keyway_tests::folder_of(&[library.expect("it can be read").path()]);
    assert_eq!(home, Home::Dylib, "the others are skipped");
    let builder = Host::builder("contract", "1.0.0").linked_in(false).plugin_dir(copy.path());
    let host = started(builder.bridge(keyway_dylib::bridge()));
    let speaker = speaker(&host);
    speaker.levels();
    speaker.every_kind();
    handle::<dyn Another>(&host, "contract/another-speaker").speak();
    let lines = |id| -> Vec<_> {
        let lines = host.log_lines(id, 0);
        lines.into_iter().map(|line| (line.level, line.target, line.message)).collect()
    };
    let speakers = lines(SPEAKER);
    let own = "contract_plugin::traces";
    let expected = [
        (Level::Info, own, "begins"),
        (Level::Info, SPEAKER, "has begun"),
        (Level::Error, "contract::levels", "error"),
        (Level::Warn, "contract::levels", "warn"),
        (Level::Info, "contract::levels", "info"),
    ];
    let told: Vec<_> =
        speakers.iter().map(|(level, target, message)| (*level, &**target, &**message)).collect();
    assert_eq!(told[..5], expected);
    assert!(told[5].2.starts_with("a whole message i64=-9223372036854775808 u64="), "{}", told[5].2);
    assert!(told[5].2.ends_with("shown=127.0.0.1 debugged=Some(\"x\") nested.name=7"), "{}", told[5].2);
    assert_eq!(lines("contract/another-speaker").len(), 2);
}

pub(crate) fn any_number_of_targets_is_heard(home: Home) {
    const TARGETS: u64 = 1500;
    let said = said(home, |speaker| speaker.targets(TARGETS));
    assert_eq!(said.len() as u64, TARGETS);
    for (n, line) in said.iter().enumerate() {
        // Past some number of callsites, the target is a value.
        let own = line.contains(&format!(" contract::target{n} "))
            || line.contains(&format!("source=contract::target{n}"));
        assert!(own && line.contains("message=said once"), "{n}: {line}");
    }
}

pub(crate) fn two_hosts_hear_one_plugin(home: Home) {
    let (one, other) = (home.host(), home.host());
    let heard = Said::during(|| {
        speaker(&one).levels();
        speaker(&other).levels();
    });
    assert_eq!(heard.len(), 10, "each thing is said once: {heard:?}");
    drop(one);
    let heard = Said::during(|| speaker(&other).levels());
    assert_eq!(heard.len(), 5);
}

pub(crate) fn what_is_said_after_the_host_has_gone_harms_nobody(home: Home) {
    let host = home.host();
    let speaker = speaker(&host);
    drop(host);
    let went_on = Said::default().listen(|| {
        speaker.spans();
        speaker.levels();
        speaker.records();
        speaker.go_on()
    });
    assert_eq!(went_on, Ok(true));
}
