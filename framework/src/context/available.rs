//! What there is for a plugin to choose from.

use semver::Version;

/// An interface that a plugin can have, and from whom. From [`Context::providers`](super::Context::providers) and
/// [`Context::available`](super::Context::available).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Available {
    plugin: String,
    interface: String,
    version: Version,
}

impl Available {
    /// The id of the plugin that provides it.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The id of the interface.
    pub fn interface(&self) -> &str {
        &self.interface
    }

    /// The version of the interface that it provides.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// A line of [`Services::available`](super::Services::available); `None` where it is none.
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (plugin, interface) = (words.next()?.to_owned(), words.next()?.to_owned());
        let version = Version::parse(words.next()?).ok()?;
        words.next().is_none().then_some(Self { plugin, interface, version })
    }
}

/// Reads the answer of [`Services::available`](super::Services::available).
///
/// **Errors:** the first line that is not as it should be, in words.
pub(super) fn read(lines: &str) -> Result<Vec<Available>, String> {
    let read = |line| {
        Available::read(line)
            .ok_or_else(|| format!("the host says `{line}`, which is no plugin, interface and version"))
    };
    lines.lines().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_plugin_an_interface_and_a_version() {
        let read = read("a/b c/d 1.0.0\na/b c/e 2.1.0-rc.1+x\n").unwrap();
        let told: Vec<_> =
            read.iter().map(|it| (it.plugin(), it.interface(), it.version().to_string())).collect();
        assert_eq!(told, [("a/b", "c/d", "1.0.0".to_owned()), ("a/b", "c/e", "2.1.0-rc.1+x".to_owned())]);
    }

    #[test]
    fn anything_else_is_named() {
        for line in ["a/b", "a/b c/d", "a/b c/d one", "a/b c/d 1.0.0 more", " a/b c/d"] {
            let said = read(&format!("a/b c/d 1.0.0\n{line}")).unwrap_err();
            assert_eq!(said, format!("the host says `{line}`, which is no plugin, interface and version"));
        }
        assert_eq!(read(""), Ok(Vec::new()));
    }
}
