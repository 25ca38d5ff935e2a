//! `#[derive(Wire)]` and `#[derive(Plain)]`.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput};

use crate::author;
use crate::problems::Problems;

mod enums;
mod fields;
mod plain;
mod structs;

pub(crate) use plain::expand as expand_plain;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut problems = Problems::default();
    check_generics(input, &mut problems);
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("wire")) {
        problems.at(attribute, "#[wire(…)] stands on a field or on a variant");
    }
    let code = match &input.data {
        Data::Struct(data) => structs::expand(input, data, &mut problems),
        Data::Enum(data) => enums::expand(input, data, &mut problems),
        Data::Union(data) => {
            problems.at(data.union_token, "a union can not cross a plugin's edge; write an enum");
            TokenStream::new()
        }
    };
    if problems.is_empty() { author::underline(code) } else { problems.into_tokens() }
}

/// The attributes of a type, of its variants and of all their fields.
fn attributes(input: &DeriveInput) -> Vec<&syn::Attribute> {
    fn of_fields(fields: &syn::Fields) -> impl Iterator<Item = &syn::Attribute> {
        fields.iter().flat_map(|field| &field.attrs)
    }
    let mut all: Vec<_> = input.attrs.iter().collect();
    match &input.data {
        Data::Struct(data) => all.extend(of_fields(&data.fields)),
        Data::Enum(data) => {
            for variant in &data.variants {
                all.extend(&variant.attrs);
                all.extend(of_fields(&variant.fields));
            }
        }
        Data::Union(_) => {}
    }
    all
}

fn check_generics(input: &DeriveInput, problems: &mut Problems) {
    for parameter in &input.generics.params {
        let message = match parameter {
            syn::GenericParam::Lifetime(_) => {
                "a type that borrows can not cross a plugin's edge; write owned fields, such as String for &str"
            }
            _ => "a generic type can not cross a plugin's edge; write one type for each use",
        };
        problems.at(parameter, message);
    }
}
