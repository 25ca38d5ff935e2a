//! One plugin linked in, the one that it calls in a library; the other way round; and both alike.

use contract_plugin::relay::Relay;
use keyway::host::Host;
use keyway::manifest::Home::{self, Dylib, Static};

use super::homes::{folder, handle, registration, started};

const CALLER: &str = "contract/relay";
const CALLED: &str = "contract/everything";

/// A host with the library, and with what is linked in only where that is asked for; of equal versions that wins.
fn host(caller: Home, called: Home) -> Host {
    let mut builder =
        Host::builder("mixed", "1.0.0").linked_in(false).plugin_dir(folder()).bridge(keyway_dylib::bridge());
    for (id, _) in [(CALLER, caller), (CALLED, called)].iter().filter(|(_, home)| *home == Static) {
        builder = builder.register(registration(id));
    }
    let host = started(builder);
    let home = |id| host.plugin(id).map(|info| info.home);
    assert_eq!((home(CALLER), home(CALLED)), (Some(caller), Some(called)));
    host
}

fn check(caller: Home, called: Home) {
    let host = host(caller, called);
    let relay = handle::<dyn Relay>(&host, CALLER);
    assert_eq!(relay.direct(), (caller, called) == (Static, Static));
    assert_eq!(relay.text("across"), "across!");
    assert_eq!(relay.name_of(CALLED), Ok("everything".into()));
    assert_eq!(relay.all_named().map(|all| all.len()), Ok(5));
    let refused = relay.journal().expect_err("the manifest does not require it");
    assert!(refused.contains("requires neither plugin `contract/journal`"), "{refused}");
    if (caller, called) != (Static, Static) {
        let said = relay.panic("string").expect_err("it panics");
        assert_eq!(said, "plugin `contract/everything` panicked: a text of 6 words");
    }
    drop(host);
    assert_eq!(relay.text("after"), "after!", "what it holds answers");
    assert!(relay.name_of(CALLED).is_err());
}

/// The other library shares no line with the framework: its tables are written by hand.
#[test]
fn a_plugin_in_one_library_calls_one_in_another() {
    let others = keyway_tests::folder_of(&[keyway_tests::library("keyway-faulty-plugin")]);
    for caller in [Static, Dylib] {
        let mut builder = Host::builder("mixed", "1.0.0").linked_in(false).bridge(keyway_dylib::bridge());
        builder = builder.plugin_dir(folder()).plugin_dir(others.path());
        if caller == Static {
            builder = builder.register(registration(CALLER));
        }
        let host = started(builder);
        let relay = handle::<dyn Relay>(&host, CALLER);
        assert_eq!(relay.name_of("faulty/liar"), Ok("liar".into()));
        let named = relay.all_named().expect("it requires the interface");
        assert_eq!(named.len(), 6);
        assert!(named.contains(&"faulty/liar liar".to_owned()), "{named:?}");
    }
}

#[test]
fn a_built_in_plugin_calls_a_built_in_one() {
    check(Static, Static);
}

#[test]
fn a_built_in_plugin_calls_one_in_a_library() {
    check(Static, Dylib);
}

#[test]
fn a_plugin_in_a_library_calls_a_built_in_one() {
    check(Dylib, Static);
}

#[test]
fn a_plugin_in_a_library_calls_one_in_a_library() {
    check(Dylib, Dylib);
}
