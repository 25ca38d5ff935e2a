//! `#[interface]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Item;

use crate::problems::Problems;

mod check;
mod expand;
mod futures;
mod guest;
mod metered;
mod parse;
mod proxy;
mod types;

pub(crate) fn expand(arguments: TokenStream, item: &Item) -> TokenStream {
    let mut problems = Problems::default();
    let definition = match item {
        Item::Trait(definition) => definition,
        Item::Impl(implementation) if implementation.trait_.is_some() => {
            return futures::implementation(&arguments, implementation);
        }
        _ => {
            let message =
                "#[keyway::interface] stands on a trait, or on an `impl` of one with `async fn` in it";
            problems.at(item, message);
            return problems.into_tokens();
        }
    };
    let arguments = parse::arguments(arguments, &mut problems);
    let methods = check::check(definition, &mut problems);
    let definition = futures::definition(definition);
    if !problems.is_empty() {
        // The trait stays, so that what uses it is not reported as well.
        let (errors, definition) = (problems.into_tokens(), definition.to_token_stream());
        return quote::quote!(#definition #errors);
    }
    expand::expand(&arguments, &definition, &methods)
}
