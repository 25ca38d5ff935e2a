//! One start: begun once, ended once, by success, by failure or by its deadline.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::stop::after;
use super::{Core, Under, refused};
use crate::host::refusal::{GetError, Refusal};
use crate::host::registry::{Attempt, Entry, Live, Plugin, Run, Snapshot};
use crate::host::resolver::Candidate;
use crate::host::running::{Means, Running};
use crate::host::services::HostServices;
use crate::host::survey::Limits;
use crate::id::PluginId;
use crate::manifest::Activation;

impl Core {
    pub(super) fn limits(&self) -> Limits {
        self.registry.now().survey.wishes.limits
    }

    /// Starts a plugin that somebody asks for, or waits for the start that is under way.
    pub(super) fn start_now(self: &Arc<Self>, now: &Snapshot, entry: &Entry) -> Result<Arc<Live>, GetError> {
        let plugin = &entry.plugin;
        self.start_needs(now, entry);
        if let Some(attempt) = self.begin(plugin) {
            let (core, plugin) = (Arc::clone(self), Arc::clone(plugin));
            let shared = (Arc::clone(&plugin), Arc::clone(&attempt));
            if super::thread("keyway-start", move || core.attempt(&plugin, &attempt)).is_err() {
                // No thread is to be had: then here, without a deadline.
                self.attempt(&shared.0, &shared.1);
            }
        }
        self.wait_for(plugin);
        match &*plugin.run() {
            Run::Active(live) => Ok(Arc::clone(live)),
            Run::Refused(refusal) | Run::Quarantined(refusal) => Err(refused(plugin.id(), refusal)),
            _ => Err(self.gone(lost_need(now, entry).unwrap_or(plugin.id()))),
        }
    }

    /// Starts, and waits for, what a plugin can not do without and what starts with the host: while the host starts it may
    /// not have come to that yet.
    fn start_needs(self: &Arc<Self>, now: &Snapshot, entry: &Entry) {
        let Some(step) = entry.step else { return };
        for &need in &now.survey.resolution().plan.steps[step].needs {
            let needed = now.step(need);
            let waits = needed.plugin.manifest.activation == Activation::Start && !needed.plugin.is_live();
            if waits && needed.plugin.refusal().is_none() {
                // If it fails, the plugin is refused by that.
                let _started = self.start_now(now, needed);
            }
        }
    }

    /// Takes a start upon itself; `None` where that has been done, or the plugin is not to be started any more.
    pub(super) fn begin(&self, plugin: &Arc<Plugin>) -> Option<Arc<Attempt>> {
        let mut life = self.lock();
        if life.stopped || !plugin.is_planned() {
            return None;
        }
        let now = self.registry.now();
        let planned = now.find(plugin.id().as_str()).filter(|entry| Arc::ptr_eq(&entry.plugin, plugin));
        if planned.is_none_or(|entry| entry.step.is_none() || lost_need(&now, entry).is_some()) {
            return None;
        }
        let attempt = Arc::new(Attempt::default());
        self.enter(&mut life, plugin, Run::Starting(Arc::clone(&attempt)));
        drop(life);
        self.told();
        Some(attempt)
    }

    /// Makes the attempt that was begun.
    pub(super) fn attempt(self: &Arc<Self>, plugin: &Arc<Plugin>, attempt: &Arc<Attempt>) {
        if let Some(run) = self.trial_of(plugin) {
            self.fail(plugin, Some(attempt), run);
            return;
        }
        attempt.began.get_or_init(Instant::now);
        let survey = Arc::clone(&self.registry.now().survey);
        let services = Arc::new(HostServices::new(Arc::downgrade(self), plugin, survey.wishes.loopback));
        // What a start that is late has of the host ends with its time.
        let _first = attempt.services.set(Arc::clone(&services));
        let means = Means {
            options: &survey.wishes.options,
            loopback: survey.wishes.loopback,
            services: Arc::clone(&services) as _,
        };
        let outcome = {
            let _under = Under::start(self, plugin.id());
            Running::start(&plugin.origin, &plugin.manifest, means)
        };
        match outcome {
            Ok(running) => {
                let live = Live::new(plugin, running, services);
                self.succeed(plugin, attempt, Arc::new(live));
            }
            Err(refusal) => {
                // What it may have left behind reaches nobody any more.
                services.close();
                services.tasks.cancel();
                self.fail(plugin, Some(attempt), Run::Refused(Arc::new(refusal)));
                let within = self.limits().stop;
                services.tasks.wait(after(Instant::now(), within), within);
            }
        }
    }

    fn succeed(self: &Arc<Self>, plugin: &Arc<Plugin>, attempt: &Arc<Attempt>, live: Arc<Live>) {
        let mut life = self.lock();
        if !plugin.is_starting(attempt) {
            drop(life);
            tracing::warn!(target: "keyway", plugin = %plugin.id(), "its start ended after its time was up");
            self.let_go(plugin, &live);
            return;
        }
        if life.stopped {
            drop(life);
            // Whoever waits for the start waits until it is undone.
            self.let_go(plugin, &live);
            let mut life = self.lock();
            if plugin.is_starting(attempt) {
                self.enter(&mut life, plugin, Run::Retired);
            }
            drop(life);
            self.told();
            return;
        }
        self.enter(&mut life, plugin, Run::Active(Arc::clone(&live)));
        life.started.push((Arc::clone(plugin), live));
        drop(life);
        self.told();
    }

    /// Ends an attempt whose time is up.
    pub(super) fn expire(&self, plugin: &Arc<Plugin>, attempt: &Arc<Attempt>) {
        let deadline = self.limits().start;
        let refusal = Refusal::Deadline { id: plugin.id().clone(), deadline };
        let ended = self.fail(plugin, Some(attempt), Run::Quarantined(Arc::new(refusal)));
        // One that has come to its end in this moment keeps what it began. And whoever waits in it for a task is not to end
        // it before this.
        let ends = ended || matches!(&*plugin.run(), Run::Retired);
        if let Some(services) = attempt.services.get().filter(|_| ends) {
            services.tasks.abandon();
            services.drain();
            let late = Arc::clone(services);
            // What it answers with and shares is dropped where that holds up nobody.
            if super::thread("keyway-late", move || late.close()).is_err() {
                services.silence();
            }
        }
    }

    /// Ends an attempt without success, or a plugin before its start, and refuses those that can not do without it.
    /// Nothing happens where the attempt was ended before, which is told. One that runs by now and turns out to be harmful is
    /// stopped when the batch has ended.
    pub(super) fn fail(&self, plugin: &Arc<Plugin>, attempt: Option<&Arc<Attempt>>, run: Run) -> bool {
        let mut life = self.lock();
        let quarantine = match &run {
            Run::Quarantined(refusal) => Some(Arc::clone(refusal)),
            _ => None,
        };
        let lives = attempt.is_none() && plugin.is_live() && quarantine.is_some();
        let mine = attempt.map_or_else(|| plugin.is_planned(), |attempt| plugin.is_starting(attempt));
        if !mine && !lives {
            return false;
        }
        let candidates = self.registry.now();
        let of_it = |candidate: &&Candidate| candidate.manifest.id == *plugin.id();
        let others = candidates.survey.candidates().iter().filter(of_it).count() > 1;
        if lives || (others && quarantine.is_some()) {
            self.again.lock().unwrap_or_else(PoisonError::into_inner).insert(plugin.id().clone());
        }
        if lives {
            drop(life);
            if let Some(refusal) = quarantine {
                self.quarantined(plugin, &refusal);
            }
            return true;
        }
        self.enter(&mut life, plugin, run);
        let now = self.registry.now();
        if let Some(step) = now.find(plugin.id().as_str()).and_then(|entry| entry.step) {
            for step in step + 1..now.steps() {
                let later = now.step(step);
                if later.plugin.is_planned()
                    && let Some(refusal) = unmet(&now, later)
                {
                    self.enter(&mut life, &later.plugin, Run::Refused(Arc::new(refusal)));
                }
            }
        }
        if self.ready.load(std::sync::atomic::Ordering::Acquire) {
            self.registry.publish_refusals();
        }
        drop(life);
        self.told();
        if let Some(refusal) = quarantine {
            self.quarantined(plugin, &refusal);
        }
        true
    }

    /// Waits until no start of a plugin is under way; ends it where its time is up.
    pub(super) fn wait_for(&self, plugin: &Arc<Plugin>) {
        let deadline = self.limits().start;
        let mut life = self.lock();
        loop {
            let run = plugin.run();
            let Run::Starting(attempt) = &*run else { return };
            let Some(began) = attempt.began.get() else {
                // It has not come to its thread yet, or its file is tried first.
                let soon = Duration::from_millis(10);
                life = self.changed.wait_timeout(life, soon).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            };
            let left = deadline.saturating_sub(began.elapsed());
            if left.is_zero() {
                drop(life);
                self.expire(plugin, attempt);
                return;
            }
            life = self.changed.wait_timeout(life, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What a plugin can not do without and is not there: a change is just stopping it, or has stopped its start.
fn lost_need<'a>(now: &'a Snapshot, entry: &Entry) -> Option<&'a PluginId> {
    let needs = &now.survey.resolution().plan.steps[entry.step?].needs;
    let lost = |plugin: &&Arc<Plugin>| {
        let ends = match plugin.manifest.activation {
            // Where one is refused, another that provides the same may do.
            Activation::Start => !plugin.is_live() && plugin.refusal().is_none(),
            Activation::Use => matches!(&*plugin.run(), Run::Draining | Run::Retired),
        };
        ends || plugin.leaves.load(Ordering::Acquire)
    };
    needs.iter().map(|&need| &now.step(need).plugin).find(lost).map(|plugin| plugin.id())
}

/// The first requirement of a planned plugin that no plugin before it meets any more.
pub(super) fn unmet(now: &Snapshot, entry: &Entry) -> Option<Refusal> {
    let step = &now.survey.resolution().plan.steps[entry.step?];
    if step.needs.iter().all(|&need| now.step(need).plugin.refusal().is_none()) {
        return None;
    }
    let needs = |needed: &Entry, interface| {
        let (id, needed, source) = (entry.id().clone(), needed.id().clone(), needed.plugin.refusal()?);
        Some(Refusal::Needs { id, needed, interface, source })
    };
    let requires = &entry.plugin.manifest.requires;
    let plugins = requires.plugins.iter().filter(|(_, requirement)| !requirement.optional);
    let mut plugins = plugins.filter_map(|(id, _)| needs(now.find(id.as_str())?, None));
    let interfaces = requires.interfaces.iter().filter(|(_, requirement)| !requirement.optional);
    let mut interfaces = interfaces.filter_map(|(interface, requirement)| {
        let before = step.needs.iter().chain(&step.after).map(|&other| now.step(other));
        let mut providers =
            before.filter(|other| other.plugin.provides(interface.as_str(), &requirement.version)).peekable();
        let first = *providers.peek()?;
        if providers.all(|provider| provider.plugin.refusal().is_some()) {
            needs(first, Some(interface.clone()))
        } else {
            None
        }
    });
    plugins.next().or_else(|| interfaces.next())
}
