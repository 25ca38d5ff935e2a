//! `#[derive(Plain)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput};

use super::fields::Fields;
use crate::author;
use crate::problems::Problems;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut problems = Problems::default();
    super::check_generics(input, &mut problems);
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(_) => {
            problems
                .at(&input.ident, "only a struct can cross as it lies in memory; derive Wire for an enum");
            return problems.into_tokens();
        }
        Data::Union(_) => {
            problems.at(
                &input.ident,
                "only a struct can cross as it lies in memory; a union can not cross at all",
            );
            return problems.into_tokens();
        }
    };
    check_layout(input, &mut problems);
    if data.fields.is_empty() {
        problems.at(&input.ident, "a struct without fields has nothing to cross; derive Wire");
    }
    let fields = Fields::new(&input.ident, &data.fields, &mut problems);
    if !problems.is_empty() {
        return problems.into_tokens();
    }
    let name = &input.ident;
    let text = name.unraw().to_string();
    let (encode, decode, parts, pattern) =
        (fields.encode(), fields.decode(&quote!(Self)), fields.parts(), fields.pattern());
    let count = fields.len();
    let allowed = author::allowed(super::attributes(input));
    let plain = fields.0.iter().map(|field| {
        let of = &field.of;
        quote!(__k::generated::assert_plain::<#of>();)
    });
    author::underline(quote! {
        #allowed
        const _: () = {
            use ::keyway::__private as __k;
            const _: () = { #(#plain)* };
            // SAFETY: a `#[repr(C)]` struct of plain fields, which the lines above assert, is its own C form.
            unsafe impl __k::Wire for #name {
                ::keyway::__by_value!();
                extern "C" fn shape() -> *const __k::Type {
                    static PARTS: [__k::Part; #count] = #parts;
                    static SHAPE: __k::Type = __k::generated::named_type(__k::kind::PLAIN, #text, &PARTS);
                    &SHAPE
                }
                fn encode(&self, to: &mut __k::Encoder) {
                    let Self #pattern = self;
                    #encode
                }
                fn decode(__from: &mut __k::Decoder<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    ::core::result::Result::Ok(#decode)
                }
            }
            // SAFETY: as above.
            unsafe impl __k::Plain for #name {}
        };
    })
}

fn check_layout(input: &DeriveInput, problems: &mut Problems) {
    let (mut c, mut packed) = (false, None);
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        // What rustc does not accept in `repr`, rustc reports.
        let _ = attribute.parse_nested_meta(|meta| {
            c |= meta.path.is_ident("C");
            if meta.path.is_ident("packed") {
                packed = Some(meta.path.clone());
            }
            if meta.input.peek(syn::token::Paren) {
                let _: proc_macro2::Group = meta.input.parse()?;
            }
            Ok(())
        });
    }
    if !c {
        problems.at(
            &input.ident,
            "its layout is Rust's to choose, so it can not cross as it lies; add `#[repr(C)]`",
        );
    }
    if let Some(packed) = packed {
        problems.at(packed, "a packed struct can not cross as it lies; take `packed` away, or derive Wire");
    }
}
