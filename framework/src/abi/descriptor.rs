//! What an interface and its types are, as data.

use super::{Array, Str};

/// What an interface is, as data.
#[repr(C)]
#[derive(Debug)]
pub struct Descriptor {
    /// Bytes of this struct.
    pub size: u32,
    /// None yet.
    pub flags: u32,
    /// `namespace/name`.
    pub id: Str,
    /// `major.minor.patch`.
    pub version: Str,
    /// In the order in which they are written.
    pub methods: Array<Method>,
}

// SAFETY: constant data.
unsafe impl Send for Descriptor {}
// SAFETY: as above.
unsafe impl Sync for Descriptor {}

/// One method.
#[repr(C)]
#[derive(Debug)]
pub struct Method {
    /// Bytes of this struct.
    pub size: u32,
    /// [`METHOD_HAS_BODY`].
    pub flags: u32,
    /// Its name.
    pub name: Str,
    /// The signature as its author wrote it, for people.
    pub signature: Str,
    /// Without the receiver.
    pub arguments: Array<Part>,
    /// What it returns; never null.
    pub returns: Option<TypeFn>,
}

/// The trait gives the method a body: a plugin may lack it.
pub const METHOD_HAS_BODY: u32 = 1;

/// Gives a type's description. A function, so that a type may contain itself.
pub type TypeFn = extern "C" fn() -> *const Type;

/// A type, as data.
#[repr(C)]
#[derive(Debug)]
pub struct Type {
    /// Bytes of this struct.
    pub size: u32,
    /// One of [`kind`].
    pub kind: u32,
    /// The type's name where it has one; never compared.
    pub name: Str,
    /// Element, value, or the first of two.
    pub first: Option<TypeFn>,
    /// The second of two: a map's value, a result's error.
    pub second: Option<TypeFn>,
    /// Fields, elements of a tuple, or variants.
    pub parts: Array<Part>,
    /// The interface of an object.
    pub interface: Option<extern "C" fn() -> *const Descriptor>,
}

// SAFETY: constant data.
unsafe impl Send for Type {}
// SAFETY: as above.
unsafe impl Sync for Type {}

/// A field, an element, a variant or an argument.
#[repr(C)]
#[derive(Debug)]
pub struct Part {
    /// Bytes of this struct.
    pub size: u32,
    /// [`PART_DEFAULT`].
    pub flags: u32,
    /// Its name; empty in tuples.
    pub name: Str,
    /// Its type; null for a variant.
    pub of: Option<TypeFn>,
    /// A variant's fields.
    pub parts: Array<Part>,
}

/// A field that may be absent, or the variant that stands for unknown ones.
pub const PART_DEFAULT: u32 = 1;
/// A variant whose fields have no names.
pub const PART_TUPLE: u32 = 2;
/// An argument that is written behind a reference: what crosses is a pointer to the view, valid inside the call. `&str`,
/// `&[T]` and `&dyn Interface` have kinds of their own, and not this flag.
pub const PART_LENT: u32 = 4;

/// What a [`Type`] is.
pub mod kind {
    #![allow(missing_docs, reason = "the names say it")]
    pub const UNIT: u32 = 0;
    pub const BOOL: u32 = 1;
    pub const U8: u32 = 2;
    pub const U16: u32 = 3;
    pub const U32: u32 = 4;
    pub const U64: u32 = 5;
    pub const I8: u32 = 6;
    pub const I16: u32 = 7;
    pub const I32: u32 = 8;
    pub const I64: u32 = 9;
    pub const F32: u32 = 10;
    pub const F64: u32 = 11;
    pub const CHAR: u32 = 12;
    pub const STRING: u32 = 13;
    pub const BYTES: u32 = 14;
    /// `Vec<T>`; element in `first`.
    pub const LIST: u32 = 15;
    pub const OPTION: u32 = 16;
    pub const TUPLE: u32 = 17;
    /// Key in `first`, value in `second`.
    pub const MAP: u32 = 18;
    pub const STRUCT: u32 = 19;
    pub const ENUM: u32 = 20;
    /// A `#[repr(C)]` struct that crosses as it is.
    pub const PLAIN: u32 = 21;
    /// `&str`.
    pub const STR: u32 = 22;
    /// `&[T]`; element in `first`.
    pub const SLICE: u32 = 23;
    /// `&dyn Interface`.
    pub const LENT_OBJECT: u32 = 24;
    /// `Box<dyn Interface>`, `Arc<dyn Interface>`.
    pub const OBJECT: u32 = 25;
    /// Value in `first`, error in `second`; only as what a method returns.
    pub const RESULT: u32 = 26;
    /// What an async method returns; its value, or a result, in `first`. The method's function gives a reply with a
    /// future, and the future writes the reply with the value. Since 1.1.
    pub const FUTURE: u32 = 27;
}
