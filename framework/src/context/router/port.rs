//! What crosses between those who ask, the host, and those who answer.

use std::sync::Arc;

use super::AskError;
use crate::abi::future::BoxFuture;
use crate::fault::{Fault, FaultKind};
use crate::wire::Format;
use crate::{Bytes, Wire};

/// The host's part.
#[crate::interface(id = "keyway/router", version = "1.0")]
pub(crate) trait Router: Send + Sync {
    /// The object answers from now on, for as long as what is returned is held.
    fn answer(
        &self,
        name: &str,
        question: &[u8],
        answer: &[u8],
        by: Arc<dyn Answerer>,
    ) -> Result<Arc<dyn Standing>, AskError>;
    /// Asks. `question` and `answer` are the shapes, and `within` is in nanoseconds.
    #[allow(clippy::too_many_arguments, reason = "a question's parts, each as it crosses best")]
    async fn ask(
        &self,
        plugin: &str,
        name: &str,
        question: &[u8],
        answer: &[u8],
        form: u32,
        request: &[u8],
        within: u64,
    ) -> Result<Replied, AskError>;
}

/// Whoever answers.
#[crate::interface(id = "keyway/answerer", version = "1.0")]
pub(crate) trait Answerer: Send + Sync {
    /// Reads a question in one form and writes the answer in another.
    async fn answer(&self, form: u32, request: &[u8], reply: u32) -> Result<Bytes, Broken>;
}

/// An answer that stands until this is dropped.
#[crate::interface(id = "keyway/standing", version = "1.0")]
pub(crate) trait Standing: Send + Sync {
    /// Whether it still stands.
    fn stands(&self) -> bool;
}

/// An answer.
#[derive(Debug, Wire)]
pub(crate) struct Replied {
    /// The question was not put, and is to be asked again in the named form.
    pub(crate) again: bool,
    /// The answer's form.
    pub(crate) form: u32,
    /// The answer.
    pub(crate) bytes: Bytes,
}

/// An answer that broke off.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub(crate) struct Broken {
    pub(crate) panicked: bool,
    pub(crate) malformed: bool,
    pub(crate) why: String,
}

impl Broken {
    pub(crate) fn malformed(why: &str) -> Self {
        Self { panicked: false, malformed: true, why: why.to_owned() }
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        let (panicked, malformed) = (fault.kind() == FaultKind::Panic, fault.kind() == FaultKind::Malformed);
        Self { panicked, malformed, why: fault.message().to_owned() }
    }
}

/// A question's form and bytes and the answer's form, to the answer's bytes.
type Run = dyn Fn(Format, &[u8], Format) -> BoxFuture<'static, Result<Vec<u8>, Broken>> + Send + Sync;

/// A function that answers, whatever its types.
pub(super) struct Handler(pub(super) Box<Run>);

#[crate::interface]
impl Answerer for Handler {
    async fn answer(&self, form: u32, request: &[u8], reply: u32) -> Result<Bytes, Broken> {
        let (Some(form), Some(reply)) = (Format::from_code(form), Format::from_code(reply)) else {
            return Err(Broken::malformed("a form is unknown"));
        };
        Ok(Bytes::from((self.0)(form, request, reply).await?))
    }
}
