use super::*;

const WORLD: &str = r#"
    id = "t/app"
    version = "1.0.0"
    requires."t/mid" = "*"
    requires."t/base" = "*"
    requires."t/theme" = { version = "*", optional = true }
    ---
    id = "t/mid"
    version = "1.1.0"
    requires."t/base" = "*"
    ---
    id = "t/other"
    version = "1.0.0"
    requires."t/mid" = "*"
    ---
    id = "t/base"
    version = "2.0.0"
    ---
    id = "t/theme"
    version = "1.0.0"
    ---
    id = "t/out"
    version = "0.1.0"
    host = "^2"
    "#;

#[track_caller]
fn check(of: Option<&str>, grow: Grow, tree: &str) {
    let mut candidates = world_of(WORLD);
    for _ in 0..2 {
        with(&candidates, &[], |world, resolution| {
            let of = of.map(|id| PluginId::new(id).unwrap());
            let expected: Vec<&str> = tree.lines().skip(1).map(|line| line.get(8..).unwrap_or("")).collect();
            assert_eq!(resolution.tree(world, of.as_ref(), grow).unwrap(), expected.join("\n"));
        });
        candidates.reverse();
    }
}

#[test]
fn the_tree_unfolds_what_each_plugin_needs() {
    check(
        None,
        Grow::Needs,
        "
        t/app 1.0.0
        ├── t/base 2.0.0
        ├── t/mid 1.1.0
        │   └── t/base 2.0.0
        └── t/theme 1.0.0 (optional)
        t/other 1.0.0
        └── t/mid 1.1.0 (*)
        t/out 0.1.0 refused: made for host ^2, this host is `toolbox` 1.0.0
        ",
    );
}

#[test]
fn the_tree_upside_down_unfolds_who_needs_a_plugin() {
    check(
        Some("t/base"),
        Grow::NeededBy,
        "
        t/base 2.0.0
        ├── t/app 1.0.0
        └── t/mid 1.1.0
            ├── t/app 1.0.0
            └── t/other 1.0.0
        ",
    );
}

#[test]
fn a_plugin_that_does_not_run_has_no_tree() {
    with(&world_of(WORLD), &[], |world, resolution| {
        assert_eq!(resolution.tree(world, Some(&PluginId::new("t/out").unwrap()), Grow::Needs), None);
    });
}

#[test]
fn the_picture_has_a_dashed_arrow_for_what_is_optional_and_a_grey_box_for_what_is_refused() {
    with(&world_of(WORLD), &[], |world, resolution| {
        assert_eq!(
            resolution.dot(world),
            r#"digraph {
    0 [ shape=box label="t/base\n2.0.0"]
    1 [ shape=box label="t/mid\n1.1.0"]
    2 [ shape=box label="t/other\n1.0.0"]
    3 [ shape=box label="t/theme\n1.0.0"]
    4 [ shape=box label="t/app\n1.0.0"]
    5 [ shape=box label="t/out\n0.1.0" style=dashed color=gray fontcolor=gray]
    1 -> 0 [ ]
    2 -> 1 [ ]
    4 -> 0 [ ]
    4 -> 1 [ ]
    4 -> 3 [ style=dashed]
}
"#
        );
    });
}
