//! Every contestant's way from a path to something that can be called, with all checks it has.

use std::path::Path;

use abi_stable::library::lib_header_from_path;
use libloading::{Library, Symbol};
use savefile_abi::{AbiConnection, AbiExportable};
use stabby::libloading::StabbyLibrary;

use figures_work::{Service, Worker};

pub mod keyway;

/// The service in this process, behind a box that the optimiser can not look into.
pub fn in_process() -> Box<dyn Service> {
    let service: Box<dyn Service> = Box::new(Worker);
    std::hint::black_box(service)
}

/// The library as libloading gives it, for good.
pub fn library(path: &Path) -> &'static Library {
    // SAFETY: the libraries are those of `peers/`, whose initialisers are the standard library's only.
    let library = unsafe { Library::new(path) };
    Box::leak(Box::new(library.unwrap_or_else(|cause| panic!("`{}`: {cause}", path.display()))))
}

/// The plain C function.
pub fn raw(path: &Path) -> figures_raw::Add {
    // SAFETY: the symbol was exported with this very type.
    let add: Symbol<'static, figures_raw::Add> =
        unsafe { library(path).get("figures_raw_add") }.expect("the symbol is exported");
    *add
}

/// `Box<dyn Trait>` of a library that the same rustc built.
pub fn same_rustc(path: &Path) -> Box<dyn Service> {
    // SAFETY: the symbol was exported with this very type, by the same compiler with the same flags.
    let open: Symbol<'static, figures_same_rustc::Open> =
        unsafe { library(path).get("figures_same_rustc_open") }.expect("the symbol is exported");
    open()
}

/// abi_stable: header, probes of the calling convention, version and layout of every type.
///
/// The header is asked directly because `RootModule::load_from` remembers its first library; what is
/// checked is the same.
pub fn abi_stable(path: &Path) -> figures_abi_stable::Opened {
    let header = lib_header_from_path(path).unwrap_or_else(|cause| panic!("`{}`: {cause}", path.display()));
    let module = header
        .init_root_module::<figures_abi_stable::ModuleRef>()
        .unwrap_or_else(|cause| panic!("`{}`: {cause}", path.display()));
    module.open()()
}

/// stabby: the report of the symbol's type.
pub fn stabby(path: &Path) -> figures_stabby::Opened {
    // SAFETY: stabby compares the type that it was exported with.
    let open = unsafe { library(path).get_stabbied::<figures_stabby::Open>(b"figures_stabby_open") };
    open.unwrap_or_else(|cause| panic!("`{}`: {cause}", path.display()))()
}

/// savefile-abi: the definition of the trait and the schema of every type.
pub fn savefile<T: AbiExportable + ?Sized + 'static>(path: &Path) -> AbiConnection<T> {
    let path = path.to_str().expect("the build's folder has a name in UTF-8");
    AbiConnection::load_shared_library(path).unwrap_or_else(|cause| panic!("`{path}`: {cause:?}"))
}
