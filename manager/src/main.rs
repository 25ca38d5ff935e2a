//! The `keyway` command: [`keyway_cli::PluginCommand`] for any application, and for the plugins that are linked in here.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};
use keyway::host::{HostBuilder, Trial};
use keyway_cli::{App, Options, PluginCommand};

#[cfg(feature = "builtins")]
keyway::link_plugins!(keyway_builtins);

/// See, understand and check the plugins of an application
#[derive(Parser)]
#[command(name = "keyway", version, after_help = AFTER, arg_required_else_help = true)]
struct Keyway {
    /// Whose plugins: a name decides the standard folders, a version what plugins are checked against
    #[arg(long, value_name = "NAME[@VERSION]", env = "KEYWAY_APP", global = true, hide_env_values = true)]
    app: Option<String>,
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    #[command(flatten)]
    Plugin(PluginCommand),
    /// Write the completions of a shell: `source <(keyway completions bash)`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

const AFTER: &str = "\
Without --app, the plugins are those linked into this command, and those in the folders of `keyway`.
Where a host of the application runs and listens, it is asked; --files looks at the files instead.
Nothing is started here without --start, and a file is never loaded to be read.

Environment: KEYWAY_PATH names more folders, KEYWAY_HOME one place for all that is the user's own.
Exit codes:  0 done, 1 failed, 2 usage, 3 a file can not be believed, 6 a plugin is refused.";

fn main() -> ExitCode {
    keyway::host::serve_trials(&[&keyway_dylib::bridge()]);
    let keyway = match Keyway::try_parse() {
        Ok(keyway) => keyway,
        Err(error) => return keyway_cli::misused(&error),
    };
    let app = keyway.app.as_deref().unwrap_or("keyway");
    let app = match app.split_once('@').map_or((app, None), |(name, version)| (name, Some(version))) {
        ("keyway", version) => App::new("keyway", version.unwrap_or(env!("CARGO_PKG_VERSION"))),
        (name, version) => App::named(name, version).called(&format!("keyway --app {app}")),
    };
    match keyway.command {
        Command::Plugin(command) => {
            let build =
                |builder: HostBuilder| builder.bridge(keyway_dylib::bridge()).trial(Trial::reentering());
            command.run(&app.host(build), &keyway.options)
        }
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Keyway::command(), "keyway", &mut text);
            // Nobody is left to be told that nobody reads.
            let _written = std::io::Write::write_all(&mut std::io::stdout(), &text);
            ExitCode::SUCCESS
        }
    }
}
