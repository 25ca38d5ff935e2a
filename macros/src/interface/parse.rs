//! The arguments of `#[interface]`.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{LitStr, MetaNameValue, Token};

use crate::problems::{Problems, check_id, full_version, nearest};

/// `id = "…", version = "…"`, checked.
#[derive(Default)]
pub(super) struct Arguments {
    pub(super) id: String,
    pub(super) version: String,
}

pub(super) fn arguments(tokens: TokenStream, problems: &mut Problems) -> Arguments {
    let mut arguments = Arguments::default();
    let (mut id, mut version) = (false, false);
    let parser = Punctuated::<MetaNameValue, Token![,]>::parse_terminated;
    let pairs = match parser.parse2(tokens) {
        Ok(pairs) => pairs,
        Err(error) => {
            let help = "write #[keyway::interface(id = \"namespace/name\", version = \"1.0\")]";
            problems.add(syn::Error::new(error.span(), format!("{error}; {help}")));
            return arguments;
        }
    };
    for pair in &pairs {
        let name = pair.path.get_ident().map(ToString::to_string).unwrap_or_default();
        let text = match syn::parse2::<LitStr>(quote::ToTokens::to_token_stream(&pair.value)) {
            Ok(text) => text,
            Err(_) => {
                problems.at(&pair.value, "write a text in quotes");
                (id, version) = (id || name == "id", version || name == "version");
                continue;
            }
        };
        match name.as_str() {
            "id" => {
                id = true;
                match check_id(&text.value()) {
                    Ok(()) => arguments.id = text.value(),
                    Err(message) => problems.at(&text, message),
                }
            }
            "version" => {
                version = true;
                match full_version(&text.value()) {
                    Ok(full) => arguments.version = full,
                    Err(message) => problems.at(&text, message),
                }
            }
            other => {
                let near = nearest(other, &["id", "version"]);
                let help = near
                    .map_or("it takes `id` and `version`".into(), |near| format!("did you mean `{near}`?"));
                problems.at(&pair.path, format!("`{other}` is no argument of #[keyway::interface]; {help}"));
            }
        }
    }
    let here = proc_macro2::Span::call_site();
    if !id {
        problems.add(syn::Error::new(here, "the interface has no id; write `id = \"namespace/name\"`"));
    }
    if !version {
        problems.add(syn::Error::new(here, "the interface has no version; write `version = \"1.0\"`"));
    }
    arguments
}
