//! What `list`, `info` and `why` look at: the host that runs, or else the files.

use keyway::host::State;
use keyway::host::control::{Details, HostReport, List, Request, Unreadable, Why};

use super::contact::{Contact, Which, silence};
use super::look::{Look, Starting, unreadable};
use crate::app::App;
use crate::failure::{Exit, Failure};
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
    Host(Contact),
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
        let asks = seeing.running || seeing.which.host.is_some();
        if asks && options.names_folders() {
            return Err(Failure {
                exit: Exit::Usage,
                code: "usage".into(),
                message: "a host that runs has its own folders, and `--path` names others".into(),
                help: "leave `--path` out, or `--running` and `--host`".into(),
            });
        }
        if asks || !(seeing.files || seeing.starts() || options.names_folders()) {
            let contact = match seeing.running {
                true => {
                    Some(Contact::needed(app, &seeing.which, screen, "start it, or leave `--running` out")?)
                }
                false => Contact::find(app, &seeing.which, screen).map_err(or_files)?,
            };
            if let Some(contact) = contact {
                return Ok(Self::Host(contact));
            }
        }
        let look = Look::at(app, options, &seeing.starting, screen)?;
        Ok(Self::Files { look, app, options })
    }

    /// The host that speaks, where one does.
    pub(crate) fn host(&self) -> Option<&HostReport> {
        match self {
            Self::Files { .. } => None,
            Self::Host(contact) => Some(&contact.about),
        }
    }

    /// Says which host speaks, where one does and it is not part of a document.
    pub(crate) fn introduce(&self, screen: &mut Screen<'_>) -> std::io::Result<()> {
        match self {
            Self::Files { .. } => Ok(()),
            Self::Host(contact) => contact.introduce(screen),
        }
    }

    pub(crate) fn list(&mut self) -> Result<List, Failure> {
        match self {
            Self::Files { look, options, .. } => Ok(List {
                items: look.plugins().iter().map(Into::into).collect(),
                problems: unreadable(look, options),
            }),
            Self::Host(contact) => {
                let mut list: List = contact.ask(&Request::List {}).map_err(|error| silence(&error))?;
                list.problems =
                    list.problems.into_iter().map(super::look::better).collect::<Vec<Unreadable>>();
                Ok(list)
            }
        }
    }

    pub(crate) fn details(&mut self, id: &str) -> Result<Details, Failure> {
        match self {
            Self::Files { look, .. } => Ok(Details::of(&look.plugin(id)?, &look.plugins())),
            Self::Host(contact) => {
                contact.ask(&Request::Plugin { id: id.to_owned() }).map_err(|error| silence(&error))
            }
        }
    }

    pub(crate) fn why(&mut self, id: &str) -> Result<Why, Failure> {
        match self {
            Self::Files { look, app, options } => {
                let plugin = look.plugin(id)?;
                let why = Why::of(&plugin, &look.plugins(), look.survey());
                let help = match &plugin.state {
                    State::Resolved => {
                        let start = app.typed(&format!("why {} --start", plugin.id), options);
                        format!("nothing; start it for a look with `{start}`")
                    }
                    _ => why.help,
                };
                Ok(Why { help, ..why })
            }
            Self::Host(contact) => {
                contact.ask(&Request::Why { id: id.to_owned() }).map_err(|error| silence(&error))
            }
        }
    }
}

/// The files can be looked at whatever hosts do.
fn or_files(failure: Failure) -> Failure {
    Failure { help: format!("{}; or look at the files with `--files`", failure.help), ..failure }
}
