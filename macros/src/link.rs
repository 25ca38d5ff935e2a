//! `link_plugins!`: names crates to the linker and to the check at start.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
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
                format!("{error}; write the names of crates as `use` has them: link_plugins!(word_count, json_tools)"),
            )
            .into_compile_error();
        }
    };
    let names = crates.iter().map(|name| name.unraw().to_string());
    let uses = crates.iter().map(|name| {
        // Where there is no such crate, the error stands on its name.
        let here = Span::call_site().located_at(name.span());
        let mut name = name.clone();
        name.set_span(here);
        quote_spanned!(here => use ::#name as _;)
    });
    quote! {
        #(#uses)*
        const _: () = {
            #[::keyway::__private::linkme::distributed_slice(::keyway::__private::NAMED)]
            #[linkme(crate = ::keyway::__private::linkme)]
            static __NAMED: &'static [&'static str] = &[#(#names),*];
        };
    }
}
