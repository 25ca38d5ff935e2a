//! `link_plugins!`: names crates to the linker and to the check at start.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;

pub(crate) fn expand(crates: TokenStream) -> TokenStream {
    let parser = Punctuated::<Ident, syn::Token![,]>::parse_terminated;
    let crates = match parser.parse2(crates) {
        Ok(crates) => crates,
        Err(error) => {
            return syn::Error::new(
                error.span(),
                format!("{error}; write the names of crates: link_plugins!(a, b)"),
            )
            .into_compile_error();
        }
    };
    let names = crates.iter().map(|name| name.unraw().to_string());
    let uses = crates.iter();
    quote! {
        #(use #uses as _;)*
        const _: () = {
            #[::keyway::__private::linkme::distributed_slice(::keyway::__private::NAMED)]
            #[linkme(crate = ::keyway::__private::linkme)]
            static __NAMED: &'static [&'static str] = &[#(#names),*];
        };
    }
}
