//! The real command over folders with real libraries: exit codes, rows, documents, errors.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Stage, file_name};

const BUILTINS: usize = 8;

fn rows(out: &str) -> Vec<Vec<&str>> {
    out.lines().map(|line| line.split('\t').collect()).collect()
}

#[test]
fn a_pipe_gets_one_row_a_plugin_between_tabs_and_no_header() {
    let stage = Stage::with_plugins();
    let ran = stage.keyway("list --path plugins").ended(0);
    let rows = rows(&ran.out);
    assert_eq!(rows.len(), BUILTINS + 4);
    assert_eq!(rows[0], ["hash/digest", "1.0.0", "static", "resolved", "built in", "-", ""]);
    assert_eq!(rows[BUILTINS], ["toolbox/markdown", "1.4.2", "dylib", "resolved", "unsigned", "plugins", ""]);
    let why = format!("needs `toolbox/table` ^2, and only 1.9.0 (plugins/{}) is here", file_name("table"));
    assert_eq!(rows[10], ["toolbox/pydata", "0.2.1", "dylib", "refused", "unsigned", "plugins", &why]);
    assert_eq!(ran.err, "");
    assert!(!ran.out.contains('\u{1b}'), "colours in a pipe");
}

#[test]
fn the_other_name_of_list_lists_the_same() {
    let stage = Stage::with_plugins();
    assert_eq!(stage.keyway("ls --path plugins").out, stage.keyway("list --path plugins").out);
}

#[test]
fn json_is_one_document_with_its_schema() {
    let stage = Stage::with_plugins();
    let document = stage.keyway("list --path plugins --json").ended(0).json();
    assert_eq!(document["schema"], "keyway.list/1");
    let items = document["items"].as_array().unwrap();
    assert_eq!(items.len(), BUILTINS + 4);
    let refused = items.iter().find(|item| item["state"] == "refused").unwrap();
    assert_eq!(refused["id"], "toolbox/pydata");
    assert_eq!(refused["why"]["code"], "unresolved");
    assert!(refused["why"]["help"].as_str().unwrap().starts_with("install `toolbox/table` ^2"));
    for (command, schema) in [
        ("info toolbox/markdown", "keyway.info/1"),
        ("why toolbox/markdown", "keyway.why/1"),
        ("tree", "keyway.tree/1"),
        ("doctor", "keyway.doctor/1"),
    ] {
        let ran = stage.keyway(&format!("{command} --json --path plugins"));
        assert_eq!(ran.json()["schema"], schema);
        assert_eq!(ran.err, "", "{command}");
    }
}

#[test]
fn errors_are_json_too_where_that_is_asked_for() {
    let stage = Stage::with_plugins();
    let error = stage.keyway("why toolbox/markdwon --json --path plugins").ended(1).error();
    let expected = json!({
        "schema": "keyway.error/1",
        "code": "unknown-plugin",
        "message": "there is no plugin `toolbox/markdwon`",
        "help": "write `toolbox/markdown` if that is meant",
    });
    assert_eq!(error, expected);
    let error = stage.keyway("list --nonsense --json").ended(2).error();
    assert_eq!(error["schema"], "keyway.error/1");
    assert_eq!(error["code"], "usage");
    assert_eq!(error["message"], "unexpected argument '--nonsense' found");
    let error = stage.keyway("tree --dot --json").ended(2).error();
    assert_eq!(error["code"], "usage");
}

#[test]
fn an_unknown_name_brings_the_nearest_ones() {
    let stage = Stage::with_plugins();
    for (wanted, help) in [
        ("markdown", "write `markdown/html` or `toolbox/markdown` if that is meant"),
        ("text/word-cuont", "write `text/word-count` if that is meant"),
        ("x/y", "see what is here with `keyway list`, or name more folders with `--path DIR`"),
    ] {
        for command in ["info", "why", "tree"] {
            let ran = stage.keyway(&format!("{command} {wanted} --path plugins")).ended(1);
            assert_eq!(ran.err, format!("error: there is no plugin `{wanted}`\n help: {help}\n"));
            assert_eq!(ran.out, "");
        }
    }
}

#[test]
fn the_exit_code_tells_whether_the_plugin_that_was_asked_for_is_refused() {
    let stage = Stage::with_plugins();
    for (command, code) in [
        ("list", 0),
        ("list --start", 6),
        ("tree", 0),
        ("info toolbox/markdown", 0),
        ("why toolbox/markdown", 0),
        ("why toolbox/markdown --start", 0),
        ("tree toolbox/markdown", 0),
        ("info toolbox/pydata", 6),
        ("why toolbox/pydata", 6),
        ("tree toolbox/pydata", 6),
        ("doctor", 6),
        ("info", 2),
        ("frobnicate", 2),
    ] {
        stage.keyway(&format!("{command} --path plugins")).ended(code);
    }
    fs::remove_file(stage.path().join("plugins").join(file_name("pydata"))).unwrap();
    stage.keyway("list --start --path plugins").ended(0);
    stage.keyway("doctor --path plugins").ended(0);
    stage.keyway("doctor --path plugins --path nowhere").ended(1);
}

#[test]
fn nothing_runs_unless_it_is_asked_for() {
    let stage = Stage::with_plugins();
    let canary = stage.path().join("canary");
    let library = file_name("markdown");
    for command in [
        "list".to_owned(),
        "info toolbox/markdown".into(),
        "why toolbox/markdown".into(),
        "tree".into(),
        "doctor".into(),
        format!("inspect plugins/{library}"),
    ] {
        let folder = if command.starts_with("inspect") { "" } else { "--path plugins" };
        let ran =
            stage.command(&format!("{command} {folder}")).env("KEYWAY_CANARY", &canary).output().unwrap();
        assert!(!ran.stdout.is_empty(), "{command}");
        assert!(!canary.exists(), "`{command}` ran code of a plugin");
    }
    let ran = stage.command("list --start --path plugins").env("KEYWAY_CANARY", &canary).output().unwrap();
    assert!(canary.exists(), "the canary is deaf");
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(out.contains("toolbox/markdown\t1.4.2\tdylib\tactive"), "{out}");
    assert!(out.contains("toolbox/outline\t1.4.2\tdylib\tresolved"), "it waits to be asked for: {out}");
}

#[test]
fn folders_come_from_both_sides_of_the_command_and_from_the_environment() {
    let stage = Stage::new();
    for (folder, name) in [("a", "markdown"), ("b", "table"), ("c", "pydata"), ("home/plugins", "table")] {
        stage.drop_in(folder, name);
    }
    let ran = stage.command("--path a list --path b").env("KEYWAY_PATH", "c").output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    let sources: Vec<_> = rows(&out)[BUILTINS..].iter().map(|row| (row[0], row[5].to_owned())).collect();
    let home = stage.path().join("home/plugins").display().to_string();
    let expected = [
        ("toolbox/markdown", "a".to_owned()),
        ("toolbox/outline", "a".to_owned()),
        ("toolbox/pydata", "c".to_owned()),
        ("toolbox/table", home),
    ];
    assert_eq!(sources, expected, "the user's own folder comes before those that are named");
    let project = stage.drop_in(".keyway/plugins", "table");
    let out = stage.keyway("info toolbox/table").ended(0).out;
    let aside = format!(
        "1.9.0 ({}): the same version was found earlier",
        project.strip_prefix(stage.path()).unwrap().display()
    );
    assert!(out.contains(&aside.replace("(.keyway", "(./.keyway")), "{out}");
}

#[test]
fn a_folder_that_is_named_and_not_there_is_told() {
    let stage = Stage::with_plugins();
    let ran = stage.keyway("list --path plugin").ended(0);
    assert!(ran.err.starts_with("warning: the folder `plugin` does not exist\n"), "{}", ran.err);
    let document = stage.keyway("list --path plugin --json").ended(0).json();
    assert_eq!(document["problems"][0]["code"], "folder-missing");
}

#[test]
fn another_application_has_its_own_folders_and_nothing_of_ours() {
    let stage = Stage::with_plugins();
    stage.drop_in(".mytool/plugins", "table");
    let out = stage.keyway("--app mytool list").ended(0).out;
    assert_eq!(out, "toolbox/table\t1.9.0\tdylib\tresolved\tunsigned\t./.mytool/plugins\t\n");
    let ran = stage.keyway("--app mytool list --path plugins").ended(2);
    assert!(ran.err.contains("plugin `toolbox/markdown` is made for `mytool` >=0.1, <3"), "{}", ran.err);
    stage.keyway("--app mytool@2.0.0 why toolbox/markdown --path plugins").ended(0);
    let ran = stage.keyway("--app mytool@3.0.0 why toolbox/markdown --path plugins").ended(6);
    assert!(ran.out.contains("it is made for host >=0.1, <3, this host is `mytool` 3.0.0"), "{}", ran.out);
    stage.keyway("--app mytool@three list").ended(2);
}

#[test]
fn the_tree_and_the_picture_can_begin_at_one_plugin() {
    let stage = Stage::with_plugins();
    let tree = |arguments: &str| stage.keyway(&format!("tree --path plugins {arguments}")).ended(0).out;
    assert_eq!(
        tree("toolbox/outline"),
        "toolbox/outline 1.4.2\n└── toolbox/markdown 1.4.2\n    └── toolbox/table 1.9.0\n"
    );
    assert_eq!(tree("toolbox/markdown --invert"), "toolbox/markdown 1.4.2\n└── toolbox/outline 1.4.2\n");
    assert!(tree("").contains("toolbox/pydata 0.2.1 refused: needs `toolbox/table` ^2"));
    let dot = tree("toolbox/markdown --dot");
    assert_eq!(dot.matches("shape=box").count(), 2, "{dot}");
    assert!(dot.starts_with("digraph {") && dot.contains("1 -> 0"), "{dot}");
    assert_eq!(tree("--dot").matches("shape=box").count(), BUILTINS + 4);
    let ids = |arguments: &str| {
        let ran = stage.keyway(&format!("tree --path plugins --json {arguments}")).json();
        let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
        ran["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(ids("toolbox/table --invert"), ["toolbox/table", "toolbox/markdown", "toolbox/outline"]);
}

#[test]
fn inspect_reads_libraries_and_programs_and_says_what_other_files_are() {
    let stage = Stage::with_plugins();
    let library = format!("plugins/{}", file_name("markdown"));
    let document = stage.keyway(&format!("inspect {library} --json")).ended(0).json();
    assert_eq!(document["schema"], "keyway.inspect/1");
    assert_eq!(document["build"]["abi"], "1.1");
    assert_eq!(document["manifests"][0]["id"], "toolbox/markdown");
    assert_eq!(document["manifests"][1]["activation"], "use");
    let program = env!("CARGO_BIN_EXE_keyway");
    let document = stage.keyway(&format!("inspect {program} --json")).ended(0).json();
    assert_eq!(document["manifests"].as_array().unwrap().len(), BUILTINS, "its own");
    let whole = fs::read(stage.path().join(&library)).unwrap();
    stage.write("cut.so", &whole[..whole.len() / 2]);
    stage.write("text.so", b"hello\n");
    stage.write("empty.so", b"");
    for (file, code, name, message) in [
        ("cut.so", 3, "malformed-object", "`cut.so` is malformed: "),
        ("text.so", 1, "not-an-object", "`text.so` is a text, and no ELF, Mach-O or PE file"),
        ("empty.so", 1, "not-an-object", "`empty.so` is "),
        ("gone.so", 1, "load-missing", "`gone.so` does not exist"),
        ("plugins", 1, "not-a-file", "`plugins` is a folder"),
    ] {
        let error = stage.keyway(&format!("inspect {file} --json")).ended(code).error();
        assert_eq!(error["code"], name, "{file}");
        let said = error["message"].as_str().unwrap();
        assert!(said.starts_with(message), "{said}");
        assert_ne!(error["help"], "");
    }
}

#[test]
fn who_reads_one_line_and_goes_away_is_no_error() {
    let stage = Stage::with_plugins();
    for command in ["list", "tree --dot", "list --json", "info toolbox/markdown", "doctor"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = stage.command(&format!("{command} --path plugins"));
        let ran = support::Ran::of(command.stdout(writer).output().unwrap()).ended(0);
        assert_eq!(ran.err, "", "{command:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_not_swallowed() {
    let stage = Stage::with_plugins();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = support::Ran::of(stage.command("list").stdout(full).output().unwrap()).ended(1);
    assert!(ran.err.starts_with("error: the output could not be written: "), "{}", ran.err);
}

/// A description that turns the rest of the terminal red, and one that forges a row.
#[test]
fn what_a_plugin_says_can_not_move_the_cursor_or_break_a_row() {
    let stage = Stage::with_plugins();
    let path = stage.path().join("plugins").join(file_name("table"));
    let mut bytes = fs::read(&path).unwrap();
    let (said, forged) = (b"Rows and columns", br"\u001b[31mR\tx\n");
    assert_eq!(said.len(), forged.len());
    let at: Vec<usize> = (0..bytes.len() - 16).filter(|at| bytes[*at..].starts_with(said)).collect();
    assert!(!at.is_empty());
    for at in at {
        bytes[at..at + 16].copy_from_slice(forged);
    }
    fs::write(&path, bytes).unwrap();
    let file = format!("plugins/{}", file_name("table"));
    for command in [format!("inspect {file}"), "info toolbox/table --path plugins".into()] {
        let ran = stage.keyway(&command).ended(0);
        assert!(ran.out.contains("\\u{1b}[31mR\\tx\\n"), "{}", ran.out);
        assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    let stage = Stage::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let out = stage.keyway(&format!("completions {shell}")).ended(0).out;
        for command in [
            "list", "info", "why", "tree", "inspect", "doctor", "status", "load", "unload", "reload",
            "enable", "disable", "logs", "cache",
        ] {
            assert!(out.contains(command), "{shell} knows no `{command}`");
        }
    }
}
