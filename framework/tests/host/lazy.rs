//! Plugins that start when they are asked for.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use keyway::host::Loopback;

use crate::puppets::{Journal, Puppet, states, why};

#[test]
fn a_plugin_of_activation_use_starts_at_the_first_request() {
    let journal = Journal::new();
    let host = journal.host(&["lazy/one"]).start().unwrap();
    assert_eq!(states(&host), [("lazy/one".into(), "resolved")]);
    journal.check(&[]);
    host.get::<dyn Puppet>("lazy/one").unwrap();
    host.get::<dyn Puppet>("lazy/one").unwrap();
    assert_eq!(states(&host), [("lazy/one".into(), "active")]);
    drop(host);
    journal.check(&["lazy/one start", "lazy/one stop", "lazy/one drop"]);
}

#[test]
fn one_that_nobody_asks_for_is_never_started_nor_stopped() {
    let journal = Journal::new();
    drop(journal.host(&["lazy/one", "lazy/user"]).start().unwrap());
    journal.check(&["lazy/user start", "lazy/user stop", "lazy/user drop"]);
}

#[test]
fn sixty_four_threads_that_ask_at_once_start_it_once() {
    let journal = Journal::new();
    let host = journal.host_with(&["lazy/one"], "lazy/one", |script| script.wait = true).start().unwrap();
    let together = Barrier::new(65);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    host.get::<dyn Puppet>("lazy/one").unwrap().get().name()
                })
            })
            .collect();
        together.wait();
        journal.open();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), "lazy/one");
        }
    });
    journal.check(&["lazy/one start"]);
}

#[test]
fn sixty_four_threads_that_ask_for_what_fails_get_one_reason() {
    let journal = Journal::new();
    let fail = |script: &mut crate::puppets::Script| script.fail = Some("not today".into());
    let host = journal.host_with(&["lazy/one"], "lazy/one", fail).start().unwrap();
    let together = Barrier::new(64);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                together.wait();
                let error = host.get::<dyn Puppet>("lazy/one").unwrap_err();
                assert_eq!(error.code(), "start-failed");
            });
        }
    });
    journal.check(&["lazy/one start", "lazy/one drop"]);
    assert_eq!(why(&host, "lazy/one"), "did not start: not today");
    assert!(host.all::<dyn Puppet>().is_empty());
}

#[test]
fn a_late_failure_takes_down_who_needs_it_and_does_not_run_yet() {
    let journal = Journal::new();
    let fail = |script: &mut crate::puppets::Script| script.fail = Some("not today".into());
    let plugins = ["lazy/one", "lazy/user", "lazy/top"];
    let host = journal.host_with(&plugins, "lazy/one", fail).start().unwrap();
    assert!(host.get::<dyn Puppet>("lazy/one").is_err());
    let expected = [("lazy/one", "refused"), ("lazy/top", "refused"), ("lazy/user", "active")];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    assert_eq!(why(&host, "lazy/top"), "needs `lazy/one`, which did not start: not today");
    // The one that runs is told when it asks.
    let user = host.get::<dyn Puppet>("lazy/user").unwrap();
    assert_eq!(
        user.get().ask("lazy/one").unwrap_err(),
        "`lazy/user` can not have its interface `test/puppet` of plugin `lazy/one`: \
         plugin `lazy/one` does not run: it did not start: not today"
    );
}

#[test]
fn a_plugin_starts_what_it_requires_by_asking_for_it() {
    for loopback in [None, Some(Loopback::Table), Some(Loopback::Message)] {
        let journal = Journal::new();
        let plugins = ["lazy/one", "lazy/user"];
        let ask = |script: &mut crate::puppets::Script| script.ask = vec!["lazy/one".into()];
        let mut builder = journal.host_with(&plugins, "lazy/user", ask);
        if let Some(loopback) = loopback {
            builder = builder.loopback(loopback);
        }
        drop(builder.start().unwrap());
        // It ended its start first, so it is stopped last.
        let expected = [
            "lazy/user start",
            "lazy/one start",
            "lazy/user hears lazy/one",
            "lazy/user stop",
            "lazy/user drop",
            "lazy/one stop",
            "lazy/one drop",
        ];
        journal.check(&expected);
    }
}

#[test]
fn a_start_that_asks_the_host_for_itself_is_told_so_and_does_not_hang() {
    let journal = Journal::new();
    let ask = |script: &mut crate::puppets::Script| {
        script.ask_host = vec!["lazy/one".into(), "lazy/top".into(), "chain/c".into()];
    };
    let plugins = ["lazy/one", "lazy/top", "chain/c"];
    let host = Arc::new(journal.host_with(&plugins, "lazy/one", ask).start().unwrap());
    journal.keep(&host);
    host.get::<dyn Puppet>("lazy/one").unwrap();
    let expected = [
        "chain/c start",
        "lazy/one start",
        "lazy/one hears plugin `lazy/one` does not start before `lazy/one`, which asks for it",
        "lazy/one hears plugin `lazy/top` does not start before `lazy/one`, which asks for it",
        "lazy/one hears chain/c",
    ];
    journal.check(&expected);
}

#[test]
fn readers_go_on_while_a_start_hangs() {
    let journal = Journal::new();
    let plugins = ["lazy/one", "chain/c", "lazy/user"];
    let host = journal.host_with(&plugins, "lazy/one", |script| script.wait = true).start().unwrap();
    std::thread::scope(|scope| {
        let starter = scope.spawn(|| host.get::<dyn Puppet>("lazy/one").unwrap().get().name());
        while host.plugin("lazy/one").unwrap().state.name() != "loaded" {
            std::thread::yield_now();
        }
        let (send, receive) = channel();
        let host = &host;
        scope.spawn(move || {
            for _ in 0..1000 {
                assert_eq!(host.get::<dyn Puppet>("chain/c").unwrap().get().name(), "chain/c");
                assert_eq!(host.plugins().len(), 3);
                assert!(host.plugin("lazy/one").unwrap().refusal().is_none());
                assert!(host.get::<dyn Puppet>("lazy/nobody").is_err());
            }
            send.send(()).unwrap();
        });
        let read = receive.recv_timeout(Duration::from_secs(60));
        let still_starting = host.plugin("lazy/one").unwrap().state.name();
        journal.open();
        read.expect("a reader waited for a start that hangs");
        assert_eq!(still_starting, "loaded");
        assert_eq!(starter.join().unwrap(), "lazy/one");
    });
}

#[test]
fn a_host_that_stops_during_a_start_leaves_nothing_running() {
    let journal = Journal::new();
    let host = journal.host_with(&["lazy/one"], "lazy/one", |script| script.wait = true).start().unwrap();
    std::thread::scope(|scope| {
        let starter = scope.spawn(|| host.get::<dyn Puppet>("lazy/one").map(drop).unwrap_err().to_string());
        while host.plugin("lazy/one").unwrap().state.name() != "loaded" {
            std::thread::yield_now();
        }
        host.stop();
        journal.open();
        assert_eq!(starter.join().unwrap(), "the host has stopped");
    });
    journal.check(&["lazy/one start", "lazy/one stop", "lazy/one drop"]);
    assert_eq!(states(&host), [("lazy/one".into(), "retired")]);
}
