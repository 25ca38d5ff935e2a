//! A thousand linked-in plugins, from nothing to a registry in which each can be had.

use keyway::host::Host;

/// What each provides.
#[keyway::interface(id = "many/item", version = "1.0")]
pub trait Item: Send + Sync {
    /// Its number.
    fn number(&self) -> u64;
}

include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

fn main() {
    let host = Host::builder("many", "1.0.0").start().expect("the host starts");
    let last = host.get::<dyn Item>("many/p0999").expect("the plugin runs");
    assert_eq!(last.number(), 999);
    // Ready is what is measured; how a host ends is not.
    std::process::exit(0);
}
