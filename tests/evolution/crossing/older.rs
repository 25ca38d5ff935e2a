//! The interface as it was first released.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway::{Bytes, Fault, Plain, Wire, interface};

#[derive(Clone, Copy, Debug, PartialEq, Plain)]
#[repr(C)]
pub struct Spot {
    pub x: i32,
    pub y: i32,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Item {
    pub name: String,
    pub count: u32,
    pub spot: Spot,
    pub state: State,
    #[wire(default)]
    pub retired: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub enum State {
    New,
    Sold(u32, String),
    Moved {
        to: String,
    },
    #[wire(default)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Shelf {
    pub items: Vec<Item>,
    pub best: Option<Item>,
    pub by_name: BTreeMap<String, Item>,
    pub pair: (Item, u8),
    pub shelves: Vec<Shelf>,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub enum Trouble {
    Lost(Item),
    Fault(String),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

#[interface(id = "crossing/counter", version = "1.0")]
pub trait Counter: Send + Sync {
    fn count(&self, item: Item) -> u32;
}

#[interface(id = "crossing/store", version = "1.0")]
pub trait Store: Send + Sync {
    fn add(&self, a: u32, b: u32) -> u32;
    fn sub(&self, a: u32, b: u32) -> u32;
    fn item(&self, item: &Item) -> Item;
    fn owned(&self, item: Item, shelf: Shelf) -> Vec<Item>;
    fn shelf(&self, shelf: &Shelf) -> Result<Shelf, Trouble>;
    fn lose(&self, item: &Item) -> Result<(), Trouble>;
    fn state(&self, state: State) -> State;
    fn bytes(&self, bytes: &Bytes, maybe: Option<Bytes>) -> Bytes;
    fn counted(&self, counter: &dyn Counter, item: &Item) -> u32;
    fn kept(&self, counter: Arc<dyn Counter>, boxed: Box<dyn Counter>) -> Option<Arc<dyn Counter>>;
    fn gone(&self) -> String {
        "the older body".into()
    }
}
