//! A host: lists tools, and runs one on a file or on standard input.
//!
//! What a tool is called and what it takes, it says itself; nothing here knows any of them. [`call`] turns a command
//! line into the arguments that a tool asks for; [`serve`] is a host that stays up, with all that such a host wants.
#![forbid(unsafe_code)]

mod call;
mod serve;

// Without these lines a linker may leave out crates that nobody calls, and their plugins with them.
keyway::link_plugins!(keyway_builtins);
#[cfg(feature = "code-generator")]
keyway::link_plugins!(code_generator);

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use keyway::Handle;
use keyway::host::{Host, HostBuilder, Places, Trial};
use keyway_interfaces::{Tool, ToolError};

/// What plugins can ask for with `host = "…"`.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Lists tools, and runs one on a file or on standard input.
#[derive(Parser)]
#[command(version)]
struct Command {
    /// A folder of plugins, in the place of the standard ones. May be given several times.
    #[arg(long = "plugins", value_name = "DIR", global = true)]
    folders: Vec<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Shows every tool with what it does.
    List,
    /// Shows the JSON Schema of what a tool takes.
    Describe {
        /// The tool's name.
        name: String,
    },
    /// Looks after the plugins: the commands of `keyway`, for this program.
    Plugin {
        #[command(flatten)]
        options: keyway_cli::Options,
        #[command(subcommand)]
        command: keyway_cli::PluginCommand,
    },
    /// Stays up until Ctrl-C, a termination signal, or the end of standard input, for `toolbox plugin` and `keyway --app toolbox` to talk to.
    Serve {
        /// Stay up when standard input ends.
        #[arg(long)]
        stay: bool,
    },
    /// Runs a tool and prints its answer.
    Run {
        /// The tool's name.
        name: String,
        /// An argument of the tool; JSON where the tool takes JSON, else text. May be given several times.
        #[arg(long = "arg", value_name = "KEY=VALUE")]
        arguments: Vec<String>,
        /// Print only this field of the answer, a text as it is.
        #[arg(long)]
        field: Option<String>,
        /// What the tool works on; `-` is standard input.
        file: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    // First: this program, started once more by itself, tries libraries that it has never loaded, and ends here.
    keyway::host::serve_trials(&[&keyway_dylib::bridge()]);
    let Command { folders, action } = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => return keyway_cli::misused(&error),
    };
    if let Action::Plugin { options, command } = action {
        let app = keyway_cli::App::new("toolbox", VERSION).called("toolbox plugin");
        let app = if folders.is_empty() { app } else { app.folders(folders) };
        let app = app.host(|builder| builder.bridge(keyway_dylib::bridge()).trial(Trial::reentering()));
        return command.run(&app, &options);
    }
    let done = match action {
        Action::Serve { stay } => serve::serve(&folders, stay),
        action => act(&folders, action),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(help) = error.help() {
                eprintln!("  help: {help}");
            }
            ExitCode::FAILURE
        }
    }
}

fn act(folders: &[PathBuf], action: Action) -> Result<(), ToolError> {
    let host = start(host(folders).1)?;
    let tools = tools(&host);
    match action {
        Action::List => {
            let width = tools.iter().map(|tool| tool.name().len()).max().unwrap_or(0);
            let lines = tools.iter().map(|tool| format!("{:width$}  {}\n", tool.name(), tool.description()));
            print(&lines.collect::<String>())
        }
        Action::Plugin { .. } | Action::Serve { .. } => {
            unreachable!("these commands start no host, or their own")
        }
        Action::Describe { name } => print(&format!("{}\n", find(&tools, &name)?.parameters())),
        Action::Run { name, arguments, field, file } => {
            let tool = find(&tools, &name)?;
            let input = file.map(|file| read(&file)).transpose()?;
            let answer = tool.run(&call::arguments(&tool.parameters(), &arguments, input)?)?;
            print(&match field {
                Some(field) => call::field(&answer, &field)?,
                None => format!("{answer}\n"),
            })
        }
    }
}

/// The host: what is linked in, and what lies in the folders that are named, or else in the standard ones. A library that
/// it has never loaded is tried in another process first.
fn host(named: &[PathBuf]) -> (Places, HostBuilder) {
    let mut places = Places::standard("toolbox");
    if !named.is_empty() {
        named.clone_into(&mut places.search);
    }
    let builder = Host::builder("toolbox", VERSION).places(places.clone());
    (places, builder.bridge(keyway_dylib::bridge()).trial(Trial::reentering()))
}

fn start(builder: HostBuilder) -> Result<Host, ToolError> {
    builder.start().map_err(|error| ToolError::failed(error.to_string()).with_help(error.help()))
}

/// Every tool, by name.
fn tools(host: &Host) -> Vec<Handle<dyn Tool>> {
    let mut tools = host.all::<dyn Tool>();
    tools.sort_by_key(|tool| tool.name());
    tools
}

fn find<'a>(tools: &'a [Handle<dyn Tool>], name: &str) -> Result<&'a Handle<dyn Tool>, ToolError> {
    tools.iter().find(|tool| tool.name() == name).ok_or_else(|| {
        let names: Vec<_> = tools.iter().map(|tool| tool.name()).collect();
        ToolError::invalid_arguments(format!("there is no tool `{name}`"))
            .with_help(format!("there are {}", names.join(", ")))
    })
}

fn read(file: &Path) -> Result<String, ToolError> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| ToolError::unavailable(format!("`{}` can not be read: {error}", file.display())))
}

/// A pipe that is closed early, as by `head`, is no error.
fn print(text: &str) -> Result<(), ToolError> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(ToolError::unavailable(format!("standard output can not be written: {error}")))
        }
        _ => Ok(()),
    }
}
