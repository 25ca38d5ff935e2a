//! Interfaces that hosts and plugins of different authors share.
//!
//! A host may define interfaces of its own; those here are for what many programs want, so that a plugin written for
//! one of them serves all. Each stands in a module of its own with the types that cross it; this crate holds no code
//! that does anything, and pulls nothing but `keyway`.

pub mod tool;

pub use tool::{Tool, ToolError, ToolErrorKind};
