//! Why a plugin runs or does not, in numbered reasons with the next thing to do.

use serde::{Deserialize, Serialize};

use crate::host::info::{PluginInfo, State};
use crate::host::resolver::Reason;
use crate::host::survey::Survey;
use crate::id::{InterfaceId, PluginId};
use crate::manifest::{Activation, Requirement};

/// Why a plugin runs or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The plugin.
    pub id: PluginId,
    /// Its version.
    pub version: String,
    /// How far it has come.
    pub state: String,
    /// The reasons, each with those behind it.
    pub reasons: Vec<Reason>,
    /// The next thing to do; `nothing` where there is none.
    pub help: String,
}

impl Why {
    /// `all` are the plugins of the same host, by id, and `survey` what was found when they were listed.
    pub fn of(plugin: &PluginInfo, all: &[PluginInfo], survey: &Survey) -> Self {
        let world = Seen { all, survey };
        let nothing = || "nothing".to_owned();
        let (reasons, help) = match &plugin.state {
            State::Refused(refusal) | State::Quarantined(refusal) => (refusal.reasons(), refusal.help()),
            State::Disabled(by) => (vec![plain(format!("it is disabled by {by}"))], by.help(&plugin.id)),
            State::Retired => {
                let help = format!("load it again with `keyway load {}`", plugin.id);
                (vec![plain("it has been unloaded".into())], help)
            }
            _ => (world.reasons_to_run(plugin), nothing()),
        };
        Self {
            id: plugin.id.clone(),
            version: plugin.version.to_string(),
            state: plugin.state.name().to_owned(),
            reasons,
            help,
        }
    }
}

fn plain(text: String) -> Reason {
    Reason { text, because: Vec::new() }
}

struct Seen<'a> {
    all: &'a [PluginInfo],
    survey: &'a Survey,
}

impl Seen<'_> {
    fn plugin(&self, id: &PluginId) -> Option<&PluginInfo> {
        self.all.binary_search_by(|plugin| plugin.id.cmp(id)).ok().map(|at| &self.all[at])
    }

    /// Why it runs, why in this version, and from where.
    fn reasons_to_run(&self, plugin: &PluginInfo) -> Vec<Reason> {
        let manifest = &plugin.manifest;
        let mut reasons = vec![plain(match &plugin.file {
            Some(file) => format!("it was found in `{}`", file.display()),
            None => "it is linked into the host".into(),
        })];
        reasons.push(if plugin.passed_over.is_empty() {
            plain(format!("{} is the only version here", plugin.version))
        } else {
            let because = plugin.passed_over.iter().map(|aside| {
                let place = if aside.place == "-" { "linked in" } else { &aside.place };
                plain(format!("{} ({place}) is left aside: {}", aside.version, aside.why))
            });
            let text =
                format!("{} was chosen among {} candidates", plugin.version, plugin.passed_over.len() + 1);
            Reason { text, because: because.collect() }
        });
        if let Some(host) = &manifest.host {
            let (name, version) = (self.survey.host_name(), self.survey.host_version());
            reasons.push(plain(format!("it is made for host {host}, and this one is `{name}` {version}")));
        }
        if !manifest.requires.is_empty() {
            let plugins = manifest.requires.plugins.iter().map(|(id, wanted)| self.plugin_met(id, wanted));
            let interfaces = manifest
                .requires
                .interfaces
                .iter()
                .map(|(id, wanted)| self.interface_met(plugin, id, wanted));
            let because: Vec<Reason> = plugins.chain(interfaces).collect();
            reasons.push(Reason { text: "what it needs is here".into(), because });
        }
        if manifest.activation == Activation::Use && matches!(plugin.state, State::Resolved) {
            reasons.push(plain("it starts when somebody first asks for it".into()));
        }
        reasons
    }

    fn plugin_met(&self, id: &PluginId, wanted: &Requirement) -> Reason {
        plain(match self.plugin(id) {
            Some(other) if other.refusal().is_none() && wanted.version.matches(&other.version) => {
                format!("`{id}` {}: {} runs", wanted.version, other.version)
            }
            Some(other) => {
                format!("`{id}` {}: {} does not run{}", wanted.version, other.version, without(wanted))
            }
            None => format!("`{id}` {}: not here{}", wanted.version, without(wanted)),
        })
    }

    fn interface_met(&self, plugin: &PluginInfo, id: &InterfaceId, wanted: &Requirement) -> Reason {
        let used = plugin.needs.iter().chain(&plugin.prefers).filter_map(|id| self.plugin(id));
        let fits = |other: &&PluginInfo| {
            other.manifest.provides.get(id).is_some_and(|version| wanted.version.matches(version))
        };
        let mut providers: Vec<_> = used.filter(fits).map(|other| format!("`{}`", other.id)).collect();
        providers.sort_unstable();
        plain(if providers.is_empty() {
            format!("interface `{id}` {}: nobody provides it{}", wanted.version, without(wanted))
        } else {
            format!("interface `{id}` {}: provided by {}", wanted.version, providers.join(", "))
        })
    }
}

fn without(wanted: &Requirement) -> &'static str {
    if wanted.optional { ", and it runs without" } else { "" }
}
