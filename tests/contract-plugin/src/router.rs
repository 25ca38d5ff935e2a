//! A plugin that answers, and one that asks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyway::context::router::{Answering, AskError};
use keyway::{Context, Plugin, StartError, Wire, interface, plugin};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct Question {
    pub text: String,
    pub times: u32,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct Answer {
    pub text: String,
}

/// The same in other times.
pub mod ages {
    /// With fields that came later.
    pub mod newer {
        use keyway::Wire;

        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub struct Question {
            #[wire(default)]
            pub loud: bool,
            pub text: String,
            pub times: u32,
        }

        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub struct Answer {
            #[wire(default)]
            pub length: u64,
            pub text: String,
        }
    }

    /// With fields of other types.
    pub mod other {
        use keyway::Wire;

        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub struct Question {
            pub text: String,
            pub times: String,
        }

        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub struct Answer {
            pub text: Vec<String>,
        }
    }
}

/// Why not, and its word.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct NoAnswer {
    pub code: String,
    pub why: String,
}

impl From<AskError> for NoAnswer {
    fn from(error: AskError) -> Self {
        Self { code: error.code().into(), why: error.to_string() }
    }
}

impl From<keyway::Fault> for NoAnswer {
    fn from(fault: keyway::Fault) -> Self {
        Self { code: "fault".into(), why: fault.to_string() }
    }
}

#[interface(id = "contract/oracle", version = "1.0")]
pub trait Oracle: Send + Sync {
    /// How many answers were begun, and how many of those are over, one way or another.
    fn begun_and_over(&self) -> (u64, u64);
    /// Answers under one more name.
    fn answer_to(&self, name: &str) -> Result<(), NoAnswer>;
    /// Answers to none of those any more.
    fn fall_silent(&self);
}

/// Counts what is over.
struct Over(Arc<AtomicU64>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Answers to `repeat`, `panic` and `never`.
#[plugin(id = "contract/oracle", provides(Oracle))]
pub struct Delphi {
    context: Context,
    begun: Arc<AtomicU64>,
    over: Arc<AtomicU64>,
    _answers: Vec<Answering>,
    more: Mutex<Vec<Answering>>,
}

impl Plugin for Delphi {
    fn start(context: &Context) -> Result<Self, StartError> {
        let (begun, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let count = {
            let (begun, over) = (Arc::clone(&begun), Arc::clone(&over));
            move || {
                begun.fetch_add(1, Ordering::SeqCst);
                Over(Arc::clone(&over))
            }
        };
        let counted = count.clone();
        let never = context.answer("never", move |_: Question| {
            let over = counted();
            async move {
                std::future::pending::<()>().await;
                drop(over);
                Answer { text: "never".into() }
            }
        })?;
        let repeat = context.answer("repeat", move |question: Question| {
            let _over = count();
            async move { Answer { text: question.text.repeat(question.times as usize) } }
        })?;
        let panic = context.answer("panic", |question: Question| async move {
            assert!(question.times > 0, "an answer that panics: {}", question.text);
            Answer { text: question.text }
        })?;
        // Asks on in the middle of its answer.
        let (own, more) = (context.clone(), Mutex::default());
        let relay = context.answer("relay", move |question: Question| {
            let own = own.clone();
            async move {
                let answer: Result<Answer, _> =
                    own.ask("keyway/host", "relayed", &question, Duration::from_secs(60)).await;
                Answer { text: answer.map_or_else(|error| error.to_string(), |answer| answer.text) }
            }
        })?;
        Ok(Self { context: context.clone(), begun, over, _answers: vec![never, repeat, panic, relay], more })
    }
}

impl Oracle for Delphi {
    fn begun_and_over(&self) -> (u64, u64) {
        (self.begun.load(Ordering::SeqCst), self.over.load(Ordering::SeqCst))
    }
    fn answer_to(&self, name: &str) -> Result<(), NoAnswer> {
        let own = name.to_owned();
        let answer = self.context.answer(name, move |number: u64| {
            let own = own.clone();
            async move { format!("{own} {number}") }
        })?;
        self.more.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
        Ok(())
    }
    fn fall_silent(&self) {
        self.more.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[interface(id = "contract/pilgrim", version = "1.0")]
pub trait Pilgrim: Send + Sync {
    /// Asks in the types of this age.
    async fn ask(
        &self,
        plugin: &str,
        name: &str,
        age: &str,
        times: u32,
        milliseconds: u64,
    ) -> Result<String, NoAnswer>;
    /// The same on a thread that waits.
    fn ask_and_wait(
        &self,
        plugin: &str,
        name: &str,
        times: u32,
        milliseconds: u64,
    ) -> Result<String, NoAnswer>;
}

/// Asks whom it is told to.
#[plugin(id = "contract/pilgrim", provides(Pilgrim))]
pub struct Wanderer(Context);

impl Plugin for Wanderer {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self(context.clone()))
    }
}

#[interface]
impl Pilgrim for Wanderer {
    async fn ask(
        &self,
        plugin: &str,
        name: &str,
        age: &str,
        times: u32,
        milliseconds: u64,
    ) -> Result<String, NoAnswer> {
        let (context, text) = (&self.0, "ab".to_owned());
        let within = Duration::from_millis(milliseconds);
        Ok(match age {
            "newer" => {
                let question = ages::newer::Question { loud: true, text, times };
                let answer: ages::newer::Answer = context.ask(plugin, name, &question, within).await?;
                format!("{} {}", answer.text, answer.length)
            }
            "other" => {
                let question = ages::other::Question { text, times: times.to_string() };
                let answer: ages::other::Answer = context.ask(plugin, name, &question, within).await?;
                answer.text.join("+")
            }
            _ => {
                let answer: Answer = context.ask(plugin, name, &Question { text, times }, within).await?;
                answer.text
            }
        })
    }
    fn ask_and_wait(
        &self,
        plugin: &str,
        name: &str,
        times: u32,
        milliseconds: u64,
    ) -> Result<String, NoAnswer> {
        let (question, within) = (Question { text: "ab".into(), times }, Duration::from_millis(milliseconds));
        Ok(self.0.ask_and_wait::<_, Answer>(plugin, name, &question, within)?.text)
    }
}
