//! What an image says with `log`: each record is an event, with its own target, level, file and line.

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

/// What tells records apart that come from different places or say for whom they are. Of two that had the same number
/// by chance, the second would be told as the first; there are at most a few thousand, and 64 bits.
///
/// **Source:** FNV-1a; parts end with a byte that is in no text.
pub(crate) fn key(record: &Record<'_>) -> u64 {
    let mut key = 0xCBF2_9CE4_8422_2325;
    let mut put = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0xFF]) {
            key = (key ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    };
    put(record.target().as_bytes());
    put(record.module_path().unwrap_or_default().as_bytes());
    put(record.file().unwrap_or_default().as_bytes());
    put(&record.line().unwrap_or(0).to_le_bytes());
    put(&level(record.metadata()).to_le_bytes());
    key
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
