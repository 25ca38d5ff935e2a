//! What only the compiler can know of a derived type: the error stands on the author's field.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use keyway::Wire;

struct Mine;

#[derive(Wire)]
struct Fields {
    mine: Mine,
    list: Vec<Mine>,
    size: usize,
    map: HashMap<String, u32>,
    text: &'static str,
    boxed: Box<u32>,
    shared: Arc<String>,
    keys: BTreeMap<f64, u32>,
}

#[derive(Wire)]
enum Variants {
    Tuple(u32, Mine),
    Named { mine: Option<Mine> },
}

struct NoDefault;

#[derive(Wire)]
struct Defaults {
    #[wire(default)]
    choice: Choice,
    #[wire(default = text)]
    number: u32,
    #[wire(default = missing)]
    other: u32,
}

#[derive(Wire)]
enum Choice {
    One,
}

fn text() -> String {
    String::new()
}

fn main() {}
