//! `status`: how the plugins of a running host fare; once, or again whenever it changes.

use std::ops::ControlFlow;

use keyway::host::control::{HealthItem, HostReport, Request, StatusItem, Statuses};
use serde::Serialize;

use super::contact::{Contact, Which, moment, silence};
use super::look::state_paint;
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Row, Screen};

/// The arguments of `status`.
///
/// In a pipe a row has the columns id, version, state, health, calls, faults, restarts, time in calls in microseconds,
/// bytes of memory, and since when; `-` is what is not known.
#[derive(Clone, Debug, clap::Args)]
pub struct Status {
    /// Only this plugin, as `namespace/name`
    id: Option<String>,
    /// Go on, and show what changes
    #[arg(long)]
    watch: bool,
    /// How often is looked for changes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1000, requires = "watch")]
    every: u64,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    pub(super) folders: Folders,
}

#[derive(Serialize)]
struct Document<'a> {
    host: &'a HostReport,
    #[serde(flatten)]
    statuses: &'a Statuses,
}

const HEADER: [&str; 9] = ["ID", "STATE", "HEALTH", "CALLS", "FAULTS", "RESTARTS", "TIME", "MEMORY", "SINCE"];

impl Status {
    pub(super) fn run(&self, app: &App, _: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let otherwise = format!(
            "only a host that runs has figures; `{}` shows what would run",
            app.typed("list", &Options::default())
        );
        let mut contact = Contact::needed(app, &self.which, screen, &otherwise)?;
        if self.watch {
            contact.introduce(screen)?;
            return self.watch(contact, screen);
        }
        let statuses: Statuses =
            contact.ask(&Request::Status { id: self.id.clone() }).map_err(|error| silence(&error))?;
        contact.introduce(screen)?;
        match screen.form() {
            Form::Json => {
                let host = &contact.about;
                screen.document("keyway.status/1", &Document { host, statuses: &statuses })?;
            }
            Form::Rows => statuses.items.iter().try_for_each(|item| row(item, screen))?,
            Form::People { .. } => {
                let rows: Vec<Row> = statuses.items.iter().map(table_row).collect();
                screen.table(&HEADER, &rows)?;
            }
        }
        // To tell is all that was asked, unless it is about one.
        let ill = self.id.is_some() && statuses.items.iter().any(is_ill);
        Ok(if ill { Exit::Refused } else { Exit::Done })
    }

    /// Until the host ends, or nobody reads any more.
    fn watch(&self, contact: Contact, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let request = Request::FollowStatus { id: self.id.clone(), every_ms: Some(self.every) };
        let mut written = Ok(());
        let followed = contact.into_client().follow(&request, |item: StatusItem| {
            written = match screen.form() {
                Form::Json => screen.document_line("keyway.status/1", &item),
                Form::Rows => row(&item, screen),
                Form::People { .. } => line(&item, screen),
            }
            .and_then(|()| screen.flush());
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        followed.map_err(|error| silence(&error))?;
        written?;
        screen.remark("note", "the host has ended", "")?;
        Ok(Exit::Done)
    }
}

fn is_ill(item: &StatusItem) -> bool {
    item.why.is_some() || item.health.as_ref().is_some_and(|health| health.level == "failing")
}

/// What is counted, or `-`.
fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn level(item: &StatusItem) -> String {
    or_none(item.health.as_ref().map(|health| &health.level))
}

fn row(item: &StatusItem, screen: &mut Screen<'_>) -> std::io::Result<()> {
    let StatusItem { id, version, state, calls, faults, restarts, time_in_calls_us, memory, since, .. } =
        item;
    screen.row(&[
        id.as_str(),
        version,
        state,
        &level(item),
        &or_none(*calls),
        &faults.to_string(),
        &restarts.to_string(),
        &or_none(*time_in_calls_us),
        &or_none(*memory),
        &or_none(since.as_ref()),
    ])
}

fn table_row(item: &StatusItem) -> Row {
    let health = match item.health.as_ref().map(|health| &*health.level) {
        Some("good") => Paint::Good,
        Some("degraded") => Paint::Warning,
        Some(_) => Paint::Bad,
        None => Paint::Faint,
    };
    let plain = |text: String| (text, Paint::Plain);
    let mut below: Vec<(&'static str, String)> = Vec::new();
    below.extend(item.why.iter().map(|why| ("why", why.message.clone())));
    let says = item.health.iter().filter(|HealthItem { message, .. }| !message.is_empty());
    below.extend(says.map(|health| ("says", health.message.clone())));
    Row {
        cells: vec![
            (item.id.to_string(), Paint::Name),
            (item.state.clone(), state_paint(&item.state)),
            (level(item), health),
            plain(or_none(item.calls)),
            plain(item.faults.to_string()),
            plain(item.restarts.to_string()),
            plain(or_none(item.time_in_calls_us.map(short_time))),
            plain(or_none(item.memory.map(short_bytes))),
            plain(or_none(item.since.as_deref().map(moment))),
        ],
        below,
    }
}

/// One change, for people who read along.
fn line(item: &StatusItem, screen: &mut Screen<'_>) -> std::io::Result<()> {
    let Row { cells, below } = table_row(item);
    let words = cells.iter().zip(HEADER).filter(|((text, _), _)| text != "-");
    let mut words: Vec<String> = words
        .map(|((text, paint), name)| match name {
            "ID" | "STATE" | "HEALTH" => paint.on(text),
            name => format!("{} {text}", Paint::Label.on(&name.to_lowercase())),
        })
        .collect();
    words.extend(
        below.into_iter().map(|(label, text)| format!("{label}: {}", crate::output::harmless(&text))),
    );
    screen.line(&words.join("  "))
}

fn short_time(microseconds: u64) -> String {
    match microseconds {
        0..1_000 => format!("{microseconds} us"),
        1_000..1_000_000 => format!("{:.1} ms", microseconds as f64 / 1e3),
        _ => format!("{:.1} s", microseconds as f64 / 1e6),
    }
}

fn short_bytes(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!([0, 999, 1_500, 2_340_000].map(short_time), ["0 us", "999 us", "1.5 ms", "2.3 s"]);
        assert_eq!([0, 1023, 1536, 5 << 20].map(short_bytes), ["0 B", "1023 B", "1.5 KiB", "5.0 MiB"]);
    }
}
