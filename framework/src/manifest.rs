//! What a plugin says about itself, as data.
//!
//! The same fields whatever they are read from: the note inside an object file (JSON, written by `#[plugin]`), or a
//! `plugin.toml` or `plugin.json` beside the files; or said by the plugin itself where it is linked in ([`Fact`]). Where the bytes are found is [`crate::note`]'s and the bridges'
//! business; which plugins run is the resolver's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::id::{InterfaceId, PluginId};

mod fact;
mod sorted;

pub use fact::{Describe, Fact};
pub use sorted::{Entries, Sorted};

/// What a plugin says about itself.
///
/// **Source:** the argument list of `#[keyway::plugin]`; the keys are the same in a `plugin.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `namespace/name`.
    pub id: PluginId,
    /// The plugin's own version.
    pub version: Version,
    /// One line for people.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Cow<'static, str>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// An SPDX expression.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub license: Cow<'static, str>,
    /// The host versions that it is made for; absent means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<VersionReq>,
    /// The interfaces that it provides, each with the version it was built against.
    #[serde(default, skip_serializing_if = "Sorted::is_empty")]
    pub provides: Sorted<InterfaceId, Version>,
    /// When it is started.
    #[serde(default, skip_serializing_if = "Activation::is_start")]
    pub activation: Activation,
    /// Its place among the plugins that provide the same interface; higher comes first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rank: i32,
    /// What must be there for it to run.
    #[serde(default, skip_serializing_if = "Requires::is_empty")]
    pub requires: Requires,
    /// Plugins that must not run beside it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conflicts: BTreeMap<PluginId, VersionReq>,
    /// What it asks to be granted, by capability; the values are the capability's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capabilities: BTreeMap<String, Vec<String>>,
    /// The name of the type that its settings are read into, where it has settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
}

impl Manifest {
    /// A manifest with nothing but a name and a version.
    pub fn new(id: PluginId, version: Version) -> Self {
        Self {
            id,
            version,
            description: Cow::Borrowed(""),
            authors: Vec::new(),
            license: Cow::Borrowed(""),
            host: None,
            provides: Sorted::new(),
            activation: Activation::Start,
            rank: 0,
            requires: Requires::default(),
            conflicts: BTreeMap::new(),
            capabilities: BTreeMap::new(),
            config: None,
        }
    }

    /// Reads the form that stands in the note of an object file.
    ///
    /// **Errors:** what `serde_json` says, with line and column.
    #[cfg(feature = "host")]
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Reads the form of a `plugin.toml`.
    ///
    /// **Errors:** what `toml` says, with the span drawn.
    #[cfg(feature = "host")]
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

/// When a plugin is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// With the host.
    #[default]
    Start,
    /// When somebody first asks for it.
    Use,
}

impl Activation {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
    fn is_start(&self) -> bool {
        *self == Self::Start
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(rank: &i32) -> bool {
    *rank == 0
}

/// What must be there for a plugin to run: plugins by id, and interfaces whoever provides them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requires {
    /// Interfaces, whichever plugin provides them; in TOML the table `interface` inside `[requires]`.
    #[serde(default, rename = "interface", skip_serializing_if = "BTreeMap::is_empty")]
    pub interfaces: BTreeMap<InterfaceId, Requirement>,
    /// Plugins.
    #[serde(flatten)]
    pub plugins: BTreeMap<PluginId, Requirement>,
}

impl Requires {
    /// Whether nothing is required.
    pub fn is_empty(&self) -> bool {
        self.interfaces.is_empty() && self.plugins.is_empty()
    }
}

/// One requirement: `"^1"`, or `{ version = "^1", optional = true }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RequirementForm", into = "RequirementForm")]
pub struct Requirement {
    /// Which versions will do.
    pub version: VersionReq,
    /// Whether the plugin also runs without it.
    pub optional: bool,
}

impl Requirement {
    /// A requirement that must be met.
    pub fn must(version: VersionReq) -> Self {
        Self { version, optional: false }
    }

    /// A requirement that is met where it can be.
    pub fn may(version: VersionReq) -> Self {
        Self { version, optional: true }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum RequirementForm {
    Short(VersionReq),
    #[serde(rename_all = "lowercase")]
    Long(LongForm),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongForm {
    version: VersionReq,
    #[serde(default)]
    optional: bool,
}

impl From<RequirementForm> for Requirement {
    fn from(form: RequirementForm) -> Self {
        match form {
            RequirementForm::Short(version) => Self::must(version),
            RequirementForm::Long(LongForm { version, optional }) => Self { version, optional },
        }
    }
}

impl From<Requirement> for RequirementForm {
    fn from(Requirement { version, optional }: Requirement) -> Self {
        if optional { Self::Long(LongForm { version, optional }) } else { Self::Short(version) }
    }
}

/// Where a plugin lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Home {
    /// Linked into the host.
    Static,
    /// A shared library, loaded into the host.
    Dylib,
}

impl std::fmt::Display for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Static => "static",
            Self::Dylib => "dylib",
        })
    }
}
