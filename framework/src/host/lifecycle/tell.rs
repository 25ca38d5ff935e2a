//! What is told of changes: in the order in which they came about, whichever thread brings them about and whichever tells.
//!
//! A change is kept under the lock under which it came about, and is told when that is open again, by one thread at a time:
//! another leaves its changes to that one, and waits for nobody. Who is told runs code of its own, a waker or a subscriber
//! to the log, in a thread that may hold the turn to change something. Such code is refused what would wait for that turn.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{Core, Under};
use crate::host::info::State;
use crate::host::record::Event;
use crate::host::registry::Plugin;

/// The changes that nobody was told of yet.
#[derive(Default)]
pub(super) struct Untold {
    events: VecDeque<Event>,
    /// A thread is telling.
    taken: bool,
    /// After these there are none.
    ends: bool,
}

/// A thread that tells, for as long as the value lives: also where a subscriber to the log panics.
struct Telling<'a> {
    core: &'a Core,
    over: bool,
}

/// What is next.
enum Next {
    Event(Event),
    End,
}

impl Core {
    fn untold(&self) -> MutexGuard<'_, Untold> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a change of state, to be told: before anybody can see the state, and in the order in which states change.
    pub(super) fn happened(&self, plugin: &Plugin, state: State) {
        let (id, version) = (plugin.manifest.id.clone(), plugin.manifest.version.clone());
        let (at, home, from) = (SystemTime::now(), plugin.home, plugin.record.last_state());
        let event = Event { at, plugin: id, version, home, from, state };
        plugin.record.keep(event.clone());
        self.untold().events.push_back(event);
    }

    /// Writes what has happened to the log and gives it to whoever asked for it. Called without the lifecycle's lock.
    pub(super) fn told(&self) {
        let mut untold = self.untold();
        if untold.taken || (untold.events.is_empty() && !untold.ends) {
            return;
        }
        untold.taken = true;
        drop(untold);
        let mut telling = Telling { core: self, over: false };
        while let Some(next) = telling.next() {
            match next {
                Next::Event(event) => self.tell(&event),
                Next::End => self.talk.close(),
            }
        }
    }

    /// The host has stopped: when all is told, there are no topics any more.
    pub(super) fn told_all(&self) {
        self.untold().ends = true;
        self.told();
    }

    fn tell(&self, event: &Event) {
        let _under = Under::stop(self, &event.plugin);
        log(event);
        self.talk.told(event);
        let mut subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        // Who does not keep up misses events, and who has gone away is forgotten.
        subscribers.retain(|subscriber| {
            use std::sync::mpsc::TrySendError::Disconnected;
            !matches!(subscriber.try_send(event.clone()), Err(Disconnected(_)))
        });
    }
}

impl Telling<'_> {
    /// Where there is nothing, whoever comes then tells.
    fn next(&mut self) -> Option<Next> {
        let mut untold = self.core.untold();
        let event = untold.events.pop_front().map(Next::Event);
        let next = event.or_else(|| std::mem::take(&mut untold.ends).then_some(Next::End));
        untold.taken = next.is_some();
        self.over = next.is_none();
        next
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.core.untold().taken = false;
        }
    }
}

fn log(event: &Event) {
    let Event { plugin, version, state, .. } = event;
    match state.refusal() {
        Some(refusal) => {
            let why = refusal.summary();
            tracing::warn!(target: "keyway", %plugin, %version, state = state.name(), why, "plugin");
        }
        None => tracing::debug!(target: "keyway", %plugin, %version, state = state.name(), "plugin"),
    }
}
