//! What is written in a file, whatever its syntax, and where.

use std::ops::Range;

/// A value and its place.
#[derive(Clone, Debug)]
pub(in crate::host) struct Node {
    pub(in crate::host) span: Range<usize>,
    pub(in crate::host) value: Value,
}

/// What JSON and TOML both have, and what only one of them has so far that it can be named.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::host) enum Value {
    Text(String),
    Whole(i64),
    /// Any other number: nothing here wants one.
    Number,
    Truth(bool),
    Date,
    Nothing,
    List(Vec<Node>),
    /// In the order in which the keys stand in the file.
    Table(Vec<Entry>),
}

/// One line of a table, as it were.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::host) struct Entry {
    pub(in crate::host) key: String,
    pub(in crate::host) key_span: Range<usize>,
    pub(in crate::host) node: Node,
}

impl Value {
    /// What it is called.
    pub(in crate::host) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Whole(_) => "an integer",
            Self::Number => "a number",
            Self::Truth(_) => "true or false",
            Self::Date => "a date",
            Self::Nothing => "null",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// The same content, wherever it stands.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
