//! How plugins fare: what is counted of them while they run.

use serde::{Deserialize, Serialize};

use super::report::Trouble;
use crate::host::info::PluginInfo;
use crate::host::record::Event;
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
    /// What it says of itself.
    pub health: Option<HealthItem>,
    /// How often it was called.
    pub calls: Option<u64>,
    /// How long these calls took, in microseconds.
    pub time_in_calls_us: Option<u64>,
    /// How many calls ended in a fault.
    pub faults: u64,
    /// How often it was started again after its first start.
    pub restarts: u64,
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
    /// `last` is the last change of its state.
    pub(super) fn of(plugin: &PluginInfo, last: Option<&Event>) -> Self {
        Self {
            id: plugin.id.clone(),
            version: plugin.version.to_string(),
            state: plugin.state.name().to_owned(),
            since: last.map(|event| time::text(event.at)),
            health: None,
            calls: None,
            time_in_calls_us: None,
            faults: plugin.faults,
            restarts: plugin.restarts,
            memory: None,
            why: plugin.refusal().map(|refusal| Trouble::from(&**refusal)),
        }
    }
}
