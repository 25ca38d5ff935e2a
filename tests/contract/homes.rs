//! The homes, and what each can not do.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use keyway::host::{Host, HostBuilder, Loopback};
use keyway::interface::Interface;
use keyway::registration::{Registration, linked};
use keyway::{Handle, manifest};

/// How a plugin is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// Linked in; the handle is the object.
    Static,
    /// Linked in, through its C table.
    Table,
    /// Linked in, through messages.
    Message,
    /// In a library that was built from the same crate.
    Dylib,
}

const PANICS: &str = "a call to a built-in plugin is a call of Rust: its panic is the caller's own";

const RELEASE: &str =
    "`release` of the C table has no answer: the panic ends there, and only its own hook tells of it";

const STRAIGHT: &str = "a library's calls to another plugin go straight from one to the other, past the host";

const NATIVE: &str =
    "what is linked in speaks to the host's subscriber itself, and nothing of the framework stands between";

/// What a home can not do: the promise, and why it is none of this home's.
pub(crate) const CAN_NOT: &[(Home, &str, &str)] = &[
    (Home::Static, "panics::a_panic_in_a_method_of_every_form_is_a_fault_with_its_message", PANICS),
    (Home::Static, "panics::a_payload_that_is_no_text_or_panics_itself_is_a_fault_too", PANICS),
    (Home::Static, "panics::an_error_type_receives_the_fault_with_the_plugins_name", PANICS),
    (Home::Static, "panics::after_a_panic_the_plugin_answers_and_its_faults_are_counted", PANICS),
    (Home::Static, "panics::a_panic_of_the_hosts_object_passes_through_the_plugin_as_a_fault", PANICS),
    (Home::Static, "panics::a_plugin_can_catch_the_panic_of_the_hosts_object_and_read_it", PANICS),
    (Home::Static, "panics::an_object_of_the_plugins_that_panics_while_it_is_dropped_ends_there", PANICS),
    (Home::Static, "panics::an_object_of_the_hosts_that_panics_while_it_is_dropped_ends_there", PANICS),
    (Home::Table, "panics::an_instance_that_panics_while_it_is_dropped_is_reported", RELEASE),
    (Home::Message, "panics::an_instance_that_panics_while_it_is_dropped_is_reported", RELEASE),
    (Home::Dylib, "panics::an_instance_that_panics_while_it_is_dropped_is_reported", RELEASE),
    (Home::Static, "futures::a_panic_in_a_poll_is_a_fault_and_ends_the_call", PANICS),
    (Home::Static, "futures::a_panic_while_a_future_is_dropped_ends_there", PANICS),
    (Home::Static, "futures::a_panic_at_the_end_of_a_call_is_a_fault", PANICS),
    (Home::Static, "futures::a_waker_that_panics_harms_nobody", PANICS),
    (Home::Table, "health::a_linked_in_plugins_calls_to_another_are_counted", STRAIGHT),
    (Home::Message, "health::a_linked_in_plugins_calls_to_another_are_counted", STRAIGHT),
    (Home::Dylib, "health::a_linked_in_plugins_calls_to_another_are_counted", STRAIGHT),
    (Home::Static, "offers::a_panic_of_what_is_offered_is_a_fault_of_that_call", PANICS),
    (Home::Static, "resources::a_panic_of_a_resource_is_a_fault_of_its_owners", PANICS),
    (Home::Static, "relay::a_panic_in_the_required_plugin_names_that_plugin", PANICS),
    (Home::Static, "traces::a_subscriber_that_panics_harms_no_plugin", NATIVE),
    (Home::Static, "traces::a_subscriber_may_call_a_plugin_that_speaks", NATIVE),
    (Home::Static, "traces::what_is_urgent_stands_in_the_plugins_log", NATIVE),
    (Home::Table, "traces::a_subscriber_that_panics_harms_no_plugin", NATIVE),
    (Home::Table, "traces::a_subscriber_may_call_a_plugin_that_speaks", NATIVE),
    (Home::Table, "traces::what_is_urgent_stands_in_the_plugins_log", NATIVE),
    (Home::Message, "traces::a_subscriber_that_panics_harms_no_plugin", NATIVE),
    (Home::Message, "traces::a_subscriber_may_call_a_plugin_that_speaks", NATIVE),
    (Home::Message, "traces::what_is_urgent_stands_in_the_plugins_log", NATIVE),
];

/// Runs a promise on a home, or prints that it is skipped.
pub(crate) fn hold(home: Home, name: &str, promise: fn(Home)) {
    match CAN_NOT.iter().find(|(other, promise, _)| *other == home && *promise == name) {
        // Past the harness, which shows what is printed only of tests that fail.
        Some((_, _, why)) => {
            writeln!(std::io::stderr(), "skipped: {name}, {home:?}: {why}").expect("standard error is open");
        }
        None => promise(home),
    }
}

impl Home {
    pub(crate) const ALL: [Self; 4] = [Self::Static, Self::Table, Self::Message, Self::Dylib];

    /// A host whose plugins all live here.
    pub(crate) fn builder(self) -> HostBuilder {
        super::listener::Listener::ready();
        let builder = Host::builder("contract", "1.0.0");
        match self {
            Self::Static => builder,
            Self::Table => builder.loopback(Loopback::Table),
            Self::Message => builder.loopback(Loopback::Message),
            Self::Dylib => builder.linked_in(false).plugin_dir(folder()).bridge(keyway_dylib::bridge()),
        }
    }

    pub(crate) fn host(self) -> Host {
        started(self.builder())
    }

    /// What the list of plugins shows.
    pub(crate) fn shown(self) -> manifest::Home {
        if self == Self::Dylib { manifest::Home::Dylib } else { manifest::Home::Static }
    }
}

pub(crate) fn started(builder: HostBuilder) -> Host {
    let host = builder.start().expect("the host was built without mistakes");
    assert!(host.problems().is_empty(), "{:?}", host.problems());
    host
}

/// An interface of the plugin that has most of them.
pub(crate) fn everything<I: ?Sized + Interface>(host: &Host) -> Handle<I> {
    handle(host, "contract/everything")
}

pub(crate) fn handle<I: ?Sized + Interface>(host: &Host, plugin: &str) -> Handle<I> {
    host.get(plugin).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

/// A linked-in plugin by its id.
pub(crate) fn registration(id: &str) -> &'static Registration {
    let linked = linked().expect("all that is linked in is there");
    linked.into_iter().find(|registration| registration.id == id).expect("the plugin is linked in")
}

/// A folder with nothing but the library of the contract plugins; one for the whole process. Which build of it that is
/// can be said from outside.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let given = std::env::var_os("KEYWAY_CONTRACT_LIBRARY").map(PathBuf::from);
        keyway_tests::kept_folder_of(
            &given.unwrap_or_else(|| keyway_tests::library("keyway-contract-plugin")),
        )
    })
}
