//! The manifests that a library's code gives, as texts: whose each is, and whether it is the one that was resolved with.

use std::borrow::Cow;
use std::fmt;
use std::io;

use keyway::manifest::Manifest;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

/// Whether a text is, byte for byte, what a manifest is written as. One that is not may still say the same.
///
/// The usual case of the usual library, at the price of writing: nothing is parsed, nothing allocated.
pub(crate) fn is_written(manifest: &Manifest, text: &str) -> bool {
    let mut rest = Rest(text.as_bytes());
    serde_json::to_writer(&mut rest, manifest).is_ok() && rest.0.is_empty()
}

/// What is left of a text that has been as expected so far.
struct Rest<'a>(&'a [u8]);

impl io::Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rest = self.0.strip_prefix(bytes);
        self.0 = rest.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The id that a manifest's text says, even where what comes after it can not be read. Ids of others that it mentions are
/// not its own.
pub(crate) fn id_in(text: &str) -> Option<Cow<'_, str>> {
    let mut id = None;
    // Whatever comes after the id is left unread, which is an error to the parser.
    let _unread = serde_json::Deserializer::from_str(text).deserialize_map(Id(&mut id));
    id
}

struct Id<'a, 'de>(&'a mut Option<Cow<'de, str>>);

impl<'de> Visitor<'de> for Id<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "id" {
                *self.0 = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_manifests_own_when_every_byte_is() {
        let text = r#"{"id":"a/b","version":"1.0.0","description":"ä \"b\"","provides":{"x/y":"1.2.0"}}"#;
        let manifest = Manifest::from_json(text).unwrap();
        assert!(is_written(&manifest, text));
        let spaced = text.replace(':', ": ");
        assert_eq!(Manifest::from_json(&spaced).unwrap(), manifest);
        for other in [&spaced, &text[..text.len() - 1], &format!("{text} "), &text.replace('b', "c"), ""] {
            assert!(!is_written(&manifest, other), "{other}");
        }
    }

    #[test]
    fn a_text_is_of_the_plugin_that_it_says_first_and_not_of_those_that_it_mentions() {
        for (text, id) in [
            (r#"{"id":"a/b","version":"1.0.0"}"#, Some("a/b")),
            (r#"{"requires":{"c/d":"^1","id":"e/f"}, "id" : "a/b"}"#, Some("a/b")),
            (r#"{"id":"a\u002fb","conflicts":"#, Some("a/b")),
            (r#"{"id":"a/b" that is no JSON, "c/d""#, Some("a/b")),
            (r#"{"version":c/d,"id":"a/b"}"#, None),
            (r#"{"id":7}"#, None),
            (r#"{"requires":{"id":"a/b"}}"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(id_in(text).as_deref(), id, "{text}");
        }
    }
}
