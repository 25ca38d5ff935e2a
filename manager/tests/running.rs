//! The real command against real hosts, which are processes of their own: `toolbox serve`, with everything in one folder.

#![cfg(unix)]

mod support;

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Ran, Stage, file_name};

/// The example host, built where this command was.
fn toolbox() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_keyway")).parent().expect("it lies in a folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "toolbox", "--bin", "toolbox"]);
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        folder.join("toolbox")
    });
    built.clone()
}

/// A host that runs until the value is dropped.
struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
    socket: PathBuf,
}

impl Serving {
    fn on(stage: &Stage) -> Self {
        let mut child = Command::new(toolbox())
            .arg("serve")
            .current_dir(stage.path())
            .env("KEYWAY_HOME", stage.path().join("home"))
            .env_remove("KEYWAY_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the host starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it says where it listens");
        let socket = line.trim().split_once("listens on ").unwrap_or_else(|| panic!("{line:?}")).1.into();
        Self { child, out, socket }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.pid().to_string()]).status();
        assert!(sent.expect("there is a `kill`").success());
    }

    /// Ends its input, and waits for its end.
    fn end(mut self) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        while self.out.read_line(&mut rest).expect("its output") > 0 {}
        assert!(self.child.wait().expect("it was started here").success(), "{rest}");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already where a test waited for that.
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// With the fixtures where every host of this user finds them.
fn stage() -> Stage {
    let stage = Stage::new();
    for name in ["chatty", "markdown", "pydata", "table"] {
        stage.drop_in("home/plugins", name);
    }
    stage
}

fn ask(stage: &Stage, arguments: &str) -> Ran {
    stage.keyway(&format!("--app toolbox {arguments}"))
}

fn row<'a>(out: &'a str, id: &str) -> Vec<&'a str> {
    let row = out.lines().find(|line| line.starts_with(&format!("{id}\t")));
    row.unwrap_or_else(|| panic!("no `{id}` in {out}")).split('\t').collect()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < until, "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_needs_a_host_says_that_none_runs() {
    let stage = stage();
    for command in [
        "load a/b",
        "unload a/b",
        "reload a/b",
        "status",
        "status --watch",
        "logs a/b",
        "logs a/b -f",
        "list --running",
    ] {
        let ran = ask(&stage, command).ended(1);
        assert!(
            ran.err.starts_with("error: no host of `toolbox` is running\n help: "),
            "{command}: {}",
            ran.err
        );
        assert_eq!(ran.out, "");
        let error = ask(&stage, &format!("{command} --json")).ended(1).error();
        assert_eq!(error["code"], "no-host");
    }
    ask(&stage, "load").ended(2);
}

#[test]
fn a_list_shows_the_states_of_the_host_that_runs_and_names_it() {
    let stage = stage();
    let before = stage.keyway("--app toolbox@0.1.0 list").ended(0);
    assert_eq!(row(&before.out, "toolbox/table")[3], "resolved");
    assert_eq!(before.err, "");
    let host = Serving::on(&stage);
    let ran = ask(&stage, "list").ended(0);
    assert_eq!(row(&ran.out, "toolbox/table")[3], "active");
    assert_eq!(row(&ran.out, "toolbox/outline")[3], "resolved");
    assert_eq!(row(&ran.out, "text/diff")[3], "active", "what is linked into it is seen, too");
    let named = format!("host: `toolbox` 0.1.0, process {}, since ", host.pid());
    assert!(ran.err.starts_with(&named), "{}", ran.err);
    let document = ask(&stage, "list --json --running").ended(0).json();
    assert_eq!(document["schema"], "keyway.list/1");
    assert_eq!(document["host"]["pid"], host.pid());
    let info = ask(&stage, "info toolbox/table --json").ended(0).json();
    assert_eq!((&info["state"], &info["needed_by"][0]), (&"active".into(), &"toolbox/markdown".into()));
    let why = ask(&stage, "why toolbox/pydata").ended(6);
    assert!(why.out.contains("it needs `toolbox/table` ^2"), "{}", why.out);
    let files = stage.keyway("--app toolbox@0.1.0 list --files").ended(0);
    assert_eq!((files.out, files.err), (before.out, String::new()));
    stage.keyway("--app toolbox@0.1.0 list --path home/plugins --running").ended(2);
    let ran = stage.keyway("--app toolbox@0.1.0 list --path more").ended(0);
    assert_eq!(row(&ran.out, "toolbox/table")[3], "resolved", "`--path` is about files");
    host.end();
    assert_eq!(stage.keyway("--app toolbox@0.1.0 list").ended(0).err, "");
}

#[test]
fn plugins_are_unloaded_loaded_and_reloaded_while_the_host_runs() {
    let stage = stage();
    let host = Serving::on(&stage);
    let refused = ask(&stage, "unload toolbox/table").ended(1);
    assert!(
        refused.err.contains(
            "error: plugin `toolbox/table` is needed by `toolbox/markdown`\n help: unload `toolbox/markdown` first, or \
             with it: `keyway --app toolbox unload toolbox/table --cascade`"
        ),
        "{}",
        refused.err
    );
    let gone = ask(&stage, "unload toolbox/table --cascade").ended(0).out;
    let library = fs::canonicalize(stage.path().join("home/plugins")).unwrap().join(file_name("table"));
    let columns: Vec<_> = gone.trim_end().split('\t').collect();
    assert_eq!(columns[..4], ["toolbox/table", "1.9.0", "retired", "toolbox/markdown"]);
    assert_eq!(fs::canonicalize(columns[4]).unwrap(), library, "its code stays");
    assert_eq!(ask(&stage, "unload toolbox/table").ended(0).out.split('\t').nth(2), Some("retired"));
    let all = ask(&stage, "load toolbox/table no/such toolbox/pydata toolbox/markdown").ended(1);
    assert_eq!(row(&all.out, "toolbox/table")[2], "active");
    assert_eq!(row(&all.out, "toolbox/markdown")[2], "active", "what comes after a failure is done");
    for said in [
        "error: there is no plugin `no/such`\n",
        "error: plugin `toolbox/pydata` ",
        "note: 2 of 4 plugins failed\n",
    ] {
        assert!(all.err.contains(said), "{said}: {}", all.err);
    }
    let document = ask(&stage, "load toolbox/table no/such --json").ended(1).json();
    assert_eq!(document["schema"], "keyway.load/1");
    assert_eq!(document["items"][0]["item"]["state"], "active");
    assert_eq!(document["items"][1]["error"]["code"], "unknown-plugin");
    let anew = ask(&stage, "reload toolbox/table --json").ended(0).json();
    assert_eq!(anew["items"][0]["also"][0], "toolbox/markdown");
    let status = ask(&stage, "status toolbox/table --json").ended(0).json();
    assert_eq!(status["schema"], "keyway.status/1");
    assert_eq!(status["items"][0]["restarts"], 2);
    ask(&stage, "load toolbox/outline").ended(0);
    assert_eq!(row(&ask(&stage, "list").out, "toolbox/outline")[3], "active", "what waits is woken");
    // Something new in a folder, without a restart.
    stage.drop_in("home/plugins", "moody");
    let new = ask(&stage, "load toolbox/friend").ended(1);
    assert!(new.err.contains("no theme is set"), "{}", new.err);
    host.end();
}

#[test]
fn doctor_believes_the_host_that_runs_and_else_accuses_nobody_of_lacking_what_may_be_linked_in() {
    let stage = Stage::new();
    stage.drop_in("home/plugins", "needy");
    let files = stage.keyway("--app toolbox@0.1.0 doctor --json").ended(0).json();
    assert!(files.get("host").is_none(), "{files}");
    let of = |document: &Value| -> Vec<(String, String)> {
        let text = |item: &Value, key: &str| item[key].as_str().expect("a text").to_owned();
        let items = document["items"].as_array().expect("a list");
        items.iter().map(|item| (text(item, "severity"), text(item, "code"))).collect()
    };
    assert_eq!(of(&files), [("note".to_owned(), "unseen".to_owned())], "{files}");
    let why = stage.keyway("--app toolbox@0.1.0 why toolbox/needy --json").ended(6).json();
    assert!(
        why["help"].as_str().is_some_and(|help| help.contains("ask again while `toolbox` runs")),
        "{why}"
    );
    let host = Serving::on(&stage);
    let asked = ask(&stage, "doctor --json").ended(0).json();
    assert_eq!((&asked["host"]["pid"], of(&asked)), (&host.pid().into(), Vec::new()), "{asked}");
    assert_eq!(asked["checked"]["version"], "0.1.0");
    assert_eq!(of(&stage.keyway("--app toolbox@0.1.0 doctor --files --json").ended(0).json()), of(&files));
    // What does not run in it is an error as ever, with a way out that can be typed.
    ask(&stage, "unload text/diff --cascade").ended(0);
    let stopped = ask(&stage, "load toolbox/needy").ended(1);
    assert!(stopped.err.contains("`keyway --app toolbox why text/diff`"), "{}", stopped.err);
    let doctor = ask(&stage, "doctor").ended(6);
    assert!(doctor.out.starts_with("error\tunresolved\ttoolbox/needy\t"), "{}", doctor.out);
    assert!(ask(&stage, "why text/diff").ended(0).out.contains("`keyway --app toolbox load text/diff`"));
    host.end();
}

#[test]
fn a_policy_that_can_not_be_read_is_a_finding_beside_the_others() {
    let stage = Stage::new();
    stage.write("home/config/keyway/plugins.toml", b"[dney]\n");
    stage.drop_in("open", "table");
    fs::set_permissions(stage.path().join("open"), Permissions::from_mode(0o777)).expect("a mode");
    let found = stage.keyway("doctor --path open").ended(1).out;
    assert!(found.contains("dney") && found.contains("open-to-all"), "{found}");
    // Elsewhere it is what keeps the command from its work, drawn where it stands.
    let ran = stage.keyway("list").ended(1);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert!(lines.iter().any(|line| line.contains("1 | [dney]")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("^^^^")), "{lines:#?}");
}

#[test]
fn what_is_disabled_stays_so_whoever_runs() {
    let stage = stage();
    let host = Serving::on(&stage);
    let off = ask(&stage, "disable toolbox/table toolbox/chatty").ended(0).out;
    assert_eq!(row(&off, "toolbox/table")[2..4], ["disabled", "toolbox/markdown"]);
    assert_eq!(row(&off, "toolbox/chatty")[2], "disabled");
    host.end();
    let ran = ask(&stage, "enable toolbox/chatty").ended(0);
    assert!(
        ran.err.contains("note: no host of `toolbox` is running: this is for its next start\n"),
        "{}",
        ran.err
    );
    let host = Serving::on(&stage);
    let out = ask(&stage, "list").ended(0).out;
    assert_eq!((row(&out, "toolbox/table")[3], row(&out, "toolbox/chatty")[3]), ("disabled", "active"));
    let why = ask(&stage, "why toolbox/table").ended(0).out;
    assert!(
        why.contains("it is disabled by the operator")
            && why.contains("`keyway --app toolbox enable toolbox/table`"),
        "{why}"
    );
    assert_eq!(row(&ask(&stage, "enable toolbox/table").ended(0).out, "toolbox/table")[2], "active");
    assert_eq!(row(&ask(&stage, "list").out, "toolbox/markdown")[3], "active");
    host.end();
    for _ in 0..2 {
        let ran = stage.keyway("disable text/diff text/dif --json").ended(1);
        let document = ran.json();
        assert_eq!(document["host"], Value::Null);
        assert_eq!(document["items"][0]["item"]["state"], "disabled");
        assert_eq!(document["items"][1]["error"]["help"], "write `text/diff` if that is meant");
    }
    assert_eq!(row(&stage.keyway("list").ended(0).out, "text/diff")[3], "disabled");
    let notes = stage.keyway("doctor").ended(6).out;
    assert!(
        notes.contains("note\tdisabled\ttext/diff\t") && notes.contains("`keyway enable text/diff`"),
        "{notes}"
    );
    assert_eq!(row(&stage.keyway("enable text/diff").ended(0).out, "text/diff")[2], "resolved");
}

/// A command that goes on, and what it writes.
fn following(stage: &Stage, arguments: &str) -> (Child, BufReader<ChildStdout>) {
    let mut command = stage.command(&format!("--app toolbox {arguments}"));
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let out = BufReader::new(child.stdout.take().expect("it is piped"));
    (child, out)
}

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).expect("its output");
    line
}

/// Whether the signal of Ctrl-C is ignored here, and so by every process that is started here.
fn ignores_interrupts() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

#[test]
fn logs_are_shown_and_followed_until_somebody_has_enough() {
    let stage = stage();
    let host = Serving::on(&stage);
    let lines = ask(&stage, "logs toolbox/chatty").ended(0).out;
    let messages: Vec<_> = lines.lines().map(|line| line.split('\t').skip(2).collect::<Vec<_>>()).collect();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], ["info", "toolbox/chatty", "good morning"], "{lines}");
    assert_eq!(messages[1][2], "the \\u{1b}[31mink\\u{1b}[0m runs low");
    assert_eq!(ask(&stage, "logs toolbox/chatty --lines 1").ended(0).out.lines().count(), 1);
    let document = ask(&stage, "logs toolbox/chatty --json").ended(0).json();
    assert_eq!(
        (&document["schema"], &document["items"][0]["level"]),
        (&"keyway.logs/1".into(), &"info".into())
    );
    let unknown = ask(&stage, "logs toolbox/chaty").ended(1);
    assert!(unknown.err.contains("write `toolbox/chatty` if that is meant"), "{}", unknown.err);

    let (mut child, mut out) = following(&stage, "logs toolbox/chatty -f --lines 1 --json");
    let first: Value = serde_json::from_str(&line(&mut out)).unwrap();
    assert_eq!((&first["schema"], &first["number"]), (&"keyway.logs/1".into(), &2.into()));
    ask(&stage, "reload toolbox/chatty").ended(0);
    let next: Value = serde_json::from_str(&line(&mut out)).unwrap();
    assert_eq!((&next["number"], &next["message"]), (&3.into(), &"good morning".into()));
    if ignores_interrupts() {
        // Past the harness, which shows what is printed only of tests that fail.
        let skipped =
            "skipped: that Ctrl-C ends `logs -f`: whoever started the tests ignores it for all of them";
        writeln!(std::io::stderr(), "{skipped}").unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    } else {
        // A shell tells the end by the signal of Ctrl-C as 130.
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let ended = child.wait().unwrap();
        assert!(ended.signal() == Some(2) || ended.code() == Some(130), "{ended:?}");
    }
    let (mut child, mut out) = following(&stage, "logs toolbox/chatty -f");
    for _ in 0..4 {
        line(&mut out);
    }
    host.end();
    assert_eq!(line(&mut out), "");
    assert!(child.wait().unwrap().success(), "the host's end is no failure");
}

#[test]
fn status_tells_figures_and_goes_on_where_it_is_wanted() {
    let stage = stage();
    let host = Serving::on(&stage);
    let all = ask(&stage, "status").ended(0).out;
    assert_eq!(row(&all, "toolbox/table")[2..3], ["active"]);
    ask(&stage, "status toolbox/pydata").ended(6);
    wait_for("it is asked how it is", || {
        let item = ask(&stage, "status toolbox/chatty --json").json()["items"][0].clone();
        item["health"]["level"] == "degraded" && item["memory"] == 1536 && item["calls"] == 0
    });
    let (mut child, mut out) = following(&stage, "status toolbox/table --watch --every 100 --json");
    let mut state = || serde_json::from_str::<Value>(&line(&mut out)).unwrap()["state"].clone();
    assert_eq!(state(), "active");
    ask(&stage, "unload toolbox/table --cascade").ended(0);
    wait_for("the change is told", || state() == "retired");
    host.end();
    assert!(child.wait().unwrap().success());
}

#[test]
fn of_several_hosts_one_must_be_named() {
    let stage = stage();
    let (one, other) = (Serving::on(&stage), Serving::on(&stage));
    for command in ["list", "load toolbox/table", "enable toolbox/table", "status"] {
        let error = ask(&stage, &format!("{command} --json")).ended(2).error();
        assert_eq!(
            (&error["code"], &error["message"]),
            (&"several-hosts".into(), &"2 hosts of `toolbox` are running".into())
        );
        let help = error["help"].as_str().unwrap();
        for host in [&one, &other] {
            assert!(help.contains(&format!("`--host {}` (0.1.0, since 2", host.pid())), "{help}");
        }
    }
    ask(&stage, &format!("unload toolbox/chatty --host {}", one.pid())).ended(0);
    let state = |host: &Serving| {
        let out = ask(&stage, &format!("list --host {}", host.pid())).ended(0).out;
        row(&out, "toolbox/chatty")[3].to_owned()
    };
    assert_eq!((state(&one), state(&other)), ("retired".into(), "active".into()));
    assert_eq!(ask(&stage, "list --host 1 --json").ended(1).error()["code"], "no-such-host");
    one.end();
    ask(&stage, "list").ended(0);
    other.end();
}

#[test]
fn a_host_that_was_killed_leaves_a_socket_that_is_seen_through_and_taken_away() {
    let stage = stage();
    let mut host = Serving::on(&stage);
    let socket = host.socket.clone();
    assert_eq!(socket.metadata().unwrap().mode() & 0o7777, 0o600);
    assert_eq!(socket.parent().unwrap().metadata().unwrap().mode() & 0o7777, 0o700);
    host.signal("-KILL");
    host.child.wait().unwrap();
    assert!(socket.exists());
    let doctor = stage.keyway("--app toolbox@0.1.0 doctor").ended(6).out;
    let finding = format!("note\tstale-socket\t{}\t", socket.display());
    assert!(doctor.contains(&finding) && doctor.contains(&format!("`rm {}`", socket.display())), "{doctor}");
    assert!(socket.exists(), "doctor changes nothing");
    assert_eq!(ask(&stage, "status --json").ended(1).error()["code"], "no-host");
    assert!(!socket.exists());
    Serving::on(&stage).end();
}

#[test]
fn a_host_ends_in_order_by_ctrl_c_and_takes_its_socket_away() {
    let stage = stage();
    let mut host = Serving::on(&stage);
    host.signal("-INT");
    assert!(host.child.wait().unwrap().success());
    assert!(!host.socket.exists());
}

#[test]
fn a_host_that_is_held_is_said_to_be_silent() {
    let stage = stage();
    let host = Serving::on(&stage);
    host.signal("-STOP");
    let error = ask(&stage, "load toolbox/table --json").ended(1).error();
    assert_eq!(error["code"], "host-silent");
    assert_eq!(error["help"], format!("see what holds it up: it is process {}", host.pid()));
    let doctor = stage.keyway("--app toolbox@0.1.0 doctor").ended(6).out;
    assert!(doctor.contains("warning\thost-silent\t"), "{doctor}");
    host.signal("-CONT");
    ask(&stage, "load toolbox/table").ended(0);
    host.end();
}

#[test]
fn a_socket_that_talks_nonsense_is_no_host() {
    let stage = stage();
    let folder = stage.path().join("home/run/toolbox");
    fs::create_dir_all(&folder).unwrap();
    let listener = UnixListener::bind(folder.join("4000003-0.sock")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Who asks may have gone.
            let _said = stream.and_then(|mut stream| stream.write_all(b"\x1b[31mhello\n"));
        }
    });
    let error = ask(&stage, "status --json").ended(1).error();
    assert_eq!(error["code"], "host-garbled");
    let ran = ask(&stage, "status").ended(1);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
}

/// Only the superuser can give something away, and become somebody else.
#[cfg(target_os = "linux")]
#[test]
fn a_socket_of_somebody_else_is_not_believed() {
    use std::os::unix::process::CommandExt as _;

    let stage = Stage::new();
    if stage.path().metadata().unwrap().uid() != 0 {
        println!("skipped: only the superuser can become somebody else");
        return;
    }
    let folder = stage.path().join("home/run/toolbox");
    fs::create_dir_all(&folder).unwrap();
    let socket = folder.join("4000004-0.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::chown(&socket, Some(4711), None).unwrap();
    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    for folder in folder.ancestors().take_while(|folder| folder.starts_with(stage.path())) {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
    // Where the other user could not come to the command itself.
    let copy = stage.path().join("keyway");
    fs::copy(env!("CARGO_BIN_EXE_keyway"), &copy).unwrap();
    let output = Command::new(&copy)
        .args(["--app", "toolbox", "status", "--json"])
        .env("KEYWAY_HOME", stage.path().join("home"))
        .current_dir("/")
        .uid(65534)
        .gid(65534)
        .output()
        .unwrap();
    let error = Ran::of(output).ended(1).error();
    assert_eq!(error["code"], "host-foreign");
    let message = format!("`{}` belongs to user 4711, and not to you", socket.display());
    assert_eq!(error["message"], message);
}

#[test]
fn the_same_commands_are_in_the_host_itself() {
    let stage = stage();
    let host = Serving::on(&stage);
    let output = Command::new(toolbox())
        .args(["plugin", "unload", "toolbox/chatty"])
        .env("KEYWAY_HOME", stage.path().join("home"))
        .current_dir(stage.path())
        .output()
        .unwrap();
    assert_eq!(row(&Ran::of(output).ended(0).out, "toolbox/chatty")[2], "retired");
    host.end();
}

#[test]
fn the_cache_is_measured_and_cleared() {
    let stage = Stage::with_plugins();
    let document = stage.keyway("cache --json").ended(0).json();
    assert_eq!((&document["schema"], &document["files"]), (&"keyway.cache/1".into(), &0.into()));
    assert_eq!(document["unusable"]["code"], "cache-missing");
    stage.drop_in("home/plugins", "table");
    stage.keyway("list").ended(0);
    stage.write("home/cache/keyway/deeper/one", b"4567");
    // What has just been written is not believed before the clock has gone on.
    wait_for("the cache knows it", || {
        stage.keyway("list").ended(0);
        let document = stage.keyway("cache --json").ended(0).json();
        assert_eq!((&document["files"], &document["unusable"]), (&2.into(), &Value::Null));
        document["entries"] == 1 && document["bytes"].as_u64() > Some(4)
    });
    assert_eq!(stage.keyway("cache --clear --json").ended(0).json()["cleared"], true);
    assert_eq!(fs::read_dir(stage.path().join("home/cache/keyway")).unwrap().count(), 0);
    stage.keyway("cache --clear").ended(0);
}

#[test]
fn doctor_looks_at_the_folders_of_the_applications_own() {
    let stage = Stage::new();
    stage.keyway("doctor").ended(0);
    stage.write("home/state/keyway/registry.toml", b"what is this");
    let run = stage.path().join("home/run/keyway");
    fs::create_dir_all(&run).unwrap();
    fs::set_permissions(&run, Permissions::from_mode(0o777)).unwrap();
    fs::create_dir_all(stage.path().join("home/cache")).unwrap();
    std::os::unix::fs::symlink("/nowhere", stage.path().join("home/cache/keyway")).unwrap();
    let document = stage.keyway("doctor --json").ended(1).json();
    let items = document["items"].as_array().unwrap();
    let find = |code: &str| {
        let item = items.iter().find(|item| item["code"] == code);
        item.unwrap_or_else(|| panic!("no `{code}`: {document:#}"))["help"].as_str().unwrap().to_owned()
    };
    assert_eq!(find("open-to-all"), format!("`chmod o-w {}`", run.display()));
    assert!(find("no-folder").starts_with("`rm "));
    assert!(find("state-damaged").contains("`keyway enable`"));
}

/// Runs the command in a terminal.
#[cfg(target_os = "linux")]
#[test]
fn what_takes_longer_than_a_second_is_announced_on_terminals_only() {
    let stage = stage();
    let host = Serving::on(&stage);
    let load = format!("{} --app toolbox load toolbox/sleepy", env!("CARGO_BIN_EXE_keyway"));
    let terminal = Command::new("script")
        .args(["-qec", &load, "/dev/null"])
        .env("KEYWAY_HOME", stage.path().join("home"))
        .env("TERM", "xterm-256color")
        .current_dir(stage.path())
        .output();
    let Ok(output) = terminal else {
        println!("skipped: a real terminal, for there is no `script` here");
        return;
    };
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(seen.contains("loading `toolbox/sleepy` (1 of 1)"), "{seen:?}");
    assert!(seen.contains("toolbox/sleepy"), "{seen:?}");
    ask(&stage, "unload toolbox/sleepy").ended(0);
    let ran = ask(&stage, "load toolbox/sleepy").ended(0);
    assert!(!ran.err.contains("loading"), "{}", ran.err);
    host.end();
}
