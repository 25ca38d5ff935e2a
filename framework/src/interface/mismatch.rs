//! Why two sides do not fit, in words that a person can act on.

use std::fmt;

/// Two descriptions of an interface that do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    interface: String,
    changes: Vec<Change>,
}

/// One difference that can not be bridged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The descriptor can not be judged.
    Unreadable(String),
    /// It is another interface.
    Id {
        /// The interface that this side asks for.
        host: String,
        /// The interface that the other side has.
        plugin: String,
    },
    /// The versions promise nothing to each other.
    Version {
        /// This side's.
        host: String,
        /// The other side's.
        plugin: String,
    },
    /// A method without a body is not there.
    Missing {
        /// Its name.
        method: String,
        /// Its signature on this side.
        signature: String,
    },
    /// A method without a body is not on this side, and the other side may call it on an object of this side.
    Unknown {
        /// Its name.
        method: String,
        /// Its signature on the other side.
        signature: String,
    },
    /// A method's arguments or result are others.
    Signature {
        /// Its name.
        method: String,
        /// On this side.
        host: String,
        /// On the other side.
        plugin: String,
    },
    /// A type inside a method's signature is another.
    Type {
        /// The method's name.
        method: String,
        /// From the argument or result to the field.
        path: String,
        /// What differs.
        what: String,
    },
    /// An interface inside a method's signature does not fit.
    Inner {
        /// The method's name.
        method: String,
        /// Why.
        mismatch: Box<Mismatch>,
    },
}

impl Mismatch {
    pub(crate) fn new(interface: &str, changes: Vec<Change>) -> Self {
        Self { interface: interface.into(), changes }
    }

    pub(crate) fn unreadable(interface: &str, what: impl Into<String>) -> Self {
        Self::new(interface, vec![Change::Unreadable(what.into())])
    }

    pub(crate) fn uncallable(interface: &str, method: &str, what: &str) -> Self {
        Self::unreadable(interface, format!("in the method `{method}`: {what}"))
    }

    /// The same, where the other side could not even say which interface it is.
    pub(crate) fn of(mut self, interface: &str) -> Self {
        if self.interface.is_empty() {
            self.interface = interface.into();
        }
        self
    }

    /// The interface.
    pub fn interface(&self) -> &str {
        &self.interface
    }

    /// All that differs.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self.changes.first() {
            Some(Change::Unreadable(_)) => {
                "rebuild the plugin with a framework of the host's ABI version".into()
            }
            Some(Change::Id { .. }) => "ask for an interface that the plugin provides".into(),
            Some(Change::Version { .. }) => {
                "use a plugin that was built against the host's version of the interface".into()
            }
            _ => "rebuild the plugin against the host's version of the interface, or keep the change compatible: \
                  give a new method a body, and a new field `#[wire(default)]`"
                .into(),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.interface.is_empty() {
            f.write_str("the interface does not fit")?;
        } else {
            write!(f, "interface `{}` does not fit", self.interface)?;
        }
        for (index, change) in self.changes.iter().enumerate() {
            f.write_str(if index == 0 { ": " } else { "; " })?;
            write!(f, "{change}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(what) => f.write_str(what),
            Self::Id { host, plugin } => write!(f, "`{host}` is asked for and the plugin has `{plugin}`"),
            Self::Version { host, plugin } => {
                write!(f, "the host has version {host} and the plugin was built against {plugin}")
            }
            Self::Missing { method, signature } => {
                write!(f, "the plugin has no method `{method}`, and it has no body\n    host:   {signature}")
            }
            Self::Unknown { method, signature } => {
                write!(
                    f,
                    "the plugin may call `{method}` on an object of the host's, which has no such method, and it has \
                     no body\n    plugin: {signature}"
                )
            }
            Self::Signature { method, host, plugin } => {
                write!(f, "the method `{method}` is another\n    host:   {host}\n    plugin: {plugin}")
            }
            Self::Type { method, path, what } => write!(f, "in the method `{method}`, at `{path}`: {what}"),
            Self::Inner { method, mismatch } => write!(f, "in the method `{method}`: {mismatch}"),
        }
    }
}
