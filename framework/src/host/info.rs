//! What a host can tell of one plugin: the row of a list, and what stands behind it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use semver::Version;

use super::refusal::Refusal;
use crate::id::PluginId;
use crate::manifest::{Home, Manifest};
use crate::note::BuildRecord;

/// How far a plugin has come.
///
/// ```text
/// Resolved → Loaded → Active → Draining → Retired
///     └─────────┴────────┴──► Refused, Quarantined        Disabled
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum State {
    /// It has its place in the plan. A plugin with `activation = "use"` waits here until it is asked for.
    Resolved,
    /// Its code is coming in, or its start is under way.
    Loaded,
    /// It runs.
    Active,
    /// It has been asked to end what it began, and has not answered yet.
    Draining,
    /// It ran, and has been stopped.
    Retired,
    /// It is not wanted.
    Disabled(DisabledBy),
    /// It does not run: it has no place in a plan, could not be loaded, or did not start.
    Refused(Arc<Refusal>),
    /// It does not run, and is not tried again before the cause is gone: it hung, crashed, or broke off too often.
    Quarantined(Arc<Refusal>),
}

impl State {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Loaded => "loaded",
            Self::Active => "active",
            Self::Draining => "draining",
            Self::Retired => "retired",
            Self::Disabled(_) => "disabled",
            Self::Refused(_) => "refused",
            Self::Quarantined(_) => "quarantined",
        }
    }

    /// Why it does not run, where it is refused or quarantined.
    pub fn refusal(&self) -> Option<&Arc<Refusal>> {
        match self {
            Self::Refused(refusal) | Self::Quarantined(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Who does not want a plugin to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisabledBy {
    /// The host's author, with [`HostBuilder::disable`](super::HostBuilder::disable).
    Host,
    /// The operator, with a command or in a policy.
    Operator,
}

impl DisabledBy {
    /// The way out, for a plugin that is disabled so.
    pub fn help(self, id: &PluginId) -> String {
        match self {
            Self::Host => {
                format!("let the host's author take out `disable(\"{id}\")`: no command enables it")
            }
            Self::Operator => format!("enable it with `keyway enable {id}`"),
        }
    }
}

impl fmt::Display for DisabledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Host => "the host",
            Self::Operator => "the operator",
        })
    }
}

/// Why the host believes that a plugin is what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// It is part of the host's own program.
    BuiltIn,
    /// Nobody has signed it.
    Unsigned,
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BuiltIn => "built in",
            Self::Unsigned => "unsigned",
        })
    }
}

/// What a host can tell of one plugin, at the moment of asking.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PluginInfo {
    /// Its name.
    pub id: PluginId,
    /// The version that was chosen; of a plugin that is refused or disabled, the newest that was found.
    pub version: Version,
    /// Where it lives.
    pub home: Home,
    /// How far it has come.
    pub state: State,
    /// Why it is believed to be what it says.
    pub trust: Trust,
    /// The folder that it was found in, as the host was given it; `-` for what is linked in, `host` for what the host
    /// [offers](super::HostBuilder::offer) itself.
    pub source: String,
    /// Its file, where it has one.
    pub file: Option<PathBuf>,
    /// How its file was built, where that says so.
    pub build: Option<BuildRecord>,
    /// All that it says about itself.
    pub manifest: Arc<Manifest>,
    /// The plugins that it can not run without, by id; empty where it has no place in the plan.
    pub needs: Vec<PluginId>,
    /// The plugins that it uses where they run, by id.
    pub prefers: Vec<PluginId>,
    /// How many calls to it ended in a fault, through all of its generations.
    pub faults: u64,
    /// How often it was started again after its first start.
    pub restarts: u64,
    /// What else was found under its name and left aside, in the order in which it was found.
    pub passed_over: Vec<LeftAside>,
}

impl PluginInfo {
    /// Why it does not run, where it is refused.
    pub fn refusal(&self) -> Option<&Arc<Refusal>> {
        self.state.refusal()
    }
}

/// A plugin that was found and is not the one that was chosen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeftAside {
    /// Its version.
    pub version: Version,
    /// Where it would live.
    pub home: Home,
    /// Its file; `-` for what is linked in.
    pub place: String,
    /// Why another was chosen, in one clause.
    pub why: String,
}
