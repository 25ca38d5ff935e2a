//! Aligned columns without borders.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::Paint;
use super::text::{harmless, wrap};

/// The columns between two columns.
const GAP: u16 = 2;

/// The least that is left to the last column of a narrow terminal.
const LAST: usize = 12;

/// One row: its cells, and what is to be said below them.
pub(crate) struct Row {
    pub(crate) cells: Vec<(String, Paint)>,
    /// A label and a text each.
    pub(crate) below: Vec<(&'static str, String)>,
}

/// The lines of a table, no wider than `width` columns where the last column can be broken to fit.
pub(super) fn lines(header: &[&str], rows: &[Row], width: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row.cells.iter().map(|(text, _)| harmless(text)));
    }
    let widths: Vec<usize> =
        table.column_max_content_widths().iter().map(|width| usize::from(*width)).collect();
    let last = widths.len() - 1;
    let before: usize = widths[..last].iter().map(|width| width + usize::from(GAP)).sum();
    for (n, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if n == last { 0 } else { GAP }));
        if n == last && before + widths[last] > width {
            let room = width.saturating_sub(before).max(LAST);
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(room as u16)));
        }
    }
    let mut out = Vec::new();
    // A cell of the first column is never empty, so a line that begins with a space goes on with the row above.
    let mut rows = rows.iter();
    let mut below: &[(&str, String)] = &[];
    for (n, line) in table.lines().enumerate() {
        let line = line.trim_end();
        if n == 0 {
            out.push(Paint::Label.on(line));
        } else if line.starts_with(' ') {
            out.push(line.to_owned());
        } else {
            say_below(below, width, &mut out);
            let Some(row) = rows.next() else { continue };
            below = &row.below;
            out.push(painted(line, &widths, &row.cells));
        }
    }
    say_below(below, width, &mut out);
    out
}

/// Colours the cells of a line. All but the last have one column a character: ids, versions, words of ours.
fn painted(line: &str, widths: &[usize], cells: &[(String, Paint)]) -> String {
    let (mut out, mut rest) = (String::new(), line);
    for ((_, paint), width) in cells.iter().zip(widths) {
        let end = rest.char_indices().nth(width + usize::from(GAP)).map_or(rest.len(), |(at, _)| at);
        let (cell, after) = rest.split_at(end);
        let text = cell.trim_end();
        out.push_str(&paint.on(text));
        out.push_str(&cell[text.len()..]);
        rest = after;
    }
    out + rest
}

fn say_below(below: &[(&str, String)], width: usize, out: &mut Vec<String>) {
    for (label, text) in below {
        let indent = 2 + label.len() + 2;
        for (n, line) in wrap(&harmless(text), width.saturating_sub(indent)).into_iter().enumerate() {
            let first = format!("  {} ", Paint::Warning.on(&format!("{label}:")));
            out.push(if n == 0 { format!("{first}{line}") } else { format!("{:indent$}{line}", "") });
        }
    }
}
