//! `info`: everything that is known of a plugin.

use keyway::host::PluginInfo;
use keyway::id::PluginId;
use keyway::manifest::Manifest;
use keyway::note::BuildRecord;
use serde::Serialize;

use super::describe::{self, fact};
use super::look::{Item, Look, Starting, exit_of, state_paint};
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
    starting: Starting,
    #[command(flatten)]
    pub(super) folders: Folders,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    item: Item,
    manifest: &'a Manifest,
    build: Option<&'a BuildRecord>,
    needs: &'a [PluginId],
    prefers: &'a [PluginId],
    needed_by: Vec<PluginId>,
    preferred_by: Vec<PluginId>,
    faults: u64,
    passed_over: Vec<Aside>,
}

/// Another candidate of the same name.
#[derive(Serialize)]
struct Aside {
    version: String,
    home: String,
    place: String,
    why: String,
}

impl Info {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let look = Look::at(app, options, &self.starting)?;
        let plugin = look.plugin(&self.id)?;
        let all = look.plugins();
        let users = |of: fn(&PluginInfo) -> &[PluginId]| -> Vec<PluginId> {
            all.iter().filter(|other| of(other).contains(&plugin.id)).map(|other| other.id.clone()).collect()
        };
        let document = Document {
            item: Item::from(&plugin),
            manifest: &plugin.manifest,
            build: plugin.build.as_ref(),
            needs: &plugin.needs,
            prefers: &plugin.prefers,
            needed_by: users(|other| &other.needs),
            preferred_by: users(|other| &other.prefers),
            faults: plugin.faults,
            passed_over: plugin
                .passed_over
                .iter()
                .map(|aside| Aside {
                    version: aside.version.to_string(),
                    home: aside.home.to_string(),
                    place: aside.place.clone(),
                    why: aside.why.clone(),
                })
                .collect(),
        };
        match screen.form() {
            Form::Json => screen.document("keyway.info/1", &document)?,
            Form::People { .. } => {
                let (id, state) = (Paint::Name.on(plugin.id.as_str()), &plugin.state);
                screen.line(&format!("{id} {}  {}", plugin.version, state_paint(state).on(state.name())))?;
                describe::write(screen, None, &document.facts()[3..])?;
            }
            Form::Rows => describe::write(screen, None, &document.facts())?,
        }
        Ok(exit_of(&plugin))
    }
}

impl Document<'_> {
    /// The first three are what a person reads in the headline.
    fn facts(&self) -> Vec<describe::Fact> {
        let Item { id, version, home, state, trust, source, file, why } = &self.item;
        let ids = |ids: &[PluginId]| -> Vec<String> { ids.iter().map(PluginId::to_string).collect() };
        let aside = |Aside { version, place, why, .. }: &Aside| {
            let place = if place == "-" { "linked in" } else { place };
            format!("{version} ({place}): {why}")
        };
        let place = file.as_ref().filter(|_| source != "-");
        let mut facts: Vec<describe::Fact> =
            [fact("id", [id.as_str()]), fact("version", [version]), fact("state", [*state])]
                .into_iter()
                .flatten()
                .collect();
        facts.extend(
            why.iter().flat_map(|why| [fact("why", [&why.message]), fact("next", [&why.help])]).flatten(),
        );
        facts.extend(
            [fact("home", [home]), fact("trust", [trust]), fact("file", place)].into_iter().flatten(),
        );
        facts.extend(describe::manifest(self.manifest));
        let faults = (self.faults > 0).then(|| format!("{} calls ended in one", self.faults));
        facts.extend(
            [
                fact("runs on", ids(self.needs)),
                fact("uses", ids(self.prefers)),
                fact("needed by", ids(&self.needed_by)),
                fact("used by", ids(&self.preferred_by)),
                fact("faults", faults),
                fact("left aside", self.passed_over.iter().map(aside)),
            ]
            .into_iter()
            .flatten(),
        );
        facts.extend(self.build.map(describe::build).unwrap_or_default());
        facts
    }
}
