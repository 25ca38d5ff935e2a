//! Names of plugins, interfaces and topics: `namespace/name`, parsed once, compared cheaply.
//!
//! An id never changes for as long as the thing it names is maintained; the version stands beside it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

/// The most characters that each half of an id may have.
pub const MAX_PART: usize = 64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        ///
        /// **Shape:** `namespace/name`; each half has 1 to 64 characters of `a`–`z`, `0`–`9` and `-`, the first of
        /// them a letter.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Text);

        impl $name {
            /// Parses an id.
            ///
            /// **Errors:** [`InvalidId`] names the text and the rule it breaks.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                match check(text) {
                    Ok(()) => Ok(Self(Text::Shared(text.into()))),
                    Err(rule) => Err(InvalidId { what: $what, text: text.into(), rule }),
                }
            }

            /// An id that a macro has checked, left where the program has it.
            #[cfg(feature = "host")]
            #[allow(dead_code, reason = "no macro writes an id of a topic")]
            pub(crate) fn known(text: &'static str) -> Self {
                debug_assert_eq!(check(text), Ok(()), "`{text}` was checked when it was compiled");
                Self(Text::Static(text))
            }

            /// The id as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The half before the slash.
            pub fn namespace(&self) -> &str {
                self.0.split_once('/').map_or("", |(namespace, _)| namespace)
            }

            /// The half after the slash.
            pub fn name(&self) -> &str {
                self.0.split_once('/').map_or("", |(_, name)| name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "{} `namespace/name`", $what)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::new(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }
    };
}

#[cfg(feature = "host")]
impl PluginId {
    /// The id, copied where it is not part of the program.
    pub(crate) fn to_text(&self) -> std::borrow::Cow<'static, str> {
        match &self.0 {
            Text::Static(text) => (*text).into(),
            Text::Shared(text) => text.to_string().into(),
        }
    }
}

id! {
    /// The name of a plugin, stable for ever.
    PluginId, "a plugin id"
}
id! {
    /// The name of an interface, stable for ever.
    InterfaceId, "an interface id"
}
id! {
    /// The name of a topic, stable for ever.
    TopicId, "a topic id"
}

/// The characters of an id: in the program, or on the heap.
#[derive(Clone)]
enum Text {
    #[cfg_attr(
        not(feature = "host"),
        expect(dead_code, reason = "a host alone has ids of linked-in plugins")
    )]
    Static(&'static str),
    Shared(Arc<str>),
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// A text that is no id, and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId {
    what: &'static str,
    text: String,
    rule: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}: {}", self.text, self.what, self.rule)
    }
}

impl std::error::Error for InvalidId {}

fn check(text: &str) -> Result<(), &'static str> {
    let Some((namespace, name)) = text.split_once('/') else {
        return Err("write `namespace/name`, with one slash");
    };
    for part in [namespace, name] {
        if part.is_empty() || part.len() > MAX_PART {
            return Err("each half has 1 to 64 characters");
        }
        if !part.as_bytes()[0].is_ascii_lowercase() {
            return Err("each half begins with a letter a–z");
        }
        if !part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err("only a–z, 0–9 and `-` may stand in an id");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_two_halves_of_plain_characters() {
        for good in ["a/b", "toolbox/word-count", "x1/y2"] {
            assert_eq!(PluginId::new(good).unwrap().as_str(), good);
        }
        let long = format!("{}/b", "a".repeat(65));
        for bad in ["", "a", "/", "a/", "/b", "A/b", "a/b/c", "1a/b", "a_b/c", "a/é", "-a/b", long.as_str()]
        {
            assert!(PluginId::new(bad).is_err(), "{bad}");
        }
    }
}
