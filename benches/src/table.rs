//! The table: what the passes said together, as text for people, and its place in the README.

use std::fmt::Write as _;

use crate::measure::{Reading, Target, Unit, median};

/// Between these two lines of the README the table stands.
const BEGIN: &str = "<!-- figures: written by `cargo bench` -->";
const END: &str = "<!-- figures: end -->";

/// A line whose name begins so is ours, and has to keep the row's target.
const OURS: &str = "Keyway";

/// What all passes say of one line.
struct Summary<'a> {
    reading: &'a Reading,
    value: f64,
    ratio: f64,
    least: f64,
    most: f64,
}

/// The table as Markdown, rows and lines in the order of the passes, of which there is at least one.
pub fn write(passes: &[Vec<Reading>]) -> String {
    let mut text = String::from(
        "| what | who | median | ratio to its floor | least–most of the passes | target |\n\
         |---|---|--:|--:|--:|---|\n",
    );
    let mut row = "";
    for (index, reading) in passes[0].iter().enumerate() {
        let line = summarise(passes, index, reading);
        let what = if reading.row == row { "" } else { reading.row.as_str() };
        row = &reading.row;
        writeln!(text, "| {what} | {} |", cells(&line)).expect("a string takes any text");
    }
    text
}

fn summarise<'a>(passes: &[Vec<Reading>], index: usize, reading: &'a Reading) -> Summary<'a> {
    let ratios = || passes.iter().map(|pass| pass[index].ratio);
    Summary {
        reading,
        value: median(passes.iter().map(|pass| pass[index].value)),
        ratio: median(ratios()),
        least: ratios().fold(f64::INFINITY, f64::min),
        most: ratios().fold(0.0, f64::max),
    }
}

fn cells(line: &Summary<'_>) -> String {
    let Summary { reading, value, ratio, least, most } = line;
    let floor = value / ratio;
    let (value, more) = (amount(*value, reading.unit), value - floor);
    if reading.line == reading.floor {
        return format!("*floor:* {} | {value} | 1 | | ", reading.line);
    }
    let target = match reading.target {
        Some(target) if reading.line.starts_with(OURS) => {
            let (wanted, kept) = match target {
                Target::Ratio(target) => (target.to_string(), *ratio <= target),
                Target::More(target) => (format!("floor + {}", amount(target, reading.unit)), more <= target),
            };
            format!("≤ {wanted}: {}", if kept { "kept" } else { "**missed**" })
        }
        _ => String::new(),
    };
    format!("{} | {value} | **{ratio:.2}** | {least:.2}–{most:.2} | {target}", reading.line)
}

/// A number with the unit that leaves it readable.
fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Nanoseconds if value < 100.0 => format!("{value:.2} ns"),
        Unit::Nanoseconds if value < 10_000.0 => format!("{value:.0} ns"),
        Unit::Nanoseconds if value < 10_000_000.0 => format!("{:.1} µs", value / 1e3),
        Unit::Nanoseconds => format!("{:.1} ms", value / 1e6),
        Unit::Bytes if value < 10_240.0 => format!("{value:.0} B"),
        Unit::Bytes => format!("{:.1} KiB", value / 1024.0),
    }
}

/// The README with `table` in its place.
///
/// **Errors**: in words, which mark is missing.
pub fn place(readme: &str, table: &str) -> Result<String, String> {
    let begin = readme.find(BEGIN).ok_or_else(|| format!("the README has no line `{BEGIN}`"))? + BEGIN.len();
    let end = readme.find(END).ok_or_else(|| format!("the README has no line `{END}`"))?;
    let (before, after) = (&readme[..begin], readme.get(end..).unwrap_or_default());
    Ok(format!("{before}\n\n{table}\n{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(line: &str, ratio: f64) -> Reading {
        Reading {
            row: "row".to_owned(),
            unit: Unit::Nanoseconds,
            target: Some(Target::Ratio(1.1)),
            line: line.to_owned(),
            floor: "floor".to_owned(),
            value: 2.0 * ratio,
            ratio,
        }
    }

    #[test]
    fn only_our_own_lines_have_to_keep_the_target() {
        let passes: Vec<Vec<Reading>> = [0.9, 1.0, 1.3]
            .map(|ratio| {
                let lines =
                    [("floor", 1.0), ("peer", 3.0), ("Keyway", ratio), ("Keyway, encoded", 2.0 * ratio)];
                lines.map(|(line, ratio)| reading(line, ratio)).to_vec()
            })
            .to_vec();
        let table = write(&passes);
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| row | *floor:* floor | 2.00 ns | 1 | |  |",
                "|  | peer | 6.00 ns | **3.00** | 3.00–3.00 |  |",
                "|  | Keyway | 2.00 ns | **1.00** | 0.90–1.30 | ≤ 1.1: kept |",
                "|  | Keyway, encoded | 4.00 ns | **2.00** | 1.80–2.60 | ≤ 1.1: **missed** |",
            ]
        );
    }

    #[test]
    fn a_new_table_takes_the_place_of_the_old_one_and_of_nothing_else() {
        let readme = format!("before\n\n{BEGIN}\n\nold\n\n{END}\n\nafter\n");
        let placed = place(&readme, "new\n").expect("both marks are there");
        assert_eq!(placed, format!("before\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"));
        assert!(place("before\n", "new\n").is_err());
    }
}
