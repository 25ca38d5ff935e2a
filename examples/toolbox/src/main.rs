//! A host: lists tools, and runs one on a file or on standard input.
//!
//! What a tool is called and what it takes, it says itself; nothing here knows any of them. [`call`] turns a command
//! line into the arguments that a tool asks for.
#![forbid(unsafe_code)]

mod call;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use keyway_interfaces::{Tool, ToolError};

/// Lists tools, and runs one on a file or on standard input.
#[derive(Parser)]
#[command(version)]
struct Command {
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
    match act(Command::parse().action) {
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

fn act(action: Action) -> Result<(), ToolError> {
    let tools = tools();
    match action {
        Action::List => {
            let width = tools.iter().map(|tool| tool.name().len()).max().unwrap_or(0);
            let lines = tools.iter().map(|tool| format!("{:width$}  {}\n", tool.name(), tool.description()));
            print(&lines.collect::<String>())
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

/// Every tool, by name.
fn tools() -> Vec<Box<dyn Tool>> {
    let mut tools: Vec<Box<dyn Tool>> = vec![
        Box::new(keyway_builtins::Convert),
        Box::new(keyway_builtins::Diff),
        Box::new(keyway_builtins::Digest),
        Box::new(keyway_builtins::Evaluate),
        Box::new(keyway_builtins::Html),
        Box::new(keyway_builtins::Query),
        Box::new(keyway_builtins::Render),
        Box::new(keyway_builtins::WordCount),
    ];
    tools.sort_by_key(|tool| tool.name());
    tools
}

fn find<'a>(tools: &'a [Box<dyn Tool>], name: &str) -> Result<&'a dyn Tool, ToolError> {
    tools.iter().find(|tool| tool.name() == name).map(|tool| &**tool).ok_or_else(|| {
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
