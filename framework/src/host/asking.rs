//! What a host is told by a plugin that runs, and of it: its health, and what was counted of its calls.
//!
//! Here a plugin is asked once, now, and the caller waits. Asking again and again, with a deadline, and what follows from
//! an answer that does not come, is for whoever watches over the plugins.

use super::Host;
use crate::counts::MethodCounts;
use crate::health::Health;

impl Host {
    /// Asks a plugin how it is, and waits for its answer. A panic in `health` is failing, with its message, and a fault
    /// of the plugin's. `None` where there is no such plugin, where it does not run now, and where its library was built
    /// for version 1.0 of the ABI, in which nobody asked.
    pub fn health(&self, id: &str) -> Option<Health> {
        let now = self.core.registry.now();
        let plugin = &now.find(id)?.plugin;
        let running = plugin.live.load_full()?.running.load_full()?;
        Some(running.health()?.unwrap_or_else(|fault| {
            plugin.record.owner.count_fault();
            Health::from(fault.in_plugin(id))
        }))
    }

    /// What was counted of a plugin's calls, through all of its starts, by interface and then method; `None` where there
    /// is no such plugin, and where the host does not [count](super::HostBuilder::count_calls).
    pub fn calls(&self, id: &str) -> Option<Vec<MethodCounts>> {
        let now = self.core.registry.now();
        Some(now.find(id)?.plugin.record.owner.counts()?.snapshot())
    }
}
