//! Every form in which a value crosses: views and what is read of them, results and what is taken of them, messages.
#![allow(clippy::result_large_err, reason = "an error may carry what it likes")]

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway::testing::{through_messages, through_table};
use keyway::wire::Format;
use keyway::{Bytes, Fault, Wire, interface};
use proptest::prelude::*;

use super::values::{Choice, Point, Record, Scalars, Tree, choice, encode, record, scalars, text, tree};

/// What an error carries.
#[derive(Clone, Debug, PartialEq, Wire)]
pub enum Refusal {
    With(Record),
    Fault(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

/// Gives back what it was given.
#[interface(id = "wire/echo", version = "1.0")]
pub trait Echo: Send + Sync {
    fn scalars(&self, scalars: Scalars) -> Scalars;
    fn each(
        &self,
        truth: bool,
        byte: i8,
        letter: char,
        single: f32,
        double: f64,
    ) -> (bool, i8, (char, f32, f64));
    fn lent(&self, record: &Record) -> Record;
    fn moved(&self, record: Record) -> Record;
    fn refused(&self, record: Record) -> Result<(), Refusal>;
    fn list(&self, records: Vec<Record>) -> Vec<Record>;
    fn maybe(&self, record: &Option<Record>) -> Option<Record>;
    fn pair(&self, pair: (Choice, Tree)) -> (Tree, Choice);
    fn map(&self, map: BTreeMap<String, Choice>) -> BTreeMap<String, Choice>;
    fn nested(&self, nested: Option<Option<Vec<Option<String>>>>) -> Option<Option<Vec<Option<String>>>>;
    fn text(&self, text: &str, owned: String) -> Vec<String>;
    fn points(&self, points: &[Point]) -> Vec<Point>;
    fn bytes(
        &self,
        lent: &Bytes,
        moved: Bytes,
        maybe: Option<Bytes>,
        raw: &[u8],
    ) -> (Bytes, Bytes, Option<Bytes>, Vec<u8>);
    fn units(&self, units: Vec<()>) -> Vec<()>;
}

struct Mirror;

impl Echo for Mirror {
    fn scalars(&self, scalars: Scalars) -> Scalars {
        scalars
    }
    fn each(
        &self,
        truth: bool,
        byte: i8,
        letter: char,
        single: f32,
        double: f64,
    ) -> (bool, i8, (char, f32, f64)) {
        (truth, byte, (letter, single, double))
    }
    fn lent(&self, record: &Record) -> Record {
        record.clone()
    }
    fn moved(&self, record: Record) -> Record {
        record
    }
    fn refused(&self, record: Record) -> Result<(), Refusal> {
        Err(Refusal::With(record))
    }
    fn list(&self, records: Vec<Record>) -> Vec<Record> {
        records
    }
    fn maybe(&self, record: &Option<Record>) -> Option<Record> {
        record.clone()
    }
    fn pair(&self, (choice, tree): (Choice, Tree)) -> (Tree, Choice) {
        (tree, choice)
    }
    fn map(&self, map: BTreeMap<String, Choice>) -> BTreeMap<String, Choice> {
        map
    }
    fn nested(&self, nested: Option<Option<Vec<Option<String>>>>) -> Option<Option<Vec<Option<String>>>> {
        nested
    }
    fn text(&self, text: &str, owned: String) -> Vec<String> {
        vec![text.to_owned(), owned]
    }
    fn points(&self, points: &[Point]) -> Vec<Point> {
        points.to_vec()
    }
    fn bytes(
        &self,
        lent: &Bytes,
        moved: Bytes,
        maybe: Option<Bytes>,
        raw: &[u8],
    ) -> (Bytes, Bytes, Option<Bytes>, Vec<u8>) {
        (lent.clone(), moved, maybe, raw.to_vec())
    }
    fn units(&self, units: Vec<()>) -> Vec<()> {
        units
    }
}

/// Compared by their bytes, since a float may be no number.
fn alike<T: Wire>(left: &T, right: &T) -> bool {
    encode(left, Format::Compact) == encode(right, Format::Compact)
}

fn homes() -> [Arc<dyn Echo>; 3] {
    let twice = through_messages::<dyn Echo>(through_table::<dyn Echo>(Arc::new(Mirror)));
    [through_table::<dyn Echo>(Arc::new(Mirror)), through_messages::<dyn Echo>(Arc::new(Mirror)), twice]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_come_back_in_every_form(record in record(), other in record()) {
        for echo in homes() {
            prop_assert!(alike(&echo.lent(&record), &record));
            prop_assert!(alike(&echo.moved(record.clone()), &record));
            prop_assert!(alike(&echo.maybe(&Some(record.clone())), &Some(record.clone())));
            let list = vec![record.clone(), other.clone(), record.clone()];
            prop_assert!(alike(&echo.list(list.clone()), &list));
            let refused = echo.refused(record.clone()).expect_err("it refuses");
            prop_assert!(alike(&refused, &Refusal::With(record.clone())));
            let points = &other.points[..];
            prop_assert!(alike(&echo.points(points), &points.to_vec()));
        }
    }

    #[test]
    fn scalars_come_back_in_every_form(of in scalars()) {
        for echo in homes() {
            prop_assert!(alike(&echo.scalars(of.clone()), &of));
            let each = echo.each(of.truth, of.bytes.1, of.letter, of.floats.0, of.floats.1);
            prop_assert!(alike(&each, &(of.truth, of.bytes.1, (of.letter, of.floats.0, of.floats.1))));
        }
    }

    #[test]
    fn choices_trees_and_maps_come_back_in_every_form(
        choice in choice(),
        tree in tree(),
        map in proptest::collection::btree_map(text(), choice(), 0..6),
    ) {
        for echo in homes() {
            let (back, chosen) = echo.pair((choice.clone(), tree.clone()));
            prop_assert!(alike(&back, &tree) && alike(&chosen, &choice));
            prop_assert!(alike(&echo.map(map.clone()), &map));
        }
    }

    #[test]
    fn texts_blocks_and_options_come_back_in_every_form(
        text in text(),
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        nested in any::<Option<Option<Vec<Option<String>>>>>(),
        units in 0_usize..40,
    ) {
        for echo in homes() {
            prop_assert_eq!(echo.text(&text, text.clone()), vec![text.clone(), text.clone()]);
            let block = || Bytes::from(bytes.clone());
            let (lent, moved, maybe, raw) = echo.bytes(&block(), block(), Some(block()), &bytes);
            prop_assert_eq!((&lent, &moved, maybe.as_ref(), &raw), (&block(), &block(), Some(&block()), &bytes));
            prop_assert_eq!(echo.bytes(&block(), block(), None, &[]).2, None);
            prop_assert_eq!(echo.nested(nested.clone()), nested.clone());
            prop_assert_eq!(echo.units(vec![(); units]).len(), units);
        }
    }
}
