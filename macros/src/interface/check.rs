//! What a trait must be to be an interface.

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{
    FnArg, GenericParam, Ident, ItemTrait, Pat, Signature, TraitItem, Type, TypeParamBound, WherePredicate,
};

use super::futures;
use super::types::{self, Output, Way};
use crate::problems::Problems;

/// A method that crosses.
pub(super) struct Method {
    pub(super) name: Ident,
    /// As the author wrote it, for people.
    pub(super) text: String,
    /// As the compiler sees it: of an `async fn`, the method that gives the future.
    pub(super) signature: Signature,
    /// What an `async fn` gives in the end.
    pub(super) later: Option<Type>,
    pub(super) arguments: Vec<Argument>,
    pub(super) output: Output,
    /// The author's, as a method of another name.
    pub(super) body: Option<TokenStream>,
}

impl Method {
    /// Whether the future of the call needs what the guest side has made of an argument.
    pub(super) fn holds(&self) -> bool {
        self.arguments.iter().any(|argument| matches!(argument.way, Way::Ref(_) | Way::Lent(_)))
    }
}

/// The name under which a method's own body is kept.
pub(super) fn body_name(name: &Ident) -> Ident {
    format_ident!("__body_{}", name, span = Span::call_site())
}

/// An argument of a method.
pub(super) struct Argument {
    /// Its name in descriptions and messages.
    pub(super) name: String,
    /// Its name in generated code: the author's, where that can not be one of the generated names.
    pub(super) local: Ident,
    pub(super) way: Way,
}

pub(super) fn check(definition: &ItemTrait, problems: &mut Problems) -> Vec<Method> {
    if !definition.generics.params.is_empty() {
        problems.at(
            &definition.generics,
            "an interface has no parameters: both sides must mean the same; write one interface for each type",
        );
    }
    if let Some(clause) = &definition.generics.where_clause {
        problems.at(clause, "an interface has no `where`; put `Send + Sync` behind its name");
    }
    if let Some(token) = &definition.unsafety {
        problems.at(
            token,
            "an interface can not be unsafe: a plugin's author could not keep the promise; take it away",
        );
    }
    supertraits(definition, problems);
    let methods: Vec<Method> = definition.items.iter().filter_map(|item| method(item, problems)).collect();
    if methods.is_empty() && problems.is_empty() {
        problems
            .at(&definition.ident, "an interface without methods can not be called; write one with `&self`");
    }
    methods
}

fn supertraits(definition: &ItemTrait, problems: &mut Problems) {
    let (mut send, mut sync) = (false, false);
    for bound in &definition.supertraits {
        match bound {
            TypeParamBound::Lifetime(lifetime) if lifetime.ident == "static" => {}
            TypeParamBound::Trait(bound) => match bound.path.segments.last() {
                Some(segment) if segment.ident == "Send" => send = true,
                Some(segment) if segment.ident == "Sync" => sync = true,
                _ => problems.at(
                    bound,
                    "an interface has no supertraits but `Send` and `Sync`; write the method into the interface itself",
                ),
            },
            other => problems.at(other, "an interface has no supertraits but `Send` and `Sync`"),
        }
    }
    if !(send && sync) {
        let name = &definition.ident;
        problems.at(name, format!("plugins are called from any thread; write `trait {name}: Send + Sync`"));
    }
}

fn method(item: &TraitItem, problems: &mut Problems) -> Option<Method> {
    let method = match item {
        TraitItem::Fn(method) => method,
        TraitItem::Type(item) => {
            problems
                .at(item, "an associated type is another on each side; write the type out in the methods");
            return None;
        }
        TraitItem::Const(item) => {
            problems.at(item, "a constant can not be asked across an edge; write a method that returns it");
            return None;
        }
        other => {
            problems.at(other, "only methods can stand in an interface");
            return None;
        }
    };
    let signature = &method.sig;
    if stays_home(signature) {
        if method.default.is_none() {
            problems.at(signature, "a `where Self: Sized` method does not cross, so it needs a body");
        }
        return None;
    }
    no_cfg(&method.attrs, problems);
    qualifiers(signature, problems);
    receiver(signature, problems);
    let arguments = signature
        .inputs
        .iter()
        .zip(0..)
        .filter_map(|(input, place)| argument(input, place, problems))
        .collect();
    let output = types::output(&signature.output, problems);
    let is_async = signature.asyncness.is_some();
    let body = method.default.as_ref().map(|body| {
        let (mut signature, body) = match is_async {
            true => futures::with_body(signature, body),
            false => (signature.clone(), body.to_token_stream()),
        };
        signature.ident = body_name(&signature.ident);
        quote!(#signature #body)
    });
    Some(Method {
        name: signature.ident.clone(),
        text: tidy(&signature.to_token_stream()),
        signature: if is_async { futures::signature(signature) } else { signature.clone() },
        later: is_async.then(|| futures::value(signature)),
        arguments,
        output,
        body,
    })
}

fn no_cfg(attributes: &[syn::Attribute], problems: &mut Problems) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        problems.at(attribute, "an interface is the same wherever it is built; take the `cfg` away");
    }
}

/// `where Self: Sized` keeps a method off the trait object, so it never crosses.
pub(super) fn stays_home(signature: &Signature) -> bool {
    signature.generics.where_clause.iter().flat_map(|clause| &clause.predicates).any(|predicate| {
        match predicate {
            WherePredicate::Type(of) => {
                of.bounded_ty.to_token_stream().to_string() == "Self"
                    && of.bounds.iter().any(|bound| bound.to_token_stream().to_string() == "Sized")
            }
            _ => false,
        }
    })
}

fn qualifiers(signature: &Signature, problems: &mut Problems) {
    if let Some(token) = &signature.constness {
        problems.at(
            token,
            "a method of an interface runs on the other side, so it can not be const; take it away",
        );
    }
    if let Some(token) = &signature.abi {
        problems.at(token, "the C form is made for you; take `extern` away");
    }
    if let syn::Safety::Unsafe(token) = &signature.safety {
        problems.at(
            token,
            "a method of an interface can not be unsafe: the other side could not keep the promise; take it away",
        );
    }
    for parameter in &signature.generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                "arguments are borrowed for the length of the call and results are owned; take the lifetime away"
            }
            GenericParam::Const(_) => {
                "a method of an interface has no parameters; write a slice for an array"
            }
            GenericParam::Type(_) => {
                "a generic method has no one C form; write a concrete type, or an interface behind `&dyn`"
            }
        };
        problems.at(parameter, message);
    }
    if let Some(clause) = &signature.generics.where_clause {
        problems
            .at(clause, "a method of an interface has no `where`, but for `where Self: Sized` with a body");
    }
    if let Some(variadic) = &signature.variadic {
        problems.at(variadic, "write a slice");
    }
}

fn receiver(signature: &Signature, problems: &mut Problems) {
    let Some(receiver) = signature.receiver() else {
        problems.at(&signature.ident, "a method of an interface is called on a plugin; let it take `&self`");
        return;
    };
    let text: String = receiver.to_token_stream().to_string().split_whitespace().collect();
    if text != "&self" {
        problems.at(
            receiver,
            "plugins are shared between threads, so a method takes `&self`; keep what changes behind a Mutex",
        );
    }
}

fn argument(input: &FnArg, place: usize, problems: &mut Problems) -> Option<Argument> {
    let FnArg::Typed(typed) = input else { return None };
    let Pat::Ident(pattern) = &*typed.pat else {
        problems.at(&typed.pat, "write a name for the argument, and take it apart in the body");
        return None;
    };
    no_cfg(&typed.attrs, problems);
    let way = types::argument(&typed.ty, problems);
    let name = pattern.ident.unraw().to_string();
    // What is generated begins with two underscores, and what begins with one should not be used.
    let local = if name.starts_with('_') { format_ident!("__p{place}") } else { pattern.ident.clone() };
    Some(Argument { name, local, way })
}

/// Tokens as a person writes them, on one line.
pub(super) fn tidy(tokens: &TokenStream) -> String {
    let mut text = String::new();
    write(tokens.clone(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut joint = false;
    for token in tokens {
        let (open, close) = match &token {
            TokenTree::Group(group) => match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::None => ("", ""),
            },
            _ => ("", ""),
        };
        let word = match &token {
            TokenTree::Group(_) => open.to_owned(),
            other => other.to_string(),
        };
        let tight = joint
            || text.is_empty()
            || ["(", "[", "<", "&", "::"].iter().any(|end| text.ends_with(end))
            || [",", ":", ";", ">", "<"].contains(&word.as_str())
            || (word == "(" && !["->", ",", ":"].iter().any(|end| text.ends_with(end)));
        if !tight {
            text.push(' ');
        }
        text.push_str(&word);
        joint = matches!(&token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
        if let TokenTree::Group(group) = token {
            let start = text.len();
            write(group.stream(), text);
            // A comma at the end says something in `(T,)` alone.
            if text.ends_with(',') && text[start..].matches(',').count() > 1 {
                text.pop();
            }
            text.push_str(close);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_told_as_a_person_writes_it() {
        for text in [
            "fn add(&self, a: u64, b: u64) -> u64",
            "fn r#type(&self)",
            "fn all(&self, of: &[(u8, Vec<Option<std::string::String>>)]) -> (u8, BTreeMap<u32, ()>)",
            "fn give(&self, to: &dyn a::Visitor, or: Arc<dyn Visitor>, mut n: (u8,)) -> Result<(), Oops>",
        ] {
            assert_eq!(tidy(&text.parse().unwrap()), text);
        }
        assert_eq!(tidy(&"fn f(\n&self,\na: u8,\n)".parse().unwrap()), "fn f(&self, a: u8)");
    }
}
