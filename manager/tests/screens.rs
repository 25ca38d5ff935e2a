//! What a person sees in a terminal of 80 columns: every command, in one file to be read, `screens/transcript.snap`.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anstream::adapter::strip_str;
use clap::Parser;
use keyway::host::{Host, Places};
use keyway_cli::{App, Exit, Form, Options, PluginCommand, Screen};
use support::{Stage, file_name, library};

#[cfg(feature = "builtins")]
keyway::link_plugins!(keyway_builtins);

#[derive(Parser)]
struct Tool {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: PluginCommand,
}

/// What stands on the screen after a command.
fn screen(command: &str) -> String {
    screen_as(Form::People { width: 80 }, command)
}

fn screen_as(form: Form, command: &str) -> String {
    screen_within(Path::new("home"), form, command)
}

/// The same, where all that is the user's own lies in a folder.
fn screen_within(home: &Path, form: Form, command: &str) -> String {
    let tool = Tool::try_parse_from(command.split_whitespace()).unwrap_or_else(|error| panic!("{error}"));
    let app = App::new("keyway", env!("CARGO_PKG_VERSION"))
        .places(Places::within(home))
        .folders(Vec::new())
        .host(|builder| builder.bridge(keyway_dylib::bridge()));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = tool.command.run_on(&app, &tool.options, &mut Screen::new(&mut out, &mut err, form));
    let text = |bytes: &[u8]| strip_str(std::str::from_utf8(bytes).expect("UTF-8")).to_string();
    let exit = if exit == Exit::Done { String::new() } else { format!("[exit code {}]\n", exit as i32) };
    format!("$ {command}\n{}{}{exit}\n", text(&out), text(&err))
}

/// What differs from machine to machine.
fn same_everywhere(transcript: &str) -> String {
    let lines = transcript.lines().map(|line| match line.split_once("rustc ") {
        Some((before, _)) => format!("{before}rustc [the version]"),
        None => line.replace(keyway::abi::entry::TARGET, "[the target]"),
    });
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", feature = "builtins"))]
#[test]
fn every_command_in_eighty_columns() {
    let stage = Stage::with_plugins();
    stage.drop_in("older", "table");
    stage.drop_in("moody", "moody");
    // The only test of this program that cares where it is.
    std::env::set_current_dir(stage.path()).unwrap();
    let mut transcript = String::new();
    for command in [
        "keyway list --path plugins",
        "keyway list --path plugins --start",
        "keyway info toolbox/markdown --path plugins",
        "keyway info toolbox/pydata --path plugins",
        "keyway info text/word-count",
        "keyway info toolbox/table --path plugins --path older",
        "keyway why toolbox/markdown --path plugins",
        "keyway why toolbox/markdown --path plugins --start",
        "keyway why toolbox/table --path plugins --path older",
        "keyway why toolbox/pydata --path plugins",
        "keyway why toolbox/markdwon --path plugins",
        "keyway tree --path plugins",
        "keyway tree toolbox/outline --path plugins",
        "keyway tree toolbox/table --invert --path plugins",
        "keyway tree toolbox/pydata --path plugins",
        "keyway tree toolbox/outline --dot --path plugins",
        "keyway inspect plugins/libmarkdown.so",
        "keyway why toolbox/friend --path moody --start",
        "keyway doctor",
        "keyway doctor --path plugins --path older",
    ] {
        transcript += &screen(command);
    }
    transcript += "-- after some accidents --\n\n";
    let whole = fs::read(library("markdown")).unwrap();
    // Another file: this process still runs the one that is there.
    fs::remove_file("plugins/libmarkdown.so").unwrap();
    stage.write("plugins/libmarkdown.so", &whole[..40]);
    stage.write("plugins/README.md", b"These are plugins.\n");
    stage.write("plugins/libnotes.so", b"milk, eggs\n");
    std::os::unix::fs::symlink("/mnt/usb/libgone.so", stage.path().join("plugins/libgone.so")).unwrap();
    for command in [
        "keyway list --path plugins",
        "keyway inspect plugins/libmarkdown.so",
        "keyway inspect plugins/libnotes.so",
        "keyway inspect nowhere.so",
        "keyway doctor --path plugins --path nowhere --path ./plugins",
    ] {
        transcript += &screen(command);
    }
    let running = a_running_host();
    std::env::set_current_dir("/").unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("screens");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("transcript", same_everywhere(&transcript)));
    settings.bind(|| insta::assert_snapshot!("running", same_everywhere(&running)));
}

/// What is seen of a host that runs: in a terminal, in a pipe, as documents.
#[cfg(all(target_os = "linux", target_arch = "x86_64", feature = "builtins"))]
fn a_running_host() -> String {
    let stage = Stage::with_plugins();
    stage.drop_in("plugins", "chatty");
    std::env::set_current_dir(stage.path()).expect("a folder");
    let places = Places::within(Path::new("home"));
    let host = Host::builder("keyway", env!("CARGO_PKG_VERSION"))
        .linked_in(false)
        .bridge(keyway_dylib::bridge())
        .plugin_dir("plugins")
        .state_dir(&places.state)
        .count_calls(true)
        .health_every(Duration::from_millis(20), Duration::from_secs(60))
        .start()
        .expect("a host");
    let mut transcript = String::from("-- no host runs --\n\n");
    for command in ["load a/b", "unload a/b", "reload a/b", "status", "logs a/b", "list --running"] {
        transcript += &screen(&format!("keyway {command}"));
    }
    transcript += &screen_as(Form::Json, "keyway load a/b");
    transcript += "-- one runs --\n\n";
    let control = host.control(&places.runtime).expect("a socket");
    let asked = || host.status("toolbox/chatty").expect("a plugin").health.is_some();
    while !asked() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let forms = [Form::People { width: 80 }, Form::Rows, Form::Json];
    for command in [
        "list",
        "why toolbox/pydata",
        "status",
        "status toolbox/chatty",
        "logs toolbox/chatty",
        "unload toolbox/table",
        "unload toolbox/table --cascade",
        "unload toolbox/table",
        "load toolbox/table toolbox/pydata no/such",
        "reload toolbox/table",
        "disable toolbox/chatty",
        "enable toolbox/chatty",
    ] {
        for form in forms {
            // What is changed by one form is not there for the next.
            if form == forms[0] || !command.contains("load") && !command.contains("able t") {
                transcript += &screen_as(form, &format!("keyway {command}"));
            }
        }
    }
    transcript += &screen_as(Form::Rows, "keyway unload toolbox/table --cascade");
    transcript += &screen_as(Form::Json, "keyway load toolbox/table no/such");
    for command in ["list --files --path plugins", "info toolbox/chatty", "why toolbox/markdown"] {
        transcript += &screen(&format!("keyway {command}"));
    }
    transcript += "-- two run --\n\n";
    let second = host.control(&places.runtime).expect("a socket");
    transcript += &screen("keyway list");
    transcript += &screen("keyway load toolbox/table");
    transcript += &screen("keyway load toolbox/table --host 1");
    drop((control, second));
    transcript += "-- none runs any more --\n\n";
    for command in ["disable text/diff text/dif", "list", "why text/diff", "doctor", "enable text/diff"] {
        transcript += &screen(&format!("keyway {command}"));
    }
    // How long its file is depends on the machine.
    drop(screen("keyway cache --clear"));
    stage.write("home/cache/found", b"cached");
    for form in forms {
        transcript += &screen_as(form, "keyway cache");
    }
    transcript += &screen("keyway cache --clear");
    same_sizes(&same_times(&transcript.replace(&std::process::id().to_string(), "[pid]")))
}

/// How much of a library is mapped is a mark.
fn same_sizes(text: &str) -> String {
    let parts = text.split(" bytes) stays mapped").map(|part| match part.rsplit_once('(') {
        Some((before, size)) if size.bytes().all(|byte| byte.is_ascii_digit()) => format!("{before}([size]"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(" bytes) stays mapped")
}

/// Times become marks, dates with them.
fn same_times(text: &str) -> String {
    let matches = |rest: &str, pattern: &str| {
        rest.len() >= pattern.len()
            && rest.bytes().zip(pattern.bytes()).all(|(byte, mark)| match mark {
                b'0' => byte.is_ascii_digit(),
                mark => byte == mark,
            })
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let date = ["0000-00-00T00:00:00", "0000-00-00 00:00:00 UTC", "00:00:00."];
        match date.iter().find(|pattern| matches(rest, pattern)) {
            Some(pattern) => {
                out += "[time]";
                rest = rest[pattern.len()..].trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
                rest = rest.strip_prefix('Z').unwrap_or(rest);
            }
            None => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    out
}

/// Runs the command in a terminal of so many columns.
fn in_terminal(stage: &Stage, columns: usize, environment: &str, arguments: &str) -> Option<String> {
    let keyway = env!("CARGO_BIN_EXE_keyway");
    let line = format!("stty rows 24 cols {columns}; {environment} {keyway} {arguments}");
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("KEYWAY_HOME", stage.path().join("home"))
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR")
        .current_dir(stage.path())
        .output();
    let Ok(output) = output else {
        println!("skipped: a real terminal, for there is no `script` here");
        return None;
    };
    Some(String::from_utf8(output.stdout).expect("UTF-8").replace("\r\n", "\n"))
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_terminal_gets_colours_and_columns_that_fit() {
    let stage = Stage::with_plugins();
    let folder = stage.path().join("plugins");
    let list = format!("list --path {}", folder.display());
    for columns in [70, 80, 120] {
        let Some(seen) = in_terminal(&stage, columns, "", &list) else { return };
        assert!(seen.contains("\u{1b}["), "no colours: {seen:?}");
        let plain = strip_str(&seen).to_string();
        assert!(plain.starts_with("ID  "), "{plain}");
        let widest = plain.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        // A path is one word, and not broken below the table.
        let words = plain.split_whitespace().map(|word| word.chars().count()).max().unwrap_or_default();
        assert!(widest <= columns.max(words + "  why: ".len()), "{widest} of {columns} columns:\n{plain}");
        assert!(!plain.contains('\t'), "{plain}");
    }
    for (environment, more) in [("NO_COLOR=1", ""), ("", "--color never")] {
        let seen = in_terminal(&stage, 80, environment, &format!("{list} {more}")).unwrap();
        assert!(!seen.contains('\u{1b}'), "{environment} {more}: {seen:?}");
        assert!(seen.starts_with("ID  "), "{seen}");
    }
}

#[test]
fn a_file_name_of_another_alphabet_keeps_the_columns() {
    let stage = Stage::new();
    let folder = stage.path().join("プラグイン");
    stage.write(&format!("プラグイン/{}", file_name("table")), &fs::read(library("table")).unwrap());
    let form = Form::People { width: 80 };
    let seen = screen_within(stage.path(), form, &format!("keyway list --path {}", folder.display()));
    assert!(seen.lines().any(|line| line.starts_with("toolbox/table")), "{seen}");
    let joined: String = seen.split_whitespace().collect();
    assert!(joined.contains("プラグイン"), "{seen}");
    assert!(Path::new(&folder).exists());
}
