//! What a library and a host show each other: the library its plugins, the host to each plugin its context.

use std::ffi::c_void;
use std::mem::offset_of;

use super::{Array, Either, Object, Owned, RawFn, Reply, Slice, Str, Table};

/// Changes when an existing slot changes its meaning; then the entry symbol changes its name, too.
pub const MAJOR: u16 = 1;
/// Changes when something is appended.
pub const MINOR: u16 = 1;

/// What a plugin says of its health.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HealthReport {
    /// [`HEALTH_GOOD`], [`HEALTH_DEGRADED`] or [`HEALTH_FAILING`].
    pub level: u32,
    /// None yet.
    pub flags: u32,
    /// Bytes of memory that the plugin holds; 0 where it does not know.
    pub memory: u64,
    /// Why it is not well; empty where there is nothing to say.
    pub message: Owned<Str>,
}

/// All is as it should be.
pub const HEALTH_GOOD: u32 = 0;
/// It answers, and not as it should: slower, or without a part of what it offers.
pub const HEALTH_DEGRADED: u32 = 1;
/// It can not do its work.
pub const HEALTH_FAILING: u32 = 2;

/// What a library says of one plugin.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginTable {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// The manifest as JSON, the same as in the note.
    pub manifest: Str,
    /// One table an interface that it provides.
    pub interfaces: Array<*const Table>,
    /// Makes the instance, which is `data` of every table of `interfaces`. The context is valid until it is released.
    pub start: unsafe extern "C" fn(*const ContextTable) -> Reply<Either<*const c_void, Owned<Str>>>,
    /// Asks the instance to end what it began. Called at most once, before the host's own `release`.
    pub stop: unsafe extern "C" fn(data: *const c_void) -> Reply<u8>,
    /// Gives back the host's hold on the instance.
    pub release: unsafe extern "C" fn(data: *const c_void),
    /// Since 1.1. Says how the instance is; called at any time between `start` and `stop`, from any thread, and more
    /// than once at a time where an answer is late. Null where there is never anything to say: the plugin is good.
    pub health: Option<unsafe extern "C" fn(data: *const c_void) -> Reply<HealthReport>>,
}

// SAFETY: constant data and functions that may be called from any thread.
unsafe impl Send for PluginTable {}
// SAFETY: as above.
unsafe impl Sync for PluginTable {}

/// An interface of a plugin, and which generation of the plugin it is of.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ProvidedObject {
    /// One count of it is the receiver's.
    pub object: Object,
    /// In one host no other generation of the plugin has the same number; 0 where the host can not tell.
    pub generation: u64,
}

/// What a plugin can reach of its host. Counted: whoever keeps it retains it.
#[repr(C)]
#[allow(clippy::type_complexity, reason = "a function is written out where it stands, as in the header")]
#[derive(Clone, Copy, Debug)]
pub struct ContextTable {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// First argument of the functions.
    pub data: *const c_void,
    /// One more holder.
    pub retain: unsafe extern "C" fn(data: *const c_void),
    /// One holder fewer.
    pub release: unsafe extern "C" fn(data: *const c_void),
    /// The plugin's own id.
    pub plugin: unsafe extern "C" fn(data: *const c_void) -> Str,
    /// The plugin's settings, as a MessagePack map; empty where there are none.
    pub config: unsafe extern "C" fn(data: *const c_void) -> Reply<Owned<Slice<u8>>>,
    /// An interface of a plugin that the manifest requires. Refused with the reason in words.
    pub interface: unsafe extern "C" fn(
        data: *const c_void,
        plugin: Str,
        interface: Str,
    ) -> Reply<Either<Object, Owned<Str>>>,
    /// The ids of the running plugins that provide an interface, one a line, by rank and then id.
    pub providers: unsafe extern "C" fn(data: *const c_void, interface: Str) -> Reply<Owned<Str>>,
    /// A line for the host's log; levels 1 error to 5 trace.
    pub log: unsafe extern "C" fn(data: *const c_void, level: u32, target: Str, message: Str),
    /// Since 1.1. As `interface`, of one generation of the plugin: what runs between a start of it and the stop after it.
    /// With 0 for `of`, of the one that runs now, and the reply says its number. Refused with the reason in words, also
    /// where that generation has ended.
    pub provided: Option<
        unsafe extern "C" fn(
            data: *const c_void,
            plugin: Str,
            interface: Str,
            of: u64,
        ) -> Reply<Either<ProvidedObject, Owned<Str>>>,
    >,
    /// Since 1.1. Those that provide an interface and can be had, or all such interfaces where `interface` is empty; by
    /// interface, then rank, then id. A line each: plugin, interface and its version, with one space between them.
    pub available: Option<unsafe extern "C" fn(data: *const c_void, interface: Str) -> Reply<Owned<Str>>>,
}

/// What the entry symbol returns.
#[repr(C)]
#[derive(Debug)]
pub struct LibraryTable {
    /// Bytes of this struct.
    pub size: u32,
    /// [`LIBRARY_PANIC_ABORT`].
    pub flags: u32,
    /// See [`MAJOR`].
    pub abi_major: u16,
    /// See [`MINOR`].
    pub abi_minor: u16,
    /// Plugins that the library's second, independent count found.
    pub counted: u32,
    /// The target triple.
    pub target: Str,
    /// The compiler.
    pub rustc: Str,
    /// The framework's version.
    pub framework: Str,
    /// What the library holds.
    pub plugins: Array<*const PluginTable>,
    /// Takes structs and scalars of every register class and gives back a wide struct made of them.
    pub probe_wide: extern "C" fn(ProbeMixed, u8, f64, Str, u64) -> ProbeWide,
    /// Takes and gives what fits in two registers.
    pub probe_pair: extern "C" fn(ProbePair) -> Reply<u64>,
}

// SAFETY: constant data and functions that may be called from any thread.
unsafe impl Send for LibraryTable {}
// SAFETY: as above.
unsafe impl Sync for LibraryTable {}

/// The library was built so that a panic ends the process.
pub const LIBRARY_PANIC_ABORT: u32 = 1;

/// A struct of mixed register classes, for the probe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeMixed {
    /// Any value.
    pub byte: u8,
    /// Any value.
    pub float: f32,
    /// Any value.
    pub wide: u64,
    /// Any value.
    pub double: f64,
}

/// A struct of two registers, for the probe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbePair {
    /// Any value.
    pub left: u64,
    /// Any value.
    pub right: f64,
}

/// A struct that no register holds, for the probe.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeWide {
    /// The mixed struct, as it was given.
    pub mixed: ProbeMixed,
    /// The byte, as it was given.
    pub byte: u8,
    /// The double, as it was given.
    pub double: f64,
    /// The length of the text.
    pub length: u64,
    /// The last argument.
    pub last: u64,
}

/// The name of the entry symbol of this ABI major: `extern "C" fn() -> *const LibraryTable`.
pub const ENTRY: &str = "keyway_library_v1";

impl PluginTable {
    /// Bytes of the table as version 1.0 of the ABI has it: what every library has.
    pub const SIZE_1_0: usize = offset_of!(Self, health);

    /// Whether its writer knew of the slot `health`: a library of version 1.0 does not tell how it is.
    pub fn tells_health(&self) -> bool {
        self.size as usize >= Self::SIZE_1_0 + size_of::<RawFn>()
    }
}

impl ContextTable {
    /// Bytes of the table as version 1.0 of the ABI has it: what every host gives.
    pub const SIZE_1_0: usize = offset_of!(Self, provided);
}
