//! Values, as arguments and as results.

use std::collections::BTreeMap;

use contract_plugin::values::{Empty, Inner, Kind, Oops, Point, Record, Scalars, Values};
use keyway::Bytes;

use super::homes::{Home, everything};

pub(crate) fn record(size: usize) -> Record {
    Record {
        name: "näme".repeat(size),
        id: 7,
        tags: (0..size).map(|n| "t".repeat(n)).collect(),
        scores: (0..size).map(|n| n as f64 / 2.0).collect(),
        at: Point { x: 1.0, y: -2.0, tag: 3 },
        more: (size > 1).then(|| Inner(5, "five".into())),
        note: (size > 2).then(|| "noted".into()),
        kinds: vec![
            Kind::Nothing,
            Kind::One(1),
            Kind::Two(2, "zwei".into()),
            Kind::Named { a: -1, b: vec![Kind::Nothing, Kind::Unknown] },
        ],
        map: (0..size as u32).map(|n| (n.to_string(), n)).collect(),
        blob: Bytes::from(vec![9; size]),
    }
}

pub(crate) fn every_scalar_comes_back_changed_as_asked(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    values.nothing();
    assert!(values.bool(false) && !values.bool(true));
    assert_eq!((values.u8(6), values.u16(6), values.u32(6), values.u64(6)), (7, 7, 7, 7));
    assert_eq!((values.i8(-8), values.i16(-8), values.i32(-8), values.i64(-8)), (-7, -7, -7, -7));
    assert_eq!(
        (values.f32(1.5).to_bits(), values.f64(2.5).to_bits()),
        ((-1.5_f32).to_bits(), (-2.5_f64).to_bits())
    );
    assert_eq!(values.char('a'), 'b');
}

pub(crate) fn more_arguments_than_registers_arrive_in_order(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    assert_eq!(
        values.many(true, 200, -3, 4_000_000_000, -5, 1.5, -2.5, 'ß', "text", u64::MAX, 0.25),
        "true 200 -3 4000000000 -5 1.5 -2.5 ß text 18446744073709551615 0.25"
    );
}

pub(crate) fn edges_of_every_scalar_survive(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    assert_eq!(values.u8(u8::MAX), 0);
    assert_eq!(values.u16(u16::MAX - 1), u16::MAX);
    assert_eq!(values.u32(u32::MAX), 0);
    assert_eq!(values.u64(u64::MAX - 1), u64::MAX);
    assert_eq!(values.i8(i8::MAX), i8::MIN);
    assert_eq!(values.i16(i16::MIN), i16::MIN + 1);
    assert_eq!(values.i32(i32::MAX), i32::MIN);
    assert_eq!(values.i64(i64::MIN), i64::MIN + 1);
    assert_eq!(values.f32(f32::INFINITY).to_bits(), f32::NEG_INFINITY.to_bits());
    assert!(values.f64(f64::NAN).is_nan());
    assert_eq!(values.f64(0.0).to_bits(), (-0.0_f64).to_bits());
    assert_eq!(values.f64(-f64::MIN_POSITIVE / 2.0).to_bits(), (f64::MIN_POSITIVE / 2.0).to_bits());
    assert_eq!(values.char('\u{10fffe}'), '\u{10ffff}');
    assert_eq!(values.char('\0'), '\u{1}');
    let scalars = Scalars {
        truth: true,
        small: (u8::MAX, i8::MIN),
        short: (u16::MAX, i16::MIN),
        middle: (u32::MAX, i32::MIN),
        wide: (u64::MAX, i64::MIN),
        floats: (f32::MAX, f64::MIN),
        letter: '\u{d7fe}',
    };
    let expected = Scalars {
        truth: false,
        small: (u8::MAX - 1, i8::MIN + 1),
        short: (u16::MAX - 1, i16::MIN + 1),
        middle: (u32::MAX - 1, i32::MIN + 1),
        wide: (u64::MAX - 1, i64::MIN + 1),
        floats: (f32::MIN, f64::MAX),
        letter: '\u{d7ff}',
    };
    assert_eq!(values.scalars(scalars), expected);
}

pub(crate) fn plain_structs_cross_by_value_by_reference_and_in_lists(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    let point = Point { x: 1.0, y: 2.0, tag: 4 };
    let turned = Point { x: 2.0, y: 1.0, tag: 5 };
    assert_eq!(values.point(point), turned);
    assert_eq!(values.point_ref(&point), turned);
    let points: Vec<Point> = (0..100).map(|n| Point { x: f64::from(n), y: 0.5, tag: n }).collect();
    let sum: f64 = (0..100).map(|n| f64::from(n) * 1.5).sum();
    assert!((values.sum(&points) - sum).abs() < 1e-9);
    assert!(values.sum(&[]).abs() < 1e-9);
    let back: Vec<Point> = points.iter().rev().copied().collect();
    assert_eq!(values.points(points), back);
    assert_eq!(values.points(Vec::new()), []);
    assert_eq!(values.points(Vec::with_capacity(10)), []);
    assert_eq!(values.numbers(&[1, 2, u64::MAX]), [u64::MAX, 2, 1]);
}

pub(crate) fn texts_and_blocks_of_every_size_cross(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    for size in [0, 1, 7, 8, 15, 16, 31, 32, 127, 128, 255, 256, 4_095, 4_096, 65_535, 65_536, 1 << 20] {
        let text = "x".repeat(size);
        assert!(values.text(&text) == format!("{text}!"), "{size}");
        assert!(values.owned_text(text.clone()) == format!("{text}!"), "{size}");
        let bytes: Vec<u8> = (0..size).map(|n| n as u8).collect();
        let back: Vec<u8> = bytes.iter().rev().copied().collect();
        assert!(values.raw(&bytes) == back, "{size}");
        assert!(*values.blob(Bytes::from(bytes.clone())) == *bytes, "{size}");
    }
    assert_eq!(values.text("nul \0, ß, 漢, 🦀"), "nul \0, ß, 漢, 🦀!");
    assert_eq!(values.owned_text(String::with_capacity(99)), "!");
    assert_eq!(&*values.blob(Bytes::from_static(b"for ever")), b"for ever");
    assert_eq!(&*values.blob(Bytes::new()), b"");
}

pub(crate) fn a_record_with_everything_in_it_crosses_both_ways(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    for size in [0, 1, 2, 3, 40] {
        let record = record(size);
        let expected = Record { id: 8, ..record.clone() };
        assert_eq!(values.record(&record), expected, "{size}");
        assert_eq!(
            values.records(record.clone(), 3),
            Ok(vec![record.clone(), record.clone(), record.clone()])
        );
        assert_eq!(values.option_record(Some(record.clone())), Some(record.clone()));
        assert_eq!(record.blob.len(), size, "a record that was lent is the host's still");
    }
    assert_eq!(values.records(record(1), 0), Ok(Vec::new()));
    assert_eq!(values.option_record(None), None);
    assert_eq!(values.empty(Empty {}), Empty {});
}

pub(crate) fn every_variant_crosses_and_may_contain_itself(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    assert_eq!(values.kind(Kind::Nothing), Kind::One(0));
    assert_eq!(values.kind(Kind::One(4)), Kind::Two(4, "one".into()));
    let two = Kind::Two(3, "three".into());
    assert_eq!(values.kind(two.clone()), Kind::Named { a: -3, b: vec![two] });
    assert_eq!(values.kind(Kind::Unknown), Kind::Nothing);
    let mut deep = Kind::One(1);
    for depth in 0..40 {
        deep = Kind::Named { a: depth, b: vec![Kind::Nothing, deep] };
    }
    let Kind::Named { a, b } = values.kind(deep.clone()) else { panic!("another variant came back") };
    let Kind::Named { b: mut before, .. } = deep else { unreachable!("it was just made") };
    before.reverse();
    assert_eq!((a, b), (40, before));
}

pub(crate) fn options_tuples_maps_and_lists_nest(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    assert_eq!((values.option(Some(1)), values.option(None)), (Some(2), None));
    for (given, expected) in [
        (None, None),
        (Some(None), Some(None)),
        (Some(Some(String::new())), Some(Some("!".to_owned()))),
        (Some(Some("a".into())), Some(Some("a!".to_owned()))),
    ] {
        assert_eq!(values.option_in_option(given), expected);
    }
    assert_eq!(values.pair((4, "t".into()), 'ß'), ("4tß".into(), Some(-1)));
    assert_eq!(values.pair((3, String::new()), 'x'), ("3x".into(), None));
    let point = Point { x: 0.0, y: 0.0, tag: 1 };
    assert_eq!(values.four((1, "two".into(), vec![3], point)), (point, vec![3], "two".into(), 1));
    let map = BTreeMap::from([(1, vec!["a".to_owned(), "b".into()]), (2, vec![])]);
    let turned = BTreeMap::from([(vec!["a".to_owned(), "b".into()], 1), (vec![], 2)]);
    assert_eq!(values.map(map), turned);
    assert_eq!(values.map(BTreeMap::new()), BTreeMap::new());
    let lists = vec![vec![Some("a".to_owned()), None], vec![], vec![None]];
    assert_eq!(values.nested(lists.clone()), lists.into_iter().rev().collect::<Vec<_>>());
}

pub(crate) fn an_error_of_the_plugins_own_comes_back_as_it_was_made(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    assert_eq!(values.answer("done"), Ok(()));
    assert_eq!(values.answer("because"), Err(Oops { why: "because".into(), fault: false }));
    assert_eq!(values.records(record(1), 10), Err(Oops { why: "10 times näme".into(), fault: false }));
    assert_eq!(values.answer_in_words("12"), Ok(12));
    assert_eq!(values.answer_in_words("x"), Err("`x` is no number: invalid digit found in string".into()));
    let faults = host.plugin("contract/everything").map(|info| info.faults);
    assert_eq!(faults, Some(0), "an answer is no fault");
}

pub(crate) fn a_method_with_a_body_runs_in_the_plugin(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    assert_eq!(values.with_body(3), "3 of body!");
    assert_eq!(values.with_body_of_its_own(3), 4);
}

pub(crate) fn a_block_comes_back_without_having_been_read(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    let block = Bytes::from(vec![1_u8; 1 << 16]);
    let before = block.as_ptr();
    let back = values.blob(block);
    assert_eq!(back.len(), 1 << 16);
    if home != Home::Message {
        assert_eq!(back.as_ptr(), before, "the block was copied");
    }
}

pub(crate) fn what_was_returned_outlives_the_plugin(home: Home) {
    let host = home.host();
    let values = everything::<dyn Values>(&host);
    let (text, block, record) =
        (values.text("kept"), values.blob(Bytes::from(vec![1, 2])), values.record(&record(3)));
    drop(values);
    drop(host);
    assert_eq!((text.as_str(), &*block, record.id), ("kept!", &[1, 2][..], 8));
}
