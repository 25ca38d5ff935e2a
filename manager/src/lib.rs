//! The `keyway` command as a library, so that a host can have the same commands under its own name.
//!
//! ```text
//! Options ─┐
//! App ─────┴─► the host that runs, or App::survey ──► PluginCommand::run ──► Screen (a table, rows, or JSON)
//! ```
//!
//! A host mounts the tree below a subcommand of its own; `mytool plugin list` and `keyway --app mytool@1.0.0 list` are
//! then one thing, but for the plugins that are linked into `mytool`, which only `mytool` can see:
//!
//! ```
//! use clap::Parser as _;
//! use keyway_cli::{App, Options, PluginCommand};
//!
//! #[derive(clap::Parser)]
//! enum MyTool {
//!     /// Look after the plugins
//!     Plugin {
//!         #[command(flatten)]
//!         options: Options,
//!         #[command(subcommand)]
//!         command: PluginCommand,
//!     },
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     # if true { return std::process::ExitCode::SUCCESS; }
//!     let MyTool::Plugin { options, command } = MyTool::parse();
//!     let app = App::new("mytool", env!("CARGO_PKG_VERSION"))
//!         .called("mytool plugin")
//!         .host(|builder| builder.bridge(keyway_dylib::bridge()));
//!     command.run(&app, &options)
//! }
//! ```
//!
//! `list`, `info`, `why` and `doctor` ask the host that runs and say which it is; without one, with `--files`, `--path` or
//! `--start` they look from here. `status`, `load`, `unload`, `reload` and `logs` need a host that listens
//! (`Host::control`); `enable` and `disable` are kept for the next start where none does.
//!
//! # Exit codes
//!
//! | code | when |
//! |---|---|
//! | 0 | done; also when the reader of a pipe has gone away |
//! | 1 | failed: no such plugin, a file that can not be read, a finding of `doctor`, no host that runs; at least one of several failed |
//! | 2 | usage; several hosts run, and none is named |
//! | 3 | `inspect`: the file contradicts itself, or its notes can not be believed |
//! | 6 | `info`, `why`, `status ID`, `tree ID` about a plugin that is refused or failing; `doctor` and `--start` with one; `enable` of one that does not run all the same |
//! | 130 | Ctrl-C while something is followed: the process ends by that signal, which shells tell so |
//!
//! 4 and 5 are left for the commands that install. `list`, `status` and `tree` without an id end with 0 whatever they
//! show: to tell is all that was asked.
//!
//! # Modules
//!
//! - `app`: what the commands must know of the host, and where plugins are looked for
//! - `commands`: one file a command
//! - `misuse`: a command line that can not be understood
//! - `output`: where text goes and in which form; what plugins say is made harmless there
#![forbid(unsafe_code)]

mod app;
mod commands;
mod failure;
mod misuse;
mod nearest;
mod options;
mod output;

pub use app::{App, standard_folders};
pub use commands::PluginCommand;
pub use failure::{Exit, Failure};
pub use misuse::misused;
pub use options::{Color, Options};
pub use output::{Form, Screen};
