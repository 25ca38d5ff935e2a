//! A JSON Schema as types: records with fields, and choices among words.
//!
//! What a schema can say beyond that is either harmless to forget, such as a greatest length, or refused with its path.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use keyway_interfaces::ToolError;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The part of JSON Schema that becomes types.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Schema {
    title: Option<String>,
    description: Option<String>,
    r#type: Option<OneOrMore>,
    format: Option<String>,
    properties: InOrder<Schema>,
    required: BTreeSet<String>,
    additional_properties: Option<Additional>,
    items: Option<Box<Schema>>,
    r#enum: Option<Vec<Value>>,
    r#const: Option<Value>,
    any_of: Option<Vec<Schema>>,
    one_of: Option<Vec<Schema>>,
    all_of: Option<Vec<Schema>>,
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(rename = "$defs", alias = "definitions")]
    definitions: BTreeMap<String, Schema>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum Additional {
    Allowed(bool),
    Like(Box<Schema>),
}

/// A JSON object in the order it was written: the order of the fields of a type is its author's.
#[derive(Debug)]
struct InOrder<T>(Vec<(String, T)>);

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for InOrder<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = InOrder<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of schemas")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InOrder<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(InOrder(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

/// The types of a schema, the outermost first, the others in the order they are met.
#[derive(Debug)]
pub struct Model {
    /// The types.
    pub types: Vec<Type>,
}

/// A type with a name of its own.
#[derive(Debug)]
pub struct Type {
    /// The name, in camel case with a capital.
    pub name: String,
    /// What the schema says about it.
    pub description: String,
    /// What it is made of.
    pub kind: Kind,
}

/// What a type is made of.
#[derive(Debug)]
pub enum Kind {
    /// Fields in their order; `closed` says that there are no others.
    Record {
        /// The fields.
        fields: Vec<Field>,
        /// Whether unknown fields are errors.
        closed: bool,
    },
    /// One of these words.
    Choice(Vec<String>),
}

/// A field of a record.
#[derive(Debug)]
pub struct Field {
    /// The name in JSON.
    pub key: String,
    /// What the schema says about it.
    pub description: String,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be absent or null.
    pub optional: bool,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// A moment, as a string of RFC 3339.
    Moment,
    /// Any JSON.
    Anything,
    /// Several.
    List(Box<Shape>),
    /// Any number of keys, each with such a value.
    Map(Box<Shape>),
    /// The type of that name.
    Named(String),
}

impl Model {
    /// Reads the types of a schema.
    ///
    /// **Errors:** the path in the schema to what is no type.
    pub fn read(schema: &Schema, name: Option<&str>) -> Result<Self, ToolError> {
        let name = pascal(name.or(schema.title.as_deref()).unwrap_or("Root"));
        let mut reader = Reader {
            root: schema,
            types: Vec::new(),
            taken: TAKEN.into_iter().map(str::to_owned).collect(),
            known: BTreeMap::new(),
            open: Vec::new(),
        };
        let name = reader.free(&name);
        if !schema.properties.0.is_empty() {
            reader.known.insert("#", name.clone());
        }
        match reader.shape(schema, &name, "#")?.0 {
            Shape::Named(_) => Ok(Self { types: reader.types.into_iter().flatten().collect() }),
            _ => Err(refused(
                "#",
                "is no type of its own",
                "give a schema with `properties`, or with an `enum`",
            )),
        }
    }
}

/// What generated code itself names, in one language or another.
const TAKEN: [&str; 6] = ["Box", "Option", "Record", "Self", "String", "Vec"];

struct Reader<'a> {
    root: &'a Schema,
    /// A place is taken before the type is known, so that the outer type comes before those inside it.
    types: Vec<Option<Type>>,
    taken: BTreeSet<String>,
    /// The type names of definitions, by reference.
    known: BTreeMap<&'a str, String>,
    /// The references that are being read.
    open: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    /// What a schema holds, and whether it may be null. A type that needs a name gets `name`.
    fn shape(&mut self, schema: &'a Schema, name: &str, path: &str) -> Result<(Shape, bool), ToolError> {
        if let Some(reference) = &schema.reference {
            return self.reference(reference, path);
        }
        if let Some(any) = schema.any_of.as_ref().or(schema.one_of.as_ref()) {
            return self.union(schema, any, name, path);
        }
        if let Some(all) = &schema.all_of {
            return match all.as_slice() {
                [only] => self.shape(only, name, &format!("{path}/allOf/0")),
                _ => Err(refused(path, "joins schemas with `allOf`", "write their properties in one schema")),
            };
        }
        if let Some(values) = &schema.r#enum {
            return self.choice(schema, values, name, path);
        }
        let types = match &schema.r#type {
            None if schema.properties.0.is_empty() => return Ok((Shape::Anything, false)),
            None => vec!["object"],
            Some(OneOrMore::One(one)) => vec![one.as_str()],
            Some(OneOrMore::More(more)) => more.iter().map(String::as_str).collect(),
        };
        let nullable = types.contains(&"null");
        let types: Vec<&str> = types.into_iter().filter(|one| *one != "null").collect();
        let shape = match types.as_slice() {
            ["string"] if schema.format.as_deref() == Some("date-time") => Shape::Moment,
            ["string"] => Shape::Text,
            ["integer"] => Shape::Integer,
            ["number"] | ["integer", "number"] | ["number", "integer"] => Shape::Number,
            ["boolean"] => Shape::Boolean,
            ["array"] => match &schema.items {
                Some(items) => {
                    let (shape, _) = self.shape(items, &singular(name), &format!("{path}/items"))?;
                    Shape::List(Box::new(shape))
                }
                None => Shape::List(Box::new(Shape::Anything)),
            },
            ["object"] => self.object(schema, name, path)?,
            _ => Shape::Anything,
        };
        Ok((shape, nullable))
    }

    fn object(&mut self, schema: &'a Schema, name: &str, path: &str) -> Result<Shape, ToolError> {
        if schema.properties.0.is_empty() {
            let inner = match &schema.additional_properties {
                Some(Additional::Like(like)) => {
                    self.shape(like, &singular(name), &format!("{path}/additionalProperties"))?.0
                }
                _ => Shape::Anything,
            };
            return Ok(Shape::Map(Box::new(inner)));
        }
        let (name, place) = self.claim(name);
        let mut fields = Vec::new();
        for (key, property) in &schema.properties.0 {
            let inner = format!("{name}{}", pascal(key));
            let (shape, nullable) = self.shape(property, &inner, &format!("{path}/properties/{key}"))?;
            fields.push(Field {
                key: key.clone(),
                description: property.description.clone().unwrap_or_default(),
                shape,
                optional: nullable || !schema.required.contains(key),
            });
        }
        let closed = matches!(schema.additional_properties, Some(Additional::Allowed(false)));
        self.put(place, schema, &name, Kind::Record { fields, closed });
        Ok(Shape::Named(name))
    }

    /// `anyOf` and `oneOf`: something or null, or a choice whose words are described one by one.
    fn union(
        &mut self,
        outer: &'a Schema,
        any: &'a [Schema],
        name: &str,
        path: &str,
    ) -> Result<(Shape, bool), ToolError> {
        let is_null = |schema: &Schema| matches!(&schema.r#type, Some(OneOrMore::One(one)) if one == "null");
        let others: Vec<_> = any.iter().filter(|schema| !is_null(schema)).collect();
        if let [only] = others.as_slice() {
            return Ok((self.shape(only, name, path)?.0, true));
        }
        let words =
            others.iter().flat_map(|schema| schema.r#const.iter().chain(schema.r#enum.iter().flatten()));
        let words: Option<Vec<_>> = words.map(|word| word.as_str().map(str::to_owned)).collect();
        match words {
            Some(words) if words.len() >= others.len() => {
                let (name, place) = self.claim(name);
                self.put(place, outer, &name, Kind::Choice(words));
                Ok((Shape::Named(name), others.len() < any.len()))
            }
            _ => Err(refused(
                path,
                "is one of several schemas",
                "leave its type open, or make it one object with optional properties",
            )),
        }
    }

    fn choice(
        &mut self,
        schema: &'a Schema,
        values: &[Value],
        name: &str,
        path: &str,
    ) -> Result<(Shape, bool), ToolError> {
        let words: Option<Vec<_>> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map(str::to_owned))
            .collect();
        let words = words
            .ok_or_else(|| refused(path, "has an `enum` of more than strings", "write only strings there"))?;
        if words.is_empty() {
            return Err(refused(
                path,
                "has an `enum` without a string",
                "write the strings that may stand there",
            ));
        }
        let nullable = words.len() < values.len();
        let (name, place) = self.claim(name);
        self.put(place, schema, &name, Kind::Choice(words));
        Ok((Shape::Named(name), nullable))
    }

    fn reference(&mut self, reference: &'a str, path: &str) -> Result<(Shape, bool), ToolError> {
        if let Some(name) = self.known.get(reference) {
            return Ok((Shape::Named(name.clone()), false));
        }
        let key = reference.strip_prefix("#/$defs/").or_else(|| reference.strip_prefix("#/definitions/"));
        let Some((key, schema)) = key.and_then(|key| self.root.definitions.get_key_value(key)) else {
            let what = format!("refers to `{reference}`, which is not there");
            return Err(refused(path, &what, "put it under `$defs` and write `#/$defs/NAME`"));
        };
        if self.open.contains(&reference) {
            return Err(refused(
                path,
                &format!("refers to `{reference}` inside itself"),
                "put an object between",
            ));
        }
        let name = self.free(&pascal(key));
        // A record is known before it is read, since its fields may refer to it.
        if !schema.properties.0.is_empty() {
            self.known.insert(reference, name.clone());
        }
        self.open.push(reference);
        let (shape, nullable) = self.shape(schema, &name, reference)?;
        self.open.pop();
        if let Shape::Named(name) = &shape {
            self.known.insert(reference, name.clone());
        }
        Ok((shape, nullable))
    }

    /// A name that no other type has.
    fn free(&self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(|name| !self.taken.contains(name)).unwrap_or_default()
    }

    /// Takes such a name, and a place in the order.
    fn claim(&mut self, name: &str) -> (String, usize) {
        let name = self.free(name);
        self.taken.insert(name.clone());
        self.types.push(None);
        (name, self.types.len() - 1)
    }

    fn put(&mut self, place: usize, schema: &Schema, name: &str, kind: Kind) {
        let description = schema.description.clone().unwrap_or_default();
        self.types[place] = Some(Type { name: name.into(), description, kind });
    }
}

fn refused(path: &str, what: &str, instead: &str) -> ToolError {
    ToolError::invalid_arguments(format!("`{path}` {what}")).with_help(instead)
}

/// `user-id`, `user_id` and `userId` are all `UserId`.
pub fn pascal(text: &str) -> String {
    let mut name = String::new();
    for word in words(text) {
        let mut characters = word.chars();
        name.extend(characters.next().into_iter().flat_map(char::to_uppercase));
        name.extend(characters.flat_map(char::to_lowercase));
    }
    if !name.starts_with(char::is_alphabetic) {
        name.insert(0, 'T');
    }
    name
}

/// `user-id`, `UserId` and `userId` are all `user_id`.
pub fn snake(text: &str) -> String {
    let mut name = words(text).join("_").to_lowercase();
    if !name.starts_with(char::is_alphabetic) {
        name.insert(0, '_');
    }
    name
}

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_was_small = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before_was_small) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.push(c));
        }
        before_was_small = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A good name for one of `OrderItems`: `OrderItem`.
fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => match name.strip_suffix('s') {
            Some(stem) if !stem.ends_with('s') => stem.into(),
            _ => format!("{name}Item"),
        },
    }
}
