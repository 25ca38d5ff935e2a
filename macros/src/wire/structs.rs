//! `#[derive(Wire)]` on a struct.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DataStruct, DeriveInput};

use super::attributes;
use super::fields::Fields;
use crate::author;
use crate::problems::Problems;

pub(crate) fn expand(input: &DeriveInput, data: &DataStruct, problems: &mut Problems) -> TokenStream {
    let fields = Fields::new(&input.ident, &data.fields, problems);
    let name = &input.ident;
    let text = name.unraw().to_string();
    let (view, out) = (format_ident!("__View"), format_ident!("__Out"));
    let forms = fields.forms(&view, &out);
    let (build_view, build_out) = (fields.build_view(&view), fields.build_out(&out));
    let this = quote!(Self);
    let (from_view, from_out) = (fields.read(&this), fields.take(&this));
    let (over_view, lift) = (fields.over_view(&this), fields.lift());
    let (fails, surely_from_out) = (fields.fails(), fields.surely_from_out(&this));
    let (encode, decode, parts, pattern) =
        (fields.encode(), fields.decode(&this), fields.parts(), fields.pattern());
    let count = fields.len();
    let allowed = author::allowed(attributes(input));
    quote! {
        #allowed
        const _: () = {
            use ::keyway::__private as __k;
            #forms
            // SAFETY: both forms are C structs of the fields' forms, whose shapes the struct's shape lists.
            unsafe impl __k::Wire for #name {
                type View = __View;
                type Arg = __View;
                type Out = __Out;
                const FAILS: __k::Fails = #fails;
                extern "C" fn shape() -> *const __k::Type {
                    static PARTS: [__k::Part; #count] = #parts;
                    static SHAPE: __k::Type = __k::generated::named_type(__k::kind::STRUCT, #text, &PARTS);
                    &SHAPE
                }
                #[inline]
                fn view(&self, arena: &mut __k::Arena) -> __View {
                    let Self #pattern = self;
                    #build_view
                }
                unsafe fn read(form: __View, origin: __k::Origin<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    ::core::result::Result::Ok(#from_view)
                }
                #[inline]
                unsafe fn overlay(
                    form: &__View,
                    origin: __k::Origin<'_>,
                ) -> ::core::result::Result<::core::mem::ManuallyDrop<Self>, __k::Malformed> {
                    ::core::result::Result::Ok(::core::mem::ManuallyDrop::new(#over_view))
                }
                #[inline]
                unsafe fn lift(overlay: Self) {
                    let Self #pattern = overlay;
                    #lift
                }
                fn pass(&mut self, arena: &mut __k::Arena) -> __View {
                    <Self as __k::Wire>::view(self, arena)
                }
                unsafe fn receive(arg: __View, origin: __k::Origin<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    // SAFETY: the same duties.
                    unsafe { <Self as __k::Wire>::read(arg, origin) }
                }
                #[inline]
                fn give(self) -> __Out {
                    let Self #pattern = self;
                    #build_out
                }
                unsafe fn take(form: __Out, origin: __k::Origin<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    ::core::result::Result::Ok(#from_out)
                }
                #[inline]
                unsafe fn take_surely(form: __Out, origin: __k::Origin<'_>) -> Self {
                    #surely_from_out
                }
                fn encode(&self, to: &mut __k::Encoder) {
                    let Self #pattern = self;
                    #encode
                }
                fn decode(__from: &mut __k::Decoder<'_>) -> ::core::result::Result<Self, __k::Malformed> {
                    ::core::result::Result::Ok(#decode)
                }
            }
        };
    }
}
