//! Why a plugin can not run, in words that a person can act on.
//!
//! The facts of all refusals lie once in a flat ledger that every [`Refused`] shares; the tree of reasons is grown from
//! it when somebody reads. So a hundred thousand plugins that wait for one another cost no more than their number.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use pubgrub::Map;
use semver::Version;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use self::ledger::Ledger;
use super::choose::Choice;
use super::index::{Index, NONE, Target};
use super::{PassedOver, Why};
use crate::id::PluginId;

mod ledger;
mod near;
mod proof;

pub(in crate::host) use near::nearest;

/// One line of an explanation, with the lines that explain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The line, a clause.
    pub text: String,
    /// Why that is so; empty where it is a plain fact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

impl Reason {
    fn plain(text: String) -> Self {
        Self { text, because: Vec::new() }
    }
}

/// Why a plugin can not run.
///
/// `Display` writes the whole as a numbered tree of several lines; serialised, it is
/// `{id, version, source, summary, reasons, help}`.
#[derive(Clone)]
pub struct Refused {
    ledger: Arc<Ledger>,
    /// One entry a candidate, newest first.
    entries: Vec<u32>,
}

impl Refused {
    /// The plugin.
    pub fn id(&self) -> &PluginId {
        &self.newest().id
    }

    /// Its newest version here.
    pub fn version(&self) -> &Version {
        &self.newest().version
    }

    /// Where that version was found; `-` where it is linked in.
    pub fn source(&self) -> &str {
        &self.newest().source
    }

    /// The newest version's first reason, in one clause.
    pub fn summary(&self) -> String {
        self.ledger.summary(self.entries[0])
    }

    /// The way out.
    pub fn help(&self) -> String {
        self.ledger.help(self.entries[0])
    }

    /// All reasons, as a tree; of several candidates one branch each, newest first. Beyond the eighth level it names
    /// only where the chain ends.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut seen = Map::default();
        match self.entries[..] {
            [entry] => self.ledger.reasons(entry, "it", &mut seen, 0),
            _ => {
                let branch = |&entry: &u32| Reason {
                    text: format!("{} can not run", self.ledger.entries[entry as usize].version_and_place()),
                    because: self.ledger.reasons(entry, "it", &mut seen, 0),
                };
                self.entries.iter().map(branch).collect()
            }
        }
    }

    /// What is needed and not here at all, where nothing else stands against it or against what it needs: with that, it
    /// could run. Empty where there is more to mend. Each as `` `a/b` ^2 `` or `` interface `a/b` ^2 ``, sorted.
    pub fn missing(&self) -> Vec<String> {
        self.entries.iter().find_map(|&entry| self.ledger.missing_alone(entry)).unwrap_or_default()
    }

    fn newest(&self) -> &ledger::Entry {
        &self.ledger.entries[self.entries[0] as usize]
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entries[..] {
            [_] => write!(f, "`{}` {} can not run", self.id(), self.version())?,
            _ => write!(f, "`{}` can not run in any version", self.id())?,
        }
        lines(f, &self.reasons(), "", 0)
    }
}

fn lines(f: &mut fmt::Formatter<'_>, reasons: &[Reason], above: &str, depth: usize) -> fmt::Result {
    for (n, reason) in (1..).zip(reasons) {
        let number = format!("{above}{n}");
        let dot = if depth == 0 { "." } else { "" };
        write!(f, "\n{:width$}{number}{dot} {}", "", reason.text, width = depth * 3)?;
        lines(f, &reason.because, &format!("{number}."), depth + 1)?;
    }
    Ok(())
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refused(`{}` {}: {})", self.id(), self.version(), self.summary())
    }
}

impl Serialize for Refused {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Refused", 6)?;
        out.serialize_field("id", self.id())?;
        out.serialize_field("version", self.version())?;
        out.serialize_field("source", self.source())?;
        out.serialize_field("summary", &self.summary())?;
        out.serialize_field("reasons", &self.reasons())?;
        out.serialize_field("help", &self.help())?;
        out.end()
    }
}

/// Says of everything that does not run why.
pub(super) fn explain(index: &Index<'_>, choice: &Choice) -> (BTreeMap<PluginId, Refused>, Vec<PassedOver>) {
    let (ledger, entry_of) = Ledger::new(index, choice);
    let ledger = Arc::new(ledger);
    let mut refused = BTreeMap::new();
    let mut passed_over: Vec<PassedOver> = index
        .repeated
        .iter()
        .map(|&(later, earlier)| PassedOver {
            candidate: later as usize,
            why: Why::SameVersion { first: index.world.candidates[earlier as usize].source.to_string() },
        })
        .collect();
    for id in 0..index.ids.len() as u32 {
        if index.excluded[id as usize] {
            continue;
        }
        let chosen = choice.chosen[id as usize];
        if chosen == NONE {
            let entries = index.slots_of(id).rev().map(|slot| entry_of[slot as usize]).collect();
            refused.insert(index.ids[id as usize].clone(), Refused { ledger: ledger.clone(), entries });
            continue;
        }
        for slot in index.slots_of(id).filter(|&slot| slot != chosen) {
            let why = if slot < chosen {
                Why::Older { chosen: index.version(chosen).clone() }
            } else if entry_of[slot as usize] != NONE {
                let entries = vec![entry_of[slot as usize]];
                Why::CanNotRun { refused: Refused { ledger: ledger.clone(), entries } }
            } else {
                Why::HeldBack { by: holders(index, choice, slot, chosen) }
            };
            passed_over.push(PassedOver { candidate: index.candidate[slot as usize] as usize, why });
        }
    }
    passed_over.sort_by_key(|passed| passed.candidate);
    (refused, passed_over)
}

/// Whom it would not suit if `slot` ran instead of `chosen`.
fn holders(index: &Index<'_>, choice: &Choice, slot: u32, chosen: u32) -> Vec<PluginId> {
    let runs = |other: u32| choice.chosen[index.slot_id[other as usize] as usize] == other;
    let mut by: Vec<&PluginId> = Vec::new();
    for &demand in index.supports.row(chosen) {
        if !index.supports.row(slot).contains(&demand) {
            for &waiter in index.waiters.row(demand) {
                if runs(waiter) && !index.helpers(waiter, demand).any(|other| other != chosen && runs(other))
                {
                    by.push(&index.manifest(waiter).id);
                }
            }
        }
    }
    for &(a, b) in &index.conflicts {
        for (one, other) in [(a, b), (b, a)] {
            if one == slot && runs(other) {
                by.push(&index.manifest(other).id);
            }
        }
    }
    // What it needs in a version that does not run.
    for demand in index.musts(slot) {
        if !index.helpers(slot, demand).any(runs)
            && let Target::Plugin(plugin) = index.demands[demand as usize].target
        {
            by.push(plugin);
        }
    }
    by.sort_unstable();
    by.dedup();
    by.into_iter().cloned().collect()
}
