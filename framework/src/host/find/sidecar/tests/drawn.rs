//! Mistakes, drawn.

use super::*;

#[track_caller]
fn draws(name: &str, text: &str, expected: &str) {
    let error = says(folder(name, text).path(), expected.trim_start_matches('\n').trim_end());
    assert_eq!(error.code(), "sidecar-invalid");
}

#[test]
fn an_unknown_key_is_shown_where_it_stands_with_the_nearest_one() {
    draws(
        "plugin.toml",
        "id = \"a/b\"\nversion = \"1.0.0\"\nprovide = { \"toolbox/tool\" = \"1.0\" }\n",
        r#"
`<folder>/plugin.toml` has a mistake
error: unknown key `provide`
 --> <folder>/plugin.toml:3:1
  |
3 | provide = { "toolbox/tool" = "1.0" }
  | ^^^^^^^ did you mean `provides`
"#,
    );
    draws(
        "plugin.json",
        "{\n  \"id\": \"a/b\",\n  \"version\": \"1.0.0\", \"provide\": {}\n}\n",
        r#"
`<folder>/plugin.json` has a mistake
error: unknown key `provide`
 --> <folder>/plugin.json:3:23
  |
3 |   "version": "1.0.0", "provide": {}
  |                       ^^^^^^^^^ did you mean `provides`
"#,
    );
}

#[test]
fn all_mistakes_of_a_file_are_shown_in_their_order() {
    draws(
        "plugin.toml",
        r#"versoin = "1.x"
host = "1 or 2"
authors = ["Ada", 1]
rank = 3000000000
activation = "never"

[provides]
Toolbox = "1"
"toolbox/tool" = "one"

[requires]
"a/b" = { vresion = "1", optional = "yes" }
"a/c" = 1
interface."a/d" = {}

[capabilities]
net = "everywhere"
"#,
        r#"
`<folder>/plugin.toml` has 13 mistakes
error: unknown key `versoin`
 --> <folder>/plugin.toml:1:1
  |
1 | versoin = "1.x"
  | ^^^^^^^ did you mean `version`
error: there is no `id`
 --> <folder>/plugin.toml:1:1
  |
1 | versoin = "1.x"
  | ^ a plugin has a name, as in "toolbox/markdown"
error: `1 or 2` is no requirement on versions
 --> <folder>/plugin.toml:2:8
  |
2 | host = "1 or 2"
  |        ^^^^^^^^ expected comma after major version number, found 'o'
error: each of `authors` must be a string, and this is an integer
 --> <folder>/plugin.toml:3:19
  |
3 | authors = ["Ada", 1]
  |                   ^
error: `rank` is out of bounds
 --> <folder>/plugin.toml:4:8
  |
4 | rank = 3000000000
  |        ^^^^^^^^^^ from -2147483648 to 2147483647
error: `never` is no activation
 --> <folder>/plugin.toml:5:14
  |
5 | activation = "never"
  |              ^^^^^^^ write `start` (with the host) or `use` (when first asked for)
error: `Toolbox` is no id of an interface
 --> <folder>/plugin.toml:8:1
  |
8 | Toolbox = "1"
  | ^^^^^^^ write `namespace/name`, with one slash
error: `one` is no version
 --> <folder>/plugin.toml:9:18
  |
9 | "toolbox/tool" = "one"
  |                  ^^^^^ unexpected character 'o' while parsing major version number
error: unknown key `vresion` in a requirement
  --> <folder>/plugin.toml:12:11
   |
12 | "a/b" = { vresion = "1", optional = "yes" }
   |           ^^^^^^^ did you mean `version`
error: `optional` must be true or false, and this is a string
  --> <folder>/plugin.toml:12:37
   |
12 | "a/b" = { vresion = "1", optional = "yes" }
   |                                     ^^^^^
error: a requirement must be a string such as "^1", or a table with `version`, and this is an integer
  --> <folder>/plugin.toml:13:9
   |
13 | "a/c" = 1
   |         ^
error: there is no `version`
  --> <folder>/plugin.toml:14:19
   |
14 | interface."a/d" = {}
   |                   ^ if any will do, that is "*"
error: capability `net` must be a list, and this is a string
  --> <folder>/plugin.toml:17:7
   |
17 | net = "everywhere"
   |       ^^^^^^^^^^^^
"#,
    );
}

#[test]
fn the_same_checks_run_over_json() {
    draws(
        "plugin.json",
        r#"{
  "id": "Toolbox/markdown", "version": null,
  "requires": {
    "a/b": {"version": "^1", "optinal": true},
    "a/b": {"version": "^ü"}
  }
}"#,
        r#"
`<folder>/plugin.json` has 5 mistakes
error: `Toolbox/markdown` is no id of a plugin
 --> <folder>/plugin.json:2:9
  |
2 |   "id": "Toolbox/markdown", "version": null,
  |         ^^^^^^^^^^^^^^^^^^ each half begins with a letter a–z
error: `version` must be a string, and this is null
 --> <folder>/plugin.json:2:40
  |
2 |   "id": "Toolbox/markdown", "version": null,
  |                                        ^^^^
error: unknown key `optinal` in a requirement
 --> <folder>/plugin.json:4:30
  |
4 |     "a/b": {"version": "^1", "optinal": true},
  |                              ^^^^^^^^^ did you mean `optional`
error: key `a/b` stands here a second time
 --> <folder>/plugin.json:5:5
  |
5 |     "a/b": {"version": "^ü"}
  |     ^^^^^
error: `^ü` is no requirement on versions
 --> <folder>/plugin.json:5:24
  |
5 |     "a/b": {"version": "^ü"}
  |                        ^^^^ unexpected character 'ü' while parsing major version number
"#,
    );
}

#[test]
fn what_breaks_the_syntax_is_shown_as_well() {
    draws(
        "plugin.toml",
        "id = \"a/b\nversion = 1.0.0\n",
        r#"
`<folder>/plugin.toml` has 2 mistakes
error: invalid basic string, expected `"`
 --> <folder>/plugin.toml:1:10
  |
1 | id = "a/b
  |          ^
error: invalid float
 --> <folder>/plugin.toml:2:14
  |
2 | version = 1.0.0
  |              ^^ if it is a version, put it into quotes
"#,
    );
    draws(
        "plugin.toml",
        "id = \"a/b\"\r\nversion = \"1.0.0\"\r\nid = \"c/d\"\r\n",
        r#"
`<folder>/plugin.toml` has a mistake
error: duplicate key
 --> <folder>/plugin.toml:3:1
  |
3 | id = "c/d"
  | ^^
"#,
    );
    draws(
        "plugin.json",
        "{\n  \"id\": \"ä/b\"\n  \"version\": \"1.0.0\"\n}",
        r#"
`<folder>/plugin.json` has a mistake
error: expected `,` or `}`
 --> <folder>/plugin.json:3:3
  |
3 |   "version": "1.0.0"
  |   ^
"#,
    );
    draws(
        "plugin.json",
        "{\"id\": \"a/b\",",
        r#"
`<folder>/plugin.json` has a mistake
error: the file ends while parsing an object
 --> <folder>/plugin.json:1:13
  |
1 | {"id": "a/b",
  |             ^
"#,
    );
    draws(
        "plugin.json",
        "{\"description\": \"\\ud800\"}",
        r#"
`<folder>/plugin.json` has a mistake
error: unexpected end of hex escape
 --> <folder>/plugin.json:1:17
  |
1 | {"description": "\ud800"}
  |                 ^^^^^^^^
"#,
    );
}

#[test]
fn of_a_long_line_the_part_with_the_mistake_is_drawn_and_its_true_column_told() {
    let text = format!(
        "{{\"id\": \"a/b\", \"version\": \"1.0.0\", \"license\": \"{}\", \"rnak\": 1}}",
        "x".repeat(5000)
    );
    let error = refusal("plugin.json", text);
    let said = error.to_string();
    assert!(said.contains("plugin.json:1:5050\n"), "{said}");
    let [.., line, mark] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert!(line.contains("x\", \"rnak\": 1}") && line.len() < 200, "{said}");
    assert_eq!(line.find("\"rnak\""), mark.find("^^^^^^ did you mean `rank`"), "{said}");
}

#[test]
fn a_file_that_is_empty_or_something_else_lacks_what_a_manifest_has() {
    draws(
        "plugin.toml",
        "",
        r#"
`<folder>/plugin.toml` has 2 mistakes
error: there is no `id`
 --> <folder>/plugin.toml:1:1
  |
1 |
  | ^ a plugin has a name, as in "toolbox/markdown"
error: there is no `version`
 --> <folder>/plugin.toml:1:1
  |
1 |
  | ^ a plugin has a version, as in "1.0.0"
"#,
    );
    draws(
        "plugin.json",
        "[]",
        r#"
`<folder>/plugin.json` has a mistake
error: a manifest must be a table, and this is a list
 --> <folder>/plugin.json:1:1
  |
1 | []
  | ^^
"#,
    );
}

#[test]
fn a_row_of_a_table_has_the_first_mistake_in_one_clause() {
    let summary = |text: &str| {
        let folder = folder("plugin.toml", text);
        let error = read(folder.path()).unwrap().unwrap_err();
        error.summary().replace(&folder.path().display().to_string(), "<folder>")
    };
    assert_eq!(
        summary("id = 'a/b'\nversion = '1.0.0'\nrnak = 1\n"),
        "`<folder>/plugin.toml`, line 3, column 1: unknown key `rnak` (did you mean `rank`)"
    );
    assert_eq!(
        summary("id = 1\nversion = '1.0.0'\nrnak = 1\nhost = []\n"),
        "`<folder>/plugin.toml`, line 1, column 6: `id` must be a string, and this is an integer; and 2 more mistakes"
    );
}
