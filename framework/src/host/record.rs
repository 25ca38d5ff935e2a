//! What a host remembers of a plugin for as long as the host lives, whichever generation of it runs: its last changes of
//! state, its last lines of log, how often it was started.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use semver::Version;

use super::info::State;
use crate::context::Level;
use crate::handle::Owner;
use crate::health::Health;
use crate::id::PluginId;
use crate::manifest::Home;

/// How many changes of state are kept of each plugin.
pub const EVENTS_KEPT: usize = 100;
/// How many lines of log are kept of each plugin.
pub const LINES_KEPT: usize = 1000;
/// The most bytes that are kept of one line.
const LINE: usize = 8192;

/// A change of a plugin's state.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// When it came about.
    pub at: SystemTime,
    /// Whose state changed.
    pub plugin: PluginId,
    /// The version of it that is meant.
    pub version: Version,
    /// Where it lives.
    pub home: Home,
    /// The state that it was in; `None` where it is the first that is told.
    pub from: Option<State>,
    /// The state that it came into, with the reason where there is one.
    pub state: State,
}

/// A line of a plugin's log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogLine {
    /// Counts the lines of this plugin from 1; what is missing at the beginning is no longer kept.
    pub number: u64,
    /// When it was written.
    pub at: SystemTime,
    /// How urgent it is.
    pub level: Level,
    /// What the plugin calls the part of it that speaks.
    pub target: String,
    /// What it says; cut off after 8 KiB.
    pub message: String,
}

#[derive(Debug)]
pub(super) struct Record {
    /// Whose faults and calls are counted, through all generations.
    pub(super) owner: Arc<Owner>,
    events: Mutex<VecDeque<Event>>,
    lines: Mutex<Lines>,
    starts: AtomicU64,
    generations: AtomicU64,
    tasks: AtomicU64,
    /// How the last generations ended, by number.
    ends: Mutex<VecDeque<(u64, Arc<str>)>>,
    health: Mutex<Option<(SystemTime, Health)>>,
}

#[derive(Debug, Default)]
struct Lines {
    kept: VecDeque<LogLine>,
    written: u64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    pub(super) fn of(id: &PluginId, count_calls: bool) -> Arc<Self> {
        let owner = Owner::of(id);
        Arc::new(Self {
            owner: Arc::new(if count_calls { owner.counting() } else { owner }),
            events: Mutex::default(),
            lines: Mutex::default(),
            starts: AtomicU64::new(0),
            generations: AtomicU64::new(0),
            tasks: AtomicU64::new(0),
            ends: Mutex::default(),
            health: Mutex::default(),
        })
    }

    pub(super) fn keep(&self, event: Event) {
        if matches!(event.state, State::Active) {
            self.starts.fetch_add(1, Ordering::Relaxed);
        }
        let mut events = locked(&self.events);
        if events.len() == EVENTS_KEPT {
            events.pop_front();
        }
        events.push_back(event);
    }

    pub(super) fn log(&self, level: Level, target: &str, message: &str) {
        let end = (0..=LINE.min(message.len())).rev().find(|&end| message.is_char_boundary(end));
        let message = message[..end.unwrap_or_default()].to_owned();
        let target = target.to_owned();
        let mut lines = locked(&self.lines);
        if lines.kept.len() == LINES_KEPT {
            lines.kept.pop_front();
        }
        lines.written += 1;
        let number = lines.written;
        lines.kept.push_back(LogLine { number, at: SystemTime::now(), level, target, message });
    }

    /// The oldest first.
    pub(super) fn events(&self) -> Vec<Event> {
        locked(&self.events).iter().cloned().collect()
    }

    /// Whether the last change that is kept came to this very state, for the same reason.
    pub(super) fn ends_with(&self, version: &Version, state: &State) -> bool {
        let why = |state: &State| state.refusal().map(|refusal| refusal.summary());
        locked(&self.events).back().is_some_and(|last| {
            last.version == *version && last.state.name() == state.name() && why(&last.state) == why(state)
        })
    }

    /// The state that it came into last.
    pub(super) fn last_state(&self) -> Option<State> {
        locked(&self.events).back().map(|event| event.state.clone())
    }

    /// Since when it is in its state.
    pub(super) fn since(&self) -> Option<SystemTime> {
        locked(&self.events).back().map(|event| event.at)
    }

    /// What it said last of how it is.
    pub(super) fn health(&self) -> Option<(SystemTime, Health)> {
        locked(&self.health).clone()
    }

    pub(super) fn answered(&self, health: Health) {
        *locked(&self.health) = Some((SystemTime::now(), health));
    }

    /// The lines that are kept after the one of this number, the oldest first.
    pub(super) fn lines_after(&self, number: u64) -> Vec<LogLine> {
        locked(&self.lines).kept.iter().filter(|line| line.number > number).cloned().collect()
    }

    /// A number for one more generation; they count from 1.
    pub(super) fn next_generation(&self) -> u64 {
        self.generations.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn ended(&self, generation: u64, why: Arc<str>) {
        let mut ends = locked(&self.ends);
        if ends.len() == EVENTS_KEPT {
            ends.pop_front();
        }
        ends.push_back((generation, why));
    }

    /// Why a generation ended, in one clause, where that is still known.
    pub(super) fn why_ended(&self, generation: u64) -> Option<Arc<str>> {
        locked(&self.ends).iter().find(|(number, _)| *number == generation).map(|(_, why)| Arc::clone(why))
    }

    /// How many tasks of it have not ended, those of earlier generations included.
    pub(super) fn tasks(&self) -> u64 {
        self.tasks.load(Ordering::Relaxed)
    }

    pub(super) fn task_begun(&self) {
        self.tasks.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn task_ended(&self) {
        self.tasks.fetch_sub(1, Ordering::Relaxed);
    }

    /// How often it was started again after its first start.
    pub(super) fn restarts(&self) -> u64 {
        self.starts.load(Ordering::Relaxed).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hundred_changes_and_the_last_thousand_lines_are_kept() {
        let id = PluginId::new("a/b").unwrap();
        let record = Record::of(&id, false);
        for _ in 0..EVENTS_KEPT + 7 {
            let plugin = id.clone();
            let (at, version) = (SystemTime::now(), Version::new(1, 0, 0));
            let (home, from, state) = (Home::Static, None, State::Active);
            record.keep(Event { at, plugin, version, home, from, state });
        }
        assert_eq!(record.events().len(), EVENTS_KEPT);
        assert_eq!(record.restarts(), EVENTS_KEPT as u64 + 6);
        for number in 1..=LINES_KEPT + 5 {
            record.log(Level::Info, "a/b", &format!("line {number}"));
        }
        let lines = record.lines_after(0);
        assert_eq!((lines.len(), lines[0].number), (LINES_KEPT, 6));
        assert_eq!(record.lines_after(1004)[0].message, "line 1005");
    }

    #[test]
    fn a_flood_of_text_in_one_line_is_cut_between_two_characters() {
        let record = Record::of(&PluginId::new("a/b").unwrap(), false);
        record.log(Level::Info, "a/b", &"ä".repeat(LINE));
        record.log(Level::Info, "a/b", &format!("x{}", "ä".repeat(LINE)));
        let lengths: Vec<_> = record.lines_after(0).iter().map(|line| line.message.len()).collect();
        assert_eq!(lengths, [LINE, LINE - 1]);
    }
}
