//! The peer on abi_stable: a root module that hands out a trait object. A panic aborts the process.

#![allow(non_local_definitions, reason = "abi_stable's attributes write them")]

use abi_stable::{
    StableAbi, export_root_module,
    library::RootModule,
    package_version_strings,
    prefix_type::PrefixTypeTrait,
    sabi_extern_fn, sabi_trait,
    sabi_types::VersionStrings,
    std_types::{RBox, ROption, RSlice, RStr, RString, RVec},
};

/// [`figures_work::Record`] in abi_stable's types.
#[repr(C)]
#[derive(Clone, Debug, StableAbi)]
#[allow(missing_docs, reason = "the fields are those of `figures_work::Record`")]
pub struct Record {
    pub id: u64,
    pub name: RString,
    pub title: RString,
    pub count: i32,
    pub score: f64,
    pub active: bool,
    pub tags: RVec<u32>,
    pub note: ROption<RString>,
}

impl From<&figures_work::Record> for Record {
    fn from(own: &figures_work::Record) -> Record {
        Record {
            id: own.id,
            name: RString::from(own.name.as_str()),
            title: RString::from(own.title.as_str()),
            count: own.count,
            score: own.score,
            active: own.active,
            tags: RVec::from(own.tags.as_slice()),
            note: own.note.as_deref().map(RString::from).into(),
        }
    }
}

impl From<Record> for figures_work::Record {
    fn from(record: Record) -> figures_work::Record {
        figures_work::Record {
            id: record.id,
            name: record.name.into_string(),
            title: record.title.into_string(),
            count: record.count,
            score: record.score,
            active: record.active,
            tags: record.tags.into_vec(),
            note: record.note.into_option().map(RString::into_string),
        }
    }
}

/// [`figures_work::Service`] in abi_stable's types.
#[sabi_trait]
#[allow(missing_docs, reason = "the methods are those of `figures_work::Service`")]
pub trait Service {
    fn add(&self, a: u64, b: u64) -> u64;
    fn copy_text(&self, text: RStr<'_>) -> RString;
    fn sum(&self, bytes: RSlice<'_, u8>) -> u64;
    fn ends(&self, bytes: RSlice<'_, u8>) -> u64;
    #[sabi(last_prefix_field)]
    fn copy_record(&self, record: &Record) -> Record;
}

/// A service of a loaded library.
pub type Opened = Service_TO<'static, RBox<()>>;

/// The library's root module.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ModuleRef)))]
#[sabi(missing_field(panic))]
pub struct Module {
    /// Gives the library's service.
    #[sabi(last_prefix_field)]
    pub open: extern "C" fn() -> Opened,
}

impl RootModule for ModuleRef {
    abi_stable::declare_root_module_statics! {ModuleRef}
    const BASE_NAME: &'static str = "figures_abi_stable";
    const NAME: &'static str = "figures_abi_stable";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

struct Worker;

impl Service for Worker {
    fn add(&self, a: u64, b: u64) -> u64 {
        figures_work::add(a, b)
    }
    fn copy_text(&self, text: RStr<'_>) -> RString {
        figures_work::copy_text(text.as_str())
    }
    fn sum(&self, bytes: RSlice<'_, u8>) -> u64 {
        figures_work::sum(bytes.as_slice())
    }
    fn ends(&self, bytes: RSlice<'_, u8>) -> u64 {
        figures_work::ends(bytes.as_slice())
    }
    fn copy_record(&self, record: &Record) -> Record {
        record.clone()
    }
}

#[sabi_extern_fn]
fn open() -> Opened {
    Service_TO::from_value(Worker, abi_stable::sabi_trait::TD_Opaque)
}

/// The library's root symbol.
#[export_root_module]
fn root_module() -> ModuleRef {
    Module { open }.leak_into_prefix()
}
