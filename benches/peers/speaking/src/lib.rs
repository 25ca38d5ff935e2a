//! Says the same over and over, so that what one event costs can be told.

use std::hint::black_box;

use keyway::{interface, plugin};

/// The target that the figures' subscriber switches off by its name.
pub const OFF: &str = "figures::off";

/// Each method says something `count` times, and gives `count` back.
#[interface(id = "figures/speaking", version = "1.0")]
pub trait Speaking: Send + Sync {
    /// An event whose level nobody wants.
    fn too_verbose(&self, count: u64) -> u64;
    /// An event whose target nobody wants.
    fn switched_off(&self, count: u64) -> u64;
    /// An event that is heard, with a message and two values.
    fn heard(&self, count: u64) -> u64;
    /// Nothing: what the loop itself costs.
    fn silent(&self, count: u64) -> u64;
}

/// The plugin.
#[plugin(id = "figures/speaker", provides(Speaking))]
#[derive(Debug, Default)]
pub struct Speaker;

impl Speaking for Speaker {
    #[inline(never)]
    fn too_verbose(&self, count: u64) -> u64 {
        for n in 0..count {
            tracing::trace!(n = black_box(n), "said");
        }
        count
    }
    #[inline(never)]
    fn switched_off(&self, count: u64) -> u64 {
        for n in 0..count {
            tracing::info!(target: OFF, n = black_box(n), "said");
        }
        count
    }
    #[inline(never)]
    fn heard(&self, count: u64) -> u64 {
        for n in 0..count {
            tracing::info!(n = black_box(n), text = "a value", "said");
        }
        count
    }
    #[inline(never)]
    fn silent(&self, count: u64) -> u64 {
        for n in 0..count {
            black_box(n);
        }
        count
    }
}
