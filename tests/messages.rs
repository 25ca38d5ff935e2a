//! Every error message in one reviewed file: `messages.txt` holds what each public error says, with its code and its way
//! out, as it is at run time.
//!
//! `KEYWAY_BLESS=1 cargo test -p keyway-tests --test messages` writes the file.
#![allow(missing_docs, reason = "a test")]
#![allow(unreachable_pub, reason = "plugins are written as authors write them")]

#[cfg(all(unix, not(target_vendor = "apple")))]
#[path = "messages/control.rs"]
mod control;
#[path = "messages/dylib.rs"]
mod dylib;
#[cfg(all(unix, not(target_vendor = "apple")))]
#[path = "messages/finding.rs"]
mod finding;
#[path = "messages/framework.rs"]
mod framework;
#[path = "messages/host.rs"]
mod host;
#[path = "messages/page.rs"]
mod page;
#[cfg(all(unix, not(target_vendor = "apple")))]
#[path = "messages/policy.rs"]
mod policy;
#[cfg(all(unix, not(target_vendor = "apple")))]
#[path = "messages/records.rs"]
mod records;
#[cfg(all(unix, not(target_vendor = "apple")))]
#[path = "messages/running.rs"]
mod running;
#[path = "messages/talking.rs"]
mod talking;
#[path = "messages/trial.rs"]
mod trial;
#[path = "messages/worlds.rs"]
mod worlds;

use std::fs;
use std::path::{Path, PathBuf};

use page::Page;

/// What the page can not show, and who holds it instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("what the macros say to rustc", "tests/ui: compile-fail cases, with the text beside each"),
    (
        "everything that can be wrong in a sidecar or a policy, drawn",
        "framework/src/host/find/sidecar/tests/, framework/src/host/find/policy/tests.rs",
    ),
    (
        "what a host says to a request that it can not read",
        "framework/src/host/control/protocol.rs, framework/tests/host/control.rs",
    ),
    (
        "`interface::Mismatch` over descriptors that are too short or lie",
        "tests/refusals.rs, tests/evolution/damage.rs",
    ),
    (
        "`context::Unavailable` over a context's table that is missing or too short",
        "no test of its own; dylib-bridge/tests/c_plugin.rs holds the same promise of a plugin in C",
    ),
    ("what a table of the C ABI lacks (the clause after `does not keep the ABI:`)", "tests/refusals.rs"),
    ("the failures of the `keyway` command", "manager/tests/command.rs, manager/tests/doctor.rs"),
    ("the errors of tools: each plugin's own words", "the tests beside each plugin in builtin-plugins"),
    ("the resolver's rarer reasons", "framework/src/host/resolver/tests/refusals.rs"),
];

fn all() -> Page {
    let mut page = Page::default();
    framework::show(&mut page);
    talking::show(&mut page);
    worlds::show(&mut page);
    host::show(&mut page);
    // Here what is wrong is made with links, modes, sockets and libraries that crash.
    #[cfg(all(unix, not(target_vendor = "apple")))]
    {
        policy::show(&mut page);
        records::show(&mut page);
        finding::show(&mut page);
        running::show(&mut page);
        control::show(&mut page);
    }
    trial::show(&mut page);
    dylib::show(&mut page);
    page
}

fn text(page: &Page) -> String {
    let mut text = page.text();
    text.push_str("# not shown here\n\n");
    for (what, held) in ELSEWHERE {
        text.push_str(&format!("{what}\n    held by: {held}\n\n"));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Three ways out name tools of the system, so the file is that of Linux and its kin.
#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn every_message_is_as_it_was_reviewed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("messages.txt");
    let now = text(&all());
    if std::env::var_os("KEYWAY_BLESS").is_some() {
        fs::write(&file, now).expect("messages.txt can be written");
        return;
    }
    let reviewed = fs::read_to_string(&file).unwrap_or_default();
    let differs = now.lines().zip(reviewed.lines()).position(|(now, then)| now != then);
    let line = differs.unwrap_or_else(|| now.lines().count().min(reviewed.lines().count()));
    assert!(
        now == reviewed,
        "tests/messages.txt is not what the errors say, from line {} on:\n  reviewed: {}\n  now:      {}\nrun \
         `KEYWAY_BLESS=1 cargo test -p keyway-tests --test messages`, read the difference, and commit the file",
        line + 1,
        reviewed.lines().nth(line).unwrap_or("(the end)"),
        now.lines().nth(line).unwrap_or("(the end)"),
    );
}

#[test]
fn every_message_is_a_clause_and_every_way_out_says_something() {
    let page = all();
    let offences = page.offences();
    assert!(offences.is_empty(), "{}", offences.join("\n"));
    println!("{} messages, {} with a way out", page.count(), page.helped());
}

#[test]
fn the_house_style_is_held_against_what_breaks_it() {
    for (message, help) in [
        ("", "do it"),
        ("Not this", "do it"),
        ("not this.", "do it"),
        ("this can't be", "do it"),
        ("1 plugins are not this", "do it"),
        ("not this", " "),
    ] {
        let mut page = Page::default();
        page.add("an error", None, message, Some(help));
        assert_eq!(page.offences().len(), 1, "{message:?}, {help:?}");
    }
}

#[test]
fn nothing_on_the_page_depends_on_the_machine() {
    let text = text(&all());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let places = [root.to_path_buf(), std::env::temp_dir(), std::env::current_exe().expect("a program")];
    for place in places.iter().map(|place| place.display().to_string()) {
        assert!(!text.contains(&place), "{place}");
    }
    assert!(!text.contains(keyway::abi::entry::TARGET));
    // But for the one that the tests have chosen.
    let known = ["2026-09-21T", "20260921T141320Z"];
    let time = |word: &&str| word.contains("20") && word.contains('T') && word.ends_with('Z');
    let words = text.split([' ', ';', '`', ',']).map(|word| word.trim_end_matches(':')).filter(time);
    let times: Vec<&str> = words.filter(|word| !known.iter().any(|known| word.contains(known))).collect();
    assert!(times.is_empty(), "{times:?}");
}

/// The sources of Rust below a folder.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(path);
        }
    }
}

/// Every literal in a function `code`, wherever an error has one.
#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn every_code_in_the_sources_is_on_the_page() {
    let page = all();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut files = Vec::new();
    for folder in ["framework/src", "dylib-bridge/src"] {
        sources(&root.join(folder), &mut files);
    }
    let (mut seen, mut missing) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).expect("the source is there");
        let text = text.split("#[cfg(test)]\nmod tests {").next().expect("there is a first part");
        let bodies =
            text.split("fn code(&self) -> &").skip(1).filter_map(|body| body.split("\n    }\n").next());
        for code in bodies.flat_map(|body| body.split('"').skip(1).step_by(2)) {
            seen += 1;
            if !page.has_code(code) {
                missing.push(format!("`{code}` of {}", file.display()));
            }
        }
    }
    assert!(seen > 80, "{seen} codes are not all");
    assert!(missing.is_empty(), "not shown, make one in tests/messages/: {missing:#?}");
    println!("{seen} codes, each shown");
}
