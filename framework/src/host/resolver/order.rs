//! When each starts: what is needed first, and among equals the one of smaller number.
//!
//! The numbers are the caller's precedence. A link that must hold and a link that is only preferred are different
//! edges of one petgraph graph; a circle that has a preferred link in it is opened there, any other is reported.

use petgraph::Direction;
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
/// Time: linear in nodes and edges.
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
    /// How many links of each node still wait.
    waits: Vec<u32>,
    ready: Ready,
    sequence: Vec<NodeIndex>,
    /// By edge; empty as long as none is.
    dropped: Vec<bool>,
}

impl<'a> Line<'a> {
    fn new(links: &'a Links) -> Self {
        let count = links.node_count();
        let mut waits = vec![0u32; count];
        for edge in links.raw_edges() {
            waits[edge.source().index()] += 1;
        }
        let mut ready = Ready::new(count);
        for (node, _) in waits.iter().enumerate().filter(|(_, waits)| **waits == 0) {
            ready.push(node);
        }
        Self { links, waits, ready, sequence: Vec::with_capacity(count), dropped: Vec::new() }
    }

    /// Takes all that can be taken.
    fn advance(&mut self) {
        while let Some(node) = self.ready.pop() {
            let node = NodeIndex::new(node);
            self.sequence.push(node);
            for edge in self.links.edges_directed(node, Direction::Incoming) {
                // Who gave this up no longer waits for it.
                if self.dropped.get(edge.id().index()).is_some_and(|&dropped| dropped) {
                    continue;
                }
                let source = edge.source().index();
                self.waits[source] -= 1;
                if self.waits[source] == 0 {
                    self.ready.push(source);
                }
            }
        }
    }

    fn done(&self) -> Vec<bool> {
        let mut done = vec![false; self.links.node_count()];
        for node in &self.sequence {
            done[node.index()] = true;
        }
        done
    }

    /// The circles among what is left, smallest members first.
    fn groups(&self) -> Vec<Vec<NodeIndex>> {
        let done = self.done();
        let rest = self.links.filter_map(
            |node, _| (!done[node.index()]).then_some(node),
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
        let done = self.done();
        let needs = self.links.filter_map(
            |node, _| (!done[node.index()]).then_some(node.index()),
            |_, link| (*link == Link::Needs).then_some(*link),
        );
        let mut place = vec![usize::MAX; self.links.node_count()];
        for (n, node) in order(&needs).sequence.into_iter().enumerate() {
            place[needs[node]] = n;
        }
        let links = self.links;
        for edge in links.edge_references().filter(|edge| *edge.weight() == Link::After) {
            let (source, target) = (edge.source().index(), edge.target().index());
            if !done[source] && !done[target] && place[target] >= place[source] {
                self.give_up(edge.source(), edge.id().index());
            }
        }
    }

    fn give_up(&mut self, source: NodeIndex, edge: usize) {
        self.dropped.resize(self.links.edge_count(), false);
        if !std::mem::replace(&mut self.dropped[edge], true) {
            self.waits[source.index()] -= 1;
            if self.waits[source.index()] == 0 {
                self.ready.push(source.index());
            }
        }
    }
}

/// The nodes that can come next, smallest first: a bit each, and above every 64 bits one that says whether any is set.
/// So taking the smallest costs one look a level, of which a hundred thousand nodes have three.
struct Ready {
    levels: Vec<Vec<u64>>,
}

impl Ready {
    fn new(count: usize) -> Self {
        let mut levels = vec![vec![0; count.div_ceil(64).max(1)]];
        while let Some(last) = levels.last().map(Vec::len).filter(|&last| last > 1) {
            levels.push(vec![0; last.div_ceil(64)]);
        }
        Self { levels }
    }

    fn push(&mut self, node: usize) {
        let mut at = node;
        for level in &mut self.levels {
            let word = &mut level[at / 64];
            let known = *word != 0;
            *word |= 1 << (at % 64);
            if known {
                break;
            }
            at /= 64;
        }
    }

    fn pop(&mut self) -> Option<usize> {
        let mut at = 0;
        for level in self.levels.iter().rev() {
            let word = level[at];
            if word == 0 {
                return None;
            }
            at = at * 64 + word.trailing_zeros() as usize;
        }
        let mut rest = at;
        for level in &mut self.levels {
            let word = &mut level[rest / 64];
            *word &= *word - 1;
            if *word != 0 {
                break;
            }
            rest /= 64;
        }
        Some(at)
    }
}
