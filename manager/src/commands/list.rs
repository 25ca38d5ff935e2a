//! `list`: one row a plugin.
//!
//! Without a host that runs, nothing is started without `--start`: a plugin that would run is then `resolved`, not
//! `active`.

use keyway::host::control::{self, HostReport, Item};
use serde::Serialize;

use super::look::{remark_unreadable, state_paint};
use super::sight::{Seeing, Sight};
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
    seeing: Seeing,
    #[command(flatten)]
    pub(super) folders: Folders,
}

#[derive(Serialize)]
struct Document<'a> {
    /// The host that says so; absent where the files were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a HostReport>,
    #[serde(flatten)]
    list: &'a control::List,
}

impl List {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let mut sight = Sight::of(app, options, &self.seeing, screen)?;
        let list = sight.list()?;
        sight.introduce(screen)?;
        match screen.form() {
            Form::Json => {
                let host = sight.host();
                screen.document("keyway.list/1", &Document { host, list: &list })?;
            }
            Form::Rows => {
                for Item { id, version, home, state, trust, source, why, .. } in &list.items {
                    let why = why.as_ref().map_or("", |why| &why.message);
                    screen.row(&[id.as_str(), version, home, state, trust, source, why])?;
                }
            }
            Form::People { .. } if list.items.is_empty() => {
                screen.remark("note", "no plugins are here", "name their folder with `--path DIR`")?;
            }
            Form::People { .. } => {
                let rows: Vec<Row> = list.items.iter().map(row).collect();
                screen.table(&["ID", "VERSION", "HOME", "STATE", "TRUST", "SOURCE"], &rows)?;
            }
        }
        screen.flush()?;
        if screen.form() != Form::Json {
            remark_unreadable(&list.problems, screen)?;
        }
        let refused = list.items.iter().any(|item| item.why.is_some());
        Ok(if self.seeing.starts() && refused { Exit::Refused } else { Exit::Done })
    }
}

fn row(item: &Item) -> Row {
    let Item { id, version, home, state, trust, source, why, .. } = item;
    Row {
        cells: vec![
            (id.to_string(), Paint::Name),
            (version.clone(), Paint::Plain),
            (home.clone(), Paint::Plain),
            (state.clone(), state_paint(state)),
            (trust.clone(), Paint::Plain),
            (short_path(source), Paint::Plain),
        ],
        below: why.iter().map(|why| ("why", why.message.clone())).collect(),
    }
}
