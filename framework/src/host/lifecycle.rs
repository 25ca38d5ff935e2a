//! Starting in plan order, starting on demand, stopping in the reverse order of what really started.
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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;

use super::refusal::{GetError, Refusal};
use super::registry::{Entry, Live, Phase, Registry, Snapshot};
use super::resolver::nearest;
use super::running::{Means, Running};
use super::services::HostServices;
use super::survey::Survey;
use crate::context::Provided;
use crate::fault::Fault;
use crate::handle::Owner;
use crate::id::PluginId;
use crate::manifest::Activation;

/// What a host and the contexts of its plugins share.
pub(super) struct Core {
    pub(super) survey: Survey,
    pub(super) registry: Registry,
    /// In the order in which their starts ended. Who changes a plugin's state holds this lock.
    started: Mutex<Vec<(Arc<Entry>, Arc<Live>)>>,
    /// All that start with the host have been tried.
    ready: AtomicBool,
    stopped: AtomicBool,
}

impl Core {
    pub(super) fn new(survey: Survey) -> Arc<Self> {
        Arc::new(Self {
            registry: Registry::new(&survey),
            survey,
            started: Mutex::default(),
            ready: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Arc<Entry>, Arc<Live>)>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what is to start with the host, in plan order.
    pub(super) fn start_all(self: &Arc<Self>) {
        let now = self.registry.now();
        for entry in now.entries() {
            if let Some(refusal) = entry.refusal() {
                tell_refused(refusal);
            }
        }
        for entry in now.plan().iter().filter(|entry| entry.manifest.activation == Activation::Start) {
            // What failed is told, and kept with the entry.
            let _kept = self.activate(&now, entry, None);
        }
        let _lock = self.lock();
        self.ready.store(true, Ordering::Release);
        if now.plan().iter().any(|entry| entry.refusal().is_some()) {
            self.registry.publish_refusals();
        }
    }

    /// An interface of a plugin, which is started if it has to be. `asker` is the step of the plugin that asks.
    pub(super) fn provided(
        self: &Arc<Self>,
        id: &str,
        interface: &str,
        asker: Option<usize>,
    ) -> Result<Provided, GetError> {
        let now = self.registry.now();
        let Some(entry) = now.find(id) else {
            let known = now.entries().iter().map(|entry| entry.id().as_str());
            let meant = nearest(id, known).and_then(|meant| PluginId::new(meant).ok());
            return Err(GetError::Unknown { id: id.to_owned(), meant });
        };
        let not_provided = || GetError::NotProvided {
            id: entry.id().clone(),
            interface: interface.to_owned(),
            provides: entry.manifest.provides.keys().cloned().collect(),
        };
        if entry.refusal().is_none()
            && entry.step.is_some()
            && !entry.manifest.provides.contains_key(interface)
        {
            return Err(not_provided());
        }
        let live = self.activate(&now, entry, asker)?;
        let running = live.running.load();
        let running = running.as_ref().ok_or(GetError::Stopped)?;
        let (object, direct) = running.interface(interface).ok_or_else(not_provided)?;
        Ok(Provided { object, direct, owner: Arc::clone(&live.owner) })
    }

    fn activate(
        self: &Arc<Self>,
        now: &Snapshot,
        entry: &Arc<Entry>,
        asker: Option<usize>,
    ) -> Result<Arc<Live>, GetError> {
        if let Some(live) = entry.live.get() {
            return Ok(Arc::clone(live));
        }
        if let Some(refusal) = entry.refusal() {
            return Err(refused(entry, refusal));
        }
        let Some(step) = entry.step else {
            return Err(GetError::Disabled { id: entry.id().clone() });
        };
        if let Some(limit) = asker.into_iter().chain(Under::limit(self)).min().filter(|&limit| step >= limit)
        {
            return Err(GetError::Early { id: entry.id().clone(), asker: now.plan()[limit].id().clone() });
        }
        entry.live.get_or_try_init(|| self.start_one(entry, step)).cloned()
    }

    /// Runs once at a time for an entry, and not again after it succeeded or failed.
    fn start_one(self: &Arc<Self>, entry: &Arc<Entry>, step: usize) -> Result<Arc<Live>, GetError> {
        {
            let _lock = self.lock();
            if self.stopped.load(Ordering::Acquire) {
                return Err(GetError::Stopped);
            }
            if let Some(refusal) = entry.refusal() {
                return Err(refused(entry, refusal));
            }
            entry.enter(Phase::Starting);
        }
        tell(entry, "starting");
        let means = Means {
            options: &self.survey.options,
            loopback: self.survey.loopback,
            services: Arc::new(HostServices::new(Arc::downgrade(self), &entry.manifest, step)),
        };
        let outcome = {
            let _under = Under::enter(self, step);
            Running::start(self.survey.origin(entry.candidate), &entry.manifest, means)
        };
        match outcome {
            Ok(running) => {
                let owner = Owner::of(entry.id());
                let owner = if self.survey.count_calls { owner.counting() } else { owner };
                let live =
                    Arc::new(Live { owner: Arc::new(owner), running: ArcSwapOption::from_pointee(running) });
                let mut started = self.lock();
                if self.stopped.load(Ordering::Acquire) {
                    drop(started);
                    self.retire(entry, &live);
                    return Err(GetError::Stopped);
                }
                entry.enter(Phase::Active);
                started.push((Arc::clone(entry), Arc::clone(&live)));
                drop(started);
                tell(entry, "active");
                Ok(live)
            }
            Err(refusal) => {
                let refusal = Arc::new(refusal);
                self.refuse(entry, step, &refusal);
                Err(refused(entry, &refusal))
            }
        }
    }

    /// Refuses a plugin that did not start, and those that can not do without it.
    fn refuse(&self, entry: &Entry, step: usize, refusal: &Arc<Refusal>) {
        let _lock = self.lock();
        tell_refused(refusal);
        entry.refuse(Arc::clone(refusal));
        let now = self.registry.now();
        for later in &now.plan()[step + 1..] {
            if later.phase() == Phase::Planned
                && later.refusal().is_none()
                && let Some(refusal) = self.unmet(&now, later)
            {
                tell_refused(&refusal);
                later.refuse(Arc::new(refusal));
            }
        }
        if self.ready.load(Ordering::Acquire) {
            self.registry.publish_refusals();
        }
    }

    /// The first requirement of a planned plugin that no plugin before it meets any more.
    fn unmet(&self, now: &Snapshot, entry: &Entry) -> Option<Refusal> {
        let step = &self.survey.resolution().plan.steps[entry.step?];
        let plan = now.plan();
        if step.needs.iter().all(|&need| plan[need].refusal().is_none()) {
            return None;
        }
        let needs = |needed: &Entry, interface| {
            let (id, needed, source) = (entry.id().clone(), needed.id().clone(), needed.refusal()?.clone());
            Some(Refusal::Needs { id, needed, interface, source })
        };
        let requires = &entry.manifest.requires;
        let plugins = requires.plugins.iter().filter(|(_, requirement)| !requirement.optional);
        let mut plugins = plugins.filter_map(|(id, _)| needs(now.find(id.as_str())?, None));
        let interfaces = requires.interfaces.iter().filter(|(_, requirement)| !requirement.optional);
        let mut interfaces = interfaces.filter_map(|(interface, requirement)| {
            let before = step.needs.iter().chain(&step.after).map(|&other| &plan[other]);
            let mut providers =
                before.filter(|other| other.provides(interface.as_str(), &requirement.version)).peekable();
            let first = *providers.peek()?;
            if providers.all(|provider| provider.refusal().is_some()) {
                needs(first, Some(interface.clone()))
            } else {
                None
            }
        });
        plugins.next().or_else(|| interfaces.next())
    }

    /// Stops everything that was started, the last one first. Whatever is being started meanwhile is stopped by the
    /// thread that starts it.
    pub(super) fn stop(&self) {
        let started = {
            let mut started = self.lock();
            self.stopped.store(true, Ordering::Release);
            std::mem::take(&mut *started)
        };
        for (entry, live) in started.into_iter().rev() {
            self.retire(&entry, &live);
        }
    }

    fn retire(&self, entry: &Entry, live: &Live) {
        let Some(running) = live.running.load_full() else { return };
        entry.enter(Phase::Draining);
        tell(entry, "draining");
        tell_fault(entry, "stop", running.stop());
        entry.enter(Phase::Retired);
        live.running.store(None);
        tell_fault(entry, "drop", Running::release(running));
        tell(entry, "retired");
    }
}

fn refused(entry: &Entry, refusal: &Arc<Refusal>) -> GetError {
    GetError::Refused { id: entry.id().clone(), source: Arc::clone(refusal) }
}

fn tell(entry: &Entry, state: &'static str) {
    let Entry { manifest, .. } = entry;
    tracing::debug!(target: "keyway", plugin = %manifest.id, version = %manifest.version, state, "plugin");
}

fn tell_refused(refusal: &Refusal) {
    tracing::warn!(target: "keyway", plugin = %refusal.id(), state = "refused", why = refusal.summary(), "plugin");
}

fn tell_fault(entry: &Entry, during: &'static str, outcome: Result<(), Fault>) {
    if let Err(fault) = outcome {
        let fault = fault.in_plugin(entry.id().as_str());
        tracing::error!(target: "keyway", plugin = %entry.id(), during, %fault, "plugin");
    }
}

thread_local! {
    /// The starts that are under way in this thread: whose host, and which step.
    static UNDER: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
}

/// A start that is under way in this thread, for as long as the value lives.
struct Under;

impl Under {
    fn enter(core: &Arc<Core>, step: usize) -> Self {
        UNDER.with_borrow_mut(|under| under.push((Arc::as_ptr(core).addr(), step)));
        Self
    }

    /// The first step of this host that is being started in this thread.
    fn limit(core: &Arc<Core>) -> Option<usize> {
        let host = Arc::as_ptr(core).addr();
        UNDER.with_borrow(|under| {
            under.iter().filter(|(other, _)| *other == host).map(|(_, step)| *step).min()
        })
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        UNDER.with_borrow_mut(|under| under.pop());
    }
}
