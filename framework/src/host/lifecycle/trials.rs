//! Files that have never been in this host are tried in another process first, where the host's author asked for it.
//!
//! The trials of a batch go on beside its starts: a plugin waits for its own file's trial and for no other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Core;
use crate::host::find::discovery::Origin;
use crate::host::loader::Cause;
use crate::host::refusal::Refusal;
use crate::host::registry::{Plugin, Run};
use crate::host::trial::{Otherwise, Pass, Trial, TrialFailure, TrialRequest, Tried, Verdict};

/// The files to be tried for some plugins.
pub(super) struct Trials {
    trial: Trial,
    memory: Option<Mutex<Tried>>,
    requests: Vec<TrialRequest>,
    /// By request.
    files: Vec<Waiting>,
}

/// Who waits for the trial of one file.
struct Waiting {
    /// By their position among the plugins that were given.
    plugins: Vec<(usize, Arc<Plugin>)>,
    /// How it is remembered that the file has passed.
    pass: Option<Pass>,
}

impl Core {
    /// What is to be tried of these plugins; `None` where there is nothing.
    pub(super) fn trials(&self, plugins: &[Arc<Plugin>]) -> Option<Trials> {
        let now = self.registry.now();
        let wishes = &now.survey.wishes;
        let trial = wishes.trial.clone()?;
        let memory = wishes.cache.as_deref().map(Tried::open);
        let mut files: BTreeMap<PathBuf, (TrialRequest, Waiting)> = BTreeMap::new();
        for (at, plugin) in plugins.iter().enumerate() {
            let Origin::File { artifact, .. } = &plugin.origin else { continue };
            if plugin.tried.load(Ordering::Acquire) {
                continue;
            }
            let (request, waiting) = files.entry(artifact.path.clone()).or_insert_with(|| {
                let allow_abort = wishes.options.allow_abort;
                // What can not be read now does not pass either.
                let digest = plugin.origin.likely_digest().ok().flatten();
                let pass = digest.map(|digest| Pass { digest, home: plugin.home, allow_abort });
                let (file, home) = (artifact.path.clone(), plugin.home);
                let request = TrialRequest { home, file, plugins: Vec::new(), allow_abort };
                (request, Waiting { plugins: Vec::new(), pass })
            });
            request.plugins.push(plugin.id().clone());
            waiting.plugins.push((at, Arc::clone(plugin)));
        }
        let passed = |pass: &Option<Pass>| {
            pass.as_ref().is_some_and(|pass| memory.as_ref().is_some_and(|memory| memory.knows(pass)))
        };
        let (mut requests, mut to_try) = (Vec::new(), Vec::new());
        for (request, waiting) in files.into_values() {
            if passed(&waiting.pass) {
                waiting.plugins.iter().for_each(|(_, plugin)| plugin.tried.store(true, Ordering::Release));
            } else {
                requests.push(request);
                to_try.push(waiting);
            }
        }
        let memory = memory.map(Mutex::new);
        (!requests.is_empty()).then_some(Trials { trial, memory, requests, files: to_try })
    }

    /// What the trial of a plugin's file comes to, where it is to be tried: how it ends instead of being started.
    pub(super) fn trial_of(&self, plugin: &Arc<Plugin>) -> Option<Run> {
        let trials = self.trials(std::slice::from_ref(plugin))?;
        let verdicts = trials.trial.run(&trials.requests);
        trials.remember(&verdicts);
        trials.judge(plugin, verdicts.first()?)
    }
}

impl Trials {
    /// The positions of the plugins that wait for a trial.
    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        self.files.iter().flat_map(|waiting| &waiting.plugins).map(|(at, _)| *at)
    }

    /// Tries every file. Whoever fails is ended; `tried` is called once for every position, when it may be started or has
    /// been ended.
    pub(super) fn run(&self, core: &Arc<Core>, tried: impl Fn(usize) + Sync) {
        let told: Vec<AtomicBool> = self.files.iter().map(|_| AtomicBool::new(false)).collect();
        let tell = |number: usize, verdict: &Verdict| {
            let first = !told[number].swap(true, Ordering::AcqRel);
            for (at, plugin) in &self.files[number].plugins {
                if let Some(run) = self.judge(plugin, verdict) {
                    core.fail(plugin, None, run);
                }
                if first {
                    tried(*at);
                }
            }
        };
        let verdicts = self.trial.run_and_tell(&self.requests, &tell);
        self.remember(&verdicts);
    }

    fn judge(&self, plugin: &Plugin, verdict: &Verdict) -> Option<Run> {
        let id = plugin.id().clone();
        match verdict {
            Verdict::Passed => {
                plugin.tried.store(true, Ordering::Release);
                None
            }
            Verdict::Failed(failure) => {
                let harmless = matches!(failure, TrialFailure::Refused { .. });
                let refusal = Arc::new(Refusal::Trial { id, source: Cause::of(failure.clone()) });
                Some(if harmless { Run::Refused(refusal) } else { Run::Quarantined(refusal) })
            }
            Verdict::NotTried(error) if self.trial.choice() == Otherwise::Skip => {
                let why = crate::plugin::in_words(error);
                tracing::warn!(target: "keyway", plugin = %id, why, "is loaded without a trial");
                plugin.tried.store(true, Ordering::Release);
                None
            }
            Verdict::NotTried(error) => {
                let refusal = Refusal::Untried { id, source: Cause::of(error.clone()) };
                Some(Run::Refused(Arc::new(refusal)))
            }
        }
    }

    fn remember(&self, verdicts: &[Verdict]) {
        let Some(memory) = &self.memory else { return };
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        for (waiting, verdict) in self.files.iter().zip(verdicts) {
            if let (Some(pass), Verdict::Passed) = (&waiting.pass, verdict) {
                memory.add(pass);
            }
        }
        if let Err(error) = memory.save() {
            tracing::debug!(target: "keyway", %error, "what passed its trial can not be remembered");
        }
    }
}
