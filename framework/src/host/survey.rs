//! What is here and what would run: found, checked and resolved, with nothing loaded and nothing started.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use semver::Version;

use super::Host;
use super::builder::Loopback;
use super::find::discovery::{Haul, Origin, Search};
use super::find::places::Places;
use super::find::policy::{Denial, Judged, Judgement, Policy};
use super::info::{DisabledBy, LeftAside, PluginInfo, State, Trust};
use super::lifecycle::Care;
use super::loader::{LoadOptions, Problem};
use super::offer;
use super::refusal::Refusal;
use super::registry::Plugin;
use super::resolver::{Candidate, Grow, Resolution, World, resolve};
use super::services::Executor;
use super::settings::Settings;
use super::sift::Sifted;
use super::store::{Choice, Records, Store};
use super::trial::Trial;
use crate::id::PluginId;
use crate::manifest::{Home, Manifest};

/// What is here and what would run. From [`HostBuilder::survey`](super::HostBuilder::survey); no plugin code has run,
/// and none runs until [`start`](Self::start).
///
/// A running host keeps the survey that it was started from: [`Host::survey`].
pub struct Survey {
    pub(super) wishes: Arc<Wishes>,
    pub(super) search: Arc<Search>,
    /// Those that took part first.
    candidates: Vec<Candidate>,
    origins: Vec<Origin>,
    seen: usize,
    excluded: BTreeMap<PluginId, String>,
    keep: BTreeSet<PluginId>,
    /// Why each of those did not that took no part.
    aside: Vec<String>,
    resolution: Resolution,
    problems: Vec<Problem>,
    /// By id.
    listed: Vec<Listed>,
}

/// One plugin: the candidate that stands for it, and what was decided.
pub(super) struct Listed {
    pub(super) candidate: usize,
    pub(super) standing: Standing,
}

#[derive(Clone)]
pub(super) enum Standing {
    /// At this step of the plan.
    Planned(usize),
    Refused(Arc<Refusal>),
    Quarantined(Arc<Refusal>),
    Disabled(DisabledBy),
    /// Stopped by the operator, until he loads it again or the host starts anew.
    Unloaded,
}

/// What the host's author and the operator wish.
#[derive(Clone)]
pub(super) struct Wishes {
    pub(super) name: String,
    pub(super) version: Version,
    /// By the host's author.
    pub(super) disabled: BTreeSet<PluginId>,
    pub(super) unloaded: BTreeSet<PluginId>,
    /// Where the policy is read from.
    pub(super) places: Option<Places>,
    pub(super) policy: Arc<Policy>,
    /// What the operator chose, and what is in quarantine.
    pub(super) records: Arc<Records>,
    pub(super) store: Option<Store>,
    pub(super) settings: BTreeMap<PluginId, Settings>,
    pub(super) options: LoadOptions,
    pub(super) loopback: Option<Loopback>,
    pub(super) count_calls: bool,
    /// How files are tried that the host has never loaded.
    pub(super) trial: Option<Trial>,
    /// Where it is remembered which of them passed.
    pub(super) cache: Option<PathBuf>,
    pub(super) limits: Limits,
    pub(super) care: Care,
    /// What runs tasks, where the host's author has said it.
    pub(super) executor: Option<Arc<dyn Executor>>,
}

/// How long things may take, and how many of them go on at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// For one start.
    pub(super) start: Duration,
    /// For one stop.
    pub(super) stop: Duration,
    /// How long the host waits for starts before it is up; until the last has ended where this says nothing.
    pub(super) patience: Option<Duration>,
    /// How many starts work at once; those that wait are not counted.
    pub(super) threads: Option<usize>,
}

impl Limits {
    /// How many starts work at once where nobody says so; asked for late, since the answer is read from files.
    pub(super) fn threads(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(2, |threads| threads.get().min(8));
        self.threads.unwrap_or_else(processors)
    }
}

impl Wishes {
    /// What the policy has against a plugin; nothing against what the host offers itself.
    pub(super) fn denial(&self, id: &PluginId, origin: &Origin) -> Option<Denial> {
        let file = match origin {
            Origin::Offered(_) => return None,
            Origin::Linked(_) => None,
            Origin::File { artifact, .. } => Some(&*artifact.path),
        };
        let unknown = || std::io::Error::other("it has no file");
        let mut digest = || origin.digest()?.ok_or_else(unknown);
        match self.policy.judge(Judged { id, file, digest: &mut digest }) {
            Judgement::Allowed => None,
            Judgement::Denied { by } => Some(by),
        }
    }

    /// What the operator wants of a plugin: by a command, or else by the policy.
    pub(super) fn choice(&self, id: &PluginId) -> Choice {
        let written = self.policy.choice(id);
        let Some(Choice { enabled, version, home }) = self.records.choice(id).cloned() else {
            return written;
        };
        Choice {
            enabled: enabled.or(written.enabled),
            version: version.or(written.version),
            home: home.or(written.home),
        }
    }

    /// Whether nobody has anything against anything.
    pub(super) fn let_all_in(&self) -> bool {
        let Self { disabled, unloaded, records, policy, .. } = self;
        let nothing_recorded = records.choices().is_empty() && records.quarantines().is_empty();
        let nobody = disabled.is_empty() && unloaded.is_empty() && policy.files().is_empty();
        nobody && nothing_recorded && records.problems().is_empty()
    }
}

impl Survey {
    /// `running` are the plugins that go on whatever was found.
    pub(super) fn new(
        wishes: Arc<Wishes>,
        search: Arc<Search>,
        found: Haul,
        running: &[Arc<Plugin>],
    ) -> Self {
        let Haul { candidates, origins, problems } = found;
        let Sifted { candidates, origins, seen, left_out, aside } =
            Sifted::new(&wishes, candidates, origins, running);
        let excluded = left_out.iter().map(|(id, (why, _))| (id.clone(), why.clone())).collect();
        // What the host offers is there before anything runs.
        let offered = search.offers.iter().map(|offer| offer.id());
        let keep = running.iter().map(|plugin| plugin.id()).chain(offered).cloned().collect();
        let world = World {
            host: &wishes.name,
            host_version: &wishes.version,
            candidates: &candidates[..seen],
            excluded: &excluded,
            keep: &keep,
        };
        let resolution = resolve(&world);
        let listed = list(&candidates[..seen], left_out, &resolution);
        Self {
            wishes,
            search,
            candidates,
            origins,
            seen,
            excluded,
            keep,
            aside,
            resolution,
            problems,
            listed,
        }
    }

    /// Starts what the plan holds, in its order.
    pub fn start(self) -> Host {
        Host::of(self)
    }

    /// The host's name.
    pub fn host_name(&self) -> &str {
        &self.wishes.name
    }

    /// The host's version.
    pub fn host_version(&self) -> &Version {
        &self.wishes.version
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

    /// All that was found, as the resolver's indices count it: linked in, then by folder and file; what took no part,
    /// such as what is quarantined while another version of it is not, stands behind the others.
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
            host: &self.wishes.name,
            host_version: &self.wishes.version,
            candidates: &self.candidates[..self.seen],
            excluded: &self.excluded,
            keep: &self.keep,
        }
    }

    pub(super) fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// Where the plugin comes from, if it is in the plan.
    pub(super) fn planned(&self, id: &PluginId) -> Option<&Origin> {
        let at = self.listed.binary_search_by(|listed| self.manifest(listed).id.cmp(id)).ok()?;
        let listed = &self.listed[at];
        matches!(listed.standing, Standing::Planned(_)).then(|| self.origin(listed.candidate))
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
            by_id.entry(id).or_default().push((passed.candidate, passed.why.to_string()));
        }
        for (candidate, why) in (self.seen..).zip(&self.aside) {
            let id = self.candidates[candidate].manifest.id.as_str();
            by_id.entry(id).or_default().push((candidate, why.clone()));
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
            Origin::Offered(_) => (offer::SOURCE.to_owned(), None, None),
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
            restarts: 0,
            passed_over: passed_over
                .iter()
                .map(|(candidate, why)| self.left_aside(*candidate, why))
                .collect(),
        }
    }

    fn ids(&self, steps: &[usize]) -> Vec<PluginId> {
        let candidate = |&step: &usize| &self.candidates[self.resolution.plan.steps[step].candidate];
        let mut ids: Vec<PluginId> = steps.iter().map(|step| candidate(step).manifest.id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    fn left_aside(&self, candidate: usize, why: &str) -> LeftAside {
        let Candidate { manifest, home, source } = &self.candidates[candidate];
        LeftAside {
            version: manifest.version.clone(),
            home: *home,
            place: source.to_string(),
            why: why.to_owned(),
        }
    }
}

pub(super) type LeftAsides<'a> = BTreeMap<&'a str, Vec<(usize, String)>>;

impl Listed {
    /// Before anything was started.
    fn state(&self) -> State {
        self.standing.state()
    }
}

impl Standing {
    /// Before anything was started.
    pub(super) fn state(&self) -> State {
        match self {
            Self::Planned(_) => State::Resolved,
            Self::Refused(refusal) => State::Refused(Arc::clone(refusal)),
            Self::Quarantined(refusal) => State::Quarantined(Arc::clone(refusal)),
            Self::Disabled(by) => State::Disabled(*by),
            Self::Unloaded => State::Retired,
        }
    }
}

impl fmt::Debug for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = self.listed.iter().map(|listed| (&self.manifest(listed).id, listed.state().name()));
        write!(f, "Survey of `{}` {} ", self.wishes.name, self.wishes.version)?;
        f.debug_map().entries(list).finish()
    }
}

/// One entry a plugin, by id: the step of the plan, or else the newest that was found.
fn list(
    candidates: &[Candidate],
    mut left_out: BTreeMap<PluginId, (String, Standing)>,
    resolution: &Resolution,
) -> Vec<Listed> {
    let steps = resolution.plan.steps.iter().enumerate();
    let mut listed: Vec<Listed> = steps
        .map(|(place, step)| Listed { candidate: step.candidate, standing: Standing::Planned(place) })
        .collect();
    if !left_out.is_empty() || !resolution.refused.is_empty() {
        let mut newest: BTreeMap<&PluginId, usize> = BTreeMap::new();
        for (place, candidate) in candidates.iter().enumerate() {
            let best = newest.entry(&candidate.manifest.id).or_insert(place);
            if candidate.manifest.version > candidates[*best].manifest.version {
                *best = place;
            }
        }
        for (id, candidate) in newest {
            let standing = if let Some((_, standing)) = left_out.remove(id) {
                standing
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
