//! When each starts: what is needed first, and among equals the one of smaller number.
//!
//! The numbers are the caller's precedence. A link that must hold and a link that is only preferred are different
//! edges of one petgraph graph; a circle that has a preferred link in it is opened there, any other is reported.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

/// What an edge of [`Links`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// The source can not run without the target.
    Needs,
    /// The source prefers to start after the target.
    After,
}

/// Who comes after whom: nodes in order of precedence, edges from the one that waits to what it waits for.
pub type Links = DiGraph<usize, Link>;

/// The outcome of [`order`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordered {
    /// The nodes in start order; without those that are in a circle of needs, or need one that is.
    pub sequence: Vec<NodeIndex>,
    /// The preferences that had to be given up, ascending.
    pub dropped: Vec<(NodeIndex, NodeIndex)>,
    /// Every circle of needs: its members ascending, the circles by their first members.
    pub cycles: Vec<Vec<NodeIndex>>,
}

/// How often circles are looked for one by one before the rest are opened all at once. It keeps the time linear where
/// thousands of circles hang in one another.
const ROUNDS: usize = 32;

/// Orders the nodes: each after all its needs and, where no circle forbids it, after all it prefers; of the nodes that
/// could come next, the one with the smallest index.
///
/// Circles are opened by this rule: in every strongly connected group, the first member that needs no other member
/// gives up its preferences for members. After 32 such rounds, every preference against the order of needs alone is
/// given up.
///
/// Time: linear in nodes and edges, but for the heap of nodes that are ready.
pub fn order(links: &Links) -> Ordered {
    let mut line = Line::new(links);
    let mut cycles = Vec::new();
    for round in 0.. {
        line.advance();
        if line.sequence.len() == links.node_count() {
            break;
        }
        if round == ROUNDS {
            line.open_all();
            continue;
        }
        let groups = line.groups();
        let opened = groups.iter().filter(|group| line.open(group)).count();
        if opened == 0 {
            cycles = groups;
            break;
        }
    }
    let mut dropped: Vec<_> = links
        .edge_references()
        .filter(|edge| line.dropped.get(edge.id().index()).is_some_and(|&dropped| dropped))
        .map(|edge| (edge.source(), edge.target()))
        .collect();
    dropped.sort_unstable();
    Ordered { sequence: line.sequence, dropped, cycles }
}

struct Line<'a> {
    links: &'a Links,
    /// The edges into each node: those of node `n` are `into[first[n]..first[n + 1]]`, as source and kind.
    first: Vec<u32>,
    into: Vec<(u32, Link)>,
    /// How many edges of each node still wait, and how many of these are needs.
    waits: Vec<u32>,
    must: Vec<u32>,
    done: Vec<bool>,
    ready: BinaryHeap<Reverse<u32>>,
    sequence: Vec<NodeIndex>,
    /// By edge; empty as long as none is.
    dropped: Vec<bool>,
}

impl<'a> Line<'a> {
    fn new(links: &'a Links) -> Self {
        let count = links.node_count();
        let mut first = vec![0u32; count + 1];
        let (mut waits, mut must) = (vec![0u32; count], vec![0u32; count]);
        for edge in links.raw_edges() {
            first[edge.target().index() + 1] += 1;
            waits[edge.source().index()] += 1;
            must[edge.source().index()] += u32::from(edge.weight == Link::Needs);
        }
        for node in 0..count {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut into = vec![(0, Link::After); links.edge_count()];
        for edge in links.raw_edges() {
            let place = &mut next[edge.target().index()];
            into[*place as usize] = (edge.source().index() as u32, edge.weight);
            *place += 1;
        }
        let ready = (0..count as u32).filter(|&n| waits[n as usize] == 0).map(Reverse).collect();
        let sequence = Vec::with_capacity(count);
        Self {
            links,
            first,
            into,
            waits,
            must,
            done: vec![false; count],
            ready,
            sequence,
            dropped: Vec::new(),
        }
    }

    /// Takes all that can be taken.
    fn advance(&mut self) {
        while let Some(Reverse(node)) = self.ready.pop() {
            self.done[node as usize] = true;
            self.sequence.push(NodeIndex::new(node as usize));
            let edges = self.first[node as usize] as usize..self.first[node as usize + 1] as usize;
            // An edge that was dropped belongs to a source that no longer waits for anything here.
            for &(source, link) in &self.into[edges] {
                if self.done[source as usize] || self.gave_up(source, node, link) {
                    continue;
                }
                self.waits[source as usize] -= 1;
                self.must[source as usize] -= u32::from(link == Link::Needs);
                if self.waits[source as usize] == 0 {
                    self.ready.push(Reverse(source));
                }
            }
        }
    }

    fn gave_up(&self, source: u32, target: u32, link: Link) -> bool {
        if self.dropped.is_empty() || link == Link::Needs {
            return false;
        }
        let (source, target) = (NodeIndex::new(source as usize), NodeIndex::new(target as usize));
        self.links.edges_connecting(source, target).any(|edge| self.dropped[edge.id().index()])
    }

    /// The circles among what is left, smallest members first.
    fn groups(&self) -> Vec<Vec<NodeIndex>> {
        let rest = self.links.filter_map(
            |node, _| (!self.done[node.index()]).then_some(node),
            |edge, link| (!self.dropped.get(edge.index()).is_some_and(|&dropped| dropped)).then_some(*link),
        );
        let mut groups: Vec<Vec<NodeIndex>> = kosaraju_scc(&rest)
            .into_iter()
            .filter(|group| group.len() > 1 || rest.contains_edge(group[0], group[0]))
            .map(|group| {
                let mut group: Vec<_> = group.into_iter().map(|node| rest[node]).collect();
                group.sort_unstable();
                group
            })
            .collect();
        groups.sort_unstable();
        groups
    }

    /// Lets the first member that needs no other member start before those it only prefers. Says whether there was one.
    fn open(&mut self, group: &[NodeIndex]) -> bool {
        let links = self.links;
        let inside = |node: NodeIndex| group.binary_search(&node).is_ok();
        let free = |&member: &NodeIndex| {
            links.edges(member).all(|edge| *edge.weight() == Link::After || !inside(edge.target()))
        };
        let Some(member) = group.iter().copied().find(free) else { return false };
        for edge in links.edges(member) {
            if inside(edge.target()) {
                self.give_up(edge.source(), edge.id().index());
            }
        }
        true
    }

    /// Gives up every preference that goes against the order of needs alone.
    fn open_all(&mut self) {
        let needs = self.links.filter_map(
            |node, _| (!self.done[node.index()]).then_some(node.index()),
            |_, link| (*link == Link::Needs).then_some(*link),
        );
        let mut place = vec![usize::MAX; self.links.node_count()];
        for (n, node) in order(&needs).sequence.into_iter().enumerate() {
            place[needs[node]] = n;
        }
        let links = self.links;
        for edge in links.edge_references().filter(|edge| *edge.weight() == Link::After) {
            let (source, target) = (edge.source().index(), edge.target().index());
            if !self.done[source] && !self.done[target] && place[target] >= place[source] {
                self.give_up(edge.source(), edge.id().index());
            }
        }
    }

    fn give_up(&mut self, source: NodeIndex, edge: usize) {
        self.dropped.resize(self.links.edge_count(), false);
        if !std::mem::replace(&mut self.dropped[edge], true) {
            self.waits[source.index()] -= 1;
            if self.waits[source.index()] == 0 {
                self.ready.push(Reverse(source.index() as u32));
            }
        }
    }
}
