//! A plugin's settings, in the form in which they reach it.

use crate::wire::{Encoder, Format, Wire};

/// What the operator sets for one plugin: a MessagePack map, by name, whatever it was written in.
///
/// A plugin reads it with [`Context::config`](crate::Context::config) into a type of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings(Vec<u8>);

impl Settings {
    /// The settings that a value of a plugin's own type stands for.
    pub fn of<T: Wire>(value: &T) -> Self {
        let mut encoder = Encoder::new(Format::Named);
        value.encode(&mut encoder);
        Self(encoder.finish().0)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A date becomes its text.
impl From<toml::Table> for Settings {
    fn from(table: toml::Table) -> Self {
        Self::from(&table)
    }
}

/// A date becomes its text.
impl From<&toml::Table> for Settings {
    fn from(table: &toml::Table) -> Self {
        let mut encoder = Encoder::new(Format::Named);
        encode_table(table, &mut encoder);
        Self(encoder.finish().0)
    }
}

fn encode_table(table: &toml::Table, to: &mut Encoder) {
    to.structure(table.len());
    for (name, value) in table {
        to.field(name);
        encode(value, to);
    }
}

fn encode(value: &toml::Value, to: &mut Encoder) {
    match value {
        toml::Value::String(text) => to.str(text),
        toml::Value::Integer(number) => to.i64(*number),
        toml::Value::Float(number) => to.f64(*number),
        toml::Value::Boolean(truth) => to.bool(*truth),
        toml::Value::Datetime(date) => to.str(&date.to_string()),
        toml::Value::Array(values) => {
            to.list(values.len());
            for value in values {
                encode(value, to);
            }
        }
        toml::Value::Table(table) => encode_table(table, to),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::wire::Decoder;

    #[test]
    fn a_toml_table_reads_back_as_a_map_by_name() {
        let table: toml::Table = "a = [1, -2, 300]\nb = []".parse().unwrap();
        let settings = Settings::from(table);
        let mut decoder = Decoder::new(Format::Named, settings.bytes(), &[]);
        let map = BTreeMap::<String, Vec<i32>>::decode(&mut decoder).unwrap();
        decoder.finish().unwrap();
        assert_eq!(map, BTreeMap::from([("a".into(), vec![1, -2, 300]), ("b".into(), vec![])]));
    }

    #[test]
    fn every_kind_of_toml_value_becomes_the_bytes_of_rmp() {
        let text = "s = \"x\"\nf = 1.5\nt = true\nd = 2024-02-03\n[inner]\nn = 7";
        let settings = Settings::from(text.parse::<toml::Table>().unwrap());
        let mut expected = vec![0x85];
        for (name, value) in [
            (b'd', [&[0xaa], &b"2024-02-03"[..]].concat()),
            (b'f', [&[0xcb], &1.5_f64.to_be_bytes()[..]].concat()),
            (b'i', Vec::new()),
            (b's', vec![0xa1, b'x']),
            (b't', vec![0xc3]),
        ] {
            if name == b'i' {
                expected.extend(b"\xa5inner\x81\xa1n\x07");
                continue;
            }
            expected.extend([0xa1, name]);
            expected.extend(value);
        }
        assert_eq!(settings.bytes(), expected);
    }

    #[test]
    fn no_settings_at_all_are_an_empty_map() {
        assert_eq!(Settings::from(toml::Table::new()).bytes(), [0x80]);
    }
}
