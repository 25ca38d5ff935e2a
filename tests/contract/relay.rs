//! From plugin to plugin.

use contract_plugin::relay::Relay;
use keyway::Handle;
use keyway::host::Host;

use super::homes::{Home, handle};

fn relay(host: &Host) -> Handle<dyn Relay> {
    handle(host, "contract/relay")
}

pub(crate) fn a_plugin_calls_the_one_that_it_requires(home: Home) {
    let host = home.host();
    let relay = relay(&host);
    assert_eq!(relay.direct(), home == Home::Static);
    assert_eq!(relay.text("through"), "through!");
    assert_eq!(relay.own_id(), "contract/relay");
    assert_eq!(relay.name_of("contract/everything"), Ok("everything".into()));
    assert_eq!(relay.values_of("contract/everything"), Ok("asked!".into()));
}

pub(crate) fn a_plugin_gets_nothing_that_it_does_not_require(home: Home) {
    let host = home.host();
    let relay = relay(&host);
    let refused = relay.journal().expect_err("the manifest does not require it");
    assert_eq!(
        refused,
        "`contract/relay` can not have its interface `contract/journal` of plugin `contract/journal`: its manifest \
         requires neither plugin `contract/journal` nor interface `contract/journal`"
    );
    assert_eq!(
        relay.name_of("contract/high"),
        Ok("high".into()),
        "it requires the interface of whoever has it"
    );
    let refused = relay.values_of("contract/high").expect_err("it requires another interface of it");
    assert!(refused.contains("requires neither plugin `contract/high`"), "{refused}");
    let refused = relay.name_of("contract/absent").expect_err("an optional plugin that is not there");
    assert!(refused.ends_with("there is no plugin `contract/absent`"), "{refused}");
    let refused = relay.name_of("contract/fails").expect_err("a plugin that did not start");
    assert!(
        refused.contains("`contract/fails` does not run") && refused.contains("there is no disk"),
        "{refused}"
    );
}

pub(crate) fn a_plugin_sees_all_providers_of_an_interface_that_it_requires(home: Home) {
    let host = home.host();
    let named = relay(&host).all_named().expect("it requires the interface");
    let expected = [
        "contract/high high",
        "contract/alike alike",
        "contract/everything everything",
        "contract/panics-in-drop panics in drop",
        "contract/likes-fails likes",
    ];
    assert_eq!(named, expected);
}

pub(crate) fn a_panic_in_the_required_plugin_names_that_plugin(home: Home) {
    let host = home.host();
    let relay = relay(&host);
    let said = relay.panic("str").expect_err("it panics");
    assert_eq!(said, "plugin `contract/everything` panicked: a text that lives for ever");
    assert_eq!(relay.panic("no"), Ok(1));
    let faults = |id| host.plugin(id).map(|info| info.faults);
    assert_eq!(faults("contract/relay"), Some(0), "it was not the relay that panicked");
}

pub(crate) fn a_context_that_is_kept_says_that_the_host_has_stopped(home: Home) {
    let host = home.host();
    let relay = relay(&host);
    host.stop();
    let refused = relay.name_of("contract/everything").expect_err("the host has stopped");
    assert!(refused.ends_with("the host has stopped"), "{refused}");
    assert!(relay.all_named().is_err());
    assert_eq!(relay.text("still"), "still!", "what it holds answers");
    drop(host);
    assert!(relay.name_of("contract/everything").is_err());
    assert_eq!(relay.own_id(), "contract/relay");
}
