//! What a plugin says of itself while it runs.
//!
//! When it is asked, how long the answer may take and what follows from it is the host's to decide. How the answer crosses
//! an edge is in `abi/health.rs`.

use std::fmt;

use crate::fault::Fault;

/// How a plugin is, in its own words. What [`Plugin::health`](crate::Plugin::health) answers with.
///
/// ```
/// use keyway::{Health, HealthLevel};
///
/// let health = Health::degraded("the index is being built").with_memory(3 << 20);
/// assert_eq!(health.level(), HealthLevel::Degraded);
/// assert_eq!(health.to_string(), "degraded: the index is being built");
/// assert_eq!(health.memory(), Some(3_145_728));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    level: HealthLevel,
    message: String,
    memory: u64,
}

/// How well a plugin is, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthLevel {
    /// All is as it should be.
    Good,
    /// It answers, and not as it should: slower, or without a part of what it offers.
    Degraded,
    /// It can not do its work.
    Failing,
}

impl HealthLevel {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }
}

impl fmt::Display for HealthLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Health {
    /// All is as it should be.
    pub const fn good() -> Self {
        Self { level: HealthLevel::Good, message: String::new(), memory: 0 }
    }

    /// It answers, and not as it should, for the reason that the text says.
    pub fn degraded(message: impl Into<String>) -> Self {
        Self::of(HealthLevel::Degraded, message.into())
    }

    /// It can not do its work, for the reason that the text says.
    pub fn failing(message: impl Into<String>) -> Self {
        Self::of(HealthLevel::Failing, message.into())
    }

    pub(crate) const fn of(level: HealthLevel, message: String) -> Self {
        Self { level, message, memory: 0 }
    }

    /// The same, with the memory that the plugin holds.
    ///
    /// **Unit:** bytes; 0 says that it is not known.
    #[must_use]
    pub const fn with_memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// How well it is.
    pub const fn level(&self) -> HealthLevel {
        self.level
    }

    /// Why it is not well; empty where there is nothing to say.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn into_message(self) -> String {
        self.message
    }

    /// The memory that the plugin says it holds, where it knows.
    ///
    /// **Unit:** bytes.
    pub const fn memory(&self) -> Option<u64> {
        match self.memory {
            0 => None,
            bytes => Some(bytes),
        }
    }
}

/// A plugin that can not say how it is fails, with what the fault says of it.
impl From<Fault> for Health {
    fn from(fault: Fault) -> Self {
        Self::failing(fault.to_string())
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.level.name())?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}
