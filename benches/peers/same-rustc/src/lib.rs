//! `Box<dyn Trait>` across the edge: right only while both sides come from the same rustc, the same
//! flags and the same allocator, and nothing checks that they do. The cheapest there is.

use figures_work::{Service, Worker};

/// The type of [`figures_same_rustc_open`].
pub type Open = fn() -> Box<dyn Service>;

/// Gives the library's service.
#[unsafe(no_mangle)]
pub fn figures_same_rustc_open() -> Box<dyn Service> {
    Box::new(Worker)
}
