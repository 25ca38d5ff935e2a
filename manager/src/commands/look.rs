//! What the commands look at: a survey, or a host that runs.

use std::path::Path;
use std::sync::Arc;

use keyway::host::control::{Item, Trouble, Unreadable};
use keyway::host::{Host, PluginInfo, Problem, Survey};

use crate::app::App;
use crate::failure::{Exit, Failure, unreachable};
use crate::nearest::nearest;
use crate::options::Options;
use crate::output::{Paint, Screen, quoted};

/// Whether plugins are started.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Starting {
    /// Really start the plugins, in this process, and stop them afterwards: runs their code
    #[arg(long)]
    pub(crate) start: bool,
}

/// What is here, before or after a start.
pub(crate) enum Look {
    Before(Box<Survey>),
    /// With the survey that it was started from.
    After(Box<Host>, Arc<Survey>),
}

impl Look {
    pub(crate) fn at(
        app: &App,
        options: &Options,
        starting: &Starting,
        screen: &Screen<'_>,
    ) -> Result<Self, Failure> {
        let looking = screen.wait("looking for plugins");
        let survey = app.survey(options, &looking)?;
        drop(looking);
        Ok(if starting.start {
            let _starting = screen.wait("starting plugins");
            let host = survey.start();
            let survey = host.survey();
            Self::After(host.into(), survey)
        } else {
            Self::Before(survey.into())
        })
    }

    pub(crate) fn survey(&self) -> &Survey {
        match self {
            Self::Before(survey) => survey,
            Self::After(_, survey) => survey,
        }
    }

    /// By id.
    pub(crate) fn plugins(&self) -> Vec<PluginInfo> {
        match self {
            Self::Before(survey) => survey.plugins(),
            Self::After(host, _) => host.plugins(),
        }
    }

    pub(crate) fn plugin(&self, id: &str) -> Result<PluginInfo, Failure> {
        let found = match self {
            Self::Before(survey) => survey.plugin(id),
            Self::After(host, _) => host.plugin(id),
        };
        found.ok_or_else(|| self.unknown(id))
    }

    pub(crate) fn unknown(&self, id: &str) -> Failure {
        let plugins = self.plugins();
        let meant = nearest(id, plugins.iter().map(|plugin| plugin.id.as_str()));
        let help = match meant[..] {
            [] if plugins.is_empty() => "name the folder of your plugins: `--path DIR`".to_owned(),
            [] => "see what is here with `keyway list`, or name more folders with `--path DIR`".to_owned(),
            _ => {
                let meant: Vec<_> = meant.iter().map(|id| format!("`{id}`")).collect();
                format!("write {} if that is meant", meant.join(" or "))
            }
        };
        Failure {
            exit: Exit::Failed,
            code: "unknown-plugin".into(),
            message: format!("there is no plugin `{id}`"),
            help,
        }
    }
}

/// What is wrong with a file or folder; by the diagnosis of the path where that is to blame.
pub(crate) fn of_problem(problem: &Problem) -> Unreadable {
    better(Unreadable::from(problem))
}

pub(crate) fn better(unreadable: Unreadable) -> Unreadable {
    match unreachable(Path::new(&unreadable.place)) {
        Some(failure) => Unreadable { trouble: failure.into(), ..unreadable },
        None => unreadable,
    }
}

/// Folders that were named and are not there.
pub(crate) fn missing_folders(options: &Options) -> Vec<Unreadable> {
    let missing = options.folders().into_iter().filter(|folder| folder.symlink_metadata().is_err());
    let told = missing.map(|folder| {
        let place = folder.display().to_string();
        let trouble = Trouble {
            code: "folder-missing".into(),
            message: format!("the folder `{place}` does not exist"),
            help: format!("`mkdir -p {}`, or take it out of `--path` and `KEYWAY_PATH`", quoted(&folder)),
        };
        Unreadable { place, trouble }
    });
    told.collect()
}

/// Says on the error output what can not be read.
pub(crate) fn remark_unreadable(unreadable: &[Unreadable], screen: &mut Screen<'_>) -> std::io::Result<()> {
    unreadable
        .iter()
        .try_for_each(|Unreadable { trouble, .. }| screen.remark("warning", &trouble.message, &trouble.help))
}

pub(crate) fn state_paint(state: &str) -> Paint {
    match state {
        "active" => Paint::Good,
        "refused" | "quarantined" => Paint::Bad,
        "disabled" | "retired" | "draining" => Paint::Faint,
        _ => Paint::Plain,
    }
}

/// How a command about one plugin ends.
pub(crate) fn exit_of(plugin: &Item) -> Exit {
    if plugin.why.is_some() { Exit::Refused } else { Exit::Done }
}
