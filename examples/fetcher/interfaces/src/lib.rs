//! What the host `fetcher` and its plugins share: what the host does for them, and what they do for it.
//!
//! Both interfaces answer later, so both are awaited; nothing here knows with which runtime. How a page is fetched is the
//! host's affair, which pages are worth it the plugin's.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

use keyway::{Bytes, Fault, Wire};

/// What the host offers to its plugins.
#[keyway::interface(id = "fetcher/http", version = "1.0")]
pub trait Http: Send + Sync {
    /// Asks a server once, and follows nothing. To drop the future is to give up the connection.
    ///
    /// **Errors:** there was no answer, or one that goes beyond what the host takes. A status such as 404 is an answer.
    async fn fetch(&self, url: &str) -> Result<Answer, FetchError>;
}

/// What plugins do for the host.
#[keyway::interface(id = "fetcher/inspect", version = "1.0")]
pub trait Inspect: Send + Sync {
    /// Fetches a page and what the plugin finds worth it; tells of everything that it fetched, the page first.
    ///
    /// **Errors:** the page itself gave no answer.
    async fn inspect(&self, page: &str) -> Result<Vec<Fetched>, FetchError>;
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Answer {
    /// As HTTP numbers them.
    pub status: u16,
    /// What kind of thing the body is: `text/html; charset=utf-8`.
    pub content_type: Option<String>,
    /// Where to ask instead, as the server wrote it.
    pub location: Option<String>,
    /// The whole of it; it crosses without being copied.
    pub body: Bytes,
}

/// One address that was fetched.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Fetched {
    /// The address, as it was found.
    pub url: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How often it was tried.
    pub tries: u32,
    /// **Unit:** milliseconds, over all tries and the pauses between them.
    pub time: u64,
}

/// How fetching one address ended.
#[derive(Clone, Debug, PartialEq, Wire)]
pub enum Outcome {
    /// A server answered.
    Answered {
        /// As HTTP numbers them.
        status: u16,
        /// **Unit:** bytes of the body.
        size: u64,
        /// The address that answered, where it is another one.
        at: Option<String>,
    },
    /// Nobody did.
    Failed(FetchError),
    /// An outcome of a newer version that this side does not know.
    #[wire(default)]
    Other,
}

/// Why there is no answer.
///
/// **Shape:** `Display` writes the message, which names the address.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct FetchError {
    /// What is to be done about it.
    pub kind: FetchErrorKind,
    /// What went wrong, in one lower-case clause.
    pub message: String,
}

/// What is to be done about a [`FetchError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub enum FetchErrorKind {
    /// It stands, too, for a kind of a newer version that this side does not know.
    #[wire(default)]
    Failed,
    /// The address is none.
    Address,
    /// The address leads to others without end.
    Circle,
    /// The address is of a kind that the host does not speak.
    Unspoken,
    /// No such host is known.
    Unknown,
    /// The server could not be reached, or broke off: it may go better the next time.
    Broken,
    /// The answer took too long.
    Late,
    /// The answer is longer than the host takes.
    Long,
    /// The call did not come back in an orderly way: a panic, a plugin that is gone.
    Fault,
}

impl FetchError {
    /// An error in words.
    pub fn new(kind: FetchErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl FetchErrorKind {
    /// What to write or to do instead, where that is known.
    pub fn help(self) -> Option<&'static str> {
        match self {
            Self::Address => Some("write it as `http://HOST/PATH`"),
            Self::Unspoken => Some("ask for a page that is served over plain `http`"),
            Self::Unknown => Some("see whether the name is spelled right, and whether there is a network"),
            Self::Broken => Some("see whether a server listens there, on that port"),
            Self::Failed | Self::Circle | Self::Late | Self::Long | Self::Fault => None,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for FetchError {}

impl From<Fault> for FetchError {
    fn from(fault: Fault) -> Self {
        Self::new(FetchErrorKind::Fault, fault.to_string())
    }
}
