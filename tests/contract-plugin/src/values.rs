//! Every kind of value, as an argument and as a result.
#![allow(clippy::too_many_arguments, reason = "what goes beyond the registers must cross, too")]

use std::collections::BTreeMap;

use keyway::{Bytes, Fault, Plain, Wire, interface};

use crate::Everything;

#[derive(Clone, Copy, Debug, PartialEq, Plain)]
#[repr(C)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub tag: u8,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Scalars {
    pub truth: bool,
    pub small: (u8, i8),
    pub short: (u16, i16),
    pub middle: (u32, i32),
    pub wide: (u64, i64),
    pub floats: (f32, f64),
    pub letter: char,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Record {
    pub name: String,
    pub id: u64,
    pub tags: Vec<String>,
    pub scores: Vec<f64>,
    pub at: Point,
    pub more: Option<Inner>,
    #[wire(default)]
    pub note: Option<String>,
    pub kinds: Vec<Kind>,
    pub map: BTreeMap<String, u32>,
    pub blob: Bytes,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Inner(pub u32, pub String);

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Empty {}

#[derive(Clone, Debug, PartialEq, Wire)]
pub enum Kind {
    Nothing,
    One(u32),
    Two(u32, String),
    Named {
        a: i64,
        b: Vec<Kind>,
    },
    #[wire(default)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Oops {
    pub why: String,
    pub fault: bool,
}

impl From<Fault> for Oops {
    fn from(fault: Fault) -> Self {
        Self { why: fault.to_string(), fault: true }
    }
}

/// Most methods answer with the successor of what they were given, so that a value that never went in can not come back.
#[interface(id = "contract/values", version = "1.2")]
pub trait Values: Send + Sync {
    fn nothing(&self);
    fn bool(&self, value: bool) -> bool;
    fn u8(&self, value: u8) -> u8;
    fn u16(&self, value: u16) -> u16;
    fn u32(&self, value: u32) -> u32;
    fn u64(&self, value: u64) -> u64;
    fn i8(&self, value: i8) -> i8;
    fn i16(&self, value: i16) -> i16;
    fn i32(&self, value: i32) -> i32;
    fn i64(&self, value: i64) -> i64;
    fn f32(&self, value: f32) -> f32;
    fn f64(&self, value: f64) -> f64;
    fn char(&self, value: char) -> char;
    /// More arguments than there are registers.
    #[allow(clippy::too_many_arguments, reason = "that is the case to be tried")]
    fn many(
        &self,
        a: bool,
        b: u8,
        c: i16,
        d: u32,
        e: i64,
        f: f32,
        g: f64,
        h: char,
        i: &str,
        j: u64,
        k: f64,
    ) -> String;
    fn scalars(&self, scalars: Scalars) -> Scalars;
    fn point(&self, point: Point) -> Point;
    fn point_ref(&self, point: &Point) -> Point;
    fn sum(&self, points: &[Point]) -> f64;
    fn points(&self, points: Vec<Point>) -> Vec<Point>;
    fn numbers(&self, numbers: &[u64]) -> Vec<u64>;
    fn text(&self, text: &str) -> String;
    fn owned_text(&self, text: String) -> String;
    fn raw(&self, bytes: &[u8]) -> Vec<u8>;
    fn blob(&self, bytes: Bytes) -> Bytes;
    fn record(&self, record: &Record) -> Record;
    fn records(&self, record: Record, times: u32) -> Result<Vec<Record>, Oops>;
    fn empty(&self, empty: Empty) -> Empty;
    fn kind(&self, kind: Kind) -> Kind;
    fn option(&self, value: Option<u32>) -> Option<u32>;
    fn option_in_option(&self, value: Option<Option<String>>) -> Option<Option<String>>;
    fn option_record(&self, value: Option<Record>) -> Option<Record>;
    fn pair(&self, pair: (u8, String), letter: char) -> (String, Option<i32>);
    fn four(&self, four: (u8, String, Vec<u8>, Point)) -> (Point, Vec<u8>, String, u8);
    fn map(&self, map: BTreeMap<u32, Vec<String>>) -> BTreeMap<Vec<String>, u32>;
    fn nested(&self, lists: Vec<Vec<Option<String>>>) -> Vec<Vec<Option<String>>>;
    fn answer(&self, how: &str) -> Result<(), Oops>;
    fn answer_in_words(&self, how: &str) -> Result<u64, String>;
    fn with_body(&self, n: u32) -> String {
        format!("{n} of {}", self.text("body"))
    }
    fn with_body_of_its_own(&self, mut n: u32) -> u32 {
        n += 1;
        n
    }
}

impl Values for Everything {
    fn nothing(&self) {}
    fn bool(&self, value: bool) -> bool {
        !value
    }
    fn u8(&self, value: u8) -> u8 {
        value.wrapping_add(1)
    }
    fn u16(&self, value: u16) -> u16 {
        value.wrapping_add(1)
    }
    fn u32(&self, value: u32) -> u32 {
        value.wrapping_add(1)
    }
    fn u64(&self, value: u64) -> u64 {
        value.wrapping_add(1)
    }
    fn i8(&self, value: i8) -> i8 {
        value.wrapping_add(1)
    }
    fn i16(&self, value: i16) -> i16 {
        value.wrapping_add(1)
    }
    fn i32(&self, value: i32) -> i32 {
        value.wrapping_add(1)
    }
    fn i64(&self, value: i64) -> i64 {
        value.wrapping_add(1)
    }
    fn f32(&self, value: f32) -> f32 {
        -value
    }
    fn f64(&self, value: f64) -> f64 {
        -value
    }
    fn char(&self, value: char) -> char {
        char::from_u32(value as u32 + 1).unwrap_or('\0')
    }
    fn many(
        &self,
        a: bool,
        b: u8,
        c: i16,
        d: u32,
        e: i64,
        f: f32,
        g: f64,
        h: char,
        i: &str,
        j: u64,
        k: f64,
    ) -> String {
        format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k}")
    }
    fn scalars(&self, scalars: Scalars) -> Scalars {
        let Scalars { truth, small, short, middle, wide, floats, letter } = scalars;
        Scalars {
            truth: !truth,
            small: (small.0 ^ 1, small.1 ^ 1),
            short: (short.0 ^ 1, short.1 ^ 1),
            middle: (middle.0 ^ 1, middle.1 ^ 1),
            wide: (wide.0 ^ 1, wide.1 ^ 1),
            floats: (-floats.0, -floats.1),
            letter: self.char(letter),
        }
    }
    fn point(&self, point: Point) -> Point {
        Point { x: point.y, y: point.x, tag: point.tag ^ 1 }
    }
    fn point_ref(&self, point: &Point) -> Point {
        self.point(*point)
    }
    fn sum(&self, points: &[Point]) -> f64 {
        points.iter().map(|point| point.x * point.y + f64::from(point.tag)).sum()
    }
    fn points(&self, mut points: Vec<Point>) -> Vec<Point> {
        points.reverse();
        points
    }
    fn numbers(&self, numbers: &[u64]) -> Vec<u64> {
        numbers.iter().rev().copied().collect()
    }
    fn text(&self, text: &str) -> String {
        format!("{text}!")
    }
    fn owned_text(&self, mut text: String) -> String {
        text.push('!');
        text
    }
    fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.iter().rev().copied().collect()
    }
    fn blob(&self, bytes: Bytes) -> Bytes {
        bytes
    }
    fn record(&self, record: &Record) -> Record {
        Record { id: record.id + 1, ..record.clone() }
    }
    fn records(&self, record: Record, times: u32) -> Result<Vec<Record>, Oops> {
        if times > 9 {
            return Err(Oops { why: format!("{times} times {}", record.name), fault: false });
        }
        Ok(vec![record; times as usize])
    }
    fn empty(&self, empty: Empty) -> Empty {
        empty
    }
    fn kind(&self, kind: Kind) -> Kind {
        match kind {
            Kind::Nothing => Kind::One(0),
            Kind::One(n) => Kind::Two(n, "one".into()),
            Kind::Two(n, text) => Kind::Named { a: -i64::from(n), b: vec![Kind::Two(n, text)] },
            Kind::Named { a, b } => Kind::Named { a: a + 1, b: b.into_iter().rev().collect() },
            Kind::Unknown => Kind::Nothing,
        }
    }
    fn option(&self, value: Option<u32>) -> Option<u32> {
        value.map(|value| value + 1)
    }
    fn option_in_option(&self, value: Option<Option<String>>) -> Option<Option<String>> {
        value.map(|value| value.map(|text| text + "!"))
    }
    fn option_record(&self, value: Option<Record>) -> Option<Record> {
        value
    }
    fn pair(&self, (number, text): (u8, String), letter: char) -> (String, Option<i32>) {
        (format!("{number}{text}{letter}"), (number > 3).then_some(-1))
    }
    fn four(&self, (a, b, c, d): (u8, String, Vec<u8>, Point)) -> (Point, Vec<u8>, String, u8) {
        (d, c, b, a)
    }
    fn map(&self, map: BTreeMap<u32, Vec<String>>) -> BTreeMap<Vec<String>, u32> {
        map.into_iter().map(|(key, value)| (value, key)).collect()
    }
    fn nested(&self, mut lists: Vec<Vec<Option<String>>>) -> Vec<Vec<Option<String>>> {
        lists.reverse();
        lists
    }
    fn answer(&self, how: &str) -> Result<(), Oops> {
        match how {
            "done" => Ok(()),
            why => Err(Oops { why: why.into(), fault: false }),
        }
    }
    fn answer_in_words(&self, how: &str) -> Result<u64, String> {
        how.parse().map_err(|error| format!("`{how}` is no number: {error}"))
    }
}
