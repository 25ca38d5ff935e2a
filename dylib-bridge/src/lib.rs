//! Shared libraries as plugins.
//!
//! What a file says of itself is read without loading it ([`section`]); why a file could not be loaded is found out
//! afterwards ([`diagnose`]).

pub mod diagnose;
pub mod platform;
pub mod section;
