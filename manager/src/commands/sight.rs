//! What `list`, `info`, `why` and `doctor` look at: the host that runs, or else the files.

use keyway::host::control::{Details, HostReport, Item, List, Request, Statuses, Trouble, Why};
use keyway::host::resolver::Reason;
use keyway::host::{Refusal, State};
use keyway::id::PluginId;

use super::contact::{Contact, Which, no_host, other_folders, silence};
use super::look::{Look, Starting, better, missing_folders, of_problem};
use crate::app::App;
use crate::failure::Failure;
use crate::options::Options;
use crate::output::Screen;

/// Whether the host that runs is asked, or the files are looked at.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Seeing {
    #[command(flatten)]
    starting: Starting,
    /// Ask the host that runs, and fail where none does
    #[arg(long, conflicts_with_all = ["start", "files"])]
    running: bool,
    /// Look at the files, although a host runs
    #[arg(long, conflicts_with_all = ["start", "host"])]
    files: bool,
    #[command(flatten)]
    which: Which,
}

impl Seeing {
    pub(crate) fn starts(&self) -> bool {
        self.starting.start
    }
}

/// What is seen.
pub(crate) enum Sight<'a> {
    /// From here, by the files.
    Files { look: Look, app: &'a App, options: &'a Options },
    /// By the host that runs.
    Host { contact: Contact, app: &'a App, options: &'a Options },
}

/// What a plugin lacks that can not be seen from here, said of it.
pub(crate) struct Absent {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl<'a> Sight<'a> {
    /// A host that runs is asked, unless plugins are to be started here, folders were named for this one look, or the
    /// files are wanted.
    pub(crate) fn of(
        app: &'a App,
        options: &'a Options,
        seeing: &Seeing,
        screen: &mut Screen<'_>,
    ) -> Result<Self, Failure> {
        Self::by(Contact::find, app, options, seeing, screen)
    }

    /// As [`of`](Self::of), where everything is to be left as it is.
    pub(crate) fn leaving(
        app: &'a App,
        options: &'a Options,
        seeing: &Seeing,
        screen: &mut Screen<'_>,
    ) -> Result<Self, Failure> {
        Self::by(Contact::find_leaving, app, options, seeing, screen)
    }

    fn by(
        find: impl FnOnce(&App, &Which, &mut Screen<'_>) -> Result<Option<Contact>, Failure>,
        app: &'a App,
        options: &'a Options,
        seeing: &Seeing,
        screen: &mut Screen<'_>,
    ) -> Result<Self, Failure> {
        let asks = seeing.running || seeing.which.host.is_some();
        if asks && options.names_folders() {
            return Err(other_folders("leave `--path` out, or `--running` and `--host`"));
        }
        if asks || !(seeing.files || seeing.starts() || options.names_folders()) {
            match find(app, &seeing.which, screen) {
                Ok(Some(contact)) => return Ok(Self::Host { contact, app, options }),
                Ok(None) if seeing.running => {
                    return Err(no_host(app, "start it, or leave `--running` out"));
                }
                Ok(None) => {}
                Err(failure) if seeing.running => return Err(failure),
                Err(failure) => return Err(or_files(failure)),
            }
        }
        let look = Look::at(app, options, &seeing.starting, screen)?;
        Ok(Self::Files { look, app, options })
    }

    /// The host that speaks, where one does.
    pub(crate) fn host(&self) -> Option<&HostReport> {
        match self {
            Self::Files { .. } => None,
            Self::Host { contact, .. } => Some(&contact.about),
        }
    }

    /// Says which host speaks, where one does and it is not part of a document.
    pub(crate) fn introduce(&self, screen: &mut Screen<'_>) -> std::io::Result<()> {
        match self {
            Self::Files { .. } => Ok(()),
            Self::Host { contact, .. } => contact.introduce(screen),
        }
    }

    /// Every plugin, and what can not be read; folders that were named and are not there are among that.
    pub(crate) fn list(&mut self) -> Result<List, Failure> {
        let missing = match self {
            Self::Files { options, .. } => missing_folders(options),
            Self::Host { .. } => Vec::new(),
        };
        let list = self.list_found()?;
        Ok(List { problems: missing.into_iter().chain(list.problems).collect(), ..list })
    }

    /// Every plugin, and what was found and can not be read.
    pub(crate) fn list_found(&mut self) -> Result<List, Failure> {
        let mut list = match self {
            Self::Files { look, .. } => List {
                items: look.plugins().iter().map(Into::into).collect(),
                problems: look.survey().problems().iter().map(of_problem).collect(),
            },
            Self::Host { contact, .. } => {
                let list: List = contact.ask(&Request::List {}).map_err(|error| silence(&error))?;
                List { problems: list.problems.into_iter().map(better).collect(), ..list }
            }
        };
        for item in &mut list.items {
            item.why = self.why_not(item);
        }
        Ok(list)
    }

    /// How plugins fare; nothing is known of those that only the files tell of.
    pub(crate) fn statuses(&mut self) -> Result<Statuses, Failure> {
        match self {
            Self::Files { .. } => Ok(Statuses { items: Vec::new() }),
            Self::Host { contact, .. } => {
                contact.ask(&Request::Status { id: None }).map_err(|error| silence(&error))
            }
        }
    }

    /// Why a plugin does not run, with the way out as it is typed here.
    fn why_not(&self, item: &Item) -> Option<Trouble> {
        let trouble = self.app().trouble(item.why.clone()?);
        Some(match self.may_be_linked_in(&item.id) {
            Some(Absent { message, help }) => Trouble { message, help, ..trouble },
            None => trouble,
        })
    }

    fn app(&self) -> &'a App {
        match self {
            Self::Files { app, .. } | Self::Host { app, .. } => app,
        }
    }

    /// A command as it is typed.
    pub(crate) fn typed(&self, command: &str) -> String {
        match self {
            Self::Files { app, options, .. } | Self::Host { app, options, .. } => app.typed(command, options),
        }
    }

    /// What a refused plugin lacks, where that is all that it lacks and may be linked into the application, which can not be
    /// seen from here.
    pub(crate) fn may_be_linked_in(&self, id: &PluginId) -> Option<Absent> {
        let Self::Files { look, app, .. } = self else { return None };
        if app.sees_linked_in() {
            return None;
        }
        let plugin = look.plugin(id.as_str()).ok()?;
        let Refusal::Unresolved(refused) = &**plugin.refusal()? else { return None };
        let missing = refused.missing();
        if missing.is_empty() {
            return None;
        }
        let app = app.name();
        Some(Absent {
            message: format!(
                "needs {}, which may be linked into `{app}`: that can not be seen from here",
                missing.join(" and ")
            ),
            help: format!("ask again while `{app}` runs, or {}", refused.help()),
        })
    }

    pub(crate) fn details(&mut self, id: &str) -> Result<Details, Failure> {
        let mut details = match self {
            Self::Files { look, .. } => Details::of(&look.plugin(id)?, &look.plugins()),
            Self::Host { contact, .. } => {
                contact.ask(&Request::Plugin { id: id.to_owned() }).map_err(|error| silence(&error))?
            }
        };
        details.item.why = self.why_not(&details.item);
        Ok(details)
    }

    pub(crate) fn why(&mut self, id: &str) -> Result<Why, Failure> {
        let mut why: Why = match self {
            Self::Files { look, .. } => Why::of(&look.plugin(id)?, &look.plugins(), look.survey()),
            Self::Host { contact, .. } => {
                contact.ask(&Request::Why { id: id.to_owned() }).map_err(|error| silence(&error))?
            }
        };
        why.reasons.iter_mut().for_each(|reason| in_own_words(reason, self.app()));
        why.help = match (&*self, self.may_be_linked_in(&why.id)) {
            (_, Some(Absent { help, .. })) => help,
            (Self::Files { .. }, None) if why.state == State::Resolved.name() => {
                let start = self.typed(&format!("why {} --start", why.id));
                format!("nothing; start it for a look with `{start}`")
            }
            _ => self.app().in_own_words(&why.help),
        };
        Ok(why)
    }
}

fn in_own_words(reason: &mut Reason, app: &App) {
    reason.text = app.in_own_words(&reason.text);
    reason.because.iter_mut().for_each(|reason| in_own_words(reason, app));
}

/// The files can be looked at whatever hosts do.
fn or_files(failure: Failure) -> Failure {
    Failure { help: format!("{}; or look at the files with `--files`", failure.help), ..failure }
}
