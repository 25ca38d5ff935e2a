//! Text made harmless, and broken into lines.

use std::path::Path;

use unicode_width::UnicodeWidthStr as _;

/// A text without anything that a terminal would obey or that would break a row: control characters, and those that turn
/// the direction of writing, are written as `\u{…}`.
pub(crate) fn harmless(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// A path with `~` for the user's own folder.
pub(crate) fn short_path(path: &str) -> String {
    let Some(home) = std::env::var_os("HOME").filter(|home| home.len() > 1) else { return path.to_owned() };
    match Path::new(path).strip_prefix(&home) {
        Ok(rest) => Path::new("~").join(rest).display().to_string(),
        Err(_) => path.to_owned(),
    }
}

/// A path as a shell takes it: bare where that will do, else in quotes.
pub(crate) fn quoted(path: &Path) -> String {
    let shown = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=\\".contains(c);
    if !shown.is_empty() && shown.chars().all(plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', r"'\''"))
    }
}

/// A message, and apart from it the lines in which a mistake of a file is drawn where it stands; mostly there are none.
pub(crate) fn drawing(message: &str) -> (&str, impl Iterator<Item = &str>) {
    let at = message.find("\nerror: ").unwrap_or(message.len());
    (&message[..at], message[at..].lines().skip(1))
}

/// A number and its word: `1 file`, `2 files`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Breaks a text between words, so that no line has more columns than `width`, but for words that have more themselves.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width.max(20) {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let nasty = "a\u{1b}[31mb\tc\nd\u{9b}e\u{202e}f\u{7f}";
        assert_eq!(harmless(nasty), "a\\u{1b}[31mb\\tc\\nd\\u{9b}e\\u{202e}f\\u{7f}");
        assert_eq!(harmless("ä → `x/y` 日本"), "ä → `x/y` 日本");
    }

    #[test]
    fn lines_end_where_the_terminal_does() {
        assert_eq!(wrap("one two three four five six", 20), ["one two three four", "five six"]);
        let long = "x".repeat(30);
        assert_eq!(wrap(&format!("a {long} b"), 20), ["a", &long, "b"]);
        assert_eq!(wrap("日本語 日本語 日本語 日本語", 20), ["日本語 日本語 日本語", "日本語"]);
    }
}
