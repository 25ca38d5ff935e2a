//! The floor of a library call: what a C programmer would export, with nothing around it.

/// The type of [`figures_raw_add`].
pub type Add = extern "C" fn(u64, u64) -> u64;

/// Two integers in, one out.
#[unsafe(no_mangle)]
pub extern "C" fn figures_raw_add(a: u64, b: u64) -> u64 {
    figures_work::add(a, b)
}
