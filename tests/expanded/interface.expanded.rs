// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! An interface of scalars and text, with an error and a body.
/// Counts words.
pub trait Counter: Send + Sync {
    /// How many words there are.
    fn count(&self, text: &str, least: u32) -> u32;
    /// The longest of some words.
    fn longest(&self, words: Vec<String>) -> Result<String, Empty>;
    /// Whether there are none.
    fn is_empty(&self, text: &str) -> bool {
        self.count(text, 1) == 0
    }
}
const _: () = {
    use ::keyway::__private as __k;
    static __METHODS: [__k::Method; 3usize] = [
        __k::generated::method(
            "count",
            "fn count(&self, text: &str, least: u32) -> u32",
            0,
            const {
                &[
                    __k::generated::part("text", __k::generated::str_shape, 0),
                    __k::generated::part("least", <u32 as __k::Wire>::shape, 0),
                ]
            },
            <u32 as __k::Wire>::shape,
        ),
        __k::generated::method(
            "longest",
            "fn longest(&self, words: Vec<String>) -> Result<String, Empty>",
            0,
            const {
                &[__k::generated::part("words", <Vec<String> as __k::Wire>::shape, 0)]
            },
            {
                extern "C" fn shape() -> *const __k::Type {
                    static SHAPE: __k::Type = __k::generated::result_type(
                        <String as __k::Wire>::shape,
                        <Empty as __k::Wire>::shape,
                    );
                    &SHAPE
                }
                shape
            },
        ),
        __k::generated::method(
            "is_empty",
            "fn is_empty(&self, text: &str) -> bool",
            __k::METHOD_HAS_BODY,
            const { &[__k::generated::part("text", __k::generated::str_shape, 0)] },
            <bool as __k::Wire>::shape,
        ),
    ];
    static __DESCRIPTOR: __k::Descriptor = __k::generated::descriptor(
        "text/counter",
        "1.0.0",
        &__METHODS,
    );
    unsafe extern "C" fn __shim_count<__T: Counter>(
        __data: *const ::core::ffi::c_void,
        __a0: __k::Str,
        __a1: <u32 as __k::Wire>::Arg,
    ) -> __k::Reply<<u32 as __k::Wire>::Out> {
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe { __k::generated::str_argument(__a0) };
            let __a1 = unsafe { <u32 as __k::Wire>::receive(__a1, __k::Origin::CALLER) };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("text", malformed));
                }
            };
            let __a1 = match __a1 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("least", malformed));
                }
            };
            let __value = <__T as Counter>::count(__this, __a0, __a1);
            __slot.write(__k::Reply::done(<u32 as __k::Wire>::give(__value)))
        })
    }
    unsafe extern "C" fn __shim_longest<__T: Counter>(
        __data: *const ::core::ffi::c_void,
        __a0: <Vec<String> as __k::Wire>::Arg,
    ) -> __k::Reply<__k::Either<<String as __k::Wire>::Out, <Empty as __k::Wire>::Out>> {
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe {
                <Vec<String> as __k::Wire>::receive(__a0, __k::Origin::CALLER)
            };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("words", malformed));
                }
            };
            let __value = <__T as Counter>::longest(__this, __a0);
            match __value {
                ::core::result::Result::Ok(__value) => {
                    __slot
                        .write(
                            __k::Reply::done(__k::Either {
                                done: <String as __k::Wire>::give(__value),
                            }),
                        )
                }
                ::core::result::Result::Err(__error) => {
                    __slot
                        .write(
                            __k::Reply::refused(__k::Either {
                                refused: <Empty as __k::Wire>::give(__error),
                            }),
                        )
                }
            }
        })
    }
    unsafe extern "C" fn __shim_is_empty<__T: Counter>(
        __data: *const ::core::ffi::c_void,
        __a0: __k::Str,
    ) -> __k::Reply<<bool as __k::Wire>::Out> {
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe { __k::generated::str_argument(__a0) };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("text", malformed));
                }
            };
            let __value = <__T as Counter>::is_empty(__this, __a0);
            __slot.write(__k::Reply::done(<bool as __k::Wire>::give(__value)))
        })
    }
    pub struct __Guest;
    impl __Guest {
        /// The functions of the table, for a type.
        pub const fn methods<__T: Counter>() -> [__k::RawFn; 3usize] {
            [
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            __k::Str,
                            <u32 as __k::Wire>::Arg,
                        ) -> __k::Reply<<u32 as __k::Wire>::Out>,
                        __k::RawFn,
                    >(__shim_count::<__T>)
                },
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            <Vec<String> as __k::Wire>::Arg,
                        ) -> __k::Reply<
                            __k::Either<
                                <String as __k::Wire>::Out,
                                <Empty as __k::Wire>::Out,
                            >,
                        >,
                        __k::RawFn,
                    >(__shim_longest::<__T>)
                },
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            __k::Str,
                        ) -> __k::Reply<<bool as __k::Wire>::Out>,
                        __k::RawFn,
                    >(__shim_is_empty::<__T>)
                },
            ]
        }
        /// The functions of the table that take messages, for a type.
        pub const fn by_name<__T: Counter>() -> (
            __k::Dispatch,
            ::core::option::Option<__k::Begin>,
        ) {
            (Self::dispatch::<__T>, ::core::option::Option::None)
        }
        /// # Safety
        /// As `keyway::abi::Table::dispatch`.
        pub unsafe extern "C" fn dispatch<__T: Counter>(
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
                                __from.tuple(2usize)?;
                                let __a0 = __from.within("text", |from| from.str())?;
                                let __a1 = __from
                                    .within("least", <u32 as __k::Wire>::decode)?;
                                __from.finish()?;
                                let __value = <__T as Counter>::count(__this, __a0, __a1);
                                <u32 as __k::Wire>::encode(&__value, __to);
                                ::core::result::Result::Ok(__k::Answered::Value)
                            }
                            1u32 => {
                                __from.tuple(1usize)?;
                                let __a0 = __from
                                    .within("words", <Vec<String> as __k::Wire>::decode)?;
                                __from.finish()?;
                                let __value = <__T as Counter>::longest(__this, __a0);
                                match __value {
                                    ::core::result::Result::Ok(__value) => {
                                        <String as __k::Wire>::encode(&__value, __to);
                                        ::core::result::Result::Ok(__k::Answered::Value)
                                    }
                                    ::core::result::Result::Err(__error) => {
                                        <Empty as __k::Wire>::encode(&__error, __to);
                                        ::core::result::Result::Ok(__k::Answered::Error)
                                    }
                                }
                            }
                            2u32 => {
                                __from.tuple(1usize)?;
                                let __a0 = __from.within("text", |from| from.str())?;
                                __from.finish()?;
                                let __value = <__T as Counter>::is_empty(__this, __a0);
                                <bool as __k::Wire>::encode(&__value, __to);
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
    }
    /// The trait's own bodies under names that nobody overrides.
    trait __Bodies: Counter {
        fn __body_is_empty(&self, text: &str) -> bool {
            self.count(text, 1) == 0
        }
    }
    impl<__T: Counter + ?::core::marker::Sized> __Bodies for __T {}
    pub struct __Proxy {
        remote: __k::Remote,
    }
    impl Counter for __Proxy {
        #[inline]
        fn count(&self, text: &str, least: u32) -> u32 {
            let ::core::option::Option::Some(__function) = self.remote.typed(0usize)
            else {
                return self.slow_count(text, least);
            };
            let mut __arena = __k::Arena::new();
            let __a0 = __k::Str::new(text);
            let mut least = least;
            let __a1 = <u32 as __k::Wire>::pass(&mut least, &mut __arena);
            let __reply = unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(
                        *const ::core::ffi::c_void,
                        __k::Str,
                        <u32 as __k::Wire>::Arg,
                    ) -> __k::Reply<<u32 as __k::Wire>::Out>,
                >(__function);
                __function(self.remote.data(), __a0, __a1)
            };
            match __reply.status {
                __k::Status::DONE => {
                    if self.remote.surely::<u32>() {
                        return unsafe {
                            <u32 as __k::Wire>::take_surely(
                                __reply.value.assume_init(),
                                self.remote.origin(),
                            )
                        };
                    }
                    match unsafe {
                        <u32 as __k::Wire>::take(
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
        fn longest(&self, words: Vec<String>) -> Result<String, Empty> {
            let ::core::option::Option::Some(__function) = self.remote.typed(1usize)
            else {
                return self.slow_longest(words);
            };
            let mut __arena = __k::Arena::new();
            let mut words = words;
            let __a0 = <Vec<String> as __k::Wire>::pass(&mut words, &mut __arena);
            let __reply = unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(
                        *const ::core::ffi::c_void,
                        <Vec<String> as __k::Wire>::Arg,
                    ) -> __k::Reply<
                        __k::Either<
                            <String as __k::Wire>::Out,
                            <Empty as __k::Wire>::Out,
                        >,
                    >,
                >(__function);
                __function(self.remote.data(), __a0)
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
                                <Empty as __k::Receives>::receive(__fault),
                            );
                        }
                    }
                }
                __k::Status::REFUSED => {
                    match unsafe {
                        <Empty as __k::Wire>::take(
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
                                <Empty as __k::Receives>::receive(__fault),
                            );
                        }
                    }
                }
                __status => {
                    let __fault = self.remote.fault(__status);
                    return ::core::result::Result::Err(
                        <Empty as __k::Receives>::receive(__fault),
                    );
                }
            }
        }
        #[inline]
        fn is_empty(&self, text: &str) -> bool {
            let ::core::option::Option::Some(__function) = self.remote.typed(2usize)
            else {
                return self.slow_is_empty(text);
            };
            let __a0 = __k::Str::new(text);
            let __reply = unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(
                        *const ::core::ffi::c_void,
                        __k::Str,
                    ) -> __k::Reply<<bool as __k::Wire>::Out>,
                >(__function);
                __function(self.remote.data(), __a0)
            };
            match __reply.status {
                __k::Status::DONE => {
                    if self.remote.surely::<bool>() {
                        return unsafe {
                            <bool as __k::Wire>::take_surely(
                                __reply.value.assume_init(),
                                self.remote.origin(),
                            )
                        };
                    }
                    match unsafe {
                        <bool as __k::Wire>::take(
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
    }
    impl __Proxy {
        #[cold]
        #[inline(never)]
        fn slow_count(&self, text: &str, least: u32) -> u32 {
            let __answer = match self
                .remote
                .message(
                    0usize,
                    |__to| {
                        __to.tuple(2usize);
                        __to.str(text);
                        <u32 as __k::Wire>::encode(&least, __to);
                    },
                )
            {
                ::core::result::Result::Ok(answer) => answer,
                ::core::result::Result::Err(__fault) => __fault.raise(),
            };
            match __answer.decode(<u32 as __k::Wire>::decode) {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__malformed) => {
                    let __fault = self.remote.blame(__malformed);
                    __fault.raise()
                }
            }
        }
        #[cold]
        #[inline(never)]
        fn slow_longest(&self, words: Vec<String>) -> Result<String, Empty> {
            let __answer = match self
                .remote
                .message(
                    1usize,
                    |__to| {
                        __to.tuple(1usize);
                        <Vec<String> as __k::Wire>::encode(&words, __to);
                    },
                )
            {
                ::core::result::Result::Ok(answer) => answer,
                ::core::result::Result::Err(__fault) => {
                    return ::core::result::Result::Err(
                        <Empty as __k::Receives>::receive(__fault),
                    );
                }
            };
            if __answer.refused {
                match __answer.decode(<Empty as __k::Wire>::decode) {
                    ::core::result::Result::Ok(__value) => {
                        ::core::result::Result::Err(__value)
                    }
                    ::core::result::Result::Err(__malformed) => {
                        let __fault = self.remote.blame(__malformed);
                        return ::core::result::Result::Err(
                            <Empty as __k::Receives>::receive(__fault),
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
                            <Empty as __k::Receives>::receive(__fault),
                        );
                    }
                }
            }
        }
        #[cold]
        #[inline(never)]
        fn slow_is_empty(&self, text: &str) -> bool {
            if self.remote.lacks(2usize) {
                return <Self as __Bodies>::__body_is_empty(self, text);
            }
            let __answer = match self
                .remote
                .message(
                    2usize,
                    |__to| {
                        __to.tuple(1usize);
                        __to.str(text);
                    },
                )
            {
                ::core::result::Result::Ok(answer) => answer,
                ::core::result::Result::Err(__fault) => __fault.raise(),
            };
            match __answer.decode(<bool as __k::Wire>::decode) {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__malformed) => {
                    let __fault = self.remote.blame(__malformed);
                    __fault.raise()
                }
            }
        }
    }
    #[doc(hidden)]
    impl Counter for __k::Shared<dyn Counter> {
        #[inline]
        fn count(&self, text: &str, least: u32) -> u32 {
            <dyn Counter as Counter>::count(&*self.0, text, least)
        }
        #[inline]
        fn longest(&self, words: Vec<String>) -> Result<String, Empty> {
            <dyn Counter as Counter>::longest(&*self.0, words)
        }
        #[inline]
        fn is_empty(&self, text: &str) -> bool {
            <dyn Counter as Counter>::is_empty(&*self.0, text)
        }
    }
    #[doc(hidden)]
    impl Counter for __k::Lent<dyn Counter> {
        #[inline]
        fn count(&self, text: &str, least: u32) -> u32 {
            <dyn Counter as Counter>::count(self.get(), text, least)
        }
        #[inline]
        fn longest(&self, words: Vec<String>) -> Result<String, Empty> {
            <dyn Counter as Counter>::longest(self.get(), words)
        }
        #[inline]
        fn is_empty(&self, text: &str) -> bool {
            <dyn Counter as Counter>::is_empty(self.get(), text)
        }
    }
    impl Counter for __k::Handle<dyn Counter> {
        #[inline]
        fn count(&self, text: &str, least: u32) -> u32 {
            match self.way() {
                __k::Way::Direct(__object) => {
                    <dyn Counter as Counter>::count(&**__object, text, least)
                }
                __k::Way::Proxy(__proxy) => {
                    <__Proxy as Counter>::count(&**__proxy, text, least)
                }
            }
        }
        #[inline]
        fn longest(&self, words: Vec<String>) -> Result<String, Empty> {
            match self.way() {
                __k::Way::Direct(__object) => {
                    <dyn Counter as Counter>::longest(&**__object, words)
                }
                __k::Way::Proxy(__proxy) => {
                    <__Proxy as Counter>::longest(&**__proxy, words)
                }
            }
        }
        #[inline]
        fn is_empty(&self, text: &str) -> bool {
            match self.way() {
                __k::Way::Direct(__object) => {
                    <dyn Counter as Counter>::is_empty(&**__object, text)
                }
                __k::Way::Proxy(__proxy) => {
                    <__Proxy as Counter>::is_empty(&**__proxy, text)
                }
            }
        }
    }
    #[cfg(host_only)]
    #[doc(hidden)]
    #[diagnostic::do_not_recommend]
    impl Counter for __k::Metered<dyn Counter> {
        fn count(&self, text: &str, least: u32) -> u32 {
            let __call = self.call(0usize);
            let __value = <dyn Counter as Counter>::count(self.object(), text, least);
            __call.done();
            __value
        }
        fn longest(&self, words: Vec<String>) -> Result<String, Empty> {
            let __call = self.call(1usize);
            let __value = <dyn Counter as Counter>::longest(self.object(), words);
            __call.ended(__value.is_ok());
            __value
        }
        fn is_empty(&self, text: &str) -> bool {
            let __call = self.call(2usize);
            let __value = <dyn Counter as Counter>::is_empty(self.object(), text);
            __call.done();
            __value
        }
    }
    static __SHARED_METHODS: [__k::RawFn; 3usize] = __Guest::methods::<
        __k::Shared<dyn Counter>,
    >();
    static __SHARED: __k::Table = __k::generated::table(
        &__DESCRIPTOR,
        ::core::option::Option::Some((
            __k::retain::<__k::Shared<dyn Counter>>,
            __k::release::<__k::Shared<dyn Counter>>,
        )),
        __Guest::by_name::<__k::Shared<dyn Counter>>(),
        &__SHARED_METHODS,
    );
    static __LENT_METHODS: [__k::RawFn; 3usize] = __Guest::methods::<
        __k::Lent<dyn Counter>,
    >();
    static __LENT: __k::Table = __k::generated::table(
        &__DESCRIPTOR,
        ::core::option::Option::None,
        __Guest::by_name::<__k::Lent<dyn Counter>>(),
        &__LENT_METHODS,
    );
    unsafe impl __k::Interface for dyn Counter {
        const ID: &'static str = "text/counter";
        const VERSION: &'static str = "1.0.0";
        type Proxy = __Proxy;
        type Guest = __Guest;
        type Methods = [__k::RawFn; 3usize];
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
                    dyn Counter,
                >::new(object, meter, &["count", "longest", "is_empty"]),
            )
        }
    }
};
