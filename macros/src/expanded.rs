//! What the macros write, kept beside what they were given: `tests/expanded/*.rs` and `*.expanded.rs`, for reviewers to
//! read. `KEYWAY_BLESS=1 cargo test -p keyway-macros` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, Item, Meta};

#[test]
fn every_expansion_is_as_it_was_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/expanded");
    let mut inputs: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.to_str().is_some_and(|path| path.ends_with(".rs") && !path.ends_with(".expanded.rs"))
        })
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "no inputs in {}", folder.display());
    let bless = std::env::var_os("KEYWAY_BLESS").is_some();
    let mut wrong = Vec::new();
    for input in inputs {
        let output = input.with_extension("expanded.rs");
        let now = expand(&fs::read_to_string(&input).unwrap());
        if bless {
            fs::write(&output, &now).unwrap();
        } else if fs::read_to_string(&output).unwrap_or_default() != now {
            wrong.push(first_difference(&output, &now));
        }
    }
    assert!(
        wrong.is_empty(),
        "expansions changed; `KEYWAY_BLESS=1 cargo test -p keyway-macros` writes them for review:\n{}",
        wrong.join("\n")
    );
}

fn first_difference(file: &Path, now: &str) -> String {
    let before = fs::read_to_string(file).unwrap_or_default();
    let pairs = before.lines().map(Some).chain([None]).zip(now.lines().map(Some).chain([None]));
    let (line, (before, now)) =
        pairs.enumerate().find(|(_, (before, now))| before != now).unwrap_or_default();
    let name = file.file_name().unwrap_or_default().display();
    format!("{name}:{}: {:?} is now {:?}", line + 1, before.unwrap_or("the end"), now.unwrap_or("the end"))
}

/// Expands our macros in a file, and no others.
fn expand(source: &str) -> String {
    let file = syn::parse_file(source).unwrap();
    let doc = file.attrs;
    let items = file.items.iter().map(item);
    let expanded = syn::parse2(opened(quote!(#(#doc)* #(#items)*))).unwrap();
    format!(
        "// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.\n{}",
        prettyplease::unparse(&expanded)
    )
}

/// Shows what stands in `__k::host_only! { … }` as `#[cfg(host_only)] …`, which is laid out in lines as other code is.
fn opened(tokens: TokenStream) -> TokenStream {
    let mut shown: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let TokenTree::Group(group) = token else {
            shown.push(token);
            continue;
        };
        let inner = opened(group.stream());
        let call = ["__k", ":", ":", "host_only", "!"];
        let before = shown.len().saturating_sub(call.len());
        if shown[before..].iter().map(ToString::to_string).eq(call) {
            shown.truncate(before);
            shown.extend(quote!(#[cfg(host_only)]));
            shown.extend(inner);
        } else {
            shown.push(Group::new(group.delimiter(), inner).into());
        }
    }
    shown.into_iter().collect()
}

fn item(item: &Item) -> TokenStream {
    let mut item = item.clone();
    let attributes = match &mut item {
        Item::Trait(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Macro(call)
            if call.mac.path.segments.last().is_some_and(|last| last.ident == "link_plugins") =>
        {
            return crate::link::expand(call.mac.tokens.clone());
        }
        _ => return item.into_token_stream(),
    };
    let attribute = attributes.iter().position(|attribute| {
        ["interface", "plugin"]
            .into_iter()
            .any(|name| attribute.path().segments.last().is_some_and(|last| last.ident == name))
    });
    let attribute = attribute.map(|place| attributes.remove(place));
    let derives = take_derives(attributes);
    let mut generated = TokenStream::new();
    for derive in derives {
        let input: DeriveInput = syn::parse2(item.to_token_stream()).unwrap();
        generated.extend(match derive.as_str() {
            "Wire" => crate::wire::expand(&input),
            _ => crate::wire::expand_plain(&input),
        });
    }
    let expanded = match attribute.map(|Attribute { meta, .. }| meta) {
        Some(Meta::List(list)) if list.path.segments.last().is_some_and(|last| last.ident == "plugin") => {
            crate::plugin::expand(list.tokens, &item)
        }
        Some(Meta::List(list)) => crate::interface::expand(list.tokens, &item),
        Some(_) => crate::interface::expand(TokenStream::new(), &item),
        _ => item.into_token_stream(),
    };
    quote!(#expanded #generated)
}

/// Takes our derives out of the attributes; the compiler's own stay.
fn take_derives(attributes: &mut [Attribute]) -> Vec<String> {
    let mut ours = Vec::new();
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let mut others: Vec<syn::Path> = Vec::new();
        let parsed = attribute.parse_nested_meta(|meta| {
            match meta.path.segments.last().map(|last| last.ident.to_string()) {
                Some(name) if ["Wire", "Plain"].contains(&name.as_str()) => ours.push(name),
                _ => others.push(meta.path),
            }
            Ok(())
        });
        parsed.unwrap();
        *attribute = syn::parse_quote!(#[derive(#(#others),*)]);
    }
    ours
}
