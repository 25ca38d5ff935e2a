//! What the commands look at: a survey, or a host that runs.

use std::sync::Arc;

use keyway::host::{Host, PluginInfo, Problem, State, Survey};
use keyway::id::PluginId;
use serde::Serialize;

use crate::app::App;
use crate::failure::{Exit, Failure, in_words, unreachable};
use crate::nearest::nearest;
use crate::options::Options;
use crate::output::{Paint, Screen};

/// Whether plugins are started.
#[derive(Clone, Debug, clap::Args)]
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
    pub(crate) fn at(app: &App, options: &Options, starting: &Starting) -> Result<Self, Failure> {
        let survey = app.survey(options)?;
        Ok(if starting.start {
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
            [] => "see what is here with `list`, or name more folders with `--path DIR`".to_owned(),
            _ => {
                let meant: Vec<_> = meant.iter().map(|id| format!("`{id}`")).collect();
                format!("write {} if that is meant", meant.join(" or "))
            }
        };
        Failure {
            exit: Exit::Failed,
            code: "unknown-plugin",
            message: format!("there is no plugin `{id}`"),
            help,
        }
    }
}

/// One plugin, as every document has it.
#[derive(Serialize)]
pub(crate) struct Item {
    pub(crate) id: PluginId,
    pub(crate) version: String,
    pub(crate) home: String,
    pub(crate) state: &'static str,
    pub(crate) trust: String,
    pub(crate) source: String,
    pub(crate) file: Option<String>,
    /// Why it does not run.
    pub(crate) why: Option<Trouble>,
}

/// What is wrong, and what to do.
#[derive(Serialize)]
pub(crate) struct Trouble {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl From<&PluginInfo> for Item {
    fn from(plugin: &PluginInfo) -> Self {
        let why = plugin.refusal().map(|refusal| Trouble {
            code: refusal.code(),
            message: refusal.summary(),
            help: refusal.help(),
        });
        Self {
            id: plugin.id.clone(),
            version: plugin.version.to_string(),
            home: plugin.home.to_string(),
            state: plugin.state.name(),
            trust: plugin.trust.to_string(),
            source: plugin.source.clone(),
            file: plugin.file.as_ref().map(|file| file.display().to_string()),
            why,
        }
    }
}

/// Something in a plugin folder that was meant to be a plugin and can not be read.
#[derive(Serialize)]
pub(crate) struct Unreadable {
    place: String,
    #[serde(flatten)]
    trouble: Trouble,
}

impl From<&Problem> for Unreadable {
    fn from(problem: &Problem) -> Self {
        let place = problem.place.display().to_string();
        if let Some(Failure { code, message, help, .. }) = unreachable(&problem.place) {
            return Self { place, trouble: Trouble { code, message, help } };
        }
        let message = in_words(&problem.cause);
        // The readers of files name the file themselves; folders and manifests do not.
        let message = if message.contains(&place) { message } else { format!("`{place}`: {message}") };
        Self { trouble: Trouble { code: problem.cause.code(), message, help: problem.cause.help() }, place }
    }
}

impl Unreadable {
    pub(crate) fn parts(self) -> (String, Trouble) {
        (self.place, self.trouble)
    }
}

/// What could not be read, and folders that were named and are not there.
pub(crate) fn unreadable(look: &Look, options: &Options) -> Vec<Unreadable> {
    let missing = options.folders().into_iter().filter(|folder| folder.symlink_metadata().is_err());
    let missing = missing.map(|folder| {
        let place = folder.display().to_string();
        let trouble = Trouble {
            code: "folder-missing",
            message: format!("the folder `{place}` does not exist"),
            help: format!("`mkdir -p {place}`, or take it out of `--path` and `KEYWAY_PATH`"),
        };
        Unreadable { place, trouble }
    });
    missing.chain(look.survey().problems().iter().map(Unreadable::from)).collect()
}

/// Says the same on the error output.
pub(crate) fn remark_unreadable(
    look: &Look,
    options: &Options,
    screen: &mut Screen<'_>,
) -> std::io::Result<()> {
    for problem in unreadable(look, options) {
        let (_, trouble) = problem.parts();
        screen.remark("warning", &trouble.message, &trouble.help)?;
    }
    Ok(())
}

pub(crate) fn state_paint(state: &State) -> Paint {
    match state {
        State::Active => Paint::Good,
        State::Refused(_) | State::Quarantined(_) => Paint::Bad,
        State::Disabled(_) | State::Retired | State::Draining => Paint::Faint,
        _ => Paint::Plain,
    }
}

/// How a command about one plugin ends.
pub(crate) fn exit_of(plugin: &PluginInfo) -> Exit {
    if plugin.refusal().is_some() { Exit::Refused } else { Exit::Done }
}
