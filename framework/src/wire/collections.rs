//! Lists, options, tuples and maps.

use std::collections::BTreeMap;
use std::mem::{ManuallyDrop, MaybeUninit};

use super::arena::release_vec;
use super::{Arena, Decoder, Encoder, Fails, Malformed, Origin, Wire, one_type};
use crate::abi::{Array, Owned, Part, Slice, Str, Type, kind};

/// A vector of elements that need no drop, as a result that is not copied on this side.
pub(crate) fn give_plain<T: Copy>(items: Vec<T>) -> Owned<Slice<T>> {
    let mut items = ManuallyDrop::new(items);
    Owned {
        view: Slice { ptr: items.as_ptr(), len: items.len() },
        owner: items.as_mut_ptr().cast(),
        extra: items.capacity(),
        release: Some(release_vec::<T>),
    }
}

// SAFETY: the forms are C structs of the element's forms, whose shape the list's shape contains.
unsafe impl<T: Wire> Wire for Vec<T> {
    type View = Slice<T::View>;
    type Arg = Slice<T::View>;
    type Out = Owned<Slice<T::View>>;
    const FAILS: Fails = T::LIST_FAILS;
    const LIST_FAILS: Fails = T::LIST_FAILS;

    extern "C" fn shape() -> *const Type {
        const { &one_type(kind::LIST, Some(T::shape)) }
    }
    #[inline]
    fn view(&self, arena: &mut Arena) -> Self::View {
        T::view_list(self, arena)
    }
    #[inline]
    unsafe fn read(view: Self::View, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { T::read_list(view, origin) }
    }
    #[inline]
    unsafe fn overlay(view: &Self::View, origin: Origin<'_>) -> Result<ManuallyDrop<Self>, Malformed> {
        // SAFETY: the same duties.
        unsafe { T::overlay_list(*view, origin) }
    }
    #[inline]
    unsafe fn lift(overlay: Self) {
        // SAFETY: `overlay` made it by `overlay_list`.
        unsafe { T::lift_list(overlay) };
    }
    #[inline]
    fn pass(&mut self, arena: &mut Arena) -> Self::Arg {
        T::view_list(self, arena)
    }
    #[inline]
    unsafe fn receive(arg: Self::Arg, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { T::read_list(arg, origin) }
    }
    #[inline]
    fn give(self) -> Self::Out {
        T::give_list(self)
    }
    #[inline]
    unsafe fn take(out: Self::Out, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the view is valid until it is released, below.
        let items = unsafe { T::read_list(out.view, origin) };
        // SAFETY: a result is taken once, and its elements have been read.
        unsafe { out.release() };
        items
    }
    fn encode(&self, to: &mut Encoder) {
        T::encode_list(self, to);
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        T::decode_list(from)
    }
}

/// An option: 0, or 1 and a value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Maybe<T: Copy> {
    some: u32,
    value: MaybeUninit<T>,
}

impl<T: Copy> Maybe<T> {
    #[inline(always)]
    fn new(value: Option<T>) -> Self {
        match value {
            Some(value) => Self { some: 1, value: MaybeUninit::new(value) },
            None => Self { some: 0, value: MaybeUninit::uninit() },
        }
    }

    /// # Safety
    /// The value must be initialised where `some` is not 0.
    #[inline(always)]
    unsafe fn get(self) -> Option<T> {
        // SAFETY: the caller says so.
        (self.some != 0).then(|| unsafe { self.value.assume_init() })
    }
}

// SAFETY: the forms are C structs of the value's forms, whose shape the option's shape contains.
unsafe impl<T: Wire> Wire for Option<T> {
    type View = Maybe<T::View>;
    type Arg = Maybe<T::Arg>;
    type Out = Maybe<T::Out>;
    const FAILS: Fails = T::FAILS;
    const NULLABLE: bool = true;

    extern "C" fn shape() -> *const Type {
        const { &one_type(kind::OPTION, Some(T::shape)) }
    }
    #[inline]
    fn view(&self, arena: &mut Arena) -> Self::View {
        Maybe::new(self.as_ref().map(|value| value.view(arena)))
    }
    #[inline]
    unsafe fn read(view: Self::View, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { view.get().map(|value| T::read(value, origin)).transpose() }
    }
    #[inline]
    unsafe fn overlay(view: &Self::View, origin: Origin<'_>) -> Result<ManuallyDrop<Self>, Malformed> {
        if view.some == 0 {
            return Ok(ManuallyDrop::new(None));
        }
        // SAFETY: a value that is there is initialised; otherwise the same duties.
        let value = unsafe { T::overlay(view.value.assume_init_ref(), origin) }?;
        Ok(ManuallyDrop::new(Some(ManuallyDrop::into_inner(value))))
    }
    #[inline]
    unsafe fn lift(overlay: Self) {
        if let Some(value) = overlay {
            // SAFETY: `overlay` made it by the value's.
            unsafe { T::lift(value) };
        }
    }
    #[inline]
    fn pass(&mut self, arena: &mut Arena) -> Self::Arg {
        Maybe::new(self.as_mut().map(|value| value.pass(arena)))
    }
    #[inline]
    unsafe fn receive(arg: Self::Arg, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { arg.get().map(|value| T::receive(value, origin)).transpose() }
    }
    #[inline]
    fn give(self) -> Self::Out {
        Maybe::new(self.map(T::give))
    }
    #[inline]
    unsafe fn take(out: Self::Out, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { out.get().map(|value| T::take(value, origin)).transpose() }
    }
    #[inline(always)]
    unsafe fn take_surely(out: Self::Out, origin: Origin<'_>) -> Self {
        // SAFETY: the same duties.
        unsafe { out.get().map(|value| T::take_surely(value, origin)) }
    }
    fn encode(&self, to: &mut Encoder) {
        match self {
            None => to.none(),
            Some(value) => {
                to.some(T::NULLABLE);
                value.encode(to);
            }
        }
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        if from.option(T::NULLABLE)? { T::decode(from).map(Some) } else { Ok(None) }
    }
}

const fn element(of: crate::abi::TypeFn) -> Part {
    Part {
        size: size_of::<Part>() as u32,
        flags: 0,
        name: Str::new(""),
        of: Some(of),
        parts: Array { ptr: std::ptr::null(), count: 0, stride: 0 },
    }
}

macro_rules! tuple {
    ($form:ident, $count:literal, $($name:ident $place:tt),*) => {
        /// A tuple's forms, one after the other.
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $form<$($name: Copy),*>($($name),*);

        // SAFETY: the forms are C structs of the elements' forms, whose shapes the tuple's shape contains.
        unsafe impl<$($name: Wire),*> Wire for ($($name,)*) {
            type View = $form<$($name::View),*>;
            type Arg = $form<$($name::Arg),*>;
            type Out = $form<$($name::Out),*>;

            extern "C" fn shape() -> *const Type {
                const {
                    &Type { parts: Array::new(const { &[$(element($name::shape)),*] }), ..one_type(kind::TUPLE, None) }
                }
            }
            fn view(&self, arena: &mut Arena) -> Self::View {
                $form($(self.$place.view(arena)),*)
            }
            unsafe fn read(view: Self::View, origin: Origin<'_>) -> Result<Self, Malformed> {
                // SAFETY: the same duties.
                Ok(unsafe { ($($name::read(view.$place, origin)?,)*) })
            }
            fn pass(&mut self, arena: &mut Arena) -> Self::Arg {
                $form($(self.$place.pass(arena)),*)
            }
            unsafe fn receive(arg: Self::Arg, origin: Origin<'_>) -> Result<Self, Malformed> {
                // SAFETY: the same duties; all are received before any is judged.
                let each = unsafe { ($($name::receive(arg.$place, origin),)*) };
                Ok(($(each.$place?,)*))
            }
            fn give(self) -> Self::Out {
                $form($(self.$place.give()),*)
            }
            unsafe fn take(out: Self::Out, origin: Origin<'_>) -> Result<Self, Malformed> {
                // SAFETY: the same duties; all are taken before any is judged.
                let each = unsafe { ($($name::take(out.$place, origin),)*) };
                Ok(($(each.$place?,)*))
            }
            fn encode(&self, to: &mut Encoder) {
                to.tuple($count);
                $(self.$place.encode(to);)*
            }
            fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                from.tuple($count)?;
                Ok(($(from.within_index($place, $name::decode)?,)*))
            }
        }
    };
}

tuple!(Pair, 2, A 0, B 1);
tuple!(Triple, 3, A 0, B 1, C 2);
tuple!(Quadruple, 4, A 0, B 1, C 2, D 3);

// SAFETY: the forms are C structs of the entries' forms, whose shapes the map's shape contains.
unsafe impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    type View = Slice<Pair<K::View, V::View>>;
    type Arg = Slice<Pair<K::View, V::View>>;
    type Out = Owned<Slice<Pair<K::View, V::View>>>;

    extern "C" fn shape() -> *const Type {
        const { &Type { second: Some(V::shape), ..one_type(kind::MAP, Some(K::shape)) } }
    }
    fn view(&self, arena: &mut Arena) -> Self::View {
        let mut entries = self.iter();
        arena.list(self.len(), |arena, _| {
            let (key, value) = entries.next().expect("a map has as many entries as it says");
            Pair(key.view(arena), value.view(arena))
        })
    }
    unsafe fn read(view: Self::View, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the caller answers for the view.
        let entries = unsafe { view.as_slice() };
        // SAFETY: as above, for each.
        entries
            .iter()
            .map(|entry| unsafe { Ok((K::read(entry.0, origin)?, V::read(entry.1, origin)?)) })
            .collect()
    }
    fn pass(&mut self, arena: &mut Arena) -> Self::Arg {
        self.view(arena)
    }
    unsafe fn receive(arg: Self::Arg, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { Self::read(arg, origin) }
    }
    fn give(self) -> Self::Out {
        Arena::keep(self, |map, arena| map.view(arena))
    }
    unsafe fn take(out: Self::Out, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the view is valid until it is released, below.
        let map = unsafe { Self::read(out.view, origin) };
        // SAFETY: a result is taken once, and its entries have been read.
        unsafe { out.release() };
        map
    }
    fn encode(&self, to: &mut Encoder) {
        to.map(self.len());
        for (key, value) in self {
            key.encode(to);
            value.encode(to);
        }
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let mut map = Self::new();
        for index in 0..from.entries(size_of::<(K, V)>() == 0)? {
            let key = from.within_index(index, K::decode)?;
            map.insert(key, from.within_index(index, V::decode)?);
        }
        Ok(map)
    }
}
