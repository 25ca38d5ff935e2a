//! What generated code owes its author: errors under the author's own words, and silence where the author's lints are
//! strict. It carries no `allow` of its own, since under a `forbid` of the same lint that would be an error.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Meta};

/// What the author allows on an item and its parts, for the code that is generated from them.
pub(crate) fn allowed<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> TokenStream {
    let each = attributes.into_iter().filter_map(|attribute| {
        let path = attribute.path();
        if path.is_ident("deprecated") {
            return Some(quote!(#[allow(deprecated, reason = "made from what is deprecated")]));
        }
        match &attribute.meta {
            Meta::List(list) if path.is_ident("allow") || path.is_ident("expect") => {
                let lints = &list.tokens;
                Some(quote!(#[allow(#lints)]))
            }
            _ => None,
        }
    });
    each.collect()
}

/// Gives every `<Type as __k::Trait>::item` the span of the author's type, so that the compiler underlines the type where
/// it does not implement the trait, and says so once. What it resolves to, and the lints that see it, stay as they are.
pub(crate) fn underline(tokens: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut open = Vec::new();
    for at in 0..tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), underline(group.stream()));
                inner.set_span(group.span());
                tokens[at] = inner.into();
            }
            TokenTree::Punct(punct) if punct.as_char() == '<' => open.push(at),
            TokenTree::Punct(punct) if punct.as_char() == '>' => {
                let arrow = at > 0
                    && matches!(&tokens[at - 1], TokenTree::Punct(before) if "-=".contains(before.as_char()));
                if !arrow {
                    open.pop();
                }
            }
            TokenTree::Ident(word) if word == "as" => {
                let (Some(first), Some(item)) = (open.last().copied(), item_of(&tokens[at..])) else {
                    continue;
                };
                let (start, end) = (tokens[first + 1].span(), tokens[at - 1].span());
                tokens[first].set_span(start);
                tokens[at + item].set_span(end);
            }
            _ => {}
        }
    }
    tokens.into_iter().collect()
}

/// The place of `item` in `as __k::Trait>::item`.
fn item_of(tokens: &[TokenTree]) -> Option<usize> {
    let form = ["as", "__k", ":", ":", "", ">", ":", ":", ""];
    let fits = tokens.len() >= form.len()
        && form.iter().zip(tokens).all(|(form, token)| form.is_empty() || token.to_string() == *form);
    fits.then_some(form.len() - 1)
}
