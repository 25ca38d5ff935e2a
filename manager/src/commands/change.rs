//! `load`, `unload`, `reload`, `enable`, `disable`: one plugin after the other.
//!
//! What fails does not keep the others from being done; it is told at the end. To do again what is done already is no
//! failure. `enable` and `disable` need no host that runs: then they are kept for the next start.

mod kept;

use std::fmt;

use keyway::host::control::{AskError, Changed, HostReport, Item, Request, Stays, Trouble};
use keyway::id::PluginId;
use serde::Serialize;

use super::contact::{Contact, Which, silence};
use super::describe::{self, fact};
use super::look::state_paint;
use crate::app::App;
use crate::failure::{Exit, Failure, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Screen, counted};

/// The arguments of `load`, `reload`, `enable` and `disable`.
#[derive(Clone, Debug, clap::Args)]
pub struct Change {
    /// The plugins, as `namespace/name`
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    pub(super) folders: Folders,
}

/// The arguments of `unload`.
#[derive(Clone, Debug, clap::Args)]
pub struct Unload {
    /// Stop those that can not do without them too
    #[arg(long)]
    cascade: bool,
    #[command(flatten)]
    pub(super) change: Change,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Load,
    Unload { cascade: bool },
    Reload,
    Enable,
    Disable,
}

impl Verb {
    fn request(self, id: &str) -> Request {
        let id = id.to_owned();
        match self {
            Self::Load => Request::Load { id },
            Self::Unload { cascade } => Request::Unload { id, cascade },
            Self::Reload => Request::Reload { id },
            Self::Enable => Request::Enable { id },
            Self::Disable => Request::Disable { id },
        }
    }

    fn schema(self) -> String {
        format!("keyway.{self}/1")
    }

    /// What goes on meanwhile.
    fn under_way(self) -> &'static str {
        match self {
            Self::Load => "loading",
            Self::Unload { .. } => "unloading",
            Self::Reload => "reloading",
            Self::Enable => "enabling",
            Self::Disable => "disabling",
        }
    }

    /// What to do where no host runs.
    fn without_a_host(self, app: &App, ids: &[String]) -> Option<String> {
        let typed = |command: &str| app.typed(command, &Options::default());
        match self {
            Self::Load | Self::Reload => {
                Some(format!("start it, and let it be controlled; `{}` shows what would run", typed("list")))
            }
            Self::Unload { .. } => Some(format!(
                "nothing is loaded then; keep a plugin from the next start with `{}`",
                typed(&format!("disable {}", ids.join(" ")))
            )),
            Self::Enable | Self::Disable => None,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Load => "load",
            Self::Unload { .. } => "unload",
            Self::Reload => "reload",
            Self::Enable => "enable",
            Self::Disable => "disable",
        })
    }
}

/// What has become of one of the plugins.
#[derive(Serialize)]
struct Outcome {
    /// As it was asked for.
    id: String,
    /// The plugin now; absent where it failed, or the plugin can not be seen from here.
    item: Option<Item>,
    also: Vec<PluginId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stays: Option<Stays>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lifted: Vec<String>,
    error: Option<Trouble>,
}

impl Outcome {
    fn of(id: &str, done: Result<Changed, Trouble>) -> Self {
        let id = id.to_owned();
        match done {
            Ok(Changed { item, also, stays, lifted, .. }) => {
                Self { id, item: Some(item), also, stays, lifted, error: None }
            }
            Err(error) => {
                let (also, lifted) = Default::default();
                Self { id, item: None, also, stays: None, lifted, error: Some(error) }
            }
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    /// The host that did it; `null` where it is kept for the next start.
    host: Option<&'a HostReport>,
    /// In the order in which they were named.
    items: &'a [Outcome],
}

impl Unload {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        self.change.run(Verb::Unload { cascade: self.cascade }, app, options, screen)
    }
}

impl Change {
    pub(super) fn run(
        &self,
        verb: Verb,
        app: &App,
        options: &Options,
        screen: &mut Screen<'_>,
    ) -> Result<Exit, Stop> {
        let contact = match verb.without_a_host(app, &self.ids) {
            Some(otherwise) => Some(Contact::needed(app, options, &self.which, screen, &otherwise)?),
            None => Contact::find(app, &self.which, screen)?,
        };
        let Some(mut contact) = contact else {
            let outcomes = kept::change(&self.ids, verb == Verb::Enable, app, options, screen)?;
            let said = show(verb, None, &outcomes, screen)?;
            if outcomes.iter().any(|outcome| outcome.error.is_none()) {
                let message = format!("no host of `{}` is running: this is for its next start", app.name());
                screen.remark("note", &message, "")?;
            }
            return Ok(said);
        };
        contact.introduce(screen)?;
        let mut outcomes = Vec::with_capacity(self.ids.len());
        for (n, id) in self.ids.iter().enumerate() {
            let wait = screen.wait(&format!("{} `{id}` ({} of {})", verb.under_way(), n + 1, self.ids.len()));
            let done = contact.ask::<Changed>(&verb.request(id));
            drop(wait);
            let done = match done {
                Err(error) if !matches!(error, AskError::Refused(_)) && outcomes.is_empty() => {
                    return Err(silence(&error).into());
                }
                // What comes after a host that went is told one by one, as what came before is.
                done => done.map_err(|error| trouble(id, &error, app, options)),
            };
            let mut outcome = Outcome::of(id, done);
            if let Some(item) = &mut outcome.item {
                item.why = item.why.take().map(|why| app.trouble(why));
            }
            outcomes.push(outcome);
        }
        Ok(show(verb, Some(&contact.about), &outcomes, screen)?)
    }
}

/// A host's no, with the way out in the words of this command.
fn trouble(id: &str, error: &AskError, app: &App, options: &Options) -> Trouble {
    let trouble = app.trouble(error.trouble());
    let help = match &*trouble.code {
        "needed" => format!("{}: `{}`", trouble.help, app.typed(&format!("unload {id} --cascade"), options)),
        _ => trouble.help.clone(),
    };
    Trouble { help, ..trouble }
}

fn show(
    verb: Verb,
    host: Option<&HostReport>,
    outcomes: &[Outcome],
    screen: &mut Screen<'_>,
) -> std::io::Result<Exit> {
    if screen.form() == Form::Json {
        screen.document(&verb.schema(), &Document { host, items: outcomes })?;
    } else {
        outcomes.iter().try_for_each(|outcome| one(outcome, screen))?;
        screen.flush()?;
    }
    let failed: Vec<(&str, &Trouble)> =
        outcomes.iter().filter_map(|outcome| Some((&*outcome.id, outcome.error.as_ref()?))).collect();
    for (id, Trouble { code, message, help }) in &failed {
        let message = if message.contains(*id) { message.clone() } else { format!("`{id}`: {message}") };
        let (code, help) = (code.clone().into(), help.clone());
        if screen.form() != Form::Json {
            screen.failure(&Failure { exit: Exit::Failed, code, message, help })?;
        }
    }
    let mut refused = false;
    for outcome in outcomes {
        let Some(item) = &outcome.item else { continue };
        if let Some(why) = &item.why {
            refused = true;
            let message = format!("plugin `{}` does not run: {}", item.id, why.message);
            screen.remark("warning", &message, &why.help)?;
        }
    }
    if failed.len() > 1 || (!failed.is_empty() && outcomes.len() > 1) {
        let all = counted(outcomes.len(), "plugin");
        screen.remark("note", &format!("{} of {all} failed", failed.len()), "")?;
    }
    Ok(match (&failed[..], refused) {
        ([], false) => Exit::Done,
        ([], true) => Exit::Refused,
        _ => Exit::Failed,
    })
}

/// In a pipe a row has the columns id, version, state, who went the same way, and the library that stays mapped.
fn one(outcome: &Outcome, screen: &mut Screen<'_>) -> std::io::Result<()> {
    if outcome.error.is_some() {
        return Ok(());
    }
    let Outcome { id, item, also, stays, lifted, .. } = outcome;
    let (version, state) = match item {
        Some(item) => (&*item.version, &*item.state),
        None => ("-", "-"),
    };
    let also: Vec<String> = also.iter().map(PluginId::to_string).collect();
    let file = stays.as_ref().map_or("", |stays| &stays.file);
    let Form::People { .. } = screen.form() else {
        return screen.row(&[id, version, state, &also.join(","), file]);
    };
    let name = Paint::Name.on(id);
    screen.line(&format!("{name} {version}  {}", state_paint(state).on(state)))?;
    let stays = stays.as_ref().map(|stays| match stays.bytes {
        Some(bytes) => format!("{} ({bytes} bytes) stays mapped until the host ends", stays.file),
        None => format!("{} stays mapped until the host ends", stays.file),
    });
    let facts = [fact("with it", also), fact("its code", stays), fact("lifted", lifted)];
    describe::write(screen, None, &facts.into_iter().flatten().collect::<Vec<_>>())
}
