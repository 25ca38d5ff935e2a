//! `why`: numbered reasons, and the next thing to do.

use keyway::host::resolver::Reason;
use keyway::host::{PluginInfo, State};
use keyway::id::{InterfaceId, PluginId};
use keyway::manifest::{Activation, Requirement};
use serde::Serialize;

use super::look::{Look, Starting, exit_of, state_paint};
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Screen, counted};

/// The arguments of `why`.
#[derive(Clone, Debug, clap::Args)]
pub struct Why {
    /// The plugin, as `namespace/name`
    id: String,
    #[command(flatten)]
    starting: Starting,
    #[command(flatten)]
    pub(super) folders: Folders,
}

#[derive(Serialize)]
struct Document {
    id: PluginId,
    version: String,
    state: &'static str,
    reasons: Vec<Reason>,
    /// The next thing to do.
    help: String,
}

impl Why {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let look = Look::at(app, options, &self.starting)?;
        let plugin = look.plugin(&self.id)?;
        let (reasons, help) = match &plugin.state {
            State::Refused(refusal) | State::Quarantined(refusal) => (refusal.reasons(), refusal.help()),
            State::Disabled(why) => {
                (vec![plain(format!("it is {why}"))], "enable it where the host disables it".into())
            }
            State::Resolved => (
                reasons_to_run(&look, &plugin),
                format!(
                    "nothing; start it for a look with `{}`",
                    app.typed(&format!("why {} --start", plugin.id), options)
                ),
            ),
            _ => (reasons_to_run(&look, &plugin), "nothing".into()),
        };
        let (id, version, state) = (plugin.id.clone(), plugin.version.to_string(), plugin.state.name());
        match screen.form() {
            Form::Json => screen.document("keyway.why/1", &Document { id, version, state, reasons, help })?,
            Form::Rows => {
                let mut write = |number: &str, _: usize, text: &str| screen.row(&[number, text]);
                numbered(&reasons, "", 0, &mut write)?;
                screen.row(&["next", &help])?;
            }
            Form::People { .. } => {
                let verb = match &plugin.state {
                    State::Resolved => "would run",
                    State::Active => "runs",
                    State::Refused(_) | State::Quarantined(_) => "can not run",
                    other => other.name(),
                };
                let id = Paint::Name.on(id.as_str());
                screen.line(&format!("{id} {version} {}", state_paint(&plugin.state).on(verb)))?;
                let mut write = |number: &str, depth: usize, text: &str| {
                    let dot = if depth == 0 { "." } else { "" };
                    let first = format!("{:width$}{number}{dot} ", "", width = depth * 3);
                    screen.text(&first, first.len(), text, Paint::Plain)
                };
                numbered(&reasons, "", 0, &mut write)?;
                let label = "next: ";
                screen.text(&Paint::Good.on(label), label.len(), &help, Paint::Plain)?;
            }
        }
        Ok(exit_of(&plugin))
    }
}

fn plain(text: String) -> Reason {
    Reason { text, because: Vec::new() }
}

/// Shows every reason with its number, `1.2` for the second below the first.
fn numbered(
    reasons: &[Reason],
    above: &str,
    depth: usize,
    write: &mut impl FnMut(&str, usize, &str) -> std::io::Result<()>,
) -> std::io::Result<()> {
    for (n, reason) in (1..).zip(reasons) {
        let number = format!("{above}{n}");
        write(&number, depth, &reason.text)?;
        numbered(&reason.because, &format!("{number}."), depth + 1, write)?;
    }
    Ok(())
}

/// Why it runs, why in this version, and from where.
fn reasons_to_run(look: &Look, plugin: &PluginInfo) -> Vec<Reason> {
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
        Reason {
            text: format!(
                "{} was chosen among {}",
                plugin.version,
                counted(plugin.passed_over.len() + 1, "candidate")
            ),
            because: because.collect(),
        }
    });
    if let Some(host) = &manifest.host {
        let survey = look.survey();
        let (name, version) = (survey.host_name(), survey.host_version());
        reasons.push(plain(format!("it is made for host {host}, and this one is `{name}` {version}")));
    }
    if !manifest.requires.is_empty() {
        let plugins = manifest.requires.plugins.iter().map(|(id, wanted)| plugin_met(look, id, wanted));
        let interfaces =
            manifest.requires.interfaces.iter().map(|(id, wanted)| interface_met(look, plugin, id, wanted));
        let because: Vec<Reason> = plugins.chain(interfaces).collect();
        reasons.push(Reason { text: "what it needs is here".into(), because });
    }
    if manifest.activation == Activation::Use && matches!(plugin.state, State::Resolved) {
        reasons.push(plain("it starts when somebody first asks for it".into()));
    }
    reasons
}

fn without(wanted: &Requirement) -> &'static str {
    if wanted.optional { ", and it runs without" } else { "" }
}

fn plugin_met(look: &Look, id: &PluginId, wanted: &Requirement) -> Reason {
    let here = look.plugin(id.as_str()).ok();
    plain(match here {
        Some(other) if other.refusal().is_none() && wanted.version.matches(&other.version) => {
            format!("`{id}` {}: {} runs", wanted.version, other.version)
        }
        Some(other) => {
            format!("`{id}` {}: {} does not run{}", wanted.version, other.version, without(wanted))
        }
        None => format!("`{id}` {}: not here{}", wanted.version, without(wanted)),
    })
}

fn interface_met(look: &Look, plugin: &PluginInfo, id: &InterfaceId, wanted: &Requirement) -> Reason {
    let used = plugin.needs.iter().chain(&plugin.prefers).filter_map(|id| look.plugin(id.as_str()).ok());
    let mut providers: Vec<_> = used
        .filter(|other| {
            other.manifest.provides.get(id).is_some_and(|version| wanted.version.matches(version))
        })
        .map(|other| format!("`{}`", other.id))
        .collect();
    providers.sort_unstable();
    plain(if providers.is_empty() {
        format!("interface `{id}` {}: nobody provides it{}", wanted.version, without(wanted))
    } else {
        format!("interface `{id}` {}: provided by {}", wanted.version, providers.join(", "))
    })
}
