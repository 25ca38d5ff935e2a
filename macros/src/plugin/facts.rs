//! The manifest fact by fact, for a host of the same image: what [`super::manifest`] writes as JSON, as calls.

use proc_macro2::TokenStream;
use quote::quote;

use super::arguments::{Arguments, Requirement};
use super::manifest::Said;

/// The facts that are not left out, each an expression.
pub(super) fn facts(arguments: &Arguments) -> Vec<TokenStream> {
    let Said { version, description, authors, license, config } = Said::by(arguments);
    let mut facts = vec![quote!(Version(#version))];
    let mut text = |name: TokenStream, text: &str| {
        if !text.is_empty() {
            facts.push(quote!(#name(#text)));
        }
    };
    text(quote!(Description), &description);
    text(quote!(License), &license);
    text(quote!(Host), arguments.host.as_deref().unwrap_or_default());
    text(quote!(Config), config.as_deref().unwrap_or_default());
    facts.extend(authors.iter().map(|author| quote!(Author(#author))));
    for interface in &arguments.provides {
        let interface = quote!(<dyn #interface as ::keyway::__private::Interface>);
        facts.push(quote!(Provides { id: #interface::ID, version: #interface::VERSION }));
    }
    if arguments.activation.as_deref() == Some("use") {
        facts.push(quote!(OnUse));
    }
    if arguments.rank != 0 {
        let rank = arguments.rank;
        facts.push(quote!(Rank(#rank)));
    }
    for Requirement { id, version, interface, optional } in &arguments.requires {
        let name = if *interface { quote!(RequiresInterface) } else { quote!(RequiresPlugin) };
        facts.push(quote!(#name { id: #id, version: #version, optional: #optional }));
    }
    for Requirement { id, version, .. } in &arguments.conflicts {
        facts.push(quote!(Conflicts { id: #id, version: #version }));
    }
    for (name, values) in &arguments.capabilities {
        facts.push(quote!(Capability { name: #name, values: &[#(#values),*] }));
    }
    facts
}
