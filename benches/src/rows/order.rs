//! The order in which many plugins start, against petgraph's topological sort of the same graph, which knows no
//! precedence, reports one circle at most and opens none.

use std::hint::black_box;

use keyway::host::resolver::{Link, Links, order};
use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;

use crate::measure::{Line, Row, Unit};

/// A thousand manifests.
pub fn thousand() -> Row {
    row("order of 1,000 manifests", 1_000)
}

/// Ten thousand.
pub fn ten_thousand() -> Row {
    row("order of 10,000 manifests", 10_000)
}

/// A hundred thousand.
pub fn hundred_thousand() -> Row {
    row("order of 100,000 manifests", 100_000).rounds(25)
}

/// Floor: `petgraph::algo::toposort`.
fn row(name: &str, count: usize) -> Row {
    let links: &'static Links = Box::leak(Box::new(links(count)));
    let sorted = move |_| toposort(black_box(links), None).expect("there is no circle").len();
    let ordered = move |_| order(black_box(links)).sequence.len();
    Row::new(name, Unit::Nanoseconds)
        .target(1.3)
        .floor(Line::call("`petgraph::algo::toposort`", &count, sorted, |length| length))
        .contestant(Line::call("the floor once more", &count, sorted, |length| length))
        .contestant(Line::call("Keyway", &count, ordered, |length| length))
}

/// Plugins of which each needs up to three of those that come before it in some order that is not that of their ids.
fn links(count: usize) -> Links {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut dice = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut places: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        places.swap(last, dice(last + 1));
    }
    let mut links = Links::new();
    for place in 0..count {
        links.add_node(place);
    }
    for n in 1..count {
        for _ in 0..dice(4) {
            let other = places[dice(n)];
            links.add_edge(NodeIndex::new(places[n]), NodeIndex::new(other), Link::Needs);
        }
    }
    links
}
