//! A manifest fact by fact, as `#[plugin]` says it to a host of the same image.
//!
//! The note carries the same as JSON, for whoever only has the file. A host that has a thousand plugins linked in would
//! spend half of its start on parsing that; here nothing is parsed that the macro knew, ids stay where the program has
//! them, and a plugin costs one function in the text, which the dynamic linker need not touch.

/// One fact of a manifest. Texts are as in the note; ids were checked by the macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the manifest's fields")]
pub enum Fact {
    Version(&'static str),
    Description(&'static str),
    Author(&'static str),
    License(&'static str),
    Host(&'static str),
    Provides {
        id: &'static str,
        version: &'static str,
    },
    /// `activation = "use"`; the other is what is left unsaid.
    OnUse,
    Rank(i32),
    RequiresInterface {
        id: &'static str,
        version: &'static str,
        optional: bool,
    },
    RequiresPlugin {
        id: &'static str,
        version: &'static str,
        optional: bool,
    },
    Conflicts {
        id: &'static str,
        version: &'static str,
    },
    Capability {
        name: &'static str,
        values: &'static [&'static str],
    },
    Config(&'static str),
}

/// Says every fact to whom it is given.
pub type Describe = fn(&mut dyn FnMut(Fact));

#[cfg(feature = "host")]
mod read {
    use semver::{Version, VersionReq};

    use super::{Describe, Fact};
    use crate::id::{InterfaceId, PluginId};
    use crate::manifest::{Activation, Manifest, Requirement};

    impl Manifest {
        /// The manifest of a plugin of this image.
        ///
        /// **Errors:** a version or a requirement that this side's `semver` does not read.
        pub(crate) fn described(id: &'static str, describe: Describe) -> Result<Self, semver::Error> {
            let mut manifest = Self::new(PluginId::known(id), Version::new(0, 0, 0));
            let mut outcome = Ok(());
            describe(&mut |fact| {
                if let Err(error) = manifest.take(fact) {
                    outcome = Err(error);
                }
            });
            outcome.map(|()| manifest)
        }

        fn take(&mut self, fact: Fact) -> Result<(), semver::Error> {
            let requirement = |version: &str, optional| {
                VersionReq::parse(version).map(|version| Requirement { version, optional })
            };
            match fact {
                Fact::Version(text) => self.version = version(text)?,
                Fact::Description(text) => self.description = text.into(),
                Fact::Author(text) => self.authors.push(text.to_owned()),
                Fact::License(text) => self.license = text.into(),
                Fact::Host(text) => self.host = Some(VersionReq::parse(text)?),
                Fact::Provides { id, version: text } => {
                    self.provides.insert(InterfaceId::known(id), version(text)?);
                }
                Fact::OnUse => self.activation = Activation::Use,
                Fact::Rank(rank) => self.rank = rank,
                Fact::RequiresInterface { id, version, optional } => {
                    let requirement = requirement(version, optional)?;
                    self.requires.interfaces.insert(InterfaceId::known(id), requirement);
                }
                Fact::RequiresPlugin { id, version, optional } => {
                    self.requires.plugins.insert(PluginId::known(id), requirement(version, optional)?);
                }
                Fact::Conflicts { id, version } => {
                    self.conflicts.insert(PluginId::known(id), VersionReq::parse(version)?);
                }
                Fact::Capability { name, values } => {
                    let values = values.iter().map(|value| (*value).to_owned()).collect();
                    self.capabilities.insert(name.to_owned(), values);
                }
                Fact::Config(text) => self.config = Some(text.to_owned()),
            }
            Ok(())
        }
    }

    /// Three plain numbers in one pass, anything else the general way.
    fn version(text: &str) -> Result<Version, semver::Error> {
        match plain(text) {
            Some([major, minor, patch]) => Ok(Version::new(major, minor, patch)),
            None => Version::parse(text),
        }
    }

    fn plain(text: &str) -> Option<[u64; 3]> {
        let mut numbers = [0u64; 3];
        let (mut place, mut digits) = (0, 0);
        for byte in text.bytes() {
            match byte {
                b'.' if place < 2 && digits > 0 => (place, digits) = (place + 1, 0),
                b'0'..=b'9' if digits < 9 && (digits == 0 || numbers[place] > 0) => {
                    numbers[place] = numbers[place] * 10 + u64::from(byte - b'0');
                    digits += 1;
                }
                _ => return None,
            }
        }
        (place == 2 && digits > 0).then_some(numbers)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_version_is_read_as_semver_reads_it() {
            for text in [
                "1.2.3",
                "0.0.0",
                "10.20.30",
                "0.10.0",
                "999999999.0.1",
                "1234567890.0.1",
                "1.0.0-beta.1",
                "1.0.0+b",
                "18446744073709551615.0.0",
            ] {
                assert_eq!(version(text).unwrap(), Version::parse(text).unwrap(), "{text}");
            }
            for text in
                ["", "1", "1.2", "1.2.", ".1.2", "01.2.3", "1.00.3", "1.2.3.4", "1..3", "a.b.c", "1.2.3 "]
            {
                assert_eq!(
                    version(text).unwrap_err().to_string(),
                    Version::parse(text).unwrap_err().to_string(),
                    "{text}"
                );
            }
        }
    }
}
