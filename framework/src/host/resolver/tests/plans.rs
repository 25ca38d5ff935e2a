use super::*;

#[test]
fn what_is_needed_starts_first_and_the_rest_by_precedence() {
    check_plan(
        r#"
        id = "t/zeta"
        version = "1.0.0"
        ---
        id = "t/alpha"
        version = "1.0.0"
        requires."t/zeta" = "^1"
        ---
        id = "t/linked"
        version = "1.0.0"
        at -
        ---
        id = "t/high"
        version = "1.0.0"
        rank = 7
        ---
        id = "t/beta"
        version = "1.0.0"
        "#,
        "
        linked 1.0.0
        high 1.0.0
        beta 1.0.0
        zeta 1.0.0
        alpha 1.0.0 needs zeta
        ",
    );
}

#[test]
fn the_highest_version_runs_unless_somebody_needs_an_older_one() {
    let tables = r#"
        id = "t/table"
        version = "1.9.0"
        ---
        id = "t/table"
        version = "2.0.0"
        ---
        id = "t/table"
        version = "2.1.0-beta.1"
        ---
        id = "t/reader"
        version = "1.0.0"
        requires."t/table" = "REQ"
    "#;
    check_plan(&tables.replace("REQ", "*"), "table 2.0.0 \n reader 1.0.0 needs table");
    check_plan(&tables.replace("REQ", "^1"), "table 1.9.0 \n reader 1.0.0 needs table");
    check_plan(&tables.replace("REQ", ">=2.1.0-beta"), "table 2.1.0-beta.1 \n reader 1.0.0 needs table");
    check_plan("id = \"t/a\"\nversion = \"1.0.0\"\n---\nid = \"t/a\"\nversion = \"1.0.1\"", "a 1.0.1");
}

#[test]
fn a_chain_of_versions_backs_off_as_far_as_it_must_and_no_further() {
    check_plan(
        r#"
        id = "t/app"
        version = "1.0.0"
        requires."t/mid" = "*"
        ---
        id = "t/old"
        version = "1.0.0"
        requires."t/base" = "^1"
        ---
        id = "t/mid"
        version = "1.0.0"
        requires."t/base" = "^1"
        ---
        id = "t/mid"
        version = "1.1.0"
        requires."t/base" = "^1"
        ---
        id = "t/mid"
        version = "2.0.0"
        requires."t/base" = "^2"
        ---
        id = "t/base"
        version = "1.0.0"
        ---
        id = "t/base"
        version = "1.5.0"
        ---
        id = "t/base"
        version = "2.0.0"
        "#,
        "
        base 1.5.0
        mid 1.1.0 needs base
        app 1.0.0 needs mid
        old 1.0.0 needs base
        ",
    );
}

#[test]
fn an_optional_requirement_is_met_where_it_can_be() {
    let world = r#"
        id = "t/page"
        version = "1.0.0"
        requires."t/theme" = { version = "^1", optional = true }
        ---
        id = "t/theme"
        version = "1.2.0"
        ---
        id = "t/theme"
        version = "2.0.0"
        ---
        "#;
    check_plan(world, "theme 1.2.0 \n page 1.0.0 after theme");
    let strict = "id = \"t/strict\"\nversion = \"1.0.0\"\nrequires.\"t/theme\" = \"^2\"";
    // Incompatible, so no link: the page does not even wait.
    check_plan(&format!("{world}{strict}"), "page 1.0.0 \n theme 2.0.0 \n strict 1.0.0 needs theme");
    check_plan(
        "id = \"t/page\"\nversion = \"1.0.0\"\nrequires.\"t/theme\" = { version = \"^1\", optional = true }",
        "page 1.0.0",
    );
}

#[test]
fn an_optional_requirement_never_costs_its_owner_a_newer_version() {
    check_plan(
        r#"
        id = "t/page"
        version = "1.0.0"
        ---
        id = "t/page"
        version = "2.0.0"
        requires."t/theme" = { version = "^1", optional = true }
        ---
        id = "t/theme"
        version = "1.0.0"
        ---
        id = "t/theme"
        version = "2.0.0"
        ---
        id = "t/aaa"
        version = "1.0.0"
        requires."t/theme" = "^2"
        ---
        id = "t/bbb"
        version = "1.0.0"
        requires."t/page" = "*"
        "#,
        "
        page 2.0.0
        bbb 1.0.0 needs page
        theme 2.0.0
        aaa 1.0.0 needs theme
        ",
    );
}

#[test]
fn any_provider_meets_an_interface_and_all_that_run_start_before() {
    let world = r#"
        id = "t/app"
        version = "1.0.0"
        requires.interface."t/store" = "^1"
        ---
        id = "t/disk"
        version = "3.0.0"
        provides."t/store" = "1.2.0"
        ---
        id = "t/memory"
        version = "1.0.0"
        provides."t/store" = "1.0.0"
        rank = RANK
        ---
        id = "t/next"
        version = "1.0.0"
        provides."t/store" = "2.0.0"
        "#;
    check_plan(
        &world.replace("RANK", "0"),
        "disk 3.0.0 \n memory 1.0.0 \n app 1.0.0 needs disk after memory \n next 1.0.0",
    );
    check_plan(
        &world.replace("RANK", "5"),
        "memory 1.0.0 \n disk 3.0.0 \n app 1.0.0 needs memory after disk \n next 1.0.0",
    );
}

#[test]
fn providers_that_wrap_one_another_take_the_one_that_can_start_without_them() {
    // By rank alone the two wrappers would wait for each other.
    check_plan(
        r#"
        id = "t/cache"
        version = "1.0.0"
        rank = 9
        provides."t/store" = "1.0.0"
        requires.interface."t/store" = "^1"
        ---
        id = "t/audit"
        version = "1.0.0"
        rank = 8
        provides."t/store" = "1.0.0"
        requires.interface."t/store" = "^1"
        ---
        id = "t/disk"
        version = "1.0.0"
        provides."t/store" = "1.0.0"
        "#,
        "
        disk 1.0.0
        cache 1.0.0 needs disk
        audit 1.0.0 needs cache after disk
        ",
    );
}

#[test]
fn a_provider_that_can_not_run_is_no_provider() {
    let world = r#"
        id = "t/app"
        version = "1.0.0"
        requires.interface."t/store" = "^1"
        ---
        id = "t/disk"
        version = "1.0.0"
        rank = 9
        provides."t/store" = "1.0.0"
        host = "^2"
        ---
        id = "t/memory"
        version = "1.0.0"
        provides."t/store" = "1.0.0"
        "#;
    let (plan, refused) = outcome(&world_of(world), &[]);
    assert_eq!(plan, ["memory 1.0.0", "app 1.0.0 needs memory"]);
    assert_eq!(
        refused,
        ["`t/disk` 1.0.0 can not run\n1. it is made for host ^2, this host is `toolbox` 1.0.0"]
    );
}

#[test]
fn a_circle_that_an_optional_requirement_closes_is_opened_there() {
    check_plan(
        r#"
        id = "t/a"
        version = "1.0.0"
        requires."t/b" = { version = "*", optional = true }
        ---
        id = "t/b"
        version = "1.0.0"
        requires."t/c" = "*"
        ---
        id = "t/c"
        version = "1.0.0"
        requires."t/a" = { version = "*", optional = true }
        "#,
        "
        a 1.0.0
        c 1.0.0 after a
        b 1.0.0 needs c
        ",
    );
}

#[test]
fn a_circle_through_one_version_is_avoided_by_another() {
    check_plan(
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
        "#,
        "
        b 1.0.0
        a 1.0.0 needs b
        ",
    );
}

#[test]
fn of_equal_versions_the_earlier_found_runs() {
    let world = r#"
        id = "t/a"
        version = "1.0.0"
        description = "second"
        at ./system
        ---
        id = "t/a"
        version = "1.0.0"
        at ./user
        ---
        id = "t/a"
        version = "0.9.0"
        at -
        "#;
    let mut candidates = world_of(world);
    for first in ["./system", "./user"] {
        with(&candidates, &[], |world, resolution| {
            assert_eq!(resolution.plan.steps.len(), 1);
            assert_eq!(world.candidates[resolution.plan.steps[0].candidate].source, first);
            let passed: Vec<String> = resolution
                .passed_over
                .iter()
                .map(|passed| format!("{}: {}", world.candidates[passed.candidate].source, passed.why))
                .collect();
            let other = if first == "./user" { "./system" } else { "./user" };
            assert_eq!(
                passed,
                [
                    format!("{other}: the same version was found earlier, in {first}"),
                    "-: older than 1.0.0, which runs".to_owned(),
                ]
            );
        });
        candidates.swap(0, 1);
    }
}

#[test]
fn what_is_passed_over_says_why() {
    let world = r#"
        id = "t/table"
        version = "1.0.0"
        ---
        id = "t/table"
        version = "2.0.0"
        ---
        id = "t/table"
        version = "3.0.0"
        host = "^3"
        ---
        id = "t/reader"
        version = "1.0.0"
        requires."t/table" = "^1"
        "#;
    with(&world_of(world), &[], |_, resolution| {
        let passed: Vec<String> = resolution
            .passed_over
            .iter()
            .map(|passed| format!("{} {}", passed.candidate, passed.why))
            .collect();
        assert_eq!(
            passed,
            ["1 held back by `t/reader`", "2 made for host ^3, this host is `toolbox` 1.0.0",]
        );
    });
}

#[test]
fn one_sick_plugin_stops_nobody_who_does_not_need_it() {
    let world = r#"
        id = "t/sick"
        version = "1.0.0"
        requires."t/nothing" = "^1"
        ---
        id = "t/needs-sick"
        version = "1.0.0"
        requires."t/sick" = "^1"
        ---
        id = "t/likes-sick"
        version = "1.0.0"
        requires."t/sick" = { version = "^1", optional = true }
        ---
        id = "t/well"
        version = "1.0.0"
        "#;
    let (plan, refused) = outcome(&world_of(world), &[]);
    assert_eq!(plan, ["likes-sick 1.0.0", "well 1.0.0"]);
    assert_eq!(refused.len(), 2);
}

#[test]
fn an_empty_world_has_an_empty_plan() {
    check_plan("", "");
}
