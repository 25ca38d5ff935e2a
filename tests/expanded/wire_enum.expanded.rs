// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! An enum that crosses by value.
#[derive(Clone)]
pub enum Shape {
    Circle(f64),
    Line { from: Point, to: Point },
    Pair(u32, String),
    #[wire(default)]
    Unknown,
}
const _: () = {
    use ::keyway::__private as __k;
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __View0 {
        __f0: <f64 as __k::Wire>::View,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __Out0 {
        __f0: <f64 as __k::Wire>::Out,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __View1 {
        __f0: <Point as __k::Wire>::View,
        __f1: <Point as __k::Wire>::View,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __Out1 {
        __f0: <Point as __k::Wire>::Out,
        __f1: <Point as __k::Wire>::Out,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __View2 {
        __f0: <u32 as __k::Wire>::View,
        __f1: <String as __k::Wire>::View,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __Out2 {
        __f0: <u32 as __k::Wire>::Out,
        __f1: <String as __k::Wire>::Out,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub union __Views {
        none: u8,
        v0: __View0,
        v1: __View1,
        v2: __View2,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __View {
        tag: u32,
        value: __Views,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub union __Outs {
        none: u8,
        v0: __Out0,
        v1: __Out1,
        v2: __Out2,
    }
    #[repr(C)]
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct __Out {
        tag: u32,
        value: __Outs,
    }
    unsafe impl __k::Wire for Shape {
        type View = __View;
        type Arg = __View;
        type Out = __Out;
        extern "C" fn shape() -> *const __k::Type {
            static PARTS: [__k::Part; 4usize] = [
                __k::generated::variant(
                    "Circle",
                    0 | __k::PART_TUPLE,
                    const { &[__k::generated::part("0", <f64 as __k::Wire>::shape, 0)] },
                ),
                __k::generated::variant(
                    "Line",
                    0,
                    const {
                        &[
                            __k::generated::part("from", <Point as __k::Wire>::shape, 0),
                            __k::generated::part("to", <Point as __k::Wire>::shape, 0),
                        ]
                    },
                ),
                __k::generated::variant(
                    "Pair",
                    0 | __k::PART_TUPLE,
                    const {
                        &[
                            __k::generated::part("0", <u32 as __k::Wire>::shape, 0),
                            __k::generated::part("1", <String as __k::Wire>::shape, 0),
                        ]
                    },
                ),
                __k::generated::variant("Unknown", 0 | __k::PART_DEFAULT, const { &[] }),
            ];
            static SHAPE: __k::Type = __k::generated::named_type(
                __k::kind::ENUM,
                "Shape",
                &PARTS,
            );
            &SHAPE
        }
        fn view(&self, arena: &mut __k::Arena) -> __View {
            match self {
                Self::Circle { 0: __f0 } => {
                    __View {
                        tag: 0u32,
                        value: __Views {
                            v0: __View0 {
                                __f0: <f64 as __k::Wire>::view(__f0, arena),
                            },
                        },
                    }
                }
                Self::Line { from: __f0, to: __f1 } => {
                    __View {
                        tag: 1u32,
                        value: __Views {
                            v1: __View1 {
                                __f0: <Point as __k::Wire>::view(__f0, arena),
                                __f1: <Point as __k::Wire>::view(__f1, arena),
                            },
                        },
                    }
                }
                Self::Pair { 0: __f0, 1: __f1 } => {
                    __View {
                        tag: 2u32,
                        value: __Views {
                            v2: __View2 {
                                __f0: <u32 as __k::Wire>::view(__f0, arena),
                                __f1: <String as __k::Wire>::view(__f1, arena),
                            },
                        },
                    }
                }
                Self::Unknown {} => {
                    __View {
                        tag: 3u32,
                        value: __Views { none: 0 },
                    }
                }
            }
        }
        unsafe fn read(
            form: __View,
            origin: __k::Origin<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            ::core::result::Result::Ok(
                match form.tag {
                    0u32 => {
                        let form = unsafe { form.value.v0 };
                        Self::Circle {
                            0: unsafe { <f64 as __k::Wire>::read(form.__f0, origin) }?,
                        }
                    }
                    1u32 => {
                        let form = unsafe { form.value.v1 };
                        Self::Line {
                            from: unsafe {
                                <Point as __k::Wire>::read(form.__f0, origin)
                            }?,
                            to: unsafe { <Point as __k::Wire>::read(form.__f1, origin) }?,
                        }
                    }
                    2u32 => {
                        let form = unsafe { form.value.v2 };
                        Self::Pair {
                            0: unsafe { <u32 as __k::Wire>::read(form.__f0, origin) }?,
                            1: unsafe { <String as __k::Wire>::read(form.__f1, origin) }?,
                        }
                    }
                    3u32 => Self::Unknown {},
                    tag => {
                        return ::core::result::Result::Err(
                            __k::Malformed::tag("Shape", tag),
                        );
                    }
                },
            )
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
        fn give(self) -> __Out {
            match self {
                Self::Circle { 0: __f0 } => {
                    __Out {
                        tag: 0u32,
                        value: __Outs {
                            v0: __Out0 {
                                __f0: <f64 as __k::Wire>::give(__f0),
                            },
                        },
                    }
                }
                Self::Line { from: __f0, to: __f1 } => {
                    __Out {
                        tag: 1u32,
                        value: __Outs {
                            v1: __Out1 {
                                __f0: <Point as __k::Wire>::give(__f0),
                                __f1: <Point as __k::Wire>::give(__f1),
                            },
                        },
                    }
                }
                Self::Pair { 0: __f0, 1: __f1 } => {
                    __Out {
                        tag: 2u32,
                        value: __Outs {
                            v2: __Out2 {
                                __f0: <u32 as __k::Wire>::give(__f0),
                                __f1: <String as __k::Wire>::give(__f1),
                            },
                        },
                    }
                }
                Self::Unknown {} => {
                    __Out {
                        tag: 3u32,
                        value: __Outs { none: 0 },
                    }
                }
            }
        }
        unsafe fn take(
            form: __Out,
            origin: __k::Origin<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            ::core::result::Result::Ok(
                match form.tag {
                    0u32 => {
                        let form = unsafe { form.value.v0 };
                        {
                            let __f0 = unsafe {
                                <f64 as __k::Wire>::take(form.__f0, origin)
                            };
                            Self::Circle { 0: __f0? }
                        }
                    }
                    1u32 => {
                        let form = unsafe { form.value.v1 };
                        {
                            let __f0 = unsafe {
                                <Point as __k::Wire>::take(form.__f0, origin)
                            };
                            let __f1 = unsafe {
                                <Point as __k::Wire>::take(form.__f1, origin)
                            };
                            Self::Line {
                                from: __f0?,
                                to: __f1?,
                            }
                        }
                    }
                    2u32 => {
                        let form = unsafe { form.value.v2 };
                        {
                            let __f0 = unsafe {
                                <u32 as __k::Wire>::take(form.__f0, origin)
                            };
                            let __f1 = unsafe {
                                <String as __k::Wire>::take(form.__f1, origin)
                            };
                            Self::Pair { 0: __f0?, 1: __f1? }
                        }
                    }
                    3u32 => Self::Unknown {},
                    tag => {
                        return ::core::result::Result::Err(
                            __k::Malformed::tag("Shape", tag),
                        );
                    }
                },
            )
        }
        fn encode(&self, to: &mut __k::Encoder) {
            match self {
                Self::Circle { 0: __f0 } => {
                    to.variant(0u32, "Circle");
                    <f64 as __k::Wire>::encode(__f0, to);
                }
                Self::Line { from: __f0, to: __f1 } => {
                    to.variant(1u32, "Line");
                    to.structure(2usize);
                    to.field("from");
                    <Point as __k::Wire>::encode(__f0, to);
                    to.field("to");
                    <Point as __k::Wire>::encode(__f1, to);
                }
                Self::Pair { 0: __f0, 1: __f1 } => {
                    to.variant(2u32, "Pair");
                    to.tuple(2usize);
                    <u32 as __k::Wire>::encode(__f0, to);
                    <String as __k::Wire>::encode(__f1, to);
                }
                Self::Unknown {} => {
                    to.unit_variant(3u32, "Unknown");
                }
            }
        }
        fn decode(
            __from: &mut __k::Decoder<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            ::core::result::Result::Ok(
                match __from.variant()? {
                    __k::Tag::Index(0u32) | __k::Tag::Valued("Circle") => {
                        Self::Circle {
                            0: __from.within("0", <f64 as __k::Wire>::decode)?,
                        }
                    }
                    __k::Tag::Index(1u32) | __k::Tag::Valued("Line") => {
                        let mut __f0 = ::core::option::Option::<Point>::None;
                        let mut __f1 = ::core::option::Option::<Point>::None;
                        __from
                            .structure(
                                &["from", "to"],
                                |__from, __place| {
                                    match __place {
                                        0usize => {
                                            __f0 = ::core::option::Option::Some(
                                                <Point as __k::Wire>::decode(__from)?,
                                            );
                                        }
                                        1usize => {
                                            __f1 = ::core::option::Option::Some(
                                                <Point as __k::Wire>::decode(__from)?,
                                            );
                                        }
                                        _ => {}
                                    }
                                    ::core::result::Result::Ok(())
                                },
                            )?;
                        Self::Line {
                            from: match __f0 {
                                ::core::option::Option::Some(__value) => __value,
                                ::core::option::Option::None => {
                                    return ::core::result::Result::Err(
                                        __k::Malformed::missing("from"),
                                    );
                                }
                            },
                            to: match __f1 {
                                ::core::option::Option::Some(__value) => __value,
                                ::core::option::Option::None => {
                                    return ::core::result::Result::Err(
                                        __k::Malformed::missing("to"),
                                    );
                                }
                            },
                        }
                    }
                    __k::Tag::Index(2u32) | __k::Tag::Valued("Pair") => {
                        __from.tuple(2usize)?;
                        Self::Pair {
                            0: __from.within("0", <u32 as __k::Wire>::decode)?,
                            1: __from.within("1", <String as __k::Wire>::decode)?,
                        }
                    }
                    __k::Tag::Index(3u32) | __k::Tag::Unit("Unknown") => Self::Unknown {},
                    __k::Tag::Unit(_) => Self::Unknown,
                    __k::Tag::Valued(_) => {
                        __from.skip()?;
                        Self::Unknown
                    }
                    __k::Tag::Index(tag) => {
                        return ::core::result::Result::Err(
                            __k::Malformed::tag("Shape", tag),
                        );
                    }
                },
            )
        }
    }
};
