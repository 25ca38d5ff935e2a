//! Keyway: a plugin framework, static first.
//!
//! ```text
//!            #[interface] trait Tool                    #[plugin(provides(Tool))] struct WordCount
//!                     │                                                │
//!       descriptor, table, proxy, message form          manifest note · registration · C table
//!                     │                                                │
//!                     └──────────────► one registry ◄──────────────────┘
//!                                          │
//!             host.get::<dyn Tool>(id): the trait object itself, or a proxy over a C table
//! ```
//!
//! A plugin's author uses [`macro@plugin`], [`macro@interface`] and [`derive@Wire`]; a host switches on the feature `host` and begins
//! at `keyway::host::Host`.

#[allow(unused_extern_crates, reason = "generated code names the crate from outside, and is tested inside")]
extern crate self as keyway;

pub use keyway_macros::{Plain, Wire, interface, link_plugins, plugin};

pub use abi::future::BoxFuture;
pub use bytes::Bytes;
pub use context::{
    Available, Context, InUse, Interval, Level, Share, Shared, Task, TaskError, TimeoutError, Unavailable,
};
pub use fault::{Fault, FaultKind};
pub use handle::{Gone, Guard, Handle, WeakHandle};
pub use health::{Health, HealthLevel};
pub use interface::Interface;
pub use plugin::{Plugin, StartError};
pub use wire::{AnyObject, Plain, Wire};

pub mod abi;
mod bytes;
pub mod context;
#[cfg(feature = "host")]
pub mod counts;
mod fault;
pub mod handle;
mod health;
pub mod id;
pub mod interface;
pub mod manifest;
pub mod note;
pub mod plugin;
pub mod registration;
pub mod testing;
pub mod wire;

#[cfg(feature = "host")]
pub mod host;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
