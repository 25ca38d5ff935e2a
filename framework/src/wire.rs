//! How values cross: as C views where both sides describe the type alike, as bytes where they do not.
//!
//! [`Wire`] is implemented here for the types of the standard library and by `#[derive(Wire)]` for an author's own. Its
//! methods are for generated code; a person names the trait only in bounds.
//!
//! | type | as argument | as result |
//! |---|---|---|
//! | scalars, [`Plain`] structs | by value | by value |
//! | `String`, `Vec<T>`, derived types | a view into the caller's value | a view that the receiver reads and releases |
//! | `&` of such a type | a pointer to a view, over which the callee's value is laid: nothing is copied | |
//! | [`Bytes`](crate::Bytes) | moved | moved |
//! | `Arc<dyn Interface>`, `Box<dyn Interface>` | an object that the callee counts for itself | counted object |

use std::mem::ManuallyDrop;

use crate::abi::{Slice, TypeFn};

mod any;
mod arena;
mod collections;
mod decode;
mod encode;
#[doc(hidden)]
pub mod generated;
mod objects;
mod overlay;
mod scalars;
mod text;

pub use any::AnyObject;
pub use arena::Arena;
pub(crate) use arena::release_vec;
pub(crate) use collections::give_plain;
pub use decode::{Decoder, MAX_DEPTH, Malformed, Tag};
pub use encode::{Encoder, Format};
pub use overlay::Overlay;
pub(crate) use overlay::vector_over;
pub(crate) use text::read_str;

/// From where a value comes: what may be taken on trust, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The other side is Rust: its text is UTF-8, its tags are in range.
    pub trusted: bool,
    /// The plugin on the other side, where it is known.
    pub owner: Option<&'a std::sync::Arc<crate::handle::Owner>>,
}

impl Origin<'_> {
    /// Checked, of nobody in particular.
    pub const UNKNOWN: Origin<'static> = Origin { trusted: false, owner: None };
    /// A caller's arguments: generated code made them, or a C author who was told that text is UTF-8.
    pub const CALLER: Origin<'static> = Origin { trusted: true, owner: None };
}

/// When the value of a type can turn out to be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// Every pattern is a value.
    Never,
    /// When the other side is not Rust; see [`Origin::trusted`].
    Untrusted,
    /// Whoever is on the other side: an object may have another interface than is said.
    Anywhere,
}

impl Fails {
    /// When one of two can.
    pub const fn or(self, other: Self) -> Self {
        if self as u8 >= other as u8 { self } else { other }
    }
}

/// A type that can cross a plugin's edge.
///
/// # Safety
/// `View`, `Arg` and `Out` must be `#[repr(C)]` and follow from what `shape` describes: two sides whose shapes are equal
/// read each other's memory through them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not cross a plugin's edge",
    label = "this type has no `Wire` form",
    note = "for a type of your own: `#[derive(keyway::Wire)]`; a `#[repr(C)]` struct of scalars may be `#[derive(keyway::Plain)]`",
    note = "types that cross: bool, integers, floats, char, String, Vec, Option, BTreeMap, tuples, keyway::Bytes, `&str`, `&[T]`, and interfaces behind `&`, Box or Arc"
)]
pub unsafe trait Wire: Sized {
    /// A borrowed form, `#[repr(C)]`, valid for as long as the value and its arena.
    type View: Copy;
    /// What an argument taken by value travels as.
    type Arg: Copy;
    /// What a result travels as.
    type Out: Copy;

    /// The type's description.
    extern "C" fn shape() -> *const crate::abi::Type;

    /// Whether the named form writes nil for some value of it, so that `Option` must wrap it.
    const NULLABLE: bool = false;

    /// When reading it can fail.
    const FAILS: Fails = Fails::Anywhere;

    /// The same of a list of such values. A constant of its own, which derived types leave as it is: through it a type
    /// may contain a list of itself.
    const LIST_FAILS: Fails = Fails::Anywhere;

    /// A view of the value; what has to be built for it lives in the arena.
    fn view(&self, arena: &mut Arena) -> Self::View;

    /// A value of one's own from a view.
    ///
    /// # Safety
    /// The view must come from a side whose shape of this type is equal, and be valid during the call.
    unsafe fn read(view: Self::View, origin: Origin<'_>) -> Result<Self, Malformed>;

    /// A value that is only looked at: it may stand on the view's memory, and is taken apart by [`lift`](Self::lift).
    ///
    /// # Safety
    /// As [`read`](Self::read); the value must be lifted before the view ends, and until then only be looked at.
    #[inline]
    unsafe fn overlay(view: &Self::View, origin: Origin<'_>) -> Result<ManuallyDrop<Self>, Malformed> {
        // SAFETY: the same duties.
        unsafe { Self::read(*view, origin) }.map(ManuallyDrop::new)
    }

    /// Takes an overlay apart: drops what is its own, and forgets what is the view's.
    ///
    /// # Safety
    /// It must come from [`overlay`](Self::overlay).
    #[inline]
    unsafe fn lift(overlay: Self) {
        drop(overlay);
    }

    /// Lays a value over a view; see [`Overlay`].
    ///
    /// # Safety
    /// As [`overlay`](Self::overlay); the overlay must be gone before the view is.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn laid(view: &Self::View, origin: Origin<'_>) -> Result<Overlay<Self>, Malformed> {
        // SAFETY: the same duties.
        unsafe { Overlay::new(view, origin) }
    }

    /// A part of an overlay, to be taken apart by itself.
    ///
    /// # Safety
    /// It must come from [`overlay`](Self::overlay).
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn laid_part(part: Self) -> Overlay<Self> {
        // SAFETY: the same duties.
        unsafe { Overlay::again(part) }
    }

    /// The value of an overlay, to be put into a larger one, which is then taken apart as a whole.
    #[doc(hidden)]
    #[inline(always)]
    fn part_of(overlay: Overlay<Self>) -> Self {
        overlay.into_inner()
    }

    /// The value that is laid over a view.
    #[doc(hidden)]
    #[inline(always)]
    fn look(overlay: &Overlay<Self>) -> &Self {
        overlay
    }

    /// The value as an argument; it stays the caller's unless the form moves it out.
    fn pass(&mut self, arena: &mut Arena) -> Self::Arg;

    /// An argument as a value.
    ///
    /// # Safety
    /// As [`read`](Self::read), and once for each argument.
    unsafe fn receive(arg: Self::Arg, origin: Origin<'_>) -> Result<Self, Malformed>;

    /// The value as a result, which the receiver owns.
    fn give(self) -> Self::Out;

    /// A result as a value.
    ///
    /// # Safety
    /// As [`read`](Self::read), and once for each result.
    unsafe fn take(out: Self::Out, origin: Origin<'_>) -> Result<Self, Malformed>;

    /// As [`take`](Self::take), where that can not fail: without a `Result` the fields of a struct go from the reply
    /// straight to their places.
    ///
    /// # Safety
    /// As [`take`](Self::take), and [`FAILS`](Self::FAILS) rules a failure out for this origin.
    #[inline(always)]
    unsafe fn take_surely(out: Self::Out, origin: Origin<'_>) -> Self {
        // SAFETY: the same duties.
        unsafe { Self::take(out, origin) }.unwrap_or_else(|malformed| malformed.raise())
    }

    /// Appends the value.
    fn encode(&self, to: &mut Encoder);

    /// Reads the value.
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed>;

    /// Views of the elements of a list.
    fn view_list(items: &[Self], arena: &mut Arena) -> Slice<Self::View> {
        arena.list(items.len(), |arena, index| items[index].view(arena))
    }

    /// The elements of a list.
    ///
    /// # Safety
    /// As [`read`](Self::read), for each element.
    unsafe fn read_list(views: Slice<Self::View>, origin: Origin<'_>) -> Result<Vec<Self>, Malformed> {
        // SAFETY: the caller answers for the views.
        let views = unsafe { views.as_slice() };
        // SAFETY: as above, for each.
        views.iter().map(|view| unsafe { Self::read(*view, origin) }).collect()
    }

    /// A list that is only looked at.
    ///
    /// # Safety
    /// As [`overlay`](Self::overlay), for each element.
    unsafe fn overlay_list(
        views: Slice<Self::View>,
        origin: Origin<'_>,
    ) -> Result<ManuallyDrop<Vec<Self>>, Malformed> {
        // SAFETY: the same duties.
        unsafe { overlay::list(views, origin) }
    }

    /// Takes such a list apart.
    ///
    /// # Safety
    /// It must come from [`overlay_list`](Self::overlay_list).
    unsafe fn lift_list(items: Vec<Self>) {
        // SAFETY: the same duties.
        unsafe { overlay::lift_list(items) };
    }

    /// A list as a result.
    fn give_list(items: Vec<Self>) -> crate::abi::Owned<Slice<Self::View>> {
        Arena::keep(items, |items, arena| Self::view_list(items, arena))
    }

    /// Appends a list.
    fn encode_list(items: &[Self], to: &mut Encoder) {
        to.list(items.len());
        for item in items {
            item.encode(to);
        }
    }

    /// Reads a list.
    fn decode_list(from: &mut Decoder<'_>) -> Result<Vec<Self>, Malformed> {
        from.elements(Self::decode)
    }
}

/// A type that crosses as it lies in memory: a scalar, or a `#[repr(C)]` struct of such that `#[derive(Plain)]` marks.
///
/// # Safety
/// The type must be `#[repr(C)]` or a primitive, without pointers, and its layout must follow from its shape.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not cross a plugin's edge as it lies in memory",
    label = "not a `Plain` type",
    note = "slices cross without a copy, so their elements must be scalars or `#[repr(C)] #[derive(Clone, Copy, keyway::Plain)]` structs; for other elements write `&Vec<T>` or `Vec<T>`"
)]
pub unsafe trait Plain: Wire<View = Self, Arg = Self, Out = Self> + Copy + 'static {}

/// The description of `Slice<T>`, `&T` and the like, written once: see [`crate::abi::kind`].
pub(crate) const fn plain_type(kind: u32) -> crate::abi::Type {
    one_type(kind, None)
}

pub(crate) const fn one_type(kind: u32, first: Option<TypeFn>) -> crate::abi::Type {
    crate::abi::Type {
        size: size_of::<crate::abi::Type>() as u32,
        kind,
        name: crate::abi::Str::new(""),
        first,
        second: None,
        parts: crate::abi::Array { ptr: std::ptr::null(), count: 0, stride: 0 },
        interface: None,
    }
}
