//! The only path that generated code may name. Nothing here is for people, and nothing here is stable.

pub use core;
pub use core::default::Default;
pub use inventory;
pub use linkme;

pub use crate::abi::future::{BoxFuture, Gives, Parked, boxed, give_future};
pub use crate::abi::guard::{contained, guard, guard_slot};
pub use crate::abi::message::{Answer, Answered, sent, serve, serve_later};
pub use crate::abi::object::{Lent, Links, Receives, Remote, Shared, borrow, connect, release, retain};
pub use crate::abi::{
    Array, Begin, ContextTable, Descriptor, Dispatch, Either, FutureRaw, METHOD_HAS_BODY, Message, Method,
    Object, Owned, PART_DEFAULT, PART_LENT, PART_TUPLE, Part, PluginTable, RawFn, Reply, Slice, Status, Str,
    TABLE_RUST, Table, Type, TypeFn, kind,
};
pub use crate::context::Context;
#[cfg(feature = "host")]
pub use crate::counts::{Meter, Metered};
pub use crate::fault::Fault;
pub use crate::handle::{Handle, Way};
pub use crate::health::Health;
pub use crate::interface::Interface;
pub use crate::manifest::Fact;
pub use crate::note::{KIND_MANIFEST, Note, length, padded};
pub use crate::plugin::{
    ByDefault, ByPlugin, Live, LiveOf, Made, Maker, Provide, SaysNothing, StartError, counting, start, stop,
};
pub use crate::registration::{COUNTED, Counted, NAMED, Registered, Registration};
pub use crate::wire::{
    Arena, Decoder, Encoder, Fails, Format, Malformed, Origin, Overlay, Plain, Tag, Wire, generated,
};

/// What only a host needs of an expansion: in a library without the feature `host` there is nothing of it.
#[cfg(feature = "host")]
#[doc(hidden)]
#[macro_export]
macro_rules! __host_only {
    ($($item:tt)*) => { $($item)* };
}

/// Nothing: this is no host.
#[cfg(not(feature = "host"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __host_only {
    ($($item:tt)*) => {};
}

pub use crate::__host_only as host_only;
