//! A real library, loaded by a real host, beside a plugin that is linked in.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "a test")]

mod loadable;
#[path = "../examples/loadable/meter.rs"]
mod meter;

use std::fs;
use std::path::{Path, PathBuf};

use keyway::host::{Host, HostBuilder, Loopback};
use keyway::manifest::Home;
use keyway_dylib::platform::library_file_name;
use loadable::library;
use meter::{Body, Meter};

meter!(Local, "local", id = "fixture/local", optional("fixture/first" = "^1"));

/// A folder with a copy of the library.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(library(), folder.join(library_file_name("loadable"))).unwrap();
    folder
}

fn builder(folder: &Path) -> HostBuilder {
    Host::builder("test", "1.0.0").plugin_dir(folder).bridge(keyway_dylib::bridge())
}

fn meter(host: &Host, id: &str) -> keyway::Handle<dyn Meter> {
    host.get::<dyn Meter>(id).unwrap()
}

#[test]
fn plugins_of_a_library_stand_in_one_list_with_those_linked_in_and_all_reach_each_other() {
    let folder = folder("together");
    for loopback in [None, Some(Loopback::Table), Some(Loopback::Message)] {
        let mut builder = builder(&folder);
        if let Some(loopback) = loopback {
            builder = builder.loopback(loopback);
        }
        let host = builder.start().unwrap();
        let list: Vec<_> =
            host.plugins().iter().map(|info| format!("{} {} {}", info.id, info.home, info.state)).collect();
        let expected =
            ["fixture/first dylib active", "fixture/local static active", "fixture/second dylib resolved"];
        assert_eq!(list, expected, "{:?}", host.plugins());
        for (asker, other, answer) in [
            ("fixture/local", "fixture/first", "first: ¡hola!"),
            ("fixture/first", "fixture/local", "local: ¡hola!"),
            ("fixture/second", "fixture/first", "first: ¡hola!"),
        ] {
            assert_eq!(meter(&host, asker).get().ask(other, "¡hola!").unwrap(), answer, "{loopback:?}");
        }
        assert_eq!(host.plugin("fixture/second").unwrap().state.name(), "active");
        assert_eq!(host.all::<dyn Meter>().len(), 3);
        let info = host.plugin("fixture/first").unwrap();
        assert_eq!(info.home, Home::Dylib);
        assert_eq!(info.file.as_deref(), Some(&*folder.join(library_file_name("loadable"))));
        assert_eq!(info.build.unwrap().panic, "unwind");
    }
}

#[test]
fn errors_and_panics_of_a_library_come_back_as_what_they_are() {
    let host = builder(&folder("faults")).start().unwrap();
    let first = meter(&host, "fixture/first");
    assert!(!first.is_direct());
    assert_eq!(first.get().fail("no").unwrap_err(), "no");
    assert_eq!(first.get().panic("over there").unwrap_err(), "plugin `fixture/first` panicked: over there");
    assert_eq!(host.plugin("fixture/first").unwrap().faults, 1);
    assert_eq!(first.get().echo("still here"), "first: still here");
}

#[test]
fn two_hosts_share_an_image_and_no_instance() {
    let folder = folder("shared");
    let one = builder(&folder).start().unwrap();
    let two = builder(&folder).start().unwrap();
    let (first, other) = (meter(&one, "fixture/first"), meter(&two, "fixture/first"));
    assert_eq!(first.get().instances(), 2, "one image counts both");
    drop(one);
    assert_eq!(other.get().echo("x"), "first: x");
    assert_eq!(first.get().echo("x"), "first: x", "a handle keeps what it refers to");
    let again = builder(&folder).start().unwrap();
    assert_eq!(meter(&again, "fixture/first").get().instances(), 3, "it was not loaded a second time");
}

#[cfg(target_os = "linux")]
#[test]
fn a_copy_is_another_image() {
    let folder = folder("copies");
    let host = builder(&folder).start().unwrap();
    assert_eq!(meter(&host, "fixture/first").get().instances(), 1);
    drop(host);

    let copies = self::folder("copies-elsewhere");
    let host = builder(&copies).start().unwrap();
    assert_eq!(meter(&host, "fixture/first").get().instances(), 1, "an image of its own");
}

#[test]
fn what_is_no_plugin_is_skipped_and_what_is_broken_is_told() {
    let folder = folder("others");
    fs::write(folder.join("README.md"), "text").unwrap();
    fs::write(folder.join(library_file_name("text")), "not a library at all").unwrap();
    fs::create_dir(folder.join(library_file_name("folder"))).unwrap();
    let whole = fs::read(library()).unwrap();
    let cut = folder.join(library_file_name("cut"));
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let host = builder(&folder).start().unwrap();
    let problems: Vec<_> = host.problems().into_iter().map(|problem| problem.place).collect();
    assert_eq!(problems, [cut], "{:?}", host.problems());
    assert!(!host.problems()[0].cause.help().is_empty());
    assert_eq!(host.plugins().len(), 3);
}

#[test]
fn a_library_that_the_system_refuses_is_diagnosed_and_the_others_run() {
    let folder = folder("refused");
    let survey = builder(&folder).survey().unwrap();
    // It goes away between finding and loading.
    fs::remove_file(folder.join(library_file_name("loadable"))).unwrap();
    let host = survey.start();
    let info = host.plugin("fixture/first").unwrap();
    assert_eq!(info.refusal().unwrap().code(), "load-missing");
    assert_eq!(host.plugin("fixture/local").unwrap().state.name(), "active");
}
