//! Why a topic can not be had, in words; the same on both sides of an edge.

use std::fmt;

use crate::Wire;
use crate::fault::Fault;
use crate::interface::Difference;

/// Why nothing can be published to a topic, or nothing be had of it.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
#[non_exhaustive]
pub enum TopicError {
    /// The text is no id of a topic.
    Invalid {
        /// The rule that it breaks, with the text.
        why: String,
    },
    /// Only the host publishes in its namespace.
    Reserved {
        /// The topic.
        topic: String,
    },
    /// Values of the type can not travel as data.
    Unsendable {
        /// The topic.
        topic: String,
        /// Why not.
        why: String,
    },
    /// A publisher and a subscriber know the payload as types that do not fit. Whoever came later is told.
    Mismatch {
        /// The topic.
        topic: String,
        /// Who publishes.
        publisher: String,
        /// Who subscribes.
        subscriber: String,
        /// Where they differ.
        differences: Vec<Difference>,
    },
    /// A whole namespace was asked for as one type.
    Untyped {
        /// The topic as it was written.
        topic: String,
    },
    /// A queue of the host's own topics was to make the host wait.
    Waits {
        /// The topic.
        topic: String,
    },
    /// The plugin or the host has stopped.
    Closed {
        /// The topic.
        topic: String,
    },
    /// The host does not do this.
    Unavailable {
        /// Why not.
        why: String,
    },
    /// A call to the host failed.
    Failed {
        /// The fault.
        why: String,
    },
    /// A reason that this side does not know yet.
    #[wire(default)]
    Unknown,
}

impl TopicError {
    /// A stable word for it, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid-topic",
            Self::Reserved { .. } => "reserved-topic",
            Self::Unsendable { .. } => "unsendable",
            Self::Mismatch { .. } => "topic-mismatch",
            Self::Untyped { .. } => "untyped",
            Self::Waits { .. } => "host-waits",
            Self::Closed { .. } => "closed",
            Self::Unavailable { .. } => "unavailable",
            Self::Failed { .. } => "fault",
            Self::Unknown => "unknown",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Invalid { .. } => "write `namespace/name`; a subscriber may write `namespace/*`".into(),
            Self::Reserved { .. } => "choose a namespace of your own".into(),
            Self::Unsendable { .. } => {
                "publish the data alone, and give objects through a method of an interface".into()
            }
            Self::Mismatch { .. } => {
                "build both sides with one version of the payload, or keep the change compatible: give a new field \
                 `#[wire(default)]`"
                    .into()
            }
            Self::Untyped { .. } => "subscribe as `AnyEvent`, and read each event as its topic's type".into(),
            Self::Waits { .. } => "choose `drop_oldest` or `drop_newest` for the queue".into(),
            Self::Closed { .. } => "end what publishes or reads when the plugin is stopped".into(),
            Self::Unavailable { .. } | Self::Failed { .. } | Self::Unknown => {
                "use a host that has topics, and that runs".into()
            }
        }
    }
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { why } => f.write_str(why),
            Self::Reserved { topic } => {
                write!(f, "only the host publishes in the namespace `keyway`, and `{topic}` is in it")
            }
            Self::Unsendable { topic, why } => write!(f, "the payload of `{topic}` can not be sent: {why}"),
            Self::Mismatch { topic, publisher, subscriber, differences } => {
                write!(f, "publisher `{publisher}` and subscriber `{subscriber}` of `{topic}` do not fit: ")?;
                crate::interface::write_differences(differences, f)
            }
            Self::Untyped { topic } => write!(f, "`{topic}` has events of many types, and one was asked for"),
            Self::Waits { topic } => {
                write!(f, "the host waits for no subscriber of `{topic}`, and the queue asks for that")
            }
            Self::Closed { topic } => {
                write!(f, "`{topic}` is closed: the plugin or the host that holds this end has stopped")
            }
            Self::Unavailable { why } => write!(f, "this host can not be asked for topics: {why}"),
            Self::Failed { why } => write!(f, "a call to the host failed: {why}"),
            Self::Unknown => f.write_str("the host refuses for a reason that this side does not know"),
        }
    }
}

impl std::error::Error for TopicError {}

impl From<Fault> for TopicError {
    fn from(fault: Fault) -> Self {
        Self::Failed { why: fault.to_string() }
    }
}
