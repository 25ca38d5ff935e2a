//! Finding: which files there are, what each says of itself, and which of them the operator wants.
//!
//! ```text
//! places ──► discovery: roots ──► walk, a step for each file or subfolder ──► candidates ──► survey
//!   ▲                                │ read by a bridge, unless the cache knows it
//! policy                             ├── sidecar: what stands beside a library
//!                                    └── cache: what the same bytes said last time
//! ```
//!
//! No plugin code runs in here. What people write, `plugins.toml` and sidecars, is read by [`written`], which says all that
//! is wrong at once, each where it stands. Whether a file is still the one that it was is [`stamp`]'s to say.

pub(super) mod cache;
pub(super) mod discovery;
pub(super) mod places;
pub(super) mod policy;
pub(super) mod sidecar;
pub(super) mod stamp;
pub(super) mod written;
