//! The C ABI once more, written from its description and not shared with the framework: what a plugin in another
//! language has.

use std::ffi::c_void;

pub(crate) type TypeFn = extern "C" fn() -> *const Type;

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Str {
    pub(crate) ptr: *const u8,
    pub(crate) len: usize,
}

impl Str {
    pub(crate) const fn new(text: &'static [u8]) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }
}

#[repr(C)]
pub(crate) struct Array<T> {
    pub(crate) ptr: *const T,
    pub(crate) count: u32,
    pub(crate) stride: u32,
}

impl<T> Array<T> {
    pub(crate) const NONE: Self = Self { ptr: std::ptr::null(), count: 0, stride: 0 };

    /// Kept for ever.
    pub(crate) fn of(items: Vec<T>) -> Self {
        let items = items.leak();
        Self { ptr: items.as_ptr(), count: items.len() as u32, stride: size_of::<T>() as u32 }
    }
}

#[repr(C)]
pub(crate) struct Reply<T> {
    pub(crate) status: *const c_void,
    pub(crate) value: T,
}

#[repr(C)]
pub(crate) struct Owned {
    pub(crate) view: Str,
    pub(crate) owner: *mut c_void,
    pub(crate) extra: usize,
    pub(crate) release: Option<unsafe extern "C" fn(*mut c_void, usize)>,
}

/// As long as the longer of its forms, which is a text.
#[repr(C)]
pub(crate) union Started {
    pub(crate) data: *const c_void,
    pub(crate) refused: std::mem::ManuallyDrop<Owned>,
}

#[repr(C)]
pub(crate) struct Library {
    pub(crate) size: u32,
    pub(crate) flags: u32,
    pub(crate) abi_major: u16,
    pub(crate) abi_minor: u16,
    pub(crate) counted: u32,
    pub(crate) target: Str,
    pub(crate) rustc: Str,
    pub(crate) framework: Str,
    pub(crate) plugins: Array<*const Plugin>,
    pub(crate) probe_wide: extern "C" fn(Mixed, u8, f64, Str, u64) -> Wide,
    pub(crate) probe_pair: extern "C" fn(Pair) -> Reply<u64>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Mixed {
    pub(crate) byte: u8,
    pub(crate) float: f32,
    pub(crate) wide: u64,
    pub(crate) double: f64,
}

#[repr(C)]
pub(crate) struct Pair {
    pub(crate) left: u64,
    pub(crate) right: f64,
}

#[repr(C)]
pub(crate) struct Wide {
    pub(crate) mixed: Mixed,
    pub(crate) byte: u8,
    pub(crate) double: f64,
    pub(crate) length: u64,
    pub(crate) last: u64,
}

#[repr(C)]
pub(crate) struct Plugin {
    pub(crate) size: u32,
    pub(crate) flags: u32,
    pub(crate) manifest: Str,
    pub(crate) interfaces: Array<*const Table>,
    pub(crate) start: unsafe extern "C" fn(*const c_void) -> Reply<Started>,
    pub(crate) stop: unsafe extern "C" fn(*const c_void) -> Reply<u8>,
    pub(crate) release: unsafe extern "C" fn(*const c_void),
}

#[repr(C)]
pub(crate) struct Table {
    pub(crate) size: u32,
    pub(crate) flags: u32,
    pub(crate) interface: *const Descriptor,
    pub(crate) retain: Option<unsafe extern "C" fn(*const c_void)>,
    pub(crate) release: Option<unsafe extern "C" fn(*const c_void)>,
    pub(crate) dispatch: *const c_void,
    pub(crate) methods: Array<*const c_void>,
}

#[repr(C)]
pub(crate) struct Descriptor {
    pub(crate) size: u32,
    pub(crate) flags: u32,
    pub(crate) id: Str,
    pub(crate) version: Str,
    pub(crate) methods: Array<Method>,
}

#[repr(C)]
pub(crate) struct Method {
    pub(crate) size: u32,
    pub(crate) flags: u32,
    pub(crate) name: Str,
    pub(crate) signature: Str,
    pub(crate) arguments: Array<c_void>,
    pub(crate) returns: TypeFn,
}

#[repr(C)]
pub(crate) struct Type {
    pub(crate) size: u32,
    pub(crate) kind: u32,
    pub(crate) name: Str,
    pub(crate) first: Option<TypeFn>,
    pub(crate) second: Option<TypeFn>,
    pub(crate) parts: Array<c_void>,
    pub(crate) interface: *const c_void,
}

pub(crate) const U64: u32 = 5;
pub(crate) const STRING: u32 = 13;
pub(crate) const LIST: u32 = 15;
