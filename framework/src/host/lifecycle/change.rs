//! What changes while the host runs: something was found, or the operator wants something else.
//!
//! Every change goes one way: new wishes or new findings, a new survey, the difference to what runs. What runs and has its
//! place in the new plan goes on as it is. What has lost it is stopped, the last one started first. What has gained one is
//! started. Changes come one after the other; readers and calls wait for none of them.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, TryLockError};

use super::start::unmet;
use super::stop::last_first;
use super::{Core, Life, Under};
use crate::host::find::discovery::{Haul, Origin};
use crate::host::find::policy::Policy;
use crate::host::info::State;
use crate::host::record::Record;
use crate::host::refusal::{ChangeError, GetError, Refusal};
use crate::host::registry::{Entry, Plugin, Run, Snapshot};
use crate::host::services::Excused;
use crate::host::survey::{Standing, Survey, Wishes};
use crate::id::PluginId;

/// The right to change what runs, which one thread has at a time.
pub(super) struct Changing<'a> {
    core: &'a Arc<Core>,
    _held: MutexGuard<'a, ()>,
}

impl Core {
    /// The turn to change something.
    ///
    /// **Errors:** a plugin is being stopped in this thread, which may have to end before the turn is free; the host has
    /// stopped.
    fn changing(self: &Arc<Self>) -> Result<Changing<'_>, ChangeError> {
        self.may_change()?;
        let held = match self.changing.try_lock() {
            Ok(held) => held,
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => {
                // Whoever has the turn may wait for the task that asks for this, which goes on when that one is done.
                let _excused = Excused::here(&self.runtime);
                self.changing.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        self.alive()?;
        Ok(Changing { core: self, _held: held })
    }

    /// Whether this thread may wait for its turn.
    pub(super) fn may_change(&self) -> Result<(), ChangeError> {
        Under::stopping(self).map_or(Ok(()), |id| Err(ChangeError::Within { id }))
    }

    /// Looks for plugins again, and starts what is new and can run. What runs goes on, whatever lies in the folders now.
    pub(in crate::host) fn refind(self: &Arc<Self>) -> Result<(), ChangeError> {
        let changing = self.changing()?;
        let wishes = Wishes::clone(&self.registry.now().survey.wishes);
        changing.apply(wishes, &BTreeSet::new());
        Ok(())
    }

    /// Starts a plugin that was unloaded, that did not start, or that waits to be asked for.
    pub(in crate::host) fn load(self: &Arc<Self>, id: &str) -> Result<(), ChangeError> {
        let changing = self.changing()?;
        let now = self.registry.now();
        let mut wishes = Wishes::clone(&now.survey.wishes);
        let known = PluginId::new(id).ok();
        if let Some(id) = &known {
            wishes.unloaded.remove(id);
        }
        // One that has failed is tried again from the beginning, and so are those that it took down.
        let afresh = known.into_iter().filter(|id| !self.runs(id)).collect();
        let now = changing.apply(wishes, &afresh);
        drop(changing);
        let entry = now.find(id).ok_or_else(|| self.unknown(id))?;
        if let State::Disabled(by) = now.state(entry) {
            return Err(ChangeError::Disabled { id: entry.id().clone(), by });
        }
        self.activate(&now, entry, None).map(drop).map_err(ChangeError::Get)
    }

    /// Stops a plugin until it is loaded again or the host starts anew.
    pub(in crate::host) fn unload(
        self: &Arc<Self>,
        id: &str,
        cascade: bool,
    ) -> Result<Vec<PluginId>, ChangeError> {
        let changing = self.changing()?;
        let now = self.registry.now();
        let entry = now.find(id).ok_or_else(|| self.unknown(id))?;
        let id = of_plugin(entry, "unloaded")?;
        let by = self.needed_by(&now, &BTreeSet::from([id.clone()]));
        if !by.is_empty() && !cascade {
            return Err(ChangeError::Needed { id, by });
        }
        let mut wishes = Wishes::clone(&now.survey.wishes);
        wishes.unloaded.insert(id);
        changing.apply(wishes, &BTreeSet::new());
        Ok(by)
    }

    /// Stops a plugin and those that need it, and starts them again from their files as they are now.
    pub(in crate::host) fn reload(self: &Arc<Self>, id: &str) -> Result<Vec<PluginId>, ChangeError> {
        let changing = self.changing()?;
        let now = self.registry.now();
        let entry = now.find(id).ok_or_else(|| self.unknown(id))?;
        let id = of_plugin(entry, "reloaded")?;
        let found = now.survey.search.begin().finish();
        if entry.plugin.is_live() && !found.holds(&id) {
            let place = entry.plugin.origin.place().into_owned();
            return Err(ChangeError::Vanished { id, place });
        }
        let mut wishes = Wishes::clone(&now.survey.wishes);
        wishes.unloaded.remove(&id);
        let mut afresh = BTreeSet::from([id.clone()]);
        let by = self.needed_by(&now, &afresh);
        afresh.extend(by.iter().cloned());
        let now = changing.apply_to(found, wishes, &afresh);
        drop(changing);
        let entry = now.find(id.as_str()).ok_or_else(|| self.unknown(id.as_str()))?;
        if let State::Disabled(by) = now.state(entry) {
            return Err(ChangeError::Disabled { id, by });
        }
        self.activate(&now, entry, None).map_err(ChangeError::Get)?;
        Ok(by)
    }

    /// Other wishes, and whatever follows from them.
    pub(in crate::host) fn wish(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Wishes),
        afresh: &BTreeSet<PluginId>,
    ) -> Result<Arc<Snapshot>, ChangeError> {
        let changing = self.changing()?;
        let mut wishes = Wishes::clone(&self.registry.now().survey.wishes);
        change(&mut wishes);
        Ok(changing.apply(wishes, afresh))
    }

    fn alive(&self) -> Result<(), ChangeError> {
        if self.lock().stopped { Err(ChangeError::Get(GetError::Stopped)) } else { Ok(()) }
    }

    fn unknown(&self, id: &str) -> ChangeError {
        ChangeError::Get(self.registry.now().unknown(id))
    }

    fn runs(&self, id: &PluginId) -> bool {
        self.registry.now().find(id.as_str()).is_some_and(|entry| entry.plugin.is_under_way())
    }

    /// The plugins that run or are being started and can not do without one of these, by id.
    pub(super) fn needed_by(&self, now: &Snapshot, these: &BTreeSet<PluginId>) -> Vec<PluginId> {
        let plan = &now.survey.resolution().plan.steps;
        let mut all: BTreeSet<usize> = these.iter().filter_map(|id| now.find(id.as_str())?.step).collect();
        let mut by = Vec::new();
        for (step, Entry { plugin, .. }) in now.plan().enumerate() {
            if plan[step].needs.iter().any(|need| all.contains(need)) && plugin.is_under_way() {
                all.insert(step);
                by.push(plugin.id().clone());
            }
        }
        by.sort_unstable();
        by
    }

    /// Takes another file of what has failed, where there is one, and stops what must not go on.
    pub(super) fn begin_anew(self: &Arc<Self>) {
        let Ok(changing) = self.changing() else { return };
        let again = self.again();
        if !again.is_empty() {
            changing.apply(Wishes::clone(&self.registry.now().survey.wishes), &again);
        }
    }

    fn again(&self) -> BTreeSet<PluginId> {
        std::mem::take(&mut self.again.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Stops what is under way and does not go on, the last one started first. A start that is under way is left to itself.
    ///
    /// Starts on demand go on meanwhile, and so it looks again, until nothing is left to be stopped. Then gives what goes
    /// on, which is that until the lock is opened.
    fn stop_others(self: &Arc<Self>, difference: &Difference<'_>) -> (MutexGuard<'_, Life>, BTreeSet<usize>) {
        loop {
            let _turn = self.turn_to_retire();
            let mut life = self.lock();
            let stay = difference.staying();
            let mut retired = false;
            for Entry { plugin, .. } in difference.before.entries() {
                if !stay.contains(&address(plugin)) && matches!(&*plugin.run(), Run::Starting(_)) {
                    self.enter(&mut life, plugin, Run::Retired);
                    retired = true;
                }
            }
            let started = std::mem::take(&mut life.started);
            let (on, end): (Vec<_>, Vec<_>) =
                started.into_iter().partition(|(plugin, _)| stay.contains(&address(plugin)));
            life.started = on;
            // Nothing that needs them begins any more, although their turn may come late.
            end.iter().for_each(|(plugin, _)| plugin.leaves.store(true, Ordering::Release));
            if !retired && end.is_empty() {
                return (life, stay);
            }
            drop(life);
            self.told();
            let why = |plugin: &Plugin| difference.next.end_of(plugin.id());
            self.retire_all(last_first(difference.before, end), why);
        }
    }
}

/// A plugin, told from others of its id.
fn address(plugin: &Arc<Plugin>) -> usize {
    Arc::as_ptr(plugin).addr()
}

/// Takes those away, of plugins in plan order that could go on, that need one which is stopped.
fn go_down(before: &Snapshot, could: &mut Vec<Arc<Plugin>>) {
    let plan = &before.survey.resolution().plan.steps;
    let mut stay: BTreeSet<usize> = could.iter().map(address).collect();
    could.retain(|plugin| {
        let step = before.find(plugin.id().as_str()).and_then(|entry| entry.step);
        let is_stopped = |&need: &usize| match &before.step(need).plugin {
            needed if stay.contains(&address(needed)) => false,
            needed => !matches!(&*needed.run(), Run::Planned | Run::Refused(_) | Run::Quarantined(_)),
        };
        let goes_on = !step.is_some_and(|step| plan[step].needs.iter().any(is_stopped));
        if !goes_on {
            stay.remove(&address(plugin));
        }
        goes_on
    });
}

/// From one survey to the next.
struct Difference<'a> {
    before: &'a Snapshot,
    next: &'a Survey,
    /// What ran when the next was made, and has its place in it.
    running: &'a [Arc<Plugin>],
    afresh: &'a BTreeSet<PluginId>,
}

impl Difference<'_> {
    /// What is under way now and goes on. What was first asked for after the next survey was made does so too, if that
    /// plans it from the same file. Nothing does of which something that it needs is stopped. The caller holds the
    /// lifecycle's lock.
    fn staying(&self) -> BTreeSet<usize> {
        let Self { before, next, running, afresh } = self;
        let running: BTreeSet<usize> = running.iter().map(address).collect();
        let goes_on = |plugin: &Arc<Plugin>| {
            let same = || next.planned(plugin.id()).is_some_and(|origin| origin.is_same(&plugin.origin));
            running.contains(&address(plugin)) || (!afresh.contains(plugin.id()) && same())
        };
        let under_way = before.plan().map(|entry| &entry.plugin).filter(|plugin| plugin.is_under_way());
        let mut stay: Vec<Arc<Plugin>> = under_way.filter(|plugin| goes_on(plugin)).map(Arc::clone).collect();
        go_down(before, &mut stay);
        stay.iter().map(address).collect()
    }

    /// Whether a plugin of the survey before is the same one in the next, where `stay` are those that go on.
    fn keeps(&self, old: &Arc<Plugin>, origin: &Origin, stay: &BTreeSet<usize>) -> bool {
        if !old.origin.is_same(origin) {
            return false;
        }
        if stay.contains(&address(old)) {
            return true;
        }
        if self.afresh.contains(old.id()) {
            return false;
        }
        match &*old.run() {
            // What it needed may be there by now.
            Run::Refused(refusal) => !matches!(**refusal, Refusal::Needs { .. }),
            // What is recorded of it may have been lifted by now.
            Run::Quarantined(_) => {
                self.next.planned(old.id()).is_none() || !old.recorded.load(Ordering::Acquire)
            }
            Run::Planned => true,
            Run::Starting(_) | Run::Active(_) | Run::Draining | Run::Retired => false,
        }
    }
}

impl Changing<'_> {
    /// As [`apply_to`](Self::apply_to), with what is found now.
    fn apply(&self, wishes: Wishes, afresh: &BTreeSet<PluginId>) -> Arc<Snapshot> {
        let found = self.core.registry.now().survey.search.begin().finish();
        self.apply_to(found, wishes, afresh)
    }

    /// Resolves what was found with these wishes, and makes the running host what comes out. Those of `afresh` are stopped
    /// and begin from the file as it is now.
    fn apply_to(&self, found: Haul, mut wishes: Wishes, afresh: &BTreeSet<PluginId>) -> Arc<Snapshot> {
        let core = self.core;
        let before = core.registry.now();
        wishes.records = core.records();
        wishes.read_policy();
        let wishes = Arc::new(wishes);
        let goes_on = |entry: &&Entry| {
            let plugin = &entry.plugin;
            plugin.is_under_way() && !afresh.contains(plugin.id()) && wishes.admits(plugin)
        };
        let mut running: Vec<Arc<Plugin>> =
            before.plan().filter(goes_on).map(|entry| Arc::clone(&entry.plugin)).collect();
        go_down(&before, &mut running);
        let search = Arc::clone(&before.survey.search);
        let survey =
            |running: &[_]| Survey::new(Arc::clone(&wishes), Arc::clone(&search), found.clone(), running);
        let mut next = survey(&running);
        // What can not run without something that has gone does not go on; then its own choice is free again.
        loop {
            let count = running.len();
            running.retain(|plugin| next.planned(plugin.id()).is_some());
            go_down(&before, &mut running);
            if running.len() == count {
                break;
            }
            next = survey(&running);
        }
        let next = Arc::new(next);
        let difference = Difference { before: &before, next: &next, running: &running, afresh };
        let (mut life, stay) = core.stop_others(&difference);
        if life.stopped {
            // The host has ended meanwhile, and what it says of its plugins stays.
            return core.registry.now();
        }
        let mut new = BTreeSet::new();
        let count_calls = next.wishes.count_calls;
        let snapshot = Snapshot::of(Arc::clone(&next), |id, origin| {
            let old = before.find(id.as_str()).map(|entry| &entry.plugin);
            if let Some(old) = old.filter(|old| difference.keeps(old, origin, &stay)) {
                return Ok(Arc::clone(old));
            }
            new.insert(id.clone());
            let record = life.records.entry(id.clone()).or_insert_with(|| Record::of(id, count_calls));
            Err(Arc::clone(record))
        });
        for entry in snapshot.plan() {
            // What has failed in a start is in the plan as it was, and whoever needs it can no more start than before.
            if entry.plugin.is_planned()
                && let Some(refusal) = unmet(&snapshot, entry)
            {
                entry.plugin.enter(Run::Refused(Arc::new(refusal)));
            }
        }
        let snapshot = core.registry.publish(snapshot);
        for entry in snapshot.entries() {
            let (plugin, state) = (&entry.plugin, snapshot.state(entry));
            // Of what has waited from the beginning to be asked for, nothing was told yet.
            let waits = matches!(state, State::Resolved) && plugin.record.since().is_none();
            let same = plugin.is_under_way() || (waits && !new.contains(plugin.id()));
            if !same && !plugin.record.ends_with(&plugin.manifest.version, &state) {
                core.happened(plugin, state);
            }
        }
        drop(life);
        core.told();
        core.start_planned(&snapshot);
        let life = core.lock();
        core.registry.publish_refusals();
        drop(life);
        let again = core.again();
        if again.is_empty() {
            return core.registry.now();
        }
        // Every round has at least one file less to take.
        self.apply(Wishes::clone(&snapshot.survey.wishes), &again)
    }
}

/// The id of what may be changed: of a plugin, and of nothing that the host offers.
pub(super) fn of_plugin(entry: &Entry, change: &'static str) -> Result<PluginId, ChangeError> {
    let id = entry.id().clone();
    if entry.plugin.origin.is_offered() { Err(ChangeError::Offered { id, change }) } else { Ok(id) }
}

impl Wishes {
    /// The policy as it is now. One that can not be read changes nothing.
    fn read_policy(&mut self) {
        match self.places.as_ref().map(Policy::of) {
            Some(Ok(policy)) => self.policy = Arc::new(policy),
            Some(Err(errors)) => {
                for error in errors {
                    let why = error.summary();
                    tracing::error!(target: "keyway", why, "the policy stays as it was");
                }
            }
            None => {}
        }
    }

    /// Whether these wishes let a running plugin go on.
    fn admits(&self, plugin: &Plugin) -> bool {
        if plugin.origin.is_offered() {
            return true;
        }
        let id = plugin.id();
        let chosen = self.choice(id).enabled != Some(false);
        let admitted = chosen && self.denial(id, &plugin.origin).is_none();
        admitted && !self.disabled.contains(id) && !self.unloaded.contains(id)
    }
}

impl Survey {
    /// Why a plugin that ran does not go on, in one clause.
    fn end_of(&self, id: &PluginId) -> String {
        let listed = self.listed().iter().find(|listed| self.manifest(listed).id == *id);
        match listed.map(|listed| &listed.standing) {
            Some(Standing::Planned(_)) => "it was reloaded".into(),
            Some(Standing::Unloaded) => "it was unloaded".into(),
            Some(Standing::Disabled(by)) => format!("it is disabled by {by}"),
            Some(Standing::Refused(why) | Standing::Quarantined(why)) => format!("it {}", why.summary()),
            None => "it is not there any more".into(),
        }
    }
}
