// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! A struct that crosses as it lies in memory.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}
const _: () = {
    use ::keyway::__private as __k;
    const _: () = {
        __k::generated::assert_plain::<f64>();
        __k::generated::assert_plain::<f64>();
    };
    unsafe impl __k::Wire for Point {
        ::keyway::__by_value!();
        extern "C" fn shape() -> *const __k::Type {
            static PARTS: [__k::Part; 2usize] = [
                __k::generated::part("x", <f64 as __k::Wire>::shape, 0),
                __k::generated::part("y", <f64 as __k::Wire>::shape, 0),
            ];
            static SHAPE: __k::Type = __k::generated::named_type(
                __k::kind::PLAIN,
                "Point",
                &PARTS,
            );
            &SHAPE
        }
        fn encode(&self, to: &mut __k::Encoder) {
            let Self { x: __f0, y: __f1 } = self;
            to.structure(2usize);
            to.field("x");
            <f64 as __k::Wire>::encode(__f0, to);
            to.field("y");
            <f64 as __k::Wire>::encode(__f1, to);
        }
        fn decode(
            __from: &mut __k::Decoder<'_>,
        ) -> ::core::result::Result<Self, __k::Malformed> {
            ::core::result::Result::Ok({
                let mut __f0 = ::core::option::Option::<f64>::None;
                let mut __f1 = ::core::option::Option::<f64>::None;
                __from
                    .structure(
                        &["x", "y"],
                        |__from, __place| {
                            match __place {
                                0usize => {
                                    __f0 = ::core::option::Option::Some(
                                        <f64 as __k::Wire>::decode(__from)?,
                                    );
                                }
                                1usize => {
                                    __f1 = ::core::option::Option::Some(
                                        <f64 as __k::Wire>::decode(__from)?,
                                    );
                                }
                                _ => {}
                            }
                            ::core::result::Result::Ok(())
                        },
                    )?;
                Self {
                    x: match __f0 {
                        ::core::option::Option::Some(__value) => __value,
                        ::core::option::Option::None => {
                            return ::core::result::Result::Err(
                                __k::Malformed::missing("x"),
                            );
                        }
                    },
                    y: match __f1 {
                        ::core::option::Option::Some(__value) => __value,
                        ::core::option::Option::None => {
                            return ::core::result::Result::Err(
                                __k::Malformed::missing("y"),
                            );
                        }
                    },
                }
            })
        }
    }
    unsafe impl __k::Plain for Point {}
};
