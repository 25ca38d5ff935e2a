//! Who answers to which name, and one question's way there and back.
//!
//! A question is polled by whoever asks: the host stands in between, compares the types, watches the clock, and catches
//! what breaks off. Nothing of it happens under a lock.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use super::topics::Member;
use super::topics::gate::Gate;
use super::wakers::{Wakers, number};
use crate::Bytes;
use crate::abi::future::BoxFuture;
use crate::abi::guard::contained;
use crate::context::HOST;
use crate::context::router::AskError;
use crate::context::router::port::{Answerer, Broken, Replied, Router, Standing};
use crate::fault::Fault;
use crate::host::lifecycle::Core;
use crate::id::TopicId;
use crate::interface::{Difference, ValueShape};
use crate::wire::Format;

/// How many other versions of its types an answer remembers.
const REMEMBERED: usize = 64;

/// All answers of one host.
#[derive(Default)]
pub(in crate::host) struct Answers {
    /// By plugin and name.
    known: Mutex<BTreeMap<(String, String), Arc<Answer>>>,
}

struct Answer {
    question: ValueShape,
    answer: ValueShape,
    by: By,
    /// Of the plugin that answers.
    gate: Arc<Gate>,
    withdrawn: AtomicBool,
    /// Those who wait for an answer.
    asking: Wakers,
    /// How other askers' shapes fit.
    judged: Mutex<BTreeMap<Shapes, Judged>>,
}

/// What answers, which is the plugin's: a panic while it is dropped is its own, whoever lets go of it last.
struct By(Option<Arc<dyn Answerer>>);

impl Drop for By {
    fn drop(&mut self) {
        contained(|| drop(self.0.take()));
    }
}

/// The bytes of an asker's two shapes: of the question, and of the answer.
type Shapes = (Vec<u8>, Vec<u8>);

/// Whether question and answer are equal; otherwise they fit by name, or they do not.
type Judged = Result<(bool, bool), Vec<Difference>>;

impl Answers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, String), Arc<Answer>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whatever goes through this gate answers no more.
    pub(super) fn withdraw(&self, gate: &Arc<Gate>) {
        let mut known = self.lock();
        let gone: Vec<_> = known.extract_if(.., |_, answer| Arc::ptr_eq(&answer.gate, gate)).collect();
        drop(known);
        gone.into_iter().for_each(|(_, answer)| answer.end());
    }

    /// The host has stopped.
    pub(super) fn close(&self) {
        let gone = std::mem::take(&mut *self.lock());
        gone.into_values().for_each(|answer| answer.end());
    }
}

impl Answer {
    fn end(self: Arc<Self>) {
        self.withdrawn.store(true, Ordering::SeqCst);
        self.asking.wake();
    }

    fn judge(&self, question: &[u8], answer: &[u8]) -> Result<Judged, String> {
        if question == self.question.bytes() && answer == self.answer.bytes() {
            return Ok(Ok((true, true)));
        }
        let known = || self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (question.to_vec(), answer.to_vec());
        if let Some(judged) = known().get(&key) {
            return Ok(judged.clone());
        }
        let sides = ["the asker", "the answerer"];
        let question = ValueShape::from_bytes(question)?.compare(&self.question, "question", sides);
        let answer = ValueShape::from_bytes(answer)?.compare(&self.answer, "answer", sides);
        let judged = match (question, answer) {
            (Ok(question), Ok(answer)) => Ok((question, answer)),
            (question, answer) => {
                Err([question.err(), answer.err()].into_iter().flatten().flatten().collect())
            }
        };
        let mut known = known();
        if known.len() < REMEMBERED {
            known.insert(key, judged.clone());
        }
        Ok(judged)
    }
}

/// One plugin's way to the answers, or the host's own.
pub(super) struct Asker {
    pub(super) answers: Arc<Answers>,
    pub(super) member: Arc<Member>,
    pub(super) core: Weak<Core>,
}

impl Asker {
    fn find(&self, plugin: &str, name: &str) -> Result<Arc<Answer>, AskError> {
        let key = (plugin.to_owned(), name.to_owned());
        if let Some(answer) = self.answers.lock().get(&key) {
            return Ok(Arc::clone(answer));
        }
        let core = self.core.upgrade().ok_or(AskError::Closed)?;
        let now = core.registry.now();
        let state = match now.find(plugin) {
            Some(entry) => now.state(entry).name(),
            None if plugin == HOST => "active",
            None => return Err(AskError::NoPlugin { plugin: key.0 }),
        };
        Err(AskError::NoAnswer { plugin: key.0, name: key.1, state: state.to_owned() })
    }
}

impl Asker {
    /// A fault of whoever answered.
    fn count_fault(&self, plugin: &str) {
        let Some(core) = self.core.upgrade() else { return };
        if let Some(entry) = core.registry.now().find(plugin) {
            entry.plugin.record.owner.count_fault();
        }
    }
}

#[crate::interface]
impl Router for Asker {
    fn answer(
        &self,
        name: &str,
        question: &[u8],
        answer: &[u8],
        by: Arc<dyn Answerer>,
    ) -> Result<Arc<dyn Standing>, AskError> {
        TopicId::new(&format!("name/{name}")).map_err(|_| AskError::Invalid {
            why: format!("`{name}` is not the name of an answer: it is as the half of an id"),
        })?;
        let read = |bytes| ValueShape::from_bytes(bytes).map_err(|why| AskError::Unsendable { why });
        let answer = Arc::new(Answer {
            question: read(question)?,
            answer: read(answer)?,
            by: By(Some(by)),
            gate: Arc::clone(self.member.gate()),
            withdrawn: AtomicBool::new(false),
            asking: Wakers::default(),
            judged: Mutex::default(),
        });
        let key = (self.member.id().to_owned(), name.to_owned());
        let mut known = self.answers.lock();
        if !self.member.gate().may_wait() {
            return Err(AskError::Closed);
        }
        if known.contains_key(&key) {
            return Err(AskError::Taken { name: name.to_owned() });
        }
        known.insert(key.clone(), Arc::clone(&answer));
        drop(known);
        if self.member.gate().is_closed() {
            // It was stopped in between.
            self.answers.withdraw(self.member.gate());
        }
        let answer = Arc::downgrade(&answer);
        Ok(Arc::new(Stands { answers: Arc::clone(&self.answers), key, answer }))
    }

    #[allow(clippy::too_many_arguments, reason = "as the interface has it")]
    async fn ask(
        &self,
        plugin: &str,
        name: &str,
        question: &[u8],
        answer: &[u8],
        form: u32,
        request: &[u8],
        within: u64,
    ) -> Result<Replied, AskError> {
        // The time begins when it is asked, not when it is found.
        let core = self.core.upgrade().filter(|_| !self.member.gate().is_closed());
        let mut alarm = pin!(core.ok_or(AskError::Closed)?.runtime.alarm(Duration::from_nanos(within)));
        let found = self.find(plugin, name)?;
        let who = || (plugin.to_owned(), name.to_owned());
        let judged = found.judge(question, answer).map_err(|why| AskError::Unsendable { why })?;
        let (same_question, same_answer) = judged.map_err(|differences| {
            let (plugin, name) = who();
            AskError::Mismatch { plugin, name, differences }
        })?;
        if !same_question && form == Format::Compact.code() {
            return Ok(Replied { again: true, form, bytes: Bytes::new() });
        }
        let reply = if same_answer { Format::Compact } else { Format::Named }.code();
        let mut call = Call(found.by.0.as_ref().map(|by| by.answer(form, request, reply)));
        let mut waits = Waits { own: self.member.gate(), other: &found.asking, number: number() };
        let outcome = poll_fn(|context| {
            waits.wait(context);
            if found.withdrawn.load(Ordering::SeqCst) {
                let (plugin, name) = who();
                return Poll::Ready(Err(AskError::Stopped { plugin, name }));
            }
            if self.member.gate().is_closed() {
                return Poll::Ready(Err(AskError::Closed));
            }
            if let Poll::Ready(answered) = call.poll(context) {
                return Poll::Ready(answered.map_err(|broken| {
                    let ((plugin, name), Broken { panicked, malformed, why }) = (who(), broken);
                    match (panicked, malformed) {
                        (true, _) => {
                            self.count_fault(&plugin);
                            AskError::Panicked { plugin, name, why }
                        }
                        (_, true) => AskError::Malformed { plugin, name, why },
                        _ => AskError::Failed { why },
                    }
                }));
            }
            alarm.as_mut().poll(context).map(|over| {
                let (plugin, name) = who();
                Err(over.map_or(AskError::Closed, |()| AskError::Deadline { plugin, name, within }))
            })
        });
        Ok(Replied { again: false, form: reply, bytes: outcome.await? })
    }
}

/// Where a question is waited for; forgotten when that ends.
struct Waits<'a> {
    own: &'a Gate,
    other: &'a Wakers,
    number: u64,
}

impl Waits<'_> {
    fn wait(&mut self, context: &mut Context<'_>) {
        self.other.wait(self.number, context.waker());
        self.own.waiting.wait(self.number, context.waker());
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.other.forget(self.number);
        self.own.waiting.forget(self.number);
    }
}

/// The future of whoever answers. Its panics are the answerer's.
struct Call<'a>(Option<BoxFuture<'a, Result<Bytes, Broken>>>);

impl Call<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, Broken>> {
        let Some(future) = &mut self.0 else { return Poll::Pending };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(polled) => polled,
            Err(payload) => Poll::Ready(Err(Fault::from_panic(payload).into())),
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        contained(|| drop(self.0.take()));
    }
}

/// An answer, until this is dropped.
struct Stands {
    answers: Arc<Answers>,
    key: (String, String),
    answer: Weak<Answer>,
}

impl Standing for Stands {
    fn stands(&self) -> bool {
        self.answer.upgrade().is_some_and(|answer| !answer.withdrawn.load(Ordering::SeqCst))
    }
}

impl Drop for Stands {
    fn drop(&mut self) {
        let mut known = self.answers.lock();
        let own = known.get(&self.key).is_some_and(|known| Weak::as_ptr(&self.answer) == Arc::as_ptr(known));
        let gone = if own { known.remove(&self.key) } else { None };
        drop(known);
        if let Some(answer) = gone {
            answer.end();
        }
    }
}
