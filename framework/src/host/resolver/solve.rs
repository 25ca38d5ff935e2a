//! PubGrub over one connected group: is there a plan with all that is required, and if not, which facts forbid it.
//!
//! A plugin is a package, its slots are the versions. What PubGrub has no words for becomes a package too:
//!
//! - a required interface is a package whose versions are its providers, each of which needs that provider;
//! - a **cut**, a set of things that must not all be so, is a package that each of these things needs, each in all
//!   versions but one, so that together they leave none. Conflicts are cuts from the start. A circle of needs is not
//!   seen by PubGrub; where a solution holds one, it becomes a cut and the search goes on.
//!
//! All who need an interface share the choice of its provider. That loses no plan: of the providers that run, the
//! first to start needs the interface from nobody, so everybody else can take it from that one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use pubgrub::{
    Dependencies, DependencyConstraints, DependencyProvider, DerivationTree, External, Map,
    PackageResolutionStatistics, PubGrubError, Ranges,
};

use super::index::{Index, NONE, Target};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Pack {
    Root,
    Plugin(u32),
    /// The provider that meets a demand, for all; or for one slot that only wishes it.
    Provider {
        demand: u32,
        wish_of: u32,
    },
    Cut(u32),
}

impl fmt::Display for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// A reason from which a refusal follows, in slots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// The plugin of this id comes first and must run.
    First(u32),
    /// The slot can not run without this demand.
    Needs(u32, u32),
    /// The first slot says that it must not run beside the second.
    Conflict(u32, u32),
    /// Each of these slots needs the next, and the last the first.
    Circle(Vec<u32>),
    /// The slot would have helped, but was out before.
    Gone(u32),
}

/// What must hold of each package.
pub(super) type Required = BTreeMap<Pack, Ranges<u32>>;

/// What was chosen of each package.
pub(super) type Model = Map<Pack, u32>;

type Part = (u32, Ranges<u32>);

pub(super) struct Solver<'i, 'w> {
    index: &'i Index<'w>,
    /// What each cut is for, and of how many parts.
    cuts: Vec<(Fact, u32)>,
    /// Of each part: the cuts it is in, and the versions of them that it leaves.
    cuts_of: Map<(Pack, u32), Vec<Part>>,
}

/// What the search may choose from at this moment.
pub(super) struct State<'s> {
    /// Slots that can still run.
    pub(super) live: &'s [bool],
    /// By id: the slot that runs whatever the search finds, or [`NONE`].
    pub(super) fixed: &'s [u32],
}

impl State<'_> {
    pub(super) fn is_fixed(&self, index: &Index<'_>, slot: u32) -> bool {
        self.fixed[index.slot_id[slot as usize] as usize] == slot
    }

    pub(super) fn is_open(&self, index: &Index<'_>, slot: u32) -> bool {
        self.live[slot as usize] && self.fixed[index.slot_id[slot as usize] as usize] == NONE
    }

    /// The slots that may still be chosen to meet a demand; `None` where something that is fixed meets it.
    pub(super) fn open_helpers(&self, index: &Index<'_>, slot: u32, demand: u32) -> Option<Vec<u32>> {
        if index.helpers(slot, demand).any(|helper| self.is_fixed(index, helper)) {
            return None;
        }
        Some(index.helpers(slot, demand).filter(|&helper| self.is_open(index, helper)).collect())
    }
}

/// The set of these numbers.
pub(super) fn set(numbers: impl IntoIterator<Item = u32>) -> Ranges<u32> {
    let mut numbers: Vec<u32> = numbers.into_iter().collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|n| (std::ops::Bound::Included(n), std::ops::Bound::Included(n))).collect()
}

impl<'i, 'w> Solver<'i, 'w> {
    pub(super) fn new(index: &'i Index<'w>, conflicts: &[(u32, u32)]) -> Self {
        let mut solver = Self { index, cuts: Vec::new(), cuts_of: Map::default() };
        for &(a, b) in conflicts {
            let parts = [a, b].map(|slot| (Pack::Plugin(index.slot_id[slot as usize]), slot));
            solver.cut(Fact::Conflict(a, b), &parts);
        }
        solver
    }

    /// Forbids that all parts hold together.
    fn cut(&mut self, fact: Fact, parts: &[(Pack, u32)]) {
        let number = self.cuts.len() as u32;
        let count = parts.len() as u32;
        self.cuts.push((fact, count));
        for (n, &part) in (0u32..).zip(parts) {
            let before = n.checked_sub(1).map(|last| Ranges::from_range_bounds(0..=last));
            let behind = (n + 1 < count).then(|| Ranges::from_range_bounds(n + 1..=count - 1));
            let others = before.unwrap_or_else(Ranges::empty).union(&behind.unwrap_or_else(Ranges::empty));
            self.cuts_of.entry(part).or_default().push((number, others));
        }
    }

    /// A model in which everything required holds, or the facts that forbid one.
    pub(super) fn solve(&mut self, state: &State<'_>, required: &Required) -> Result<Model, Vec<Fact>> {
        loop {
            let search = Search { solver: self, state, required };
            let model: Model = match pubgrub::resolve(&search, Pack::Root, 0u32) {
                Ok(solution) => solution.into_iter().collect(),
                Err(PubGrubError::NoSolution(tree)) => return Err(self.facts(&tree)),
                Err(
                    PubGrubError::ErrorRetrievingDependencies { source, .. }
                    | PubGrubError::ErrorChoosingVersion { source, .. }
                    | PubGrubError::ErrorInShouldCancel(source),
                ) => match source {},
            };
            let Some(circle) = self.circle(state, &model) else { return Ok(model) };
            let slots = circle.iter().filter(|(pack, _)| matches!(pack, Pack::Plugin(_))).map(|part| part.1);
            self.cut(Fact::Circle(slots.collect()), &circle);
        }
    }

    /// What a part of a model waits for in that model.
    fn waits_for(&self, state: &State<'_>, model: &Model, part: (Pack, u32)) -> Vec<(Pack, u32)> {
        let (pack, slot) = part;
        let chosen = |pack: Pack| model.get(&pack).map(|&version| (pack, version));
        match pack {
            Pack::Plugin(_) => self
                .index
                .musts(slot)
                .filter_map(|demand| {
                    let helpers = state.open_helpers(self.index, slot, demand)?;
                    chosen(self.pack_of(demand, &helpers))
                })
                .collect(),
            Pack::Provider { wish_of: NONE, .. } => {
                chosen(Pack::Plugin(self.index.slot_id[slot as usize])).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn pack_of(&self, demand: u32, helpers: &[u32]) -> Pack {
        match (self.index.demands[demand as usize].target, helpers.first()) {
            (Target::Plugin(_), Some(&helper)) => Pack::Plugin(self.index.slot_id[helper as usize]),
            _ => Pack::Provider { demand, wish_of: NONE },
        }
    }

    /// A circle of needs in a model: by depth first from the first plugin, so that it is always the same one.
    fn circle(&self, state: &State<'_>, model: &Model) -> Option<Vec<(Pack, u32)>> {
        let parts: BTreeSet<(Pack, u32)> = model.iter().map(|(&pack, &version)| (pack, version)).collect();
        let mut seen = BTreeSet::new();
        for &start in &parts {
            if !seen.insert(start) {
                continue;
            }
            let mut path = vec![(start, self.waits_for(state, model, start).into_iter())];
            let mut place = BTreeMap::from([(start, 0)]);
            while let Some((_, rest)) = path.last_mut() {
                let Some(next) = rest.next() else {
                    if let Some((left, _)) = path.pop() {
                        place.remove(&left);
                    }
                    continue;
                };
                if let Some(&from) = place.get(&next) {
                    return Some(path[from..].iter().map(|(part, _)| *part).collect());
                }
                if seen.insert(next) {
                    place.insert(next, path.len());
                    path.push((next, self.waits_for(state, model, next).into_iter()));
                }
            }
        }
        None
    }

    /// The facts at the leaves of a proof.
    fn facts(&self, tree: &DerivationTree<Pack, Ranges<u32>, &'static str>) -> Vec<Fact> {
        let mut facts = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut stack = vec![tree];
        while let Some(tree) = stack.pop() {
            match tree {
                DerivationTree::Derived(derived) => {
                    for cause in [&derived.cause1, &derived.cause2] {
                        if seen.insert(Arc::as_ptr(cause)) {
                            stack.push(cause);
                        }
                    }
                }
                DerivationTree::External(External::FromDependencyOf(pack, versions, on, _)) => {
                    self.add_facts(&mut facts, *pack, versions, *on);
                }
                DerivationTree::External(_) => {}
            }
        }
        facts.into_iter().collect()
    }

    fn add_facts(&self, facts: &mut BTreeSet<Fact>, pack: Pack, versions: &Ranges<u32>, on: Pack) {
        let index = self.index;
        match (pack, on) {
            (Pack::Root, Pack::Plugin(id)) => {
                facts.insert(Fact::First(id));
            }
            (_, Pack::Cut(cut)) => {
                facts.insert(self.cuts[cut as usize].0.clone());
            }
            (Pack::Plugin(id), _) => {
                for slot in index.slots_of(id).filter(|slot| versions.contains(slot)) {
                    let to = |demand: &u32| match (index.demands[*demand as usize].target, on) {
                        (Target::Plugin(plugin), Pack::Plugin(on)) => index.ids[on as usize] == plugin,
                        (_, Pack::Provider { demand: on, .. }) => *demand == on,
                        _ => false,
                    };
                    facts.extend(index.musts(slot).filter(to).map(|demand| Fact::Needs(slot, demand)));
                }
            }
            _ => {}
        }
    }
}

struct Search<'s, 'i, 'w> {
    solver: &'s Solver<'i, 'w>,
    state: &'s State<'s>,
    required: &'s Required,
}

impl Search<'_, '_, '_> {
    /// The versions that there are of a package, best first.
    fn versions(&self, pack: Pack) -> Vec<u32> {
        let index = self.solver.index;
        match pack {
            Pack::Root => vec![0],
            Pack::Plugin(id) => {
                index.slots_of(id).rev().filter(|&slot| self.state.is_open(index, slot)).collect()
            }
            Pack::Provider { demand, .. } => {
                let row = index.supporters.row(demand).iter().copied();
                let mut providers: Vec<u32> = row.filter(|&slot| self.state.is_open(index, slot)).collect();
                providers.sort_by_key(|&slot| (index.slot_id[slot as usize], Reverse(slot)));
                providers
            }
            Pack::Cut(cut) => (0..self.solver.cuts[cut as usize].1).collect(),
        }
    }
}

impl DependencyProvider for Search<'_, '_, '_> {
    type P = Pack;
    type V = u32;
    type VS = Ranges<u32>;
    type Priority = (u32, Reverse<usize>, Reverse<Pack>);
    type M = &'static str;
    type Err = Infallible;

    fn prioritize(
        &self,
        pack: &Pack,
        range: &Ranges<u32>,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let count = self.versions(*pack).into_iter().filter(|version| range.contains(version)).count();
        let urgency = if count == 0 { u32::MAX } else { statistics.conflict_count() };
        (urgency, Reverse(count), Reverse(*pack))
    }

    fn choose_version(&self, pack: &Pack, range: &Ranges<u32>) -> Result<Option<u32>, Infallible> {
        Ok(self.versions(*pack).into_iter().find(|version| range.contains(version)))
    }

    fn get_dependencies(
        &self,
        pack: &Pack,
        version: &u32,
    ) -> Result<Dependencies<Pack, Ranges<u32>, &'static str>, Infallible> {
        let index = self.solver.index;
        let mut needs: Vec<(Pack, Ranges<u32>)> = Vec::new();
        match *pack {
            Pack::Root => needs.extend(self.required.iter().map(|(pack, range)| (*pack, range.clone()))),
            Pack::Plugin(_) => {
                for demand in index.musts(*version) {
                    if let Some(helpers) = self.state.open_helpers(index, *version, demand) {
                        needs.push((self.solver.pack_of(demand, &helpers), set(helpers)));
                    }
                }
            }
            Pack::Provider { .. } => {
                let id = index.slot_id[*version as usize];
                needs.push((Pack::Plugin(id), Ranges::singleton(*version)));
            }
            Pack::Cut(_) => {}
        }
        if let Some(cuts) = self.solver.cuts_of.get(&(*pack, *version)) {
            let alive = |cut: u32| match &self.solver.cuts[cut as usize].0 {
                Fact::Conflict(a, b) => [*a, *b].iter().all(|&slot| self.state.live[slot as usize]),
                Fact::Circle(slots) => slots.iter().all(|&slot| self.state.live[slot as usize]),
                _ => true,
            };
            let cuts = cuts.iter().filter(|(cut, _)| alive(*cut));
            needs.extend(cuts.map(|(cut, others)| (Pack::Cut(*cut), others.clone())));
        }
        Ok(Dependencies::Available(DependencyConstraints::from_iter(needs)))
    }
}
