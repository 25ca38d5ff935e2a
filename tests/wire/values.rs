//! Types of every kind, known to keyway and to serde, and values of them.

use std::collections::BTreeMap;

use keyway::wire::{Decoder, Encoder, Format, Malformed};
use keyway::{Plain, Wire};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Wire, Serialize, Deserialize)]
pub struct Scalars {
    pub truth: bool,
    pub bytes: (u8, i8),
    pub shorts: (u16, i16),
    pub words: (u32, i32),
    pub longs: (u64, i64),
    pub floats: (f32, f64),
    pub letter: char,
    pub nothing: (),
}

#[derive(Clone, Copy, Debug, PartialEq, Plain, Serialize, Deserialize)]
#[repr(C)]
pub struct Point {
    pub x: f64,
    pub tag: u8,
    pub y: f32,
}

#[derive(Clone, Debug, PartialEq, Wire, Serialize, Deserialize)]
pub enum Choice {
    Nothing,
    One(u32),
    Wrapped(Option<i16>),
    Two(u8, String),
    Named { left: i64, right: Vec<Self> },
    List(Vec<Self>),
}

#[derive(Clone, Debug, PartialEq, Wire, Serialize, Deserialize)]
pub struct Record {
    pub scalars: Scalars,
    pub text: String,
    pub choices: Vec<Choice>,
    pub maybe: Option<String>,
    pub points: Vec<Point>,
    pub map: BTreeMap<String, Vec<Option<u64>>>,
    pub by_letter: BTreeMap<char, (u16, String, bool, Choice)>,
    pub empty: Empty,
    pub wide: Wide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Wire, Serialize, Deserialize)]
pub struct Empty {}

/// More fields than the shortest header can count.
#[derive(Clone, Debug, PartialEq, Wire, Serialize, Deserialize)]
pub struct Wide {
    pub a: u8,
    pub b: u8,
    pub c: u8,
    pub d: u8,
    pub e: u8,
    pub f: u8,
    pub g: u8,
    pub h: u8,
    pub i: u8,
    pub j: u8,
    pub k: u8,
    pub l: u8,
    pub m: u8,
    pub n: u8,
    pub o: u8,
    pub p: u16,
    pub a_name_that_is_longer_than_thirty_one_bytes: i32,
}

#[derive(Clone, Debug, PartialEq, Wire, Serialize, Deserialize)]
pub struct Tree {
    pub value: u8,
    pub children: Vec<Self>,
}

pub fn encode<T: Wire>(value: &T, format: Format) -> Vec<u8> {
    let mut encoder = Encoder::new(format);
    value.encode(&mut encoder);
    encoder.finish().0
}

pub fn decode<T: Wire>(bytes: &[u8], format: Format) -> Result<T, Malformed> {
    let mut decoder = Decoder::new(format, bytes, &[]);
    let value = T::decode(&mut decoder)?;
    decoder.finish()?;
    Ok(value)
}

/// Integers near every power of two, where forms change their length, and any others.
fn integer() -> impl Strategy<Value = u64> {
    prop_oneof![
        (0_u32..64, -1_i64..=1).prop_map(|(power, beside)| (1_u64 << power).wrapping_add_signed(beside)),
        (0_u32..64, -1_i64..=1)
            .prop_map(|(power, beside)| (1_u64 << power).wrapping_add_signed(beside).wrapping_neg()),
        any::<u64>(),
    ]
}

/// Every bit pattern: numbers that are none, infinities, zeroes of both signs.
fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        Just(f64::NAN),
        Just(f64::from_bits(0xfff0_0000_0000_0001)),
        Just(-0.0),
        Just(f64::INFINITY),
    ]
}

fn single() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<u32>().prop_map(f32::from_bits),
        Just(f32::from_bits(0x7f80_0001)),
        Just(f32::NEG_INFINITY)
    ]
}

pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), Just(String::new()), (0_usize..70).prop_map(|len| "x".repeat(len))]
}

pub fn scalars() -> impl Strategy<Value = Scalars> {
    let integers = [(); 8].map(|()| integer());
    (any::<bool>(), integers, single(), float(), any::<char>()).prop_map(
        |(truth, of, single, double, letter)| Scalars {
            truth,
            bytes: (of[0] as u8, of[1] as i8),
            shorts: (of[2] as u16, of[3] as i16),
            words: (of[4] as u32, of[5] as i32),
            longs: (of[6], of[7] as i64),
            floats: (single, double),
            letter,
            nothing: (),
        },
    )
}

pub fn choice() -> impl Strategy<Value = Choice> {
    let leaf = prop_oneof![
        Just(Choice::Nothing),
        integer().prop_map(|n| Choice::One(n as u32)),
        option::of(any::<i16>()).prop_map(Choice::Wrapped),
        (any::<u8>(), text()).prop_map(|(n, text)| Choice::Two(n, text)),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            (integer(), vec(inner.clone(), 0..5))
                .prop_map(|(left, right)| Choice::Named { left: left as i64, right }),
            vec(inner, 0..20).prop_map(Choice::List),
        ]
    })
}

fn point() -> impl Strategy<Value = Point> {
    (float(), any::<u8>(), single()).prop_map(|(x, tag, y)| Point { x, tag, y })
}

fn wide() -> impl Strategy<Value = Wide> {
    (any::<[u8; 15]>(), any::<u16>(), any::<i32>()).prop_map(|(of, p, last)| {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = of;
        Wide {
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            i,
            j,
            k,
            l,
            m,
            n,
            o,
            p,
            a_name_that_is_longer_than_thirty_one_bytes: last,
        }
    })
}

pub fn record() -> impl Strategy<Value = Record> {
    (
        (scalars(), text(), vec(choice(), 0..18), option::of(text()), vec(point(), 0..5)),
        btree_map(text(), vec(option::of(integer()), 0..4), 0..18),
        btree_map(any::<char>(), (any::<u16>(), text(), any::<bool>(), choice()), 0..4),
        wide(),
    )
        .prop_map(|((scalars, text, choices, maybe, points), map, by_letter, wide)| Record {
            scalars,
            text,
            choices,
            maybe,
            points,
            map,
            by_letter,
            empty: Empty {},
            wide,
        })
}

pub fn tree() -> impl Strategy<Value = Tree> {
    let leaf = any::<u8>().prop_map(|value| Tree { value, children: Vec::new() });
    leaf.prop_recursive(6, 64, 6, |inner| {
        (any::<u8>(), vec(inner, 0..6)).prop_map(|(value, children)| Tree { value, children })
    })
}
