//! `info`: everything that is known of a plugin.

use keyway::host::control::{Aside, Details, HostReport, Item};
use keyway::id::PluginId;
use serde::Serialize;

use super::describe::{self, fact};
use super::look::{exit_of, state_paint};
use super::sight::{Seeing, Sight};
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Screen};

/// The arguments of `info`.
#[derive(Clone, Debug, clap::Args)]
pub struct Info {
    /// The plugin, as `namespace/name`
    id: String,
    #[command(flatten)]
    seeing: Seeing,
    #[command(flatten)]
    pub(super) folders: Folders,
}

#[derive(Serialize)]
struct Document<'a> {
    /// The host that says so; absent where the files were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a HostReport>,
    #[serde(flatten)]
    details: &'a Details,
}

impl Info {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let mut sight = Sight::of(app, options, &self.seeing, screen)?;
        let details = sight.details(&self.id)?;
        sight.introduce(screen)?;
        match screen.form() {
            Form::Json => {
                let host = sight.host();
                screen.document("keyway.info/1", &Document { host, details: &details })?;
            }
            Form::People { .. } => {
                let Item { id, version, state, .. } = &details.item;
                let (id, state) = (Paint::Name.on(id.as_str()), state_paint(state).on(state));
                screen.line(&format!("{id} {version}  {state}"))?;
                describe::write(screen, None, &facts(&details)[3..])?;
            }
            Form::Rows => describe::write(screen, None, &facts(&details))?,
        }
        Ok(exit_of(&details.item))
    }
}

/// The first three are what a person reads in the headline.
fn facts(details: &Details) -> Vec<describe::Fact> {
    let Item { id, version, home, state, trust, source, file, why } = &details.item;
    let ids = |ids: &[PluginId]| -> Vec<String> { ids.iter().map(PluginId::to_string).collect() };
    let aside = |Aside { version, place, why, .. }: &Aside| {
        let place = if place == "-" { "linked in" } else { place };
        format!("{version} ({place}): {why}")
    };
    let place = file.as_ref().filter(|_| source != "-");
    let mut facts: Vec<describe::Fact> =
        [fact("id", [id.as_str()]), fact("version", [version]), fact("state", [state])]
            .into_iter()
            .flatten()
            .collect();
    facts.extend(
        why.iter().flat_map(|why| [fact("why", [&why.message]), fact("next", [&why.help])]).flatten(),
    );
    facts.extend([fact("home", [home]), fact("trust", [trust]), fact("file", place)].into_iter().flatten());
    facts.extend(describe::manifest(&details.manifest));
    let restarts = (details.restarts > 0).then(|| details.restarts.to_string());
    let faults = (details.faults > 0).then(|| format!("{} calls ended in one", details.faults));
    facts.extend(
        [
            fact("runs on", ids(&details.needs)),
            fact("uses", ids(&details.prefers)),
            fact("needed by", ids(&details.needed_by)),
            fact("used by", ids(&details.preferred_by)),
            fact("faults", faults),
            fact("restarts", restarts),
            fact("left aside", details.passed_over.iter().map(aside)),
        ]
        .into_iter()
        .flatten(),
    );
    facts.extend(details.build.as_ref().map(describe::build).unwrap_or_default());
    facts
}
