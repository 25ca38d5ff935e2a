//! Why a question has no answer, in words; the same on both sides of an edge.

use std::fmt;
use std::time::Duration;

use crate::Wire;
use crate::fault::{Fault, FaultKind};
use crate::interface::Difference;

/// Why a question has no answer, or nothing can be answered.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
#[non_exhaustive]
pub enum AskError {
    /// The host has no plugin of this id.
    NoPlugin {
        /// The id.
        plugin: String,
    },
    /// The plugin does not answer to the name.
    NoAnswer {
        /// The plugin.
        plugin: String,
        /// The name.
        name: String,
        /// The plugin's state: it may not run.
        state: String,
    },
    /// Question or answer are of types that do not fit.
    Mismatch {
        /// The plugin.
        plugin: String,
        /// The name.
        name: String,
        /// Where they differ; a path begins with `question` or `answer`.
        differences: Vec<Difference>,
    },
    /// There was no answer in time.
    Deadline {
        /// The plugin.
        plugin: String,
        /// The name.
        name: String,
        /// **Unit:** nanoseconds.
        within: u64,
    },
    /// The plugin panicked.
    Panicked {
        /// The plugin.
        plugin: String,
        /// The name.
        name: String,
        /// What the panic said.
        why: String,
    },
    /// The plugin was stopped, or answers no more, before it had answered.
    Stopped {
        /// The plugin.
        plugin: String,
        /// The name.
        name: String,
    },
    /// What came across is not what its shape says.
    Malformed {
        /// The plugin.
        plugin: String,
        /// The name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A call to the plugin or the host failed.
    Failed {
        /// The fault.
        why: String,
    },
    /// The plugin answers under this name already.
    Taken {
        /// The name.
        name: String,
    },
    /// The text is no name.
    Invalid {
        /// The rule that it breaks, with the text.
        why: String,
    },
    /// Values of a type can not travel as data.
    Unsendable {
        /// Why not.
        why: String,
    },
    /// The asker's own plugin, or the host, has stopped.
    Closed,
    /// The host does not do this.
    Unavailable {
        /// Why not.
        why: String,
    },
    /// A reason that this side does not know yet.
    #[wire(default)]
    Unknown,
}

impl AskError {
    /// A stable word for it, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoPlugin { .. } => "no-plugin",
            Self::NoAnswer { .. } => "no-answer",
            Self::Mismatch { .. } => "answer-mismatch",
            Self::Deadline { .. } => "deadline",
            Self::Panicked { .. } => "panicked",
            Self::Stopped { .. } => "stopped",
            Self::Malformed { .. } => "malformed",
            Self::Failed { .. } => "fault",
            Self::Taken { .. } => "taken",
            Self::Invalid { .. } => "invalid-name",
            Self::Unsendable { .. } => "unsendable",
            Self::Closed => "closed",
            Self::Unavailable { .. } => "unavailable",
            Self::Unknown => "unknown",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::NoPlugin { .. } => "look with `keyway list` which plugins there are".into(),
            Self::NoAnswer { plugin, .. } => {
                format!(
                    "look with `keyway why {plugin}` whether it runs, and in its documentation for its names"
                )
            }
            Self::Mismatch { .. } => {
                "build both sides with one version of the types, or keep the change compatible: give a \
                                      new field `#[wire(default)]`"
                    .into()
            }
            Self::Deadline { .. } => "ask for less, or wait for longer".into(),
            Self::Panicked { plugin, .. } | Self::Stopped { plugin, .. } | Self::Malformed { plugin, .. } => {
                format!("look with `keyway logs {plugin}` what happened there")
            }
            Self::Taken { .. } => "answer under another name, or drop the first answer before".into(),
            Self::Invalid { .. } => "write 1 to 64 of a–z, 0–9 and `-`, the first of them a letter".into(),
            Self::Unsendable { .. } => {
                "send the data alone, and give objects through a method of an interface".into()
            }
            Self::Closed => "end what asks when the plugin is stopped".into(),
            Self::Failed { .. } | Self::Unavailable { .. } | Self::Unknown => {
                "use a host that has a router, and that runs".into()
            }
        }
    }

    /// The fault that ended the answer, where it was one.
    pub fn fault(&self) -> Option<Fault> {
        let (kind, plugin, why) = match self {
            Self::Panicked { plugin, why, .. } => (FaultKind::Panic, plugin, why.clone()),
            Self::Malformed { plugin, why, .. } => (FaultKind::Malformed, plugin, why.clone()),
            Self::Stopped { plugin, .. } => (FaultKind::Gone, plugin, "it answers no more".into()),
            _ => return None,
        };
        Some(Fault::new(kind, why).in_plugin(plugin))
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlugin { plugin } => write!(f, "there is no plugin `{plugin}`"),
            Self::NoAnswer { plugin, name, state } => {
                write!(f, "plugin `{plugin}` does not answer to `{name}`, and is {state}")
            }
            Self::Mismatch { plugin, name, differences } => {
                write!(f, "what is asked and what `{name}` of plugin `{plugin}` answers do not fit: ")?;
                crate::interface::write_differences(differences, f)
            }
            Self::Deadline { plugin, name, within } => {
                let within = Duration::from_nanos(*within);
                write!(f, "`{name}` of plugin `{plugin}` has not answered within {within:?}")
            }
            Self::Panicked { plugin, name, why } => {
                write!(f, "plugin `{plugin}` panicked while it answered `{name}`: {why}")
            }
            Self::Stopped { plugin, name } => {
                write!(
                    f,
                    "plugin `{plugin}` was stopped, or answers no more, before it had answered `{name}`"
                )
            }
            Self::Malformed { plugin, name, why } => {
                write!(
                    f,
                    "what came across for `{name}` of plugin `{plugin}` is not what its shape says: {why}"
                )
            }
            Self::Failed { why } => write!(f, "a call failed: {why}"),
            Self::Taken { name } => write!(f, "this plugin answers to `{name}` already"),
            Self::Invalid { why } => f.write_str(why),
            Self::Unsendable { why } => write!(f, "a question or an answer can not be sent: {why}"),
            Self::Closed => f.write_str("the plugin or the host that asks has stopped"),
            Self::Unavailable { why } => write!(f, "this host can not be asked: {why}"),
            Self::Unknown => f.write_str("the host refuses for a reason that this side does not know"),
        }
    }
}

impl std::error::Error for AskError {}

impl From<Fault> for AskError {
    fn from(fault: Fault) -> Self {
        Self::Failed { why: fault.to_string() }
    }
}
