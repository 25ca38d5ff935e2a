//! Gathers the mistakes of one macro call, so that all are reported together.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes so far.
#[derive(Default)]
pub(crate) struct Problems(Option<syn::Error>);

impl Problems {
    /// A mistake in the author's tokens. The message says what is wrong and what to write instead.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake that a parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The errors as the compiler wants them.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(|errors| errors.into_compile_error()).unwrap_or_default()
    }
}

/// The known name that is nearest to a misspelt one, where one is near.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|other| (distance(name, other), *other));
    scored.min().filter(|(distance, other)| *distance <= other.len().div_ceil(3)).map(|(_, other)| other)
}

/// How many letters must be added, removed or changed.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let next = if a == *b { corner } else { 1 + corner.min(row[j]).min(row[j + 1]) };
            corner = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[right.len()]
}

/// Checks `namespace/name` by the rules of `keyway::id`.
pub(crate) fn check_id(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('/').collect();
    let good = |part: &str| {
        (1..=64).contains(&part.len())
            && part.as_bytes()[0].is_ascii_lowercase()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if parts.len() == 2 && parts.iter().all(|part| good(part)) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is no id; write `namespace/name`, each half 1 to 64 of a–z, 0–9 and `-`, first a letter"
    ))
}

/// A version, where `1` and `1.0` stand for `1.0.0`.
pub(crate) fn full_version(text: &str) -> Result<String, String> {
    let mut padded = text.to_owned();
    if padded.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        for _ in padded.split('.').count()..3 {
            padded.push_str(".0");
        }
    }
    match semver::Version::parse(&padded) {
        Ok(version) => Ok(version.to_string()),
        Err(error) => Err(format!("`{text}` is no version ({error}); write `major.minor.patch`")),
    }
}
