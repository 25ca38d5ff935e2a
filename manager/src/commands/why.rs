//! `why`: numbered reasons, and the next thing to do.

use keyway::host::control::{self, HostReport};
use keyway::host::resolver::Reason;
use serde::Serialize;

use super::look::state_paint;
use super::sight::{Seeing, Sight};
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Screen};

/// The arguments of `why`.
#[derive(Clone, Debug, clap::Args)]
pub struct Why {
    /// The plugin, as `namespace/name`
    id: String,
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
    why: &'a control::Why,
}

impl Why {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let mut sight = Sight::of(app, options, &self.seeing, screen)?;
        let why = sight.why(&self.id)?;
        sight.introduce(screen)?;
        let control::Why { id, version, state, reasons, help } = &why;
        match screen.form() {
            Form::Json => {
                let host = sight.host();
                screen.document("keyway.why/1", &Document { host, why: &why })?;
            }
            Form::Rows => {
                let mut write = |number: &str, _: usize, text: &str| screen.row(&[number, text]);
                numbered(reasons, "", 0, &mut write)?;
                screen.row(&["next", help])?;
            }
            Form::People { .. } => {
                let verb = match &**state {
                    "resolved" => "would run",
                    "active" => "runs",
                    "refused" | "quarantined" => "can not run",
                    other => other,
                };
                let id = Paint::Name.on(id.as_str());
                screen.line(&format!("{id} {version} {}", state_paint(state).on(verb)))?;
                let mut write = |number: &str, depth: usize, text: &str| {
                    let dot = if depth == 0 { "." } else { "" };
                    let first = format!("{:width$}{number}{dot} ", "", width = depth * 3);
                    screen.text(&first, first.len(), text, Paint::Plain)
                };
                numbered(reasons, "", 0, &mut write)?;
                let label = "next: ";
                screen.text(&Paint::Good.on(label), label.len(), help, Paint::Plain)?;
            }
        }
        Ok(if ["refused", "quarantined"].contains(&&**state) { Exit::Refused } else { Exit::Done })
    }
}

/// Shows every reason with its number, `1.2` for the second below the first.
fn numbered(
    reasons: &[Reason],
    above: &str,
    depth: usize,
    write: &mut impl FnMut(&str, usize, &str) -> std::io::Result<()>,
) -> std::io::Result<()> {
    for (n, reason) in (1..).zip(reasons) {
        let number = format!("{above}{n}");
        write(&number, depth, &reason.text)?;
        numbered(&reason.because, &format!("{number}."), depth + 1, write)?;
    }
    Ok(())
}
