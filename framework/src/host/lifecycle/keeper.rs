//! Watching over plugins that run: asking them how they are, and counting their faults against the budget.
//!
//! One thread a host, and only where the host's author asked for it. It keeps no host alive.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Core, log_fault};
use crate::fault::Fault;
use crate::health::Health;
use crate::host::refusal::Refusal;
use crate::host::registry::{Entry, Live, Plugin};
use crate::host::running::Running;
use crate::id::PluginId;

/// What is watched over, and how closely.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::host) struct Care {
    /// How often plugins are asked, and how long each may take to answer.
    pub(in crate::host) health: Option<(Duration, Duration)>,
    /// How many faults a plugin may have in which time.
    pub(in crate::host) budget: Option<(u64, Duration)>,
}

impl Care {
    /// How long the keeper may sleep; `None` where there is nothing to do.
    fn pause(&self) -> Option<Duration> {
        let budget = self.budget.map(|(_, time)| (time / 10).min(Duration::from_millis(100)));
        let pause = [self.health.map(|(every, _)| every), budget].into_iter().flatten().min()?;
        Some(pause.max(Duration::from_millis(10)))
    }
}

/// The thread, for as long as the value lives.
pub(in crate::host) struct Keeper {
    end: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Begins to watch over the plugins of a host; `None` where that is not wanted, or no thread is to be had.
    pub(in crate::host) fn begin(core: &Arc<Core>) -> Option<Self> {
        let care = core.registry.now().survey.wishes.care;
        let pause = care.pause()?;
        let (end, ended) = sync_channel::<()>(0);
        let mut rounds = Rounds { care, asked: Instant::now(), faults: BTreeMap::new(), asker: None };
        // What went wrong before now was part of the start.
        rounds.count(core, u64::MAX, Duration::MAX);
        let core = Arc::downgrade(core);
        let keep = move || {
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let Some(core) = Weak::upgrade(&core) else { return };
                rounds.round(&core);
            }
        };
        match super::thread("keyway-keeper", keep) {
            Ok(thread) => Some(Self { end: Some(end), thread: Some(thread) }),
            Err(error) => {
                tracing::error!(target: "keyway", %error, "nobody watches over the plugins");
                None
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ended = thread.join();
        }
    }
}

/// What the keeper remembers from one round to the next.
struct Rounds {
    care: Care,
    asked: Instant,
    /// How many faults each plugin had had, and when.
    faults: BTreeMap<PluginId, VecDeque<(Instant, u64)>>,
    asker: Option<Asker>,
}

impl Rounds {
    fn round(&mut self, core: &Arc<Core>) {
        if let Some((every, deadline)) = self.care.health
            && self.asked.elapsed() >= every
        {
            self.asked = Instant::now();
            self.ask(core, deadline);
        }
        if let Some((most, time)) = self.care.budget {
            self.count(core, most, time);
        }
    }

    fn ask(&mut self, core: &Arc<Core>, deadline: Duration) {
        let now = core.registry.now();
        for entry in now.entries() {
            let Some(live) = entry.plugin.live.load_full() else { continue };
            let record = &entry.plugin.record;
            if live.asked.load(Ordering::Acquire) {
                // A second question would hang as the first one does.
                record.owner.count_fault();
                continue;
            }
            let asker = self.asker.get_or_insert_with(Asker::begin);
            match asker.ask(&entry.plugin, &live, deadline) {
                Answer::InTime(None) => {}
                Answer::InTime(Some(Ok(health))) => record.answered(health),
                Answer::InTime(Some(Err(fault))) => {
                    record.owner.count_fault();
                    record.answered(Health::from(fault.in_plugin(entry.id().as_str())));
                }
                Answer::Late => {
                    record.owner.count_fault();
                    record.answered(Health::failing(format!("it does not answer within {deadline:?}")));
                    self.asker = None;
                }
            }
        }
    }

    fn count(&mut self, core: &Arc<Core>, most: u64, time: Duration) {
        let now = core.registry.now();
        let moment = Instant::now();
        let mut over = Vec::new();
        let may_end = |entry: &&Entry| entry.plugin.is_live() && !entry.plugin.origin.is_offered();
        for entry in now.entries().iter().filter(may_end) {
            let faults = entry.plugin.faults();
            let known = self.faults.entry(entry.id().clone()).or_default();
            let within = within(known, faults, moment, time);
            if within > most {
                over.push((Arc::clone(&entry.plugin), within));
            }
        }
        for (plugin, faults) in over {
            self.faults.remove(plugin.id());
            let refusal = Refusal::Faults { id: plugin.id().clone(), faults, time };
            core.quarantined(&plugin, &refusal);
            if let Err(error) = core.wish(|_| (), &BTreeSet::from([plugin.id().clone()])) {
                tracing::debug!(target: "keyway", %error, "a plugin past its budget goes on");
            }
        }
    }
}

/// How many faults there have been within this time. Only where their number has changed something is kept.
fn within(known: &mut VecDeque<(Instant, u64)>, faults: u64, now: Instant, time: Duration) -> u64 {
    if known.back().is_none_or(|(_, last)| *last != faults) {
        known.push_back((now, faults));
    }
    while known.len() > 1 && now.duration_since(known[1].0) >= time {
        known.pop_front();
    }
    faults - known.front().map_or(0, |(_, faults)| *faults)
}

enum Answer {
    InTime(Option<Result<Health, Fault>>),
    Late,
}

/// A thread that asks one plugin after the other, for as long as each answers in time.
struct Asker {
    work: std::sync::mpsc::Sender<(Arc<Plugin>, Arc<Live>)>,
    answers: Receiver<Option<Result<Health, Fault>>>,
}

impl Asker {
    fn begin() -> Self {
        let (work, jobs) = channel::<(Arc<Plugin>, Arc<Live>)>();
        let (answer, answers) = channel();
        let ask = move || {
            for (plugin, live) in jobs {
                live.asked.store(true, Ordering::Release);
                let running = live.running.load_full();
                let health = running.as_ref().and_then(|running| running.health());
                live.asked.store(false, Ordering::Release);
                if let Some(running) = running {
                    // It may have been stopped meanwhile, and this be the last that is held of it.
                    log_fault(plugin.id(), "drop", Running::release(running));
                }
                if answer.send(health).is_err() {
                    return;
                }
            }
        };
        // Without a thread, sending fails, and nobody is asked.
        let _asker = super::thread("keyway-asker", ask);
        Self { work, answers }
    }

    fn ask(&self, plugin: &Arc<Plugin>, live: &Arc<Live>, deadline: Duration) -> Answer {
        if self.work.send((Arc::clone(plugin), Arc::clone(live))).is_err() {
            return Answer::InTime(None);
        }
        match self.answers.recv_timeout(deadline) {
            Ok(health) => Answer::InTime(health),
            Err(RecvTimeoutError::Disconnected) => Answer::InTime(None),
            Err(RecvTimeoutError::Timeout) => Answer::Late,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_grows_with_the_faults_and_not_with_the_time() {
        let (hour, begun) = (Duration::from_secs(3600), Instant::now());
        let mut known = VecDeque::new();
        let mut after =
            |seconds: u64, faults| within(&mut known, faults, begun + Duration::from_secs(seconds), hour);
        let counted: Vec<u64> = (0..7200).map(|second| after(second, second / 1000)).collect();
        assert_eq!((counted[999], counted[1000], counted[3599]), (0, 1, 3));
        // The first of them was at 1000 seconds.
        assert_eq!((counted[4599], counted[4600], counted[7199]), (4, 3, 4));
        assert!(known.len() < 8, "{known:?}");
    }
}
