//! The world in numbers: every id, candidate and requirement gets a small number once, and all later work is on those.
//!
//! A **slot** is a candidate that was not found earlier in the same version. Slots are numbered by the precedence of
//! their id, then by version ascending, so a smaller id number comes first and, within an id, a larger slot is newer.
//! A **demand** is one requirement: a target, the versions that will do, and the slots that meet it.

use std::cmp::Reverse;

use pubgrub::Map;
use semver::{Version, VersionReq};

use super::World;
use crate::id::{InterfaceId, PluginId};
use crate::manifest::Manifest;

/// No slot, no position.
pub(super) const NONE: u32 = u32::MAX;

/// Rows of numbers, packed.
#[derive(Default)]
pub(super) struct Rows {
    first: Vec<u32>,
    items: Vec<u32>,
}

impl Rows {
    /// Groups pairs of row and item; items keep their order within a row.
    pub(super) fn new(rows: usize, pairs: &[(u32, u32)]) -> Self {
        let mut first = vec![0u32; rows + 1];
        for &(row, _) in pairs {
            first[row as usize + 1] += 1;
        }
        for row in 0..rows {
            first[row + 1] += first[row];
        }
        let mut next = first.clone();
        let mut items = vec![0u32; pairs.len()];
        for &(row, item) in pairs {
            items[next[row as usize] as usize] = item;
            next[row as usize] += 1;
        }
        Self { first, items }
    }

    pub(super) fn row(&self, row: u32) -> &[u32] {
        &self.items[self.first[row as usize] as usize..self.first[row as usize + 1] as usize]
    }
}

/// What a demand is for.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    Plugin(&'a PluginId),
    Interface(&'a InterfaceId),
}

pub(super) struct Demand<'a> {
    pub(super) target: Target<'a>,
    pub(super) version: &'a VersionReq,
}

pub(super) struct Need {
    pub(super) demand: u32,
    pub(super) optional: bool,
}

pub(super) struct Index<'a> {
    pub(super) world: &'a World<'a>,
    /// By precedence.
    pub(super) ids: Vec<&'a PluginId>,
    pub(super) id_of: Map<&'a str, u32>,
    pub(super) excluded: Vec<bool>,
    /// The slots of id `i` are `slots[i]..slots[i + 1]`.
    slots: Vec<u32>,
    /// Of each slot: its id, its candidate, whether it is allowed and made for this host.
    pub(super) slot_id: Vec<u32>,
    pub(super) candidate: Vec<u32>,
    pub(super) usable: Vec<bool>,
    /// Candidates that repeat a version, with the one found earlier.
    pub(super) repeated: Vec<(u32, u32)>,
    pub(super) demands: Vec<Demand<'a>>,
    /// The usable slots that meet each demand. A slot never meets a demand of its own id on a plugin.
    pub(super) supporters: Rows,
    /// The demands that each slot meets, and the slots that need each demand.
    pub(super) supports: Rows,
    pub(super) waiters: Rows,
    need_first: Vec<u32>,
    needs: Vec<Need>,
    /// Pairs of usable slots that must not both run; the first of them says so.
    pub(super) conflicts: Vec<(u32, u32)>,
    /// Who provides an interface, usable or not.
    pub(super) providers: Map<&'a str, Vec<(u32, &'a Version)>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(world: &'a World<'a>) -> Self {
        let mut index = Self::with_slots(world);
        index.add_demands();
        index.add_conflicts();
        index
    }

    /// Numbers ids and slots.
    fn with_slots(world: &'a World<'a>) -> Self {
        let candidates = world.candidates;
        let mut found: Map<&str, u32> = Map::default();
        found.reserve(candidates.len());
        let mut group = Vec::with_capacity(candidates.len());
        let mut names: Vec<&'a PluginId> = Vec::new();
        for candidate in candidates {
            let id = &candidate.manifest.id;
            group.push(*found.entry(id.as_str()).or_insert_with(|| {
                names.push(id);
                names.len() as u32 - 1
            }));
        }
        let pairs: Vec<(u32, u32)> = group.iter().enumerate().map(|(n, &g)| (g, n as u32)).collect();
        let groups = Rows::new(names.len(), &pairs);
        let fits = |n: u32| {
            let host = &candidates[n as usize].manifest.host;
            host.as_ref().is_none_or(|host| host.matches(world.host_version))
        };

        // Oldest first; of equal versions the later found first, so that it is the one to drop.
        let mut repeated = Vec::new();
        let mut versions =
            Rows { first: Vec::with_capacity(names.len() + 1), items: Vec::with_capacity(candidates.len()) };
        versions.first.push(0);
        for g in 0..names.len() as u32 {
            if let [only] = groups.row(g) {
                versions.items.push(*only);
            } else {
                let mut row = groups.row(g).to_vec();
                let version = |n: u32| &candidates[n as usize].manifest.version;
                row.sort_by(|&a, &b| version(a).cmp_precedence(version(b)).then(a.cmp(&b)));
                row.dedup_by(|later, earlier| {
                    let same = version(*later).cmp_precedence(version(*earlier)).is_eq();
                    if same {
                        repeated.push((*later, *earlier));
                    }
                    same
                });
                versions.items.append(&mut row);
            }
            versions.first.push(versions.items.len() as u32);
        }
        repeated.sort_unstable();

        let mut by_precedence: Vec<_> = (0..names.len())
            .filter_map(|g| {
                let row = versions.row(g as u32);
                let speaker = row.iter().rev().find(|&&n| fits(n)).or(row.last())?;
                let candidate = &candidates[*speaker as usize];
                let new = !world.keep.is_empty() && !world.keep.contains(names[g]);
                Some((new, candidate.home, Reverse(candidate.manifest.rank), names[g], g))
            })
            .collect();
        by_precedence.sort_unstable();

        let mut index = Self {
            world,
            ids: Vec::with_capacity(names.len()),
            id_of: found,
            excluded: Vec::with_capacity(names.len()),
            slots: vec![0],
            slot_id: Vec::with_capacity(candidates.len()),
            candidate: Vec::with_capacity(candidates.len()),
            usable: Vec::with_capacity(candidates.len()),
            repeated,
            demands: Vec::new(),
            supporters: Rows::default(),
            supports: Rows::default(),
            waiters: Rows::default(),
            need_first: Vec::new(),
            needs: Vec::new(),
            conflicts: Vec::new(),
            providers: Map::default(),
        };
        let mut number = vec![0u32; names.len()];
        for (id, &(.., name, g)) in by_precedence.iter().enumerate() {
            number[g] = id as u32;
            let excluded = !world.excluded.is_empty() && world.excluded.contains_key(name.as_str());
            for &n in versions.row(g as u32) {
                index.slot_id.push(id as u32);
                index.candidate.push(n);
                index.usable.push(!excluded && fits(n));
            }
            index.ids.push(name);
            index.excluded.push(excluded);
            index.slots.push(index.candidate.len() as u32);
        }
        for id in index.id_of.values_mut() {
            *id = number[*id as usize];
        }
        index
    }

    fn add_demands(&mut self) {
        let count = self.slot_id.len() as u32;
        for slot in 0..count {
            for (interface, version) in &self.manifest(slot).provides {
                self.providers.entry(interface.as_str()).or_default().push((slot, version));
            }
        }
        let mut shared: Map<(&str, &VersionReq), u32> = Map::default();
        let mut met: Vec<(u32, u32)> = Vec::new();
        let mut waiting: Vec<(u32, u32)> = Vec::new();
        for slot in 0..count {
            self.need_first.push(self.needs.len() as u32);
            if !self.usable[slot as usize] {
                continue;
            }
            let requires = &self.manifest(slot).requires;
            for (plugin, requirement) in &requires.plugins {
                let demand = self.demands.len() as u32;
                let version = &requirement.version;
                self.demands.push(Demand { target: Target::Plugin(plugin), version });
                self.needs.push(Need { demand, optional: requirement.optional });
                waiting.push((demand, slot));
                if let Some(&id) = self.id_of.get(plugin.as_str())
                    && id != self.slot_id[slot as usize]
                {
                    let fits = self.slots_of(id).filter(|&s| self.usable[s as usize]);
                    met.extend(fits.filter(|&s| version.matches(self.version(s))).map(|s| (demand, s)));
                }
            }
            for (interface, requirement) in &requires.interfaces {
                let version = &requirement.version;
                let demand = *shared.entry((interface.as_str(), version)).or_insert_with(|| {
                    let demand = self.demands.len() as u32;
                    self.demands.push(Demand { target: Target::Interface(interface), version });
                    for &(s, provided) in self.providers.get(interface.as_str()).into_iter().flatten() {
                        if self.usable[s as usize] && version.matches(provided) {
                            met.push((demand, s));
                        }
                    }
                    demand
                });
                self.needs.push(Need { demand, optional: requirement.optional });
                waiting.push((demand, slot));
            }
        }
        self.need_first.push(self.needs.len() as u32);
        self.supporters = Rows::new(self.demands.len(), &met);
        self.waiters = Rows::new(self.demands.len(), &waiting);
        for pair in &mut met {
            *pair = (pair.1, pair.0);
        }
        self.supports = Rows::new(count as usize, &met);
    }

    fn add_conflicts(&mut self) {
        let mut conflicts = Vec::new();
        for slot in (0..self.slot_id.len() as u32).filter(|&slot| self.usable[slot as usize]) {
            for (plugin, version) in &self.manifest(slot).conflicts {
                let Some(&id) = self.id_of.get(plugin.as_str()) else { continue };
                if id != self.slot_id[slot as usize] {
                    let hit = self.slots_of(id).filter(|&s| self.usable[s as usize]);
                    conflicts.extend(hit.filter(|&s| version.matches(self.version(s))).map(|s| (slot, s)));
                }
            }
        }
        self.conflicts = conflicts;
    }

    pub(super) fn slots_of(&self, id: u32) -> std::ops::Range<u32> {
        self.slots[id as usize]..self.slots[id as usize + 1]
    }

    pub(super) fn manifest(&self, slot: u32) -> &'a Manifest {
        &self.world.candidates[self.candidate[slot as usize] as usize].manifest
    }

    pub(super) fn version(&self, slot: u32) -> &'a Version {
        &self.manifest(slot).version
    }

    pub(super) fn source(&self, slot: u32) -> &'a str {
        &self.world.candidates[self.candidate[slot as usize] as usize].source
    }

    /// What a slot requires; nothing of an unusable one.
    pub(super) fn needs(&self, slot: u32) -> &[Need] {
        &self.needs[self.need_first[slot as usize] as usize..self.need_first[slot as usize + 1] as usize]
    }

    /// The demands that a slot can not run without.
    pub(super) fn musts(&self, slot: u32) -> impl Iterator<Item = u32> + '_ {
        self.needs(slot).iter().filter(|need| !need.optional).map(|need| need.demand)
    }

    /// The slots that meet a demand of `slot`: never one of its own id, for nobody is his own provider.
    pub(super) fn helpers(&self, slot: u32, demand: u32) -> impl Iterator<Item = u32> + '_ {
        let own = self.slot_id[slot as usize];
        self.supporters.row(demand).iter().copied().filter(move |&s| self.slot_id[s as usize] != own)
    }

    /// Starts everything in `take` that can start, each after what it must have, and gives every slot its position in
    /// that order, [`NONE`] where it can not. What is left over lacks something or waits in a circle.
    pub(super) fn startable(&self, take: impl Fn(u32) -> bool) -> Vec<u32> {
        let count = self.slot_id.len();
        let mut missing = vec![0u32; count];
        let mut position = vec![NONE; count];
        let mut queue = Vec::with_capacity(count);
        for slot in 0..count as u32 {
            missing[slot as usize] = self.musts(slot).count() as u32;
            if missing[slot as usize] == 0 && take(slot) {
                queue.push(slot);
            }
        }
        // Of each demand: the id that met it first, and whether another id has met it since.
        let mut first = vec![NONE; self.demands.len()];
        let mut again = vec![false; self.demands.len()];
        let mut head = 0;
        while let Some(&slot) = queue.get(head) {
            position[slot as usize] = head as u32;
            head += 1;
            let id = self.slot_id[slot as usize];
            for &demand in self.supports.row(slot) {
                let (d, known) = (demand as usize, first[demand as usize]);
                // The first to meet it serves all but itself; the next of another id serves that one too.
                let (own, to_own) = match known {
                    NONE => {
                        first[d] = id;
                        (id, false)
                    }
                    _ if known != id && !again[d] => {
                        again[d] = true;
                        (known, true)
                    }
                    _ => continue,
                };
                for &waiter in self.waiters.row(demand) {
                    if (self.slot_id[waiter as usize] == own) == to_own && self.needs_must(waiter, demand) {
                        missing[waiter as usize] -= 1;
                        if missing[waiter as usize] == 0 && take(waiter) {
                            queue.push(waiter);
                        }
                    }
                }
            }
        }
        position
    }

    fn needs_must(&self, slot: u32, demand: u32) -> bool {
        self.needs(slot).iter().any(|need| need.demand == demand && !need.optional)
    }
}
