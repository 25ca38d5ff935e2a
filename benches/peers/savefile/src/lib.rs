//! The peer on savefile-abi: the trait and the record are ordinary Rust. A panic becomes an error.

use savefile_derive::{Savefile, savefile_abi_export, savefile_abi_exportable};

/// [`figures_work::Record`], with the peer's derive on it.
#[derive(Clone, Debug, PartialEq, Savefile)]
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

/// [`figures_work::Service`], with the peer's attribute on it.
#[savefile_abi_exportable(version = 0)]
#[allow(missing_docs, reason = "the methods are those of `figures_work::Service`")]
pub trait Service {
    fn add(&self, a: u64, b: u64) -> u64;
    fn copy_text(&self, text: &str) -> String;
    fn sum(&self, bytes: &[u8]) -> u64;
    fn ends(&self, bytes: &[u8]) -> u64;
    fn copy_record(&self, record: &Record) -> Record;
}

/// The library's service.
#[derive(Debug, Default)]
pub struct Worker;

impl Service for Worker {
    fn add(&self, a: u64, b: u64) -> u64 {
        figures_work::add(a, b)
    }
    fn copy_text(&self, text: &str) -> String {
        figures_work::copy_text(text)
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

savefile_abi_export!(Worker, Service);

/// Methods that answer later, with the peer's attribute on them.
#[async_trait::async_trait]
#[savefile_abi_exportable(version = 0)]
pub trait Later {
    /// See [`figures_work::at_once`].
    async fn at_once(&self, n: u64) -> u64;
    /// See [`figures_work::woken_once`].
    async fn woken_once(&self, n: u64) -> u64;
}

/// Answers later.
#[derive(Debug, Default)]
pub struct Waiter;

#[async_trait::async_trait]
impl Later for Waiter {
    async fn at_once(&self, n: u64) -> u64 {
        figures_work::at_once(n).await
    }
    async fn woken_once(&self, n: u64) -> u64 {
        figures_work::woken_once(n).await
    }
}

savefile_abi_export!(Waiter, Later);
