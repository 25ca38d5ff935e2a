//! From start to stop.

use std::collections::BTreeMap;
use std::error::Error as _;

use contract_plugin::life::{Journal, Lazy, Named, Report, Settings};
use contract_plugin::objects::Objects;
use contract_plugin::values::Values;
use keyway::host::Host;

use super::homes::{Home, everything, handle, started};
use super::listener::Listener;
use super::witness::{Seen, Witness};

const CONFIGURED: &str = "contract/configured";

pub(crate) fn settings_reach_the_plugin_and_defaults_fill_the_rest(home: Home) {
    let settings = |host: &Host| handle::<dyn Report>(host, CONFIGURED).settings();
    assert_eq!(settings(&home.host()), Settings::default());
    let some: toml::Table = "greeting = \"hällo\"\ntags = [\"a\", \"\"]".parse().expect("it is TOML");
    let host = started(home.builder().config(CONFIGURED, some));
    let expected = Settings { greeting: "hällo".into(), times: 1, tags: vec!["a".into(), String::new()] };
    assert_eq!(settings(&host), expected);
    let whole = Settings { times: u32::MAX, ..expected };
    let host = started(home.builder().config(CONFIGURED, keyway::host::Settings::of(&whole)));
    assert_eq!(settings(&host), whole);
}

pub(crate) fn settings_of_the_wrong_type_are_a_refusal_that_names_them(home: Home) {
    let wrong: toml::Table = "times = \"often\"".parse().expect("it is TOML");
    let host = started(home.builder().config(CONFIGURED, wrong));
    let error = host.get::<dyn Report>(CONFIGURED).expect_err("its settings are wrong");
    assert_eq!(error.code(), "start-failed");
    let cause =
        error.source().and_then(|refusal| refusal.source()).map(ToString::to_string).unwrap_or_default();
    assert!(
        cause.contains("`contract/configured` can not have its settings: ") && cause.contains("times"),
        "{cause}"
    );
}

pub(crate) fn lines_of_the_log_reach_the_hosts_subscriber_with_the_plugins_id(home: Home) {
    let heard = Listener::hear(|| {
        let host = home.host();
        let report = handle::<dyn Report>(&host, CONFIGURED);
        for level in 1..=5 {
            report.log(level, "a {line} with braces, ß");
        }
    });
    let mine =
        |line: &&String| line.contains("keyway::plugin") && line.contains("plugin=contract/configured");
    let mine: Vec<&str> = heard.iter().filter(mine).map(String::as_str).collect();
    assert_eq!(mine.len(), 6, "{heard:#?}");
    assert!(mine[0].contains("greets with ``"), "{mine:?}");
    for (line, level) in mine[1..].iter().zip(["ERROR", "WARN", "INFO", "DEBUG", "TRACE"]) {
        assert!(line.starts_with(level), "{line}");
        assert!(line.contains("a {line} with braces, ß"), "{line}");
    }
}

pub(crate) fn providers_come_by_rank_and_then_by_id(home: Home) {
    let host = home.host();
    let named: Vec<(String, String)> =
        host.all::<dyn Named>().iter().map(|named| (named.plugin().to_owned(), named.name())).collect();
    let expected = [
        ("contract/high", "high"),
        ("contract/alike", "alike"),
        ("contract/everything", "everything"),
        ("contract/panics-in-drop", "panics in drop"),
        ("contract/likes-fails", "likes"),
    ];
    assert_eq!(named, expected.map(|(id, name)| (id.to_owned(), name.to_owned())));
}

pub(crate) fn plugins_start_after_what_they_need_and_stop_before_it(home: Home) {
    let host = home.host();
    let journal = handle::<dyn Journal>(&host, "contract/journal");
    let lines = |journal: &dyn Journal| {
        let mut lines = journal.lines();
        lines.retain(|line| !line.ends_with("panicking"));
        lines
    };
    let starts = ["start first", "start second", "start third"];
    assert_eq!(lines(&journal), starts);
    drop(host);
    let ends = ["stop third", "drop third", "stop second", "drop second", "stop first", "drop first"];
    assert_eq!(lines(&journal), [&starts[..], &ends[..]].concat());
}

pub(crate) fn a_failed_start_takes_down_exactly_those_that_need_it(home: Home) {
    let host = home.host();
    let refused: BTreeMap<String, String> = host
        .plugins()
        .iter()
        .filter_map(|info| Some((info.id.to_string(), info.refusal()?.summary())))
        .collect();
    let no_disk = "did not start: there is no disk: invalid digit found in string";
    let expected = [
        ("contract/fails", no_disk.to_owned()),
        ("contract/needs-clock", "needs interface `contract/clock` ^1.1, which is not here".to_owned()),
        ("contract/needs-fails", format!("needs `contract/fails`, which {no_disk}")),
        (
            "contract/needs-needs-fails",
            format!("needs `contract/needs-fails`, which needs `contract/fails`, which {no_disk}"),
        ),
        (
            "contract/panics-in-start",
            "panicked while it started: a start of `contract/panics-in-start` that panics".to_owned(),
        ),
    ];
    assert_eq!(refused, BTreeMap::from(expected.map(|(id, why)| (id.to_owned(), why))));
    let error = host.get::<dyn Named>("contract/fails").expect_err("it did not start");
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("start-failed", "plugin `contract/fails` does not run")
    );
}

pub(crate) fn a_lazy_plugin_starts_when_it_is_asked_for_and_only_once(home: Home) {
    let host = home.host();
    let journal = handle::<dyn Journal>(&host, "contract/journal");
    let of_lazy = || journal.lines().into_iter().filter(|line| line.ends_with("lazy")).collect::<Vec<_>>();
    let state = || host.plugin("contract/lazy").map(|info| info.state.name());
    assert_eq!((of_lazy(), state()), (vec![], Some("resolved")));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(handle::<dyn Lazy>(&host, "contract/lazy").awake()));
        }
    });
    assert_eq!((of_lazy(), state()), (vec!["start lazy".to_owned()], Some("active")));
    host.stop();
    assert_eq!(of_lazy(), ["start lazy", "stop lazy", "drop lazy"]);

    let host = home.host();
    let journal = handle::<dyn Journal>(&host, "contract/journal");
    drop(host);
    assert!(!journal.lines().iter().any(|line| line.ends_with("lazy")), "nobody asked for it");
}

pub(crate) fn two_hosts_in_one_process_do_not_see_each_other(home: Home) {
    let (one, other) = (home.host(), home.host());
    let seen = std::sync::Arc::<Seen>::default();
    everything::<dyn Objects>(&one).keep(Witness::shared(&seen));
    assert_eq!(everything::<dyn Objects>(&one).kept(), 1);
    assert_eq!(everything::<dyn Objects>(&other).kept(), 0);
    let answers = everything::<dyn Values>(&other);
    drop(one);
    assert_eq!(seen.drops(), 1);
    assert_eq!(answers.text("on"), "on!");
    assert_eq!(everything::<dyn Values>(&other).text("and on"), "and on!");
}

pub(crate) fn a_handle_that_is_kept_answers_after_the_host_has_stopped(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    let kept = values.clone().to_arc();
    host.stop();
    assert_eq!(values.text("a"), "a!");
    let error = host.get::<dyn Values>("contract/everything").expect_err("the host has stopped");
    assert_eq!(error.code(), "host-stopped");
    drop(host);
    assert_eq!((values.text("b"), values.get().u8(1)), ("b!".into(), 2));
    drop(values);
    assert_eq!(kept.text("c"), "c!");
}

pub(crate) fn the_list_says_what_the_attribute_and_cargo_say(home: Home) {
    let host = home.host();
    let info = host.plugin("contract/everything").expect("it was found");
    assert_eq!((info.version.to_string().as_str(), info.home), ("1.2.3", home.shown()));
    assert_eq!(info.manifest.description, "says \"everything\", and more");
    assert_eq!(info.manifest.license, "MIT OR Apache-2.0");
    assert_eq!(info.manifest.authors, ["The Keyway authors"]);
    assert_eq!(info.manifest.capabilities["net"], ["a.example:443"]);
    assert!(info.manifest.capabilities["fs.read"].is_empty());
    let provides: Vec<String> =
        info.manifest.provides.iter().map(|(id, version)| format!("{id} {version}")).collect();
    let expected = [
        "contract/growing 1.0.0",
        "contract/named 1.0.0",
        "contract/objects 1.0.0",
        "contract/panics 1.0.0",
        "contract/values 1.2.0",
        "contract/visitor 1.0.0",
    ];
    assert_eq!(provides, expected);
    assert_eq!(info.file.is_some(), home == Home::Dylib);
    let configured = host.plugin(CONFIGURED).expect("it was found");
    assert_eq!(configured.manifest.config.as_deref(), Some("Settings"));
    let relay = host.plugin("contract/relay").expect("it was found");
    let needs: Vec<&str> = relay.needs.iter().map(|id| id.as_str()).collect();
    assert!(needs.contains(&"contract/everything"), "{needs:?}");
    let all = keyway::registration::linked().expect("all that is linked in is there");
    assert_eq!(host.plugins().len(), all.len(), "the library has what is linked in here");
    assert!(host.plugins().is_sorted_by(|a, b| a.id < b.id));
}

pub(crate) fn what_is_not_there_is_refused_by_name(home: Home) {
    let host = home.host();
    let error = host.get::<dyn Values>("contract/everythin").expect_err("there is none");
    assert_eq!(error.code(), "unknown-plugin");
    assert!(error.help().contains("contract/everything"), "{}", error.help());
    let error = host.get::<dyn Values>("contract/journal").expect_err("it has another interface");
    assert_eq!(
        error.to_string(),
        "plugin `contract/journal` does not provide `contract/values`, only `contract/journal`"
    );
    let host = started(home.builder().disable("contract/everything"));
    let error = host.get::<dyn Values>("contract/everything").expect_err("it is disabled");
    assert_eq!(error.code(), "disabled");
    let state = host.plugin("contract/relay").map(|info| info.state.name());
    assert_eq!(state, Some("refused"), "it needs what is disabled");
}
