//! Starting what the plan holds, starting on demand, stopping in the reverse order of what really started.
//!
//! # Side by side
//!
//! Plugins that do not depend on each other start side by side on a few threads ([`batch`]). Every start has a deadline. A
//! native call can not be interrupted, so a start whose time is up is abandoned with its thread: the plugin is quarantined,
//! those that need it are refused with that as the reason, and whatever the thread may still bring is let go of.
//!
//! # Who waits for whom
//!
//! A plugin with `activation = "use"` is started by whoever first asks for it, and everybody else who asks in the
//! meantime waits for that one start. So that no two starts can wait for each other, a plugin's context only ever waits
//! for plugins that come **before** it in the plan; and a thread in which a start is under way, whoever asks there, only
//! for those before that one. What comes later in the plan can be had once it runs.
//!
//! # What a failed start takes down
//!
//! Those that need it and have not been started. Where any provider of an interface would do, another one that runs is
//! as good. A plugin that runs already goes on: it asked for something of activation "use" and got the reason instead.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;

use super::info::State;
use super::record::{Event, Record};
use super::refusal::{GetError, Refusal};
use super::registry::{Entry, Live, Plugin, Registry, Run, Snapshot};
use super::services::Runtime;
use super::services::Talk;
use super::store::Records;
use super::survey::Survey;
use crate::context::Provided;
use crate::fault::Fault;
use crate::id::PluginId;
use crate::manifest::Activation;

mod batch;
mod change;
mod keeper;
mod memory;
mod start;
mod stop;
mod tell;
mod trials;

pub(super) use keeper::{Care, Keeper};

/// What a host and the contexts of its plugins share.
pub(super) struct Core {
    pub(super) registry: Registry,
    pub(super) runtime: Arc<Runtime>,
    /// Held by the one change that is under way.
    changing: Mutex<()>,
    /// Plugins that are to begin anew: another file of them can be taken, or what runs of them must not go on.
    again: Mutex<BTreeSet<PluginId>>,
    /// The operator's choices and quarantines, as they were last seen.
    records: ArcSwap<Records>,
    /// The plugins of which those hold what the store could not keep.
    unkept: Mutex<BTreeSet<PluginId>>,
    /// Held by whoever stops plugins. Taken before the lifecycle's lock.
    retiring: Mutex<()>,
    life: Mutex<Life>,
    /// A plugin's state has changed.
    changed: Condvar,
    /// All that start with the host have been tried.
    ready: AtomicBool,
    subscribers: Mutex<Vec<SyncSender<Event>>>,
    /// Changes that are still to be told.
    untold: Mutex<tell::Untold>,
    /// The topics, and the answers to questions.
    pub(super) talk: Talk,
}

/// What may change only under the lifecycle's lock, as every plugin's state.
#[derive(Default)]
struct Life {
    /// In the order in which their starts ended.
    started: Vec<(Arc<Plugin>, Arc<Live>)>,
    records: BTreeMap<PluginId, Arc<Record>>,
    stopped: bool,
}

impl Core {
    pub(super) fn new(survey: Survey) -> Arc<Self> {
        let mut records = BTreeMap::new();
        let choices = Arc::clone(&survey.wishes.records);
        let count_calls = survey.wishes.count_calls;
        let runtime = Runtime::new(survey.wishes.executor.clone());
        let snapshot = Snapshot::of(Arc::new(survey), |id, _| {
            let record = Record::of(id, count_calls);
            records.insert(id.clone(), Arc::clone(&record));
            Err(record)
        });
        Arc::new(Self {
            registry: Registry::new(snapshot),
            runtime,
            changing: Mutex::default(),
            again: Mutex::default(),
            records: ArcSwap::new(choices),
            unkept: Mutex::default(),
            retiring: Mutex::default(),
            life: Mutex::new(Life { records, ..Life::default() }),
            changed: Condvar::new(),
            ready: AtomicBool::new(false),
            subscribers: Mutex::default(),
            untold: Mutex::default(),
            talk: Talk::new(),
        })
    }

    /// Whether it has begun to stop all of its plugins.
    pub(super) fn has_stopped(&self) -> bool {
        self.lock().stopped
    }

    fn lock(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what is to start with the host.
    pub(super) fn start_all(self: &Arc<Self>) {
        let now = self.registry.now();
        for entry in now.entries() {
            let state = now.state(entry);
            if !matches!(state, State::Resolved) {
                self.happened(&entry.plugin, state);
            }
        }
        self.told();
        let Some(patience) = self.limits().patience else { return self.start_rest(&now) };
        let (core, shared) = (Arc::clone(self), Arc::clone(&now));
        let (done, ended) = std::sync::mpsc::sync_channel(1);
        let rest = move || {
            core.start_rest(&shared);
            // Whoever asked may have gone on by now.
            let _told = done.send(());
        };
        match thread("keyway-starts", rest) {
            // What has not ended goes on there, each to its own deadline.
            Ok(_) => drop(ended.recv_timeout(patience)),
            Err(_) => self.start_rest(&now),
        }
    }

    fn start_rest(self: &Arc<Self>, now: &Arc<Snapshot>) {
        self.start_planned(now);
        let life = self.lock();
        self.ready.store(true, Ordering::Release);
        if now.plan().any(|entry| entry.plugin.refusal().is_some()) {
            self.registry.publish_refusals();
        }
        drop(life);
        self.begin_anew();
    }

    /// Starts what waits for its start and is not to wait until it is asked for.
    fn start_planned(self: &Arc<Self>, now: &Arc<Snapshot>) {
        for Entry { plugin, .. } in now.plan().filter(|entry| entry.plugin.origin.is_offered()) {
            // Nothing of a plugin's runs, so there is nothing to bound.
            if let Some(attempt) = self.begin(plugin) {
                self.attempt(plugin, &attempt);
            }
        }
        let planned = |entry: &&Entry| {
            entry.plugin.manifest.activation == Activation::Start && entry.plugin.is_planned()
        };
        let steps: Vec<usize> = now.plan().filter(planned).filter_map(|entry| entry.step).collect();
        batch::run(self, now, &steps);
    }

    /// An interface of a plugin, which is started if it has to be. `asker` is the plugin that asks.
    pub(super) fn provided(
        self: &Arc<Self>,
        id: &str,
        interface: &str,
        asker: Option<&PluginId>,
    ) -> Result<Provided, GetError> {
        let now = self.registry.now();
        let entry = now.find(id).ok_or_else(|| now.unknown(id))?;
        let provides = &entry.plugin.manifest.provides;
        let not_provided = || GetError::NotProvided {
            id: entry.id().clone(),
            interface: interface.to_owned(),
            provides: provides.keys().cloned().collect(),
        };
        if !provides.contains_key(interface) && entry.step.is_some() && entry.plugin.refusal().is_none() {
            return Err(not_provided());
        }
        let live = self.activate(&now, entry, asker)?;
        let running = live.running.load();
        let running = running.as_ref().ok_or_else(|| self.gone(entry.id()))?;
        let (object, direct) = running.interface(interface).ok_or_else(not_provided)?;
        let owner = Arc::clone(&entry.plugin.record.owner);
        Ok(Provided { object, direct, owner, generation: Some(Arc::clone(&live) as _) })
    }

    /// A plugin as it runs, which is started if it has to be. `asker` is the plugin that asks.
    pub(super) fn live(
        self: &Arc<Self>,
        id: &str,
        asker: Option<&PluginId>,
    ) -> Result<(PluginId, Arc<Live>), GetError> {
        let now = self.registry.now();
        let entry = now.find(id).ok_or_else(|| now.unknown(id))?;
        Ok((entry.id().clone(), self.activate(&now, entry, asker)?))
    }

    /// The plugin as it runs; started, and waited for, where that is still to be done.
    fn activate(
        self: &Arc<Self>,
        now: &Snapshot,
        entry: &Entry,
        asker: Option<&PluginId>,
    ) -> Result<Arc<Live>, GetError> {
        if let Some(live) = entry.plugin.live.load_full() {
            return Ok(live);
        }
        if let Some(refusal) = now.refusal(entry) {
            return Err(refused(entry.id(), &refusal));
        }
        let Some(step) = entry.step else {
            return Err(match now.state(entry) {
                State::Disabled(by) => GetError::Disabled { id: entry.id().clone(), by },
                _ => GetError::Unloaded { id: entry.id().clone() },
            });
        };
        let limit = asker.and_then(|id| now.find(id.as_str())).and_then(|entry| entry.step);
        let limits = limit.into_iter().chain(Under::limit(self, now));
        if let Some(limit) = limits.min().filter(|&limit| step >= limit) {
            return Err(GetError::Early { id: entry.id().clone(), asker: now.step(limit).id().clone() });
        }
        match self.start_now(now, entry) {
            Err(error @ GetError::Unloaded { .. }) => {
                let later = self.registry.now();
                match later.find(entry.id().as_str()) {
                    // A change has come between.
                    Some(entry) if !Arc::ptr_eq(&later.survey, &now.survey) => {
                        self.activate(&later, entry, asker)
                    }
                    _ => Err(error),
                }
            }
            outcome => outcome,
        }
    }

    /// Nothing can be had of a plugin any more.
    fn gone(&self, id: &PluginId) -> GetError {
        if self.lock().stopped { GetError::Stopped } else { GetError::Unloaded { id: id.clone() } }
    }

    /// Changes a plugin's state, which is to be told once the lock is open again.
    fn enter(&self, _life: &mut Life, plugin: &Plugin, run: Run) {
        self.happened(plugin, run.state());
        plugin.enter(run);
        self.changed.notify_all();
    }

    pub(super) fn subscribe(&self, subscriber: SyncSender<Event>) {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(subscriber);
    }
}

fn refused(id: &PluginId, refusal: &Arc<Refusal>) -> GetError {
    GetError::Refused { id: id.clone(), source: Arc::clone(refusal) }
}

fn log_fault(id: &PluginId, during: &'static str, outcome: Result<(), Fault>) {
    if let Err(fault) = outcome {
        let fault = fault.in_plugin(id.as_str());
        tracing::error!(target: "keyway", plugin = %id, during, %fault, "plugin");
    }
}

/// A thread of the host's: for a plugin's start or stop, for who asks from outside. It writes to the log that this thread
/// writes to; where that is none, to that of all threads, which may come later.
pub(in crate::host) fn thread(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    let log = tracing::dispatcher::get_default(Clone::clone);
    let thread = std::thread::Builder::new().name(name.to_owned());
    let is_none = log.is::<tracing::subscriber::NoSubscriber>();
    thread.spawn(move || if is_none { work() } else { tracing::dispatcher::with_default(&log, work) })
}

/// A host, told from others in this process.
fn address(core: &Core) -> usize {
    std::ptr::from_ref(core).addr()
}

thread_local! {
    /// The starts and stops that are under way in this thread, with the host of each.
    static UNDER: RefCell<Vec<(usize, Turn)>> = const { RefCell::new(Vec::new()) };
}

/// What happens to a plugin.
enum Turn {
    Start(PluginId),
    Stop(PluginId),
}

/// The host that starts or stops a plugin in this thread, by its address.
pub(in crate::host) fn at_work() -> Option<usize> {
    let last = |under: &RefCell<Vec<(usize, _)>>| under.borrow().last().map(|(host, _)| *host);
    // A thread that ends has forgotten it.
    UNDER.try_with(last).ok().flatten()
}

/// A start or stop that is under way in this thread, for as long as the value lives.
struct Under;

impl Under {
    fn start(core: &Core, plugin: &PluginId) -> Self {
        UNDER.with_borrow_mut(|under| under.push((address(core), Turn::Start(plugin.clone()))));
        Self
    }

    fn stop(core: &Core, plugin: &PluginId) -> Self {
        UNDER.with_borrow_mut(|under| under.push((address(core), Turn::Stop(plugin.clone()))));
        Self
    }

    /// The plugin of this host that is being stopped in this thread.
    fn stopping(core: &Core) -> Option<PluginId> {
        UNDER.with_borrow(|under| {
            let here = under.iter().rev().filter(|(host, _)| *host == address(core));
            here.map(|(_, turn)| turn).find_map(|turn| match turn {
                Turn::Stop(plugin) => Some(plugin.clone()),
                Turn::Start(_) => None,
            })
        })
    }

    /// Whether one of this host is.
    fn is_entered(core: &Core) -> bool {
        UNDER.with_borrow(|under| under.iter().any(|(host, _)| *host == address(core)))
    }

    /// The first step of this host that is being started in this thread.
    fn limit(core: &Arc<Core>, now: &Snapshot) -> Option<usize> {
        UNDER.with_borrow(|under| {
            let here = under.iter().filter(|(host, _)| *host == address(core));
            let started = here.filter_map(|(_, turn)| match turn {
                Turn::Start(plugin) => Some(plugin),
                Turn::Stop(_) => None,
            });
            started.filter_map(|plugin| now.find(plugin.as_str())?.step).min()
        })
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        UNDER.with_borrow_mut(|under| under.pop());
    }
}
