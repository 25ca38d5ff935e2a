//! Helpers of generated code: what would otherwise be written out in every derive and every shim.

use super::{Malformed, Origin, Plain, Wire, one_type, read_str};
use crate::abi::{Array, Method, Part, Slice, Str, Type, TypeFn, kind};

/// `&str`, as an argument's type.
pub extern "C" fn str_shape() -> *const Type {
    const { &one_type(kind::STR, None) }
}

/// `&[T]`, as an argument's type.
pub const fn slice_type(element: TypeFn) -> Type {
    one_type(kind::SLICE, Some(element))
}

/// `&dyn Interface`, as an argument's type.
pub const fn lent_type(interface: DescriptorFn) -> Type {
    Type { interface: Some(interface), ..one_type(kind::LENT_OBJECT, None) }
}

/// `Box<dyn Interface>`.
pub const fn object_type(interface: DescriptorFn) -> Type {
    Type { interface: Some(interface), ..one_type(kind::OBJECT, None) }
}

/// `Result<T, E>`, as what a method returns.
pub const fn result_type(value: TypeFn, error: TypeFn) -> Type {
    Type { second: Some(error), ..one_type(kind::RESULT, Some(value)) }
}

/// What an `async fn` returns.
pub const fn future_type(value: TypeFn) -> Type {
    one_type(kind::FUTURE, Some(value))
}

/// Gives an interface's description.
pub type DescriptorFn = extern "C" fn() -> *const crate::abi::Descriptor;

/// A struct's or an enum's description.
pub const fn named_type(kind: u32, name: &'static str, parts: &'static [Part]) -> Type {
    Type { name: Str::new(name), parts: Array::new(parts), ..one_type(kind, None) }
}

/// A field's or an argument's description.
pub const fn part(name: &'static str, of: TypeFn, flags: u32) -> Part {
    Part { size: size_of::<Part>() as u32, flags, name: Str::new(name), of: Some(of), parts: Array::new(&[]) }
}

/// A variant's description.
pub const fn variant(name: &'static str, flags: u32, fields: &'static [Part]) -> Part {
    Part { size: size_of::<Part>() as u32, flags, name: Str::new(name), of: None, parts: Array::new(fields) }
}

/// A method's description.
pub const fn method(
    name: &'static str,
    signature: &'static str,
    flags: u32,
    arguments: &'static [Part],
    returns: TypeFn,
) -> Method {
    Method {
        size: size_of::<Method>() as u32,
        flags,
        name: Str::new(name),
        signature: Str::new(signature),
        arguments: Array::new(arguments),
        returns: Some(returns),
    }
}

/// A text argument on the guest side.
///
/// # Safety
/// The text must be UTF-8 and alive during the call.
#[inline(always)]
pub unsafe fn str_argument<'a>(text: Str) -> Result<&'a str, Malformed> {
    // SAFETY: the same duties.
    unsafe { read_str(text, Origin::CALLER) }
}

/// For generated code: a field of a plain struct.
pub const fn assert_plain<T: Plain>() {}

/// A list of plain elements, as a result.
pub fn give_plain<T: Plain>(items: Vec<T>) -> crate::abi::Owned<Slice<T>> {
    super::give_plain(items)
}

/// A list of plain elements that is only looked at.
///
/// # Safety
/// The elements must be alive and unchanged for as long as the vector, which must not be dropped.
#[inline(always)]
pub unsafe fn vector_over<T: Plain>(items: Slice<T>) -> std::mem::ManuallyDrop<Vec<T>> {
    // SAFETY: the same duties.
    unsafe { super::vector_over(items) }
}

/// An interface's description.
pub const fn descriptor(
    id: &'static str,
    version: &'static str,
    methods: &'static [Method],
) -> crate::abi::Descriptor {
    crate::abi::Descriptor {
        size: size_of::<crate::abi::Descriptor>() as u32,
        flags: 0,
        id: Str::new(id),
        version: Str::new(version),
        methods: Array::new(methods),
    }
}

/// The functions of one interface for one type.
pub const fn table(
    interface: &'static crate::abi::Descriptor,
    counting: Option<(
        unsafe extern "C" fn(*const std::ffi::c_void),
        unsafe extern "C" fn(*const std::ffi::c_void),
    )>,
    (dispatch, begin): (crate::abi::Dispatch, Option<crate::abi::Begin>),
    methods: &'static [crate::abi::RawFn],
) -> crate::abi::Table {
    let (retain, release) = match counting {
        Some((retain, release)) => (Some(retain), Some(release)),
        None => (None, None),
    };
    crate::abi::Table {
        size: size_of::<crate::abi::Table>() as u32,
        flags: crate::abi::TABLE_RUST,
        interface,
        retain,
        release,
        dispatch: Some(dispatch),
        methods: Array::new(methods),
        begin,
    }
}

/// A call whose argument is not what the descriptor says.
#[cold]
pub fn malformed<T: Copy>(argument: &str, malformed: Malformed) -> crate::abi::Reply<T> {
    crate::fault::Fault::from(malformed.within(argument)).into_reply()
}

/// The tables of a plugin's interfaces, as an array of pointers.
pub struct Tables<const N: usize>(pub [&'static crate::abi::Table; N]);

impl<const N: usize> Tables<N> {
    /// The array that crosses: a reference is a pointer.
    pub const fn array(&'static self) -> Array<*const crate::abi::Table> {
        Array {
            ptr: self.0.as_ptr().cast(),
            count: N as u32,
            stride: size_of::<*const crate::abi::Table>() as u32,
        }
    }
}

/// What a library says of one plugin.
pub const fn plugin_table(
    manifest: &'static str,
    interfaces: Array<*const crate::abi::Table>,
    start: unsafe extern "C" fn(
        *const crate::abi::ContextTable,
    ) -> crate::abi::Reply<
        crate::abi::Either<*const std::ffi::c_void, crate::abi::Owned<Str>>,
    >,
    stop: unsafe extern "C" fn(*const std::ffi::c_void) -> crate::abi::Reply<u8>,
    release: unsafe extern "C" fn(*const std::ffi::c_void),
    health: Option<crate::plugin::HealthFn>,
) -> crate::abi::PluginTable {
    crate::abi::PluginTable {
        size: size_of::<crate::abi::PluginTable>() as u32,
        flags: 0,
        manifest: Str::new(manifest),
        interfaces,
        start,
        stop,
        release,
        health,
    }
}

/// The crate of a module's path.
pub const fn krate(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut at = 0;
    while at < bytes.len() && bytes[at] != b':' {
        at += 1;
    }
    path.split_at(at).0
}

/// For generated code: a plugin's settings.
pub const fn assert_config<C: Wire + Default>() {}
