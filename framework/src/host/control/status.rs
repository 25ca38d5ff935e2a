//! How plugins fare: what is counted of them while they run.

use serde::{Deserialize, Serialize};

use super::report::Trouble;
use crate::health::Health;
use crate::host::registry::{Entry, Snapshot};
use crate::host::store::time;
use crate::id::PluginId;

/// How plugins fare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statuses {
    /// By id.
    pub items: Vec<StatusItem>,
}

/// How one plugin fares. What nobody knows or counts is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusItem {
    /// The plugin.
    pub id: PluginId,
    /// Its version.
    pub version: String,
    /// How far it has come.
    pub state: String,
    /// Since when.
    pub since: Option<String>,
    /// What it said of itself when the host asked it last.
    pub health: Option<HealthItem>,
    /// How often it was called.
    pub calls: Option<u64>,
    /// How long these calls took, in microseconds.
    pub time_in_calls_us: Option<u64>,
    /// How many calls ended in a fault.
    pub faults: u64,
    /// How often it was started again after its first start.
    pub restarts: u64,
    /// How many of its tasks have not ended; 0 where the host is of a time without tasks.
    #[serde(default)]
    pub tasks: u64,
    /// How many bytes of memory it holds, as it says itself.
    pub memory: Option<u64>,
    /// Why it does not run, where it is refused or quarantined.
    pub why: Option<Trouble>,
}

/// What a plugin says of its own health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthItem {
    /// `good`, `degraded` or `failing`.
    pub level: String,
    /// Why, where it is not good.
    pub message: String,
}

impl StatusItem {
    pub(super) fn of(now: &Snapshot, entry: &Entry) -> Self {
        let (plugin, state) = (&entry.plugin, now.state(entry));
        let record = &plugin.record;
        let health = record.health().map(|(_, health)| health);
        Self {
            id: entry.id().clone(),
            version: plugin.manifest.version.to_string(),
            since: record.since().map(time::text),
            calls: record.owner.calls(),
            time_in_calls_us: record.owner.time().map(|time| time.as_micros().try_into().unwrap_or(u64::MAX)),
            faults: record.owner.faults(),
            restarts: record.restarts(),
            tasks: record.tasks(),
            memory: health.as_ref().and_then(Health::memory),
            health: health.as_ref().map(HealthItem::from),
            why: state.refusal().map(|refusal| Trouble::from(&**refusal)),
            state: state.name().to_owned(),
        }
    }
}

impl From<&Health> for HealthItem {
    fn from(health: &Health) -> Self {
        Self { level: health.level().name().to_owned(), message: health.message().to_owned() }
    }
}
