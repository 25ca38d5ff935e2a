//! One mistake in a file, drawn below the line that has it.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

/// The most characters of the file that are repeated in a message.
const REPEATED: usize = 60;

/// How many bytes of a line before and behind a mistake are drawn at most; of what does not fit a terminal, less is.
const AROUND: usize = 1000;

/// One mistake in a file that was written by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flaw {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong, in one clause.
    pub what: String,
    /// What would be right, where that can be said; else empty.
    pub hint: String,
    drawn: String,
}

impl Flaw {
    /// `span` is what is marked in `text`, as far as it is in one line.
    pub(super) fn new(path: &Path, text: &str, span: &Range<usize>, what: String, hint: String) -> Self {
        let start = boundary(text, span.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = &text[line_start..];
        let shown = rest.split_once('\n').map_or(rest, |(line, _)| line).trim_end_matches('\r');
        let from = (start - line_start).min(shown.len());
        let to = boundary(shown, span.end.saturating_sub(line_start).clamp(from, shown.len()));
        let line = text[..line_start].matches('\n').count() + 1;
        let column = shown[..from].chars().count() + 1;
        let path = harmless(&path.display().to_string());
        let window =
            boundary(shown, from.saturating_sub(AROUND))..boundary(shown, shown.len().min(from + AROUND));
        let mark = AnnotationKind::Primary.span(from - window.start..to.min(window.end) - window.start);
        let mark = if hint.is_empty() { mark } else { mark.label(&*hint) };
        let snippet = Snippet::source(&shown[window.clone()]).line_start(line).annotation(mark);
        let title = Level::ERROR.primary_title(&*what);
        let report = match window.start {
            0 => title.element(snippet.path(&*path)),
            // The column is not that of what is drawn.
            _ => title.element(Origin::path(&*path).line(line).char_column(column)).element(snippet),
        };
        let drawn = Renderer::plain().render(&[report]);
        Self { line, column, what, hint, drawn }
    }

    /// The line of the file with the mistake marked below it, as compilers draw it; several lines without the last
    /// line's end.
    pub fn drawn(&self) -> &str {
        &self.drawn
    }

    pub(super) fn in_words(&self) -> String {
        let Self { what, hint, .. } = self;
        if hint.is_empty() { what.clone() } else { format!("{what} ({hint})") }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.in_words())
    }
}

/// The last boundary between characters that is not behind `at`.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A piece of the file as a message repeats it: short, and without anything that a terminal would obey.
pub(in crate::host) fn plain(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        None => harmless(text),
        Some((end, _)) => format!("{}…", harmless(&text[..end])),
    }
}

/// Without control characters, nor those that turn the direction of writing.
pub(in crate::host) fn harmless(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}
