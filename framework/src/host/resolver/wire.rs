//! From the chosen candidates to a plan: who needs whom, and in which order they start.

use std::cmp::Reverse;

use petgraph::graph::NodeIndex;

use super::choose::Choice;
use super::index::{Index, NONE};
use super::order::{Link, Links, Ordered, order};
use super::{Plan, Step};

pub(super) fn plan(index: &Index<'_>, choice: &Choice) -> Plan {
    let mut wires = Wires::new(index, choice);
    let mut links = wires.links(|_| None);
    let mut ordered = order(&links);
    if ordered.sequence.len() < links.node_count() {
        // The providers of highest rank wait for one another. Where that is so, each takes one that starts before it
        // when everything starts as early as it can: there is one, or it would not have been chosen.
        let position = index.startable(|slot| choice.chosen[index.slot_id[slot as usize] as usize] == slot);
        let mut stuck = vec![true; links.node_count()];
        for node in &ordered.sequence {
            stuck[node.index()] = false;
        }
        links = wires.links(|node| stuck[node as usize].then_some(&position));
        ordered = order(&links);
    }
    steps(index, &wires.slots, &links, &ordered)
}

struct Wires<'i, 'w> {
    index: &'i Index<'w>,
    /// By node; nodes are numbered by precedence.
    slots: Vec<u32>,
    /// By slot.
    node: Vec<u32>,
    row: Vec<(u32, Link)>,
}

impl<'i, 'w> Wires<'i, 'w> {
    fn new(index: &'i Index<'w>, choice: &Choice) -> Self {
        let slots: Vec<u32> = choice.chosen.iter().copied().filter(|&slot| slot != NONE).collect();
        let mut node = vec![NONE; index.slot_id.len()];
        for (n, &slot) in (0..).zip(&slots) {
            node[slot as usize] = n;
        }
        Self { index, slots, node, row: Vec::new() }
    }

    /// The links of all that run. `early` gives positions for a node that may only use providers before its own.
    fn links<'p>(&mut self, early: impl Fn(u32) -> Option<&'p Vec<u32>>) -> Links {
        let mut links = Links::with_capacity(self.slots.len(), self.slots.len() * 2);
        for &slot in &self.slots {
            links.add_node(self.index.candidate[slot as usize] as usize);
        }
        for n in 0..self.slots.len() as u32 {
            let slot = self.slots[n as usize];
            for need in self.index.needs(slot) {
                let running = |&other: &u32| self.node[other as usize] != NONE;
                let helpers = self.index.helpers(slot, need.demand).filter(running);
                let best = if need.optional { None } else { self.best(slot, need.demand, early(n)) };
                self.row.extend(helpers.map(|helper| {
                    let link = if best == Some(helper) { Link::Needs } else { Link::After };
                    (self.node[helper as usize], link)
                }));
            }
            // Needs sort before preferences, so that of two links between the same two the stronger stays.
            self.row.sort_unstable();
            self.row.dedup_by_key(|(node, _)| *node);
            for (to, link) in self.row.drain(..) {
                links.add_edge(NodeIndex::new(n as usize), NodeIndex::new(to as usize), link);
            }
        }
        links
    }

    /// The one that meets a demand: by rank, then id.
    fn best(&self, slot: u32, demand: u32, early: Option<&Vec<u32>>) -> Option<u32> {
        let index = self.index;
        let running = |&other: &u32| self.node[other as usize] != NONE;
        let mut helpers = index.helpers(slot, demand).filter(running);
        let first = helpers.next()?;
        let Some(second) = helpers.next() else { return Some(first) };
        [first, second]
            .into_iter()
            .chain(helpers)
            .filter(|&other| early.is_none_or(|position| position[other as usize] < position[slot as usize]))
            .min_by_key(|&other| (Reverse(index.manifest(other).rank), &index.manifest(other).id))
    }
}

fn steps(index: &Index<'_>, slots: &[u32], links: &Links, ordered: &Ordered) -> Plan {
    let mut step_of = vec![usize::MAX; slots.len()];
    for (step, node) in ordered.sequence.iter().enumerate() {
        step_of[node.index()] = step;
    }
    let steps = ordered
        .sequence
        .iter()
        .map(|&node| {
            let mut step = Step {
                candidate: index.candidate[slots[node.index()] as usize] as usize,
                needs: Vec::new(),
                after: Vec::new(),
            };
            for (link, to) in links.edges(node).map(|edge| {
                use petgraph::visit::EdgeRef;
                (*edge.weight(), step_of[edge.target().index()])
            }) {
                match link {
                    Link::Needs => step.needs.push(to),
                    // One that was given up points to a later step.
                    Link::After if to < step_of[node.index()] => step.after.push(to),
                    Link::After => {}
                }
            }
            step.needs.sort_unstable();
            step.after.sort_unstable();
            step
        })
        .collect();
    Plan { steps }
}
