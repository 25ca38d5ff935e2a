//! The plugin of `../keyway` as its author would have it after the interface went on: its record has one field more,
//! which may be absent. The two sides' descriptions differ and fit, so records cross by name, as MessagePack.

use keyway::{Wire, interface, plugin};

/// The record, with a field that the host does not know.
#[derive(Clone, Debug, PartialEq, Wire)]
#[allow(missing_docs, reason = "the fields are those of `figures_work::Record`, and one")]
pub struct Record {
    pub id: u64,
    pub name: String,
    pub title: String,
    pub count: i32,
    pub score: f64,
    pub active: bool,
    pub tags: Vec<u32>,
    pub note: Option<String>,
    #[wire(default)]
    pub origin: Option<String>,
}

/// The interface with all its methods, of which the figures call one.
#[interface(id = "figures/service", version = "1.1")]
#[allow(missing_docs, reason = "the methods are those of `figures_work::Service`")]
pub trait Service: Send + Sync {
    fn add(&self, a: u64, b: u64) -> u64;
    fn copy_text(&self, text: &str) -> String;
    fn copy_bytes(&self, text: &str) -> keyway::Bytes;
    fn sum(&self, bytes: &[u8]) -> u64;
    fn ends(&self, bytes: &[u8]) -> u64;
    fn copy_record(&self, record: &Record) -> Record;
}

/// The plugin.
#[plugin(id = "figures/worker", provides(Service))]
#[derive(Debug, Default)]
pub struct Worker;

impl Service for Worker {
    fn add(&self, a: u64, b: u64) -> u64 {
        figures_work::add(a, b)
    }
    fn copy_text(&self, text: &str) -> String {
        figures_work::copy_text(text)
    }
    fn copy_bytes(&self, text: &str) -> keyway::Bytes {
        keyway::Bytes::from(figures_work::copy_text::<String>(text))
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
