//! The listener of an image: knows which of its callsites are which at the host's, and hands on what is said.
//!
//! Keeps nothing in the threads that it is called on, which are the host's and may outlive whatever is said in them, and
//! holds no lock of its own while it calls the host. What the host does not take goes nowhere.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tracing_core::callsite::rebuild_interest_cache;
use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::{Event, Interest, LevelFilter, Metadata, Subscriber};

use super::speakers::Speakers;
use super::values::{General, Writer};
use super::{CURRENT, ROOT, Site, Traces, filter, interest, number_of, outside};

/// In the place of a span that the host did not take.
const NOWHERE: u64 = ROOT + 1;
/// A span with a general callsite is marked with it, on this side alone.
const OF_GENERAL: u64 = 1 << 63;
/// How many callsites of `log` records are told apart: their targets can be made while the plugin runs.
pub(super) const RECORDS: usize = 1024;

/// What is known of a callsite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its number at the host's.
    pub(super) site: u32,
    /// It shares its number with others.
    pub(super) general: bool,
    /// See [`interest`].
    pub(super) interest: u8,
}

impl Entry {
    /// Of what the host does not want to know.
    const NOWHERE: Self = Self { site: u32::MAX, general: true, interest: 0 };
}

/// See the module.
pub(crate) struct Bridge {
    pub(super) host: Arc<dyn Traces>,
    level: AtomicU32,
    /// The host tells of its filter just now.
    pub(super) told: AtomicBool,
    /// By the address of the metadata, which stays where it is.
    sites: Table<usize, &'static Metadata<'static>>,
    /// Of `log` records, by a hash of all that tells them apart.
    records: Table<u64, ()>,
    /// By level, and whether they are spans.
    general: Table<(u32, bool), ()>,
}

/// Callsites in the order of their keys: a table for few, which takes less of a library than a hash map.
struct Table<K, V>(RwLock<Vec<(K, Entry, V)>>);

impl<K: Ord + Copy, V: Copy> Table<K, V> {
    const fn new() -> Self {
        Self(RwLock::new(Vec::new()))
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<(K, Entry, V)>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: K) -> Option<Entry> {
        let all = self.read();
        let place = all.binary_search_by(|(other, _, _)| other.cmp(&key)).ok()?;
        Some(all[place].1)
    }

    /// Puts one in, unless another thread was faster.
    fn put(&self, key: K, entry: Entry, more: V) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Err(place) = all.binary_search_by(|(other, _, _)| other.cmp(&key)) {
            all.insert(place, (key, entry, more));
        }
    }

    fn refresh(&self, interests: &[u8]) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (_, entry, _) in &mut *all {
            if let Some(now) = interests.get(entry.site as usize) {
                entry.interest = *now;
            }
        }
    }
}

impl Bridge {
    /// A bridge to a host whose filter lets through what has at most this level.
    pub(crate) fn new(host: Arc<dyn Traces>, level: u32) -> Self {
        Self {
            host,
            level: AtomicU32::new(level),
            told: AtomicBool::new(false),
            sites: Table::new(),
            records: Table::new(),
            general: Table::new(),
        }
    }

    /// What the host lets through.
    pub(super) fn filter(&self) -> LevelFilter {
        filter(self.level.load(Ordering::Relaxed))
    }

    /// The host's filter is another now.
    pub(crate) fn filter_changed(&self, level: u32, interests: &[u8]) {
        self.level.store(level, Ordering::Relaxed);
        self.sites.refresh(interests);
        self.records.refresh(interests);
        self.general.refresh(interests);
        self.told.store(true, Ordering::Relaxed);
        rebuild_interest_cache();
        self.told.store(false, Ordering::Relaxed);
    }

    /// A callsite of `log`'s, which `describe` describes; at most so many are told apart.
    pub(super) fn entry_of_record(&self, key: u64, describe: impl FnOnce() -> Site, level: u32) -> Entry {
        if let Some(entry) = self.records.find(key) {
            return entry;
        }
        if self.records.read().len() >= RECORDS {
            return self.general(level, false);
        }
        let entry = self.described(describe());
        self.records.put(key, entry, ());
        entry
    }

    fn known(&self, metadata: &Metadata<'_>) -> Option<Entry> {
        self.sites.find(std::ptr::from_ref(metadata).addr())
    }

    fn entry(&self, metadata: &'static Metadata<'static>) -> Entry {
        if let Some(entry) = self.known(metadata) {
            return entry;
        }
        let entry = self.described(Site {
            name: metadata.name().to_owned(),
            target: metadata.target().to_owned(),
            level: number_of(*metadata.level()),
            module: metadata.module_path().map(str::to_owned),
            file: metadata.file().map(str::to_owned),
            line: metadata.line(),
            fields: metadata.fields().iter().map(|field| field.name().to_owned()).collect(),
            span: metadata.is_span(),
            plugins: speakers(metadata.module_path().unwrap_or(metadata.target())),
        });
        self.sites.put(std::ptr::from_ref(metadata).addr(), entry, metadata);
        entry
    }

    /// Tells the host of a callsite.
    fn described(&self, site: Site) -> Entry {
        let (level, span) = (site.level, site.span);
        match self.host.site(site) {
            Ok(known) => Entry { site: known.id, general: false, interest: known.interest },
            Err(_) => self.general(level, span),
        }
    }

    fn general(&self, level: u32, span: bool) -> Entry {
        if let Some(entry) = self.general.find((level, span)) {
            return entry;
        }
        let plugins = Speakers::here().all().split(super::speakers::BETWEEN).map(str::to_owned);
        let known = self.host.site(Site::general(level, span, plugins.collect()));
        let entry = known.map_or(Entry::NOWHERE, |known| Entry {
            site: known.id,
            general: true,
            interest: known.interest,
        });
        self.general.put((level, span), entry, ());
        entry
    }

    /// The callsite of something that is being said, unless the host does not want it.
    fn wanted(&self, metadata: &'static Metadata<'static>) -> Option<Entry> {
        match self.known(metadata) {
            // It was asked before.
            Some(entry) => Some(entry).filter(|entry| entry.interest != 0),
            // While this callsite is registered, by another thread, nobody can be asked for it.
            None => Some(self.entry(metadata)).filter(|entry| self.is_wanted(*entry)),
        }
    }

    /// Whether something with this callsite is wanted here and now.
    pub(super) fn is_wanted(&self, entry: Entry) -> bool {
        match entry.interest {
            0 => false,
            2 => true,
            _ => self.host.enabled(entry.site).unwrap_or(false),
        }
    }
}

/// Who may be meant by something of this module: see [`Speakers`]; what belongs to no plugin may be any one's.
pub(super) fn speakers(module: &str) -> Vec<String> {
    let here = Speakers::here();
    let ids = here.of_module(module).unwrap_or(here.all());
    ids.split(super::speakers::BETWEEN).map(str::to_owned).collect()
}

/// The number of a parent.
fn parent(is_contextual: bool, explicit: Option<&Id>) -> u64 {
    match explicit.map(Id::into_u64) {
        Some(NOWHERE) => ROOT,
        Some(span) => span & !OF_GENERAL,
        None if is_contextual => 0,
        None => ROOT,
    }
}

/// The number of a span at the host's; `None` where it has none there.
fn at_host(span: &Id) -> Option<u64> {
    Some(span.into_u64()).filter(|span| *span != NOWHERE).map(|span| span & !OF_GENERAL)
}

fn span(number: u64) -> Id {
    let nowhere = const { NonZeroU64::new(NOWHERE).expect("a constant above zero") };
    Id::from_non_zero_u64(NonZeroU64::new(number).unwrap_or(nowhere))
}

// What the host answers to what is handed on: it takes it or does not, and nobody here could do anything about it.
impl Subscriber for Bridge {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if *metadata.level() > self.filter() {
            return Interest::never();
        }
        match self.known(metadata) {
            Some(entry) => interest(entry.interest),
            // The host asks its subscribers on the thread that tells it of a callsite, and not all of them listen on the
            // one that tells of a filter. The next use of the callsite is on a better one.
            None if self.told.load(Ordering::Relaxed) => Interest::sometimes(),
            None => interest(self.entry(metadata).interest),
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter())
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if *metadata.level() > self.filter() {
            return false;
        }
        // What is not known has no callsite that was registered, and is judged by its level until it is said.
        self.known(metadata).is_none_or(|entry| self.is_wanted(entry))
    }

    fn event(&self, event: &Event<'_>) {
        let Some(entry) = self.wanted(event.metadata()) else { return };
        let parent = parent(event.is_contextual(), event.parent());
        let writer = if entry.general {
            let mut general = General::default();
            event.record(&mut general);
            general.written(event.metadata().target())
        } else {
            let mut writer = Writer::new();
            event.record(&mut writer);
            writer
        };
        let _taken = self.host.event(entry.site, parent, writer.bytes());
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let Some(entry) = self.wanted(attributes.metadata()) else { return span(NOWHERE) };
        let parent = parent(attributes.is_contextual(), attributes.parent());
        if entry.general {
            let mut general = General::default();
            attributes.record(&mut general);
            let writer = general.written(attributes.metadata().target());
            return match self.host.new_span(entry.site, parent, writer.bytes()) {
                Ok(number) => span(number | OF_GENERAL),
                Err(_) => span(NOWHERE),
            };
        }
        let mut writer = Writer::new();
        attributes.record(&mut writer);
        span(self.host.new_span(entry.site, parent, writer.bytes()).unwrap_or(NOWHERE))
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let Some(number) = at_host(span) else { return };
        let writer = if span.into_u64() & OF_GENERAL != 0 {
            let mut general = General::default();
            values.record(&mut general);
            general.written("")
        } else {
            let mut writer = Writer::new();
            values.record(&mut writer);
            writer
        };
        let _taken = self.host.record(number, writer.bytes());
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        if let (Some(span), Some(cause)) = (at_host(span), at_host(follows)) {
            let _taken = self.host.follows(span, cause);
        }
    }

    fn enter(&self, span: &Id) {
        if let Some(number) = at_host(span) {
            let _taken = self.host.enter(number);
        }
    }

    fn exit(&self, span: &Id) {
        if let Some(number) = at_host(span) {
            let _taken = self.host.exit(number);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        let Some(number) = at_host(id) else { return id.clone() };
        let general = id.into_u64() & OF_GENERAL;
        self.host.hold(number).map_or_else(|_| span(NOWHERE), |number| span(number | general))
    }

    fn try_close(&self, id: Id) -> bool {
        at_host(&id).is_some_and(|number| self.host.close(number).unwrap_or(false))
    }

    fn current_span(&self) -> Current {
        let metadata = match self.host.current().unwrap_or(0) {
            0 => return Current::none(),
            1 => &outside::SPAN,
            number => {
                let site = u32::try_from(number - 2).ok();
                let sites = self.sites.read();
                let known = sites.iter().find(|(_, entry, _)| Some(entry.site) == site && !entry.general);
                known.map_or(&outside::SPAN, |(_, _, metadata)| metadata)
            }
        };
        Current::new(span(CURRENT), metadata)
    }
}
