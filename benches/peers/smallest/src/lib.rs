//! The smallest plugin there is: one interface, one method, the work of `../raw`.

use keyway::{interface, plugin};

/// An interface of one method.
#[interface(id = "figures/add", version = "1.0")]
pub trait Add: Send + Sync {
    /// See [`figures_work::add`].
    fn add(&self, a: u64, b: u64) -> u64;
}

/// The plugin.
#[plugin(id = "figures/adder", provides(Add))]
#[derive(Debug, Default)]
pub struct Adder;

impl Add for Adder {
    fn add(&self, a: u64, b: u64) -> u64 {
        figures_work::add(a, b)
    }
}
