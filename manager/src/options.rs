//! What every command takes.

use std::path::PathBuf;

use anstream::ColorChoice;
use keyway::host::Places;

use crate::output::quoted;

/// What every command takes. Flatten it beside [`PluginCommand`](crate::PluginCommand).
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Options {
    #[command(flatten)]
    pub(crate) folders: Folders,

    /// Write one JSON document, and errors as JSON
    #[arg(long, global = true)]
    pub json: bool,

    /// When to use colours; `auto` honours NO_COLOR
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    pub color: Color,
}

/// Folders that are named on the command line, before the command or after it.
// Not one global argument: of those clap keeps only the values of the last level at which it was given.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Folders {
    /// Look for plugins in this folder too; may be given several times
    #[arg(long = "path", value_name = "DIR")]
    path: Vec<PathBuf>,
}

impl Options {
    /// These, and the folders that were named after the command.
    pub(crate) fn with(&self, folders: &Folders) -> Self {
        let mut all = self.clone();
        all.folders.path.extend(folders.path.iter().cloned());
        all
    }

    /// Whether the command line names folders.
    pub(crate) fn names_folders(&self) -> bool {
        !self.folders.path.is_empty()
    }

    /// The folders as they are typed again.
    pub(crate) fn typed_folders(&self) -> String {
        self.folders.path.iter().map(|folder| format!(" --path {}", quoted(folder))).collect()
    }

    /// The folders of `--path`.
    pub(crate) fn named_folders(&self) -> &[PathBuf] {
        &self.folders.path
    }

    /// The folders of `--path`, then those of the environment variable `KEYWAY_PATH`.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        self.folders.path.iter().cloned().chain(Places::named()).collect()
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// In a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Whatever the output is.
    Always,
    /// Not at all.
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
