//! Interfaces as authors write them, of every kind of type and signature.
#![allow(clippy::type_complexity, clippy::ptr_arg, reason = "every kind is there on purpose")]

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway::abi::Object;
use keyway::abi::object::try_connect;
use keyway::interface::{InterfaceShape, Mismatch};
use keyway::{Bytes, Fault, Interface, Plain, Wire, interface};

/// An interface of the corpus.
pub(crate) struct Entry {
    pub(crate) shape: InterfaceShape,
    /// The check that the macro-made host side runs over an object.
    pub(crate) connect: unsafe fn(Object) -> Result<(), Mismatch>,
}

fn entry<I: ?Sized + Interface>() -> Entry {
    unsafe fn connect<I: ?Sized + Interface>(object: Object) -> Result<(), Mismatch> {
        // SAFETY: the same duties.
        unsafe { try_connect::<I>(object, None) }.map(drop)
    }
    // SAFETY: the macro's descriptor is a constant.
    let shape = unsafe { InterfaceShape::read(I::descriptor()) }.expect("the macro's descriptor can be read");
    Entry { shape, connect: connect::<I> }
}

pub(crate) fn entries() -> Vec<Entry> {
    vec![
        entry::<dyn Scalars>(),
        entry::<dyn Texts>(),
        entry::<dyn Plains>(),
        entry::<dyn Records>(),
        entry::<dyn Choices>(),
        entry::<dyn Options>(),
        entry::<dyn Maps>(),
        entry::<dyn Tuples>(),
        entry::<dyn Fallible>(),
        entry::<dyn Trees>(),
        entry::<dyn Visitors>(),
        entry::<dyn Itself>(),
        entry::<dyn Bodies>(),
        entry::<dyn Early>(),
        entry::<dyn Everything>(),
        entry::<dyn Layers>(),
        entry::<dyn Later>(),
    ]
}

#[interface(id = "corpus/scalars", version = "1.4")]
pub trait Scalars: Send + Sync {
    fn add(&self, left: u64, right: u64) -> u64;
    fn small(&self, a: u8, b: i8, c: u16, d: i16) -> i32;
    fn float(&self, a: f32, b: f64, c: bool) -> f64;
    fn letter(&self, c: char, n: i64) -> char;
    fn nothing(&self);
}

#[interface(id = "corpus/texts", version = "1.0")]
pub trait Texts: Send + Sync {
    fn upper(&self, text: &str) -> String;
    fn join(&self, parts: Vec<String>, with: &str) -> String;
    fn raw(&self, bytes: &[u8]) -> Vec<u8>;
    fn moved(&self, bytes: Bytes) -> Bytes;
    fn lent(&self, bytes: &Bytes, text: &String) -> u32;
    fn pair(&self, both: (Bytes, u8), more: &Option<Bytes>) -> Option<Bytes>;
}

#[derive(Clone, Copy, Debug, Plain)]
#[repr(C)]
pub struct Point {
    x: f64,
    y: f64,
    tag: u8,
}

#[derive(Clone, Copy, Debug, Plain)]
#[repr(C)]
pub struct Line {
    from: Point,
    to: Point,
    width: f32,
}

#[interface(id = "corpus/plains", version = "2.1")]
pub trait Plains: Send + Sync {
    fn length(&self, line: Line) -> f64;
    fn sum(&self, points: &[Point]) -> Point;
    fn corners(&self, line: &Line, count: u32) -> Vec<Point>;
    fn counts(&self, of: &[u32]) -> u32;
}

#[derive(Clone, Debug, Wire)]
pub struct Inner {
    id: u64,
    #[wire(default)]
    note: String,
}

#[derive(Clone, Debug, Wire)]
pub struct Middle {
    inner: Inner,
    inners: Vec<Inner>,
}

#[derive(Clone, Debug, Wire)]
pub struct Outer {
    name: String,
    middle: Middle,
    #[wire(default)]
    more: Option<Middle>,
}

#[derive(Clone, Debug, Wire)]
pub struct Numbers(u32, String);

#[derive(Clone, Debug, Wire)]
pub struct Nothing {}

#[interface(id = "corpus/records", version = "1.0")]
pub trait Records: Send + Sync {
    fn outer(&self, outer: &Outer) -> Outer;
    fn inner(&self, inner: Inner) -> u64;
    fn numbers(&self, numbers: Numbers) -> Nothing;
}

#[derive(Clone, Debug, Wire)]
pub enum Closed {
    Nothing,
    One(u32),
    Two(u32, String),
    Same(u8, u8),
    Named { a: i64, b: String },
}

#[derive(Clone, Debug, Wire)]
pub enum Open {
    Known,
    Counted(u32),
    Named {
        a: i64,
        #[wire(default)]
        b: String,
    },
    #[wire(default)]
    Unknown,
}

#[interface(id = "corpus/choices", version = "1.0")]
pub trait Choices: Send + Sync {
    fn closed(&self, choice: &Closed) -> u32;
    fn open(&self, choice: Open) -> Vec<Open>;
    fn both(&self, closed: Closed, open: Open) -> Option<Closed>;
}

#[interface(id = "corpus/options", version = "1.0")]
pub trait Options: Send + Sync {
    fn number(&self, number: Option<u32>) -> Option<Option<String>>;
    fn list(&self, list: Vec<Option<f64>>) -> Option<Vec<Inner>>;
    fn unit(&self, unit: Option<()>) -> Vec<()>;
}

#[interface(id = "corpus/maps", version = "3.0.2")]
pub trait Maps: Send + Sync {
    fn counts(&self, words: BTreeMap<String, u32>) -> BTreeMap<u32, Vec<String>>;
    fn nested(&self, map: &BTreeMap<String, BTreeMap<char, Inner>>) -> u64;
}

#[interface(id = "corpus/tuples", version = "1.0")]
pub trait Tuples: Send + Sync {
    fn swap(&self, pair: (u32, String)) -> (String, u32);
    fn four(&self, four: (u8, u8, Option<bool>, (char, Inner))) -> Vec<(u16, i16, f32)>;
}

#[derive(Clone, Debug, Wire)]
pub enum Failure {
    Missing(String),
    Busy { seconds: u32 },
    Fault(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

#[interface(id = "corpus/fallible", version = "1.0")]
pub trait Fallible: Send + Sync {
    fn open(&self, path: &str) -> Result<Inner, Failure>;
    fn plain(&self, n: u32) -> Result<(), String>;
    fn object(&self) -> Result<Box<dyn Visitor>, Failure>;
}

#[derive(Clone, Debug, Wire)]
pub struct Node {
    value: i32,
    children: Vec<Self>,
    #[wire(default)]
    kind: Option<Expr>,
}

#[derive(Clone, Debug, Wire)]
pub enum Expr {
    Leaf(f64),
    Call { name: String, arguments: Vec<Self> },
    Tree(Vec<Node>),
}

#[interface(id = "corpus/trees", version = "1.0")]
pub trait Trees: Send + Sync {
    fn depth(&self, root: &Node) -> u32;
    fn evaluate(&self, expr: Expr) -> Result<f64, Failure>;
}

#[interface(id = "corpus/visitor", version = "1.0")]
pub trait Visitor: Send + Sync {
    fn visit(&self, node: &Inner) -> bool;
    fn name(&self) -> String {
        String::new()
    }
}

#[interface(id = "corpus/visitors", version = "1.0")]
pub trait Visitors: Send + Sync {
    fn lent(&self, visitor: &dyn Visitor) -> u32;
    fn counted(&self, visitor: Arc<dyn Visitor>) -> Arc<dyn Visitor>;
    fn boxed(&self, visitor: Box<dyn Visitor>, n: u32) -> Box<dyn Visitor>;
    fn many(&self, visitors: Vec<Arc<dyn Visitor>>) -> u32;
    fn alone(&self, inner: Inner) -> u32;
}

#[interface(id = "corpus/itself", version = "1.0")]
pub trait Itself: Send + Sync {
    fn child(&self, name: &str) -> Option<Arc<dyn Itself>>;
    fn join(&self, other: &dyn Itself) -> u32;
}

#[interface(id = "corpus/bodies", version = "1.0")]
pub trait Bodies: Send + Sync {
    fn first(&self) -> u32;
    fn second(&self, inner: Inner) -> u32 {
        inner.id as u32 + self.first()
    }
    fn third(&self) -> String {
        String::new()
    }
}

#[interface(id = "corpus/early", version = "0.3")]
pub trait Early: Send + Sync {
    fn run(&self, input: &str) -> String;
}

#[interface(id = "corpus/everything", version = "1.2.3")]
pub trait Everything: Send + Sync {
    fn record(&self, outer: Outer, choice: &Closed, line: Line) -> Result<Vec<Outer>, Failure>;
    fn map(&self, map: BTreeMap<String, (Option<Open>, Vec<Node>)>) -> BTreeMap<u8, Closed>;
    fn walk(&self, visitor: &dyn Visitor, root: Node) -> Result<Arc<dyn Visitor>, String>;
    fn last(&self) -> u8 {
        0
    }
}

#[interface(id = "corpus/layers", version = "1.0")]
pub trait Layers: Send + Sync {
    fn visitors(&self) -> Arc<dyn Visitors>;
    fn with(&self, itself: &dyn Itself) -> bool;
}

#[interface(id = "corpus/later", version = "1.0")]
pub trait Later: Send + Sync {
    async fn wait(&self);
    async fn fetch(&self, from: &str, by: &dyn Visitor, n: u32) -> Result<Vec<Inner>, Failure>;
    async fn give(&self, choice: Closed) -> Arc<dyn Visitor>;
    async fn last(&self, text: String) -> String {
        text
    }
    fn at_once(&self) -> u32;
}
