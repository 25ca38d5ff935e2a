use super::*;

/// Checks everything that is said of one refused plugin: the tree, the summary, the way out.
#[track_caller]
fn check(world: &str, excluded: &[(&str, &str)], id: &str, tree: &str, summary: &str, help: &str) {
    let candidates = world_of(world);
    outcome(&candidates, excluded);
    with(&candidates, excluded, |_, resolution| {
        let refused = resolution.refused.get(id).unwrap_or_else(|| panic!("{id} runs"));
        let indent = tree.lines().nth(1).map_or(0, |line| line.len() - line.trim_start().len());
        let lines: Vec<&str> =
            tree.lines().skip(1).map(|line| line.get(indent..).unwrap_or_default()).collect();
        assert_eq!(refused.to_string(), lines.join("\n").trim_end());
        assert_eq!(refused.summary(), summary);
        assert_eq!(refused.help(), help);
    });
}

#[test]
fn a_missing_plugin_is_named_with_the_name_that_was_probably_meant() {
    let world = r#"
        id = "toolbox/pydata"
        version = "0.2.1"
        requires."toolbox/tabel" = "^2"
        requires."net/fetch" = "^1"
        ---
        id = "toolbox/table"
        version = "2.0.0"
        "#;
    check(
        world,
        &[],
        "toolbox/pydata",
        "
        `toolbox/pydata` 0.2.1 can not run
        1. it needs `net/fetch` ^1
           1.1 `net/fetch` is not here
        2. it needs `toolbox/tabel` ^2
           2.1 `toolbox/tabel` is not here; did you mean `toolbox/table`?
        ",
        "needs `net/fetch` ^1, which is not here",
        "install `net/fetch` ^1",
    );
    check(
        &world.replace(r#"requires."net/fetch" = "^1""#, ""),
        &[],
        "toolbox/pydata",
        "
        `toolbox/pydata` 0.2.1 can not run
        1. it needs `toolbox/tabel` ^2
           1.1 `toolbox/tabel` is not here; did you mean `toolbox/table`?
        ",
        "needs `toolbox/tabel` ^2, which is not here",
        "write `toolbox/table` in `toolbox/pydata` if that is meant, or install `toolbox/tabel` ^2",
    );
}

#[test]
fn a_version_that_does_not_fit_is_named_with_its_place() {
    check(
        r#"
        id = "toolbox/pydata"
        version = "0.2.1"
        requires."toolbox/table" = "^2"
        ---
        id = "toolbox/table"
        version = "1.9.0"
        at ./plugins/table
        "#,
        &[],
        "toolbox/pydata",
        "
        `toolbox/pydata` 0.2.1 can not run
        1. it needs `toolbox/table` ^2
           1.1 only 1.9.0 (./plugins/table) is here
        ",
        "needs `toolbox/table` ^2, and only 1.9.0 (./plugins/table) is here",
        "install `toolbox/table` ^2, or a version of `toolbox/pydata` that takes what is here",
    );
}

#[test]
fn a_host_that_does_not_fit_is_named_beside_the_one_that_would() {
    check(
        "id = \"t/a\"\nversion = \"1.0.0\"\nhost = \">=2\"",
        &[],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it is made for host >=2, this host is `toolbox` 1.0.0
        ",
        "made for host >=2, this host is `toolbox` 1.0.0",
        "use a version of `t/a` that is made for `toolbox` 1.0.0, or a host of >=2",
    );
}

#[test]
fn a_chain_of_needs_is_told_to_its_end() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/b" = "^1"
        ---
        id = "t/b"
        version = "1.1.0"
        at ./b
        requires."t/c" = "^1"
        ---
        id = "t/c"
        version = "1.2.0"
        at -
        host = "^2"
        "#,
        &[],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it needs `t/b` ^1
           1.1 `t/b` 1.1.0 (./b) needs `t/c` ^1
              1.1.1 `t/c` 1.2.0 (linked in) is made for host ^2, this host is `toolbox` 1.0.0
        ",
        "needs `t/b` ^1, and it can not run: in the end `t/c` is made for host ^2, this host is `toolbox` 1.0.0",
        "use a version of `t/c` that is made for `toolbox` 1.0.0, or a host of ^2",
    );
}

#[test]
fn what_two_branches_share_is_told_once() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/b" = "^1"
        requires."t/c" = "^1"
        ---
        id = "t/b"
        version = "1.0.0"
        requires."t/d" = "^1"
        ---
        id = "t/c"
        version = "1.0.0"
        requires."t/d" = "^1"
        ---
        id = "t/d"
        version = "1.0.0"
        host = "^2"
        "#,
        &[],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it needs `t/b` ^1
           1.1 `t/b` 1.0.0 (./plugins) needs `t/d` ^1
              1.1.1 `t/d` 1.0.0 (./plugins) is made for host ^2, this host is `toolbox` 1.0.0
        2. it needs `t/c` ^1
           2.1 `t/c` 1.0.0 (./plugins) needs `t/d` ^1
              2.1.1 `t/d` 1.0.0 (./plugins) can not run, as said above
        ",
        "needs `t/b` ^1, and it can not run: in the end `t/d` is made for host ^2, this host is `toolbox` 1.0.0",
        "use a version of `t/d` that is made for `toolbox` 1.0.0, or a host of ^2",
    );
}

#[test]
fn a_plugin_that_was_left_out_gives_its_reason_to_those_that_need_it() {
    let world = r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/b" = "^1"
        ---
        id = "t/b"
        version = "1.0.0"
        "#;
    check(
        world,
        &[("t/b", "is disabled in plugins.toml")],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it needs `t/b` ^1
           1.1 `t/b` is disabled in plugins.toml
        ",
        "needs `t/b` ^1, which is disabled in plugins.toml",
        "let `t/b` run: `keyway why t/b` says how",
    );
    with(&world_of(world), &[("t/b", "disabled")], |_, resolution| {
        assert!(!resolution.refused.contains_key("t/b"), "the host knows that itself");
    });
}

#[test]
fn an_interface_that_nobody_provides_is_told_with_what_is_here() {
    let world = r#"
        id = "t/a"
        version = "1.0.0"
        provides."t/store" = "1.0.0"
        requires.interface."t/store" = "^1"
        ---
        id = "t/disk"
        version = "3.0.0"
        provides."t/store" = "2.0.0"
        at ./disk
        "#;
    check(
        world,
        &[],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it needs interface `t/store` ^1
           1.1 only 2.0.0 of `t/disk` 3.0.0 (./disk) is here
        ",
        "needs interface `t/store` ^1, and only 2.0.0 of `t/disk` 3.0.0 (./disk) is here",
        "install a plugin that provides `t/store` ^1, or a version of `t/a` that takes what is here",
    );
    check(
        &world
            .replace(r#"provides."t/store" = "2.0.0""#, r#"provides."t/stores" = "1.0.0""#)
            .replace(r#"provides."t/store" = "1.0.0""#, ""),
        &[],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it needs interface `t/store` ^1
           1.1 interface `t/store` is not here; did you mean `t/stores`?
        ",
        "needs interface `t/store` ^1, which is not here",
        "write `t/stores` in `t/a` if that is meant, or install a plugin that provides `t/store` ^1",
    );
}

#[test]
fn nobody_is_told_to_write_his_own_name() {
    let world = r#"
        id = "t/theme"
        version = "1.0.0"
        provides."t/store" = "1.0.0"
        requires."t/themes" = "^1"
        requires.interface."t/stores" = "^1"
        "#;
    let alone = "
        `t/theme` 1.0.0 can not run
        1. it needs `t/themes` ^1
           1.1 `t/themes` is not here
        2. it needs interface `t/stores` ^1
           2.1 interface `t/stores` is not here
        ";
    let summary = "needs `t/themes` ^1, which is not here";
    check(world, &[], "t/theme", alone, summary, "install `t/themes` ^1");
    let another = r#"
        ---
        id = "t/thermes"
        version = "1.0.0"
        provides."t/store" = "1.0.0"
        "#;
    let beside = alone
        .replace("`t/themes` is not here", "`t/themes` is not here; did you mean `t/thermes`?")
        .replace("`t/stores` is not here", "`t/stores` is not here; did you mean `t/store`?");
    let help = "write `t/thermes` in `t/theme` if that is meant, or install `t/themes` ^1";
    check(&format!("{world}{another}"), &[], "t/theme", &beside, summary, help);
}

#[test]
fn every_circle_is_told_whole_and_takes_only_those_that_need_it() {
    let world = r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/b" = "*"
        ---
        id = "t/b"
        version = "1.0.0"
        requires."t/c" = "*"
        ---
        id = "t/c"
        version = "1.0.0"
        requires."t/a" = "*"
        ---
        id = "t/on-it"
        version = "1.0.0"
        requires."t/b" = "*"
        ---
        id = "t/self"
        version = "1.0.0"
        requires."t/self" = "*"
        ---
        id = "t/aside"
        version = "1.0.0"
        requires."t/a" = { version = "*", optional = true }
        "#;
    let way_out = "make one requirement of the circle optional, or take it out";
    check(
        world,
        &[],
        "t/b",
        "
        `t/b` 1.0.0 can not run
        1. it needs itself: `t/b` → `t/c` → `t/a` → `t/b`
        ",
        "needs itself: `t/b` → `t/c` → `t/a` → `t/b`",
        way_out,
    );
    check(
        world,
        &[],
        "t/on-it",
        "
        `t/on-it` 1.0.0 can not run
        1. it needs `t/b` *
           1.1 `t/b` 1.0.0 (./plugins) needs itself: `t/b` → `t/c` → `t/a` → `t/b`
        ",
        "needs `t/b` *, and it can not run: it needs itself: `t/b` → `t/c` → `t/a` → `t/b`",
        way_out,
    );
    check(
        world,
        &[],
        "t/self",
        "
        `t/self` 1.0.0 can not run
        1. it needs itself: `t/self` → `t/self`
        ",
        "needs itself: `t/self` → `t/self`",
        way_out,
    );
    let (plan, refused) = outcome(&world_of(world), &[]);
    assert_eq!(plan, ["aside 1.0.0"]);
    assert_eq!(refused.len(), 5);
}

#[test]
fn a_member_of_a_circle_with_further_reasons_has_them_told_too() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/b" = "*"
        ---
        id = "t/b"
        version = "1.0.0"
        requires."t/a" = "*"
        requires."t/gone" = "^1"
        "#,
        &[],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it needs itself: `t/a` → `t/b` → `t/a`
        2. it needs `t/b` *
           2.1 `t/b` 1.0.0 (./plugins) needs `t/gone` ^1
              2.1.1 `t/gone` is not here
        ",
        "needs itself: `t/a` → `t/b` → `t/a`",
        "make one requirement of the circle optional, or take it out",
    );
}

#[test]
fn of_two_that_conflict_the_one_that_comes_first_runs_whichever_of_them_said_so() {
    let world = r#"
        id = "t/lite"
        version = "1.0.0"
        LITE
        ---
        id = "t/full"
        version = "2.0.0"
        FULL
        "#;
    let neither = world.replace("FULL", "");
    check(
        &neither.replace("LITE", "conflicts.\"t/full\" = \"^2\""),
        &[],
        "t/lite",
        "
        `t/lite` 1.0.0 can not run
        1. it conflicts with `t/full` 2.0.0 (./plugins), which comes first
        ",
        "conflicts with `t/full` 2.0.0 (./plugins), which comes first",
        "disable `t/full` to let `t/lite` run instead; of equal home and rank, the id that sorts first wins",
    );
    check(
        &neither.replace("LITE", "rank = 3\nconflicts.\"t/full\" = \"^2\""),
        &[],
        "t/full",
        "
        `t/full` 2.0.0 can not run
        1. `t/lite` 1.0.0 (./plugins), which comes first, conflicts with it
        ",
        "is kept out: `t/lite` 1.0.0 (./plugins), which comes first, conflicts with it",
        "disable `t/lite` to let `t/full` run instead; its rank is 3, that of `t/full` is 0",
    );
    check(
        &neither.replace("LITE", "at -\nconflicts.\"t/full\" = \"^2\""),
        &[],
        "t/full",
        "
        `t/full` 2.0.0 can not run
        1. `t/lite` 1.0.0 (linked in), which comes first, conflicts with it
        ",
        "is kept out: `t/lite` 1.0.0 (linked in), which comes first, conflicts with it",
        "disable `t/lite` to let `t/full` run instead; static comes before dylib",
    );
    let (plan, _) = outcome(&world_of(&neither.replace("LITE", "conflicts.\"t/full\" = \"^1\"")), &[]);
    assert_eq!(plan, ["full 2.0.0", "lite 1.0.0"], "a conflict with another version is none");
}

#[test]
fn a_refusal_for_a_version_names_who_comes_first_and_what_that_needs() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/table" = "^1"
        ---
        id = "t/b"
        version = "1.0.0"
        requires."t/mid" = "*"
        ---
        id = "t/mid"
        version = "1.0.0"
        requires."t/table" = "^2"
        ---
        id = "t/table"
        version = "1.0.0"
        ---
        id = "t/table"
        version = "2.0.0"
        "#,
        &[],
        "t/b",
        "
        `t/b` 1.0.0 can not run
        1. it needs `t/mid` *
           1.1 `t/mid` 1.0.0 (./plugins) needs `t/table` ^2
              1.1.1 `t/a` 1.0.0 (./plugins), which comes first, needs `t/table` ^1
        ",
        "needs `t/mid` *, and `t/mid` 1.0.0 (./plugins) needs `t/table` ^2",
        "disable `t/a` to let `t/b` run instead; of equal home and rank, the id that sorts first wins",
    );
}

#[test]
fn who_needs_an_outvoted_plugin_hears_why_that_one_is_out() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        conflicts."t/b" = "*"
        ---
        id = "t/b"
        version = "1.0.0"
        ---
        id = "t/c"
        version = "1.0.0"
        requires."t/b" = "*"
        "#,
        &[],
        "t/c",
        "
        `t/c` 1.0.0 can not run
        1. it needs `t/b` *
           1.1 `t/a` 1.0.0 (./plugins), which comes first, conflicts with `t/b` 1.0.0 (./plugins)
        ",
        "needs `t/b` *, and it can not run: it is kept out: `t/a` 1.0.0 (./plugins), which comes first, conflicts with it",
        "disable `t/a` to let `t/b` run instead; of equal home and rank, the id that sorts first wins",
    );
}

#[test]
fn a_refusal_tells_of_every_version_that_might_have_helped() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        requires.interface."t/store" = "^2"
        ---
        id = "t/b"
        version = "1.0.0"
        provides."t/store" = "2.0.0"
        conflicts."t/a" = "*"
        ---
        id = "t/b"
        version = "1.1.0"
        provides."t/store" = "2.0.0"
        conflicts."t/e" = "^2"
        ---
        id = "t/e"
        version = "2.0.0"
        rank = 1
        "#,
        &[],
        "t/a",
        "
        `t/a` 1.0.0 can not run
        1. it needs interface `t/store` ^2
           1.1 `t/b` 1.0.0 (./plugins) conflicts with it
           1.2 `t/b` 1.1.0 (./plugins) conflicts with `t/e` 2.0.0 (./plugins), which comes first
        ",
        "needs interface `t/store` ^2, and `t/b` 1.0.0 (./plugins) conflicts with it",
        "install other versions of what `t/a` needs; those that are here do not go together",
    );
}

#[test]
fn a_plugin_with_several_candidates_hears_of_each() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        at ./old
        requires."t/gone" = "^1"
        ---
        id = "t/a"
        version = "2.0.0"
        at ./new
        host = "^2"
        "#,
        &[],
        "t/a",
        "
        `t/a` can not run in any version
        1. 2.0.0 (./new) can not run
           1.1 it is made for host ^2, this host is `toolbox` 1.0.0
        2. 1.0.0 (./old) can not run
           2.1 it needs `t/gone` ^1
              2.1.1 `t/gone` is not here
        ",
        "made for host ^2, this host is `toolbox` 1.0.0",
        "use a version of `t/a` that is made for `toolbox` 1.0.0, or a host of ^2",
    );
}

#[test]
fn a_circle_that_only_a_choice_would_close_is_told_as_such() {
    check(
        r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/b" = "*"
        ---
        id = "t/b"
        version = "1.0.0"
        ---
        id = "t/b"
        version = "2.0.0"
        requires."t/a" = "*"
        ---
        id = "t/c"
        version = "1.0.0"
        requires."t/b" = "^2"
        "#,
        &[],
        "t/c",
        "
        `t/c` 1.0.0 can not run
        1. it needs `t/b` ^2
           1.1 `t/a` 1.0.0 (./plugins) would need itself: `t/a` 1.0.0 → `t/b` 2.0.0 → `t/a` 1.0.0
        ",
        "needs `t/b` ^2, and `t/a` 1.0.0 (./plugins) would need itself: `t/a` 1.0.0 → `t/b` 2.0.0 → `t/a` 1.0.0",
        "disable `t/a` to let `t/c` run instead; of equal home and rank, the id that sorts first wins",
    );
}

#[test]
fn a_refusal_as_json_has_its_tree() {
    let world = world_of("id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/gone\" = \"^1\"");
    with(&world, &[], |_, resolution| {
        assert_eq!(
            serde_json::to_string(&resolution.refused["t/a"]).unwrap(),
            concat!(
                r#"{"id":"t/a","version":"1.0.0","source":"./plugins","#,
                r#""summary":"needs `t/gone` ^1, which is not here","#,
                r#""reasons":[{"text":"it needs `t/gone` ^1","because":[{"text":"`t/gone` is not here"}]}],"#,
                r#""help":"install `t/gone` ^1"}"#
            )
        );
    });
}

#[test]
fn a_very_long_chain_names_its_end_and_needs_no_deep_stack() {
    let long = 100_000;
    let candidates: Vec<Candidate> = (0..long)
        .map(|n| {
            let id = |n: usize| PluginId::new(&format!("t/p{n}")).unwrap();
            let mut manifest = Manifest::new(id(n), Version::new(1, 0, 0));
            let any = semver::VersionReq::STAR;
            manifest.requires.plugins.insert(id(n + 1), crate::manifest::Requirement::must(any));
            Candidate { manifest: Arc::new(manifest), home: Home::Dylib, source: "./p".into() }
        })
        .collect();
    with(&candidates, &[], |_, resolution| {
        assert!(resolution.plan.steps.is_empty());
        assert_eq!(resolution.refused.len(), long);
        let told = resolution.refused["t/p0"].to_string();
        assert_eq!(told.lines().count(), 1 + 9, "{told}");
        assert!(told.ends_with("in the end `t/p99999` needs `t/p100000` *, which is not here"), "{told}");
    });
}
