//! `#[interface]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Item;

use crate::problems::Problems;

mod check;
mod expand;
mod guest;
mod metered;
mod parse;
mod proxy;
mod types;

pub(crate) fn expand(arguments: TokenStream, item: &Item) -> TokenStream {
    let mut problems = Problems::default();
    let Item::Trait(definition) = item else {
        problems.at(item, "#[keyway::interface] stands on a trait");
        return problems.into_tokens();
    };
    let arguments = parse::arguments(arguments, &mut problems);
    let methods = check::check(definition, &mut problems);
    if !problems.is_empty() {
        // The trait stays, so that what uses it is not reported as well.
        let (errors, definition) = (problems.into_tokens(), definition.to_token_stream());
        return quote::quote!(#definition #errors);
    }
    expand::expand(&arguments, definition, &methods)
}
