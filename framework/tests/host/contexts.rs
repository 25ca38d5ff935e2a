//! What a plugin reaches through its context.

use std::sync::Mutex;

use keyway::host::{Host, HostBuilder, Loopback, Settings};

use crate::puppets::{Journal, Puppet};

/// As they are, and each loopback.
fn each_way(check: impl Fn(&dyn Fn(HostBuilder) -> Host)) {
    check(&|builder| builder.start().unwrap());
    check(&|builder| builder.loopback(Loopback::Table).start().unwrap());
    check(&|builder| builder.loopback(Loopback::Message).start().unwrap());
}

fn puppet(host: &Host, id: &str) -> keyway::Handle<dyn Puppet> {
    host.get::<dyn Puppet>(id).unwrap()
}

#[test]
fn a_plugin_reaches_what_it_requires_and_nothing_else() {
    each_way(|start| {
        let journal = Journal::new();
        let host = start(journal.host(&["chain/a", "chain/b", "chain/c", "chain/beside", "chain/wishes"]));
        assert_eq!(puppet(&host, "chain/a").get().ask("chain/b").unwrap(), "chain/b");
        assert_eq!(puppet(&host, "chain/wishes").get().ask("chain/c").unwrap(), "chain/c");
        for (asker, other, reason) in [
            (
                "chain/a",
                "chain/c",
                "its manifest requires neither plugin `chain/c` nor interface `test/puppet`",
            ),
            (
                "chain/c",
                "chain/a",
                "its manifest requires neither plugin `chain/a` nor interface `test/puppet`",
            ),
            (
                "chain/a",
                "no/such",
                "its manifest requires neither plugin `no/such` nor interface `test/puppet`",
            ),
        ] {
            let expected =
                format!("`{asker}` can not have its interface `test/puppet` of plugin `{other}`: {reason}");
            assert_eq!(puppet(&host, asker).get().ask(other).unwrap_err(), expected);
        }
    });
}

#[test]
fn a_plugin_reaches_whoever_provides_the_interface_that_it_requires() {
    each_way(|start| {
        let journal = Journal::new();
        let host = start(journal.host(&["store/shopper", "store/two", "store/one", "chain/c"]));
        let shopper = puppet(&host, "store/shopper");
        assert_eq!(shopper.get().others().unwrap(), ["store/one", "store/two"], "by rank");
        let error = shopper.get().ask("store/one").unwrap_err();
        assert!(
            error.ends_with("its manifest requires neither plugin `store/one` nor interface `test/puppet`"),
            "another interface of a provider is not what was required: {error}"
        );
    });
}

#[test]
fn an_optional_plugin_that_is_not_here_is_said_to_be_not_here() {
    let journal = Journal::new();
    let host = journal.host(&["chain/wishes"]).start().unwrap();
    let error = puppet(&host, "chain/wishes").get().ask("chain/c").unwrap_err();
    assert!(error.ends_with(": there is no plugin `chain/c`"), "{error}");
}

#[test]
fn two_plugins_that_wish_for_each_other_do_not_wait_for_each_other() {
    each_way(|start| {
        let journal = Journal::new();
        let host = start(
            journal
                .host_with(&["pair/left", "pair/right"], "pair/left", |it| it.ask = vec!["pair/right".into()])
                .config(
                    "pair/right",
                    Settings::of(&crate::puppets::Script {
                        ask: vec!["pair/left".into()],
                        ..journal.script()
                    }),
                ),
        );
        let lines = journal.lines();
        let early = "can not have its interface `test/puppet` of plugin";
        let expected = [
            "pair/left start".to_owned(),
            format!(
                "pair/left hears `pair/left` {early} `pair/right`: \
                 plugin `pair/right` does not start before `pair/left`, which asks for it"
            ),
            "pair/right start".to_owned(),
            "pair/right hears pair/left".to_owned(),
        ];
        assert_eq!(lines, expected);
        // Once both run, each has the other.
        assert_eq!(puppet(&host, "pair/left").get().ask("pair/right").unwrap(), "pair/right");
        assert_eq!(puppet(&host, "pair/right").get().ask("pair/left").unwrap(), "pair/left");
    });
}

#[test]
fn a_context_gives_all_providers_by_rank_and_then_id_without_the_asker() {
    each_way(|start| {
        let journal = Journal::new();
        let host = start(journal.host(&["rank/zz-reader", "rank/a", "rank/c", "rank/z", "rank/b"]));
        let reader = puppet(&host, "rank/zz-reader");
        assert_eq!(reader.get().all().unwrap(), ["rank/z", "rank/b", "rank/c", "rank/a"]);
    });
}

#[test]
fn settings_reach_the_plugin_and_a_wrong_one_is_named() {
    each_way(|start| {
        let journal = Journal::new();
        let settings: toml::Table = "fail = 7".parse().unwrap();
        let host = start(journal.host(&["chain/c"]).config("chain/c", settings));
        let why = crate::puppets::why(&host, "chain/c");
        assert!(why.starts_with("did not start: `chain/c` can not have its settings: "), "{why}");
        assert!(why.contains("fail") && why.contains("a text is expected"), "{why}");
    });
}

#[test]
fn a_plugins_log_lines_reach_tracing_under_its_id() {
    each_way(|start| {
        lines().clear();
        let journal = Journal::new();
        let host = start(journal.host(&["store/two"]));
        puppet(&host, "store/two").get().log("all is well");
        drop(host);
        let lines = std::mem::take(&mut *lines());
        let line = lines.iter().find(|line| line.contains("all is well")).unwrap();
        assert!(line.starts_with("INFO keyway::plugin "), "{line}");
        assert!(line.contains("plugin=\"store/two\""), "{line}");
        for state in ["loaded", "active", "draining", "retired"] {
            let there = |line: &&String| line.contains("store/two") && line.contains(state);
            assert!(lines.iter().any(|line| there(&line)), "{state} in {lines:#?}");
        }
    });
}

/// One subscriber for the process, before any host: one that comes later may be missed by a callsite that another test's
/// thread is registering at that moment.
pub(crate) fn collect() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Collector).unwrap());
}

/// What was logged; plugins start and stop on threads of the host's.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn lines() -> std::sync::MutexGuard<'static, Vec<String>> {
    LINES.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Every event as one line.
struct Collector;

impl tracing::Subscriber for Collector {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields(String);
        impl tracing::field::Visit for Fields {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!(" {field}={value:?}"));
            }
        }
        let mut fields = Fields(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut fields);
        lines().push(fields.0);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
