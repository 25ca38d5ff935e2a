//! What a model is called in a language; how it is laid out there is the template's.

use std::collections::BTreeMap;

use keyway_interfaces::ToolError;
use serde_json::{Value, json};

use crate::model::{Field, Kind, Model, Shape, Type, pascal, snake};

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Structs and enums with serde's derives.
    Rust,
    /// Interfaces and unions of strings.
    TypeScript,
    /// A table for the outermost type; what is nested becomes JSON.
    Sql,
    /// A table of fields for each type.
    Markdown,
}

impl Language {
    /// The layout.
    pub fn template(self) -> &'static str {
        match self {
            Self::Rust => include_str!("templates/rust.jinja"),
            Self::TypeScript => include_str!("templates/typescript.jinja"),
            Self::Sql => include_str!("templates/sql.jinja"),
            Self::Markdown => include_str!("templates/markdown.jinja"),
        }
    }

    /// The values for the template.
    ///
    /// **Errors:** two names of a type that become one in this language.
    pub fn describe(self, model: &Model) -> Result<Value, ToolError> {
        let types: Vec<Value> =
            model.types.iter().map(|r#type| self.describe_type(model, r#type)).collect::<Result<_, _>>()?;
        Ok(json!({ "types": types }))
    }

    fn describe_type(self, model: &Model, r#type: &Type) -> Result<Value, ToolError> {
        let (fields, values, closed) = match &r#type.kind {
            Kind::Record { fields, closed } => (fields.as_slice(), [].as_slice(), *closed),
            Kind::Choice(words) => ([].as_slice(), words.as_slice(), false),
        };
        let fields = fields.iter().map(|field| (self.field_name(&field.key), field));
        let fields = distinct(&r#type.name, fields.map(|(name, field)| (name, field.key.as_str(), field)))?;
        let fields = fields.into_iter().map(|(name, field)| {
            json!({
                "name": name,
                "key": self.literal(&field.key),
                "renamed": name.trim_start_matches("r#") != field.key,
                "type": self.type_of(model, r#type, field),
                "optional": field.optional,
                "description": self.comment(&field.description),
                "check": self.check(model, field, &name),
            })
        });
        let fields: Vec<Value> = fields.collect();
        let values =
            distinct(&r#type.name, values.iter().map(|word| (self.value_name(word), word.as_str(), word)))?;
        let values = values
            .into_iter()
            .map(|(name, word)| json!({ "name": name, "key": self.literal(word), "renamed": name != *word }));
        Ok(json!({
            "name": if self == Self::Sql { quoted(&snake(&r#type.name)) } else { r#type.name.clone() },
            "description": self.comment(&r#type.description),
            "closed": closed,
            "fields": fields,
            "values": values.collect::<Vec<Value>>(),
        }))
    }

    fn field_name(self, key: &str) -> String {
        match self {
            Self::Rust => match snake(key) {
                // These four can not be written even as `r#…`.
                name if ["self", "super", "crate", "_"].contains(&name.as_str()) => format!("{name}_"),
                name if RUST_KEYWORDS.contains(&name.as_str()) => format!("r#{name}"),
                name => name,
            },
            Self::TypeScript if is_plain(key) => key.into(),
            Self::TypeScript => self.literal(key),
            Self::Sql => quoted(&snake(key)),
            Self::Markdown => key.into(),
        }
    }

    fn value_name(self, word: &str) -> String {
        match self {
            Self::Rust => match pascal(word) {
                name if name == "Self" => "Self_".into(),
                name => name,
            },
            _ => word.into(),
        }
    }

    /// A word between the quotes of the language.
    fn literal(self, word: &str) -> String {
        match self {
            Self::Rust => format!("{word:?}"),
            Self::TypeScript => json!(word).to_string(),
            Self::Sql => format!("'{}'", word.replace('\'', "''")),
            Self::Markdown => format!("`{}`", cell(word)),
        }
    }

    /// A description that can not leave its comment, line by line.
    fn comment(self, description: &str) -> Vec<String> {
        // A carriage return alone ends a line in SQL, and can not stand in Rust.
        let description = description.replace("\r\n", "\n").replace('\r', "\n");
        let lines = description.lines().map(|line| match self {
            Self::TypeScript => line.trim_end().replace("*/", "* /"),
            Self::Markdown => cell(line),
            Self::Rust | Self::Sql => line.trim_end().into(),
        });
        lines.collect()
    }

    fn type_of(self, model: &Model, owner: &Type, field: &Field) -> String {
        let plain = self.shape(model, &field.shape);
        match self {
            Self::Rust => {
                let inner = match &field.shape {
                    Shape::Named(name) if reaches(model, name, &owner.name) => format!("Box<{plain}>"),
                    _ => plain,
                };
                if field.optional { format!("Option<{inner}>") } else { inner }
            }
            Self::Sql if is_key(field) => format!("{plain} PRIMARY KEY"),
            Self::Sql if !field.optional => format!("{plain} NOT NULL"),
            _ => plain,
        }
    }

    fn shape(self, model: &Model, shape: &Shape) -> String {
        let inner = |inner: &Shape| self.shape(model, inner);
        match (self, shape) {
            (Self::Rust, Shape::Text | Shape::Moment) => "String".into(),
            (Self::Rust, Shape::Integer) => "i64".into(),
            (Self::Rust, Shape::Number) => "f64".into(),
            (Self::Rust, Shape::Boolean) => "bool".into(),
            (Self::Rust, Shape::Anything) => "serde_json::Value".into(),
            (Self::Rust, Shape::List(of)) => format!("Vec<{}>", inner(of)),
            (Self::Rust, Shape::Map(of)) => format!("std::collections::BTreeMap<String, {}>", inner(of)),

            (Self::TypeScript, Shape::Text | Shape::Moment) => "string".into(),
            (Self::TypeScript, Shape::Integer | Shape::Number) => "number".into(),
            (Self::TypeScript, Shape::Boolean) => "boolean".into(),
            (Self::TypeScript, Shape::Anything) => "unknown".into(),
            (Self::TypeScript, Shape::List(of)) => format!("{}[]", inner(of)),
            (Self::TypeScript, Shape::Map(of)) => format!("Record<string, {}>", inner(of)),

            (Self::Sql, Shape::Text) => "TEXT".into(),
            (Self::Sql, Shape::Integer) => "BIGINT".into(),
            (Self::Sql, Shape::Number) => "DOUBLE PRECISION".into(),
            (Self::Sql, Shape::Boolean) => "BOOLEAN".into(),
            (Self::Sql, Shape::Moment) => "TIMESTAMP WITH TIME ZONE".into(),
            (Self::Sql, Shape::Named(name)) if choice(model, name).is_some() => "TEXT".into(),
            (Self::Sql, _) => "JSON".into(),

            (Self::Markdown, Shape::Text) => "string".into(),
            (Self::Markdown, Shape::Integer) => "integer".into(),
            (Self::Markdown, Shape::Number) => "number".into(),
            (Self::Markdown, Shape::Boolean) => "boolean".into(),
            (Self::Markdown, Shape::Moment) => "moment".into(),
            (Self::Markdown, Shape::Anything) => "anything".into(),
            (Self::Markdown, Shape::List(of)) => format!("list of {}", inner(of)),
            (Self::Markdown, Shape::Map(of)) => format!("map to {}", inner(of)),
            (Self::Markdown, Shape::Named(name)) => format!("[{name}](#{})", name.to_lowercase()),

            (_, Shape::Named(name)) => name.clone(),
        }
    }

    /// In SQL, a column that holds one of several words says which.
    fn check(self, model: &Model, field: &Field, name: &str) -> Option<String> {
        let Shape::Named(of) = &field.shape else { return None };
        let words = choice(model, of).filter(|_| self == Self::Sql)?;
        let words: Vec<_> = words.iter().map(|word| self.literal(word)).collect();
        Some(format!("{name} IN ({})", words.join(", ")))
    }
}

/// The words of a type that is a choice.
fn choice<'a>(model: &'a Model, name: &str) -> Option<&'a [String]> {
    model.types.iter().find(|r#type| r#type.name == name).and_then(|r#type| match &r#type.kind {
        Kind::Choice(words) => Some(words.as_slice()),
        Kind::Record { .. } => None,
    })
}

/// Whether a value of the type `from` holds one of the type `to` in itself, without a list or a map between: such a type
/// would be endlessly large.
fn reaches(model: &Model, from: &str, to: &str) -> bool {
    let mut seen = vec![from];
    let mut at = 0;
    while at < seen.len() {
        if seen[at] == to {
            return true;
        }
        let record = model.types.iter().find(|r#type| r#type.name == seen[at]);
        if let Some(Type { kind: Kind::Record { fields, .. }, .. }) = record {
            for field in fields {
                if let Shape::Named(name) = &field.shape
                    && !seen.contains(&name.as_str())
                {
                    seen.push(name);
                }
            }
        }
        at += 1;
    }
    false
}

/// The names with what they stand for, if no two are the same.
fn distinct<'a, T>(
    owner: &str,
    named: impl Iterator<Item = (String, &'a str, T)>,
) -> Result<Vec<(String, T)>, ToolError> {
    let mut taken = BTreeMap::<String, &str>::new();
    let mut distinct = Vec::new();
    for (name, key, item) in named {
        if let Some(other) = taken.insert(name.clone(), key) {
            let message = format!("`{other}` and `{key}` of `{owner}` both become `{name}`");
            return Err(ToolError::failed(message).with_help("rename one of them in the schema"));
        }
        distinct.push((name, item));
    }
    Ok(distinct)
}

fn is_key(field: &Field) -> bool {
    field.key == "id" && !field.optional
}

/// Whether a key can stand in TypeScript as it is.
fn is_plain(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A text for one cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// **Source:** the Rust reference, "Keywords": strict and reserved ones, and those of the 2024 edition.
const RUST_KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
