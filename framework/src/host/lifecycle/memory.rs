//! What outlives the host: the operator's choices and quarantines, in the store where the host has one.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::Core;
use super::change::of_plugin;
use crate::host::info::State;
use crate::host::quarantine::{Circumstances, Grounds, Quarantine};
use crate::host::refusal::{ChangeError, Refusal};
use crate::host::registry::Plugin;
use crate::host::sift::{needs, newest};
use crate::host::store::Records;
use crate::id::PluginId;

impl Core {
    /// The records as they are now: another host, or the command line, may have changed them.
    pub(super) fn records(&self) -> Arc<Records> {
        let now = self.registry.now();
        match now.survey.wishes.store.as_ref().map(|store| store.read()) {
            Some(Ok(mut records)) => {
                let unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
                let known = self.records.load();
                unkept.iter().for_each(|id| records.adopt(id, &known));
                self.records.store(Arc::new(records));
            }
            Some(Err(error)) => {
                let why = crate::plugin::in_words(&error);
                tracing::warn!(target: "keyway", why, "what is recorded of plugins can not be read");
            }
            None => {}
        }
        self.records.load_full()
    }

    /// Changes what is recorded of a plugin. Where that can not be kept, it is so in this host until a later change of the
    /// same plugin can, which brings it along.
    fn remember(&self, id: &PluginId, change: impl Fn(&mut Records)) -> Result<(), ChangeError> {
        let now = self.registry.now();
        let unkept = || self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
        let late = unkept().contains(id).then(|| self.records.load_full());
        let whole = |records: &mut Records| {
            late.iter().for_each(|known| records.adopt(id, known));
            change(records);
        };
        let kept = now.survey.wishes.store.as_ref().map(|store| store.change(whole)).transpose();
        let mut unkept = unkept();
        let records = match &kept {
            Ok(Some(records)) => {
                unkept.remove(id);
                let mut records = records.clone();
                unkept.iter().for_each(|id| records.adopt(id, &self.records.load()));
                records
            }
            _ => {
                unkept.insert(id.clone());
                let mut records = Records::clone(&self.records.load());
                change(&mut records);
                records
            }
        };
        self.records.store(Arc::new(records));
        kept.map(drop).map_err(|error| ChangeError::Store(Arc::new(error)))
    }

    /// Keeps a quarantine for hosts to come.
    pub(super) fn quarantined(&self, plugin: &Plugin, refusal: &Refusal) {
        let now = self.registry.now();
        let candidates = now.survey.candidates();
        let needs = needs(&plugin.manifest, &newest(candidates));
        let digest = plugin.origin.likely_digest().ok().flatten();
        let circumstances = Circumstances {
            digest: digest.as_ref(),
            version: &plugin.manifest.version,
            host: &now.survey.wishes.version,
            needs: &needs,
        };
        let grounds = Grounds::from(refusal);
        let quarantine = Quarantine::new(plugin.id().clone(), plugin.home, grounds, &circumstances);
        if let Err(error) = self.remember(plugin.id(), |records| records.quarantine(quarantine.clone())) {
            let why = crate::plugin::in_words(&error);
            tracing::warn!(target: "keyway", plugin = %plugin.id(), why, "a quarantine can not be kept");
        }
        plugin.recorded.store(true, Ordering::Release);
    }

    /// Lets a plugin run that was disabled by [`disable`](Self::disable) or is in quarantine, and starts it.
    pub(in crate::host) fn enable(self: &Arc<Self>, id: &str) -> Result<Vec<Quarantine>, ChangeError> {
        self.may_change()?;
        let (id, state) = self.known(id)?;
        if self.registry.now().survey.search.offers.iter().any(|offer| *offer.id() == id) {
            // Nothing could have kept it from running.
            return Ok(Vec::new());
        }
        let lifted = self.records().quarantines().get(&id).cloned().unwrap_or_default();
        let written = self.registry.now().survey.wishes.policy.choice(&id).enabled;
        let kept = self.remember(&id, |records| {
            records.lift(&id);
            // What a file forbids must be said to be allowed.
            let enabled = (written == Some(false)).then_some(true);
            records.choose(&id, |choice| choice.enabled = enabled);
        });
        let afresh = match state {
            State::Active | State::Loaded => BTreeSet::new(),
            _ => BTreeSet::from([id.clone()]),
        };
        let now = self.wish(|_| (), &afresh)?;
        if let Some(State::Disabled(by)) = now.find(id.as_str()).map(|entry| now.state(entry)) {
            return Err(ChangeError::Disabled { id, by });
        }
        kept.map(|()| lifted)
    }

    /// Stops a plugin, and keeps it from running in hosts to come. Gives those that can not do without it, by id.
    pub(in crate::host) fn disable(self: &Arc<Self>, id: &str) -> Result<Vec<PluginId>, ChangeError> {
        self.may_change()?;
        let now = self.registry.now();
        let entry = now.find(id).ok_or_else(|| ChangeError::Get(now.unknown(id)))?;
        let id = of_plugin(entry, "disabled")?;
        let by = self.needed_by(&now, &BTreeSet::from([id.clone()]));
        let kept = self.remember(&id, |records| records.choose(&id, |choice| choice.enabled = Some(false)));
        self.wish(|_| (), &BTreeSet::new())?;
        kept.map(|()| by)
    }

    fn known(&self, id: &str) -> Result<(PluginId, State), ChangeError> {
        let now = self.registry.now();
        match now.find(id) {
            Some(entry) => Ok((entry.id().clone(), now.state(entry))),
            None => Err(ChangeError::Get(now.unknown(id))),
        }
    }
}
