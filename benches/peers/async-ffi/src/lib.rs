//! async-ffi's contestant: a C function by hand that gives a future, with the panics in its polls caught.

use async_ffi::{FfiFuture, FutureExt as _};

/// What the library exports twice.
pub type Later = extern "C" fn(u64) -> FfiFuture<u64>;

/// See [`figures_work::at_once`].
// SAFETY: the name is this package's own.
#[unsafe(no_mangle)]
pub extern "C" fn figures_async_ffi_at_once(n: u64) -> FfiFuture<u64> {
    figures_work::at_once(n).into_ffi()
}

/// See [`figures_work::woken_once`].
// SAFETY: the name is this package's own.
#[unsafe(no_mangle)]
pub extern "C" fn figures_async_ffi_woken_once(n: u64) -> FfiFuture<u64> {
    figures_work::woken_once(n).into_ffi()
}
