//! The facts of all refusals, one entry a candidate, and how a tree of reasons is grown from them.

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use pubgrub::Map;
use semver::{Version, VersionReq};

use super::near::nearest;
use super::proof::{self, Proof};
use super::{Choice, Index, NONE, Reason, Target};
use crate::id::{InterfaceId, PluginId};

/// How many levels of reasons are written out.
const DEPTH: usize = 8;

pub(super) struct Ledger {
    pub(super) entries: Vec<Entry>,
    host: String,
    /// By entry: the number of the circle of needs it is in, or [`NONE`].
    circle: Vec<u32>,
    /// What could be meant by a name that is not here; empty where every name is.
    known_plugins: Vec<PluginId>,
    /// Each with one that provides it.
    known_interfaces: Vec<(InterfaceId, PluginId)>,
}

pub(super) struct Entry {
    pub(super) id: PluginId,
    pub(super) version: Version,
    pub(super) source: String,
    causes: Vec<Cause>,
}

pub(super) enum Cause {
    /// It is made for other hosts.
    Host(VersionReq),
    /// Nothing that could run meets this requirement.
    Unmet { what: What, version: VersionReq, found: Vec<Found> },
    /// It could run, but not beside those that come first.
    Outvoted(Proof),
}

pub(super) enum What {
    Plugin(PluginId),
    Interface(InterfaceId),
}

/// What is here instead.
pub(super) enum Found {
    /// Another version: in words, for it is a version of a plugin or one of an interface.
    Other(String),
    /// The plugin, but it must not run.
    Excluded { id: PluginId, why: String },
    /// A candidate that would do, but can not run either.
    Entry(u32),
    /// Nobody but the one that asks.
    Itself,
}

pub(super) fn place(source: &str) -> String {
    if source == "-" { "linked in".into() } else { source.into() }
}

impl Entry {
    pub(super) fn version_and_place(&self) -> String {
        format!("{} ({})", self.version, place(&self.source))
    }

    fn name(&self) -> String {
        format!("`{}` {}", self.id, self.version_and_place())
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plugin(id) => write!(f, "`{id}`"),
            Self::Interface(id) => write!(f, "interface `{id}`"),
        }
    }
}

impl Ledger {
    /// The ledger, and by slot the entry that it has there.
    pub(super) fn new(index: &Index<'_>, choice: &Choice) -> (Self, Vec<u32>) {
        let count = index.slot_id.len();
        let mut entry_of = vec![NONE; count];
        let mut out: Vec<u32> = Vec::new();
        for slot in 0..count as u32 {
            if !choice.live[slot as usize] && !index.excluded[index.slot_id[slot as usize] as usize] {
                entry_of[slot as usize] = out.len() as u32;
                out.push(slot);
            }
        }
        let mut outvoted = vec![false; count];
        for &slot in &choice.outvoted_slots {
            outvoted[slot as usize] = true;
        }
        let writer = Writer { index, choice, entry_of: &entry_of };
        let entries: Vec<Entry> = out
            .iter()
            .map(|&slot| {
                let manifest = index.manifest(slot);
                let causes = match &manifest.host {
                    Some(host) if !index.usable[slot as usize] => vec![Cause::Host(host.clone())],
                    _ if outvoted[slot as usize] => {
                        vec![Cause::Outvoted(proof::write(index, choice, &entry_of, slot))]
                    }
                    _ => writer.unmet(slot),
                };
                let (id, version) = (manifest.id.clone(), manifest.version.clone());
                Entry { id, version, source: index.source(slot).into(), causes }
            })
            .collect();
        let circle = circles(&entries);
        let any_missing = entries
            .iter()
            .flat_map(|entry| &entry.causes)
            .any(|cause| matches!(cause, Cause::Unmet { found, .. } if found.is_empty()));
        let mut ledger = Self {
            entries,
            host: format!("`{}` {}", index.world.host, index.world.host_version),
            circle,
            known_plugins: Vec::new(),
            known_interfaces: Vec::new(),
        };
        if any_missing {
            ledger.known_plugins = index.ids.iter().map(|&id| id.clone()).collect();
            let manifests = index.world.candidates.iter().map(|candidate| &candidate.manifest);
            let provided = manifests.flat_map(|manifest| {
                manifest.provides.keys().map(|interface| (interface.clone(), manifest.id.clone()))
            });
            ledger.known_interfaces = provided.collect();
            ledger.known_interfaces.sort_unstable();
            ledger.known_interfaces.dedup();
        }
        (ledger, entry_of)
    }

    /// All that stands against an entry, said of `subject`.
    pub(super) fn reasons(
        &self,
        entry: u32,
        subject: &str,
        seen: &mut Map<u32, ()>,
        depth: usize,
    ) -> Vec<Reason> {
        self.reasons_within(NONE, entry, subject, seen, depth)
    }

    /// The same, without the circle that was told already.
    fn reasons_within(
        &self,
        told: u32,
        entry: u32,
        subject: &str,
        seen: &mut Map<u32, ()>,
        depth: usize,
    ) -> Vec<Reason> {
        seen.insert(entry, ());
        let mut reasons = Vec::new();
        for cause in &self.entries[entry as usize].causes {
            match cause {
                Cause::Host(host) => reasons.push(Reason::plain(format!(
                    "{subject} is made for host {host}, this host is {}",
                    self.host
                ))),
                Cause::Unmet { what, version, found } => {
                    let mut because = Vec::new();
                    let mut circular = false;
                    for found in found {
                        let circle = self.circle[entry as usize];
                        if circle != NONE && circle == told && self.is_within(circle, found) {
                            circular = true;
                        } else if let Some(path) = self.circle_through(entry, found) {
                            reasons.push(Reason::plain(format!("{subject} needs itself: {path}")));
                            circular = true;
                        } else {
                            because.extend(self.found(found, seen, depth));
                            continue;
                        }
                        // A member may have further reasons.
                        if let Found::Entry(next) = found
                            && !seen.contains_key(next)
                            && depth + 1 < DEPTH
                        {
                            let name = self.entries[*next as usize].name();
                            because.extend(self.reasons_within(circle, *next, &name, seen, depth + 1));
                        }
                    }
                    if found.is_empty() {
                        because.push(Reason::plain(self.missing(entry, what)));
                    }
                    if !circular || !because.is_empty() {
                        reasons.push(Reason { text: format!("{subject} needs {what} {version}"), because });
                    }
                }
                Cause::Outvoted(proof) => {
                    let mut look_up = |entry| self.found(&Found::Entry(entry), seen, depth);
                    reasons.extend(proof.reasons_for(subject, &mut look_up));
                }
            }
        }
        reasons
    }

    fn is_within(&self, circle: u32, found: &Found) -> bool {
        matches!(found, Found::Entry(next) if self.circle[*next as usize] == circle)
    }

    fn found(&self, found: &Found, seen: &mut Map<u32, ()>, depth: usize) -> Vec<Reason> {
        match found {
            Found::Other(text) => vec![Reason::plain(format!("only {text} is here"))],
            Found::Excluded { id, why } => vec![Reason::plain(format!("`{id}` {why}"))],
            Found::Itself => Vec::new(),
            Found::Entry(next) => {
                let name = self.entries[*next as usize].name();
                if seen.contains_key(next) {
                    vec![Reason::plain(format!("{name} can not run, as said above"))]
                } else if depth + 1 >= DEPTH {
                    vec![Reason::plain(format!("{name} can not run; {}", self.in_the_end(*next)))]
                } else {
                    self.reasons(*next, &name, seen, depth + 1)
                }
            }
        }
    }

    fn missing(&self, entry: u32, what: &What) -> String {
        match self.meant(entry, what) {
            Some(meant) => format!("{what} is not here; did you mean `{meant}`?"),
            None => format!("{what} is not here"),
        }
    }

    /// The near name, of a plugin other than the one that asks, or of an interface that another one provides.
    fn meant(&self, entry: u32, what: &What) -> Option<&str> {
        let asker = &self.entries[entry as usize].id;
        match what {
            What::Plugin(id) => {
                let others = self.known_plugins.iter().filter(|other| *other != asker);
                nearest(id.as_str(), others.map(PluginId::as_str))
            }
            What::Interface(id) => {
                let others = self.known_interfaces.iter().filter(|(_, provider)| provider != asker);
                nearest(id.as_str(), others.map(|(interface, _)| interface.as_str()))
            }
        }
    }

    /// The circle that an entry closes through what it found, by names, from itself to itself: the shortest.
    fn circle_through(&self, entry: u32, found: &Found) -> Option<String> {
        let name = |entry: u32| format!("`{}`", self.entries[entry as usize].id);
        let first = match found {
            Found::Itself => return Some(format!("{} → {}", name(entry), name(entry))),
            Found::Entry(first) if self.circle[entry as usize] != NONE => *first,
            _ => return None,
        };
        if self.circle[first as usize] != self.circle[entry as usize] {
            return None;
        }
        let mut from: Map<u32, u32> = Map::default();
        let mut queue = VecDeque::from([first]);
        while let Some(at) = queue.pop_front() {
            if at == entry {
                break;
            }
            for next in self.entries[at as usize].waits_for() {
                if self.circle[next as usize] == self.circle[entry as usize] && !from.contains_key(&next) {
                    from.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        let mut names = vec![name(entry)];
        let mut at = entry;
        while at != first {
            at = *from.get(&at)?;
            names.push(name(at));
        }
        names.push(name(entry));
        names.reverse();
        Some(names.join(" → "))
    }

    /// The entry at which a chain of reasons ends, and the cause there.
    fn root(&self, entry: u32) -> (u32, &Cause) {
        let mut seen: Map<u32, ()> = Map::default();
        let mut at = entry;
        loop {
            seen.insert(at, ());
            let cause = &self.entries[at as usize].causes[0];
            let Cause::Unmet { found, .. } = cause else { return (at, cause) };
            match found.first() {
                Some(Found::Entry(next))
                    if !seen.contains_key(next)
                        && (self.circle[at as usize] == NONE
                            || self.circle[at as usize] != self.circle[*next as usize]) =>
                {
                    at = *next;
                }
                _ => return (at, cause),
            }
        }
    }

    /// What is not here at all, of an entry and of those that it waits for; `None` where anything else is wrong with one.
    pub(super) fn missing_alone(&self, entry: u32) -> Option<Vec<String>> {
        let mut missing = Vec::new();
        let mut seen: Map<u32, ()> = Map::default();
        let mut left = vec![entry];
        while let Some(at) = left.pop() {
            if seen.insert(at, ()).is_some() {
                continue;
            }
            for cause in &self.entries[at as usize].causes {
                let Cause::Unmet { what, version, found } = cause else { return None };
                match found.first() {
                    None => missing.push(format!("{what} {version}")),
                    Some(Found::Entry(next)) if self.circle[at as usize] == NONE => left.push(*next),
                    Some(_) => return None,
                }
            }
        }
        missing.sort_unstable();
        missing.dedup();
        Some(missing)
    }

    fn in_the_end(&self, entry: u32) -> String {
        let (root, cause) = self.root(entry);
        format!("in the end `{}` {}", self.entries[root as usize].id, self.clause(root, cause, true))
    }

    /// A cause as one clause; `full` as a predicate, else as a remark.
    fn clause(&self, entry: u32, cause: &Cause, full: bool) -> String {
        match cause {
            Cause::Host(host) => {
                let is = if full { "is " } else { "" };
                format!("{is}made for host {host}, this host is {}", self.host)
            }
            Cause::Outvoted(proof) => proof.summary(),
            Cause::Unmet { what, version, found } => {
                let needs = format!("needs {what} {version}");
                let circle = found.iter().find_map(|found| self.circle_through(entry, found));
                match (circle, found.first()) {
                    (Some(path), _) => format!("needs itself: {path}"),
                    (None, None) => format!("{needs}, which is not here"),
                    (None, Some(Found::Excluded { id, why })) => match what {
                        What::Plugin(_) => format!("{needs}, which {why}"),
                        What::Interface(_) => format!("{needs}, and its provider `{id}` {why}"),
                    },
                    (None, Some(Found::Entry(next))) => {
                        let (root, cause) = self.root(*next);
                        let of = &self.entries[*next as usize];
                        let who = match what {
                            What::Plugin(_) => "it".to_owned(),
                            What::Interface(_) => format!("its provider `{}`", of.id),
                        };
                        let why = self.clause(root, cause, true);
                        if root == *next {
                            format!("{needs}, and {who} can not run: it {why}")
                        } else {
                            let root = &self.entries[root as usize].id;
                            format!("{needs}, and {who} can not run: in the end `{root}` {why}")
                        }
                    }
                    (None, Some(_)) => {
                        let others = found.iter().filter_map(|found| match found {
                            Found::Other(text) => Some(text.as_str()),
                            _ => None,
                        });
                        format!("{needs}, and only {} is here", others.collect::<Vec<_>>().join(", "))
                    }
                }
            }
        }
    }

    pub(super) fn summary(&self, entry: u32) -> String {
        self.clause(entry, &self.entries[entry as usize].causes[0], false)
    }

    pub(super) fn help(&self, entry: u32) -> String {
        let (root, cause) = self.root(entry);
        let id = &self.entries[root as usize].id;
        match cause {
            Cause::Host(host) => {
                format!("use a version of `{id}` that is made for {}, or a host of {host}", self.host)
            }
            Cause::Outvoted(proof) => proof.help.clone(),
            Cause::Unmet { what, version, found } => {
                if found.iter().any(|found| self.circle_through(root, found).is_some()) {
                    return "make one requirement of the circle optional, or take it out".into();
                }
                match (found.first(), what) {
                    (None, What::Plugin(missing)) => match self.meant(root, what) {
                        Some(meant) => format!(
                            "write `{meant}` in `{id}` if that is meant, or install `{missing}` {version}"
                        ),
                        None => format!("install `{missing}` {version}"),
                    },
                    (None, What::Interface(missing)) => match self.meant(root, what) {
                        Some(meant) => {
                            format!(
                                "write `{meant}` in `{id}` if that is meant, or install a plugin that provides `{missing}` {version}"
                            )
                        }
                        None => format!("install a plugin that provides `{missing}` {version}"),
                    },
                    (Some(Found::Excluded { id, .. }), _) => {
                        format!("let `{id}` run: `keyway why {id}` says how")
                    }
                    (_, What::Plugin(other)) => {
                        format!("install `{other}` {version}, or a version of `{id}` that takes what is here")
                    }
                    (_, What::Interface(other)) => {
                        format!(
                            "install a plugin that provides `{other}` {version}, or a version of `{id}` that takes what is here"
                        )
                    }
                }
            }
        }
    }
}

impl Entry {
    fn waits_for(&self) -> impl Iterator<Item = u32> + '_ {
        let found = self.causes.iter().flat_map(|cause| match cause {
            Cause::Unmet { found, .. } => found.as_slice(),
            _ => &[],
        });
        found.filter_map(|found| match found {
            Found::Entry(entry) => Some(*entry),
            _ => None,
        })
    }
}

/// Numbers the circles in which entries wait for one another.
fn circles(entries: &[Entry]) -> Vec<u32> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(entries.len(), entries.len());
    for _ in entries {
        graph.add_node(());
    }
    for (n, entry) in entries.iter().enumerate() {
        for other in entry.waits_for() {
            graph.add_edge(NodeIndex::new(n), NodeIndex::new(other as usize), ());
        }
    }
    let mut circle = vec![NONE; entries.len()];
    for (number, members) in (0..).zip(kosaraju_scc(&graph)) {
        if members.len() > 1 {
            for member in members {
                circle[member.index()] = number;
            }
        }
    }
    circle
}

struct Writer<'a, 'w> {
    index: &'a Index<'w>,
    choice: &'a Choice,
    entry_of: &'a [u32],
}

impl Writer<'_, '_> {
    fn unmet(&self, slot: u32) -> Vec<Cause> {
        let index = self.index;
        // Of those that went out while decisions were made, only who went before is a cause.
        let went = |slot: u32| self.choice.went[slot as usize];
        let stood =
            |helper: u32| self.choice.live[helper as usize] || went(slot) > 0 && went(helper) > went(slot);
        let lacks = |&demand: &u32| !index.helpers(slot, demand).any(stood);
        index
            .musts(slot)
            .filter(lacks)
            .map(|demand| {
                let demand = &index.demands[demand as usize];
                let (what, found) = match demand.target {
                    Target::Plugin(id) => (What::Plugin(id.clone()), self.plugin(slot, id, demand.version)),
                    Target::Interface(id) => {
                        (What::Interface(id.clone()), self.interface(slot, id, demand.version))
                    }
                };
                Cause::Unmet { what, version: demand.version.clone(), found }
            })
            .collect()
    }

    fn plugin(&self, slot: u32, plugin: &PluginId, wanted: &VersionReq) -> Vec<Found> {
        let index = self.index;
        let Some(&id) = index.id_of.get(plugin.as_str()) else { return self.not_found(plugin) };
        if id == index.slot_id[slot as usize] {
            return vec![Found::Itself];
        }
        if index.excluded[id as usize] {
            return self.not_found(plugin);
        }
        let slots = index.slots_of(id).rev();
        let (fit, other): (Vec<u32>, Vec<u32>) = slots.partition(|&s| wanted.matches(index.version(s)));
        if fit.is_empty() {
            let words = |&s: &u32| format!("{} ({})", index.version(s), place(index.source(s)));
            return other.iter().map(|s| Found::Other(words(s))).collect();
        }
        fit.into_iter().map(|s| Found::Entry(self.entry_of[s as usize])).collect()
    }

    /// What is known of a plugin that no candidate may stand for.
    fn not_found(&self, plugin: &PluginId) -> Vec<Found> {
        let excluded = self.index.world.excluded.get(plugin);
        excluded.map(|why| Found::Excluded { id: plugin.clone(), why: why.clone() }).into_iter().collect()
    }

    fn interface(&self, slot: u32, interface: &InterfaceId, wanted: &VersionReq) -> Vec<Found> {
        let index = self.index;
        let (mut found, mut other, mut own) = (Vec::new(), Vec::new(), false);
        for &(s, provided) in index.providers.get(interface.as_str()).into_iter().flatten() {
            let id = index.slot_id[s as usize];
            if id == index.slot_id[slot as usize] {
                own = true;
            } else if !wanted.matches(provided) {
                let (name, place) = (index.ids[id as usize], place(index.source(s)));
                other.push(Found::Other(format!("{provided} of `{name}` {} ({place})", index.version(s))));
            } else if !index.excluded[id as usize] {
                found.push(Found::Entry(self.entry_of[s as usize]));
            } else if let Some(why) = index.world.excluded.get(index.ids[id as usize].as_str()) {
                let id = index.ids[id as usize].clone();
                found.push(Found::Excluded { id, why: why.clone() });
            }
        }
        match (found.is_empty(), other.is_empty(), own) {
            (false, ..) => found,
            (_, false, _) => other,
            (.., true) => vec![Found::Itself],
            _ => Vec::new(),
        }
    }
}
