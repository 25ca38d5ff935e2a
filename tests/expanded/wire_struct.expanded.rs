// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! A struct that crosses by value.
#[derive(Clone)]
pub struct Record {
    pub name: String,
    #[wire(default)]
    pub tags: Vec<String>,
    #[wire(default = kind)]
    pub r#type: u32,
}
const _: () = {
    use ::keyway::__private as __k;
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __View {
        __f0: <String as __k::Wire>::View,
        __f1: <Vec<String> as __k::Wire>::View,
        __f2: <u32 as __k::Wire>::View,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __Out {
        __f0: <String as __k::Wire>::Out,
        __f1: <Vec<String> as __k::Wire>::Out,
        __f2: <u32 as __k::Wire>::Out,
    }
    unsafe impl __k::Wire for Record {
        type View = __View;
        type Arg = __View;
        type Out = __Out;
        const FAILS: __k::Fails = __k::Fails::Never
            .or(<String as __k::Wire>::FAILS)
            .or(<Vec<String> as __k::Wire>::FAILS)
            .or(<u32 as __k::Wire>::FAILS);
        extern "C" fn shape() -> *const __k::Type {
            static PARTS: [__k::Part; 3usize] = [
                __k::generated::part("name", <String as __k::Wire>::shape, 0),
                __k::generated::part(
                    "tags",
                    <Vec<String> as __k::Wire>::shape,
                    __k::PART_DEFAULT,
                ),
                __k::generated::part(
                    "type",
                    <u32 as __k::Wire>::shape,
                    __k::PART_DEFAULT,
                ),
            ];
            static SHAPE: __k::Type = __k::generated::named_type(
                __k::kind::STRUCT,
                "Record",
                &PARTS,
            );
            &SHAPE
        }
        #[inline]
        fn view(&self, arena: &mut __k::Arena) -> __View {
            let Self { name: __f0, tags: __f1, r#type: __f2 } = self;
            __View {
                __f0: <String as __k::Wire>::view(__f0, arena),
                __f1: <Vec<String> as __k::Wire>::view(__f1, arena),
                __f2: <u32 as __k::Wire>::view(__f2, arena),
            }
        }
        unsafe fn read(
            form: __View,
            origin: __k::Origin<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            ::core::result::Result::Ok(Self {
                name: unsafe { <String as __k::Wire>::read(form.__f0, origin) }?,
                tags: unsafe { <Vec<String> as __k::Wire>::read(form.__f1, origin) }?,
                r#type: unsafe { <u32 as __k::Wire>::read(form.__f2, origin) }?,
            })
        }
        #[inline]
        unsafe fn overlay(
            form: &__View,
            origin: __k::Origin<'_>,
        ) -> ::core::result::Result<::core::mem::ManuallyDrop<Self>, __k::Malformed> {
            ::core::result::Result::Ok(
                ::core::mem::ManuallyDrop::new({
                    let __f0 = unsafe {
                        <String as __k::Wire>::laid(&form.__f0, origin)
                    }?;
                    let __f1 = unsafe {
                        <Vec<String> as __k::Wire>::laid(&form.__f1, origin)
                    }?;
                    let __f2 = unsafe { <u32 as __k::Wire>::laid(&form.__f2, origin) }?;
                    Self {
                        name: <String as __k::Wire>::part_of(__f0),
                        tags: <Vec<String> as __k::Wire>::part_of(__f1),
                        r#type: <u32 as __k::Wire>::part_of(__f2),
                    }
                }),
            )
        }
        #[inline]
        unsafe fn lift(overlay: Self) {
            let Self { name: __f0, tags: __f1, r#type: __f2 } = overlay;
            let __f0 = unsafe { <String as __k::Wire>::laid_part(__f0) };
            let __f1 = unsafe { <Vec<String> as __k::Wire>::laid_part(__f1) };
            let __f2 = unsafe { <u32 as __k::Wire>::laid_part(__f2) };
        }
        fn pass(&mut self, arena: &mut __k::Arena) -> __View {
            <Self as __k::Wire>::view(self, arena)
        }
        unsafe fn receive(
            arg: __View,
            origin: __k::Origin<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            unsafe { <Self as __k::Wire>::read(arg, origin) }
        }
        #[inline]
        fn give(self) -> __Out {
            let Self { name: __f0, tags: __f1, r#type: __f2 } = self;
            __Out {
                __f0: <String as __k::Wire>::give(__f0),
                __f1: <Vec<String> as __k::Wire>::give(__f1),
                __f2: <u32 as __k::Wire>::give(__f2),
            }
        }
        unsafe fn take(
            form: __Out,
            origin: __k::Origin<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            ::core::result::Result::Ok({
                let __f0 = unsafe { <String as __k::Wire>::take(form.__f0, origin) };
                let __f1 = unsafe {
                    <Vec<String> as __k::Wire>::take(form.__f1, origin)
                };
                let __f2 = unsafe { <u32 as __k::Wire>::take(form.__f2, origin) };
                Self {
                    name: __f0?,
                    tags: __f1?,
                    r#type: __f2?,
                }
            })
        }
        #[inline]
        unsafe fn take_surely(form: __Out, origin: __k::Origin<'_>) -> Self {
            Self {
                name: unsafe { <String as __k::Wire>::take_surely(form.__f0, origin) },
                tags: unsafe {
                    <Vec<String> as __k::Wire>::take_surely(form.__f1, origin)
                },
                r#type: unsafe { <u32 as __k::Wire>::take_surely(form.__f2, origin) },
            }
        }
        fn encode(&self, to: &mut __k::Encoder) {
            let Self { name: __f0, tags: __f1, r#type: __f2 } = self;
            to.structure(3usize);
            to.field("name");
            <String as __k::Wire>::encode(__f0, to);
            to.field("tags");
            <Vec<String> as __k::Wire>::encode(__f1, to);
            to.field("type");
            <u32 as __k::Wire>::encode(__f2, to);
        }
        fn decode(
            __from: &mut __k::Decoder<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            ::core::result::Result::Ok({
                let mut __f0 = ::core::option::Option::<String>::None;
                let mut __f1 = ::core::option::Option::<Vec<String>>::None;
                let mut __f2 = ::core::option::Option::<u32>::None;
                __from
                    .structure(
                        &["name", "tags", "type"],
                        |__from, __place| {
                            match __place {
                                0usize => {
                                    __f0 = ::core::option::Option::Some(
                                        <String as __k::Wire>::decode(__from)?,
                                    );
                                }
                                1usize => {
                                    __f1 = ::core::option::Option::Some(
                                        <Vec<String> as __k::Wire>::decode(__from)?,
                                    );
                                }
                                2usize => {
                                    __f2 = ::core::option::Option::Some(
                                        <u32 as __k::Wire>::decode(__from)?,
                                    );
                                }
                                _ => {}
                            }
                            ::core::result::Result::Ok(())
                        },
                    )?;
                Self {
                    name: match __f0 {
                        ::core::option::Option::Some(__value) => __value,
                        ::core::option::Option::None => {
                            return ::core::result::Result::Err(
                                __k::Malformed::missing("name"),
                            );
                        }
                    },
                    tags: match __f1 {
                        ::core::option::Option::Some(__value) => __value,
                        ::core::option::Option::None => {
                            <Vec<String> as __k::Default>::default()
                        }
                    },
                    r#type: match __f2 {
                        ::core::option::Option::Some(__value) => __value,
                        ::core::option::Option::None => kind(),
                    },
                }
            })
        }
    }
};
