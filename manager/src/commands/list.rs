//! `list`: one row a plugin.
//!
//! Nothing is started without `--start`: a plugin that would run is then `resolved`, not `active`.

use serde::Serialize;

use super::look::{Item, Look, Starting, Unreadable, remark_unreadable, state_paint, unreadable};
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Row, Screen, short_path};

/// The arguments of `list`.
///
/// In a pipe a row has the columns id, version, home, state, trust, source, and why the plugin does not run.
#[derive(Clone, Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    starting: Starting,
    #[command(flatten)]
    pub(super) folders: Folders,
}

#[derive(Serialize)]
struct Document {
    /// By id.
    items: Vec<Item>,
    /// What was meant to be a plugin and can not be read.
    problems: Vec<Unreadable>,
}

impl List {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let look = Look::at(app, options, &self.starting)?;
        let plugins = look.plugins();
        match screen.form() {
            Form::Json => {
                let items = plugins.iter().map(Item::from).collect();
                let problems = unreadable(&look, options);
                screen.document("keyway.list/1", &Document { items, problems })?;
            }
            Form::Rows => {
                for Item { id, version, home, state, trust, source, why, .. } in
                    plugins.iter().map(Item::from)
                {
                    let why = why.map(|why| why.message).unwrap_or_default();
                    screen.row(&[id.as_str(), &version, &home, state, &trust, &source, &why])?;
                }
            }
            Form::People { .. } if plugins.is_empty() => {
                screen.remark("note", "no plugins are here", "name their folder with `--path DIR`")?;
            }
            Form::People { .. } => {
                let rows: Vec<Row> = plugins
                    .iter()
                    .map(|plugin| {
                        let Item { id, version, home, state, trust, source, why, .. } = plugin.into();
                        Row {
                            cells: vec![
                                (id.to_string(), Paint::Name),
                                (version, Paint::Plain),
                                (home, Paint::Plain),
                                (state.to_owned(), state_paint(&plugin.state)),
                                (trust, Paint::Plain),
                                (short_path(&source), Paint::Plain),
                            ],
                            below: why.map(|why| ("why", why.message)).into_iter().collect(),
                        }
                    })
                    .collect();
                screen.table(&["ID", "VERSION", "HOME", "STATE", "TRUST", "SOURCE"], &rows)?;
            }
        }
        screen.flush()?;
        remark_unreadable(&look, options, screen)?;
        let refused = plugins.iter().any(|plugin| plugin.refusal().is_some());
        Ok(if self.starting.start && refused { Exit::Refused } else { Exit::Done })
    }
}
