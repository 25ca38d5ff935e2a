//! The plan as a picture: for Graphviz, and as a tree of text.

use std::collections::BTreeSet;

use petgraph::dot::{Config, Dot};
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Link, Resolution, Step, World};
use crate::id::PluginId;
use crate::manifest::Manifest;

/// Which way a tree of text grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grow {
    /// From a plugin to what it needs.
    Needs,
    /// From a plugin to those that need it.
    NeededBy,
}

impl Resolution {
    /// The plan for Graphviz: an arrow from a plugin to what it needs, dashed to what it only prefers; refused plugins
    /// grey and dashed. Nodes in start order, then refused ones by id.
    ///
    /// **Source:** <https://graphviz.org/doc/info/lang.html>
    pub fn dot(&self, world: &World<'_>) -> String {
        let mut graph: DiGraph<(String, bool), Link> = DiGraph::new();
        for step in &self.plan.steps {
            let manifest = &world.candidates[step.candidate].manifest;
            graph.add_node((format!("{}\\n{}", manifest.id, manifest.version), true));
        }
        for refused in self.refused.values() {
            graph.add_node((format!("{}\\n{}", refused.id(), refused.version()), false));
        }
        for (n, step) in self.plan.steps.iter().enumerate() {
            for (others, link) in [(&step.needs, Link::Needs), (&step.after, Link::After)] {
                for &other in others {
                    graph.add_edge(NodeIndex::new(n), NodeIndex::new(other), link);
                }
            }
        }
        let edge = |_, edge: petgraph::graph::EdgeReference<'_, Link>| match edge.weight() {
            Link::Needs => String::new(),
            Link::After => "style=dashed".into(),
        };
        let node = |_, (_, (label, runs)): (NodeIndex, &(String, bool))| {
            let style = if *runs { "" } else { " style=dashed color=gray fontcolor=gray" };
            format!("shape=box label=\"{label}\"{style}")
        };
        let config = [Config::NodeNoLabel, Config::EdgeNoLabel];
        format!("{:?}", Dot::with_attr_getters(&graph, &config, &edge, &node))
    }

    /// The plan as indented text: all of it, or from one plugin; `None` where that plugin does not run. What a plugin
    /// only prefers is marked `(optional)`; what was shown before is marked `(*)` and not unfolded again. The whole
    /// ends with the refused plugins and their reasons, one a line.
    pub fn tree(&self, world: &World<'_>, of: Option<&PluginId>, grow: Grow) -> Option<String> {
        let steps = &self.plan.steps;
        let manifest = |step: usize| -> &Manifest { &world.candidates[steps[step].candidate].manifest };
        let branches = branches(steps, grow);
        let roots: Vec<usize> = match of {
            Some(id) => vec![(0..steps.len()).find(|&step| manifest(step).id == *id)?],
            None => {
                let mut inner = vec![false; steps.len()];
                for &(step, _) in branches.iter().flatten() {
                    inner[step] = true;
                }
                let mut roots: Vec<usize> = (0..steps.len()).filter(|&step| !inner[step]).collect();
                roots.sort_by_key(|&step| &manifest(step).id);
                roots
            }
        };
        let mut out = String::new();
        let mut shown = BTreeSet::new();
        // Of each line to come: the plugin, whether it is only preferred, and the strokes before it.
        let mut lines: Vec<(usize, Link, String, &str)> =
            roots.into_iter().rev().map(|root| (root, Link::Needs, String::new(), "")).collect();
        while let Some((step, link, strokes, stroke)) = lines.pop() {
            let Manifest { id, version, .. } = manifest(step);
            let again = !shown.insert(step) && !branches[step].is_empty();
            let optional = if link == Link::After { " (optional)" } else { "" };
            let star = if again { " (*)" } else { "" };
            out.push_str(&format!("{strokes}{stroke}{id} {version}{optional}{star}\n"));
            if again {
                continue;
            }
            let strokes = match stroke {
                "" => strokes,
                "├── " => strokes + "│   ",
                _ => strokes + "    ",
            };
            let mut below = branches[step].clone();
            below.sort_by_key(|&(other, link)| (link, &manifest(other).id));
            for (n, (other, link)) in below.into_iter().rev().enumerate() {
                lines.push((other, link, strokes.clone(), if n == 0 { "└── " } else { "├── " }));
            }
        }
        if of.is_none() {
            for refused in self.refused.values() {
                out.push_str(&format!(
                    "{} {} refused: {}\n",
                    refused.id(),
                    refused.version(),
                    refused.summary()
                ));
            }
        }
        Some(out)
    }
}

fn branches(steps: &[Step], grow: Grow) -> Vec<Vec<(usize, Link)>> {
    let mut branches = vec![Vec::new(); steps.len()];
    for (n, step) in steps.iter().enumerate() {
        let needs = step.needs.iter().map(|&other| (other, Link::Needs));
        for (other, link) in needs.chain(step.after.iter().map(|&other| (other, Link::After))) {
            match grow {
                Grow::Needs => branches[n].push((other, link)),
                Grow::NeededBy => branches[other].push((n, link)),
            }
        }
    }
    branches
}
