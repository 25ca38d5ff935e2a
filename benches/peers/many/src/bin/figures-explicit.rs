//! The same thousand in a Vec written by hand, into a map by id.

#![allow(unused_crate_dependencies, reason = "this one has no framework")]

use std::collections::BTreeMap;
use std::sync::Arc;

/// What each provides.
pub trait Item: Send + Sync {
    /// Its number.
    fn number(&self) -> u64;
}

/// An id, and how to make what has it.
type Entry = (&'static str, fn() -> Arc<dyn Item>);

fn entries() -> Vec<Entry> {
    let entries: [Entry; 1_000] = include!(concat!(env!("OUT_DIR"), "/entries.rs"));
    entries.to_vec()
}

fn main() {
    let registry: BTreeMap<&str, Arc<dyn Item>> =
        entries().into_iter().map(|(id, make)| (id, make())).collect();
    let last = registry.get("many/p0999").expect("it is in the map");
    assert_eq!(last.number(), 999);
    std::process::exit(0);
}
