//! JSON into the tree.
//!
//! `serde_json` keeps no places. What it does keep, when asked, is each value as the piece of the text that it was, and a
//! piece of a text tells where it lies.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Proof;
use super::flaw::plain;
use super::tree::{Entry, Node, Value};

/// How deep values may lie in one another. Each level is read once more for the one above it.
const DEPTH: usize = 32;

/// The tree of a text; `None`, and the first mistake noted, where it is no JSON.
pub(super) fn parse(text: &str, proof: &mut Proof) -> Option<Node> {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => Reader { text, proof }.node(raw, DEPTH),
        Err(error) => {
            let at = offset(text, &error);
            proof.note(&(at..at + 1), words(&error), "");
            None
        }
    }
}

struct Reader<'t, 'p> {
    text: &'t str,
    proof: &'p mut Proof,
}

impl<'t> Reader<'t, '_> {
    fn node(&mut self, raw: &'t RawValue, depth: usize) -> Option<Node> {
        let span = self.span(raw);
        let piece = raw.get();
        let value = match piece.as_bytes().first()? {
            b'{' | b'[' if depth == 0 => {
                self.proof.note(&span, format!("this lies deeper than {DEPTH} levels"), "");
                return None;
            }
            b'{' => Value::Table(self.table(raw, depth - 1)?),
            b'[' => {
                let raws: Vec<&RawValue> = self.read(raw)?;
                Value::List(raws.into_iter().map(|raw| self.node(raw, depth - 1)).collect::<Option<_>>()?)
            }
            b'"' => Value::Text(self.read(raw)?),
            b't' => Value::Truth(true),
            b'f' => Value::Truth(false),
            b'n' => Value::Nothing,
            _ => piece.parse().map_or(Value::Number, Value::Whole),
        };
        Some(Node { span, value })
    }

    fn table(&mut self, raw: &'t RawValue, depth: usize) -> Option<Vec<Entry>> {
        let Pairs(pairs) = self.read(raw)?;
        let mut seen = BTreeSet::new();
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let key_span = self.span(key);
            let key: String = self.read(key)?;
            if !seen.insert(key.clone()) {
                self.proof.note(&key_span, format!("key `{}` stands here a second time", plain(&key)), "");
            }
            entries.push(Entry { key, key_span, node: self.node(value, depth)? });
        }
        Some(entries)
    }

    /// What is well formed can still mean nothing: half a surrogate pair in a string.
    fn read<T: Deserialize<'t>>(&mut self, raw: &'t RawValue) -> Option<T> {
        serde_json::from_str(raw.get())
            .map_err(|error| self.proof.note(&self.span(raw), words(&error), ""))
            .ok()
    }

    fn span(&self, raw: &RawValue) -> Range<usize> {
        let start = raw.get().as_ptr().addr() - self.text.as_ptr().addr();
        start..start + raw.get().len()
    }
}

/// Where the error is, in bytes from the beginning.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    (before + error.column().saturating_sub(1)).min(text.len())
}

/// The error without its place, which is drawn.
fn words(error: &serde_json::Error) -> String {
    let all = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let words = all.strip_suffix(&place).unwrap_or(&all);
    words.strip_prefix("EOF").map_or(words.to_owned(), |rest| format!("the file ends{rest}"))
}

/// A table's keys and values as they stand there, one key twice if it does.
struct Pairs<'t>(Vec<(&'t RawValue, &'t RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
