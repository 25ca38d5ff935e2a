//! Shared libraries as plugins.
//!
//! [`bridge`] is what a host is given:
//!
//! ```no_run
//! # fn main() -> Result<(), keyway::host::HostError> {
//! let host = keyway::host::Host::builder("toolbox", "1.0.0")
//!     .plugin_dir("plugins")
//!     .bridge(keyway_dylib::bridge())
//!     .start()?;
//! # Ok(())
//! # }
//! ```
//!
//! What a file says of itself is read without loading it ([`section`]); only what the resolver chose is loaded, checked
//! and kept for ever ([`LoadError`] says what for); why the system would not load a file is found out afterwards
//! ([`diagnose`]).

mod copy;
pub mod diagnose;
mod images;
mod library;
mod load;
mod open;
pub mod platform;
mod probe;
mod refusal;
pub mod section;
mod told;

pub use load::{DylibBridge, bridge};
pub use refusal::LoadError;

/// The README's code, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
