//! The arguments of `#[plugin]`: parsed one by one, so that one mistake does not hide the next.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Token, Type, token};

use crate::problems::{Problems, check_id, full_version, nearest};

const KNOWN: &[&str] = &[
    "id",
    "provides",
    "version",
    "description",
    "authors",
    "license",
    "host",
    "requires",
    "optional",
    "conflicts",
    "rank",
    "capabilities",
    "config",
    "activation",
];

/// What the author wrote, checked.
#[derive(Default)]
pub(super) struct Arguments {
    pub(super) id: String,
    pub(super) provides: Vec<Path>,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) authors: Option<Vec<String>>,
    pub(super) license: Option<String>,
    pub(super) host: Option<String>,
    pub(super) requires: Vec<Requirement>,
    pub(super) conflicts: Vec<Requirement>,
    pub(super) rank: i32,
    pub(super) capabilities: Vec<(String, Vec<String>)>,
    pub(super) config: Option<Type>,
    pub(super) activation: Option<String>,
}

/// `"a/b" = "^1"`, or `interface("a/b") = "^1"`.
#[derive(Clone)]
pub(super) struct Requirement {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) interface: bool,
    pub(super) optional: bool,
}

pub(super) fn parse(tokens: TokenStream, problems: &mut Problems) -> Arguments {
    let mut arguments = Arguments::default();
    let mut seen: Vec<String> = Vec::new();
    let help = "write #[keyway::plugin(id = \"namespace/name\", provides(Interface))]";
    let parsed: Vec<Argument> = items(tokens, help, problems);
    for Argument { name, value } in parsed {
        let text = name.to_string();
        if seen.contains(&text) {
            problems.at(&name, format!("`{text}` is given twice; take one away"));
        }
        seen.push(text.clone());
        if let Err(error) = arguments.read(&name, &text, value, problems) {
            problems.add(error);
        }
    }
    if !seen.iter().any(|name| name == "id") {
        problems.add(syn::Error::new(
            Span::call_site(),
            "the plugin has no id; write `id = \"namespace/name\"`, which it keeps for ever",
        ));
    }
    arguments
}

/// `name = value` or `name(list)`, unread.
struct Argument {
    name: Ident,
    value: Value,
}

enum Value {
    Is(TokenStream),
    Has(TokenStream),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        let value = if input.peek(token::Paren) {
            let inner;
            syn::parenthesized!(inner in input);
            Value::Has(inner.parse()?)
        } else if input.is_empty() {
            Value::Is(TokenStream::new())
        } else {
            input.parse::<Token![=]>()?;
            Value::Is(input.parse()?)
        };
        Ok(Self { name, value })
    }
}

/// The items between commas, each parsed on its own.
fn items<T: Parse>(tokens: TokenStream, help: &str, problems: &mut Problems) -> Vec<T> {
    let mut items: Vec<TokenStream> = Vec::new();
    let mut depth = 0;
    let mut fresh = true;
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' && depth == 0 => {
                fresh = true;
                continue;
            }
            // A type's own commas.
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' => depth -= 1,
            _ => {}
        }
        if std::mem::take(&mut fresh) {
            items.push(TokenStream::new());
        }
        if let Some(item) = items.last_mut() {
            item.extend([token]);
        }
    }
    let parsed = items.into_iter().filter_map(|item| {
        // The end of an item is nowhere in the author's text, so there the whole item is meant.
        let mut ended = false;
        let parser = |input: ParseStream<'_>| T::parse(input).inspect_err(|_| ended = input.is_empty());
        let error = match parser.parse2(item.clone()) {
            Ok(parsed) => return Some(parsed),
            Err(error) => error,
        };
        let message = format!("{error}; {help}");
        problems.add(match ended {
            true => syn::Error::new_spanned(item, message),
            false => syn::Error::new(error.span(), message),
        });
        None
    });
    parsed.collect()
}

impl Value {
    fn is<T: Parse>(self, name: &Ident, form: &str) -> syn::Result<T> {
        match self {
            Self::Is(tokens) if tokens.is_empty() => {
                Err(syn::Error::new_spanned(name, format!("a value is missing; write `{name} = {form}`")))
            }
            Self::Is(tokens) => {
                let parsed: syn::Result<T> = syn::parse2(tokens.clone());
                parsed.map_err(|_| syn::Error::new_spanned(&tokens, format!("write `{name} = {form}`")))
            }
            Self::Has(tokens) => Err(syn::Error::new_spanned(
                if tokens.is_empty() { name.to_token_stream() } else { tokens },
                format!("write `{name} = {form}`"),
            )),
        }
    }

    fn list<T: Parse>(self, name: &Ident, form: &str, problems: &mut Problems) -> syn::Result<Vec<T>> {
        let help = format!("write `{name}({form})`");
        match self {
            Self::Has(tokens) => Ok(items(tokens, &help, problems)),
            Self::Is(tokens) if tokens.is_empty() => Err(syn::Error::new_spanned(name, help)),
            Self::Is(tokens) => Err(syn::Error::new_spanned(tokens, help)),
        }
    }
}

impl Arguments {
    fn read(&mut self, name: &Ident, text: &str, value: Value, problems: &mut Problems) -> syn::Result<()> {
        match text {
            "id" => {
                let id: LitStr = value.is(name, "\"namespace/name\"")?;
                check_id(&id.value()).map_err(|message| syn::Error::new_spanned(&id, message))?;
                self.id = id.value();
            }
            "provides" => {
                self.provides = value.list(name, "Interface, …", problems)?;
                for (place, path) in self.provides.iter().enumerate() {
                    if self.provides[..place].contains(path) {
                        let path = path.to_token_stream();
                        problems.at(&path, format!("`{path}` is provided twice; take one away"));
                    }
                }
            }
            "version" => {
                let version: LitStr = value.is(name, "\"1.2.3\"")?;
                let full = full_version(&version.value());
                self.version = Some(full.map_err(|message| syn::Error::new_spanned(&version, message))?);
            }
            "description" => self.description = Some(value.is::<LitStr>(name, "\"one line\"")?.value()),
            "license" => self.license = Some(value.is::<LitStr>(name, "\"MIT\"")?.value()),
            "authors" => {
                let authors: Vec<LitStr> = value.list(name, "\"name\", …", problems)?;
                self.authors = Some(authors.iter().map(LitStr::value).collect());
            }
            "host" => self.host = Some(requirement(&value.is(name, "\">=1.0, <3\"")?)?),
            "requires" | "optional" => {
                for entry in
                    value.list::<Entry>(name, "\"a/b\" = \"^1\", interface(\"a/b\") = \"^1\"", problems)?
                {
                    entry.check(true, text == "optional", &mut self.requires, problems);
                }
            }
            "conflicts" => {
                for entry in value.list::<Entry>(name, "\"a/b\" = \"*\"", problems)? {
                    entry.check(false, false, &mut self.conflicts, problems);
                }
            }
            "rank" => {
                let rank: syn::Expr = value.is(name, "10")?;
                let digits = rank.to_token_stream().to_string().replace(' ', "");
                self.rank = digits.parse().map_err(|_| {
                    syn::Error::new_spanned(
                        &rank,
                        format!("`{digits}` is no rank; write a whole number such as 10 or -5"),
                    )
                })?;
            }
            "capabilities" => {
                for Capability { name, values } in
                    value.list(name, "\"fs.read\" = [\"~/notes\"]", problems)?
                {
                    self.capabilities.push((name.value(), values.iter().map(LitStr::value).collect()));
                }
            }
            "config" => self.config = Some(value.is(name, "SettingsType")?),
            "activation" => {
                let activation: LitStr = value.is(name, "\"start\" or \"use\"")?;
                if !["start", "use"].contains(&activation.value().as_str()) {
                    let message = format!(
                        "`{}` is no activation; write \"start\" (with the host) or \"use\" (when first asked for)",
                        activation.value()
                    );
                    return Err(syn::Error::new_spanned(activation, message));
                }
                self.activation = Some(activation.value());
            }
            other => {
                let help = nearest(other, KNOWN).map_or_else(
                    || format!("it takes {}", KNOWN.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(syn::Error::new_spanned(
                    name,
                    format!("`{other}` is no argument of #[keyway::plugin]; {help}"),
                ));
            }
        }
        Ok(())
    }
}

fn requirement(text: &LitStr) -> syn::Result<String> {
    match semver::VersionReq::parse(&text.value()) {
        Ok(_) => Ok(text.value()),
        Err(error) => Err(syn::Error::new_spanned(
            text,
            format!(
                "`{}` is no version requirement ({error}); write \"^1\", \">=1.2, <3\" or \"*\"",
                text.value()
            ),
        )),
    }
}

/// One entry of `requires` and its like.
struct Entry {
    interface: bool,
    id: LitStr,
    version: LitStr,
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let interface = input.peek(Ident);
        let id = if interface {
            let word: Ident = input.parse()?;
            if word != "interface" {
                return Err(syn::Error::new_spanned(&word, format!("`{word}` means nothing here")));
            }
            let inner;
            syn::parenthesized!(inner in input);
            inner.parse()?
        } else {
            input.parse()?
        };
        input.parse::<Token![=]>()?;
        Ok(Self { interface, id, version: input.parse()? })
    }
}

impl Entry {
    fn check(self, interfaces: bool, optional: bool, into: &mut Vec<Requirement>, problems: &mut Problems) {
        let id = self.id.value();
        if let Err(message) = check_id(&id) {
            problems.at(&self.id, message);
        }
        if self.interface && !interfaces {
            problems.at(&self.id, "a conflict is with a plugin; write its id");
        }
        if into.iter().any(|other| other.id == id && other.interface == self.interface) {
            problems.at(&self.id, format!("`{id}` is named twice; write one requirement: \">=1.2, <3\""));
        }
        match requirement(&self.version) {
            Ok(version) => into.push(Requirement { id, version, interface: self.interface, optional }),
            Err(error) => problems.add(error),
        }
    }
}

/// `"fs.read" = ["~/notes"]`.
struct Capability {
    name: LitStr,
    values: Vec<LitStr>,
}

impl Parse for Capability {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let inner;
        syn::bracketed!(inner in input);
        let values = Punctuated::<LitStr, Token![,]>::parse_terminated(&inner)?;
        Ok(Self { name, values: values.into_iter().collect() })
    }
}
