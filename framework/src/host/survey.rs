//! What is here and what would run: found, checked and resolved, with nothing loaded and nothing started.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use semver::Version;

use super::Host;
use super::builder::Loopback;
use super::discovery::{Haul, Origin};
use super::info::{LeftAside, PluginInfo, State, Trust};
use super::loader::{LoadOptions, Problem};
use super::refusal::Refusal;
use super::resolver::{Candidate, Grow, Resolution, Why, World, resolve};
use super::settings::Settings;
use crate::id::PluginId;
use crate::manifest::{Home, Manifest};

/// What is here and what would run. From [`HostBuilder::survey`](super::HostBuilder::survey); no plugin code has run,
/// and none runs until [`start`](Self::start).
///
/// A running host keeps the survey that it was started from: [`Host::survey`].
pub struct Survey {
    name: String,
    version: Version,
    candidates: Vec<Candidate>,
    origins: Vec<Origin>,
    excluded: BTreeMap<PluginId, String>,
    resolution: Resolution,
    problems: Vec<Problem>,
    /// By id.
    listed: Vec<Listed>,
    pub(super) settings: BTreeMap<PluginId, Settings>,
    pub(super) options: LoadOptions,
    pub(super) loopback: Option<Loopback>,
}

/// One plugin: the candidate that stands for it, and what was decided.
pub(super) struct Listed {
    pub(super) candidate: usize,
    pub(super) standing: Standing,
}

pub(super) enum Standing {
    /// At this step of the plan.
    Planned(usize),
    Refused(Arc<Refusal>),
    Disabled,
}

/// What the host's author and the operator wish.
pub(super) struct Wishes {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) excluded: BTreeMap<PluginId, String>,
    pub(super) settings: BTreeMap<PluginId, Settings>,
    pub(super) options: LoadOptions,
    pub(super) loopback: Option<Loopback>,
}

impl Survey {
    pub(super) fn new(wishes: Wishes, found: Haul) -> Self {
        let Wishes { name, version, excluded, settings, options, loopback } = wishes;
        let Haul { candidates, origins, problems } = found;
        let world =
            World { host: &name, host_version: &version, candidates: &candidates, excluded: &excluded };
        let resolution = resolve(&world);
        let listed = list(&candidates, &excluded, &resolution);
        Self {
            name,
            version,
            candidates,
            origins,
            excluded,
            resolution,
            problems,
            listed,
            settings,
            options,
            loopback,
        }
    }

    /// Starts what the plan holds, in its order.
    pub fn start(self) -> Host {
        Host::of(self)
    }

    /// The host's name.
    pub fn host_name(&self) -> &str {
        &self.name
    }

    /// The host's version.
    pub fn host_version(&self) -> &Version {
        &self.version
    }

    /// Every plugin that was found, by id; those that would run are [`State::Resolved`].
    pub fn plugins(&self) -> Vec<PluginInfo> {
        let passed_over = self.passed_over();
        self.listed.iter().map(|listed| self.info(listed, &passed_over, listed.state(), 0)).collect()
    }

    /// One plugin.
    pub fn plugin(&self, id: &str) -> Option<PluginInfo> {
        let at = self.listed.binary_search_by(|listed| self.manifest(listed).id.as_str().cmp(id)).ok()?;
        let listed = &self.listed[at];
        Some(self.info(listed, &self.passed_over(), listed.state(), 0))
    }

    /// The resolver's answer: the plan, the refusals, what was passed over.
    pub fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    /// All that was found, as the resolver's indices count it: linked in, then by folder and file.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// What was meant to be a plugin and could not be read, in the order in which it was found.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The plan for Graphviz.
    pub fn dot(&self) -> String {
        self.resolution.dot(&self.world())
    }

    /// The plan as indented text: all of it, or from one plugin; `None` where that plugin is not in the plan.
    pub fn tree(&self, of: Option<&str>, grow: Grow) -> Option<String> {
        let of = of.map(PluginId::new).transpose().ok()?;
        self.resolution.tree(&self.world(), of.as_ref(), grow)
    }

    fn world(&self) -> World<'_> {
        World {
            host: &self.name,
            host_version: &self.version,
            candidates: &self.candidates,
            excluded: &self.excluded,
        }
    }

    pub(super) fn listed(&self) -> &[Listed] {
        &self.listed
    }

    pub(super) fn manifest(&self, listed: &Listed) -> &Arc<Manifest> {
        &self.candidates[listed.candidate].manifest
    }

    pub(super) fn origin(&self, candidate: usize) -> &Origin {
        &self.origins[candidate]
    }

    /// What was left aside, by the id of the plugin.
    pub(super) fn passed_over(&self) -> LeftAsides<'_> {
        let mut by_id: LeftAsides<'_> = BTreeMap::new();
        for passed in &self.resolution.passed_over {
            let id = self.candidates[passed.candidate].manifest.id.as_str();
            by_id.entry(id).or_default().push((passed.candidate, &passed.why));
        }
        by_id
    }

    pub(super) fn info(
        &self,
        listed: &Listed,
        passed_over: &LeftAsides<'_>,
        state: State,
        faults: u64,
    ) -> PluginInfo {
        let Candidate { manifest, home, .. } = &self.candidates[listed.candidate];
        let (source, file, build) = match &self.origins[listed.candidate] {
            Origin::Linked(_) => ("-".to_owned(), None, None),
            Origin::File { artifact, folder, .. } => {
                (folder.to_string(), Some(artifact.path.clone()), artifact.build.as_deref().cloned())
            }
        };
        let (needs, prefers) = match listed.standing {
            Standing::Planned(step) => {
                let step = &self.resolution.plan.steps[step];
                (self.ids(&step.needs), self.ids(&step.after))
            }
            _ => (Vec::new(), Vec::new()),
        };
        let passed_over = passed_over.get(manifest.id.as_str()).map_or(&[][..], Vec::as_slice);
        PluginInfo {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            home: *home,
            state,
            trust: if *home == Home::Static { Trust::BuiltIn } else { Trust::Unsigned },
            source,
            file,
            build,
            manifest: Arc::clone(manifest),
            needs,
            prefers,
            faults,
            passed_over: passed_over
                .iter()
                .map(|&(candidate, why)| self.left_aside(candidate, why))
                .collect(),
        }
    }

    fn ids(&self, steps: &[usize]) -> Vec<PluginId> {
        let candidate = |&step: &usize| &self.candidates[self.resolution.plan.steps[step].candidate];
        let mut ids: Vec<PluginId> = steps.iter().map(|step| candidate(step).manifest.id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    fn left_aside(&self, candidate: usize, why: &Why) -> LeftAside {
        let Candidate { manifest, home, source } = &self.candidates[candidate];
        LeftAside {
            version: manifest.version.clone(),
            home: *home,
            place: source.to_string(),
            why: why.to_string(),
        }
    }
}

pub(super) type LeftAsides<'a> = BTreeMap<&'a str, Vec<(usize, &'a Why)>>;

impl Listed {
    /// Before anything was started.
    fn state(&self) -> State {
        match &self.standing {
            Standing::Planned(_) => State::Resolved,
            Standing::Refused(refusal) => State::Refused(Arc::clone(refusal)),
            Standing::Disabled => State::Disabled,
        }
    }
}

impl fmt::Debug for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = self.listed.iter().map(|listed| (&self.manifest(listed).id, listed.state().name()));
        write!(f, "Survey of `{}` {} ", self.name, self.version)?;
        f.debug_map().entries(list).finish()
    }
}

/// One entry a plugin, by id: the step of the plan, or else the newest that was found.
fn list(
    candidates: &[Candidate],
    excluded: &BTreeMap<PluginId, String>,
    resolution: &Resolution,
) -> Vec<Listed> {
    let steps = resolution.plan.steps.iter().enumerate();
    let mut listed: Vec<Listed> = steps
        .map(|(place, step)| Listed { candidate: step.candidate, standing: Standing::Planned(place) })
        .collect();
    if !excluded.is_empty() || !resolution.refused.is_empty() {
        let mut newest: BTreeMap<&PluginId, usize> = BTreeMap::new();
        for (place, candidate) in candidates.iter().enumerate() {
            let best = newest.entry(&candidate.manifest.id).or_insert(place);
            if candidate.manifest.version > candidates[*best].manifest.version {
                *best = place;
            }
        }
        for (id, candidate) in newest {
            let standing = if excluded.contains_key(id) {
                Standing::Disabled
            } else if let Some(refused) = resolution.refused.get(id) {
                Standing::Refused(Arc::new(Refusal::Unresolved(refused.clone())))
            } else {
                continue;
            };
            listed.push(Listed { candidate, standing });
        }
    }
    listed.sort_unstable_by(|a, b| {
        candidates[a.candidate].manifest.id.cmp(&candidates[b.candidate].manifest.id)
    });
    listed
}
