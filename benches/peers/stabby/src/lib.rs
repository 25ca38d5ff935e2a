//! The peer on stabby: an exported function that hands out a trait object. A panic aborts the process.

use stabby::{boxed::Box, slice::Slice, str::Str, string::String, vec::Vec};

/// [`figures_work::Record`] in stabby's types, in the order of fields that stabby asks for.
#[stabby::stabby]
#[derive(Clone)]
#[allow(missing_docs, reason = "the fields are those of `figures_work::Record`")]
pub struct Record {
    pub id: u64,
    pub name: String,
    pub title: String,
    pub score: f64,
    pub tags: Vec<u32>,
    pub note: stabby::option::Option<String>,
    pub count: i32,
    pub active: bool,
}

impl From<&figures_work::Record> for Record {
    fn from(own: &figures_work::Record) -> Record {
        Record {
            id: own.id,
            name: String::from(own.name.as_str()),
            title: String::from(own.title.as_str()),
            score: own.score,
            tags: Vec::from(own.tags.as_slice()),
            note: own.note.as_deref().map(String::from).into(),
            count: own.count,
            active: own.active,
        }
    }
}

impl From<Record> for figures_work::Record {
    fn from(record: Record) -> figures_work::Record {
        figures_work::Record {
            id: record.id,
            name: record.name.as_str().to_owned(),
            title: record.title.as_str().to_owned(),
            count: record.count,
            score: record.score,
            active: record.active,
            tags: record.tags.as_slice().to_vec(),
            note: record.note.match_ref(|note| Some(note.as_str().to_owned()), || None),
        }
    }
}

/// [`figures_work::Service`] in stabby's types.
#[stabby::stabby]
#[allow(missing_docs, reason = "the methods are those of `figures_work::Service`")]
pub trait Service {
    extern "C" fn add(&self, a: u64, b: u64) -> u64;
    extern "C" fn copy_text<'a>(&self, text: Str<'a>) -> String;
    extern "C" fn sum<'a>(&self, bytes: Slice<'a, u8>) -> u64;
    extern "C" fn ends<'a>(&self, bytes: Slice<'a, u8>) -> u64;
    extern "C" fn copy_record(&self, record: &Record) -> Record;
}

/// A service of a loaded library.
pub type Opened = stabby::dynptr!(Box<dyn Service>);

/// The type of [`figures_stabby_open`].
pub type Open = extern "C" fn() -> Opened;

struct Worker;

impl Service for Worker {
    extern "C" fn add(&self, a: u64, b: u64) -> u64 {
        figures_work::add(a, b)
    }
    extern "C" fn copy_text<'a>(&self, text: Str<'a>) -> String {
        figures_work::copy_text(text.as_str())
    }
    extern "C" fn sum<'a>(&self, bytes: Slice<'a, u8>) -> u64 {
        figures_work::sum(bytes.as_slice())
    }
    extern "C" fn ends<'a>(&self, bytes: Slice<'a, u8>) -> u64 {
        figures_work::ends(bytes.as_slice())
    }
    extern "C" fn copy_record(&self, record: &Record) -> Record {
        record.clone()
    }
}

/// Gives the library's service.
#[stabby::export]
pub extern "C" fn figures_stabby_open() -> Opened {
    Box::new(Worker).into()
}
