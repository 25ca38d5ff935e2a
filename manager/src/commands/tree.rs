//! `tree`: what needs what.

use std::collections::{BTreeMap, BTreeSet};

use keyway::host::resolver::{Plan, Step, World};
use keyway::host::{Grow, Resolution, Survey};
use keyway::id::PluginId;
use serde::Serialize;

use super::look::{Look, Starting, missing_folders, of_problem, remark_unreadable};
use crate::app::App;
use crate::failure::{Exit, Failure, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Screen, harmless};

/// The arguments of `tree`.
#[derive(Clone, Debug, clap::Args)]
pub struct Tree {
    /// Only this plugin and what it needs
    id: Option<String>,
    /// Show who needs a plugin, instead of what it needs
    #[arg(long)]
    invert: bool,
    /// Write the picture for Graphviz: `keyway tree --dot | dot -Tsvg > plugins.svg`
    #[arg(long)]
    dot: bool,
    #[command(flatten)]
    pub(super) folders: Folders,
}

#[derive(Serialize)]
struct Document {
    /// In the order in which they start.
    items: Vec<Node>,
    /// By id.
    refused: Vec<Fallen>,
}

#[derive(Serialize)]
struct Node {
    id: PluginId,
    version: String,
    needs: Vec<PluginId>,
    prefers: Vec<PluginId>,
}

#[derive(Serialize)]
struct Fallen {
    id: PluginId,
    version: String,
    why: String,
}

impl Tree {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        if self.dot && screen.form() == Form::Json {
            return Err(Stop::Failure(Failure {
                exit: Exit::Usage,
                code: "usage".into(),
                message: "`--dot` and `--json` are two forms of one output".into(),
                help: "write one of them".into(),
            }));
        }
        let look = Look::at(app, options, &Starting { start: false }, screen)?;
        let survey = look.survey();
        let resolution = match &self.id {
            Some(id) => self.part(app, options, &look, id)?,
            None => survey.resolution().clone(),
        };
        let grow = if self.invert { Grow::NeededBy } else { Grow::Needs };
        if self.dot {
            let dot = resolution.dot(&world(survey));
            dot.lines().try_for_each(|line| screen.line(line))?;
        } else if screen.form() == Form::Json {
            screen.document("keyway.tree/1", &document(survey, &resolution))?;
        } else {
            let tree = survey.tree(self.id.as_deref(), grow).unwrap_or_default();
            for line in tree.lines() {
                if line.contains(" refused: ") && screen.form() != Form::Rows {
                    screen.text("", 2, line, Paint::Plain)?;
                } else {
                    screen.line(&harmless(line))?;
                }
            }
        }
        if self.id.is_none() {
            screen.flush()?;
            remark_unreadable(&missing_folders(options), screen)?;
            let problems: Vec<_> = survey.problems().iter().map(of_problem).collect();
            remark_unreadable(&problems, screen)?;
        }
        Ok(Exit::Done)
    }

    /// The part of the plan that a tree from one plugin shows.
    fn part(&self, app: &App, options: &Options, look: &Look, id: &str) -> Result<Resolution, Failure> {
        let survey = look.survey();
        let plugin = look.plugin(id)?;
        let Resolution { plan: Plan { steps }, .. } = survey.resolution();
        let root = steps.iter().position(|step| survey.candidates()[step.candidate].manifest.id == plugin.id);
        let Some(root) = root else {
            return Err(Failure {
                exit: Exit::Refused,
                code: "not-in-plan".into(),
                message: format!("plugin `{id}` is {} and has no tree", plugin.state.name()),
                help: format!("see the reasons with `{}`", app.typed(&format!("why {id}"), options)),
            });
        };
        let mut part = BTreeSet::from([root]);
        let mut next = vec![root];
        while let Some(at) = next.pop() {
            let below: Vec<usize> = if self.invert {
                (0..steps.len()).filter(|other| links(&steps[*other]).any(|link| link == at)).collect()
            } else {
                links(&steps[at]).collect()
            };
            next.extend(below.into_iter().filter(|other| part.insert(*other)));
        }
        let place: Vec<usize> = part.into_iter().collect();
        let renumber =
            |links: &[usize]| links.iter().filter_map(|link| place.binary_search(link).ok()).collect();
        let steps = place.iter().map(|&step| {
            let Step { candidate, needs, after } = &steps[step];
            Step { candidate: *candidate, needs: renumber(needs), after: renumber(after) }
        });
        let plan = Plan { steps: steps.collect() };
        Ok(Resolution { plan, refused: Default::default(), passed_over: Vec::new() })
    }
}

fn links(step: &Step) -> impl Iterator<Item = usize> + '_ {
    step.needs.iter().chain(&step.after).copied()
}

fn world(survey: &Survey) -> World<'_> {
    static NONE: BTreeMap<PluginId, String> = BTreeMap::new();
    static NOBODY: BTreeSet<PluginId> = BTreeSet::new();
    World {
        host: survey.host_name(),
        host_version: survey.host_version(),
        candidates: survey.candidates(),
        excluded: &NONE,
        keep: &NOBODY,
    }
}

fn document(survey: &Survey, resolution: &Resolution) -> Document {
    let steps = &resolution.plan.steps;
    let manifest = |step: usize| &survey.candidates()[steps[step].candidate].manifest;
    let ids = |links: &[usize]| -> Vec<PluginId> {
        let mut ids: Vec<_> = links.iter().map(|link| manifest(*link).id.clone()).collect();
        ids.sort_unstable();
        ids
    };
    let node = |(n, step): (usize, &Step)| Node {
        id: manifest(n).id.clone(),
        version: manifest(n).version.to_string(),
        needs: ids(&step.needs),
        prefers: ids(&step.after),
    };
    let fallen = resolution.refused.values().map(|refused| Fallen {
        id: refused.id().clone(),
        version: refused.version().to_string(),
        why: refused.summary(),
    });
    Document { items: steps.iter().enumerate().map(node).collect(), refused: fallen.collect() }
}
