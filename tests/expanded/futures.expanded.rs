// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! An interface with async methods: at once and later, with and without a body, arguments of every way.
pub trait Fetch: Send + Sync {
    fn name(&self) -> String;
    fn size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64>;
    fn fetch<'__call>(
        &'__call self,
        url: &'__call str,
        rules: &'__call Rules,
        by: &'__call dyn Visitor,
        body: Bytes,
    ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>>;
    fn twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
        ::keyway::__private::boxed::<
            u64,
            _,
        >(async move {
            if let ::core::option::Option::Some(__value) = ::core::option::Option::None::<
                u64,
            > {
                return __value;
            }
            let mut n = n;
            {
                n = self.size(n).await;
                self.size(n).await
            }
        })
    }
}
const _: () = {
    use ::keyway::__private as __k;
    static __METHODS: [__k::Method; 4usize] = [
        __k::generated::method(
            "name",
            "fn name(&self) -> String",
            0,
            const { &[] },
            <String as __k::Wire>::shape,
        ),
        __k::generated::method(
            "size",
            "async fn size(&self, n: u64) -> u64",
            0,
            const { &[__k::generated::part("n", <u64 as __k::Wire>::shape, 0)] },
            {
                extern "C" fn shape() -> *const __k::Type {
                    static SHAPE: __k::Type = __k::generated::future_type(
                        <u64 as __k::Wire>::shape,
                    );
                    &SHAPE
                }
                shape
            },
        ),
        __k::generated::method(
            "fetch",
            "async fn fetch(&self, url: &str, rules: &Rules, by: &dyn Visitor, body: Bytes) -> Result<String, Oops>",
            0,
            const {
                &[
                    __k::generated::part("url", __k::generated::str_shape, 0),
                    __k::generated::part(
                        "rules",
                        <Rules as __k::Wire>::shape,
                        __k::PART_LENT,
                    ),
                    __k::generated::part(
                        "by",
                        {
                            extern "C" fn shape() -> *const __k::Type {
                                static SHAPE: __k::Type = __k::generated::lent_type(
                                    <dyn Visitor as __k::Interface>::descriptor,
                                );
                                &SHAPE
                            }
                            shape
                        },
                        0,
                    ),
                    __k::generated::part("body", <Bytes as __k::Wire>::shape, 0),
                ]
            },
            {
                extern "C" fn shape() -> *const __k::Type {
                    static SHAPE: __k::Type = __k::generated::future_type({
                        extern "C" fn shape() -> *const __k::Type {
                            static SHAPE: __k::Type = __k::generated::result_type(
                                <String as __k::Wire>::shape,
                                <Oops as __k::Wire>::shape,
                            );
                            &SHAPE
                        }
                        shape
                    });
                    &SHAPE
                }
                shape
            },
        ),
        __k::generated::method(
            "twice",
            "async fn twice(&self, mut n: u64) -> u64",
            __k::METHOD_HAS_BODY,
            const { &[__k::generated::part("n", <u64 as __k::Wire>::shape, 0)] },
            {
                extern "C" fn shape() -> *const __k::Type {
                    static SHAPE: __k::Type = __k::generated::future_type(
                        <u64 as __k::Wire>::shape,
                    );
                    &SHAPE
                }
                shape
            },
        ),
    ];
    static __DESCRIPTOR: __k::Descriptor = __k::generated::descriptor(
        "net/fetch",
        "1.0.0",
        &__METHODS,
    );
    unsafe extern "C" fn __shim_name<__T: Fetch>(
        __data: *const ::core::ffi::c_void,
    ) -> __k::Reply<<String as __k::Wire>::Out> {
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __value = <__T as Fetch>::name(__this);
            __slot.write(__k::Reply::done(<String as __k::Wire>::give(__value)))
        })
    }
    unsafe extern "C" fn __shim_size<__T: Fetch>(
        __data: *const ::core::ffi::c_void,
        __a0: <u64 as __k::Wire>::Arg,
    ) -> __k::Reply<__k::FutureRaw> {
        struct __Given;
        impl __k::Gives for __Given {
            type Value = u64;
            type Out = <u64 as __k::Wire>::Out;
            fn give(__value: u64) -> __k::Reply<<u64 as __k::Wire>::Out> {
                __k::Reply::done(<u64 as __k::Wire>::give(__value))
            }
        }
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe { <u64 as __k::Wire>::receive(__a0, __k::Origin::CALLER) };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("n", malformed));
                }
            };
            let __future = <__T as Fetch>::size(__this, __a0);
            __slot.write(__k::Reply::done(__k::give_future::<__Given>(__future)))
        })
    }
    unsafe extern "C" fn __shim_fetch<__T: Fetch>(
        __data: *const ::core::ffi::c_void,
        __a0: __k::Str,
        __a1: *const <Rules as __k::Wire>::View,
        __a2: __k::Object,
        __a3: <Bytes as __k::Wire>::Arg,
    ) -> __k::Reply<__k::FutureRaw> {
        struct __Given;
        impl __k::Gives for __Given {
            type Value = Result<String, Oops>;
            type Out = __k::Either<<String as __k::Wire>::Out, <Oops as __k::Wire>::Out>;
            fn give(
                __value: Result<String, Oops>,
            ) -> __k::Reply<
                __k::Either<<String as __k::Wire>::Out, <Oops as __k::Wire>::Out>,
            > {
                match __value {
                    ::core::result::Result::Ok(__value) => {
                        __k::Reply::done(__k::Either {
                            done: <String as __k::Wire>::give(__value),
                        })
                    }
                    ::core::result::Result::Err(__error) => {
                        __k::Reply::refused(__k::Either {
                            refused: <Oops as __k::Wire>::give(__error),
                        })
                    }
                }
            }
        }
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe { __k::generated::str_argument(__a0) };
            let __a1 = unsafe {
                <Rules as __k::Wire>::laid(&*__a1, __k::Origin::CALLER)
            };
            let __a2 = unsafe { <dyn Visitor as __k::Interface>::borrow(__a2) };
            let __a3 = unsafe {
                <Bytes as __k::Wire>::receive(__a3, __k::Origin::CALLER)
            };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("url", malformed));
                }
            };
            let __a1 = match __a1 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("rules", malformed));
                }
            };
            let __a2 = match __a2 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("by", malformed));
                }
            };
            let __a3 = match __a3 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("body", malformed));
                }
            };
            let __future = __k::boxed::<
                Result<String, Oops>,
                _,
            >(async move {
                <__T as Fetch>::fetch(
                        __this,
                        __a0,
                        <Rules as __k::Wire>::look(&__a1),
                        <dyn Visitor as __k::Interface>::as_dyn(&__a2),
                        __a3,
                    )
                    .await
            });
            __slot.write(__k::Reply::done(__k::give_future::<__Given>(__future)))
        })
    }
    unsafe extern "C" fn __shim_twice<__T: Fetch>(
        __data: *const ::core::ffi::c_void,
        __a0: <u64 as __k::Wire>::Arg,
    ) -> __k::Reply<__k::FutureRaw> {
        struct __Given;
        impl __k::Gives for __Given {
            type Value = u64;
            type Out = <u64 as __k::Wire>::Out;
            fn give(__value: u64) -> __k::Reply<<u64 as __k::Wire>::Out> {
                __k::Reply::done(<u64 as __k::Wire>::give(__value))
            }
        }
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe { <u64 as __k::Wire>::receive(__a0, __k::Origin::CALLER) };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("n", malformed));
                }
            };
            let __future = <__T as Fetch>::twice(__this, __a0);
            __slot.write(__k::Reply::done(__k::give_future::<__Given>(__future)))
        })
    }
    pub struct __Guest;
    impl __Guest {
        /// The functions of the table, for a type.
        pub const fn methods<__T: Fetch>() -> [__k::RawFn; 4usize] {
            [
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                        ) -> __k::Reply<<String as __k::Wire>::Out>,
                        __k::RawFn,
                    >(__shim_name::<__T>)
                },
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            <u64 as __k::Wire>::Arg,
                        ) -> __k::Reply<__k::FutureRaw>,
                        __k::RawFn,
                    >(__shim_size::<__T>)
                },
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            __k::Str,
                            *const <Rules as __k::Wire>::View,
                            __k::Object,
                            <Bytes as __k::Wire>::Arg,
                        ) -> __k::Reply<__k::FutureRaw>,
                        __k::RawFn,
                    >(__shim_fetch::<__T>)
                },
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            <u64 as __k::Wire>::Arg,
                        ) -> __k::Reply<__k::FutureRaw>,
                        __k::RawFn,
                    >(__shim_twice::<__T>)
                },
            ]
        }
        /// The functions of the table that take messages, for a type.
        pub const fn by_name<__T: Fetch>() -> (
            __k::Dispatch,
            ::core::option::Option<__k::Begin>,
        ) {
            (Self::dispatch::<__T>, ::core::option::Option::Some(Self::begin::<__T>))
        }
        /// # Safety
        /// As `keyway::abi::Table::dispatch`.
        pub unsafe extern "C" fn dispatch<__T: Fetch>(
            data: *const ::core::ffi::c_void,
            method: u32,
            format: u32,
            arguments: __k::Slice<u8>,
            objects: __k::Slice<__k::Object>,
        ) -> __k::Reply<__k::Message> {
            unsafe {
                __k::serve(
                    format,
                    arguments,
                    objects,
                    |__from, __to| {
                        let __this = &*data.cast::<__T>();
                        match method {
                            0u32 => {
                                __from.tuple(0usize)?;
                                __from.finish()?;
                                let __value = <__T as Fetch>::name(__this);
                                <String as __k::Wire>::encode(&__value, __to);
                                ::core::result::Result::Ok(__k::Answered::Value)
                            }
                            other => {
                                ::core::result::Result::Err(
                                    __k::Malformed::new(
                                        ::std::format!("there is no method number {other}"),
                                    ),
                                )
                            }
                        }
                    },
                )
            }
        }
        /// # Safety
        /// As `keyway::abi::Table::begin`.
        pub unsafe extern "C" fn begin<__T: Fetch>(
            data: *const ::core::ffi::c_void,
            method: u32,
            format: u32,
            arguments: __k::Slice<u8>,
            objects: __k::Slice<__k::Object>,
        ) -> __k::Reply<__k::FutureRaw> {
            unsafe {
                __k::serve_later(
                    format,
                    arguments,
                    objects,
                    |__from, __format| {
                        let __this = &*data.cast::<__T>();
                        match method {
                            1u32 => {
                                __from.tuple(1usize)?;
                                let __a0 = __from.within("n", <u64 as __k::Wire>::decode)?;
                                __from.finish()?;
                                ::core::result::Result::Ok(
                                    __k::boxed::<
                                        __k::Reply<__k::Message>,
                                        _,
                                    >(async move {
                                        let __value = <__T as Fetch>::size(__this, __a0).await;
                                        __k::sent(
                                            __format,
                                            |__to| {
                                                <u64 as __k::Wire>::encode(&__value, __to);
                                                ::core::result::Result::Ok(__k::Answered::Value)
                                            },
                                        )
                                    }),
                                )
                            }
                            2u32 => {
                                __from.tuple(4usize)?;
                                let __a0 = __from.within("url", |from| from.str())?;
                                let __a1 = __from
                                    .within("rules", <Rules as __k::Wire>::decode)?;
                                let __a2 = __from
                                    .within(
                                        "by",
                                        |from| <dyn Visitor as __k::Interface>::borrow(
                                            from.object()?,
                                        ),
                                    )?;
                                let __a3 = __from
                                    .within("body", <Bytes as __k::Wire>::decode)?;
                                __from.finish()?;
                                ::core::result::Result::Ok(
                                    __k::boxed::<
                                        __k::Reply<__k::Message>,
                                        _,
                                    >(async move {
                                        let __value = <__T as Fetch>::fetch(
                                                __this,
                                                __a0,
                                                &__a1,
                                                <dyn Visitor as __k::Interface>::as_dyn(&__a2),
                                                __a3,
                                            )
                                            .await;
                                        __k::sent(
                                            __format,
                                            |__to| {
                                                match __value {
                                                    ::core::result::Result::Ok(__value) => {
                                                        <String as __k::Wire>::encode(&__value, __to);
                                                        ::core::result::Result::Ok(__k::Answered::Value)
                                                    }
                                                    ::core::result::Result::Err(__error) => {
                                                        <Oops as __k::Wire>::encode(&__error, __to);
                                                        ::core::result::Result::Ok(__k::Answered::Error)
                                                    }
                                                }
                                            },
                                        )
                                    }),
                                )
                            }
                            3u32 => {
                                __from.tuple(1usize)?;
                                let __a0 = __from.within("n", <u64 as __k::Wire>::decode)?;
                                __from.finish()?;
                                ::core::result::Result::Ok(
                                    __k::boxed::<
                                        __k::Reply<__k::Message>,
                                        _,
                                    >(async move {
                                        let __value = <__T as Fetch>::twice(__this, __a0).await;
                                        __k::sent(
                                            __format,
                                            |__to| {
                                                <u64 as __k::Wire>::encode(&__value, __to);
                                                ::core::result::Result::Ok(__k::Answered::Value)
                                            },
                                        )
                                    }),
                                )
                            }
                            other => {
                                ::core::result::Result::Err(
                                    __k::Malformed::new(
                                        ::std::format!("there is no async method number {other}"),
                                    ),
                                )
                            }
                        }
                    },
                )
            }
        }
    }
    /// The trait's own bodies under names that nobody overrides.
    trait __Bodies: Fetch {
        fn __body_twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            ::keyway::__private::boxed::<
                u64,
                _,
            >(async move {
                if let ::core::option::Option::Some(__value) = ::core::option::Option::None::<
                    u64,
                > {
                    return __value;
                }
                let mut n = n;
                {
                    n = self.size(n).await;
                    self.size(n).await
                }
            })
        }
    }
    impl<__T: Fetch + ?::core::marker::Sized> __Bodies for __T {}
    pub struct __Proxy {
        remote: __k::Remote,
    }
    impl Fetch for __Proxy {
        #[inline]
        fn name(&self) -> String {
            let ::core::option::Option::Some(__function) = self.remote.typed(0usize)
            else {
                return self.slow_name();
            };
            let __reply = unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(
                        *const ::core::ffi::c_void,
                    ) -> __k::Reply<<String as __k::Wire>::Out>,
                >(__function);
                __function(self.remote.data())
            };
            match __reply.status {
                __k::Status::DONE => {
                    if self.remote.surely::<String>() {
                        return unsafe {
                            <String as __k::Wire>::take_surely(
                                __reply.value.assume_init(),
                                self.remote.origin(),
                            )
                        };
                    }
                    match unsafe {
                        <String as __k::Wire>::take(
                            __reply.value.assume_init(),
                            self.remote.origin(),
                        )
                    } {
                        ::core::result::Result::Ok(__value) => __value,
                        ::core::result::Result::Err(__malformed) => {
                            let __fault = self.remote.blame(__malformed);
                            __fault.raise()
                        }
                    }
                }
                __status => self.remote.raise(__status),
            }
        }
        #[inline]
        fn size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            let ::core::option::Option::Some(__function) = self.remote.typed(1usize)
            else {
                return self.slow_size(n);
            };
            __k::boxed::<
                u64,
                _,
            >(async move {
                let __begun = {
                    let mut __arena = __k::Arena::new();
                    let mut n = n;
                    let __a0 = <u64 as __k::Wire>::pass(&mut n, &mut __arena);
                    unsafe {
                        let __function = ::core::mem::transmute::<
                            __k::RawFn,
                            unsafe extern "C" fn(
                                *const ::core::ffi::c_void,
                                <u64 as __k::Wire>::Arg,
                            ) -> __k::Reply<__k::FutureRaw>,
                        >(__function);
                        self.remote
                            .begun::<
                                <u64 as __k::Wire>::Out,
                            >(__function(self.remote.data(), __a0))
                    }
                };
                let __reply = match __begun {
                    ::core::result::Result::Ok(__future) => __future.await,
                    ::core::result::Result::Err(__fault) => __fault.raise(),
                };
                match __reply.status {
                    __k::Status::DONE => {
                        if self.remote.surely::<u64>() {
                            return unsafe {
                                <u64 as __k::Wire>::take_surely(
                                    __reply.value.assume_init(),
                                    self.remote.origin(),
                                )
                            };
                        }
                        match unsafe {
                            <u64 as __k::Wire>::take(
                                __reply.value.assume_init(),
                                self.remote.origin(),
                            )
                        } {
                            ::core::result::Result::Ok(__value) => __value,
                            ::core::result::Result::Err(__malformed) => {
                                let __fault = self.remote.blame(__malformed);
                                __fault.raise()
                            }
                        }
                    }
                    __status => self.remote.raise(__status),
                }
            })
        }
        #[inline]
        fn fetch<'__call>(
            &'__call self,
            url: &'__call str,
            rules: &'__call Rules,
            by: &'__call dyn Visitor,
            body: Bytes,
        ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>> {
            let ::core::option::Option::Some(__function) = self.remote.typed(2usize)
            else {
                return self.slow_fetch(url, rules, by, body);
            };
            __k::boxed::<
                Result<String, Oops>,
                _,
            >(async move {
                let mut __views = __k::Arena::new();
                let __lent_rules = __k::Parked(
                    <Rules as __k::Wire>::view(rules, &mut __views),
                );
                let __lent_by = unsafe {
                    __k::Lent::<
                        dyn Visitor,
                    >::new(
                        ::core::mem::transmute::<&dyn Visitor, &'static dyn Visitor>(by),
                    )
                };
                let __begun = {
                    let mut __arena = __k::Arena::new();
                    let __a0 = __k::Str::new(url);
                    let __a1 = &raw const __lent_rules.0;
                    let __a2 = __lent_by.object(<dyn Visitor as __k::Interface>::lent());
                    let mut body = body;
                    let __a3 = <Bytes as __k::Wire>::pass(&mut body, &mut __arena);
                    unsafe {
                        let __function = ::core::mem::transmute::<
                            __k::RawFn,
                            unsafe extern "C" fn(
                                *const ::core::ffi::c_void,
                                __k::Str,
                                *const <Rules as __k::Wire>::View,
                                __k::Object,
                                <Bytes as __k::Wire>::Arg,
                            ) -> __k::Reply<__k::FutureRaw>,
                        >(__function);
                        self.remote
                            .begun::<
                                __k::Either<
                                    <String as __k::Wire>::Out,
                                    <Oops as __k::Wire>::Out,
                                >,
                            >(__function(self.remote.data(), __a0, __a1, __a2, __a3))
                    }
                };
                let __reply = match __begun {
                    ::core::result::Result::Ok(__future) => __future.await,
                    ::core::result::Result::Err(__fault) => {
                        return ::core::result::Result::Err(
                            <Oops as __k::Receives>::receive(__fault),
                        );
                    }
                };
                match __reply.status {
                    __k::Status::DONE => {
                        if self.remote.surely::<String>() {
                            return unsafe {
                                ::core::result::Result::Ok(
                                    <String as __k::Wire>::take_surely(
                                        __reply.value.assume_init().done,
                                        self.remote.origin(),
                                    ),
                                )
                            };
                        }
                        match unsafe {
                            <String as __k::Wire>::take(
                                __reply.value.assume_init().done,
                                self.remote.origin(),
                            )
                        } {
                            ::core::result::Result::Ok(__value) => {
                                ::core::result::Result::Ok(__value)
                            }
                            ::core::result::Result::Err(__malformed) => {
                                let __fault = self.remote.blame(__malformed);
                                return ::core::result::Result::Err(
                                    <Oops as __k::Receives>::receive(__fault),
                                );
                            }
                        }
                    }
                    __k::Status::REFUSED => {
                        match unsafe {
                            <Oops as __k::Wire>::take(
                                __reply.value.assume_init().refused,
                                self.remote.origin(),
                            )
                        } {
                            ::core::result::Result::Ok(__value) => {
                                ::core::result::Result::Err(__value)
                            }
                            ::core::result::Result::Err(__malformed) => {
                                let __fault = self.remote.blame(__malformed);
                                return ::core::result::Result::Err(
                                    <Oops as __k::Receives>::receive(__fault),
                                );
                            }
                        }
                    }
                    __status => {
                        let __fault = self.remote.fault(__status);
                        return ::core::result::Result::Err(
                            <Oops as __k::Receives>::receive(__fault),
                        );
                    }
                }
            })
        }
        #[inline]
        fn twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            let ::core::option::Option::Some(__function) = self.remote.typed(3usize)
            else {
                return self.slow_twice(n);
            };
            __k::boxed::<
                u64,
                _,
            >(async move {
                let __begun = {
                    let mut __arena = __k::Arena::new();
                    let mut n = n;
                    let __a0 = <u64 as __k::Wire>::pass(&mut n, &mut __arena);
                    unsafe {
                        let __function = ::core::mem::transmute::<
                            __k::RawFn,
                            unsafe extern "C" fn(
                                *const ::core::ffi::c_void,
                                <u64 as __k::Wire>::Arg,
                            ) -> __k::Reply<__k::FutureRaw>,
                        >(__function);
                        self.remote
                            .begun::<
                                <u64 as __k::Wire>::Out,
                            >(__function(self.remote.data(), __a0))
                    }
                };
                let __reply = match __begun {
                    ::core::result::Result::Ok(__future) => __future.await,
                    ::core::result::Result::Err(__fault) => __fault.raise(),
                };
                match __reply.status {
                    __k::Status::DONE => {
                        if self.remote.surely::<u64>() {
                            return unsafe {
                                <u64 as __k::Wire>::take_surely(
                                    __reply.value.assume_init(),
                                    self.remote.origin(),
                                )
                            };
                        }
                        match unsafe {
                            <u64 as __k::Wire>::take(
                                __reply.value.assume_init(),
                                self.remote.origin(),
                            )
                        } {
                            ::core::result::Result::Ok(__value) => __value,
                            ::core::result::Result::Err(__malformed) => {
                                let __fault = self.remote.blame(__malformed);
                                __fault.raise()
                            }
                        }
                    }
                    __status => self.remote.raise(__status),
                }
            })
        }
    }
    impl __Proxy {
        #[cold]
        #[inline(never)]
        fn slow_name(&self) -> String {
            let __answer = match self
                .remote
                .message(
                    0usize,
                    |__to| {
                        __to.tuple(0usize);
                    },
                )
            {
                ::core::result::Result::Ok(answer) => answer,
                ::core::result::Result::Err(__fault) => __fault.raise(),
            };
            match __answer.decode(<String as __k::Wire>::decode) {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__malformed) => {
                    let __fault = self.remote.blame(__malformed);
                    __fault.raise()
                }
            }
        }
        #[cold]
        #[inline(never)]
        fn slow_size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            __k::boxed::<
                u64,
                _,
            >(async move {
                let __later = self
                    .remote
                    .begin(
                        1usize,
                        |__to| {
                            __to.tuple(1usize);
                            <u64 as __k::Wire>::encode(&n, __to);
                        },
                    );
                let __answer = match __later {
                    ::core::result::Result::Ok(__later) => __later.await,
                    ::core::result::Result::Err(__fault) => {
                        ::core::result::Result::Err(__fault)
                    }
                };
                let __answer = match __answer {
                    ::core::result::Result::Ok(answer) => answer,
                    ::core::result::Result::Err(__fault) => __fault.raise(),
                };
                match __answer.decode(<u64 as __k::Wire>::decode) {
                    ::core::result::Result::Ok(__value) => __value,
                    ::core::result::Result::Err(__malformed) => {
                        let __fault = self.remote.blame(__malformed);
                        __fault.raise()
                    }
                }
            })
        }
        #[cold]
        #[inline(never)]
        fn slow_fetch<'__call>(
            &'__call self,
            url: &'__call str,
            rules: &'__call Rules,
            by: &'__call dyn Visitor,
            body: Bytes,
        ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>> {
            __k::boxed::<
                Result<String, Oops>,
                _,
            >(async move {
                let __lent_by = unsafe {
                    __k::Lent::<
                        dyn Visitor,
                    >::new(
                        ::core::mem::transmute::<&dyn Visitor, &'static dyn Visitor>(by),
                    )
                };
                let by = __lent_by.object(<dyn Visitor as __k::Interface>::lent());
                let __later = self
                    .remote
                    .begin(
                        2usize,
                        |__to| {
                            __to.tuple(4usize);
                            __to.str(url);
                            <Rules as __k::Wire>::encode(rules, __to);
                            __to.object(by);
                            <Bytes as __k::Wire>::encode(&body, __to);
                        },
                    );
                let __answer = match __later {
                    ::core::result::Result::Ok(__later) => __later.await,
                    ::core::result::Result::Err(__fault) => {
                        ::core::result::Result::Err(__fault)
                    }
                };
                let __answer = match __answer {
                    ::core::result::Result::Ok(answer) => answer,
                    ::core::result::Result::Err(__fault) => {
                        return ::core::result::Result::Err(
                            <Oops as __k::Receives>::receive(__fault),
                        );
                    }
                };
                if __answer.refused {
                    match __answer.decode(<Oops as __k::Wire>::decode) {
                        ::core::result::Result::Ok(__value) => {
                            ::core::result::Result::Err(__value)
                        }
                        ::core::result::Result::Err(__malformed) => {
                            let __fault = self.remote.blame(__malformed);
                            return ::core::result::Result::Err(
                                <Oops as __k::Receives>::receive(__fault),
                            );
                        }
                    }
                } else {
                    match __answer.decode(<String as __k::Wire>::decode) {
                        ::core::result::Result::Ok(__value) => {
                            ::core::result::Result::Ok(__value)
                        }
                        ::core::result::Result::Err(__malformed) => {
                            let __fault = self.remote.blame(__malformed);
                            return ::core::result::Result::Err(
                                <Oops as __k::Receives>::receive(__fault),
                            );
                        }
                    }
                }
            })
        }
        #[cold]
        #[inline(never)]
        fn slow_twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            if self.remote.lacks(3usize) {
                return <Self as __Bodies>::__body_twice(self, n);
            }
            __k::boxed::<
                u64,
                _,
            >(async move {
                let __later = self
                    .remote
                    .begin(
                        3usize,
                        |__to| {
                            __to.tuple(1usize);
                            <u64 as __k::Wire>::encode(&n, __to);
                        },
                    );
                let __answer = match __later {
                    ::core::result::Result::Ok(__later) => __later.await,
                    ::core::result::Result::Err(__fault) => {
                        ::core::result::Result::Err(__fault)
                    }
                };
                let __answer = match __answer {
                    ::core::result::Result::Ok(answer) => answer,
                    ::core::result::Result::Err(__fault) => __fault.raise(),
                };
                match __answer.decode(<u64 as __k::Wire>::decode) {
                    ::core::result::Result::Ok(__value) => __value,
                    ::core::result::Result::Err(__malformed) => {
                        let __fault = self.remote.blame(__malformed);
                        __fault.raise()
                    }
                }
            })
        }
    }
    #[doc(hidden)]
    impl Fetch for __k::Shared<dyn Fetch> {
        #[inline]
        fn name(&self) -> String {
            <dyn Fetch as Fetch>::name(&*self.0)
        }
        #[inline]
        fn size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            <dyn Fetch as Fetch>::size(&*self.0, n)
        }
        #[inline]
        fn fetch<'__call>(
            &'__call self,
            url: &'__call str,
            rules: &'__call Rules,
            by: &'__call dyn Visitor,
            body: Bytes,
        ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>> {
            <dyn Fetch as Fetch>::fetch(&*self.0, url, rules, by, body)
        }
        #[inline]
        fn twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            <dyn Fetch as Fetch>::twice(&*self.0, n)
        }
    }
    #[doc(hidden)]
    impl Fetch for __k::Lent<dyn Fetch> {
        #[inline]
        fn name(&self) -> String {
            <dyn Fetch as Fetch>::name(self.get())
        }
        #[inline]
        fn size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            <dyn Fetch as Fetch>::size(self.get(), n)
        }
        #[inline]
        fn fetch<'__call>(
            &'__call self,
            url: &'__call str,
            rules: &'__call Rules,
            by: &'__call dyn Visitor,
            body: Bytes,
        ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>> {
            <dyn Fetch as Fetch>::fetch(self.get(), url, rules, by, body)
        }
        #[inline]
        fn twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            <dyn Fetch as Fetch>::twice(self.get(), n)
        }
    }
    impl Fetch for __k::Handle<dyn Fetch> {
        #[inline]
        fn name(&self) -> String {
            match self.way() {
                __k::Way::Direct(__object) => <dyn Fetch as Fetch>::name(&**__object),
                __k::Way::Proxy(__proxy) => <__Proxy as Fetch>::name(&**__proxy),
            }
        }
        #[inline]
        fn size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            match self.way() {
                __k::Way::Direct(__object) => <dyn Fetch as Fetch>::size(&**__object, n),
                __k::Way::Proxy(__proxy) => <__Proxy as Fetch>::size(&**__proxy, n),
            }
        }
        #[inline]
        fn fetch<'__call>(
            &'__call self,
            url: &'__call str,
            rules: &'__call Rules,
            by: &'__call dyn Visitor,
            body: Bytes,
        ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>> {
            match self.way() {
                __k::Way::Direct(__object) => {
                    <dyn Fetch as Fetch>::fetch(&**__object, url, rules, by, body)
                }
                __k::Way::Proxy(__proxy) => {
                    <__Proxy as Fetch>::fetch(&**__proxy, url, rules, by, body)
                }
            }
        }
        #[inline]
        fn twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            match self.way() {
                __k::Way::Direct(__object) => <dyn Fetch as Fetch>::twice(&**__object, n),
                __k::Way::Proxy(__proxy) => <__Proxy as Fetch>::twice(&**__proxy, n),
            }
        }
    }
    #[cfg(host_only)]
    #[doc(hidden)]
    #[diagnostic::do_not_recommend]
    impl Fetch for __k::Metered<dyn Fetch> {
        fn name(&self) -> String {
            let __call = self.call(0usize);
            let __value = <dyn Fetch as Fetch>::name(self.object());
            __call.done();
            __value
        }
        fn size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            let __future = <dyn Fetch as Fetch>::size(self.object(), n);
            self.later(1usize, __future, |_| true)
        }
        fn fetch<'__call>(
            &'__call self,
            url: &'__call str,
            rules: &'__call Rules,
            by: &'__call dyn Visitor,
            body: Bytes,
        ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>> {
            let __future = <dyn Fetch as Fetch>::fetch(
                self.object(),
                url,
                rules,
                by,
                body,
            );
            self.later(2usize, __future, |__value| __value.is_ok())
        }
        fn twice(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
            let __future = <dyn Fetch as Fetch>::twice(self.object(), n);
            self.later(3usize, __future, |_| true)
        }
    }
    static __SHARED_METHODS: [__k::RawFn; 4usize] = __Guest::methods::<
        __k::Shared<dyn Fetch>,
    >();
    static __SHARED: __k::Table = __k::generated::table(
        &__DESCRIPTOR,
        ::core::option::Option::Some((
            __k::retain::<__k::Shared<dyn Fetch>>,
            __k::release::<__k::Shared<dyn Fetch>>,
        )),
        __Guest::by_name::<__k::Shared<dyn Fetch>>(),
        &__SHARED_METHODS,
    );
    static __LENT_METHODS: [__k::RawFn; 4usize] = __Guest::methods::<
        __k::Lent<dyn Fetch>,
    >();
    static __LENT: __k::Table = __k::generated::table(
        &__DESCRIPTOR,
        ::core::option::Option::None,
        __Guest::by_name::<__k::Lent<dyn Fetch>>(),
        &__LENT_METHODS,
    );
    unsafe impl __k::Interface for dyn Fetch {
        const ID: &'static str = "net/fetch";
        const VERSION: &'static str = "1.0.0";
        type Proxy = __Proxy;
        type Guest = __Guest;
        type Methods = [__k::RawFn; 4usize];
        const DESCRIPTOR: &'static __k::Descriptor = &__DESCRIPTOR;
        extern "C" fn descriptor() -> *const __k::Descriptor {
            &__DESCRIPTOR
        }
        fn proxy(remote: __k::Remote) -> __Proxy {
            __Proxy { remote }
        }
        fn as_dyn(proxy: &__Proxy) -> &Self {
            proxy
        }
        fn into_arc(proxy: ::std::sync::Arc<__Proxy>) -> ::std::sync::Arc<Self> {
            proxy
        }
        fn into_box(proxy: __Proxy) -> ::std::boxed::Box<Self> {
            ::std::boxed::Box::new(proxy)
        }
        fn export(object: ::std::sync::Arc<Self>) -> __k::Object {
            let shared = ::std::sync::Arc::new(__k::Shared(object));
            __k::Object {
                data: ::std::sync::Arc::into_raw(shared).cast(),
                table: &__SHARED,
            }
        }
        fn lent() -> &'static __k::Table {
            &__LENT
        }
        fn links() -> &'static __k::Links {
            static LINKS: __k::Links = __k::Links::new();
            &LINKS
        }
        #[cfg(host_only)]
        fn metered(
            object: ::std::sync::Arc<Self>,
            meter: __k::Meter<'_>,
        ) -> ::std::sync::Arc<Self> {
            ::std::sync::Arc::new(
                __k::Metered::<
                    dyn Fetch,
                >::new(object, meter, &["name", "size", "fetch", "twice"]),
            )
        }
    }
};
impl Fetch for Web {
    fn name(&self) -> String {
        "web".into()
    }
    fn size(&self, n: u64) -> ::keyway::BoxFuture<'_, u64> {
        ::keyway::__private::boxed::<
            u64,
            _,
        >(async move {
            if let ::core::option::Option::Some(__value) = ::core::option::Option::None::<
                u64,
            > {
                return __value;
            }
            let n = n;
            { n }
        })
    }
    fn fetch<'__call>(
        &'__call self,
        url: &'__call str,
        argument_2: &'__call Rules,
        by: &'__call dyn Visitor,
        body: Bytes,
    ) -> ::keyway::BoxFuture<'__call, Result<String, Oops>> {
        ::keyway::__private::boxed::<
            Result<String, Oops>,
            _,
        >(async move {
            if let ::core::option::Option::Some(__value) = ::core::option::Option::None::<
                Result<String, Oops>,
            > {
                return __value;
            }
            let url = url;
            let argument_2 = argument_2;
            let _ = argument_2;
            let by = by;
            let body = body;
            {
                by.visit(url);
                Err(Oops::new(body))
            }
        })
    }
}
