//! What an image says with `log`: each record is an event, with its own target, level, file and line.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use log::{LevelFilter, Log, Metadata, Record};

use super::bridge::{Bridge, speakers};
use super::values::{General, Writer};
use super::{Site, install};

/// The logger of an image with a bridge.
pub(super) struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        install::bridge().is_some_and(|bridge| level(metadata) <= super::number(bridge.filter()))
    }

    fn log(&self, record: &Record<'_>) {
        if let Some(bridge) = install::bridge() {
            bridge.log(record);
        }
    }

    fn flush(&self) {}
}

/// The level's number: `log` counts as [`number`](super::number) does.
pub(crate) fn level(metadata: &Metadata<'_>) -> u32 {
    metadata.level() as u32
}

/// The filter with this number.
pub(crate) fn filter(number: u32) -> LevelFilter {
    LevelFilter::iter().nth(number as usize).unwrap_or(LevelFilter::Trace)
}

/// What tells records apart that come from different places or say for whom they are.
pub(crate) fn key(record: &Record<'_>) -> u64 {
    static KEYS: OnceLock<RandomState> = OnceLock::new();
    let place =
        (record.target(), level(record.metadata()), record.module_path(), record.file(), record.line());
    KEYS.get_or_init(RandomState::new).hash_one(place)
}

/// A record's callsite. Its name is that which `tracing` would give it.
pub(crate) fn described(record: &Record<'_>, plugins: Vec<String>) -> Site {
    let name = match (record.file(), record.line()) {
        (Some(file), Some(line)) => format!("event {file}:{line}"),
        _ => "log record".to_owned(),
    };
    Site {
        name,
        target: record.target().to_owned(),
        level: level(record.metadata()),
        module: record.module_path().map(str::to_owned),
        file: record.file().map(str::to_owned),
        line: record.line(),
        fields: vec!["message".to_owned()],
        span: false,
        plugins,
    }
}

impl Bridge {
    /// Hands a record on.
    pub(crate) fn log(&self, record: &Record<'_>) {
        let level = level(record.metadata());
        if level > super::number(self.filter()) {
            return;
        }
        let describe = || described(record, speakers(record.module_path().unwrap_or(record.target())));
        let entry = self.entry_of_record(key(record), describe, level);
        if !self.is_wanted(entry) {
            return;
        }
        let writer = if entry.general {
            General::saying(record.args()).written(record.target())
        } else {
            let mut writer = Writer::new();
            writer.text(0, record.args());
            writer
        };
        // It takes it or does not, and nobody here could do anything about it.
        let _taken = self.host.event(entry.site, 0, writer.bytes());
    }
}
