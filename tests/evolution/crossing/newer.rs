//! The same interface after a year of compatible changes: methods reordered, added with a body and removed with one;
//! fields added with a default, taken away and reordered; variants added where there is a fallback; values lent that
//! were moved, and boxed that were counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway::{Bytes, Fault, Plain, Wire, interface};

#[derive(Clone, Copy, Debug, PartialEq, Plain)]
#[repr(C)]
pub struct Spot {
    pub y: i32,
    pub x: i32,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Item {
    #[wire(default)]
    pub tags: Vec<String>,
    pub state: State,
    pub spot: Spot,
    pub count: u32,
    #[wire(default = seven)]
    pub weight: u64,
    pub name: String,
}

fn seven() -> u64 {
    7
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub enum State {
    #[wire(default)]
    Unknown,
    Broken {
        why: String,
    },
    Moved {
        #[wire(default)]
        from: Option<String>,
        to: String,
    },
    Repaired(Vec<u32>),
    New,
    Sold(u32, String),
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Shelf {
    pub by_name: BTreeMap<String, Item>,
    pub items: Vec<Item>,
    pub shelves: Vec<Shelf>,
    pub best: Option<Item>,
    pub pair: (Item, u8),
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub enum Trouble {
    Fault(String),
    Lost(Item),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

#[interface(id = "crossing/counter", version = "1.1")]
pub trait Counter: Send + Sync {
    fn name(&self) -> String {
        "a counter without a name".into()
    }
    fn count(&self, item: Item) -> u32;
}

#[interface(id = "crossing/store", version = "1.3")]
pub trait Store: Send + Sync {
    fn total(&self, items: Vec<Item>) -> u32 {
        items.iter().fold(0, |total, item| self.add(total, item.count))
    }
    fn state(&self, state: State) -> State;
    fn sub(&self, minuend: u32, subtrahend: u32) -> u32;
    fn add(&self, a: u32, b: u32) -> u32;
    fn kept(&self, counter: Box<dyn Counter>, boxed: Arc<dyn Counter>) -> Option<Arc<dyn Counter>>;
    fn counted(&self, counter: &dyn Counter, item: &Item) -> u32;
    fn lose(&self, item: &Item) -> Result<(), Trouble>;
    fn shelf(&self, shelf: &Shelf) -> Result<Shelf, Trouble>;
    fn owned(&self, item: Item, shelf: Shelf) -> Vec<Item>;
    fn item(&self, item: &Item) -> Item;
    fn bytes(&self, bytes: Bytes, maybe: &Option<Bytes>) -> Bytes;
}
