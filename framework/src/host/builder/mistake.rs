//! What a host's author got wrong, told all at once.

use std::fmt;

use crate::host::find::policy::PolicyError;
use crate::id::{InvalidId, PluginId};
use crate::registration::LinkError;

/// What makes a host impossible: every mistake of its author's at once.
#[derive(Debug)]
pub struct HostError {
    pub(super) mistakes: Vec<Mistake>,
}

impl HostError {
    /// One or more.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// The ways out, one a line.
    pub fn help(&self) -> String {
        self.mistakes.iter().map(Mistake::help).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> =
            self.mistakes.iter().map(|mistake| crate::plugin::in_words(mistake)).collect();
        // One that shows lines of a file ends with the last of them.
        let drawn = words.iter().any(|words| words.contains('\n'));
        f.write_str(&words.join(if drawn { "\n" } else { "; " }))
    }
}

impl std::error::Error for HostError {}

/// One mistake in building a host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Mistake {
    /// The host's version.
    #[error("the host's version `{text}` is no semantic version")]
    Version {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        source: semver::Error,
    },
    /// The id of a plugin.
    #[error("`{method}` names a plugin that can not be")]
    Id {
        /// The method of the builder.
        method: &'static str,
        /// What is wrong with it.
        source: InvalidId,
    },
    /// Two objects are offered under one id.
    #[error("`offer` names `{id}` twice")]
    OfferedTwice {
        /// The id.
        id: PluginId,
    },
    /// Something is offered under the id under which plugins reach the host itself.
    #[error("`offer` names `{id}`, which is the id of the host itself")]
    Reserved {
        /// The id.
        id: PluginId,
    },
    /// Something is offered, and disabled.
    #[error("`disable` names `{id}`, which `offer` names, too")]
    OfferedAndDisabled {
        /// The id.
        id: PluginId,
    },
    /// Linked-in plugins are not all there.
    #[error(transparent)]
    Link(LinkError),
    /// A policy file can not be taken as it is.
    #[error(transparent)]
    Policy(PolicyError),
}

impl Mistake {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "host-version",
            Self::Id { .. } => "invalid-id",
            Self::OfferedTwice { .. } => "offered-twice",
            Self::OfferedAndDisabled { .. } => "offered-and-disabled",
            Self::Reserved { .. } => "reserved-id",
            Self::Link(_) => "link",
            Self::Policy(error) => error.code(),
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Version { .. } => {
                "write three numbers, as in `1.0.0`; `env!(\"CARGO_PKG_VERSION\")` always fits".into()
            }
            Self::Id { .. } => "write the id as the plugin's manifest has it".into(),
            Self::OfferedTwice { .. } => "give each of the two an id of its own".into(),
            Self::OfferedAndDisabled { .. } => "leave one of the two out".into(),
            Self::Reserved { .. } => "offer it under an id in a namespace of the application".into(),
            Self::Link(error) => error.help(),
            Self::Policy(error) => error.help(),
        }
    }
}
