//! Keyway: a plugin framework, static first.
extern crate self as keyway;

pub mod id;
pub mod manifest;
pub mod note;

#[cfg(feature = "host")]
pub mod host;
