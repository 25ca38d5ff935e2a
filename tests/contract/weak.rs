//! A weak handle keeps nobody, and says when what it refers to has gone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use contract_plugin::health::Patient;
use contract_plugin::life::{Journal, Lazy, Named};
use contract_plugin::offers::Clock;
use contract_plugin::values::{Oops, Values};
use contract_plugin::weak::Holder;
use keyway::host::Host;
use keyway::{Fault, FaultKind, Handle, WeakHandle};

use super::executors::{Bell, block_on};
use super::homes::{Home, everything, handle, started};

fn holder(host: &Host) -> Handle<dyn Holder> {
    handle(host, "contract/holder")
}

fn weakly<I: ?Sized + keyway::Interface>(host: &Host, plugin: &str) -> WeakHandle<I> {
    handle::<I>(host, plugin).downgrade()
}

pub(crate) fn a_weak_handle_gives_handles_while_its_plugin_runs(home: Home) {
    let host = home.host();
    let values = weakly::<dyn Values>(&host, "contract/everything");
    assert_eq!(values.plugin(), "contract/everything");
    for _ in 0..3 {
        let strong = values.clone().upgrade().expect("it runs");
        assert_eq!((strong.u8(1), strong.is_direct()), (2, home == Home::Static));
    }
    let holder = holder(&host);
    holder.hold("contract/alike", false).expect("it runs");
    for _ in 0..3 {
        assert_eq!(holder.name(), Ok("alike".into()));
    }
    let faults = ["contract/everything", "contract/alike"].map(|id| host.plugin(id).map(|info| info.faults));
    assert_eq!(faults, [Some(0); 2]);
}

pub(crate) fn a_weak_handle_keeps_no_plugin(home: Home) {
    let host = home.host();
    let journal = handle::<dyn Journal>(&host, "contract/journal");
    let of_lazy = || journal.lines().into_iter().filter(|line| line.ends_with("lazy")).collect::<Vec<_>>();
    let lazy = weakly::<dyn Lazy>(&host, "contract/lazy");
    let holder = holder(&host);
    holder.hold_lazy().expect("it starts");
    assert_eq!((holder.lazy(), of_lazy()), (Ok(true), vec!["start lazy".into()]));
    host.unload("contract/lazy", false).expect("nobody needs it");
    assert_eq!(of_lazy(), ["start lazy", "stop lazy", "drop lazy"]);
    let said = "plugin `contract/lazy` is gone: it was unloaded";
    assert_eq!(lazy.upgrade().map(drop).map_err(|gone| gone.to_string()), Err(said.into()));
    assert_eq!(holder.lazy(), Err(said.into()));
    assert_eq!(of_lazy().len(), 3, "nobody started it again");
}

pub(crate) fn it_says_why_its_plugin_has_gone(home: Home) {
    let host = home.host();
    let (alike, holder) = (|| weakly::<dyn Named>(&host, "contract/alike"), holder(&host));
    let check = |weak: &WeakHandle<dyn Named>, why: &str| {
        let gone = weak.upgrade().expect_err("it has gone");
        assert_eq!((gone.plugin(), gone.why()), ("contract/alike", Some(why)));
        assert_eq!(holder.name(), Err(gone.to_string()), "a plugin hears the same");
        let fault = Fault::from(gone);
        assert_eq!((fault.kind(), fault.plugin()), (FaultKind::Gone, Some("contract/alike")));
        assert_eq!(holder.name_or_fault(), Err(Oops { why: fault.to_string(), fault: true }));
    };
    let hold = || {
        holder.hold("contract/alike", false).expect("it runs");
        assert_eq!(holder.name(), Ok("alike".into()));
        alike()
    };
    let first = hold();
    host.reload("contract/alike").expect("it can be started again");
    check(&first, "it was reloaded");
    let second = hold();
    host.unload("contract/alike", false).expect("nobody needs it");
    check(&second, "it was unloaded");
    host.load("contract/alike").expect("it starts");
    check(&second, "it was unloaded");
    let third = hold();
    host.disable("contract/alike").expect("it can be disabled");
    check(&third, "it is disabled by the operator");
    host.enable("contract/alike").expect("it can be enabled");
    let fourth = hold();
    host.stop();
    check(&fourth, "the host has stopped");
    let reasons = [&first, &second, &third].map(|weak| weak.upgrade().expect_err("still gone").to_string());
    for (said, why) in reasons.iter().zip(["reloaded", "unloaded", "disabled"]) {
        assert!(said.contains(why), "{said}");
    }
    drop(host);
    assert_eq!(holder.name(), Err("plugin `contract/alike` is gone: the host has stopped".into()));
}

pub(crate) fn what_is_held_goes_on_answering_when_the_weak_handle_says_gone(home: Home) {
    let host = home.host();
    let strong = everything::<dyn Values>(&host);
    let weak = strong.downgrade();
    let holder = holder(&host);
    holder.hold("contract/alike", true).expect("it runs");
    host.unload("contract/alike", false).expect("nobody needs it");
    host.unload("contract/everything", true).expect("those that need it go with it");
    assert!(weak.upgrade().is_err() && holder.name().is_err());
    assert_eq!((strong.text("still"), holder.strong_name()), ("still!".into(), Some("alike".into())));
    assert!(strong.downgrade().upgrade().is_err(), "it is of the generation that has gone");
    holder.hold("contract/high", true).expect("another one runs");
    assert_eq!(holder.name(), Ok("high".into()));
}

pub(crate) fn those_that_go_with_another_say_so(home: Home) {
    let host = home.host();
    let relay = weakly::<dyn contract_plugin::relay::Relay>(&host, "contract/relay");
    host.unload("contract/everything", true).expect("those that need it go with it");
    let gone = relay.upgrade().expect_err("it needs what is unloaded");
    let why = gone.why().expect("it is known");
    assert!(why.contains("`contract/everything`") && why.contains("unloaded"), "{why}");
}

pub(crate) fn a_quarantine_is_a_reason(home: Home) {
    let host = started(home.builder().fault_budget(2, Duration::from_secs(3600)));
    let patient = handle::<dyn Patient>(&host, "contract/patient");
    let weak = patient.downgrade();
    patient.fall("a panic", "", 0);
    for _ in 0..5 {
        host.health("contract/patient");
    }
    let began = Instant::now();
    while host.plugin("contract/patient").is_none_or(|info| info.state.name() != "quarantined") {
        let history = || host.history("contract/patient");
        assert!(began.elapsed() < Duration::from_secs(120), "nobody quarantines it: {:?}", history());
        sleep(Duration::from_millis(5));
    }
    let gone = weak.upgrade().expect_err("it is in quarantine");
    let why = gone.why().expect("it is known");
    // Whoever counts them may have looked before the last.
    let counted = ["had 3 faults", "had 4 faults", "had 5 faults"].iter().any(|count| why.contains(count));
    assert!(why.starts_with("it is in quarantine since ") && counted, "{why}");
}

pub(crate) fn what_the_host_offers_goes_with_the_host(home: Home) {
    struct Stopped;
    impl Clock for Stopped {
        fn now(&self) -> u64 {
            3
        }
        fn fallible(&self, _: &str) -> Result<u64, Oops> {
            Ok(3)
        }
    }
    let host = started(home.builder().offer::<dyn Clock>("contract/clock", Arc::new(Stopped)));
    let clock = weakly::<dyn Clock>(&host, "contract/clock");
    assert_eq!(clock.upgrade().map(|clock| clock.now()), Ok(3));
    drop(host);
    let gone = clock.upgrade().expect_err("the host has stopped");
    assert_eq!(gone.to_string(), "plugin `contract/clock` is gone: the host has stopped");
}

pub(crate) fn whoever_waits_is_told_when_a_plugin_goes_and_why(home: Home) {
    let host = home.host();
    let holder = holder(&host);
    let hold = || {
        holder.hold("contract/alike", false).expect("it runs");
        (weakly::<dyn Named>(&host, "contract/alike"), Bell::new())
    };
    let check = |change: &dyn Fn(), why: &str| {
        let (weak, bell) = hold();
        let (mut here, mut there) = (weak.gone(), holder.gone());
        assert!(bell.poll(&mut here).is_pending() && bell.poll(&mut there).is_pending());
        let said = format!("plugin `contract/alike` is gone: {why}");
        thread::scope(|scope| {
            let (blocked, other) = (scope.spawn(|| weak.wait_gone()), scope.spawn(|| holder.wait_gone()));
            change();
            assert_eq!(bell.rung(), 2, "each is told once, by the time that the stop has ended");
            assert_eq!(blocked.join().expect("it does not panic").to_string(), said);
            assert_eq!(other.join().expect("it does not panic"), said);
        });
        assert_eq!((block_on(here).why(), block_on(there)), (Some(why), said.clone()));
        assert_eq!((block_on(weak.gone()).to_string(), block_on(holder.gone())), (said.clone(), said));
        assert_eq!(bell.wakers(), 0);
    };
    check(&|| drop(host.reload("contract/alike").expect("it can be")), "it was reloaded");
    check(&|| drop(host.unload("contract/alike", false).expect("it can be")), "it was unloaded");
    host.load("contract/alike").expect("it can be");
    check(&|| host.stop(), "the host has stopped");
}

pub(crate) fn a_wait_that_is_dropped_keeps_nothing(home: Home) {
    let host = home.host();
    let (holder, bell) = (holder(&host), Bell::new());
    holder.hold("contract/alike", false).expect("it runs");
    let weak = weakly::<dyn Named>(&host, "contract/alike");
    let (mut here, mut there) = (weak.gone(), holder.gone());
    for _ in 0..3 {
        assert!(bell.poll(&mut here).is_pending() && bell.poll(&mut there).is_pending());
        assert_eq!(bell.wakers(), 2, "one for each wait, however often it is polled");
    }
    drop((here, there));
    assert_eq!(bell.wakers(), 0);
    host.unload("contract/alike", false).expect("nobody needs it");
    assert_eq!(bell.rung(), 0);
}

pub(crate) fn a_wait_goes_on_when_the_plugin_that_waits_has_stopped(home: Home) {
    let host = home.host();
    let (holder, bell) = (holder(&host), Bell::new());
    holder.hold("contract/alike", false).expect("it runs");
    let mut before = holder.gone();
    assert!(bell.poll(&mut before).is_pending());
    host.unload("contract/holder", false).expect("nobody needs it");
    let mut after = holder.gone();
    assert!(bell.poll(&mut before).is_pending() && bell.poll(&mut after).is_pending());
    host.unload("contract/alike", false).expect("nobody needs it");
    let said = "plugin `contract/alike` is gone: it was unloaded";
    assert_eq!((block_on(before), block_on(after)), (said.into(), said.into()));
    drop(host);
    assert!(block_on(holder.gone()).starts_with("plugin `contract/alike` is gone: "), "whoever is asked");
}

/// Looks at the host and tries to change it, at the moment that it is woken.
struct Curious {
    host: Weak<Host>,
    heard: AtomicUsize,
}

impl Wake for Curious {
    fn wake(self: Arc<Self>) {
        let host = self.host.upgrade().expect("the host is there");
        assert!(host.get::<dyn Named>("contract/high").is_ok() && !host.plugins().is_empty());
        let refused = host.reload("contract/high").expect_err("a plugin is being stopped here");
        assert_eq!(refused.code(), "within-a-stop");
        self.heard.fetch_add(1, Ordering::SeqCst);
        panic!("a waker that panics");
    }
}

pub(crate) fn a_waker_may_ask_the_host(home: Home) {
    let host = Arc::new(home.host());
    let weak = weakly::<dyn Named>(&host, "contract/alike");
    let curious = Arc::new(Curious { host: Arc::downgrade(&host), heard: AtomicUsize::new(0) });
    let (waker, bell) = (Waker::from(Arc::clone(&curious)), Bell::new());
    let (mut first, mut second) = (weak.gone(), weak.gone());
    assert!(first.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(bell.poll(&mut second).is_pending());
    host.unload("contract/alike", false).expect("nobody needs it");
    assert_eq!((curious.heard.load(Ordering::SeqCst), bell.rung()), (1, 1), "a panic harms nobody else");
    assert_eq!(block_on(first).why(), Some("it was unloaded"));
}
