//! The records in memory: what can be asked of them, and changed in them.

use std::collections::{BTreeMap, BTreeSet};

use semver::VersionReq;

use super::{ById, Damage};
use crate::host::find::stamp::Digest;
use crate::host::quarantine::{Circumstances, Lift, Quarantine};
use crate::id::PluginId;
use crate::manifest::Home;

/// The most quarantines that are remembered of one plugin.
const MOST: usize = 8;

/// What the operator chose for one plugin, by hand, over what files and builders say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Whether it may run.
    pub enabled: Option<bool>,
    /// The versions of it that may be taken.
    pub version: Option<VersionReq>,
    /// Where it is to live, if it can be had there.
    pub home: Option<Home>,
}

/// What is recorded of a host's plugins.
#[derive(Clone, Debug, Default)]
pub struct Records {
    pub(super) choices: ById<Choice>,
    pub(super) quarantines: ById<Vec<Quarantine>>,
    pub(super) problems: Vec<Damage>,
    /// Of which plugins the damaged record was answered.
    pub(super) settled: BTreeSet<PluginId>,
    /// Whether anything was chosen, were it what was chosen before.
    pub(super) chosen: bool,
}

/// Whether a plugin may be tried.
#[derive(Clone, Debug)]
pub enum Standing<'a> {
    /// It may.
    Free {
        /// The quarantines that it was in, and what lifts each under these circumstances; the latest first.
        lifted: Vec<(&'a Quarantine, Lift)>,
    },
    /// It did harm under these circumstances.
    Held(&'a Quarantine),
    /// Nobody can tell.
    Unknown(&'a Damage),
}

impl Records {
    /// What the operator chose, by id. There is no choice here that chooses nothing.
    pub fn choices(&self) -> &BTreeMap<PluginId, Choice> {
        &self.choices
    }

    /// What the operator chose for one plugin.
    pub fn choice(&self, id: &PluginId) -> Option<&Choice> {
        self.choices.get(id)
    }

    /// The quarantines by id, of each plugin the latest first.
    pub fn quarantines(&self) -> &BTreeMap<PluginId, Vec<Quarantine>> {
        &self.quarantines
    }

    /// What is not as it should be: in folders of namespaces, in records of plugins by id, in what was chosen, in the
    /// journal, and with the folder itself.
    pub fn problems(&self) -> &[Damage] {
        &self.problems
    }

    /// Whether a plugin may be tried under these circumstances.
    ///
    /// A quarantine that is lifted stays recorded, as its circumstances may come back: an older file, or another that lies
    /// in a second folder.
    pub fn standing(&self, id: &PluginId, now: &Circumstances<'_>) -> Standing<'_> {
        let mut lifted = Vec::new();
        for quarantine in self.quarantines.get(id).into_iter().flatten() {
            match quarantine.lifted(now) {
                Some(lift) => lifted.push((quarantine, lift)),
                None => return Standing::Held(quarantine),
            }
        }
        match self.unknown(id) {
            Some(damage) => Standing::Unknown(damage),
            None => Standing::Free { lifted },
        }
    }

    /// What keeps a plugin's record of quarantine from being known, and so holds it back.
    pub fn unknown(&self, id: &PluginId) -> Option<&Damage> {
        let settled = self.settled.contains(id);
        self.problems.iter().find(|problem| problem.hides(id) && !settled)
    }

    /// Chooses for a plugin. A choice that chooses nothing is forgotten.
    pub fn choose(&mut self, id: &PluginId, choose: impl FnOnce(&mut Choice)) {
        self.chosen = true;
        let mut choice = self.choices.remove(id).unwrap_or_default();
        choose(&mut choice);
        if choice != Choice::default() {
            self.choices.insert(id.clone(), choice);
        }
    }

    /// Records a quarantine, in the place of one under the same circumstances. The oldest of more than 8 is forgotten.
    ///
    /// A damaged record of that plugin is answered by it.
    pub fn quarantine(&mut self, quarantine: Quarantine) {
        self.settle(&quarantine.plugin);
        let known = self.quarantines.entry(quarantine.plugin.clone()).or_default();
        known.retain(|other| !other.same_circumstances(&quarantine));
        known.insert(0, quarantine);
        known.truncate(MOST);
    }

    /// Forgets every quarantine of a plugin, a damaged record too, and gives those that it forgot.
    pub fn lift(&mut self, id: &PluginId) -> Vec<Quarantine> {
        self.settle(id);
        self.quarantines.remove(id).unwrap_or_default()
    }

    /// Forgets the quarantines of one file, or of what is linked in, and gives them. A damaged record is not touched: what
    /// it held can not be told apart.
    pub fn lift_one(&mut self, id: &PluginId, digest: Option<&Digest>) -> Vec<Quarantine> {
        if self.unknown(id).is_some() {
            return Vec::new();
        }
        let Some(known) = self.quarantines.get_mut(id) else { return Vec::new() };
        let lifted = known.extract_if(.., |quarantine| quarantine.digest.as_ref() == digest).collect();
        if known.is_empty() {
            self.quarantines.remove(id);
        }
        lifted
    }

    /// What others know of one plugin, in the place of what these do.
    pub(in crate::host) fn adopt(&mut self, id: &PluginId, others: &Self) {
        self.choices.remove(id);
        self.choices.extend(others.choices.get(id).map(|choice| (id.clone(), choice.clone())));
        self.quarantines.remove(id);
        self.quarantines.extend(others.quarantines.get(id).map(|known| (id.clone(), known.clone())));
        if others.settled.contains(id) {
            self.settle(id);
        }
    }

    fn settle(&mut self, id: &PluginId) {
        if self.unknown(id).is_some() {
            self.settled.insert(id.clone());
        }
    }
}
