//! What every command takes.

use std::path::PathBuf;

use anstream::ColorChoice;

/// What every command takes. Flatten it beside [`PluginCommand`](crate::PluginCommand).
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Options {
    /// Look for plugins in this folder too; may be given several times
    #[arg(long = "path", value_name = "DIR", global = true)]
    pub path: Vec<PathBuf>,

    /// Write one JSON document, and errors as JSON
    #[arg(long, global = true)]
    pub json: bool,

    /// When to use colours; `auto` honours NO_COLOR
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    pub color: Color,
}

impl Options {
    /// The folders of `--path`, then those of the environment variable `KEYWAY_PATH`.
    pub fn folders(&self) -> Vec<PathBuf> {
        let variable = std::env::var_os("KEYWAY_PATH").unwrap_or_default();
        let more = std::env::split_paths(&variable).filter(|folder| !folder.as_os_str().is_empty());
        self.path.iter().cloned().chain(more).collect()
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
