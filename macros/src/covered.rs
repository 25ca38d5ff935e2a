//! Every message of the macros stands in a ui case: `tests/ui/*.stderr`.

use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Attribute, ItemMod, LitStr, Macro};

#[test]
fn every_message_of_the_macros_has_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut said = String::new();
    for entry in fs::read_dir(root.join("../tests/ui")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            said.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let mut messages = Messages(Vec::new());
    sources(&root.join("src"), &mut messages);
    assert!(messages.0.len() > 60, "only {} messages were found", messages.0.len());
    messages.0.retain(|message| !pieces(message).all(|piece| said.contains(piece)));
    assert!(
        messages.0.is_empty(),
        "write a case under tests/ui for each of these:\n{}",
        messages.0.join("\n")
    );
}

fn sources(folder: &Path, messages: &mut Messages) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, messages);
        } else if !["expanded", "covered"].contains(&path.file_stem().unwrap().to_str().unwrap()) {
            messages.visit_file(&syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
        }
    }
}

/// What stands between the placeholders of a message.
fn pieces(message: &str) -> impl Iterator<Item = &str> {
    message.split(['{', '}']).step_by(2).filter(|piece| !piece.is_empty())
}

/// The texts that are told to people: those with words in them, outside of `quote!`, tests and attributes.
struct Messages(Vec<String>);

impl Messages {
    fn text(&mut self, text: &str) {
        if text.contains(' ') && text.chars().filter(|letter| letter.is_ascii_lowercase()).count() > 8 {
            self.0.push(text.to_owned());
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse2::<LitStr>(TokenTree::Literal(literal).into()) {
                        self.text(&text.value());
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Messages {
    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.text(&text.value());
    }
    fn visit_macro(&mut self, call: &'ast Macro) {
        if call.path.is_ident("format") {
            self.tokens(call.tokens.clone());
        }
    }
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.ident != "tests" {
            syn::visit::visit_item_mod(self, module);
        }
    }
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}
