//! What a plugin shares ends with its owner, and whoever holds it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use contract_plugin::objects::Visitor;
use contract_plugin::resources::{Oil, Sharer, Taker, Well};
use contract_plugin::values::Oops;
use keyway::host::Host;
use keyway::{AnyObject, Fault, FaultKind, Handle, Shared};

use super::executors::{Bell, block_on};
use super::homes::{Home, handle};
use super::witness::{Seen, Witness};

const SHARER: &str = "contract/sharer";

fn sharer(host: &Host) -> Handle<dyn Sharer> {
    handle(host, SHARER)
}

fn taker(host: &Host) -> Handle<dyn Taker> {
    handle(host, "contract/taker")
}

fn held(host: &Host, name: &str) -> Shared<dyn Well> {
    host.shared(SHARER, name).unwrap_or_else(|error| panic!("{error}"))
}

/// What the host lists, a line each.
fn listed(host: &Host) -> Vec<String> {
    let line = |it: keyway::host::SharedResource| {
        format!("{} {} {}: {}", it.owner, it.name, it.interface, it.holders.join(", "))
    };
    host.resources().into_iter().map(line).collect()
}

fn until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn what_a_plugin_shares_is_had_by_those_that_require_it_and_by_the_host(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    sharer.share("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    assert_eq!(taker.draw(3), Ok(3));
    let shared = held(&host, "main");
    assert_eq!((shared.owner(), shared.name()), (SHARER, "main"));
    let in_use = shared.get().expect("it is shared");
    assert_eq!((in_use.draw(4), in_use.draw(5)), (4, 5));
    let own = Oops { why: "dry".into(), fault: false };
    assert_eq!((taker.fallible("dry"), in_use.fallible("dry")), (Err(own.clone()), Err(own)));
    drop(in_use);
    assert_eq!((sharer.alive(), sharer.holders("main")), (1, Some(2)));
}

pub(crate) fn the_host_lists_who_shares_what_and_who_holds_it(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    assert_eq!(listed(&host), [""; 0]);
    for name in ["main", "another"] {
        sharer.share(name).expect("the name is free");
    }
    handle::<dyn Sharer>(&host, "contract/neighbour").share_oil("main").expect("it is another's");
    taker.take(SHARER, "main").expect("it is shared");
    let (first, second) = (held(&host, "main"), held(&host, "main"));
    let clone = first.clone();
    let lines = |main: &str| {
        vec![
            "contract/neighbour main contract/oil: ".to_owned(),
            "contract/sharer another contract/well: ".into(),
            format!("contract/sharer main contract/well: {main}"),
        ]
    };
    assert_eq!(listed(&host), lines("contract/taker, the host, the host"));
    drop((first, second));
    assert_eq!(listed(&host), lines("contract/taker, the host"), "a clone is the same holder");
    assert_eq!(clone.get().map(|well| well.draw(1)), Ok(1));
    drop(clone);
    taker.forget();
    assert_eq!(listed(&host), lines(""));
    assert_eq!(sharer.holders("main"), Some(0));
    sharer.close("main");
    assert_eq!(listed(&host).len(), 2);
}

pub(crate) fn what_can_not_be_had_says_why(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    let stranger = handle::<dyn Taker>(&host, "contract/stranger");
    let refused = |taker: &Handle<dyn Taker>, owner: &str, name: &str| {
        taker.take(owner, name).expect_err("it can not be had")
    };
    assert_eq!(
        refused(&taker, SHARER, "main"),
        "`contract/taker` can not have its resource `main` of plugin `contract/sharer`: plugin `contract/sharer` \
         shares no `main`, nor anything else"
    );
    sharer.share("main").expect("the name is free");
    sharer.share_oil("oil").expect("the name is free");
    assert!(
        refused(&taker, SHARER, "mian").ends_with("shares no `mian`, only `main`, `oil`"),
        "the names that there are"
    );
    assert_eq!(
        refused(&stranger, SHARER, "main"),
        "`contract/stranger` can not have its resource `main` of plugin `contract/sharer`: its manifest requires \
         neither plugin `contract/sharer` nor interface `contract/well`"
    );
    let nobody = refused(&taker, "contract/nobody", "main");
    assert!(nobody.ends_with("requires neither plugin `contract/nobody` nor interface `contract/well`"));
    let other = refused(&taker, SHARER, "oil");
    assert!(other.contains("`contract/well`") && other.contains("`contract/oil`"), "{other}");
    assert_eq!(sharer.holders("oil"), Some(0), "who can not use it holds nothing");
    taker.take_oil(SHARER, "oil").expect("it is oil");
    // The neighbour provides an interface that the taker requires, and so may be asked.
    handle::<dyn Sharer>(&host, "contract/neighbour").share("main").expect("it is another's");
    taker.take("contract/neighbour", "main").expect("it is required by its interface");

    let error = host.shared::<dyn Well>(SHARER, "mian").expect_err("it is not shared");
    assert_eq!(error.code(), "not-shared");
    assert_eq!(error.to_string(), "plugin `contract/sharer` shares no `mian`, only `main`, `oil`");
    let error = host.shared::<dyn Oil>(SHARER, "main").expect_err("it is a well");
    assert_eq!(error.code(), "interface-mismatch");
    let error = host.shared::<dyn Well>("contract/sharre", "main").expect_err("there is no such plugin");
    assert_eq!(error.code(), "unknown-plugin");
    host.unload(SHARER, true).expect("those that need it go with it");
    assert_eq!(host.shared::<dyn Well>(SHARER, "main").expect_err("it does not run").code(), "unloaded");
}

pub(crate) fn a_name_is_shared_once(home: Home) {
    let host = home.host();
    let sharer = sharer(&host);
    sharer.share("main").expect("the name is free");
    let refused = sharer.share_oil("main").expect_err("it is taken");
    assert_eq!(
        refused,
        "`contract/sharer` can not have its resource `main`: it shares `main` with interface `contract/well` \
         already, and this one has `contract/oil`"
    );
    assert!(sharer.share("main").is_err());
    assert_eq!(sharer.alive(), 1, "what was refused is dropped");
    let unnamed = sharer.share("").expect_err("it has no name");
    assert_eq!(unnamed, "`contract/sharer` can not have its resource ``: its name is empty");
    assert!(sharer.close("main") && !sharer.close("main"));
    sharer.share_oil("main").expect("the name is free again");
}

pub(crate) fn what_its_owner_closes_is_gone_at_once(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    sharer.share("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    let shared = held(&host, "main");
    assert!(sharer.close("main"));
    assert_eq!(sharer.alive(), 0, "nobody keeps it");
    let gone = shared.get().expect_err("it is closed");
    assert_eq!((gone.plugin(), gone.resource()), (SHARER, Some("main")));
    assert_eq!(
        gone.to_string(),
        "resource `main` of plugin `contract/sharer` is gone: its owner has closed it"
    );
    let fault = Fault::from(gone);
    assert_eq!((fault.kind(), fault.plugin()), (FaultKind::Gone, Some(SHARER)));
    assert_eq!(
        fault.to_string(),
        "plugin `contract/sharer` is gone: its resource `main` has ended: its owner has closed it"
    );
    assert_eq!(taker.draw(1), Err(Oops { why: fault.to_string(), fault: true }));
    // Under the same name it is another resource.
    sharer.share("main").expect("the name is free again");
    assert!(shared.get().is_err() && taker.draw(1).is_err());
    assert_eq!(held(&host, "main").get().map(|well| well.draw(2)), Ok(2));
    assert_eq!(sharer.holders("main"), Some(0));
}

pub(crate) fn when_the_owner_stops_those_who_hold_it_hear_why(home: Home) {
    let host = home.host();
    let taker = taker(&host);
    for (why, change) in [
        ("it was reloaded", (|host| drop(host.reload(SHARER).expect("it can be"))) as fn(&Host)),
        ("it was unloaded", |host| drop(host.unload(SHARER, true).expect("it can be"))),
        ("it is disabled by the operator", |host| drop(host.disable(SHARER).expect("it can be"))),
        ("the host has stopped", Host::stop),
    ] {
        host.enable(SHARER).expect("it can be");
        host.load(SHARER).expect("it can be");
        let sharer = sharer(&host);
        sharer.share("main").expect("another generation shares nothing yet");
        taker.take(SHARER, "main").expect("it is shared");
        let shared = held(&host, "main");
        assert_eq!((taker.draw(1), sharer.alive()), (Ok(1), 1));
        change(&host);
        let gone = shared.get().expect_err("its owner has stopped");
        assert_eq!((gone.resource(), gone.why()), (Some("main"), Some(why)));
        assert_eq!(taker.draw(1), Err(Oops { why: Fault::from(gone).to_string(), fault: true }));
        assert_eq!(sharer.alive(), 0, "nobody keeps it");
        let late = sharer.share("late").expect_err("it has been stopped");
        assert!(late.starts_with("`contract/sharer` can not have its resource `late`: "), "{late}");
    }
}

pub(crate) fn a_call_under_way_ends_as_it_does_and_then_the_resource_ends(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    sharer.share("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    let shared = held(&host, "main");
    let in_use = shared.get().expect("it is shared");
    thread::scope(|scope| {
        let waiting = [scope.spawn(|| taker.wait()), scope.spawn(|| Ok(in_use.wait()))];
        until("nobody waits in a call", || sharer.waiting() == 2);
        let unloaded = host.unload(SHARER, true);
        let others = (shared.get().is_err(), taker.draw(1).is_err());
        let (alive, still) = (sharer.alive(), sharer.waiting());
        sharer.let_go();
        unloaded.expect("those that need it go with it");
        assert_eq!(others, (true, true), "nobody else gets it");
        assert_eq!((alive, still), (1, 2), "it is in use");
        for waiting in waiting {
            assert_eq!(waiting.join().expect("it does not panic"), Ok(1));
        }
    });
    assert_eq!((sharer.alive(), in_use.draw(7)), (1, 7));
    drop(in_use);
    assert_eq!(sharer.alive(), 0);
}

pub(crate) fn sixteen_threads_call_while_it_is_closed_and_shared_anew(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    let (end, drawn, gone) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    sharer.share("main").expect("the name is free");
    thread::scope(|scope| {
        for number in 0..16 {
            let (host, taker, end, drawn, gone) = (&host, &taker, &end, &drawn, &gone);
            scope.spawn(move || {
                while !end.load(Ordering::SeqCst) {
                    let drew = match number % 4 {
                        0 => taker.take(SHARER, "main").is_ok(),
                        1 => taker.draw(1) == Ok(1),
                        2 => host.shared::<dyn Well>(SHARER, "main").is_ok_and(|well| well.get().is_ok()),
                        _ => host.shared::<dyn Well>(SHARER, "main").is_ok_and(|well| {
                            let other = well.clone();
                            drop(well);
                            other.get().is_ok_and(|well| well.draw(2) == 2)
                        }),
                    };
                    if drew { drawn } else { gone }.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for _ in 0..50 {
            let before = drawn.load(Ordering::SeqCst);
            until("nobody draws", || drawn.load(Ordering::SeqCst) > before + 20);
            assert!(sharer.close("main"));
            let before = gone.load(Ordering::SeqCst);
            until("nobody hears that it has gone", || gone.load(Ordering::SeqCst) > before + 20);
            sharer.share("main").expect("the name is free again");
        }
        end.store(true, Ordering::SeqCst);
    });
    taker.forget();
    assert!(sharer.close("main"));
    assert_eq!(sharer.alive(), 0, "nothing of a hundred is left");
}

pub(crate) fn a_drop_that_panics_ends_there(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    // In the hands of the host.
    sharer.share_bad("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    assert!(sharer.close("main"));
    assert_eq!((sharer.alive(), taker.draw(1).is_err()), (0, true));
    // In those of the last call.
    sharer.share_bad("main").expect("the name is free again");
    let in_use = held(&host, "main").get().expect("it is shared");
    assert!(sharer.close("main"));
    assert_eq!((in_use.draw(2), sharer.alive()), (2, 1));
    drop(in_use);
    assert_eq!(sharer.alive(), 0);
    // When its owner stops.
    sharer.share_bad("main").expect("the name is free again");
    host.unload(SHARER, true).expect("those that need it go with it");
    assert_eq!(sharer.alive(), 0);
    assert_eq!(host.plugin(SHARER).map(|info| info.state.name()), Some("retired"));
}

pub(crate) fn a_panic_of_a_resource_is_a_fault_of_its_owners(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    sharer.share("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    let by_host = held(&host, "main").get().expect("it is shared").fallible("panic");
    for oops in [taker.fallible("panic"), by_host] {
        let oops = oops.expect_err("it panics");
        assert!(oops.fault && oops.why.starts_with("plugin `contract/sharer` panicked: "), "{oops:?}");
    }
    assert_eq!(taker.draw(1), Ok(1), "it goes on");
    let faults = host.plugin(SHARER).map(|info| info.faults);
    assert!(faults >= Some(1), "the host's own call is counted: {faults:?}");
}

pub(crate) fn who_holds_it_outlives_the_host(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    sharer.share("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    let (shared, in_use) = (held(&host, "main"), held(&host, "main").get().expect("it is shared"));
    drop(host);
    let gone = "resource `main` of plugin `contract/sharer` is gone: the host has stopped";
    assert_eq!(shared.get().map(drop).map_err(|gone| gone.to_string()), Err(gone.into()));
    assert_eq!(block_on(shared.gone()).to_string(), gone);
    assert!(taker.draw(1).is_err_and(|oops| oops.fault));
    assert_eq!((in_use.draw(6), sharer.alive()), (6, 1), "what is in use stays");
    drop(in_use);
    assert_eq!(sharer.alive(), 0);
    taker.forget();
    drop((shared.clone(), shared));
}

pub(crate) fn resources_that_hold_each_other_keep_nobody(home: Home) {
    let host = home.host();
    let neighbour: Handle<dyn Sharer> = handle(&host, "contract/neighbour");
    let (one, other) = (sharer(&host), &neighbour);
    one.share("first").expect("the name is free");
    other.put_beside("second", held(&host, "first"));
    let second = host.shared::<dyn Well>("contract/neighbour", "second").expect("it is shared");
    one.put_beside("third", second);
    let third = held(&host, "third");
    assert_eq!(third.get().map(|well| well.beside()), Ok(Ok(5)));
    let second = host.shared::<dyn Well>("contract/neighbour", "second").expect("it is shared");
    assert_eq!(second.get().map(|well| well.beside()), Ok(Ok(5)));
    // What the second stands beside ends, and the second goes on.
    assert!(one.close("first"));
    let lost = second.get().map(|well| well.beside()).expect("it is shared");
    assert!(lost.is_err_and(|oops| oops.fault && oops.why.contains("`first` has ended")));
    assert_eq!((one.alive(), other.alive()), (1, 1));
    drop((second, third));
    drop(host);
    assert_eq!((one.alive(), other.alive()), (0, 0));
}

pub(crate) fn what_is_handed_on_has_one_more_holder(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    let stranger = handle::<dyn Taker>(&host, "contract/stranger");
    sharer.share("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    let shared = taker.held().expect("it holds one");
    assert_eq!((shared.owner(), shared.name()), (SHARER, "main"));
    assert_eq!(shared.get().map(|well| well.draw(3)), Ok(3));
    // To one that does not require the owner: whoever hands it on answers for that.
    stranger.receive(shared.clone());
    assert_eq!(stranger.draw(4), Ok(4));
    taker.forget();
    drop(shared);
    assert_eq!((stranger.draw(5), sharer.holders("main")), (Ok(5), Some(1)));
    assert_eq!(listed(&host), ["contract/sharer main contract/well: contract/taker"]);
    let shared = stranger.held().expect("it holds one");
    assert!(sharer.close("main"));
    assert!(shared.get().is_err() && stranger.draw(1).is_err());
    // What has ended can still be handed on, and says so.
    taker.receive(shared);
    let gone = taker.held().expect("it holds one").get().expect_err("it has ended");
    assert_eq!(
        gone.to_string(),
        "resource `main` of plugin `contract/sharer` is gone: its owner has closed it"
    );
    assert_eq!(sharer.alive(), 0);
}

pub(crate) fn whoever_waits_for_its_end_is_told(home: Home) {
    let host = home.host();
    let (sharer, taker) = (sharer(&host), taker(&host));
    sharer.share("main").expect("the name is free");
    taker.take(SHARER, "main").expect("it is shared");
    let shared = held(&host, "main");
    let (mut here, mut there, bell) = (shared.gone(), taker.gone(), Bell::new());
    let mut dropped = shared.gone();
    assert!(bell.poll(&mut here).is_pending() && bell.poll(&mut there).is_pending());
    assert!(bell.poll(&mut dropped).is_pending());
    drop(dropped);
    assert_eq!(bell.wakers(), 2, "to drop a wait ends it");
    host.unload(SHARER, true).expect("those that need it go with it");
    assert_eq!(bell.rung(), 2, "each is told once, by the time that the stop has ended");
    let said = "resource `main` of plugin `contract/sharer` is gone: it was unloaded";
    assert_eq!((block_on(here).to_string(), block_on(there)), (said.into(), said.into()));
    assert_eq!((block_on(shared.gone()).to_string(), block_on(taker.gone())), (said.into(), said.into()));
    assert_eq!(bell.wakers(), 0);
}

pub(crate) fn an_object_of_any_interface_goes_there_and_back(home: Home) {
    let host = home.host();
    let sharer = sharer(&host);
    let seen = Arc::new(Seen::default());
    let any = AnyObject::new::<dyn Visitor>(Arc::new(Witness::new(&seen)));
    let (interface, back) = sharer.any(any.clone());
    assert_eq!((&*interface, back.interface()), ("contract/visitor", "contract/visitor"));
    let visitor = back.downcast::<dyn Visitor>().expect("it is one");
    assert!(visitor.visit("a") && seen.visits() == 1, "it is the one that was given");
    let mismatch = back.downcast::<dyn Oil>().map(drop).expect_err("it is none").to_string();
    assert!(mismatch.contains("`contract/oil`") && mismatch.contains("`contract/visitor`"), "{mismatch}");
    drop((any, back));
    assert_eq!(seen.drops(), 0, "what was taken out is held");
    drop(visitor);
    assert_eq!(seen.drops(), 1);
}
