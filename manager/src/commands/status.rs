//! `status`: how the plugins of a running host fare; once, or again whenever it changes.

use std::ops::ControlFlow;

use keyway::host::control::{HealthItem, HostReport, Request, StatusItem, Statuses};
use serde::Serialize;

use super::contact::{Contact, Which, moment, silence};
use super::describe::{self, fact};
use super::look::state_paint;
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::Options;
use crate::output::{Form, Paint, Row, Screen, harmless};

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
}

#[derive(Serialize)]
struct Document<'a> {
    host: &'a HostReport,
    #[serde(flatten)]
    statuses: &'a Statuses,
}

impl Status {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let otherwise = format!(
            "only a host that runs has figures; `{}` shows what would run",
            app.typed("list", &Options::default())
        );
        let mut contact = Contact::needed(app, options, &self.which, screen, &otherwise)?;
        if self.watch {
            contact.introduce(screen)?;
            return self.watch(contact, app, screen);
        }
        let statuses: Statuses =
            contact.ask(&Request::Status { id: self.id.clone() }).map_err(|error| silence(&error))?;
        let items = statuses.items.into_iter().map(|item| in_own_words(item, app)).collect();
        let statuses = Statuses { items };
        contact.introduce(screen)?;
        match screen.form() {
            Form::Json => {
                let host = &contact.about;
                screen.document("keyway.status/1", &Document { host, statuses: &statuses })?;
            }
            Form::Rows => statuses.items.iter().try_for_each(|item| row(item, screen))?,
            Form::People { .. } => match (&self.id, &statuses.items[..]) {
                (Some(_), [item]) => alone(item, screen)?,
                (_, items) => table(items, screen)?,
            },
        }
        // To tell is all that was asked, unless it is about one.
        let ill = self.id.is_some() && statuses.items.iter().any(is_ill);
        Ok(if ill { Exit::Refused } else { Exit::Done })
    }

    /// Until the host ends, or nobody reads any more.
    fn watch(&self, contact: Contact, app: &App, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let request = Request::FollowStatus { id: self.id.clone(), every_ms: Some(self.every) };
        let mut written = Ok(());
        let followed = contact.into_client().follow(&request, |item: StatusItem| {
            let item = in_own_words(item, app);
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

fn in_own_words(item: StatusItem, app: &App) -> StatusItem {
    StatusItem { why: item.why.map(|why| app.trouble(why)), ..item }
}

fn is_ill(item: &StatusItem) -> bool {
    item.why.is_some() || item.health.as_ref().is_some_and(|health| health.level == "failing")
}

/// What is counted, or `-`.
fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
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

/// Columns of which nothing is known are left out.
fn table(items: &[StatusItem], screen: &mut Screen<'_>) -> std::io::Result<()> {
    let all: Vec<Vec<Cell>> = items.iter().map(cells).collect();
    let Some(first) = all.first() else { return Ok(()) };
    let known: Vec<usize> =
        (0..first.len()).filter(|&n| all.iter().any(|cells| cells[n].text != NONE)).collect();
    let header: Vec<&str> = known.iter().map(|&n| first[n].name).collect();
    let row = |(item, cells): (&StatusItem, &Vec<Cell>)| Row {
        cells: known.iter().map(|&n| (cells[n].text.clone(), cells[n].paint)).collect(),
        below: words(item),
    };
    let rows: Vec<Row> = items.iter().zip(&all).map(row).collect();
    screen.table(&header, &rows)
}

/// What is known of one plugin, a line each.
fn alone(item: &StatusItem, screen: &mut Screen<'_>) -> std::io::Result<()> {
    let StatusItem { id, version, state, .. } = item;
    screen.line(&format!("{} {version}  {}", Paint::Name.on(id.as_str()), state_paint(state).on(state)))?;
    let since = item.since.as_deref().map(moment);
    let mut facts: Vec<describe::Fact> = fact("since", since).into_iter().collect();
    facts.extend(words(item).into_iter().filter_map(|(label, text)| fact(label, [text])));
    let figures = cells(item).into_iter().skip(2).filter(|cell| cell.text != NONE);
    facts.extend(figures.filter_map(|cell| fact(cell.fact, [cell.text])));
    describe::write(screen, None, &facts)
}

/// One change, for people who read along.
fn line(item: &StatusItem, screen: &mut Screen<'_>) -> std::io::Result<()> {
    let mut all = Vec::new();
    for (n, Cell { fact, text, paint, .. }) in cells(item).into_iter().enumerate() {
        match (n, &*text) {
            (_, NONE) => {}
            (0 | 1, _) => all.push(paint.on(&text)),
            _ => all.push(format!("{} {}", Paint::Label.on(fact), paint.on(&text))),
        }
    }
    all.extend(words(item).into_iter().map(|(label, text)| format!("{label}: {}", harmless(&text))));
    screen.line(&all.join("  "))
}

/// What is not known.
const NONE: &str = "-";

struct Cell {
    /// At the head of a column.
    name: &'static str,
    /// Before a value.
    fact: &'static str,
    text: String,
    paint: Paint,
}

fn cells(item: &StatusItem) -> Vec<Cell> {
    let health = match item.health.as_ref().map(|health| &*health.level) {
        Some("good") => Paint::Good,
        Some("degraded") => Paint::Warning,
        Some(_) => Paint::Bad,
        None => Paint::Faint,
    };
    let cell = |name, fact, text, paint| Cell { name, fact, text, paint };
    let plain = |name, fact, text| cell(name, fact, text, Paint::Plain);
    vec![
        cell("ID", "id", item.id.to_string(), Paint::Name),
        cell("STATE", "state", item.state.clone(), state_paint(&item.state)),
        cell("HEALTH", "health", level(item), health),
        plain("CALLS", "calls", or_none(item.calls)),
        plain("TIME", "in calls", or_none(item.time_in_calls_us.map(short_time))),
        plain("FAULTS", "faults", item.faults.to_string()),
        plain("RESTARTS", "restarts", item.restarts.to_string()),
        plain("TASKS", "tasks", or_none((item.tasks > 0).then_some(item.tasks))),
        plain("MEMORY", "memory", or_none(item.memory.map(short_bytes))),
    ]
}

/// What stands behind the figures, with a label each.
fn words(item: &StatusItem) -> Vec<(&'static str, String)> {
    let why = item.why.iter().map(|why| ("why", why.message.clone()));
    let says = item.health.iter().filter(|HealthItem { message, .. }| !message.is_empty());
    why.chain(says.map(|health| ("says", health.message.clone()))).collect()
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
