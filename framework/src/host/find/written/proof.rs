//! A file under proof: what is asked of its parts, and every mistake that was found.

use std::ops::Range;
use std::path::Path;

use super::flaw::{Flaw, plain};
use super::tree::{Entry, Node, Value};
use crate::host::resolver::nearest;

/// The most mistakes that are drawn; the rest is counted.
const DRAWN: usize = 20;

/// The most mistakes that are looked at so closely that something can be said about them.
const NOTED: usize = 200;

/// The mistakes that were found so far.
#[derive(Debug)]
pub(in crate::host) struct Proof {
    marks: Vec<Mark>,
    /// How many there are besides.
    more: usize,
    /// Where the lines of the file end.
    ends: Vec<usize>,
}

#[derive(Debug)]
struct Mark {
    span: Range<usize>,
    what: String,
    hint: String,
}

impl Proof {
    pub(super) fn new(text: &str) -> Self {
        Self { marks: Vec::new(), more: 0, ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    /// The line in which something begins, from 1.
    pub(in crate::host) fn line(&self, span: &Range<usize>) -> usize {
        self.ends.partition_point(|end| *end < span.start) + 1
    }

    /// Notes a mistake; an empty hint is none.
    pub(in crate::host) fn note(
        &mut self,
        span: &Range<usize>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.marks.len() < NOTED {
            self.marks.push(Mark { span: span.clone(), what: what.into(), hint: hint.into() });
        } else {
            self.more += 1;
        }
    }

    /// Notes a key that `place` does not have; the nearest of those that it has stands in the hint.
    pub(in crate::host) fn unknown(&mut self, entry: &Entry, place: &str, known: &[&str]) {
        if self.marks.len() >= NOTED {
            self.more += 1;
            return;
        }
        let hint = match nearest(&entry.key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`"),
            None => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                format!("known are {}", known.join(", "))
            }
        };
        self.note(&entry.key_span, format!("unknown key `{}`{place}", plain(&entry.key)), hint);
    }

    /// Notes that a table lacks one of its known keys, unless that is what an unknown one was probably meant to be.
    pub(in crate::host) fn wants(&mut self, table: &Node, key: &str, known: &[&str], hint: &str) {
        let Value::Table(entries) = &table.value else { return };
        let is_it = |entry: &Entry| {
            entry.key == key
                || (!known.contains(&&*entry.key) && nearest(&entry.key, known.iter().copied()) == Some(key))
        };
        if !entries.iter().any(is_it) {
            let start = table.span.start;
            self.note(&(start..start + 1), format!("there is no `{key}`"), hint);
        }
    }

    fn other(&mut self, node: &Node, what: &str, wanted: &str) {
        self.note(&node.span, format!("{what} must be {wanted}, and this is {}", node.value.kind()), "");
    }

    /// The entries of a table; none where it is something else.
    pub(in crate::host) fn table<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Entry] {
        match &node.value {
            Value::Table(entries) => entries,
            _ => {
                self.other(node, what, "a table");
                &[]
            }
        }
    }

    /// The entries of a list; none where it is something else.
    pub(in crate::host) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::List(nodes) => nodes,
            _ => {
                self.other(node, what, "a list");
                &[]
            }
        }
    }

    /// A string.
    pub(in crate::host) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.value {
            Value::Text(text) => Some(text),
            _ => {
                self.other(node, what, "a string");
                None
            }
        }
    }

    /// Strings; those entries that are none are noted.
    pub(in crate::host) fn texts(&mut self, node: &Node, what: &str) -> Vec<String> {
        let each = format!("each of {what}");
        self.list(node, what).iter().filter_map(|node| self.text(node, &each).map(str::to_owned)).collect()
    }

    /// `true` or `false`.
    pub(in crate::host) fn truth(&mut self, node: &Node, what: &str) -> Option<bool> {
        match node.value {
            Value::Truth(truth) => Some(truth),
            _ => {
                self.other(node, what, "true or false");
                None
            }
        }
    }

    /// An integer within bounds.
    pub(in crate::host) fn whole(&mut self, node: &Node, what: &str) -> Option<i32> {
        let Value::Whole(whole) = node.value else {
            self.other(node, what, "an integer");
            return None;
        };
        let fits = i32::try_from(whole);
        if fits.is_err() {
            let bounds = format!("from {} to {}", i32::MIN, i32::MAX);
            self.note(&node.span, format!("{what} is out of bounds"), bounds);
        }
        fits.ok()
    }

    /// A string that `parse` makes something of. `is_not` follows the string: "is no version".
    pub(in crate::host) fn parsed<T>(
        &mut self,
        node: &Node,
        what: &str,
        is_not: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(node, what)?;
        self.made(&node.span, text, is_not, parse)
    }

    /// As [`parsed`](Self::parsed), of a key.
    pub(in crate::host) fn key<T>(
        &mut self,
        entry: &Entry,
        is_not: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.made(&entry.key_span, &entry.key, is_not, parse)
    }

    fn made<T>(
        &mut self,
        span: &Range<usize>,
        text: &str,
        is_not: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(text) {
            Ok(made) => Some(made),
            Err(hint) => {
                self.note(span, format!("`{}` {is_not}", plain(text)), hint);
                None
            }
        }
    }

    /// The mistakes by place, drawn as far as anybody would read them, and how many there are besides.
    pub(super) fn draw(mut self, path: &Path, text: &str) -> (Vec<Flaw>, usize) {
        self.marks.sort_by_key(|mark| mark.span.start);
        let more = self.more + self.marks.len().saturating_sub(DRAWN);
        self.marks.truncate(DRAWN);
        let draw = |Mark { span, what, hint }| Flaw::new(path, text, &span, what, hint);
        (self.marks.into_iter().map(draw).collect(), more)
    }
}
