//! The commands, one file each.

mod cache;
mod change;
mod contact;
mod describe;
mod doctor;
mod info;
mod inspect;
mod list;
mod logs;
mod look;
mod sight;
mod status;
mod tree;
mod why;

use std::io;
use std::process::ExitCode;

use self::change::Verb;
use crate::app::App;
use crate::failure::{Exit, Failure, Stop};
use crate::options::Options;
use crate::output::Screen;

/// The commands that look after plugins: a subcommand of any clap parser.
#[derive(Clone, Debug, clap::Subcommand)]
#[non_exhaustive]
pub enum PluginCommand {
    /// List every plugin, and what stops those that do not run
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show everything that is known of a plugin
    #[command(visible_alias = "show")]
    Info(info::Info),
    /// Say why a plugin runs or does not, and what to do next
    Why(why::Why),
    /// Show what needs what, as a tree or for Graphviz
    Tree(tree::Tree),
    /// Read what a file says of itself, without running any of it
    Inspect(inspect::Inspect),
    /// Look for what is wrong, and say how to mend it
    Doctor(doctor::Doctor),
    /// Show how the plugins of a running host fare
    Status(status::Status),
    /// Start plugins in a running host
    Load(change::Change),
    /// Stop plugins in a running host, until they are loaded again or it starts anew
    Unload(change::Unload),
    /// Stop plugins in a running host, and start them from their files as they are now
    Reload(change::Change),
    /// Let plugins run that were disabled or are in quarantine, now and at every start
    Enable(change::Change),
    /// Keep plugins from running, now and at every start
    Disable(change::Change),
    /// Show what a plugin of a running host wrote to the log
    Logs(logs::Logs),
    /// Show what is kept to make the next start quick, or delete it
    Cache(cache::Cache),
}

impl PluginCommand {
    /// Runs the command with the output and the error output of this process.
    pub fn run(&self, app: &App, options: &Options) -> ExitCode {
        Screen::of_process(options, |screen| self.run_on(app, options, screen)).into()
    }

    /// Runs the command with output of the caller's choice. What went wrong has been said there.
    ///
    /// [`Options::json`] decides nothing here: the screen's form does.
    pub fn run_on(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Exit {
        let ended = match self {
            Self::List(list) => list.run(app, &options.with(&list.folders), screen),
            Self::Info(info) => info.run(app, &options.with(&info.folders), screen),
            Self::Why(why) => why.run(app, &options.with(&why.folders), screen),
            Self::Tree(tree) => tree.run(app, &options.with(&tree.folders), screen),
            Self::Inspect(inspect) => inspect.run(screen),
            Self::Doctor(doctor) => doctor.run(app, &options.with(&doctor.folders), screen),
            Self::Status(status) => status.run(app, options, screen),
            Self::Load(change) => change.run(Verb::Load, app, &options.with(&change.folders), screen),
            Self::Unload(unload) => unload.run(app, &options.with(&unload.change.folders), screen),
            Self::Reload(change) => change.run(Verb::Reload, app, &options.with(&change.folders), screen),
            Self::Enable(change) => change.run(Verb::Enable, app, &options.with(&change.folders), screen),
            Self::Disable(change) => change.run(Verb::Disable, app, &options.with(&change.folders), screen),
            Self::Logs(logs) => logs.run(app, options, screen),
            Self::Cache(cache) => cache.run(app, options, screen),
        };
        let ended = ended.and_then(|exit| Ok(screen.flush().map(|()| exit)?));
        ended.unwrap_or_else(|stop| match stop {
            Stop::Failure(failure) => {
                let failure = Failure { help: app.in_own_words(&failure.help), ..failure };
                // Where nobody hears the reason, the exit code still tells.
                let _said = screen.flush().and_then(|()| screen.failure(&failure));
                failure.exit
            }
            // Who reads has read enough, as `head` does.
            Stop::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Stop::Output(error) => {
                let _said = screen.failure(&Failure {
                    exit: Exit::Failed,
                    code: "output".into(),
                    message: format!("the output could not be written: {error}"),
                    help: "write to a place that has room, and that this user may write to".into(),
                });
                Exit::Failed
            }
        })
    }
}
