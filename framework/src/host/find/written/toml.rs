//! TOML into the tree.

use toml::de::{DeTable, DeValue};

use super::Proof;
use super::tree::{Entry, Node, Value};

/// Up to how many bytes a text is read on after a mistake: of a file that is something else altogether every byte can be
/// one.
const READ_ON: usize = 1 << 16;

/// The tree of a text; `None`, and every mistake noted, where it is no TOML.
pub(super) fn parse(text: &str, proof: &mut Proof) -> Option<Node> {
    let errors = match DeTable::parse(text) {
        Ok(table) => return Some(Node { span: 0..0, value: of_table(table.into_inner()) }),
        Err(_) if text.len() <= READ_ON => DeTable::parse_recoverable(text).1,
        Err(error) => vec![error],
    };
    for error in errors {
        let message = error.message().trim_end_matches(", expected nothing");
        let hint = match message {
            "invalid float" => "if it is a version, put it into quotes",
            _ => "",
        };
        proof.note(&error.span().unwrap_or_default(), message, hint);
    }
    None
}

fn of_table(table: DeTable<'_>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let node = Node { span: value.span(), value: of_value(value.into_inner()) };
            Entry { key_span: key.span(), key: key.into_inner().into_owned(), node }
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Value::Table(entries)
}

fn of_value(value: DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).map_or(Value::Number, Value::Whole)
        }
        DeValue::Float(_) => Value::Number,
        DeValue::Boolean(truth) => Value::Truth(truth),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(array) => {
            let node = |value: toml::Spanned<DeValue<'_>>| Node {
                span: value.span(),
                value: of_value(value.into_inner()),
            };
            Value::List(array.into_iter().map(node).collect())
        }
        DeValue::Table(table) => of_table(table),
    }
}
