//! Start in plan order, stop in reverse.

use keyway::host::{Host, Loopback};

use crate::puppets::{Journal, Puppet, states};

const CHAIN: [&str; 3] = ["chain/a", "chain/b", "chain/c"];

/// As they are, and each loopback.
const WAYS: [Option<Loopback>; 3] = [None, Some(Loopback::Table), Some(Loopback::Message)];

#[test]
fn plugins_start_in_plan_order_and_stop_in_reverse_whichever_way_they_are_reached() {
    for way in WAYS {
        for reversed in [false, true] {
            let mut plugins = CHAIN;
            if reversed {
                plugins.reverse();
            }
            let journal = Journal::new();
            let mut builder = journal.host(&plugins);
            if let Some(way) = way {
                builder = builder.loopback(way);
            }
            let host = builder.start().unwrap();
            journal.check(&["chain/c start", "chain/b start", "chain/a start"]);
            assert_eq!(host.get::<dyn Puppet>("chain/a").unwrap().get().name(), "chain/a", "{way:?}");
            drop(host);
            let all = [
                "chain/c start",
                "chain/b start",
                "chain/a start",
                "chain/a stop",
                "chain/a drop",
                "chain/b stop",
                "chain/b drop",
                "chain/c stop",
                "chain/c drop",
            ];
            journal.check(&all);
        }
    }
}

#[test]
fn stopping_twice_stops_each_plugin_once() {
    let journal = Journal::new();
    let host = journal.host(&["chain/c"]).start().unwrap();
    host.stop();
    assert_eq!(states(&host), [("chain/c".into(), "retired")]);
    assert_eq!(host.get::<dyn Puppet>("chain/c").unwrap_err().to_string(), "the host has stopped");
    host.stop();
    drop(host);
    journal.check(&["chain/c start", "chain/c stop", "chain/c drop"]);
}

#[test]
fn what_a_plugin_requires_is_still_there_while_it_stops() {
    for way in WAYS {
        let journal = Journal::new();
        let mut builder =
            journal.host_with(&CHAIN, "chain/a", |script| script.ask_in_stop = vec!["chain/b".into()]);
        if let Some(way) = way {
            builder = builder.loopback(way);
        }
        drop(builder.start().unwrap());
        let lines = journal.lines();
        assert_eq!(&lines[3..6], ["chain/a stop", "chain/a hears chain/b", "chain/a drop"], "{way:?}");
    }
}

#[test]
fn a_handle_keeps_its_plugin_and_can_be_called_after_the_host_is_gone() {
    for way in WAYS {
        let journal = Journal::new();
        let mut builder = journal.host(&["chain/c"]);
        if let Some(way) = way {
            builder = builder.loopback(way);
        }
        let host = builder.start().unwrap();
        let handle = host.get::<dyn Puppet>("chain/c").unwrap();
        assert_eq!(handle.is_direct(), way.is_none());
        drop(host);
        journal.check(&["chain/c start", "chain/c stop"]);
        assert_eq!(handle.get().name(), "chain/c");
        let error = handle.get().ask("chain/b").unwrap_err();
        assert_eq!(
            error,
            "`chain/c` can not have its interface `test/puppet` of plugin `chain/b`: the host has stopped"
        );
        let error = handle.get().read_settings().unwrap_err();
        assert!(error.ends_with("the host has stopped"), "{error}");
        drop(handle);
        journal.check(&["chain/c start", "chain/c stop", "chain/c drop"]);
    }
}

#[test]
fn two_hosts_in_one_process_do_not_see_each_other() {
    let (first, second) = (Journal::new(), Journal::new());
    let one: Host = first.host(&["chain/c", "chain/beside"]).start().unwrap();
    let two: Host = second.host(&["chain/c"]).disable("chain/c").start().unwrap();
    let three: Host = second.host(&["chain/c"]).start().unwrap();
    assert!(two.get::<dyn Puppet>("chain/beside").is_err());
    assert_eq!(states(&two), [("chain/c".into(), "disabled")]);
    assert_eq!(one.all::<dyn Puppet>().len(), 2);
    drop(one);
    assert_eq!(three.get::<dyn Puppet>("chain/c").unwrap().get().name(), "chain/c");
    second.check(&["chain/c start"]);
    assert_eq!(first.lines().len(), 6);
}
