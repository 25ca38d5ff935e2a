//! What a user sees.

use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use crate::Home;
use crate::server::{Server, TOGETHER, wait_for};

fn fetcher(home: Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fetcher"));
    if let Some(folder) = home.folder() {
        command.arg("--plugins").arg(folder);
    }
    command.args(arguments);
    command
}

/// Its exit code, its table without the times, and what it says beside it; the server's address is `http://here`.
#[track_caller]
fn said(output: &Output, server: &Server) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it writes UTF-8");
    let table = without_times(&text(&output.stdout)).replace(&server.address, "http://here");
    (output.status.code(), table, text(&output.stderr).replace(&server.address, "http://here"))
}

/// The column of the times is taken out, which are others each time.
fn without_times(table: &str) -> String {
    let cut = |line: &str| match (line.get(..16), line.get(26..)) {
        (Some(left), Some(right)) if !line.starts_with("  why: ") => format!("{left}{right}\n"),
        _ => format!("{line}\n"),
    };
    table.lines().map(cut).collect()
}

/// What both homes print, which must be the same.
#[track_caller]
fn both(server: &Server, arguments: &[&str], code: i32, table: &str, errors: &str) {
    for home in Home::BOTH {
        let output = fetcher(home, arguments).output().expect("the program runs");
        let found = said(&output, server);
        let lives = if home == Home::Library { "from a library" } else { "built in" };
        let expected = (Some(code), table.to_owned(), errors.replace("HOME", lives));
        assert_eq!(found, expected, "{home:?}:\n{}\n{}", found.1, found.2);
    }
}

#[test]
fn a_page_and_its_links_are_told_in_the_order_of_the_page() {
    let server = Server::start();
    let table = "\
STATUS     BYTES  ADDRESS
   200       179  http://here/
   200        13  http://here/about
   200        13  http://here/old -> http://here/about
   404        22  http://here/gone
";
    let beside = "fetcher/link-checker, HOME; addresses: 4, broken: 1\n";
    both(&server, &[&server.at("/")], 1, table, beside);
    let table = "STATUS     BYTES  ADDRESS\n   200        13  http://here/about\n";
    both(
        &server,
        &[&server.at("/about#us")],
        0,
        table,
        "fetcher/link-checker, HOME; addresses: 1, broken: 0\n",
    );
}

#[test]
fn each_trouble_is_told_beside_its_address_and_harms_no_other() {
    let server = Server::start();
    let table = "\
STATUS     BYTES  ADDRESS
   200       302  http://here/trouble
     -         -  http://here/endless
  why: `http://here/endless` has more than 4194304 bytes
     -         -  http://here/short (3 tries)
  why: `http://here/short` broke off: end of file before message length reached
     -         -  http://here/no-http (3 tries)
  why: `http://here/no-http` broke off: invalid HTTP version parsed
     -         -  http://here/round
  why: `http://here/round` leads from address to address, and is given up after 10
   200         4  http://here/busy (3 tries)
     -         -  https://127.0.0.1/
  why: `https://127.0.0.1/` is `https`, and only `http` is spoken here
     -         -  http://127.0.0.1:99999/
  why: `http://127.0.0.1:99999/` is no address: there is no port 99999
   200        13  http://here/about
";
    let beside = "fetcher/link-checker, HOME; addresses: 9, broken: 5\n";
    both(&server, &[&server.at("/trouble")], 1, table, beside);
    wait_for("the end of what has no end", || server.open() == 0);
}

#[test]
fn as_many_are_fetched_at_once_as_is_said() {
    let server = Server::start();
    let table = "\
STATUS     BYTES  ADDRESS
   200       234  http://here/together
   200         9  http://here/together/1
   200         9  http://here/together/2
   200         9  http://here/together/3
   200         9  http://here/together/4
   200         9  http://here/together/5
   200         9  http://here/together/6
";
    let (at_once, page) = (TOGETHER.to_string(), server.at("/together"));
    let beside = "fetcher/link-checker, HOME; addresses: 7, broken: 0\n";
    both(&server, &["--at-once", &at_once, &page], 0, table, beside);
    assert_eq!(server.most(), TOGETHER);
}

#[test]
fn what_takes_too_long_is_given_up() {
    let server = Server::start();
    let errors = "error: it took longer than 500ms; requests given up: 1\n  help: give it more time with `--timeout SECONDS`\n";
    both(&server, &["--timeout", "0.5", &server.at("/slow")], 1, "", errors);
    wait_for("the end of both connections", || server.left() == 2);
}

/// **Source:** hostname(7): a name without a dot is looked up in the file `HOSTALIASES`, and this one is never opened by
/// who would write to it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_name_that_is_being_looked_up_holds_nothing_up() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let aliases = folder.path().join("aliases");
    assert!(Command::new("mkfifo").arg(&aliases).status().expect("there is `mkfifo`").success());
    for home in Home::BOTH {
        let mut command = fetcher(home, &["--timeout", "0.5", "http://never-found/"]);
        let mut child = command.env("HOSTALIASES", &aliases).spawn().expect("the program runs");
        let begun = Instant::now();
        while child.try_wait().expect("it can be asked").is_none()
            && begun.elapsed() < Duration::from_secs(60)
        {
            thread::sleep(Duration::from_millis(2));
        }
        // One that has ended by itself has its own code.
        let _ended = child.kill();
        let status = child.wait().expect("it can be waited for");
        assert_eq!(status.code(), Some(1), "{home:?}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_all_that_is_under_way() {
    use std::process::Stdio;

    for home in Home::BOTH {
        let server = Server::start();
        let child = fetcher(home, &[&server.at("/hanging")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        wait_for("what is never answered", || server.open() == 3);
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("there is `kill`").success());
        let output = child.wait_with_output().expect("it ends");
        let expected = (Some(130), String::new(), "interrupted; requests given up: 3\n".to_owned());
        assert_eq!(said(&output, &server), expected, "{home:?}");
        wait_for("the end of the connections", || server.left() == 3);
    }
}

#[test]
fn wrong_input_is_told_with_the_way_out() {
    let server = Server::start();
    let refused = {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        format!("http://{}/", gone.local_addr().expect("it is bound"))
    };
    let no_host = "a".repeat(64);
    let help = "write it as `http://HOST/PATH`";
    for (url, message, help) in [
        ("page", "`page` is no address: it begins with no `http://HOST`", help),
        ("http://", "`http://` is no address: empty string", help),
        ("http://127.0.0.1:99999/", "`http://127.0.0.1:99999/` is no address: there is no port 99999", help),
        (
            "https://127.0.0.1/",
            "`https://127.0.0.1/` is `https`, and only `http` is spoken here",
            "ask for a page that is served over plain `http`",
        ),
        (
            &refused,
            &format!("`{refused}` can not be reached: the connection is refused"),
            "see whether a server listens there, on that port",
        ),
        (
            &format!("http://{no_host}/"),
            &format!("no host `{no_host}` is known: "),
            "see whether the name is spelled right, and whether there is a network",
        ),
        (
            &server.at("/round"),
            "`http://here/round` leads from address to address, and is given up after 10",
            "",
        ),
    ] {
        for home in Home::BOTH {
            let output = fetcher(home, &[url]).output().expect("the program runs");
            let (code, table, errors) = said(&output, &server);
            assert_eq!((code, table.as_str()), (Some(1), ""), "{url}: {errors}");
            assert!(errors.starts_with(&format!("error: {message}")), "{errors}");
            let help = if help.is_empty() { "10\n".to_owned() } else { format!("\n  help: {help}\n") };
            assert!(errors.ends_with(&help), "{errors}");
        }
    }
    for (arguments, said) in [
        (&[][..], "<URL>"),
        (&["--at-once", "0", "http://h/"], "0 is not in 1..="),
        (&["--timeout", "-1", "http://h/"], "negative"),
        (&["--timeout", "soon", "http://h/"], "invalid float"),
    ] {
        let output = fetcher(Home::BuiltIn, arguments).output().expect("the program runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(said), "{errors}");
    }
}

#[test]
fn a_folder_without_a_plugin_that_runs_says_why() {
    let run = |folder: &Path| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_fetcher"));
        let output = program.args(["http://127.0.0.1/", "--plugins"]).arg(folder).output();
        let output = output.expect("the program runs");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("it writes UTF-8")
    };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let nobody = "error: no plugin here looks at pages\n  help: ";
    assert_eq!(
        run(folder.path()),
        format!("{nobody}put the library of a plugin into the folder, or leave `--plugins` out\n")
    );
    let needy = keyway_tests::folder_of(&[keyway_tests::library("keyway-needing-plugin")]);
    let errors = run(needy.path());
    assert!(errors.starts_with(&format!("{nobody}faults/n000-aaaaaaa needs ")), "{errors}");
    let whole = keyway_tests::library("link-checker");
    let bytes = std::fs::read(&whole).expect("the library can be read");
    let damaged = folder.path().join(whole.file_name().expect("a library is a file"));
    std::fs::write(&damaged, &bytes[..bytes.len() / 2]).expect("a file can be written");
    let errors = run(folder.path());
    let said = format!("`{}` is malformed", damaged.display());
    assert!(errors.starts_with(nobody) && errors.contains(&said), "{errors}");
    let missing = folder.path().join("missing");
    assert_eq!(run(&missing), format!("error: `{}` is no folder\n", missing.display()));
}

#[test]
fn its_readme_shows_what_it_prints() {
    let server = Server::start();
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```console\n").expect("README.md shows a transcript");
    let (transcript, _) = rest.split_once("```").expect("a block ends");
    let commands: Vec<_> = transcript.split("$ fetcher ").skip(1).collect();
    assert_eq!(commands.len(), 3);
    for shown in commands {
        let (arguments, shown) = shown.split_once('\n').expect("a command is a line");
        let home = if arguments.ends_with(" --plugins plugins") { Home::Library } else { Home::BuiltIn };
        let arguments = arguments.replace("http://localhost:8000", &server.address);
        let arguments: Vec<_> = arguments.trim_end_matches(" --plugins plugins").split(' ').collect();
        let output = fetcher(home, &arguments).output().expect("the program runs");
        let (_, table, errors) = said(&output, &server);
        let (printed, beside) = shown.trim_end().split_at(shown.rfind("fetcher/link-checker").unwrap_or(0));
        let shown =
            format!("{}{beside}\n", without_times(printed)).replace("http://localhost:8000", "http://here");
        assert_eq!(format!("{table}{errors}"), shown);
    }
}
