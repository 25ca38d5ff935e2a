//! What `#[plugin]` writes beside the struct.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Ident, Item, Path, Type, parse_quote_spanned};

use super::arguments::Arguments;
use super::{facts, manifest};
use crate::author;

pub(super) fn expand(arguments: &Arguments, item: &Item, name: &Ident) -> TokenStream {
    let pieces = manifest::pieces(arguments);
    let facts = facts::facts(arguments);
    let id = &arguments.id;
    let count = arguments.provides.len();
    let objects: Vec<Type> = arguments.provides.iter().map(object).collect();
    let tables = (0..count).map(|place| format_ident!("__TABLE_{place}")).collect::<Vec<_>>();
    let interfaces = objects.iter().zip(&tables).map(|(interface, table)| {
        let methods = format_ident!("__METHODS_OF{table}");
        quote! {
            static #methods: <#interface as __k::Interface>::Methods =
                <<#interface as __k::Interface>::Guest>::methods::<#name>();
            static #table: __k::Table = __k::generated::table(
                <#interface as __k::Interface>::DESCRIPTOR,
                ::core::option::Option::Some(__k::counting::<#name>()),
                <<#interface as __k::Interface>::Guest>::by_name::<#name>(),
                &#methods,
            );
        }
    });
    let provides = arguments.provides.iter().zip(&objects).zip(&tables).map(|((path, interface), table)| {
        // Where the plugin does not implement the interface, the error stands on these words.
        let plugin = Ident::new("plugin", path.segments.last().span());
        quote! {
            __k::Provide {
                table: &#table,
                direct: |#plugin| {
                    let object: ::std::sync::Arc<#interface> = #plugin;
                    ::std::boxed::Box::new(object)
                },
            }
        }
    });
    let config = arguments
        .config
        .as_ref()
        .map(|config| quote!(const _: () = __k::generated::assert_config::<#config>();));
    let allowed = author::allowed(match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        _ => unreachable!("`super::expand` lets no other item pass"),
    });
    // Where the plugin can not be made, the error stands on its name.
    let make = Ident::new("make", name.span());
    let generated = author::underline(quote! {
        #allowed
        const _: () = {
            use ::keyway::__private as __k;

            const __PIECES: &[&str] = &[#(#pieces),*];
            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__keyway"))]
            #[cfg_attr(windows, unsafe(link_section = ".keyway"))]
            #[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".note.keyway"))]
            static __NOTE: __k::Note<{ __k::padded(__k::length(__PIECES)) }> = __k::Note::new(__k::KIND_MANIFEST, __PIECES);

            #config
            impl __k::Made for #name {
                fn make(context: &__k::Context) -> ::core::result::Result<Self, __k::StartError> {
                    use __k::{ByDefault as _, ByPlugin as _};
                    (&&__k::Maker::<#name>::new()).#make(context)
                }
                fn health(&self) -> __k::Health {
                    use __k::{ByDefault as _, ByPlugin as _};
                    (&&__k::Maker::<#name>::new()).health(self)
                }
                fn end(&self) {
                    use __k::{ByDefault as _, ByPlugin as _};
                    (&&__k::Maker::<#name>::new()).end(self)
                }
            }

            #(#interfaces)*
            static __PROVIDES: [__k::Provide<#name>; #count] = [#(#provides),*];
            static __TABLES: __k::generated::Tables<#count> = __k::generated::Tables([#(&#tables),*]);

            unsafe extern "C" fn __start(
                context: *const __k::ContextTable,
            ) -> __k::Reply<__k::Either<*const ::core::ffi::c_void, __k::Owned<__k::Str>>> {
                // SAFETY: the same duties.
                unsafe { __k::start::<#name>(context) }
            }
            static __PLUGIN: __k::PluginTable = __k::generated::plugin_table(
                __NOTE.text(),
                __TABLES.array(),
                __start,
                __k::stop::<#name>,
                __k::counting::<#name>().1,
                {
                    use __k::SaysNothing as _;
                    __k::Maker::<#name>::HEALTH
                },
            );

            const __KRATE: &str = __k::generated::krate(::core::module_path!());
            const __REGISTRATION: __k::Registration = __k::Registration {
                manifest: __NOTE.text(),
                describe: |say| {
                    #(say(__k::Fact::#facts);)*
                },
                id: #id,
                krate: __KRATE,
                module: ::core::module_path!(),
                table: &__PLUGIN,
                start: |context| __k::LiveOf::<#name>::start(context, &__PROVIDES),
            };
            impl __k::Registered for #name {
                const REGISTRATION: &'static __k::Registration = &__REGISTRATION;
            }
            __k::inventory::submit! { __REGISTRATION }
            #[__k::linkme::distributed_slice(__k::COUNTED)]
            #[linkme(crate = __k::linkme)]
            static __COUNTED: __k::Counted = __k::Counted { id: #id, krate: __KRATE };
        };
    });
    quote!(#item #generated)
}

/// `dyn Interface`, all of it in the author's place.
pub(super) fn object(interface: &Path) -> Type {
    parse_quote_spanned!(interface.span() => dyn #interface)
}
