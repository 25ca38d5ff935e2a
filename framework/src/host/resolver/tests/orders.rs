use petgraph::graph::NodeIndex;

use super::*;

/// Orders nodes 0 to 9 by edges `waiting>target` (a need) and `waiting~target` (a preference), as given and with the
/// edges reversed; checks sequence, given up preferences and circles.
#[track_caller]
fn check(count: usize, edges: &str, sequence: &str, dropped: &str, cycles: &str) {
    let mut edges: Vec<&str> = edges.split_whitespace().collect();
    for _ in 0..2 {
        let mut links = Links::new();
        for n in 0..count {
            links.add_node(n);
        }
        for edge in &edges {
            let node = |at: usize| NodeIndex::new(usize::from(edge.as_bytes()[at] - b'0'));
            let link = if edge.as_bytes()[1] == b'>' { Link::Needs } else { Link::After };
            links.add_edge(node(0), node(2), link);
        }
        let ordered = order(&links);
        let row = |nodes: &[NodeIndex]| nodes.iter().map(|n| n.index().to_string()).collect::<String>();
        assert_eq!(row(&ordered.sequence), sequence);
        let told: Vec<String> =
            ordered.dropped.iter().map(|(a, b)| format!("{}~{}", a.index(), b.index())).collect();
        assert_eq!(told.join(" "), dropped);
        assert_eq!(ordered.cycles.iter().map(|c| row(c)).collect::<Vec<_>>().join(" "), cycles);
        edges.reverse();
    }
}

#[test]
fn among_equals_the_smaller_number_comes_first() {
    check(4, "", "0123", "", "");
    check(4, "0>3 1>2", "2130", "", "");
    check(4, "0~3 1~2", "2130", "", "");
}

#[test]
fn a_circle_of_preferences_is_opened_at_its_first_member() {
    check(3, "0~1 1~2 2~0", "021", "0~1", "");
    check(3, "0>1 1~2 2~0", "102", "1~2", "");
    check(2, "0~0 1~0", "01", "0~0", "");
}

#[test]
fn a_preference_outside_the_circle_is_kept() {
    check(4, "0~1 1~2 2~3 3~2", "2103", "2~3", "");
}

#[test]
fn circles_of_needs_are_reported_whole_and_hold_up_only_those_that_need_them() {
    check(6, "0>1 1>2 2>0 3>1 4>5", "54", "", "012");
    check(5, "0>1 1>0 2>3 3>2 4~0", "", "", "01 23");
    check(1, "0>0", "", "", "0");
}

#[test]
fn thousands_of_interlocked_circles_take_no_more_than_linear_time() {
    let mut links = Links::new();
    let nodes: Vec<_> = (0..100_000).map(|n| links.add_node(n)).collect();
    for pair in nodes.windows(2) {
        links.add_edge(pair[0], pair[1], Link::After);
        links.add_edge(pair[1], pair[0], Link::After);
    }
    let ordered = order(&links);
    assert_eq!(ordered.sequence, nodes);
    assert_eq!(ordered.dropped.len(), 99_999);
}
