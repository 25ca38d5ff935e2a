//! Numbers, truth values, characters and unit.

use super::{Arena, Decoder, Encoder, Fails, Malformed, Origin, Plain, Wire, plain_type};
use crate::abi::{Type, kind};

/// The forms of a type that crosses as it lies: for this module and for `#[derive(Plain)]`.
#[doc(hidden)]
#[macro_export]
macro_rules! __by_value {
    () => {
        type View = Self;
        type Arg = Self;
        type Out = Self;
        const FAILS: $crate::wire::Fails = $crate::wire::Fails::Never;
        const LIST_FAILS: $crate::wire::Fails = $crate::wire::Fails::Never;

        #[inline(always)]
        fn view(&self, _: &mut $crate::wire::Arena) -> Self {
            *self
        }
        #[inline(always)]
        unsafe fn read(
            view: Self,
            _: $crate::wire::Origin<'_>,
        ) -> ::core::result::Result<Self, $crate::wire::Malformed> {
            ::core::result::Result::Ok(view)
        }
        #[inline(always)]
        unsafe fn overlay(
            view: &Self,
            _: $crate::wire::Origin<'_>,
        ) -> ::core::result::Result<::core::mem::ManuallyDrop<Self>, $crate::wire::Malformed> {
            ::core::result::Result::Ok(::core::mem::ManuallyDrop::new(*view))
        }
        #[inline(always)]
        unsafe fn lift(_: Self) {}
        #[inline(always)]
        unsafe fn overlay_list(
            views: $crate::abi::Slice<Self>,
            _: $crate::wire::Origin<'_>,
        ) -> ::core::result::Result<::core::mem::ManuallyDrop<::std::vec::Vec<Self>>, $crate::wire::Malformed>
        {
            // SAFETY: the caller answers for the views, and lifts the list before they end.
            ::core::result::Result::Ok(unsafe { $crate::wire::generated::vector_over(views) })
        }
        #[inline(always)]
        unsafe fn lift_list(items: ::std::vec::Vec<Self>) {
            ::core::mem::forget(items);
        }
        #[inline(always)]
        fn pass(&mut self, _: &mut $crate::wire::Arena) -> Self {
            *self
        }
        #[inline(always)]
        unsafe fn receive(
            arg: Self,
            _: $crate::wire::Origin<'_>,
        ) -> ::core::result::Result<Self, $crate::wire::Malformed> {
            ::core::result::Result::Ok(arg)
        }
        #[inline(always)]
        fn give(self) -> Self {
            self
        }
        #[inline(always)]
        unsafe fn take(
            out: Self,
            _: $crate::wire::Origin<'_>,
        ) -> ::core::result::Result<Self, $crate::wire::Malformed> {
            ::core::result::Result::Ok(out)
        }
        #[inline]
        fn view_list(items: &[Self], _: &mut $crate::wire::Arena) -> $crate::abi::Slice<Self> {
            $crate::abi::Slice::new(items)
        }
        #[inline]
        unsafe fn read_list(
            views: $crate::abi::Slice<Self>,
            _: $crate::wire::Origin<'_>,
        ) -> ::core::result::Result<::std::vec::Vec<Self>, $crate::wire::Malformed> {
            // SAFETY: the caller answers for the views.
            ::core::result::Result::Ok(unsafe { views.as_slice() }.to_vec())
        }
        #[inline]
        fn give_list(items: ::std::vec::Vec<Self>) -> $crate::abi::Owned<$crate::abi::Slice<Self>> {
            $crate::wire::generated::give_plain(items)
        }
    };
}

macro_rules! scalar {
    ($($type:ty, $kind:ident, |$value:ident, $to:ident| $encode:expr, |$from:ident| $decode:expr;)*) => {$(
        // SAFETY: a primitive is its own C form.
        unsafe impl Wire for $type {
            crate::__by_value!();

            extern "C" fn shape() -> *const Type {
                const { &plain_type(kind::$kind) }
            }
            #[inline]
            fn encode(&self, $to: &mut Encoder) {
                let $value = *self;
                $encode
            }
            #[inline]
            fn decode($from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                $decode
            }
        }
        // SAFETY: a primitive without pointers.
        unsafe impl Plain for $type {}
    )*};
}

scalar! {
    bool, BOOL, |value, to| to.bool(value), |from| from.bool();
    i8, I8, |value, to| to.i8(value), |from| from.i8();
    u16, U16, |value, to| to.u64(value.into()), |from| from.uint();
    u32, U32, |value, to| to.u64(value.into()), |from| from.uint();
    u64, U64, |value, to| to.u64(value), |from| from.uint();
    i16, I16, |value, to| to.i64(value.into()), |from| from.int();
    i32, I32, |value, to| to.i64(value.into()), |from| from.int();
    i64, I64, |value, to| to.i64(value), |from| from.int();
    f32, F32, |value, to| to.f32(value), |from| from.f32();
    f64, F64, |value, to| to.f64(value), |from| from.f64();
}

// SAFETY: a primitive is its own C form.
unsafe impl Wire for u8 {
    crate::__by_value!();

    extern "C" fn shape() -> *const Type {
        const { &plain_type(kind::U8) }
    }
    #[inline]
    fn encode(&self, to: &mut Encoder) {
        to.u8(*self);
    }
    #[inline]
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        from.u8()
    }
    /// A list of bytes travels as one block.
    fn encode_list(items: &[Self], to: &mut Encoder) {
        to.blob(items);
    }
    fn decode_list(from: &mut Decoder<'_>) -> Result<Vec<Self>, Malformed> {
        Ok(from.blob()?.to_vec())
    }
}
// SAFETY: a primitive without pointers.
unsafe impl Plain for u8 {}

macro_rules! converted {
    ($type:ty as $form:ty, $kind:ident, |$value:ident| $to_form:expr, |$form_value:ident| $from_form:expr,
     |$self:ident, $to:ident| $encode:expr, |$from:ident| $decode:expr $(, const $name:ident = $constant:expr)?) => {
        // SAFETY: every form is one primitive.
        unsafe impl Wire for $type {
            type View = $form;
            type Arg = $form;
            type Out = $form;
            const FAILS: Fails = Fails::Untrusted;
            const LIST_FAILS: Fails = Fails::Untrusted;
            $(const $name: bool = $constant;)?

            extern "C" fn shape() -> *const Type {
                const { &plain_type(kind::$kind) }
            }
            #[inline(always)]
            fn view(&self, _: &mut Arena) -> $form {
                let $value = *self;
                $to_form
            }
            #[inline(always)]
            unsafe fn read($form_value: $form, _: Origin<'_>) -> Result<Self, Malformed> {
                $from_form
            }
            #[inline(always)]
            fn pass(&mut self, arena: &mut Arena) -> $form {
                self.view(arena)
            }
            #[inline(always)]
            unsafe fn receive(arg: $form, origin: Origin<'_>) -> Result<Self, Malformed> {
                // SAFETY: the same duties.
                unsafe { Self::read(arg, origin) }
            }
            #[inline(always)]
            fn give(self) -> $form {
                self.view(&mut Arena::new())
            }
            #[inline(always)]
            unsafe fn take(out: $form, origin: Origin<'_>) -> Result<Self, Malformed> {
                // SAFETY: the same duties.
                unsafe { Self::read(out, origin) }
            }
            fn encode(&self, $to: &mut Encoder) {
                let $self = *self;
                $encode
            }
            fn decode($from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                $decode
            }
        }
    };
}

converted! {
    char as u32, CHAR, |value| value.into(),
    |form| char::from_u32(form).ok_or_else(|| Malformed::new(format!("{form:#x} is no character"))),
    |value, to| to.str(value.encode_utf8(&mut [0; 4])),
    |from| {
        let text = from.str()?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(Malformed::new(format!("one character is expected and {text:?} is there"))),
        }
    }
}

converted! {
    () as u8, UNIT, |_value| 0, |_form| Ok(()),
    |_value, to| to.unit(), |from| from.unit(), const NULLABLE = true
}
