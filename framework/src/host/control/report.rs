//! What is told of a host and its plugins, as data: the same in an answer of the socket and in a document of a command.
//!
//! Times are texts of RFC 3339 in UTC.

use serde::{Deserialize, Serialize};

use crate::host::info::{LeftAside, PluginInfo};
use crate::host::loader::Problem;
use crate::host::record::{Event, LogLine};
use crate::host::refusal::{ChangeError, GetError, Refusal};
use crate::host::store::time;
use crate::id::PluginId;
use crate::manifest::Manifest;
use crate::note::BuildRecord;

/// What is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// A short name for programs, stable.
    pub code: String,
    /// What is wrong, one clause.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl From<&Refusal> for Trouble {
    fn from(refusal: &Refusal) -> Self {
        Self { code: refusal.code().to_owned(), message: refusal.summary(), help: refusal.help() }
    }
}

impl From<&ChangeError> for Trouble {
    fn from(error: &ChangeError) -> Self {
        let message = match error {
            // Each of the two names the plugin.
            ChangeError::Get(GetError::Refused { id, source }) => {
                format!("plugin `{id}` does not run: {}", source.summary())
            }
            error => crate::plugin::in_words(error),
        };
        Self { code: error.code().to_owned(), message, help: error.help() }
    }
}

/// Who a running host is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostReport {
    /// The host's name.
    pub app: String,
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Since when it can be asked.
    pub started: String,
    /// The version of the framework that it has.
    pub framework: String,
}

/// One plugin, as every document has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub id: PluginId,
    /// The version that was chosen.
    pub version: String,
    /// Where it lives.
    pub home: String,
    /// How far it has come.
    pub state: String,
    /// Why it is believed to be what it says.
    pub trust: String,
    /// The folder that it was found in; `-` for what is linked in.
    pub source: String,
    /// Its file, where it has one.
    pub file: Option<String>,
    /// Why it does not run, where it is refused or quarantined.
    pub why: Option<Trouble>,
}

impl From<&PluginInfo> for Item {
    fn from(plugin: &PluginInfo) -> Self {
        Self {
            id: plugin.id.clone(),
            version: plugin.version.to_string(),
            home: plugin.home.to_string(),
            state: plugin.state.name().to_owned(),
            trust: plugin.trust.to_string(),
            source: plugin.source.clone(),
            file: plugin.file.as_ref().map(|file| file.display().to_string()),
            why: plugin.refusal().map(|refusal| Trouble::from(&**refusal)),
        }
    }
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// By id.
    pub items: Vec<Item>,
    /// What was meant to be a plugin and can not be read.
    pub problems: Vec<Unreadable>,
}

/// Something in a plugin folder that was meant to be a plugin and can not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// The file or folder.
    pub place: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub trouble: Trouble,
}

impl From<&Problem> for Unreadable {
    fn from(problem: &Problem) -> Self {
        let place = problem.place.display().to_string();
        let message = crate::plugin::in_words(&problem.cause);
        // The readers of files name the file themselves; folders and manifests do not.
        let message = if message.contains(&place) { message } else { format!("`{place}`: {message}") };
        let (code, help) = (problem.cause.code().to_owned(), problem.cause.help());
        Self { place, trouble: Trouble { code, message, help } }
    }
}

/// Everything that is known of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// What a list shows of it.
    #[serde(flatten)]
    pub item: Item,
    /// All that it says about itself.
    pub manifest: Manifest,
    /// How its file was built, where that says so.
    pub build: Option<BuildRecord>,
    /// The plugins that it can not run without, by id.
    pub needs: Vec<PluginId>,
    /// The plugins that it uses where they run, by id.
    pub prefers: Vec<PluginId>,
    /// Those that can not run without it, by id.
    pub needed_by: Vec<PluginId>,
    /// Those that use it where it runs, by id.
    pub preferred_by: Vec<PluginId>,
    /// How many calls to it ended in a fault.
    pub faults: u64,
    /// How often it was started again after its first start.
    pub restarts: u64,
    /// What else was found under its name, in the order in which it was found.
    pub passed_over: Vec<Aside>,
}

impl Details {
    /// `all` are the plugins of the same host.
    pub fn of(plugin: &PluginInfo, all: &[PluginInfo]) -> Self {
        let users = |of: fn(&PluginInfo) -> &[PluginId]| -> Vec<PluginId> {
            all.iter().filter(|other| of(other).contains(&plugin.id)).map(|other| other.id.clone()).collect()
        };
        Self {
            item: plugin.into(),
            manifest: Manifest::clone(&plugin.manifest),
            build: plugin.build.clone(),
            needs: plugin.needs.clone(),
            prefers: plugin.prefers.clone(),
            needed_by: users(|other| &other.needs),
            preferred_by: users(|other| &other.prefers),
            faults: plugin.faults,
            restarts: plugin.restarts,
            passed_over: plugin.passed_over.iter().map(Aside::from).collect(),
        }
    }
}

/// Another candidate of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// Its version.
    pub version: String,
    /// Where it would live.
    pub home: String,
    /// Its file; `-` for what is linked in.
    pub place: String,
    /// Why another was chosen, in one clause.
    pub why: String,
}

impl From<&LeftAside> for Aside {
    fn from(aside: &LeftAside) -> Self {
        Self {
            version: aside.version.to_string(),
            home: aside.home.to_string(),
            place: aside.place.clone(),
            why: aside.why.clone(),
        }
    }
}

/// What has become of a plugin that something was done with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The plugin, as it is now.
    pub item: Item,
    /// Which others went the same way with it, by id.
    pub also: Vec<PluginId>,
    /// What of its code stays in the process although it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<Stays>,
    /// The quarantines that it was in, one clause each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifted: Vec<String>,
}

/// Code that stays in a process: a library is never unmapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// The library.
    pub file: String,
    /// How many bytes of it are mapped, where that is known.
    pub bytes: Option<u64>,
}

/// The last changes of a plugin's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The plugin.
    pub id: PluginId,
    /// The oldest first.
    pub items: Vec<Change>,
}

/// A change of a plugin's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: String,
    /// The version of the plugin that is meant.
    pub version: String,
    /// The state that it came into.
    pub state: String,
    /// Why, where it is refused or quarantined.
    pub why: Option<Trouble>,
}

impl From<&Event> for Change {
    fn from(event: &Event) -> Self {
        Self {
            at: time::text(event.at),
            version: event.version.to_string(),
            state: event.state.name().to_owned(),
            why: event.state.refusal().map(|refusal| Trouble::from(&**refusal)),
        }
    }
}

/// The last lines of a plugin's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The plugin.
    pub id: PluginId,
    /// The oldest first.
    pub items: Vec<Line>,
}

/// A line of a plugin's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Counts the lines of this plugin from 1.
    pub number: u64,
    /// When it was written.
    pub at: String,
    /// How urgent it is.
    pub level: String,
    /// What the plugin calls the part of it that speaks.
    pub target: String,
    /// What it says.
    pub message: String,
}

impl From<&LogLine> for Line {
    fn from(line: &LogLine) -> Self {
        Self {
            number: line.number,
            at: time::text(line.at),
            level: format!("{:?}", line.level).to_lowercase(),
            target: line.target.clone(),
            message: line.message.clone(),
        }
    }
}
