//! What an `async fn` becomes: a method that gives a boxed future, in the trait and in what implements it.
//!
//! Whatever is borrowed for the call has one lifetime, that of the future, and none of it stands in a bound: so an
//! implementation that lacks the attribute differs in its return type alone, and the compiler shows the two.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Block, FnArg, ImplItem, ItemImpl, ItemTrait, Lifetime, Pat, ReturnType, Signature, TraitItem, Type,
    parse_quote, parse_quote_spanned,
};

use super::check::stays_home;
use super::types::bare;
use crate::problems::Problems;

/// The signature of the method that gives the future.
pub(super) fn signature(of: &Signature) -> Signature {
    let mut signature = of.clone();
    signature.asyncness = None;
    let borrows = signature.inputs.iter().any(|input| match input {
        FnArg::Typed(typed) => elided(&typed.ty),
        FnArg::Receiver(_) => false,
    });
    let value = value(of);
    let lifetime = Lifetime::new(if borrows { "'__call" } else { "'_" }, Span::call_site());
    if borrows {
        signature.generics.params.insert(0, parse_quote!(#lifetime));
        for input in &mut signature.inputs {
            match input {
                FnArg::Typed(typed) if elided(&typed.ty) => borrow(&mut typed.ty, &lifetime),
                FnArg::Receiver(receiver) => {
                    let attributes = &receiver.attrs;
                    *input = parse_quote!(#(#attributes)* &#lifetime self);
                }
                FnArg::Typed(_) => {}
            }
        }
    }
    // Where an implementation lacks the attribute, the compiler shows this line of the trait.
    let span = Span::call_site().located_at(of.asyncness.map_or_else(Span::call_site, |word| word.span));
    signature.output = parse_quote_spanned!(span=> -> ::keyway::BoxFuture<#lifetime, #value>);
    signature
}

/// What the method gives in the end.
pub(super) fn value(of: &Signature) -> Type {
    match &of.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, of) => (**of).clone(),
    }
}

/// Whether an argument is borrowed for the length of the call.
fn elided(of: &Type) -> bool {
    match bare(of) {
        Type::Reference(reference) => {
            reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "_")
        }
        _ => false,
    }
}

fn borrow(of: &mut Type, lifetime: &Lifetime) {
    match of {
        Type::Paren(inner) => borrow(&mut inner.elem, lifetime),
        Type::Group(inner) => borrow(&mut inner.elem, lifetime),
        Type::Reference(reference) => reference.lifetime = Some(lifetime.clone()),
        _ => {}
    }
}

/// The method with its body. As in an `async fn`, the future owns every argument, used or not, until it ends.
pub(super) fn with_body(of: &Signature, body: &Block) -> (Signature, TokenStream) {
    let mut signature = signature(of);
    let mut moves = Vec::new();
    for (place, input) in signature.inputs.iter_mut().enumerate() {
        let FnArg::Typed(typed) = input else { continue };
        // Another name to the compiler than the author's, so that the author's own can be bound inside.
        let here = |span: Span| Span::mixed_site().located_at(span);
        let (name, bind) = match &*typed.pat {
            Pat::Ident(pattern) if !pattern.ident.to_string().starts_with('_') => {
                let mut name = pattern.ident.clone();
                name.set_span(here(name.span()));
                let bind = quote!(let #pattern = #name;);
                (name, bind)
            }
            pattern => {
                let name = format_ident!("argument_{place}", span = here(Span::call_site()));
                let bind = match pattern {
                    // In a tuple, no lint asks why what begins with an underscore is bound.
                    Pat::Ident(_) => quote!(let (#pattern,) = (#name,);),
                    // What a pattern does not bind is owned all the same.
                    _ => quote!(let #name = #name; let #pattern = #name;),
                };
                (name, bind)
            }
        };
        moves.push(bind);
        *typed.pat = parse_quote!(#name);
    }
    let value = value(of);
    // A future that can not cross threads is reported on the method's name.
    let span = Span::call_site().located_at(of.ident.span());
    let body = quote_spanned! {span=>
        {
            ::keyway::__private::boxed::<#value, _>(async move {
                if let ::core::option::Option::Some(__value) = ::core::option::Option::None::<#value> {
                    return __value;
                }
                #(#moves)*
                #body
            })
        }
    };
    (signature, body)
}

/// The trait with its async methods as the compiler and everyone else sees them.
pub(super) fn definition(of: &ItemTrait) -> ItemTrait {
    let mut definition = of.clone();
    for item in &mut definition.items {
        let TraitItem::Fn(method) = item else { continue };
        if method.sig.asyncness.is_none() || stays_home(&method.sig) {
            continue;
        }
        match &method.default {
            None => method.sig = signature(&method.sig),
            Some(body) => {
                let (signature, body) = with_body(&method.sig, body);
                (method.sig, method.default) = (signature, Some(parse_quote!(#body)));
            }
        }
    }
    definition
}

/// `#[interface]` on an implementation: the same for its methods.
pub(super) fn implementation(arguments: &TokenStream, of: &ItemImpl) -> TokenStream {
    let mut problems = Problems::default();
    if !arguments.is_empty() {
        problems.at(
            arguments,
            "id and version stand on the trait; on its implementation write `#[keyway::interface]` alone",
        );
    }
    let mut implementation = of.clone();
    for item in &mut implementation.items {
        let ImplItem::Fn(method) = item else { continue };
        if method.sig.asyncness.is_some() && !stays_home(&method.sig) {
            let (signature, body) = with_body(&method.sig, &method.block);
            (method.sig, method.block) = (signature, parse_quote!(#body));
        }
    }
    let errors = problems.into_tokens();
    quote!(#implementation #errors)
}
