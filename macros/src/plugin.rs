//! `#[plugin]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Item;

use crate::problems::Problems;

mod arguments;
mod expand;
mod facts;
mod manifest;

pub(crate) fn expand(tokens: TokenStream, item: &Item) -> TokenStream {
    let mut problems = Problems::default();
    let (Item::Struct(_) | Item::Enum(_)) = item else {
        problems.at(item, "#[keyway::plugin] stands on a struct");
        return problems.into_tokens();
    };
    let (name, generics) = match item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(item) => (&item.ident, &item.generics),
        _ => unreachable!("the item was just checked"),
    };
    if !generics.params.is_empty() {
        problems.at(generics, "a plugin is one type, registered once; take the parameters away");
    }
    let arguments = arguments::parse(tokens, &mut problems);
    if !problems.is_empty() {
        let (errors, item) = (problems.into_tokens(), item.to_token_stream());
        return quote!(#item #errors);
    }
    expand::expand(&arguments, item, name)
}
