//! Questions and answers between plugins, and the host, by id and name: for what is no interface.
//!
//! Who answers gives a function to the host, under a name; who asks awaits the answer, for so long. The types of question
//! and answer are compared as those of an interface are, at the first question of each kind. What is asked is polled by
//! whoever awaits it, as an async method is, so no executor is needed; to drop it cancels it on the other side.
//!
//! Who may ask whom is not restricted here: an answer is public to all plugins of the host. What a plugin shares with
//! those alone that require it is an interface.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, parking};
use crate::abi::future::boxed;
use crate::interface::ValueShape;
use crate::wire::{Decoder, Encoder, Format, Wire};

mod error;
pub(crate) mod port;

pub use error::AskError;

use port::{Broken, Handler, Router, Standing};

/// A function that stands for questions, for as long as this is held and the plugin runs.
#[must_use = "nothing answers any more when this is dropped"]
pub struct Answering {
    name: String,
    _standing: Arc<dyn Standing>,
}

impl Answering {
    /// The name under which it answers.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answering `{}`", self.name)
    }
}

/// Answers through whichever way there is to the host.
pub(crate) fn answer<Q, A, F>(
    router: &dyn Router,
    name: &str,
    with: impl Fn(Q) -> F + Send + Sync + 'static,
) -> Result<Answering, AskError>
where
    Q: Wire + Send + 'static,
    A: Wire + 'static,
    F: Future<Output = A> + Send + 'static,
{
    let (question, answer) = (shape::<Q>()?, shape::<A>()?);
    let with = Arc::new(with);
    let run = move |form, request: &[u8], reply| {
        let question = read::<Q>(form, request);
        let with = Arc::clone(&with);
        boxed(async move {
            let future = with(question.map_err(|why| Broken::malformed(&why))?);
            Ok(written(&future.await, reply))
        })
    };
    let handler = Arc::new(Handler(Box::new(run)));
    let standing = router.answer(name, question.bytes(), answer.bytes(), handler)?;
    Ok(Answering { name: name.to_owned(), _standing: standing })
}

/// Asks through whichever way there is to the host.
pub(crate) async fn ask<Q: Wire + Sync, A: Wire>(
    router: &dyn Router,
    (plugin, name): (&str, &str),
    question: &Q,
    within: Duration,
) -> Result<A, AskError> {
    let (asked, expected) = (shape::<Q>()?, shape::<A>()?);
    let nanoseconds = u64::try_from(within.as_nanos()).unwrap_or(u64::MAX);
    let mut form = Format::Compact;
    loop {
        let request = written(question, form);
        let shapes = (asked.bytes(), expected.bytes());
        let reply = router.ask(plugin, name, shapes.0, shapes.1, form.code(), &request, nanoseconds).await?;
        if reply.again {
            // They fit by name alone; nothing was asked yet.
            form = Format::Named;
            continue;
        }
        let answer = Format::from_code(reply.form).ok_or_else(|| "its form is unknown".to_owned());
        return answer.and_then(|form| read(form, &reply.bytes)).map_err(|why| AskError::Malformed {
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            why,
        });
    }
}

fn shape<T: Wire>() -> Result<Arc<ValueShape>, AskError> {
    ValueShape::of::<T>().map_err(|why| AskError::Unsendable { why })
}

fn written<T: Wire>(value: &T, format: Format) -> Vec<u8> {
    let mut to = Encoder::for_message(format);
    value.encode(&mut to);
    to.finish().0
}

fn read<T: Wire>(format: Format, bytes: &[u8]) -> Result<T, String> {
    let mut from = Decoder::new(format, bytes, &[]);
    let value = T::decode(&mut from).and_then(|value| from.finish().map(|()| value));
    value.map_err(|malformed| malformed.to_string())
}

impl Context {
    fn router(&self) -> Result<Arc<dyn Router>, AskError> {
        let router = self.service::<dyn Router>("questions and answers");
        router.map_err(|unavailable| AskError::Unavailable { why: unavailable.to_string() })
    }

    /// Answers questions under a name, for as long as what is returned is held and the plugin runs. The function is called
    /// for each question, and the future that it gives is polled by who asks; the future is dropped when nobody waits for
    /// it any more.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use keyway::context::router::{Answering, AskError};
    /// use keyway::{Context, Plugin, StartError, Wire};
    ///
    /// #[derive(Clone, Debug, Wire)]
    /// pub struct Count {
    ///     pub text: String,
    /// }
    ///
    /// #[keyway::plugin(id = "words/counter")]
    /// pub struct Counter {
    ///     _words: Answering,
    /// }
    ///
    /// impl Plugin for Counter {
    ///     fn start(context: &Context) -> Result<Self, StartError> {
    ///         let words = context.answer("words", |count: Count| async move {
    ///             count.text.split_whitespace().count() as u64
    ///         })?;
    ///         Ok(Self { _words: words })
    ///     }
    /// }
    ///
    /// async fn words(context: &Context, text: &str) -> Result<u64, AskError> {
    ///     let question = Count { text: text.to_owned() };
    ///     context.ask("words/counter", "words", &question, Duration::from_secs(1)).await
    /// }
    /// ```
    ///
    /// **Shape:** a name is as the half of an id.
    ///
    /// **Errors:** [`AskError`]: the plugin answers under this name already; objects are part of a type; the host has
    /// stopped.
    pub fn answer<Q, A, F>(
        &self,
        name: &str,
        with: impl Fn(Q) -> F + Send + Sync + 'static,
    ) -> Result<Answering, AskError>
    where
        Q: Wire + Send + 'static,
        A: Wire + 'static,
        F: Future<Output = A> + Send + 'static,
    {
        answer(&*self.router()?, name, with)
    }

    /// Asks a plugin, or the host as `keyway/host`, and awaits the answer for so long. Dropped before that, the question
    /// is given up on the other side, too.
    ///
    /// **Errors:** [`AskError`] tells apart that there is no such plugin, that it does not answer to the name, that the
    /// types do not fit, that the time is over, and that the answer broke off.
    pub async fn ask<Q: Wire + Sync, A: Wire>(
        &self,
        plugin: &str,
        name: &str,
        question: &Q,
        within: Duration,
    ) -> Result<A, AskError> {
        ask(&*self.router()?, (plugin, name), question, within).await
    }

    /// As [`ask`](Self::ask), on a thread that waits.
    ///
    /// **Errors:** as there.
    pub fn ask_and_wait<Q: Wire + Sync, A: Wire>(
        &self,
        plugin: &str,
        name: &str,
        question: &Q,
        within: Duration,
    ) -> Result<A, AskError> {
        parking::wait(self.ask(plugin, name, question, within))
    }
}
