//! Changes that cross starts on demand, other changes and the end of the host.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keyway::host::loader::{Artifact, Bridge, LoadOptions, LoadedPlugin, Refuses};
use keyway::host::{Settings, State};
use keyway::id::PluginId;
use keyway::manifest::Home;

use crate::bridges::Folder;
use crate::puppets::{Journal, Puppet, Script, states, why};

const SOON: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(60);

/// A bridge that takes nothing, and does something whenever it is shown a file.
#[derive(Clone, Default)]
struct Bell(Arc<Mutex<Option<Ring>>>);

type Ring = Box<dyn FnMut() + Send>;

impl Bridge for Bell {
    fn home(&self) -> Home {
        Home::Dylib
    }
    fn check(&self, _: &Path) -> Option<Result<Artifact, Box<dyn Refuses>>> {
        if let Some(ring) = &mut *self.0.lock().unwrap() {
            ring();
        }
        None
    }
    fn load(&self, _: &Artifact, _: &PluginId, _: &LoadOptions) -> Result<LoadedPlugin, Box<dyn Refuses>> {
        unreachable!("it has taken nothing")
    }
}

fn count(journal: &Journal, line: &str) -> usize {
    journal.lines().iter().filter(|other| *other == line).count()
}

fn place(journal: &Journal, line: &str) -> usize {
    journal.lines().iter().position(|other| other == line).unwrap_or_else(|| panic!("{:?}", journal.lines()))
}

fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !done() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn what_is_first_asked_for_while_the_host_looks_again_goes_on() {
    let journal = Journal::new();
    let folder = Folder::new("bell", &[("some.file", "")]);
    let bell = Bell::default();
    let builder = journal.host(&["lazy/one"]).bridge(bell.clone()).plugin_dir(&folder.0);
    let host = Arc::new(builder.start().unwrap());
    let asked = Arc::downgrade(&host);
    *bell.0.lock().unwrap() = Some(Box::new(move || {
        let host = asked.upgrade().unwrap();
        assert_eq!(host.get::<dyn Puppet>("lazy/one").unwrap().get().name(), "lazy/one");
    }));
    host.refresh().unwrap();
    *bell.0.lock().unwrap() = None;
    assert_eq!(states(&host), [("lazy/one".into(), "active")]);
    journal.check(&["lazy/one start"]);
}

#[test]
fn a_host_that_ends_while_it_looks_again_says_that_everything_has_ended() {
    let journal = Journal::new();
    let folder = Folder::new("knell", &[("some.file", "")]);
    let bell = Bell::default();
    let builder = journal.host(&["chain/b", "chain/c"]).bridge(bell.clone()).plugin_dir(&folder.0);
    let host = Arc::new(builder.start().unwrap());
    let ended = Arc::downgrade(&host);
    *bell.0.lock().unwrap() = Some(Box::new(move || ended.upgrade().unwrap().stop()));
    // Whether it came in time is not the question.
    let _changed = host.refresh();
    *bell.0.lock().unwrap() = None;
    assert!(host.plugins().iter().all(|info| info.state.name() == "retired"), "{host:?}");
}

#[test]
fn what_is_first_asked_for_while_it_is_being_unloaded_does_not_stay() {
    let journal = Journal::new();
    let ask = |script: &mut Script| script.ask_in_stop = vec!["lazy/one".into()];
    let host = journal.host_with(&["lazy/one", "lazy/user"], "lazy/user", ask).start().unwrap();
    host.unload("lazy/one", true).unwrap();
    assert_eq!(host.plugin("lazy/one").unwrap().state.name(), "retired");
    assert_eq!(count(&journal, "lazy/one start"), count(&journal, "lazy/one drop"), "{:?}", journal.lines());
}

#[test]
fn what_is_first_asked_for_while_it_is_being_reloaded_does_not_run_twice() {
    let journal = Journal::new();
    let ask = |script: &mut Script| script.ask_in_stop = vec!["lazy/one".into()];
    let host = journal.host_with(&["lazy/one", "lazy/user"], "lazy/user", ask).start().unwrap();
    host.reload("lazy/one").unwrap();
    let mut running = 0;
    for line in journal.lines() {
        running += i32::from(line == "lazy/one start") - i32::from(line == "lazy/one stop");
        assert!((0..=1).contains(&running), "{:?}", journal.lines());
    }
}

#[test]
fn a_start_that_is_under_way_is_the_one_that_loading_waits_for() {
    let journal = Journal::new();
    let builder = journal.host_with(&["lazy/one"], "lazy/one", |script| script.wait = true);
    let host = Arc::new(builder.start().unwrap());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| host.load("lazy/one"));
        until("the start", || count(&journal, "lazy/one start") > 0);
        let second = scope.spawn(|| host.load("lazy/one"));
        std::thread::sleep(SOON);
        journal.open();
        second.join().unwrap().unwrap();
        first.join().unwrap().unwrap();
    });
    journal.check(&["lazy/one start"]);
}

#[test]
fn who_is_being_started_needs_what_it_requires() {
    let journal = Journal::new();
    let builder = journal.host_with(&["lazy/one", "lazy/top"], "lazy/top", |script| script.wait = true);
    let host = Arc::new(builder.start().unwrap());
    host.get::<dyn Puppet>("lazy/one").unwrap();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| host.get::<dyn Puppet>("lazy/top").map(drop));
        until("the start", || count(&journal, "lazy/top start") > 0);
        let error = host.unload("lazy/one", false).unwrap_err();
        assert_eq!(error.to_string(), "plugin `lazy/one` is needed by `lazy/top`");
        journal.open();
        asked.join().unwrap().unwrap();
    });
}

#[test]
fn whoever_needs_a_plugin_is_stopped_before_it_whichever_started_first() {
    let journal = Journal::new();
    let ask = |script: &mut Script| script.ask_in_stop = vec!["lazy/one".into()];
    let start = || {
        let host = journal.host_with(&["lazy/one", "lazy/user"], "lazy/user", ask).start().unwrap();
        host.get::<dyn Puppet>("lazy/user").unwrap().get().ask("lazy/one").unwrap();
        host
    };
    let expected = [
        "lazy/user start",
        "lazy/one start",
        "lazy/user stop",
        "lazy/user hears lazy/one",
        "lazy/user drop",
        "lazy/one stop",
        "lazy/one drop",
    ];
    drop(start());
    journal.check(&expected);
    start().unload("lazy/one", true).unwrap();
    assert_eq!(journal.lines()[expected.len()..], expected);
}

#[test]
fn what_starts_on_demand_starts_after_what_it_requires() {
    let journal = Journal::new();
    let plugins = ["late/fan", "late/lazy", "late/slow", "late/user"];
    let ask = Settings::of(&Script { ask: vec!["late/lazy".into()], ..journal.script() });
    let builder = journal.host_with(&plugins, "late/slow", |script| script.wait = true);
    let builder = builder.config("late/user", ask.clone()).config("late/fan", ask);
    let host = std::thread::scope(|scope| {
        let host = scope.spawn(|| builder.start().unwrap());
        until("the start", || count(&journal, "late/slow start") > 0);
        std::thread::sleep(SOON);
        assert_eq!(count(&journal, "late/lazy start"), 0, "{:?}", journal.lines());
        journal.open();
        host.join().unwrap()
    });
    assert!(host.plugins().iter().all(|info| matches!(info.state, State::Active)), "{host:?}");
    assert!(place(&journal, "late/lazy start") < place(&journal, "late/user hears late/lazy"));
}

#[test]
fn what_starts_on_demand_does_not_run_without_what_it_requires() {
    let journal = Journal::new();
    let plugins = ["late/fan", "late/lazy", "late/slow", "late/user"];
    let ask = Settings::of(&Script { ask: vec!["late/lazy".into()], ..journal.script() });
    let fail = |script: &mut Script| {
        script.wait = true;
        script.fail = Some("not today".into());
    };
    let builder = journal.host_with(&plugins, "late/slow", fail);
    let builder = builder.config("late/user", ask.clone()).config("late/fan", ask);
    let host = std::thread::scope(|scope| {
        let host = scope.spawn(|| builder.start().unwrap());
        until("the start", || count(&journal, "late/slow start") > 0);
        std::thread::sleep(SOON);
        journal.open();
        host.join().unwrap()
    });
    let expected = [
        ("late/fan", "active"),
        ("late/lazy", "refused"),
        ("late/slow", "refused"),
        ("late/user", "refused"),
    ];
    assert_eq!(states(&host), expected.map(|(id, state)| (id.to_owned(), state)));
    assert_eq!(why(&host, "late/lazy"), "needs `late/slow`, which did not start: not today");
}

#[test]
fn the_end_of_the_host_waits_for_the_change_that_is_under_way() {
    let journal = Journal::new();
    let wait = |script: &mut Script| script.wait_in_stop = true;
    let builder = journal.host_with(&["chain/b", "chain/c"], "chain/b", wait);
    let host = Arc::new(builder.start().unwrap());
    std::thread::scope(|scope| {
        let unloading = scope.spawn(|| host.unload("chain/b", false));
        until("the stop", || count(&journal, "chain/b stop") > 0);
        let ending = scope.spawn(|| host.stop());
        std::thread::sleep(SOON);
        assert!(!ending.is_finished(), "it left a plugin that is being stopped");
        assert_eq!(count(&journal, "chain/c stop"), 0, "what it requires is gone");
        journal.open();
        ending.join().unwrap();
        unloading.join().unwrap().unwrap();
    });
    let stops = ["chain/b stop", "chain/b drop", "chain/c stop", "chain/c drop"];
    assert_eq!(journal.lines()[2..], stops);
}
