//! Our own ways to something that can be called: what is linked in, and what lies in a folder. A host each, as an
//! author of one would write it; the hosts stay.

use std::path::Path;

use keyway::host::loader::{Bridge as _, LoadOptions, LoadedPlugin};
use keyway::host::{Host, HostBuilder, Loopback};
use keyway::id::PluginId;
use keyway::{Handle, Interface};

use figures_keyway::Service;
use figures_speaking::Speaking;

/// The plugin of `peers/keyway` and of `peers/keyway-other`.
const WORKER: &str = "figures/worker";
/// The plugin of `peers/speaking`.
const SPEAKER: &str = "figures/speaker";

/// The plugin as it is linked into this program.
pub fn built_in() -> Handle<dyn Service> {
    built_in_as()
}

/// The same, as any of the plugin's interfaces.
pub fn built_in_as<I: ?Sized + Interface>() -> Handle<I> {
    handle(Host::builder("figures", "1.0.0"), WORKER)
}

/// The same, by a host that counts calls.
pub fn counted() -> Handle<dyn Service> {
    handle(Host::builder("figures", "1.0.0").count_calls(true), WORKER)
}

/// The same, reached through messages alone: how a call to a plugin in another process is written and read.
pub fn by_messages() -> Handle<dyn Service> {
    by_messages_as()
}

/// The same, as any of the plugin's interfaces.
pub fn by_messages_as<I: ?Sized + Interface>() -> Handle<I> {
    handle(Host::builder("figures", "1.0.0").loopback(Loopback::Message), WORKER)
}

/// The plugin of the only library in a folder, with all checks: the note is read, the plan made, the library loaded,
/// compared with its note and probed, the plugin started, and its interface compared with this side's.
pub fn loaded(folder: &Path) -> Handle<dyn Service> {
    loaded_as(folder)
}

/// The same, as any of the plugin's interfaces.
pub fn loaded_as<I: ?Sized + Interface>(folder: &Path) -> Handle<I> {
    handle(
        Host::builder("figures", "1.0.0").linked_in(false).plugin_dir(folder).bridge(keyway_dylib::bridge()),
        WORKER,
    )
}

/// What the bridge does of that: the note is read, the library loaded, compared with its note and probed. Nothing of the
/// plugin's own has run.
pub fn checked_and_loaded(path: &Path) -> LoadedPlugin {
    let bridge = keyway_dylib::bridge();
    let artifact = bridge.check(path).expect("it is a plugin").unwrap_or_else(|cause| panic!("{cause}"));
    let plugin = PluginId::new(WORKER).expect("an id");
    bridge
        .load(&artifact, &plugin, &LoadOptions::default())
        .unwrap_or_else(|cause| panic!("`{}`: {cause}", path.display()))
}

/// A plugin that says something, as it is linked into this program.
pub fn speaking_built_in() -> Handle<dyn Speaking> {
    handle(Host::builder("figures", "1.0.0"), SPEAKER)
}

/// The same, as the plugin of the only library in a folder.
pub fn speaking(folder: &Path) -> Handle<dyn Speaking> {
    let host = Host::builder("figures", "1.0.0").linked_in(false).plugin_dir(folder);
    handle(host.bridge(keyway_dylib::bridge()), SPEAKER)
}

fn handle<I: ?Sized + Interface>(host: HostBuilder, plugin: &str) -> Handle<I> {
    let host = Box::leak(Box::new(host.start().expect("the host is without mistakes")));
    host.get(plugin).unwrap_or_else(|cause| panic!("{cause}: {:?}", host.plugin(plugin)))
}
