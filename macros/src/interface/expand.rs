//! What `#[interface]` writes beside the trait.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Ident, ItemTrait};

use super::check::Method;
use super::parse::Arguments;
use super::types::{Way, later_shape};
use super::{guest, metered, proxy};
use crate::author;

pub(super) fn expand(arguments: &Arguments, definition: &ItemTrait, methods: &[Method]) -> TokenStream {
    let name = &definition.ident;
    let descriptor = descriptor(arguments, methods);
    let guest = guest_side(name, methods);
    let host = host_side(name, methods);
    let carriers = carriers(name, methods);
    let counter = metered::counter(name, methods);
    let interface = interface(arguments, name, methods);
    let parts = definition.items.iter().filter_map(|item| match item {
        syn::TraitItem::Fn(method) => Some(&method.attrs),
        _ => None,
    });
    let allowed = author::allowed(definition.attrs.iter().chain(parts.flatten()));
    let generated = author::underline(quote! {
        #allowed
        const _: () = {
            use ::keyway::__private as __k;
            #descriptor
            #guest
            #host
            #carriers
            #counter
            #interface
        };
    });
    quote!(#definition #generated)
}

/// The interface as data, and the assertion that slices hold what lies in memory as it crosses.
fn descriptor(arguments: &Arguments, methods: &[Method]) -> TokenStream {
    let Arguments { id, version } = arguments;
    let count = methods.len();
    let each = methods.iter().map(|method| {
        let (name, text) = (method.name.unraw().to_string(), &method.text);
        let flags = if method.body.is_some() { quote!(__k::METHOD_HAS_BODY) } else { quote!(0) };
        let parts = method.arguments.iter().map(|argument| {
            let name = &argument.name;
            let shape = argument.way.shape();
            let flags = if matches!(argument.way, Way::Ref(_)) { quote!(__k::PART_LENT) } else { quote!(0) };
            quote!(__k::generated::part(#name, #shape, #flags))
        });
        let value = method.output.shape();
        let returns = if method.later.is_some() { later_shape(&value) } else { value };
        quote!(__k::generated::method(#name, #text, #flags, const { &[#(#parts),*] }, #returns))
    });
    let slices =
        methods.iter().flat_map(|method| &method.arguments).filter_map(|argument| match &argument.way {
            Way::Slice(of) => Some(quote!(const _: () = __k::generated::assert_plain::<#of>();)),
            _ => None,
        });
    quote! {
        #(#slices)*
        static __METHODS: [__k::Method; #count] = [#(#each),*];
        static __DESCRIPTOR: __k::Descriptor = __k::generated::descriptor(#id, #version, &__METHODS);
    }
}

/// One C function a method, and the tables that hold them.
fn guest_side(name: &Ident, methods: &[Method]) -> TokenStream {
    let count = methods.len();
    let shims = methods.iter().map(|method| guest::shim(name, method));
    let by_name = guest::by_name(name, methods);
    let entries = methods.iter().map(|method| {
        let shim = guest::shim_name(method);
        let types = method.arguments.iter().map(|argument| argument.way.abi());
        let reply = if method.later.is_some() { quote!(__k::FutureRaw) } else { method.output.abi() };
        quote! {
            // SAFETY: function pointers have one size; the descriptor says the type to whoever calls.
            unsafe {
                ::core::mem::transmute::<
                    unsafe extern "C" fn(*const ::core::ffi::c_void, #(#types),*) -> __k::Reply<#reply>,
                    __k::RawFn,
                >(#shim::<__T>)
            }
        }
    });
    quote! {
        #(#shims)*
        pub struct __Guest;
        impl __Guest {
            /// The functions of the table, for a type.
            pub const fn methods<__T: #name>() -> [__k::RawFn; #count] {
                [#(#entries),*]
            }
            #by_name
        }
    }
}

/// The proxy, and the bodies that it falls back to.
fn host_side(name: &Ident, methods: &[Method]) -> TokenStream {
    let calls = methods.iter().enumerate().map(|(number, method)| proxy::method(method, number));
    let slow = methods.iter().enumerate().map(|(number, method)| proxy::slow_method(method, number));
    let bodies = methods.iter().filter_map(|method| method.body.as_ref());
    quote! {
        /// The trait's own bodies under names that nobody overrides.
        trait __Bodies: #name {
            #(#bodies)*
        }
        impl<__T: #name + ?::core::marker::Sized> __Bodies for __T {}

        pub struct __Proxy {
            remote: __k::Remote,
        }
        impl #name for __Proxy {
            #(#calls)*
        }
        impl __Proxy {
            #(#slow)*
        }
    }
}

/// The trait for what carries objects across, and for handles.
fn carriers(name: &Ident, methods: &[Method]) -> TokenStream {
    let forward = |target: TokenStream| {
        methods.iter().map(move |method| {
            let signature = proxy::plain_signature(method);
            let (method_name, names) =
                (&method.name, method.arguments.iter().map(|argument| &argument.local));
            quote! {
                #[inline]
                #signature {
                    <dyn #name as #name>::#method_name(#target, #(#names),*)
                }
            }
        })
    };
    let shared = forward(quote!(&*self.0));
    let lent = forward(quote!(self.get()));
    let handle = methods.iter().map(|method| {
        let signature = proxy::plain_signature(method);
        let method_name = &method.name;
        let names: Vec<_> = method.arguments.iter().map(|argument| &argument.local).collect();
        quote! {
            #[inline]
            #signature {
                match self.way() {
                    __k::Way::Direct(__object) => <dyn #name as #name>::#method_name(&**__object, #(#names),*),
                    __k::Way::Proxy(__proxy) => <__Proxy as #name>::#method_name(&**__proxy, #(#names),*),
                }
            }
        }
    });
    quote! {
        #[doc(hidden)]
        impl #name for __k::Shared<dyn #name> { #(#shared)* }
        #[doc(hidden)]
        impl #name for __k::Lent<dyn #name> { #(#lent)* }
        impl #name for __k::Handle<dyn #name> { #(#handle)* }
    }
}

fn interface(arguments: &Arguments, name: &Ident, methods: &[Method]) -> TokenStream {
    let Arguments { id, version } = arguments;
    let count = methods.len();
    let metered = metered::constructor(name, methods);
    quote! {
        static __SHARED_METHODS: [__k::RawFn; #count] = __Guest::methods::<__k::Shared<dyn #name>>();
        static __SHARED: __k::Table = __k::generated::table(
            &__DESCRIPTOR,
            ::core::option::Option::Some((
                __k::retain::<__k::Shared<dyn #name>>,
                __k::release::<__k::Shared<dyn #name>>,
            )),
            __Guest::by_name::<__k::Shared<dyn #name>>(),
            &__SHARED_METHODS,
        );
        static __LENT_METHODS: [__k::RawFn; #count] = __Guest::methods::<__k::Lent<dyn #name>>();
        static __LENT: __k::Table = __k::generated::table(
            &__DESCRIPTOR,
            ::core::option::Option::None,
            __Guest::by_name::<__k::Lent<dyn #name>>(),
            &__LENT_METHODS,
        );

        // SAFETY: tables and proxy are made from one list of methods, and the descriptor from the same.
        unsafe impl __k::Interface for dyn #name {
            const ID: &'static str = #id;
            const VERSION: &'static str = #version;
            type Proxy = __Proxy;
            type Guest = __Guest;
            type Methods = [__k::RawFn; #count];
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
                __k::Object { data: ::std::sync::Arc::into_raw(shared).cast(), table: &__SHARED }
            }
            fn lent() -> &'static __k::Table {
                &__LENT
            }
            fn links() -> &'static __k::Links {
                static LINKS: __k::Links = __k::Links::new();
                &LINKS
            }
            #metered
        }
    }
}
