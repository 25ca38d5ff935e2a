//! `logs`: what a plugin of a running host wrote to the log.

use std::ops::ControlFlow;

use keyway::host::control::{HostReport, Line, Lines, Request};
use serde::Serialize;

use super::contact::{Contact, Which, silence};
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::Options;
use crate::output::{Form, Paint, Screen, harmless};

/// The arguments of `logs`.
///
/// In a pipe a row has the columns number, time, level, target, and message.
#[derive(Clone, Debug, clap::Args)]
pub struct Logs {
    /// The plugin, as `namespace/name`
    id: String,
    /// Go on, and show what is written
    #[arg(long, short)]
    follow: bool,
    /// How many of the last lines; a host keeps a thousand of each plugin
    #[arg(long, value_name = "N", default_value_t = 100)]
    lines: usize,
    #[command(flatten)]
    which: Which,
}

#[derive(Serialize)]
struct Document<'a> {
    host: &'a HostReport,
    #[serde(flatten)]
    lines: &'a Lines,
}

const SCHEMA: &str = "keyway.logs/1";

impl Logs {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let otherwise =
            "only a host that runs keeps the lines of its plugins; see where it writes its own log";
        let mut contact = Contact::needed(app, options, &self.which, screen, otherwise)?;
        let mut lines: Lines =
            contact.ask(&Request::Logs { id: self.id.clone(), after: 0 }).map_err(|error| silence(&error))?;
        contact.introduce(screen)?;
        let last = lines.items.last().map_or(0, |line| line.number);
        lines.items.drain(..lines.items.len().saturating_sub(self.lines));
        if screen.form() == Form::Json && !self.follow {
            screen.document(SCHEMA, &Document { host: &contact.about, lines: &lines })?;
            return Ok(Exit::Done);
        }
        lines.items.iter().try_for_each(|line| one(line, screen))?;
        if !self.follow {
            return Ok(Exit::Done);
        }
        screen.flush()?;
        let request = Request::FollowLogs { id: self.id.clone(), after: last };
        let mut written = Ok(());
        let followed = contact.into_client().follow(&request, |line: Line| {
            written = one(&line, screen).and_then(|()| screen.flush());
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        followed.map_err(|error| silence(&error))?;
        written?;
        screen.remark("note", "the host has ended", "")?;
        Ok(Exit::Done)
    }
}

fn one(line: &Line, screen: &mut Screen<'_>) -> std::io::Result<()> {
    let Line { number, at, level, target, message } = line;
    match screen.form() {
        Form::Json => screen.document_line(SCHEMA, line),
        Form::Rows => screen.row(&[&number.to_string(), at, level, target, message]),
        Form::People { .. } => {
            let paint = match &**level {
                "error" => Paint::Bad,
                "warn" => Paint::Warning,
                "info" => Paint::Good,
                _ => Paint::Faint,
            };
            let time = Paint::Label.on(at.get(11..23).unwrap_or(at).trim_end_matches('Z'));
            let level = paint.on(&format!("{level:5}"));
            let target = Paint::Faint.on(&harmless(target));
            screen.line(&format!("{time} {level} {target} {}", harmless(message)))
        }
    }
}
