//! What structs and variants share: a list of fields, its C forms, and the code that goes through it.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Type};

use crate::problems::Problems;

/// A field, by its place.
pub(crate) struct Field {
    /// `__f0`, `__f1`, …: its name in the C forms and in patterns.
    pub(crate) local: Ident,
    /// Its name in braces: an identifier, or a number.
    pub(crate) member: TokenStream,
    /// Its name in descriptions and in the named form.
    pub(crate) name: String,
    /// Its type.
    pub(crate) of: Type,
    /// What stands in for it when it is absent.
    pub(crate) default: Option<TokenStream>,
}

/// The fields of a struct or a variant.
pub(crate) struct Fields(pub(crate) Vec<Field>);

impl Fields {
    /// The fields of the type `owner`.
    pub(crate) fn new(owner: &Ident, fields: &syn::Fields, problems: &mut Problems) -> Self {
        let each = fields.iter().enumerate().map(|(place, field)| {
            let index = syn::Index::from(place);
            let (member, name) = match &field.ident {
                Some(name) => (name.to_token_stream(), name.unraw().to_string()),
                None => (index.to_token_stream(), place.to_string()),
            };
            let default = default_of(&field.attrs, Some(&field.ty), problems);
            let of = Type::Verbatim(named(owner, field.ty.to_token_stream()));
            Field { local: format_ident!("__f{place}"), member, name, of, default }
        });
        Self(each.collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// `#[repr(C)]` structs of the fields' views and results.
    pub(crate) fn forms(&self, view: &Ident, out: &Ident) -> TokenStream {
        let form = |name: &Ident, which: &Ident| {
            let fields = self.0.iter().map(|Field { local, of, .. }| {
                quote! { #local: <#of as __k::Wire>::#which }
            });
            // C has no empty structs.
            let empty = self.0.is_empty().then(|| quote!(f: u8,));
            quote! {
                #[repr(C)]
                #[derive(::core::clone::Clone, ::core::marker::Copy)]
                pub struct #name { #empty #(#fields,)* }
            }
        };
        let (view, out) = (form(view, &format_ident!("View")), form(out, &format_ident!("Out")));
        quote!(#view #out)
    }

    fn empty(&self) -> Option<TokenStream> {
        self.0.is_empty().then(|| quote!(f: 0,))
    }

    /// Builds a form from patterns that bound `f0`, `f1`, … (by reference for views, by value for results).
    pub(crate) fn build_view(&self, view: &Ident) -> TokenStream {
        let empty = self.empty();
        let fields = self
            .0
            .iter()
            .map(|Field { local, of, .. }| quote!(#local: <#of as __k::Wire>::view(#local, arena)));
        quote!(#view { #empty #(#fields,)* })
    }

    pub(crate) fn build_out(&self, out: &Ident) -> TokenStream {
        let empty = self.empty();
        let fields =
            self.0.iter().map(|Field { local, of, .. }| quote!(#local: <#of as __k::Wire>::give(#local)));
        quote!(#out { #empty #(#fields,)* })
    }

    /// Builds `#target { … }` from a view called `form`.
    pub(crate) fn read(&self, target: &TokenStream) -> TokenStream {
        let fields = self.0.iter().map(|Field { local, member, of, .. }| {
            // SAFETY: see the trait's `read`, whose duties it passes on.
            quote!(#member: unsafe { <#of as __k::Wire>::read(form.#local, origin) }?)
        });
        quote!(#target { #(#fields,)* })
    }

    /// Builds `#target { … }` over a view called `form`: a field that fails takes those before it apart.
    pub(crate) fn over_view(&self, target: &TokenStream) -> TokenStream {
        let overlays = self.0.iter().map(|Field { local, of, .. }| {
            // SAFETY: see the trait's `laid`, whose duties it passes on field by field.
            quote!(let #local = unsafe { <#of as __k::Wire>::laid(&form.#local, origin) }?;)
        });
        let fields = self
            .0
            .iter()
            .map(|Field { local, member, of, .. }| quote!(#member: <#of as __k::Wire>::part_of(#local)));
        quote!({ #(#overlays)* #target { #(#fields,)* } })
    }

    /// Takes apart what patterns bound as `f0`, `f1`, …: each as an overlay, so that one whose own part panics while it is
    /// dropped leaves none to be dropped as if it were the callee's.
    pub(crate) fn lift(&self) -> TokenStream {
        let lifts = self.0.iter().map(|Field { local, of, .. }| {
            // SAFETY: the field was laid by `over_view`, and is taken apart once.
            quote!(let #local = unsafe { <#of as __k::Wire>::laid_part(#local) };)
        });
        quote!(#(#lifts)*)
    }

    /// Builds `#target { … }` from a result called `form`: all fields are taken before any is judged.
    pub(crate) fn take(&self, target: &TokenStream) -> TokenStream {
        let takes = self.0.iter().map(|Field { local, of, .. }| {
            // SAFETY: see the trait's `take`, whose duties it passes on; each field is taken once.
            quote!(let #local = unsafe { <#of as __k::Wire>::take(form.#local, origin) };)
        });
        let fields = self.0.iter().map(|Field { local, member, .. }| quote!(#member: #local?));
        quote!({ #(#takes)* #target { #(#fields,)* } })
    }

    /// The same, where no field can fail.
    pub(crate) fn surely_from_out(&self, target: &TokenStream) -> TokenStream {
        let fields = self.0.iter().map(|Field { local, member, of, .. }| {
            // SAFETY: as in `take`; the caller has asked whether a field can fail.
            quote!(#member: unsafe { <#of as __k::Wire>::take_surely(form.#local, origin) })
        });
        quote!(#target { #(#fields,)* })
    }

    /// When one of the fields can fail.
    pub(crate) fn fails(&self) -> TokenStream {
        let fields = self.0.iter().map(|Field { of, .. }| quote!(.or(<#of as __k::Wire>::FAILS)));
        quote!(__k::Fails::Never #(#fields)*)
    }

    /// Appends the fields as a struct; patterns bound `f0`, `f1`, … by reference.
    pub(crate) fn encode(&self) -> TokenStream {
        let count = self.len();
        let fields = self.0.iter().map(
            |Field { local, name, of, .. }| quote!(to.field(#name); <#of as __k::Wire>::encode(#local, to);),
        );
        quote!(to.structure(#count); #(#fields)*)
    }

    /// Reads the fields as a struct into `#target { … }`.
    pub(crate) fn decode(&self, target: &TokenStream) -> TokenStream {
        let names = self.0.iter().map(|field| &field.name);
        let slots = self
            .0
            .iter()
            .map(|Field { local, of, .. }| quote!(let mut #local = ::core::option::Option::<#of>::None;));
        let arms = self.0.iter().enumerate().map(|(place, Field { local, of, .. })| {
            quote!(#place => #local = ::core::option::Option::Some(<#of as __k::Wire>::decode(__from)?),)
        });
        let fields = self.0.iter().map(|Field { local, member, name, default, .. }| {
            let absent = match default {
                Some(default) => default.clone(),
                None => quote!(return ::core::result::Result::Err(__k::Malformed::missing(#name))),
            };
            quote! {
                #member: match #local {
                    ::core::option::Option::Some(__value) => __value,
                    ::core::option::Option::None => #absent,
                }
            }
        });
        quote! {{
            #(#slots)*
            __from.structure(&[#(#names),*], |__from, __place| {
                match __place { #(#arms)* _ => {} }
                ::core::result::Result::Ok(())
            })?;
            #target { #(#fields,)* }
        }}
    }

    /// An array of descriptions.
    pub(crate) fn parts(&self) -> TokenStream {
        let parts = self.0.iter().map(|Field { name, of, default, .. }| {
            let flags = if default.is_some() { quote!(__k::PART_DEFAULT) } else { quote!(0) };
            let shape = quote! { <#of as __k::Wire>::shape };
            quote!(__k::generated::part(#name, #shape, #flags))
        });
        quote!([#(#parts),*])
    }

    /// `{ a: f0, b: f1 }`.
    pub(crate) fn pattern(&self) -> TokenStream {
        let bindings = self.0.iter().map(|Field { local, member, .. }| quote!(#member: #local));
        quote!({ #(#bindings),* })
    }
}

/// A type in which `Self` has its name: generated code says the type elsewhere, where `Self` is another.
fn named(owner: &Ident, of: TokenStream) -> TokenStream {
    of.into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                TokenTree::Ident(Ident::new(&owner.to_string(), ident.span()))
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), named(owner, group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        })
        .collect()
}

/// `#[wire(default)]` or `#[wire(default = path)]`.
pub(crate) fn default_of(
    attributes: &[syn::Attribute],
    of: Option<&Type>,
    problems: &mut Problems,
) -> Option<TokenStream> {
    let mut default = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("wire")) {
        if let syn::Meta::Path(_) = attribute.meta {
            problems.at(attribute, "it says nothing; write #[wire(default)] or #[wire(default = path)]");
            continue;
        }
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("default") {
                return Err(meta.error("only `default` and `default = path` can stand in #[wire(…)]"));
            }
            default = Some(if meta.input.peek(syn::Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                let syn::Expr::Path(path) = value else {
                    let message = "write the path of a function that makes the value: `default = path`";
                    return Err(syn::Error::new_spanned(value, message));
                };
                quote_spanned!(path.span() => #path())
            } else {
                quote!(<#of as __k::Default>::default())
            });
            Ok(())
        });
        if let Err(error) = parsed {
            problems.add(error);
        }
    }
    default
}
