//! What the host offers is to a plugin as any other plugin's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contract_plugin::life::Named;
use contract_plugin::offers::{Chooser, Clock, NeedsClock};
use contract_plugin::values::Oops;
use keyway::host::{Host, HostBuilder, Trust};
use keyway::{Handle, manifest};

use super::homes::{Home, handle, started};

const CLOCK: &str = "contract/clock";

/// Goes on by one with every look.
struct Ticking {
    ticks: AtomicU64,
    drops: Arc<AtomicUsize>,
}

impl Clock for Ticking {
    fn now(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }
    fn fallible(&self, how: &str) -> Result<u64, Oops> {
        assert_ne!(how, "panic", "a clock of the host's that panics");
        Err(Oops { why: how.into(), fault: false })
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

fn clock(ticks: u64) -> Arc<Ticking> {
    Arc::new(Ticking { ticks: ticks.into(), drops: Arc::default() })
}

fn offering(home: Home) -> HostBuilder {
    home.builder().offer::<dyn Clock>(CLOCK, clock(7))
}

fn chooser(host: &Host) -> Handle<dyn Chooser> {
    handle(host, "contract/chooser")
}

pub(crate) fn a_plugin_calls_what_the_host_offers(home: Home) {
    let host = started(offering(home));
    let chooser = chooser(&host);
    assert_eq!(chooser.ask(CLOCK), Ok((7, home == Home::Static)));
    assert_eq!(handle::<dyn NeedsClock>(&host, "contract/needs-clock").now(), 8);
    assert_eq!(handle::<dyn Clock>(&host, CLOCK).now(), 9, "the host has it, too");
    assert_eq!(chooser.ask(CLOCK).map(|(now, _)| now), Ok(10), "all of them have the same one");
    let own = Oops { why: "late".into(), fault: false };
    assert_eq!(chooser.fail(CLOCK, "late"), Err(own), "an error is no fault");
    assert_eq!(chooser.ask("").map(|(now, _)| now), Ok(11), "under whatever id");
    let none = self::chooser(&home.host()).ask("").expect_err("there is none");
    let expected = "`contract/chooser` can not have its interface `contract/clock`: nothing that runs and that its manifest \
                    requires provides it";
    assert_eq!(none, expected);
}

pub(crate) fn what_is_offered_is_listed_among_the_plugins(home: Home) {
    let host = started(offering(home));
    let info = host.plugin(CLOCK).expect("it is offered");
    assert_eq!((info.home, info.source.as_str(), info.file), (manifest::Home::Static, "host", None));
    assert_eq!((info.state.name(), info.trust), ("active", Trust::BuiltIn));
    assert_eq!(info.version.to_string(), "1.0.0", "the version of the host");
    let provides: Vec<_> =
        info.manifest.provides.iter().map(|(id, version)| format!("{id} {version}")).collect();
    assert_eq!(provides, ["contract/clock 1.2.0"]);
    let needy = host.plugin("contract/needs-clock").expect("it was found");
    assert_eq!(needy.needs, [CLOCK]);
}

/// As [`Clock`], in a version that nobody here requires.
mod newer {
    #[keyway::interface(id = "contract/clock", version = "2.0")]
    pub(crate) trait Clock: Send + Sync {
        fn now(&self) -> u64;
    }

    pub(crate) struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> u64 {
            0
        }
    }
}

pub(crate) fn a_plugin_that_requires_another_version_is_refused_with_both(home: Home) {
    let why = |host: &Host| {
        let info = host.plugin("contract/needs-clock").expect("it was found");
        info.refusal().expect("it is refused").summary()
    };
    let host = started(home.builder().offer::<dyn newer::Clock>(CLOCK, Arc::new(newer::Stopped)));
    assert_eq!(
        why(&host),
        "needs interface `contract/clock` ^1.1, and only 2.0.0 of `contract/clock` 1.0.0 (host) is here"
    );
    let refused = chooser(&host).ask(CLOCK).expect_err("it is of another version");
    assert_eq!(
        refused,
        "`contract/chooser` can not have its interface `contract/clock` of plugin `contract/clock`: it requires \
         interface `contract/clock` ^1, and `contract/clock` provides 2.0.0"
    );
    assert_eq!(chooser(&host).clocks(), Ok(Vec::new()));
    let host = home.host();
    assert_eq!(why(&host), "needs interface `contract/clock` ^1.1, which is not here");
    let refused = chooser(&host).ask(CLOCK).expect_err("nobody offers it");
    assert!(refused.ends_with("there is no plugin `contract/clock`"), "{refused}");
}

pub(crate) fn a_panic_of_what_is_offered_is_a_fault_of_that_call(home: Home) {
    let host = started(offering(home));
    let chooser = chooser(&host);
    for _ in 0..3 {
        let oops = chooser.fail(CLOCK, "panic").expect_err("it panics");
        assert!(oops.fault, "{oops:?}");
        assert!(
            oops.why.starts_with("plugin `contract/clock` panicked: ")
                && oops.why.contains("a clock of the host's that panics"),
            "{}",
            oops.why
        );
    }
    assert_eq!(chooser.ask(CLOCK).map(|(now, _)| now), Ok(7), "it goes on");
}

pub(crate) fn a_plugin_sees_who_provides_what_in_which_version(home: Home) {
    let chooser = |host: &Host| handle::<dyn Chooser>(host, "contract/chooser");
    let names = [
        "contract/high 1.0.0",
        "contract/alike 1.0.0",
        "contract/everything 1.0.0",
        "contract/panics-in-drop 1.0.0",
        "contract/likes-fails 1.0.0",
    ];
    let host = home.host();
    assert_eq!(chooser(&host).clocks(), Ok(Vec::new()));
    let preferred = [names[1], names[0], names[2], names[3], names[4]];
    assert_eq!(chooser(&host).names(), Ok(preferred.map(str::to_owned).into()));

    /// A name of the host's own.
    struct Name;
    impl Named for Name {
        fn name(&self) -> String {
            "the host".into()
        }
    }
    let host = started(offering(home).offer::<dyn Named>("contract/host", Arc::new(Name)));
    assert_eq!(chooser(&host).clocks(), Ok(vec!["contract/clock 1.2.0".into()]));
    let all = chooser(&host).available();
    let expected = ["contract/clock contract/clock 1.2.0".to_owned()].into_iter().chain(
        ["high", "alike", "everything", "host", "panics-in-drop", "likes-fails"]
            .map(|name| format!("contract/{name} contract/named 1.0.0")),
    );
    assert_eq!(
        all,
        Ok(expected.collect()),
        "by interface, then rank, then id; what it does not require is no part"
    );
    host.unload("contract/alike", false).expect("nobody needs it");
    let first = chooser(&host).names().map(|names| names[0].clone());
    assert_eq!(first, Ok("contract/high 1.0.0".into()), "what it prefers is not there any more");
    let kept = chooser(&host);
    host.stop();
    let refused = kept.available().expect_err("the host has stopped");
    assert_eq!(refused, "`contract/chooser` can not have its list of interfaces: the host has stopped");
}

pub(crate) fn what_is_offered_stays_until_the_host_ends_and_is_dropped_once(home: Home) {
    let object = clock(0);
    let drops = Arc::clone(&object.drops);
    let host = started(home.builder().offer::<dyn Clock>(CLOCK, object));
    for (change, outcome) in [
        ("unloaded", host.unload(CLOCK, true).err()),
        ("reloaded", host.reload(CLOCK).err()),
        ("disabled", host.disable(CLOCK).err()),
    ] {
        let error = outcome.expect("it can not be changed");
        assert_eq!(error.code(), "offered");
        assert_eq!(
            error.to_string(),
            format!("`contract/clock` is offered by the host itself, and can not be {change}")
        );
    }
    host.load(CLOCK).expect("it runs");
    assert_eq!(host.enable(CLOCK).expect("it runs"), []);
    host.refresh().expect("the host runs");
    let by = host.reload("contract/needs-clock").expect("it can be started again");
    assert!(by.is_empty(), "{by:?}");
    assert_eq!(host.plugin(CLOCK).map(|info| (info.state.name(), info.restarts)), Some(("active", 0)));
    assert_eq!(chooser(&host).ask(CLOCK).map(|(now, _)| now), Ok(0));
    let kept = handle::<dyn Clock>(&host, CLOCK);
    drop(host);
    assert_eq!((kept.now(), drops.load(Ordering::SeqCst)), (1, 0), "who holds it keeps it");
    drop(kept);
    // A thread that has started the last of the plugins may hold the host for a moment longer.
    let began = Instant::now();
    while drops.load(Ordering::SeqCst) == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "somebody holds it for ever");
        std::thread::yield_now();
    }
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}
