//! The arguments of `#[interface]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
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
        let name = pair.path.to_token_stream().to_string();
        let (seen, example) = match name.as_str() {
            "id" => (&mut id, "namespace/name"),
            "version" => (&mut version, "1.0"),
            other => {
                let near = nearest(other, &["id", "version"]);
                let help = near
                    .map_or("it takes `id` and `version`".into(), |near| format!("did you mean `{near}`?"));
                problems.at(&pair.path, format!("`{other}` is no argument of #[keyway::interface]; {help}"));
                continue;
            }
        };
        if std::mem::replace(seen, true) {
            problems.at(&pair.path, format!("`{name}` is given twice; take one away"));
        }
        let Ok(text) = syn::parse2::<LitStr>(pair.value.to_token_stream()) else {
            problems.at(&pair.value, format!("write `{name} = \"{example}\"`"));
            continue;
        };
        let checked = match name.as_str() {
            "id" => check_id(&text.value()).map(|()| arguments.id = text.value()),
            _ => full_version(&text.value()).map(|full| arguments.version = full),
        };
        if let Err(message) = checked {
            problems.at(&text, message);
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
