use keyway_interfaces::ToolErrorKind::{Failed, InvalidArguments, LimitExceeded};
use serde_json::{Value, json};

use super::*;
use crate::arguments::testing::{fail, keeps_its_promises, run};

#[track_caller]
fn check(filter: &str, input: Value, results: Value) {
    let answer = run(&Query, json!({ "filter": filter, "input": input }));
    assert_eq!(answer["results"], results, "{filter}");
    assert_eq!(answer["more"], false);
}

#[test]
fn it_keeps_what_every_tool_promises() {
    keeps_its_promises(&Query);
}

/// **Source:** the manual of jq, in its order; some are shortened or put together.
#[test]
fn examples_of_the_manual_come_out_the_same() {
    check(".[\"foo\"]?", json!({ "foo": 42 }), json!([42]));
    check(".[2:4]", json!(["a", "b", "c", "d", "e"]), json!([["c", "d"]]));
    check("..|.a?", json!([[{ "a": 1 }]]), json!([1]));
    check("{(\"a\",\"b\"): 59}", json!(null), json!([{ "a": 59 }, { "b": 59 }]));
    check(
        "{user, title: .titles[]}",
        json!({ "user": "stedolan", "titles": ["JQ Primer", "More JQ"] }),
        json!([
            { "user": "stedolan", "title": "JQ Primer" },
            { "user": "stedolan", "title": "More JQ" },
        ]),
    );
    check(".[] | (1 / .)?", json!([1, "0", -1]), json!([1, -1]));
    check("map(has(\"foo\"))", json!([{ "foo": 42 }, {}]), json!([[true, false]]));
    check(
        "with_entries(.key |= \"KEY_\" + .)",
        json!({ "a": 1, "b": 2 }),
        json!([{ "KEY_a": 1, "KEY_b": 2 }]),
    );
    check("[paths]", json!([1, [[], { "a": 2 }]]), json!([[[0], [1], [1, 0], [1, 1], [1, 1, "a"]]]));
    check(
        "group_by(.foo)",
        json!([{ "foo": 1, "bar": 10 }, { "foo": 3, "bar": 100 }, { "foo": 1, "bar": 1 }]),
        json!([[
            [{ "foo": 1, "bar": 10 }, { "foo": 1, "bar": 1 }],
            [{ "foo": 3, "bar": 100 }],
        ]]),
    );
    check(
        "[match(\"foo (?<bar123>bar)? foo\"; \"ig\") | .captures[].name]",
        json!("foo bar foo foo foo"),
        json!([["bar123"]]),
    );
    check("reduce .[] as [$i,$j] (0; . + $i * $j)", json!([[1, 2], [3, 4], [5, 6]]), json!([44]));
    check("[foreach range(5) as $item (0; $item)]", json!(null), json!([[0, 1, 2, 3, 4]]));
    check(
        "[limit(5; def fib: [0, 1] | recurse([.[1], add]) | .[0]; fib)]",
        json!(null),
        json!([[0, 1, 1, 2, 3]]),
    );
    check(
        "[.[]|ltrimstr(\"foo\")]",
        json!(["fo", "foo", "barfoo", "foobar", "afoo"]),
        json!([["fo", "", "barfoo", "bar", "afoo"]]),
    );
    check(
        "label $out | foreach .[] as $item ([3, null]; if .[0] < 1 then break $out else [.[0] - 1, $item] end; .[1])",
        json!([11, 22, 33, 44]),
        json!([11, 22, 33]),
    );
    check(
        "(..|select(type==\"boolean\")) |= if . then 1 else 0 end",
        json!([true, false, [5, true, [true, [false]], false]]),
        json!([[1, 0, [5, 1, [1, [0]], 0]]]),
    );
    check("try error(\"some exception\") catch .", json!(true), json!(["some exception"]));
    check("[while(. < 100; . * 2)]", json!(1), json!([[1, 2, 4, 8, 16, 32, 64]]));
    check(
        "[range(0; 10; 3)], [range(0; -5; -1)], [range(2; 4)]",
        json!(null),
        json!([[0, 3, 6, 9], [0, -1, -2, -3, -4], [2, 3]]),
    );
    check(
        "walk(if type == \"array\" then sort else . end)",
        json!([[4, 1, 7], [8, 5, 2], [3, 6, 9]]),
        json!([[[1, 4, 7], [2, 5, 8], [3, 6, 9]]]),
    );
    check(
        "@base64, @html, @uri, @json",
        json!("<&'\">ü"),
        json!(["PCYnIj7DvA==", "&lt;&amp;&apos;&quot;&gt;ü", "%3C%26%27%22%3E%C3%BC", "\"<&'\\\">ü\"",]),
    );
}

#[test]
fn products_are_those_of_jq_in_all_their_forms() {
    check("(2, 3) * (10, 100)", json!(null), json!([20, 200, 30, 300]));
    check(
        "\"ab\" * 3, ({a: {b: 1}} * {a: {c: 2}})",
        json!(null),
        json!(["ababab", { "a": { "b": 1, "c": 2 } }]),
    );
    check(".a *= 4 | .b[] *= .a", json!({ "a": 2, "b": [1, 3] }), json!([{ "a": 8, "b": [8, 24] }]));
}

#[test]
fn numbers_keep_their_digits_and_what_is_no_number_is_null() {
    let text = r#"{"filter":".[]","input":[100000000000000000000000000001,1.10,0.1e-6,1e1000]}"#;
    let exact = r#"{"results":[100000000000000000000000000001,1.10,0.1e-6,1e1000],"more":false}"#;
    assert_eq!(Query.run(text).unwrap(), exact);
    check("nan, infinite, 7 / 2, 6 / 2", json!(null), json!([null, f64::MAX, 3.5, 3]));
}

#[test]
fn variables_are_named_with_a_dollar() {
    let variables = json!({ "low": 2, "words": { "1": "one", "3": "three" } });
    let filter = "map(select(. > $low)) | map($words[tostring])";
    let answer = run(&Query, json!({ "filter": filter, "input": [1, 2, 3], "variables": variables }));
    assert_eq!(answer["results"], json!([["three"]]));
    let error = fail(&Query, InvalidArguments, json!({ "filter": ".\n| $lov", "variables": variables }));
    assert_eq!(error.message, "`filter` line 2 column 3: variable `$lov` is not defined");
    assert_eq!(error.help(), Some("`variables` has $low, $words"));
}

#[test]
fn results_beyond_the_limit_are_said_to_be_there() {
    let answer = run(&Query, json!({ "filter": "repeat(1)", "limit": 2 }));
    assert_eq!(answer, json!({ "results": [1, 1], "more": true }));
    assert_eq!(run(&Query, json!({ "filter": "1, 2", "limit": 2 }))["more"], false);
}

#[test]
fn mistakes_in_a_filter_are_placed() {
    let message = |filter: &str| fail(&Query, InvalidArguments, json!({ "filter": filter })).message;
    assert_eq!(
        message(".a | map(.b"),
        "`filter` line 1 column 12: expected closing parenthesis, found the end"
    );
    assert_eq!(message("if . then 1"), "`filter` line 1 column 12: expected else or end, found the end");
    assert_eq!(
        message(".a |\n  frobnicate(1; 2)"),
        "`filter` line 2 column 3: filter `frobnicate` is not defined"
    );
    assert_eq!(message(""), "`filter` line 1 column 1: expected term, found the end");
    assert_eq!(message("include \"a\"; ."), "`filter` line 1 column 9: expected nothing, found `\"a\"`");
}

#[test]
fn errors_of_a_filter_say_what_it_met() {
    let error = fail(&Query, Failed, json!({ "filter": ".a.b", "input": { "a": [1] } }));
    assert_eq!(error.message, "cannot index [1] with \"b\"");
    let error = fail(&Query, Failed, json!({ "filter": "error({code: 7})" }));
    assert_eq!(error.message, r#"{"code":7}"#);
    let error = fail(&Query, Failed, json!({ "filter": ". + {}", "input": "x".repeat(100_000) }));
    assert!(error.message.len() < 400, "{}", error.message.len());
    let error = fail(&Query, Failed, json!({ "filter": "{(1): 2}" }));
    assert_eq!(error.message, "a result has the key `1`, and JSON has only strings as keys");
    let error = fail(&Query, Failed, json!({ "filter": "[1] | tobytes" }));
    assert_eq!(error.message, "a result has a byte string, which JSON has no form for");
}

#[test]
fn a_filter_reaches_nothing_but_its_input() {
    for filter in [
        "env",
        "$ENV",
        "halt",
        "halt(1)",
        "halt_error",
        "input",
        "inputs",
        "debug",
        "stderr",
        "input_filename",
    ] {
        let error = fail(&Query, InvalidArguments, json!({ "filter": filter }));
        assert!(error.message.contains("is not defined"), "{filter}: {error}");
    }
}

#[test]
fn a_filter_that_does_not_end_is_stopped_and_can_not_catch_it() {
    let endless = [
        "def f: f; f",
        "def f: 1 + f; f",
        "def f: [f]; f",
        "def f: try f catch f; f",
        "def f: f // f; f?",
        "[repeat(1)] | length",
        "last(range(1e12))",
        "reduce range(1; 1e12) as $i (0; . + $i)",
        "first(range(1e9) | select(. < 0))",
        "until(false; . + 1)",
        "[recurse(0; true) | recurse] | length",
        "[limit(1000000000; repeat(\"x\"))]",
        "(range(1e6) | range(1e6)) as $x | empty",
    ];
    for filter in endless {
        let answer = run_within(300_000, &json!({ "filter": filter }).to_string());
        let error = answer.expect_err(filter);
        assert_eq!(error.kind, LimitExceeded, "{filter}: {error}");
        let ends = ["stopped after 300000 steps", "stopped in a recursion that is too deep"];
        assert!(ends.contains(&error.message.as_str()), "{filter}: {error}");
    }
}

#[test]
fn a_filter_that_grows_its_values_is_stopped() {
    let growing = [
        ("reduce range(99) as $i (\"x\"; . + .)", "stopped at a string of more than 64 MiB"),
        ("reduce range(99) as $i ([0]; . + .)", "stopped at an array of more than 4194304 elements"),
        ("reduce range(99) as $i (10; . * .)", "stopped at a product that is too large"),
        ("reduce range(1e9) as $i (.; [.])", "stopped at a value that is nested too deep"),
        ("reduce range(1e9) as $i (.; {a: .})", "stopped at a value that is nested too deep"),
        ("def f: [., 1] | f; f", "stopped at a value that is nested too deep"),
        ("\"x\" * 1000000000000 | length", "stopped at a product that is too large"),
        ("{a: \"x\"} | .a *= 1000000000000", "stopped at a product that is too large"),
        ("reduce range(99) as $i (0; [., .])", "stopped after 300000 steps"),
    ];
    for (filter, end) in growing {
        let error = run_within(300_000, &json!({ "filter": filter }).to_string()).expect_err(filter);
        assert_eq!((error.kind, error.message.as_str()), (LimitExceeded, end), "{filter}");
    }
}

#[test]
fn deep_texts_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let error = Query.run(&format!(r#"{{"filter":".","input":{deep}}}"#)).unwrap_err();
    assert_eq!(error.message, "`input` is nested deeper than 1000");
    let error = fail(&Query, Failed, json!({ "filter": "fromjson", "input": deep }));
    assert_eq!(error.message, "`fromjson` is nested deeper than 1000");
}

#[test]
fn filters_of_the_greatest_length_fit_the_stack_however_they_nest() {
    let endings = [
        ("[", "", "]", "a result is nested deeper than 1000"),
        ("(", "1", ")", r#"{"results":[1],"more":false}"#),
        ("-", "1", "", r#"{"results":[-1],"more":false}"#),
        ("{a:", "1", "}", "a result is nested deeper than 1000"),
        (".|", ".", "", r#"{"results":[null],"more":false}"#),
        ("1+", "1", "", r#"{"results":[4096],"more":false}"#),
        ("try ", "1", "", r#"{"results":[1],"more":false}"#),
        (".a", "", "", r#"{"results":[null],"more":false}"#),
        ("def f:", "1", ";f", r#"{"results":[1],"more":false}"#),
        ("if ", "1", " then 1 end", r#"{"results":[1],"more":false}"#),
        ("\"\\(", "1", ")\"", r#"{"results":["1"],"more":false}"#),
    ];
    for (open, middle, close, end) in endings {
        let depth = (LONGEST - middle.len()) / (open.len() + close.len());
        let filter = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        let answer = Query.run(&json!({ "filter": filter }).to_string());
        assert_eq!(answer.unwrap_or_else(|error| error.message), end, "{open}");
    }
    let error = fail(&Query, LimitExceeded, json!({ "filter": " ".repeat(LONGEST + 1) }));
    assert_eq!(error.message, "`filter` has 8193 bytes, more than 8192");
}
