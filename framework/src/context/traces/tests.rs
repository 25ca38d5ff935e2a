//! How often the edge is crossed, and what is left off: a bridge over an edge of each form, with a count behind it.

use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Mutex, PoisonError, atomic::Ordering::SeqCst};

use tracing_core::dispatcher::with_default;
use tracing_core::{Dispatch, LevelFilter};

use super::bridge::Bridge;
use super::*;
use crate::testing::{through_messages, through_table};

/// Lets through what has at most a level, counts what it is called for, and takes so many callsites.
#[derive(Default)]
struct Counting {
    level: AtomicU32,
    most: AtomicU32,
    calls: AtomicU64,
    depends: AtomicU32,
    sites: Mutex<Vec<Site>>,
    said: Mutex<Vec<(u32, u64, usize)>>,
}

impl Counting {
    fn of(level: u32) -> Arc<Self> {
        let counting = Self::default();
        counting.level.store(level, SeqCst);
        counting.most.store(u32::MAX, SeqCst);
        Arc::new(counting)
    }

    /// How often it was called since it was asked last.
    fn calls(&self) -> u64 {
        self.calls.swap(0, SeqCst)
    }

    fn interests(&self) -> Vec<u8> {
        let level = self.level.load(SeqCst);
        self.sites.lock().unwrap().iter().map(|site| if site.level > level { 0 } else { 2 }).collect()
    }

    fn call<T>(&self, answer: T) -> Result<T, String> {
        self.calls.fetch_add(1, SeqCst);
        Ok(answer)
    }
}

impl Traces for Counting {
    fn attach(&self, _: u64, _: Arc<dyn Watcher>) -> Result<Attached, String> {
        self.call(Attached { host: 1, level: self.level.load(SeqCst) })
    }
    fn site(&self, site: Site) -> Result<Known, String> {
        let mut sites = self.sites.lock().unwrap();
        if sites.len() as u32 >= self.most.load(SeqCst) && site.name != "general" {
            return Err("full".into());
        }
        let interest =
            if site.level > self.level.load(SeqCst) { 0 } else { 2 - self.depends.load(SeqCst) as u8 };
        sites.push(site);
        // Not counted: other tests of this process have callsites, which every subscriber is asked for.
        Ok(Known { id: sites.len() as u32 - 1, interest })
    }
    fn enabled(&self, _: u32) -> Result<bool, String> {
        self.call(false)
    }
    fn event(&self, site: u32, parent: u64, values: &[u8]) -> Result<(), String> {
        self.said.lock().unwrap().push((site, parent, values.len()));
        assert!(self.level.load(SeqCst) < 5, "a host that lets traces through panics here");
        self.call(())
    }
    fn new_span(&self, site: u32, parent: u64, values: &[u8]) -> Result<u64, String> {
        self.said.lock().unwrap().push((site, parent, values.len()));
        self.call(7)
    }
    fn record(&self, _: u64, _: &[u8]) -> Result<(), String> {
        self.call(())
    }
    fn follows(&self, _: u64, _: u64) -> Result<(), String> {
        self.call(())
    }
    fn enter(&self, span: u64) -> Result<(), String> {
        assert_eq!(span & (CURRENT - 1), 7);
        self.call(())
    }
    fn exit(&self, span: u64) -> Result<(), String> {
        assert_eq!(span & (CURRENT - 1), 7);
        self.call(())
    }
    fn hold(&self, span: u64) -> Result<u64, String> {
        self.call(span)
    }
    fn close(&self, span: u64) -> Result<bool, String> {
        assert_eq!(span & (CURRENT - 1), 7);
        self.call(true)
    }
    fn current(&self) -> Result<u64, String> {
        self.call(1)
    }
}

/// A bridge to this host, over a table and over messages.
fn bridges(host: &Arc<Counting>) -> [Arc<Bridge>; 2] {
    [through_table::<dyn Traces>, through_messages].map(|way| {
        let host: Arc<dyn Traces> = Arc::clone(host) as _;
        let level = host.attach(0, Arc::new(Nobody)).unwrap().level;
        Arc::new(Bridge::new(way(host), level))
    })
}

struct Nobody;

impl Watcher for Nobody {
    fn filter_changed(&self, _: u32, _: &[u8]) {}
}

fn speak(evaluated: &AtomicU64) {
    for _ in 0..100 {
        tracing::debug!(n = evaluated.fetch_add(1, SeqCst), "text");
    }
}

/// One test at a time: all subscribers of a process are asked of a callsite.
static ONE: Mutex<()> = Mutex::new(());

#[test]
fn what_is_disabled_does_not_cross_and_what_is_enabled_crosses_once() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let host = Counting::of(3);
    for bridge in bridges(&host) {
        host.level.store(3, SeqCst);
        bridge.filter_changed(3, &[]);
        let evaluated = AtomicU64::new(0);
        let dispatch = Dispatch::new(Arc::clone(&bridge));
        host.calls();
        with_default(&dispatch, || speak(&evaluated));
        assert_eq!((evaluated.swap(0, SeqCst), host.calls()), (0, 0));
        let after = |level: u32, shown: u32| {
            host.level.store(level, SeqCst);
            with_default(&dispatch, || {
                bridge.filter_changed(shown, &host.interests());
                speak(&evaluated);
            });
            (evaluated.swap(0, SeqCst), host.calls())
        };
        assert_eq!(after(4, 4), (100, 100));
        assert_eq!(after(3, 5), (0, 0), "only the callsite is off, as where a filter names targets");
    }
}

#[test]
fn the_host_is_asked_each_time_where_it_depends() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let host = Counting::of(4);
    host.depends.store(1, SeqCst);
    for bridge in bridges(&host) {
        let evaluated = AtomicU64::new(0);
        host.calls();
        with_default(&Dispatch::new(bridge), || speak(&evaluated));
        assert_eq!((evaluated.load(SeqCst), host.calls()), (0, 100));
    }
}

#[test]
fn what_is_said_before_its_callsite_is_known_is_asked_for_when_it_is() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let host = Counting::of(4);
    host.depends.store(1, SeqCst);
    // Each says something for the first time.
    let firsts: [fn(); 2] = [
        || tracing::debug_span!("one").in_scope(|| tracing::debug!("text")),
        || tracing::debug_span!("other").in_scope(|| tracing::debug!("text")),
    ];
    for (bridge, first) in bridges(&host).into_iter().zip(firsts) {
        bridge.told.store(true, SeqCst);
        with_default(&Dispatch::new(bridge), first);
    }
    assert_eq!(*host.said.lock().unwrap(), []);
}

#[test]
fn a_host_that_takes_no_more_callsites_gets_the_rest_at_a_general_one() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let host = Counting::of(4);
    host.most.store(0, SeqCst);
    for bridge in bridges(&host) {
        with_default(&Dispatch::new(bridge), || {
            let span = tracing::info_span!(target: "deep", "a span", later = tracing::field::Empty);
            span.in_scope(|| tracing::info!(target: "deep", n = 1, "text"));
            span.record("later", 2);
        });
        let sites = std::mem::take(&mut *host.sites.lock().unwrap());
        assert!(!sites.is_empty() && sites.iter().all(|site| site.name == "general"), "{sites:?}");
        let said = std::mem::take(&mut *host.said.lock().unwrap());
        let values: Vec<_> = said
            .iter()
            .map(|(site, parent, length)| (sites[*site as usize].span, *parent, *length))
            .collect();
        // Each with six bytes in front: the target; the message, the target, and what else there is.
        assert_eq!(values, [(true, 0, 6 + 4), (false, 0, 6 + 4 + 6 + 4 + 6 + 3)]);
    }
}

#[test]
fn a_host_that_panics_is_a_host_that_does_not_listen() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let host = Counting::of(5);
    for bridge in bridges(&host) {
        let mut went_on = false;
        with_default(&Dispatch::new(bridge), || {
            tracing::info!("text");
            went_on = true;
        });
        assert!(went_on);
    }
    assert_eq!(host.said.lock().unwrap().len(), 2);
}

#[test]
fn what_is_current_at_the_hosts_is_known_as_the_hosts() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let host = Counting::of(4);
    for bridge in bridges(&host) {
        let span = with_default(&Dispatch::new(bridge), || {
            let current = tracing::Span::current();
            current.metadata().map(|metadata| (metadata.name(), current.id().map(|id| id.into_u64())))
        });
        assert_eq!(span, Some(("a span of the host", Some(CURRENT))));
    }
}

#[test]
fn a_filter_is_what_its_number_says() {
    for level in 0..=5 {
        assert_eq!(number(filter(level)), level);
    }
    assert_eq!(number(filter(99)), number(LevelFilter::TRACE));
    assert_eq!(mark(), mark());
}
