//! The manifest as pieces of JSON: what the macro knows is written here, what only the compiler knows (an interface's id
//! and version) stays an expression between the pieces.

use proc_macro2::TokenStream;
use quote::quote;

use super::arguments::{Arguments, Requirement};

/// The pieces, to be joined at compile time.
pub(super) fn pieces(arguments: &Arguments) -> Vec<TokenStream> {
    let Said { version, description, authors, license, config } = Said::by(arguments);
    let mut json = Pieces::default();
    json.text("{\"id\":");
    json.string(&arguments.id);
    json.text(",\"version\":");
    json.string(&version);
    json.member("description", &description);
    if !authors.is_empty() {
        json.text(",\"authors\":");
        json.strings(&authors);
    }
    json.member("license", &license);
    json.member("host", arguments.host.as_deref().unwrap_or_default());
    if !arguments.provides.is_empty() {
        json.text(",\"provides\":{");
        for (index, interface) in arguments.provides.iter().enumerate() {
            json.text(if index == 0 { "\"" } else { ",\"" });
            let of = super::expand::object(interface);
            json.expression(quote!(<#of as __k::Interface>::ID));
            json.text("\":\"");
            json.expression(quote!(<#of as __k::Interface>::VERSION));
            json.text("\"");
        }
        json.text("}");
    }
    json.member("activation", arguments.activation.as_deref().unwrap_or_default());
    if arguments.rank != 0 {
        json.text(&format!(",\"rank\":{}", arguments.rank));
    }
    requires(&arguments.requires, &mut json);
    if !arguments.conflicts.is_empty() {
        json.text(",\"conflicts\":{");
        for (index, Requirement { id, version, .. }) in arguments.conflicts.iter().enumerate() {
            json.key(index, id);
            json.string(version);
        }
        json.text("}");
    }
    if !arguments.capabilities.is_empty() {
        json.text(",\"capabilities\":{");
        for (index, (name, values)) in arguments.capabilities.iter().enumerate() {
            json.key(index, name);
            json.strings(values);
        }
        json.text("}");
    }
    json.member("config", config.as_deref().unwrap_or_default());
    json.text("}");
    json.finish()
}

/// What is said for an author who left it to Cargo, and the name of the settings' type.
pub(super) struct Said {
    pub(super) version: String,
    pub(super) description: String,
    pub(super) authors: Vec<String>,
    pub(super) license: String,
    pub(super) config: Option<String>,
}

impl Said {
    pub(super) fn by(arguments: &Arguments) -> Self {
        let or_cargo = |said: &Option<String>, name| said.clone().unwrap_or_else(|| from_cargo(name));
        let cargos_authors = || {
            let authors = from_cargo("CARGO_PKG_AUTHORS");
            authors.split(':').filter(|author| !author.is_empty()).map(str::to_owned).collect()
        };
        Self {
            version: or_cargo(&arguments.version, "CARGO_PKG_VERSION"),
            description: or_cargo(&arguments.description, "CARGO_PKG_DESCRIPTION"),
            authors: arguments.authors.clone().unwrap_or_else(cargos_authors),
            license: or_cargo(&arguments.license, "CARGO_PKG_LICENSE"),
            config: arguments.config.as_ref().map(|config| quote!(#config).to_string().replace(' ', "")),
        }
    }
}

fn requires(requires: &[Requirement], json: &mut Pieces) {
    if requires.is_empty() {
        return;
    }
    let (interfaces, plugins): (Vec<_>, Vec<_>) =
        requires.iter().partition(|requirement| requirement.interface);
    json.text(",\"requires\":{");
    let mut index = 0;
    if !interfaces.is_empty() {
        json.key(index, "interface");
        json.text("{");
        for (index, requirement) in interfaces.into_iter().enumerate() {
            json.requirement(index, requirement);
        }
        json.text("}");
        index += 1;
    }
    for requirement in plugins {
        json.requirement(index, requirement);
        index += 1;
    }
    json.text("}");
}

/// What Cargo says of the package that is being compiled.
fn from_cargo(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[derive(Default)]
struct Pieces {
    done: Vec<TokenStream>,
    text: String,
}

impl Pieces {
    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn expression(&mut self, expression: TokenStream) {
        let text = std::mem::take(&mut self.text);
        self.done.push(quote!(#text));
        self.done.push(expression);
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                control if control < ' ' => self.text.push_str(&format!("\\u{:04x}", u32::from(control))),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }

    fn strings(&mut self, texts: &[String]) {
        self.text("[");
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                self.text(",");
            }
            self.string(text);
        }
        self.text("]");
    }

    fn key(&mut self, index: usize, name: &str) {
        if index > 0 {
            self.text(",");
        }
        self.string(name);
        self.text(":");
    }

    /// A member that is left out where it is empty.
    fn member(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.key(1, name);
            self.string(text);
        }
    }

    fn requirement(&mut self, index: usize, requirement: &Requirement) {
        self.key(index, &requirement.id);
        if requirement.optional {
            self.text("{\"version\":");
            self.string(&requirement.version);
            self.text(",\"optional\":true}");
        } else {
            self.string(&requirement.version);
        }
    }

    fn finish(mut self) -> Vec<TokenStream> {
        let text = std::mem::take(&mut self.text);
        self.done.push(quote!(#text));
        self.done
    }
}
