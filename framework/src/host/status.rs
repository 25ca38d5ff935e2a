//! How a plugin is, in figures.

use std::time::{Duration, SystemTime};

use semver::Version;

use super::Host;
use super::info::State;
use crate::health::Health;
use crate::id::PluginId;

/// How a plugin is at the moment of asking. From [`Host::status`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The plugin.
    pub id: PluginId,
    /// Its version.
    pub version: Version,
    /// How far it has come.
    pub state: State,
    /// Since when; where the host has not started it is the moment of asking.
    pub since: SystemTime,
    /// What it said last when the host asked how it is, and when; `None` where the host does not
    /// [ask](super::HostBuilder::health_every), or has not yet.
    pub health: Option<(SystemTime, Health)>,
    /// How many calls to it ended in a fault, through all of its generations.
    pub faults: u64,
    /// How often it was started again after its first start.
    pub restarts: u64,
    /// How many of its [tasks](crate::Context::spawn) have not ended, those that it has left behind at a stop included.
    pub tasks: u64,
    /// How many calls were made to it; `None` where the host does not [count](super::HostBuilder::count_calls).
    pub calls: Option<u64>,
    /// How long those calls took together; `None` as with `calls`.
    pub time: Option<Duration>,
}

impl Status {
    /// The memory that it holds, in bytes, where it says so.
    pub fn memory(&self) -> Option<u64> {
        self.health.as_ref().and_then(|(_, health)| health.memory())
    }
}

impl Host {
    /// How a plugin is: its state, its health as it was last asked for, what was counted. Asks nobody; see
    /// [`health`](Self::health). `None` where there is no such plugin.
    pub fn status(&self, id: &str) -> Option<Status> {
        let now = self.core.registry.now();
        let entry = now.find(id)?;
        let record = &entry.plugin.record;
        Some(Status {
            id: entry.id().clone(),
            version: entry.plugin.manifest.version.clone(),
            state: now.state(entry),
            since: record.since().unwrap_or_else(SystemTime::now),
            health: record.health(),
            faults: record.owner.faults(),
            restarts: record.restarts(),
            tasks: record.tasks(),
            calls: record.owner.calls(),
            time: record.owner.time(),
        })
    }
}
