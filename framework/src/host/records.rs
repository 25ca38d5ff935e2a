//! The `log` records of the host's own image as events, for hosts that have nothing else for it.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use log::{Log, Metadata, Record, SetLoggerError};
use tracing_core::dispatcher::get_default;
use tracing_core::{Event, LevelFilter};

use super::services::traces::also_log;
use super::services::traces::site::Leaked;
use crate::context::traces::speakers::{BETWEEN, Speakers};
use crate::context::traces::values::{Raw, Told};
use crate::context::traces::{Site, number, record_described, record_key, record_level};
use crate::manifest::Home;

/// How many callsites are told apart: targets can be made while the program runs.
const RECORDS: usize = 4096;

struct Records(RwLock<Option<HashMap<u64, &'static Leaked>>>);

static RECORDS_HERE: Records = Records(RwLock::new(None));

/// Makes events of the `log` records of this program and of the plugins that are linked into it, each with its own
/// target, level, file and line, and with the fields `plugin` and `home` where it is a plugin's. Those of a library's reach
/// the host without it.
///
/// Call it after the subscriber has been set, once. A program that has `tracing-log` has no need of it.
///
/// **Errors:** the program has a logger already.
///
/// ```
/// keyway::host::log_to_tracing().expect("nobody else has set a logger");
/// ```
pub fn log_to_tracing() -> Result<(), SetLoggerError> {
    log::set_logger(&RECORDS_HERE)?;
    also_log();
    Ok(())
}

impl Records {
    fn site(&self, record: &Record<'_>) -> &'static Leaked {
        let key = record_key(record);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.as_ref().and_then(|known| known.get(&key)).copied();
        let full = known.as_ref().is_some_and(|known| known.len() >= RECORDS);
        drop(known);
        if let Some(site) = found {
            return site;
        }
        let plugin = Speakers::here().of_module(record.module_path().unwrap_or(record.target()));
        let plugins = plugin.into_iter().flat_map(|ids| ids.split(BETWEEN)).map(str::to_owned).collect();
        if full {
            return Leaked::of(Site::general(record_level(record.metadata()), false, plugins), Home::Static);
        }
        let site = Leaked::of(record_described(record, plugins), Home::Static);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_default().insert(key, site);
        site
    }
}

impl Log for Records {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        record_level(metadata) <= number(LevelFilter::current())
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let site = self.site(record);
        let metadata = site.metadata();
        let interest = site.interest();
        if interest == 0 || (interest == 1 && !get_default(|dispatch| dispatch.enabled(metadata))) {
            return;
        }
        let message = record.args().to_string();
        let mut told = vec![(0, Told::Debug(Raw(&message)))];
        if metadata.fields().field("source").is_some() {
            told.push((1, Told::Debug(Raw(record.target()))));
        }
        site.with_values(&told, |values| {
            get_default(|dispatch| dispatch.event(&Event::new(metadata, values)));
        });
    }

    fn flush(&self) {}
}
