//! Which plugins run, and in which versions.
//!
//! Most of a world needs no decision: the newest candidate of a plugin is all right with everybody, and all it needs is
//! of the same sort. Those are **certain** and found in linear time. What is left falls into connected groups, each
//! decided on its own by a list of wishes in order of importance: a wish is granted if it goes together with all that
//! were granted before it. PubGrub says whether it does.

use std::collections::BTreeMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::unionfind::UnionFind;
use pubgrub::{Map, Ranges};

use super::index::{Index, NONE, Target};
use super::solve::{Fact, Model, Pack, Required, Solver, State, set};

pub(super) struct Choice {
    /// By id: the slot that runs, or [`NONE`].
    pub(super) chosen: Vec<u32>,
    /// By slot: whether some plan with all that comes first could hold it, as far as had to be found out.
    pub(super) live: Vec<bool>,
    /// By slot: how many went out before it while decisions were made; 0 for those that were out from the start.
    pub(super) went: Vec<u32>,
    /// By id that could run alone, but not beside those that come first: the facts.
    pub(super) outvoted: BTreeMap<u32, Vec<Fact>>,
    /// The slots of those that were outvoted.
    pub(super) outvoted_slots: Vec<u32>,
}

pub(super) fn choose(index: &Index<'_>) -> Choice {
    let startable = index.startable(|slot| index.usable[slot as usize]);
    let live: Vec<bool> = startable.iter().map(|&position| position != NONE).collect();
    let fixed = certain(index, &live);
    let mut choice = Choice {
        chosen: fixed.clone(),
        went: vec![0; live.len()],
        live,
        outvoted: BTreeMap::new(),
        outvoted_slots: Vec::new(),
    };
    let mut went = 0;
    let uncertain =
        |id: &u32| fixed[*id as usize] == NONE && index.slots_of(*id).any(|slot| choice.live[slot as usize]);
    let open: Vec<u32> = (0..index.ids.len() as u32).filter(uncertain).collect();
    if !open.is_empty() {
        for group in groups(index, &choice.live, &fixed, &open) {
            let mut decision = Decision::new(index, &fixed, &mut choice, &group);
            decision.went = went;
            went = decision.decide(&group);
        }
    }
    choice
}

/// The newest slot of every id that may be taken without asking anybody, by id.
///
/// It conflicts with nothing that could run, serves everybody whom an older slot would serve, and needs only what is
/// certain too. So any plan can be changed to hold it without losing a plugin.
fn certain(index: &Index<'_>, live: &[bool]) -> Vec<u32> {
    let mut eligible = vec![false; live.len()];
    let alive = |slot: &u32| live[*slot as usize];
    for id in 0..index.ids.len() as u32 {
        let Some(top) = index.slots_of(id).rev().find(alive) else { continue };
        let wanted = |demand: u32| {
            let others = |waiter: &u32| live[*waiter as usize] && index.slot_id[*waiter as usize] != id;
            index.waiters.row(demand).iter().any(others)
        };
        let mut older = index.slots_of(id).filter(|&slot| slot != top && alive(&slot));
        eligible[top as usize] = older.all(|slot| {
            let mut served = index.supports.row(slot).iter();
            served.all(|&demand| index.supports.row(top).contains(&demand) || !wanted(demand))
        });
    }
    for &(a, b) in &index.conflicts {
        if alive(&a) && alive(&b) {
            eligible[a as usize] = false;
            eligible[b as usize] = false;
        }
    }
    let mut fixed = vec![NONE; index.ids.len()];
    for (slot, position) in (0..).zip(index.startable(|slot| eligible[slot as usize])) {
        if position != NONE {
            fixed[index.slot_id[slot as usize] as usize] = slot;
        }
    }
    fixed
}

/// What must be decided together: by requirements, optional ones too, and by conflicts.
struct Group {
    ids: Vec<u32>,
    conflicts: Vec<(u32, u32)>,
    /// Certain slots with an optional requirement that somebody in the group could meet.
    fringe: Vec<u32>,
}

fn groups(index: &Index<'_>, live: &[bool], fixed: &[u32], open: &[u32]) -> Vec<Group> {
    let state = State { live, fixed };
    let mut place = vec![NONE; index.ids.len()];
    for (n, &id) in (0..).zip(open) {
        place[id as usize] = n;
    }
    let place_of = |slot: u32| place[index.slot_id[slot as usize] as usize];
    let mut union = UnionFind::<u32>::new(open.len());
    let conflicts: Vec<(u32, u32)> = index
        .conflicts
        .iter()
        .copied()
        .filter(|&(a, b)| state.is_open(index, a) && state.is_open(index, b))
        .collect();
    for &(a, b) in &conflicts {
        union.union(place_of(a), place_of(b));
    }
    let mut fringe: Vec<(u32, u32)> = Vec::new();
    for slot in (0..live.len() as u32).filter(|&slot| live[slot as usize]) {
        let is_open = state.is_open(index, slot);
        if !is_open && !state.is_fixed(index, slot) {
            continue;
        }
        for need in index.needs(slot) {
            for helper in state.open_helpers(index, slot, need.demand).into_iter().flatten() {
                if is_open {
                    union.union(place_of(slot), place_of(helper));
                } else {
                    fringe.push((place_of(helper), slot));
                }
            }
        }
    }
    let mut group_of: Map<u32, usize> = Map::default();
    let mut groups: Vec<Group> = Vec::new();
    for (n, &id) in (0..).zip(open) {
        let at = *group_of.entry(union.find_mut(n)).or_insert_with(|| {
            groups.push(Group { ids: Vec::new(), conflicts: Vec::new(), fringe: Vec::new() });
            groups.len() - 1
        });
        groups[at].ids.push(id);
    }
    for (a, b) in conflicts {
        groups[group_of[&union.find_mut(place_of(a))]].conflicts.push((a, b));
    }
    for (n, slot) in fringe {
        groups[group_of[&union.find_mut(n)]].fringe.push(slot);
    }
    for group in &mut groups {
        group.fringe.sort_unstable();
        group.fringe.dedup();
    }
    groups
}

type Wish = (Pack, Ranges<u32>);

struct Decision<'d, 'w> {
    index: &'d Index<'w>,
    fixed: &'d [u32],
    choice: &'d mut Choice,
    solver: Solver<'d, 'w>,
    granted: Required,
    model: Model,
    /// How many slots went out so far.
    went: u32,
    /// Of each slot in a conflict of this group: the others, and the conflict as it was declared.
    rivals: Map<u32, Vec<(u32, Fact)>>,
}

impl<'d, 'w> Decision<'d, 'w> {
    fn new(index: &'d Index<'w>, fixed: &'d [u32], choice: &'d mut Choice, group: &Group) -> Self {
        let mut rivals: Map<u32, Vec<(u32, Fact)>> = Map::default();
        for &(a, b) in &group.conflicts {
            rivals.entry(a).or_default().push((b, Fact::Conflict(a, b)));
            rivals.entry(b).or_default().push((a, Fact::Conflict(a, b)));
        }
        let solver = Solver::new(index, &group.conflicts);
        Self {
            index,
            fixed,
            choice,
            solver,
            granted: Required::new(),
            model: Model::default(),
            went: 0,
            rivals,
        }
    }

    /// Decides the group; how many went out so far.
    fn decide(mut self, group: &Group) -> u32 {
        self.decide_who(&group.ids);
        for slot_or_id in self.dependents_first(group) {
            match slot_or_id {
                Member::Fixed(slot) => self.meet_options(slot),
                Member::Open(id) => {
                    let slot = self.decide_version(id);
                    self.choice.chosen[id as usize] = slot;
                    self.keep(slot);
                    self.meet_options(slot);
                }
            }
        }
        self.went
    }

    /// Takes plugins by precedence. Many wishes are tried at once, and halved where they do not go together.
    fn decide_who(&mut self, ids: &[u32]) {
        let mut at = 0;
        let mut many = ids.len();
        while at < ids.len() {
            let end = (at + many).min(ids.len());
            let wishes: Vec<Wish> = ids[at..end].iter().filter_map(|&id| self.wish_for(id)).collect();
            match self.grant(&wishes) {
                Ok(()) => {
                    self.clear_rivals(&ids[at..end]);
                    at = end;
                    many *= 2;
                }
                Err(facts) if end - at == 1 => {
                    self.refuse(ids[at], facts);
                    at = end;
                }
                Err(_) => many = (end - at) / 2,
            }
        }
    }

    /// That a plugin runs, in whatever version; `None` where it is already out.
    fn wish_for(&self, id: u32) -> Option<Wish> {
        let mut slots = self.live_slots(id).peekable();
        slots.peek()?;
        Some((Pack::Plugin(id), set(slots)))
    }

    fn live_slots(&self, id: u32) -> impl Iterator<Item = u32> + '_ {
        self.index.slots_of(id).filter(|&slot| self.choice.live[slot as usize])
    }

    /// Grants all these wishes or none.
    fn grant(&mut self, wishes: &[Wish]) -> Result<(), Vec<Fact>> {
        let mut before: Vec<(Pack, Option<Ranges<u32>>)> = Vec::with_capacity(wishes.len());
        for (pack, range) in wishes {
            let known = self.granted.get(pack).cloned();
            let both = known.as_ref().map_or_else(|| range.clone(), |known| known.intersection(range));
            self.granted.insert(*pack, both);
            before.push((*pack, known));
        }
        let holds =
            |(pack, range): &Wish| self.model.get(pack).is_some_and(|version| range.contains(version));
        if wishes.iter().all(holds) {
            return Ok(());
        }
        let empty = wishes.iter().any(|(pack, _)| self.granted[pack].is_empty());
        let state = State { live: &self.choice.live, fixed: self.fixed };
        let outcome = if empty { Err(Vec::new()) } else { self.solver.solve(&state, &self.granted) };
        match outcome {
            Ok(model) => {
                self.model = model;
                Ok(())
            }
            Err(facts) => {
                for (pack, known) in before.into_iter().rev() {
                    match known {
                        Some(known) => self.granted.insert(pack, known),
                        None => self.granted.remove(&pack),
                    };
                }
                Err(facts)
            }
        }
    }

    /// Takes a plugin out, and all that can not run without it.
    fn refuse(&mut self, id: u32, mut facts: Vec<Fact>) {
        let mut gone: Vec<Fact> = Vec::new();
        for fact in &facts {
            if let Fact::Needs(slot, demand) = fact {
                let out = |helper: &u32| !self.choice.live[*helper as usize];
                gone.extend(self.index.helpers(*slot, *demand).filter(out).map(Fact::Gone));
            }
        }
        facts.append(&mut gone);
        for slot in self.live_slots(id).collect::<Vec<_>>() {
            self.outvote(slot, &facts);
        }
    }

    /// Takes out at once what conflicts with a plugin that was just granted and has no other version: it needs no
    /// search to see that, and one plugin may be in the way of thousands.
    fn clear_rivals(&mut self, ids: &[u32]) {
        for &id in ids {
            let slots: Vec<u32> = self.live_slots(id).collect();
            let ([slot], true) = (&slots[..], self.granted.contains_key(&Pack::Plugin(id))) else { continue };
            for (rival, conflict) in self.rivals.get(slot).cloned().unwrap_or_default() {
                // One that was granted before comes first itself, and may yield with another version.
                let rival_id = self.index.slot_id[rival as usize];
                if self.choice.live[rival as usize] && !self.granted.contains_key(&Pack::Plugin(rival_id)) {
                    self.outvote(rival, &[Fact::First(id), conflict]);
                }
            }
        }
    }

    fn outvote(&mut self, slot: u32, facts: &[Fact]) {
        let index = self.index;
        let known = self.choice.outvoted.entry(index.slot_id[slot as usize]).or_default();
        for fact in facts {
            if !known.contains(fact) {
                known.push(fact.clone());
            }
        }
        self.choice.outvoted_slots.push(slot);
        let mut out = vec![slot];
        while let Some(slot) = out.pop() {
            if !std::mem::replace(&mut self.choice.live[slot as usize], false) {
                continue;
            }
            self.went += 1;
            self.choice.went[slot as usize] = self.went;
            for &demand in index.supports.row(slot) {
                for &waiter in index.waiters.row(demand) {
                    let state = State { live: &self.choice.live, fixed: self.fixed };
                    if state.is_open(index, waiter)
                        && index.musts(waiter).any(|must| must == demand)
                        && state.open_helpers(index, waiter, demand).is_some_and(|left| left.is_empty())
                    {
                        out.push(waiter);
                    }
                }
            }
        }
    }

    /// Those that require before what they require, then by precedence.
    fn dependents_first(&self, group: &Group) -> Vec<Member> {
        let index = self.index;
        let state = State { live: &self.choice.live, fixed: self.fixed };
        let mut graph: DiGraph<Member, ()> = DiGraph::new();
        let mut node: Map<u32, NodeIndex> = Map::default();
        let running = group.ids.iter().copied().filter(|&id| self.granted.contains_key(&Pack::Plugin(id)));
        let mut members: Vec<(u32, Member)> = running.map(|id| (id, Member::Open(id))).collect();
        members.extend(group.fringe.iter().map(|&slot| (index.slot_id[slot as usize], Member::Fixed(slot))));
        members.sort_unstable();
        for &(id, member) in &members {
            node.insert(id, graph.add_node(member));
        }
        for &(id, member) in &members {
            let slots = match member {
                Member::Fixed(slot) => vec![slot],
                Member::Open(id) => self.live_slots(id).collect(),
            };
            for (slot, need) in
                slots.iter().flat_map(|&slot| index.needs(slot).iter().map(move |n| (slot, n)))
            {
                for helper in state.open_helpers(index, slot, need.demand).into_iter().flatten() {
                    if let Some(&to) = node.get(&index.slot_id[helper as usize]) {
                        graph.update_edge(node[&id], to, ());
                    }
                }
            }
        }
        let mut sorted = Vec::with_capacity(members.len());
        for mut circle in kosaraju_scc(&graph).into_iter().rev() {
            circle.sort_unstable();
            sorted.extend(circle.into_iter().map(|node| graph[node]));
        }
        sorted
    }

    /// The highest version that goes with everything granted so far.
    fn decide_version(&mut self, id: u32) -> u32 {
        let slots: Vec<u32> = self.live_slots(id).collect();
        for &slot in slots.iter().rev() {
            let at_least = set(slots.iter().copied().filter(|&other| other >= slot));
            if self.grant(&[(Pack::Plugin(id), at_least)]).is_ok() {
                return slot;
            }
        }
        unreachable!("a plugin that was granted has a version")
    }

    /// Writes down what follows from a chosen slot, so that wishes against it fail without a search.
    fn keep(&mut self, slot: u32) {
        let index = self.index;
        let state = State { live: &self.choice.live, fixed: self.fixed };
        let mut follow: Vec<Wish> = Vec::new();
        for demand in index.musts(slot) {
            if let (Target::Plugin(_), Some(helpers)) =
                (index.demands[demand as usize].target, state.open_helpers(index, slot, demand))
                && let Some(&helper) = helpers.first()
            {
                follow.push((Pack::Plugin(index.slot_id[helper as usize]), set(helpers)));
            }
        }
        for &(rival, _) in self.rivals.get(&slot).into_iter().flatten() {
            let id = index.slot_id[rival as usize];
            if self.granted.contains_key(&Pack::Plugin(id)) {
                follow.push((Pack::Plugin(id), set(self.live_slots(id).filter(|&slot| slot != rival))));
            }
        }
        for (pack, range) in follow {
            if let Some(known) = self.granted.get_mut(&pack) {
                *known = known.intersection(&range);
            }
        }
    }

    /// Asks for each optional requirement of a slot that runs; what can not be had is left.
    fn meet_options(&mut self, slot: u32) {
        let index = self.index;
        for need in index.needs(slot).iter().filter(|need| need.optional) {
            let state = State { live: &self.choice.live, fixed: self.fixed };
            let Some(mut helpers) = state.open_helpers(index, slot, need.demand) else { continue };
            helpers.retain(|&h| self.granted.contains_key(&Pack::Plugin(index.slot_id[h as usize])));
            let Some(&helper) = helpers.first() else { continue };
            let pack = match index.demands[need.demand as usize].target {
                Target::Plugin(_) => Pack::Plugin(index.slot_id[helper as usize]),
                Target::Interface(_) => Pack::Provider { demand: need.demand, wish_of: slot },
            };
            // A wish that can not be granted is no fault: the plugin runs without.
            let _ = self.grant(&[(pack, set(helpers))]);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    Fixed(u32),
    Open(u32),
}
