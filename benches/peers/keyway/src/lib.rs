//! Keyway's own contestant: one interface and one plugin, as their authors would write them. The figures link it in and
//! load it as a library. A panic becomes a fault.

use std::sync::Arc;

use keyway::context::topics::Publisher;
use keyway::{Bytes, Context, Plugin, StartError, Wire, interface, plugin};

/// [`figures_work::Record`], with the derive on it.
#[derive(Clone, Debug, PartialEq, Wire)]
#[allow(missing_docs, reason = "the fields are those of `figures_work::Record`")]
pub struct Record {
    pub id: u64,
    pub name: String,
    pub title: String,
    pub count: i32,
    pub score: f64,
    pub active: bool,
    pub tags: Vec<u32>,
    pub note: Option<String>,
}

impl From<figures_work::Record> for Record {
    fn from(own: figures_work::Record) -> Record {
        let figures_work::Record { id, name, title, count, score, active, tags, note } = own;
        Record { id, name, title, count, score, active, tags, note }
    }
}

impl From<Record> for figures_work::Record {
    fn from(record: Record) -> figures_work::Record {
        let Record { id, name, title, count, score, active, tags, note } = record;
        figures_work::Record { id, name, title, count, score, active, tags, note }
    }
}

/// [`figures_work::Service`], with the attribute on it.
#[interface(id = "figures/service", version = "1.0")]
pub trait Service: Send + Sync {
    /// See [`figures_work::add`].
    fn add(&self, a: u64, b: u64) -> u64;
    /// See [`figures_work::copy_text`].
    fn copy_text(&self, text: &str) -> String;
    /// As [`copy_text`](Self::copy_text), with an answer that the host reads where it was made.
    fn copy_bytes(&self, text: &str) -> Bytes;
    /// See [`figures_work::sum`].
    fn sum(&self, bytes: &[u8]) -> u64;
    /// See [`figures_work::ends`].
    fn ends(&self, bytes: &[u8]) -> u64;
    /// A record in, an own copy out.
    fn copy_record(&self, record: &Record) -> Record;
}

/// The plugin without the framework: what a built-in call is compared with. Made here, so that floor and contestant
/// call the same function.
#[inline(never)]
pub fn plain() -> Arc<dyn Service> {
    Arc::new(Worker)
}

/// The plugin.
#[plugin(id = "figures/worker", provides(Service, Later))]
#[derive(Debug, Default)]
pub struct Worker;

impl Service for Worker {
    fn add(&self, a: u64, b: u64) -> u64 {
        figures_work::add(a, b)
    }
    fn copy_text(&self, text: &str) -> String {
        figures_work::copy_text(text)
    }
    fn copy_bytes(&self, text: &str) -> Bytes {
        Bytes::from(figures_work::copy_text::<String>(text))
    }
    fn sum(&self, bytes: &[u8]) -> u64 {
        figures_work::sum(bytes)
    }
    fn ends(&self, bytes: &[u8]) -> u64 {
        figures_work::ends(bytes)
    }
    fn copy_record(&self, record: &Record) -> Record {
        record.clone()
    }
}

/// What answers later.
#[interface(id = "figures/later", version = "1.0")]
pub trait Later: Send + Sync {
    /// See [`figures_work::at_once`].
    async fn at_once(&self, n: u64) -> u64;
    /// See [`figures_work::woken_once`].
    async fn woken_once(&self, n: u64) -> u64;
}

#[interface]
impl Later for Worker {
    async fn at_once(&self, n: u64) -> u64 {
        figures_work::at_once(n).await
    }
    async fn woken_once(&self, n: u64) -> u64 {
        figures_work::woken_once(n).await
    }
}

/// What is published.
#[derive(Clone, Copy, Debug, PartialEq, Wire)]
#[allow(missing_docs, reason = "a small event")]
pub struct Moved {
    pub from: u64,
    pub to: u64,
    pub line: u32,
    pub column: u32,
}

impl Moved {
    /// One of many.
    pub fn to(to: u64) -> Moved {
        Moved { from: to.wrapping_sub(1), to, line: 12, column: 80 }
    }
}

/// Publishes what it is told to.
#[interface(id = "figures/publisher", version = "1.0")]
pub trait Speaker: Send + Sync {
    /// One event.
    fn say(&self, to: u64);
}

/// The plugin that publishes.
#[plugin(id = "figures/publisher", provides(Speaker))]
#[derive(Debug)]
pub struct Publishing(Publisher<Moved>);

impl Plugin for Publishing {
    fn start(context: &Context) -> Result<Publishing, StartError> {
        Ok(Publishing(context.publisher("figures/moved")?))
    }
}

impl Speaker for Publishing {
    fn say(&self, to: u64) {
        self.0.publish(Moved::to(to)).expect("the host runs");
    }
}
