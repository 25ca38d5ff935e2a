//! A library with two plugins, which `tests/load.rs` loads: `cargo test` builds it with the other examples.
#![allow(missing_docs, reason = "a fixture")]

mod meter;

use meter::{Body, Meter};

meter!(First, "first", id = "fixture/first", optional("fixture/local" = "^1"));
meter!(Second, "second", id = "fixture/second", requires("fixture/first" = "^1"), activation = "use");
