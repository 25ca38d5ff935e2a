//! Plugins of an author who is hard to please: no unsafe code, every item documented, every lint a mistake, and names
//! that generated code uses, too. It builds in the editions 2021 and 2024, and its calls are tested by `ui.rs`.
#![forbid(unsafe_code, missing_docs, unused_variables, unused_mut, improper_ctypes_definitions)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unsafe_op_in_unsafe_fn,
    rust_2018_idioms,
    rustdoc::all,
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::allow_attributes_without_reason,
    clippy::allow_attributes,
    clippy::unwrap_used
)]

pub mod documented;
pub mod local;
pub mod names;
pub mod shadows;
