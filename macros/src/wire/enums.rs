//! `#[derive(Wire)]` on an enum.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DataEnum, DeriveInput, Ident};

use super::attributes;
use super::fields::{Field, Fields, default_of};
use crate::author;
use crate::problems::Problems;

struct Variant {
    ident: Ident,
    name: String,
    tag: u32,
    fields: Fields,
    tuple: bool,
    fallback: bool,
}

pub(crate) fn expand(input: &DeriveInput, data: &DataEnum, problems: &mut Problems) -> TokenStream {
    if data.variants.is_empty() {
        problems.at(&input.ident, "an enum without variants has no values that could cross; give it one");
    }
    let variants: Vec<Variant> = data
        .variants
        .iter()
        .zip(0..)
        .map(|(variant, tag)| parse(&input.ident, variant, tag, problems))
        .collect();
    let fallbacks: Vec<&Variant> = variants.iter().filter(|variant| variant.fallback).collect();
    if let [_, second, ..] = fallbacks[..] {
        problems.at(&second.ident, "only one variant can be `#[wire(default)]`; take it from this one");
    }
    if !problems.is_empty() {
        return TokenStream::new();
    }
    code(&input.ident, &variants, &author::allowed(attributes(input)))
}

fn parse(owner: &Ident, variant: &syn::Variant, tag: u32, problems: &mut Problems) -> Variant {
    let fallback = default_of(&variant.attrs, None, problems).is_some();
    if let Some(attribute) = variant.attrs.iter().find(|attribute| has_value(attribute)) {
        problems.at(attribute, "a variant is its own value; write #[wire(default)]");
    }
    if fallback && !variant.fields.is_empty() {
        problems.at(
            variant,
            "`#[wire(default)]` stands for unknown variants, so it can have no fields; put it on a unit variant",
        );
    }
    Variant {
        ident: variant.ident.clone(),
        name: variant.ident.unraw().to_string(),
        tag,
        tuple: matches!(variant.fields, syn::Fields::Unnamed(_)),
        fields: Fields::new(owner, &variant.fields, problems),
        fallback,
    }
}

/// Whether it is `#[wire(default = …)]`.
fn has_value(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("wire")
        && attribute.parse_args::<syn::Meta>().is_ok_and(|meta| matches!(meta, syn::Meta::NameValue(_)))
}

fn code(name: &Ident, variants: &[Variant], allowed: &TokenStream) -> TokenStream {
    let text = name.unraw().to_string();
    let (view_of, out_of) = (|tag: u32| format_ident!("__View{tag}"), |tag: u32| format_ident!("__Out{tag}"));
    let filled = || variants.iter().filter(|variant| variant.fields.len() > 0);
    let forms = filled().map(|variant| variant.fields.forms(&view_of(variant.tag), &out_of(variant.tag)));
    let member = |tag: u32| format_ident!("v{tag}");
    let view_members = filled().map(|v| (member(v.tag), view_of(v.tag))).map(|(m, of)| quote!(#m: #of));
    let out_members = filled().map(|v| (member(v.tag), out_of(v.tag))).map(|(m, of)| quote!(#m: #of));

    let views = variants.iter().map(|Variant { ident, tag, fields, .. }| {
        let pattern = fields.pattern();
        let value = if fields.len() > 0 {
            let (member, build) = (member(*tag), fields.build_view(&view_of(*tag)));
            quote!(__Views { #member: #build })
        } else {
            quote!(__Views { none: 0 })
        };
        quote!(Self::#ident #pattern => __View { tag: #tag, value: #value },)
    });
    let outs = variants.iter().map(|Variant { ident, tag, fields, .. }| {
        let pattern = fields.pattern();
        let value = if fields.len() > 0 {
            let (member, build) = (member(*tag), fields.build_out(&out_of(*tag)));
            quote!(__Outs { #member: #build })
        } else {
            quote!(__Outs { none: 0 })
        };
        quote!(Self::#ident #pattern => __Out { tag: #tag, value: #value },)
    });
    let reads = |from: fn(&Fields, &TokenStream) -> TokenStream| {
        variants
            .iter()
            .map(|Variant { ident, tag, fields, .. }| {
                let target = quote!(Self::#ident);
                let built = from(fields, &target);
                let form = (fields.len() > 0).then(|| {
                    let member = member(*tag);
                    // SAFETY: the tag says which member was written, as the trait's `read` and `take`
                    // demand of whoever gives the form.
                    quote!(let form = unsafe { form.value.#member };)
                });
                quote!(#tag => { #form #built })
            })
            .collect::<Vec<_>>()
    };
    let (from_views, from_outs) = (reads(Fields::read), reads(Fields::take));
    let encodes = variants.iter().map(encode);
    let decodes = variants.iter().map(decode);
    let unknown = match variants.iter().find(|variant| variant.fallback) {
        Some(Variant { ident, .. }) => quote! {
            __k::Tag::Unit(_) => Self::#ident,
            __k::Tag::Valued(_) => { __from.skip()?; Self::#ident }
        },
        None => quote! {
            __k::Tag::Unit(name) | __k::Tag::Valued(name) => {
                return ::core::result::Result::Err(__k::Malformed::variant(#text, name));
            }
        },
    };
    let parts = variants.iter().map(|Variant { name, fields, tuple, fallback, .. }| {
        let parts = fields.parts();
        let default = fallback.then(|| quote!(| __k::PART_DEFAULT));
        let tuple = tuple.then(|| quote!(| __k::PART_TUPLE));
        quote!(__k::generated::variant(#name, 0 #default #tuple, const { &#parts }))
    });
    let count = variants.len();
    quote! {
        #allowed
        const _: () = {
            use ::keyway::__private as __k;
            #(#forms)*
            #[repr(C)]
            #[derive(::core::clone::Clone, ::core::marker::Copy)]
            pub union __Views { none: u8, #(#view_members,)* }
            #[repr(C)]
            #[derive(::core::clone::Clone, ::core::marker::Copy)]
            pub struct __View { tag: u32, value: __Views }
            #[repr(C)]
            #[derive(::core::clone::Clone, ::core::marker::Copy)]
            pub union __Outs { none: u8, #(#out_members,)* }
            #[repr(C)]
            #[derive(::core::clone::Clone, ::core::marker::Copy)]
            pub struct __Out { tag: u32, value: __Outs }
            // SAFETY: both forms are C structs of a tag and a union of C structs of the fields' forms, whose shapes the
            // enum's shape lists.
            unsafe impl __k::Wire for #name {
                type View = __View;
                type Arg = __View;
                type Out = __Out;
                extern "C" fn shape() -> *const __k::Type {
                    static PARTS: [__k::Part; #count] = [#(#parts),*];
                    static SHAPE: __k::Type = __k::generated::named_type(__k::kind::ENUM, #text, &PARTS);
                    &SHAPE
                }
                fn view(&self, arena: &mut __k::Arena) -> __View {
                    match self { #(#views)* }
                }
                unsafe fn read(form: __View, origin: __k::Origin<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    ::core::result::Result::Ok(match form.tag {
                        #(#from_views)*
                        tag => return ::core::result::Result::Err(__k::Malformed::tag(#text, tag)),
                    })
                }
                fn pass(&mut self, arena: &mut __k::Arena) -> __View {
                    <Self as __k::Wire>::view(self, arena)
                }
                unsafe fn receive(arg: __View, origin: __k::Origin<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    // SAFETY: the same duties.
                    unsafe { <Self as __k::Wire>::read(arg, origin) }
                }
                fn give(self) -> __Out {
                    match self { #(#outs)* }
                }
                unsafe fn take(form: __Out, origin: __k::Origin<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    ::core::result::Result::Ok(match form.tag {
                        #(#from_outs)*
                        tag => return ::core::result::Result::Err(__k::Malformed::tag(#text, tag)),
                    })
                }
                fn encode(&self, to: &mut __k::Encoder) {
                    match self { #(#encodes)* }
                }
                fn decode(__from: &mut __k::Decoder<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    ::core::result::Result::Ok(match __from.variant()? {
                        #(#decodes)*
                        #unknown
                        __k::Tag::Index(tag) => return ::core::result::Result::Err(__k::Malformed::tag(#text, tag)),
                    })
                }
            }
        };
    }
}

fn encode(Variant { ident, name, tag, fields, tuple, .. }: &Variant) -> TokenStream {
    let pattern = fields.pattern();
    let body = match fields.len() {
        0 => quote!(to.unit_variant(#tag, #name);),
        count if *tuple => {
            let list = (count > 1).then(|| quote!(to.tuple(#count);));
            let each = fields
                .0
                .iter()
                .map(|Field { local, of, .. }| quote!(<#of as __k::Wire>::encode(#local, to);));
            quote!(to.variant(#tag, #name); #list #(#each)*)
        }
        _ => {
            let each = fields.encode();
            quote!(to.variant(#tag, #name); #each)
        }
    };
    quote!(Self::#ident #pattern => { #body })
}

fn decode(Variant { ident, name, tag, fields, tuple, .. }: &Variant) -> TokenStream {
    let target = quote!(Self::#ident);
    match fields.len() {
        0 => quote!(__k::Tag::Index(#tag) | __k::Tag::Unit(#name) => #target {},),
        count if *tuple => {
            let list = (count > 1).then(|| quote!(__from.tuple(#count)?;));
            let each = fields.0.iter().map(|Field { member, name, of, .. }| {
                quote!(#member: __from.within(#name, <#of as __k::Wire>::decode)?)
            });
            quote!(__k::Tag::Index(#tag) | __k::Tag::Valued(#name) => { #list #target { #(#each,)* } })
        }
        _ => {
            let built = fields.decode(&target);
            quote!(__k::Tag::Index(#tag) | __k::Tag::Valued(#name) => #built,)
        }
    }
}
