//! The guest side: one C function a method, and the dispatchers of the message form.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::check::{Argument, Method};
use super::types::{Output, OutputWay, Way};

pub(super) fn shim_name(method: &Method) -> Ident {
    format_ident!("__shim_{}", method.name, span = Span::call_site())
}

/// The C function of a method.
pub(super) fn shim(definition: &Ident, method: &Method) -> TokenStream {
    let Method { name, arguments, output, .. } = method;
    let shim = shim_name(method);
    let locals = locals(arguments);
    let types = arguments.iter().map(|argument| argument.way.abi());
    let receives = arguments.iter().zip(&locals).map(|(argument, local)| receive(argument, local));
    let judges = arguments.iter().zip(&locals).map(|(argument, local)| judge(argument, local));
    let passes = arguments.iter().zip(&locals).map(|(argument, local)| pass(&argument.way, local));
    let reply = output.abi();
    if let Some(value) = &method.later {
        let call = quote!(<__T as #definition>::#name(__this, #(#passes),*));
        let future = match method.holds() {
            true => quote!(__k::boxed::<#value, _>(async move { #call.await })),
            false => call,
        };
        let give = give(output, |reply| reply);
        return quote! {
            unsafe extern "C" fn #shim<__T: #definition>(
                __data: *const ::core::ffi::c_void,
                #(#locals: #types,)*
            ) -> __k::Reply<__k::FutureRaw> {
                struct __Given;
                impl __k::Gives for __Given {
                    type Value = #value;
                    type Out = #reply;
                    fn give(__value: #value) -> __k::Reply<#reply> {
                        #give
                    }
                }
                __k::guard_slot(|__slot| {
                    // SAFETY: the table that holds this function was made for a `__T`, whose address is its data.
                    let __this = unsafe { &*__data.cast::<__T>() };
                    #(#receives)*
                    #(#judges)*
                    let __future = #future;
                    __slot.write(__k::Reply::done(__k::give_future::<__Given>(__future)))
                })
            }
        };
    }
    let give = give(output, |reply| quote!(__slot.write(#reply)));
    quote! {
        unsafe extern "C" fn #shim<__T: #definition>(
            __data: *const ::core::ffi::c_void,
            #(#locals: #types,)*
        ) -> __k::Reply<#reply> {
            __k::guard_slot(|__slot| {
                // SAFETY: the table that holds this function was made for a `__T`, whose address is its data.
                let __this = unsafe { &*__data.cast::<__T>() };
                #(#receives)*
                #(#judges)*
                let __value = <__T as #definition>::#name(__this, #(#passes),*);
                #give
            })
        }
    }
}

fn locals(arguments: &[Argument]) -> Vec<Ident> {
    (0..arguments.len()).map(|place| format_ident!("__a{place}")).collect()
}

/// Reads an argument. All are read before one is judged: what the caller moved in must not be lost.
fn receive(argument: &Argument, local: &Ident) -> TokenStream {
    let read = match &argument.way {
        Way::Str => quote!(__k::generated::str_argument(#local)),
        Way::Slice(_) => quote!(#local.as_slice()),
        Way::Lent(of) => quote!(<#of as __k::Interface>::borrow(#local)),
        Way::Boxed(of) => quote!(<#of as __k::Interface>::read_box(#local, __k::Origin::CALLER)),
        Way::Ref(of) => quote!(<#of as __k::Wire>::laid(&*#local, __k::Origin::CALLER)),
        Way::Owned(of) => quote!(<#of as __k::Wire>::receive(#local, __k::Origin::CALLER)),
    };
    quote! {
        // SAFETY: the caller's shape of the argument is equal, and it keeps it alive during the call.
        let #local = unsafe { #read };
    }
}

fn judge(argument: &Argument, local: &Ident) -> Option<TokenStream> {
    if let Way::Slice(_) = &argument.way {
        return None;
    }
    let name = &argument.name;
    Some(quote! {
        let #local = match #local {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(malformed) => {
                return __slot.write(__k::generated::malformed(#name, malformed))
            }
        };
    })
}

fn pass(way: &Way, local: &Ident) -> TokenStream {
    match way {
        Way::Str | Way::Slice(_) | Way::Owned(_) | Way::Boxed(_) => quote!(#local),
        Way::Ref(of) => quote!(<#of as __k::Wire>::look(&#local)),
        Way::Lent(of) => quote!(<#of as __k::Interface>::as_dyn(&#local)),
    }
}

fn give_value(way: &OutputWay) -> TokenStream {
    match way {
        OutputWay::Owned(of) => quote!(<#of as __k::Wire>::give(__value)),
        OutputWay::Boxed(of) => quote!(<#of as __k::Interface>::give_box(__value)),
    }
}

/// The reply with `__value`, and what becomes of it.
fn give(output: &Output, then: fn(TokenStream) -> TokenStream) -> TokenStream {
    let value = give_value(&output.value);
    match &output.error {
        None => then(quote!(__k::Reply::done(#value))),
        Some(error) => {
            let done = then(quote!(__k::Reply::done(__k::Either { done: #value })));
            let refused = quote!(__k::Either { refused: <#error as __k::Wire>::give(__error) });
            let refused = then(quote!(__k::Reply::refused(#refused)));
            quote! {
                match __value {
                    ::core::result::Result::Ok(__value) => { #done }
                    ::core::result::Result::Err(__error) => { #refused }
                }
            }
        }
    }
}

/// The dispatchers: a method's number and its arguments as bytes. Those that answer later have one of their own.
pub(super) fn by_name(definition: &Ident, methods: &[Method]) -> TokenStream {
    let dispatch = dispatch(definition, methods);
    let begin = methods.iter().any(|method| method.later.is_some()).then(|| begin(definition, methods));
    let begins = match begin {
        Some(_) => quote!(::core::option::Option::Some(Self::begin::<__T>)),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        /// The functions of the table that take messages, for a type.
        pub const fn by_name<__T: #definition>() -> (__k::Dispatch, ::core::option::Option<__k::Begin>) {
            (Self::dispatch::<__T>, #begins)
        }
        #dispatch
        #begin
    }
}

/// Reads a method's arguments, and the call with them.
fn by_message(definition: &Ident, method: &Method) -> (TokenStream, TokenStream) {
    let Method { name, arguments, .. } = method;
    let locals = locals(arguments);
    let count = arguments.len();
    let reads = arguments.iter().zip(&locals).map(|(argument, local)| {
        let field = &argument.name;
        let read = decode(&argument.way);
        quote!(let #local = __from.within(#field, #read)?;)
    });
    let passes = arguments.iter().zip(&locals).map(|(argument, local)| match &argument.way {
        Way::Slice(_) | Way::Ref(_) => quote!(&#local),
        way => pass(way, local),
    });
    let read = quote! {
        __from.tuple(#count)?;
        #(#reads)*
        __from.finish()?;
    };
    (read, quote!(<__T as #definition>::#name(__this, #(#passes),*)))
}

/// The methods that are meant, each with its number.
fn numbered(methods: &[Method], later: bool) -> impl Iterator<Item = (u32, &Method)> {
    (0..).zip(methods).filter(move |(_, method)| method.later.is_some() == later)
}

fn begin(definition: &Ident, methods: &[Method]) -> TokenStream {
    let arms = numbered(methods, true).map(|(number, method)| {
        let (read, call) = by_message(definition, method);
        let write = write(&method.output);
        quote! {
            #number => {
                #read
                ::core::result::Result::Ok(__k::boxed::<__k::Reply<__k::Message>, _>(async move {
                    let __value = #call.await;
                    __k::sent(__format, |__to| { #write })
                }))
            }
        }
    });
    quote! {
        /// # Safety
        /// As `keyway::abi::Table::begin`.
        pub unsafe extern "C" fn begin<__T: #definition>(
            data: *const ::core::ffi::c_void,
            method: u32,
            format: u32,
            arguments: __k::Slice<u8>,
            objects: __k::Slice<__k::Object>,
        ) -> __k::Reply<__k::FutureRaw> {
            // SAFETY: the caller keeps arguments and objects alive until the future is dropped, and the table that holds
            // this function was made for a `__T`, whose address is its data.
            unsafe {
                __k::serve_later(format, arguments, objects, |__from, __format| {
                    let __this = &*data.cast::<__T>();
                    match method {
                        #(#arms)*
                        other => ::core::result::Result::Err(__k::Malformed::new(
                            ::std::format!("there is no async method number {other}")
                        )),
                    }
                })
            }
        }
    }
}

fn dispatch(definition: &Ident, methods: &[Method]) -> TokenStream {
    let arms = numbered(methods, false).map(|(number, method)| {
        let (read, call) = by_message(definition, method);
        let write = write(&method.output);
        quote! {
            #number => {
                #read
                let __value = #call;
                #write
            }
        }
    });
    quote! {
        /// # Safety
        /// As `keyway::abi::Table::dispatch`.
        pub unsafe extern "C" fn dispatch<__T: #definition>(
            data: *const ::core::ffi::c_void,
            method: u32,
            format: u32,
            arguments: __k::Slice<u8>,
            objects: __k::Slice<__k::Object>,
        ) -> __k::Reply<__k::Message> {
            // SAFETY: the caller keeps arguments and objects alive during the call, and the table that holds this
            // function was made for a `__T`, whose address is its data.
            unsafe {
                __k::serve(format, arguments, objects, |__from, __to| {
                    let __this = &*data.cast::<__T>();
                    match method {
                        #(#arms)*
                        other => ::core::result::Result::Err(__k::Malformed::new(
                            ::std::format!("there is no method number {other}")
                        )),
                    }
                })
            }
        }
    }
}

fn decode(way: &Way) -> TokenStream {
    match way {
        Way::Str => quote!(|from| from.str()),
        Way::Slice(of) => quote!(<#of as __k::Wire>::decode_list),
        Way::Lent(of) => quote!(|from| <#of as __k::Interface>::borrow(from.object()?)),
        Way::Boxed(of) => quote!(|from| <#of as __k::Interface>::read_box(from.object()?, from.origin())),
        Way::Ref(of) | Way::Owned(of) => quote!(<#of as __k::Wire>::decode),
    }
}

fn write(output: &Output) -> TokenStream {
    let value = match &output.value {
        OutputWay::Owned(of) => quote!(<#of as __k::Wire>::encode(&__value, __to)),
        OutputWay::Boxed(of) => quote!(__to.object(<#of as __k::Interface>::give_box(__value))),
    };
    match &output.error {
        None => quote! {
            #value;
            ::core::result::Result::Ok(__k::Answered::Value)
        },
        Some(error) => quote! {
            match __value {
                ::core::result::Result::Ok(__value) => {
                    #value;
                    ::core::result::Result::Ok(__k::Answered::Value)
                }
                ::core::result::Result::Err(__error) => {
                    <#error as __k::Wire>::encode(&__error, __to);
                    ::core::result::Result::Ok(__k::Answered::Error)
                }
            }
        },
    }
}
