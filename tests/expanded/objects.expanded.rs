// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! An interface whose arguments and results are interfaces, slices and references.
pub trait Walker: Send + Sync {
    fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules);
    fn keep(&self, shared: Arc<dyn Visitor>, own: Box<dyn Visitor>) -> Box<dyn Visitor>;
}
const _: () = {
    use ::keyway::__private as __k;
    const _: () = __k::generated::assert_plain::<u32>();
    static __METHODS: [__k::Method; 2usize] = [
        __k::generated::method(
            "walk",
            "fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules)",
            0,
            const {
                &[
                    __k::generated::part(
                        "visitor",
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
                    __k::generated::part(
                        "over",
                        {
                            extern "C" fn shape() -> *const __k::Type {
                                static SHAPE: __k::Type = __k::generated::slice_type(
                                    <u32 as __k::Wire>::shape,
                                );
                                &SHAPE
                            }
                            shape
                        },
                        0,
                    ),
                    __k::generated::part(
                        "by",
                        <Rules as __k::Wire>::shape,
                        __k::PART_LENT,
                    ),
                ]
            },
            <() as __k::Wire>::shape,
        ),
        __k::generated::method(
            "keep",
            "fn keep(&self, shared: Arc<dyn Visitor>, own: Box<dyn Visitor>) -> Box<dyn Visitor>",
            0,
            const {
                &[
                    __k::generated::part(
                        "shared",
                        <Arc<dyn Visitor> as __k::Wire>::shape,
                        0,
                    ),
                    __k::generated::part(
                        "own",
                        {
                            extern "C" fn shape() -> *const __k::Type {
                                static SHAPE: __k::Type = __k::generated::object_type(
                                    <dyn Visitor as __k::Interface>::descriptor,
                                );
                                &SHAPE
                            }
                            shape
                        },
                        0,
                    ),
                ]
            },
            {
                extern "C" fn shape() -> *const __k::Type {
                    static SHAPE: __k::Type = __k::generated::object_type(
                        <dyn Visitor as __k::Interface>::descriptor,
                    );
                    &SHAPE
                }
                shape
            },
        ),
    ];
    static __DESCRIPTOR: __k::Descriptor = __k::generated::descriptor(
        "text/walker",
        "1.0.0",
        &__METHODS,
    );
    unsafe extern "C" fn __shim_walk<__T: Walker>(
        __data: *const ::core::ffi::c_void,
        __a0: __k::Object,
        __a1: __k::Slice<u32>,
        __a2: *const <Rules as __k::Wire>::View,
    ) -> __k::Reply<<() as __k::Wire>::Out> {
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe { <dyn Visitor as __k::Interface>::borrow(__a0) };
            let __a1 = unsafe { __a1.as_slice() };
            let __a2 = unsafe {
                <Rules as __k::Wire>::laid(&*__a2, __k::Origin::CALLER)
            };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("visitor", malformed));
                }
            };
            let __a2 = match __a2 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("by", malformed));
                }
            };
            let __value = <__T as Walker>::walk(
                __this,
                <dyn Visitor as __k::Interface>::as_dyn(&__a0),
                __a1,
                <Rules as __k::Wire>::look(&__a2),
            );
            __slot.write(__k::Reply::done(<() as __k::Wire>::give(__value)))
        })
    }
    unsafe extern "C" fn __shim_keep<__T: Walker>(
        __data: *const ::core::ffi::c_void,
        __a0: <Arc<dyn Visitor> as __k::Wire>::Arg,
        __a1: __k::Object,
    ) -> __k::Reply<__k::Object> {
        __k::guard_slot(|__slot| {
            let __this = unsafe { &*__data.cast::<__T>() };
            let __a0 = unsafe {
                <Arc<dyn Visitor> as __k::Wire>::receive(__a0, __k::Origin::CALLER)
            };
            let __a1 = unsafe {
                <dyn Visitor as __k::Interface>::read_box(__a1, __k::Origin::CALLER)
            };
            let __a0 = match __a0 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("shared", malformed));
                }
            };
            let __a1 = match __a1 {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(malformed) => {
                    return __slot.write(__k::generated::malformed("own", malformed));
                }
            };
            let __value = <__T as Walker>::keep(__this, __a0, __a1);
            __slot
                .write(
                    __k::Reply::done(<dyn Visitor as __k::Interface>::give_box(__value)),
                )
        })
    }
    pub struct __Guest;
    impl __Guest {
        /// The functions of the table, for a type.
        pub const fn methods<__T: Walker>() -> [__k::RawFn; 2usize] {
            [
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            __k::Object,
                            __k::Slice<u32>,
                            *const <Rules as __k::Wire>::View,
                        ) -> __k::Reply<<() as __k::Wire>::Out>,
                        __k::RawFn,
                    >(__shim_walk::<__T>)
                },
                unsafe {
                    ::core::mem::transmute::<
                        unsafe extern "C" fn(
                            *const ::core::ffi::c_void,
                            <Arc<dyn Visitor> as __k::Wire>::Arg,
                            __k::Object,
                        ) -> __k::Reply<__k::Object>,
                        __k::RawFn,
                    >(__shim_keep::<__T>)
                },
            ]
        }
        /// The functions of the table that take messages, for a type.
        pub const fn by_name<__T: Walker>() -> (
            __k::Dispatch,
            ::core::option::Option<__k::Begin>,
        ) {
            (Self::dispatch::<__T>, ::core::option::Option::None)
        }
        /// # Safety
        /// As `keyway::abi::Table::dispatch`.
        pub unsafe extern "C" fn dispatch<__T: Walker>(
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
                                __from.tuple(3usize)?;
                                let __a0 = __from
                                    .within(
                                        "visitor",
                                        |from| <dyn Visitor as __k::Interface>::borrow(
                                            from.object()?,
                                        ),
                                    )?;
                                let __a1 = __from
                                    .within("over", <u32 as __k::Wire>::decode_list)?;
                                let __a2 = __from
                                    .within("by", <Rules as __k::Wire>::decode)?;
                                __from.finish()?;
                                let __value = <__T as Walker>::walk(
                                    __this,
                                    <dyn Visitor as __k::Interface>::as_dyn(&__a0),
                                    &__a1,
                                    &__a2,
                                );
                                <() as __k::Wire>::encode(&__value, __to);
                                ::core::result::Result::Ok(__k::Answered::Value)
                            }
                            1u32 => {
                                __from.tuple(2usize)?;
                                let __a0 = __from
                                    .within("shared", <Arc<dyn Visitor> as __k::Wire>::decode)?;
                                let __a1 = __from
                                    .within(
                                        "own",
                                        |from| <dyn Visitor as __k::Interface>::read_box(
                                            from.object()?,
                                            from.origin(),
                                        ),
                                    )?;
                                __from.finish()?;
                                let __value = <__T as Walker>::keep(__this, __a0, __a1);
                                __to.object(
                                    <dyn Visitor as __k::Interface>::give_box(__value),
                                );
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
    trait __Bodies: Walker {}
    impl<__T: Walker + ?::core::marker::Sized> __Bodies for __T {}
    pub struct __Proxy {
        remote: __k::Remote,
    }
    impl Walker for __Proxy {
        #[inline]
        fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules) {
            let ::core::option::Option::Some(__function) = self.remote.typed(0usize)
            else {
                return self.slow_walk(visitor, over, by);
            };
            let mut __arena = __k::Arena::new();
            let __lent_visitor = unsafe {
                __k::Lent::<
                    dyn Visitor,
                >::new(
                    ::core::mem::transmute::<&dyn Visitor, &'static dyn Visitor>(visitor),
                )
            };
            let visitor = __lent_visitor.object(<dyn Visitor as __k::Interface>::lent());
            let __a0 = visitor;
            let __a1 = __k::Slice::new(over);
            let __a2 = <Rules as __k::Wire>::view(by, &mut __arena);
            let __a2 = &raw const __a2;
            let __reply = unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(
                        *const ::core::ffi::c_void,
                        __k::Object,
                        __k::Slice<u32>,
                        *const <Rules as __k::Wire>::View,
                    ) -> __k::Reply<<() as __k::Wire>::Out>,
                >(__function);
                __function(self.remote.data(), __a0, __a1, __a2)
            };
            match __reply.status {
                __k::Status::DONE => {
                    if self.remote.surely::<()>() {
                        return unsafe {
                            <() as __k::Wire>::take_surely(
                                __reply.value.assume_init(),
                                self.remote.origin(),
                            )
                        };
                    }
                    match unsafe {
                        <() as __k::Wire>::take(
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
        fn keep(
            &self,
            shared: Arc<dyn Visitor>,
            own: Box<dyn Visitor>,
        ) -> Box<dyn Visitor> {
            let ::core::option::Option::Some(__function) = self.remote.typed(1usize)
            else {
                return self.slow_keep(shared, own);
            };
            let mut __arena = __k::Arena::new();
            let mut shared = shared;
            let __a0 = <Arc<dyn Visitor> as __k::Wire>::pass(&mut shared, &mut __arena);
            let __a1 = <dyn Visitor as __k::Interface>::give_box(own);
            __arena.hold(__a1);
            let __reply = unsafe {
                let __function = ::core::mem::transmute::<
                    __k::RawFn,
                    unsafe extern "C" fn(
                        *const ::core::ffi::c_void,
                        <Arc<dyn Visitor> as __k::Wire>::Arg,
                        __k::Object,
                    ) -> __k::Reply<__k::Object>,
                >(__function);
                __function(self.remote.data(), __a0, __a1)
            };
            match __reply.status {
                __k::Status::DONE => {
                    match unsafe {
                        <dyn Visitor as __k::Interface>::take_box(
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
        fn slow_walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules) {
            let __lent_visitor = unsafe {
                __k::Lent::<
                    dyn Visitor,
                >::new(
                    ::core::mem::transmute::<&dyn Visitor, &'static dyn Visitor>(visitor),
                )
            };
            let visitor = __lent_visitor.object(<dyn Visitor as __k::Interface>::lent());
            let __answer = match self
                .remote
                .message(
                    0usize,
                    |__to| {
                        __to.tuple(3usize);
                        __to.object(visitor);
                        <u32 as __k::Wire>::encode_list(over, __to);
                        <Rules as __k::Wire>::encode(by, __to);
                    },
                )
            {
                ::core::result::Result::Ok(answer) => answer,
                ::core::result::Result::Err(__fault) => __fault.raise(),
            };
            match __answer.decode(<() as __k::Wire>::decode) {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__malformed) => {
                    let __fault = self.remote.blame(__malformed);
                    __fault.raise()
                }
            }
        }
        #[cold]
        #[inline(never)]
        fn slow_keep(
            &self,
            shared: Arc<dyn Visitor>,
            own: Box<dyn Visitor>,
        ) -> Box<dyn Visitor> {
            let __answer = match self
                .remote
                .message(
                    1usize,
                    |__to| {
                        __to.tuple(2usize);
                        <Arc<dyn Visitor> as __k::Wire>::encode(&shared, __to);
                        __to.object(<dyn Visitor as __k::Interface>::give_box(own));
                    },
                )
            {
                ::core::result::Result::Ok(answer) => answer,
                ::core::result::Result::Err(__fault) => __fault.raise(),
            };
            match __answer
                .decode(|from| unsafe {
                    <dyn Visitor as __k::Interface>::read_box(
                        from.object()?,
                        from.origin(),
                    )
                })
            {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__malformed) => {
                    let __fault = self.remote.blame(__malformed);
                    __fault.raise()
                }
            }
        }
    }
    #[doc(hidden)]
    impl Walker for __k::Shared<dyn Walker> {
        #[inline]
        fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules) {
            <dyn Walker as Walker>::walk(&*self.0, visitor, over, by)
        }
        #[inline]
        fn keep(
            &self,
            shared: Arc<dyn Visitor>,
            own: Box<dyn Visitor>,
        ) -> Box<dyn Visitor> {
            <dyn Walker as Walker>::keep(&*self.0, shared, own)
        }
    }
    #[doc(hidden)]
    impl Walker for __k::Lent<dyn Walker> {
        #[inline]
        fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules) {
            <dyn Walker as Walker>::walk(self.get(), visitor, over, by)
        }
        #[inline]
        fn keep(
            &self,
            shared: Arc<dyn Visitor>,
            own: Box<dyn Visitor>,
        ) -> Box<dyn Visitor> {
            <dyn Walker as Walker>::keep(self.get(), shared, own)
        }
    }
    impl Walker for __k::Handle<dyn Walker> {
        #[inline]
        fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules) {
            match self.way() {
                __k::Way::Direct(__object) => {
                    <dyn Walker as Walker>::walk(&**__object, visitor, over, by)
                }
                __k::Way::Proxy(__proxy) => {
                    <__Proxy as Walker>::walk(&**__proxy, visitor, over, by)
                }
            }
        }
        #[inline]
        fn keep(
            &self,
            shared: Arc<dyn Visitor>,
            own: Box<dyn Visitor>,
        ) -> Box<dyn Visitor> {
            match self.way() {
                __k::Way::Direct(__object) => {
                    <dyn Walker as Walker>::keep(&**__object, shared, own)
                }
                __k::Way::Proxy(__proxy) => {
                    <__Proxy as Walker>::keep(&**__proxy, shared, own)
                }
            }
        }
    }
    #[cfg(host_only)]
    #[doc(hidden)]
    #[diagnostic::do_not_recommend]
    impl Walker for __k::Metered<dyn Walker> {
        fn walk(&self, visitor: &dyn Visitor, over: &[u32], by: &Rules) {
            let __call = self.call(0usize);
            let __value = <dyn Walker as Walker>::walk(self.object(), visitor, over, by);
            __call.done();
            __value
        }
        fn keep(
            &self,
            shared: Arc<dyn Visitor>,
            own: Box<dyn Visitor>,
        ) -> Box<dyn Visitor> {
            let __call = self.call(1usize);
            let __value = <dyn Walker as Walker>::keep(self.object(), shared, own);
            __call.done();
            __value
        }
    }
    static __SHARED_METHODS: [__k::RawFn; 2usize] = __Guest::methods::<
        __k::Shared<dyn Walker>,
    >();
    static __SHARED: __k::Table = __k::generated::table(
        &__DESCRIPTOR,
        ::core::option::Option::Some((
            __k::retain::<__k::Shared<dyn Walker>>,
            __k::release::<__k::Shared<dyn Walker>>,
        )),
        __Guest::by_name::<__k::Shared<dyn Walker>>(),
        &__SHARED_METHODS,
    );
    static __LENT_METHODS: [__k::RawFn; 2usize] = __Guest::methods::<
        __k::Lent<dyn Walker>,
    >();
    static __LENT: __k::Table = __k::generated::table(
        &__DESCRIPTOR,
        ::core::option::Option::None,
        __Guest::by_name::<__k::Lent<dyn Walker>>(),
        &__LENT_METHODS,
    );
    unsafe impl __k::Interface for dyn Walker {
        const ID: &'static str = "text/walker";
        const VERSION: &'static str = "1.0.0";
        type Proxy = __Proxy;
        type Guest = __Guest;
        type Methods = [__k::RawFn; 2usize];
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
                __k::Metered::<dyn Walker>::new(object, meter, &["walk", "keep"]),
            )
        }
    }
};
