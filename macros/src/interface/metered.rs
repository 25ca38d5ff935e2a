//! The counter in front of an object, which a host puts there where it counts calls. A library gets nothing of it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::ext::IdentExt;

use super::check::Method;
use super::proxy;

/// The trait for what counts: each method begins a call, passes it on, and says how it ended.
pub(super) fn counter(name: &Ident, methods: &[Method]) -> TokenStream {
    let calls = methods.iter().enumerate().map(|(number, method)| {
        let signature = proxy::plain_signature(method);
        let (method_name, names) = (&method.name, method.arguments.iter().map(|argument| &argument.local));
        if method.later.is_some() {
            let well = match &method.output.error {
                None => quote!(|_| true),
                Some(_) => quote!(|__value| __value.is_ok()),
            };
            return quote! {
                #signature {
                    let __future = <dyn #name as #name>::#method_name(self.object(), #(#names),*);
                    self.later(#number, __future, #well)
                }
            };
        }
        let end = match &method.output.error {
            None => quote!(__call.done()),
            Some(_) => quote!(__call.ended(__value.is_ok())),
        };
        quote! {
            #signature {
                let __call = self.call(#number);
                let __value = <dyn #name as #name>::#method_name(self.object(), #(#names),*);
                #end;
                __value
            }
        }
    });
    quote! {
        __k::host_only! {
            #[doc(hidden)]
            #[diagnostic::do_not_recommend]
            impl #name for __k::Metered<dyn #name> { #(#calls)* }
        }
    }
}

/// The function of `Interface` that puts it there.
pub(super) fn constructor(name: &Ident, methods: &[Method]) -> TokenStream {
    let names = methods.iter().map(|method| method.name.unraw().to_string());
    quote! {
        __k::host_only! {
            fn metered(
                object: ::std::sync::Arc<Self>,
                meter: __k::Meter<'_>,
            ) -> ::std::sync::Arc<Self> {
                ::std::sync::Arc::new(__k::Metered::<dyn #name>::new(object, meter, &[#(#names),*]))
            }
        }
    }
}
