//! A real host, its socket, and all who speak with it: rightly, badly, slowly, in crowds.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use keyway::host::Host;
use keyway::host::control::{
    AskError, CONNECTIONS, Changed, Client, Control, ControlError, Details, FOLLOWERS, History, HostReport,
    LINE, Line, Lines, List, Request, StatusItem, Statuses, Why, hosts,
};
use tempfile::TempDir;

use crate::puppets::{Journal, Puppet};

const CHAIN: [&str; 4] = ["chain/a", "chain/b", "chain/beside", "chain/c"];

struct Stage {
    host: Host,
    control: Control,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        Self::of(Journal::new().host(&CHAIN).start().unwrap())
    }

    fn of(host: Host) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let control = host.control(&folder.path().join("run/test")).unwrap();
        Self { host, control, folder }
    }

    fn client(&self) -> Client {
        Client::connect(self.control.socket()).unwrap()
    }

    fn stream(&self) -> UnixStream {
        UnixStream::connect(self.control.socket()).unwrap()
    }

    fn ask<T: serde::de::DeserializeOwned>(&self, request: Request) -> Result<T, AskError> {
        self.client().ask(&request)
    }
}

fn id(id: &str) -> String {
    id.to_owned()
}

/// The next line of a connection.
fn line(stream: &UnixStream) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

/// Waits for something that takes its time; a machine under load may take long.
fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < until, "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_host_says_who_it_is_and_what_its_plugins_are() {
    let stage = Stage::new();
    let about: HostReport = stage.ask(Request::Host {}).unwrap();
    assert_eq!((&*about.app, &*about.version, about.pid), ("test", "1.0.0", std::process::id()));
    let list: List = stage.ask(Request::List {}).unwrap();
    let states: Vec<_> = list.items.iter().map(|item| (item.id.as_str(), &*item.state)).collect();
    assert_eq!(states, CHAIN.map(|id| (id, "active")));
    let details: Details = stage.ask(Request::Plugin { id: id("chain/b") }).unwrap();
    assert_eq!(details.needs[0].as_str(), "chain/c");
    assert_eq!(details.needed_by[0].as_str(), "chain/a");
    assert_eq!(details.manifest, *stage.host.plugin("chain/b").unwrap().manifest);
    let why: Why = stage.ask(Request::Why { id: id("chain/b") }).unwrap();
    assert_eq!((why.reasons[0].text.as_str(), &*why.help), ("it is linked into the host", "nothing"));
    let error = stage.ask::<Details>(Request::Plugin { id: id("chain/bb") }).unwrap_err();
    assert_eq!((error.code(), error.to_string()), ("unknown-plugin", "there is no plugin `chain/bb`".into()));
    let found = hosts(stage.control.socket().parent().unwrap()).unwrap();
    assert_eq!((found.running.len(), found.mute.len(), found.stale.len()), (1, 0, 0));
    assert_eq!(found.running[0].about, about);
}

#[test]
fn plugins_are_loaded_unloaded_and_reloaded_from_outside() {
    let stage = Stage::new();
    let mut client = stage.client();
    let needed = client.ask::<Changed>(&Request::Unload { id: id("chain/c"), cascade: false }).unwrap_err();
    assert_eq!(needed.code(), "needed");
    assert_eq!(needed.to_string(), "plugin `chain/c` is needed by `chain/a`, `chain/b`");
    let gone: Changed = client.ask(&Request::Unload { id: id("chain/c"), cascade: true }).unwrap();
    let also: Vec<_> = gone.also.iter().map(|id| id.as_str()).collect();
    assert_eq!((&*gone.item.state, also), ("retired", vec!["chain/a", "chain/b"]));
    assert_eq!(gone.stays, None, "it is linked in");
    let again: Changed = client.ask(&Request::Unload { id: id("chain/c"), cascade: false }).unwrap();
    assert_eq!((&*again.item.state, again.also.len()), ("retired", 0), "to do it again is no error");
    let why: Why = client.ask(&Request::Why { id: id("chain/c") }).unwrap();
    assert_eq!(
        (&*why.reasons[0].text, &*why.help),
        ("it has been unloaded", "load it again with `keyway load chain/c`")
    );
    let back: Changed = client.ask(&Request::Load { id: id("chain/c") }).unwrap();
    assert_eq!(back.item.state, "active");
    let anew: Changed = client.ask(&Request::Reload { id: id("chain/c") }).unwrap();
    assert_eq!((&*anew.item.state, anew.also.len()), ("active", 2));
    let statuses: Statuses = client.ask(&Request::Status { id: Some(id("chain/c")) }).unwrap();
    assert_eq!((statuses.items.len(), statuses.items[0].restarts), (1, 2));
    let history: History = client.ask(&Request::History { id: id("chain/c") }).unwrap();
    assert_eq!(history.items.len(), stage.host.history("chain/c").len());
    assert_eq!(history.items.last().unwrap().state, "active");
    let list: List = client.ask(&Request::Refresh {}).unwrap();
    assert!(list.items.iter().all(|item| item.state == "active"), "{list:?}");
}

#[test]
fn what_is_disabled_from_outside_stays_so_after_a_restart_until_it_is_enabled() {
    let state = tempfile::tempdir().unwrap();
    let journal = Journal::new();
    let start = || Stage::of(journal.host(&CHAIN).state_dir(state.path()).start().unwrap());
    let stage = start();
    let off: Changed = stage.ask(Request::Disable { id: id("chain/c") }).unwrap();
    assert_eq!((&*off.item.state, off.also.len()), ("disabled", 2));
    drop(stage);
    let stage = start();
    let item = |id: &str| stage.ask::<Details>(Request::Plugin { id: id.to_owned() }).unwrap().item;
    assert_eq!(item("chain/c").state, "disabled");
    let on: Changed = stage.ask(Request::Enable { id: id("chain/c") }).unwrap();
    assert_eq!((&*on.item.state, on.lifted.len()), ("active", 0));
    assert_eq!(item("chain/a").state, "active");
    stage.ask::<Changed>(Request::Enable { id: id("chain/c") }).unwrap();
}

#[test]
fn the_lines_of_a_log_are_given_and_followed() {
    let stage = Stage::new();
    let puppet = stage.host.get::<dyn Puppet>("chain/c").unwrap();
    for text in ["one", "two", "three"] {
        puppet.get().log(text);
    }
    let lines: Lines = stage.ask(Request::Logs { id: id("chain/c"), after: 1 }).unwrap();
    let said: Vec<_> = lines.items.iter().map(|line| (line.number, &*line.level, &*line.message)).collect();
    assert_eq!(said, [(2, "info", "two"), (3, "info", "three")]);
    let (send, receive) = channel();
    let client = stage.client();
    let follower = std::thread::spawn(move || {
        client.follow(&Request::FollowLogs { id: id("chain/c"), after: 2 }, |line: Line| {
            let end = line.message == "end";
            send.send(line.message).unwrap();
            if end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    });
    assert_eq!(receive.recv().unwrap(), "three");
    puppet.get().log("four");
    assert_eq!(receive.recv().unwrap(), "four");
    puppet.get().log("end");
    assert_eq!(receive.recv().unwrap(), "end");
    follower.join().unwrap().unwrap();
    let error = stage
        .client()
        .follow(&Request::FollowLogs { id: id("no/such"), after: 0 }, |_: Line| ControlFlow::Continue(()))
        .unwrap_err();
    assert_eq!(error.code(), "unknown-plugin");
}

#[test]
fn how_plugins_fare_is_told_again_when_it_is_another() {
    let stage = Stage::new();
    let (send, receive) = channel();
    let client = stage.client();
    let follower = std::thread::spawn(move || {
        let request = Request::FollowStatus { id: Some(id("chain/beside")), every_ms: Some(100) };
        client.follow(&request, |item: StatusItem| {
            send.send(item.state).unwrap();
            ControlFlow::Continue(())
        })
    });
    assert_eq!(receive.recv().unwrap(), "active");
    stage.host.unload("chain/beside", false).unwrap();
    wait_for("retired", || receive.recv().unwrap() == "retired");
    // The host's end is the end of whoever follows it.
    drop(stage.host);
    follower.join().unwrap().unwrap();
}

#[test]
fn the_folder_and_the_socket_are_for_their_user_alone() {
    let stage = Stage::new();
    let socket = stage.control.socket();
    let mode = |path: &Path| path.metadata().unwrap().mode() & 0o7777;
    assert_eq!(mode(socket), 0o600);
    assert_eq!((mode(socket.parent().unwrap()), mode(&stage.folder.path().join("run"))), (0o700, 0o700));
    let name = socket.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with(&format!("{}-", std::process::id())) && name.ends_with(".sock"), "{name}");
    let open = stage.folder.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    let error = stage.host.control(&open).unwrap_err();
    assert!(matches!(&error, ControlError::Open { mode: 0o777, .. }), "{error}");
    assert_eq!(error.help(), format!("close it to others: `chmod 700 {}`", open.display()));
    assert_eq!(fs::read_dir(&open).unwrap().count(), 0);
    let file = stage.folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(stage.host.control(&file).unwrap_err().code(), "control-folder");
}

#[test]
fn a_path_that_is_too_long_is_said_with_the_way_out() {
    let stage = Stage::new();
    let folder = stage.folder.path().join("x".repeat(100));
    let error = stage.host.control(&folder).unwrap_err();
    assert_eq!(error.code(), "control-path");
    assert!(error.to_string().contains("bytes, and the system takes 10"), "{error}");
    assert!(error.help().contains("`XDG_RUNTIME_DIR` or `KEYWAY_HOME`"), "{}", error.help());
    assert!(!folder.exists());
}

#[test]
fn several_hosts_of_one_process_have_a_socket_each() {
    let stage = Stage::new();
    let folder = stage.control.socket().parent().unwrap();
    let other = Journal::new().host(&["chain/c"]).start().unwrap();
    let control = other.control(folder).unwrap();
    assert_ne!(control.socket(), stage.control.socket());
    let found = hosts(folder).unwrap().running;
    assert_eq!(found.len(), 2);
    let counts: Vec<_> = found
        .iter()
        .map(|host| {
            Client::connect(&host.socket).unwrap().ask::<List>(&Request::List {}).unwrap().items.len()
        })
        .collect();
    assert_eq!(counts, [4, 1]);
}

#[test]
fn a_control_that_is_dropped_takes_its_socket_and_its_connections_with_it() {
    let stage = Stage::new();
    let socket = stage.control.socket().to_owned();
    let mut idle = stage.stream();
    let served = stage.client().ask::<HostReport>(&Request::Host {});
    served.unwrap();
    drop(stage.control);
    assert!(!socket.exists());
    assert_eq!(idle.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(Client::connect(&socket).unwrap_err().code(), "host-gone");
    assert_eq!(stage.host.plugin("chain/c").unwrap().state.name(), "active", "the host goes on");
}

#[test]
fn a_socket_keeps_no_host_alive_and_ends_with_it() {
    let journal = Journal::new();
    let stage = Stage::of(journal.host(&["chain/c"]).start().unwrap());
    let socket = stage.control.socket().to_owned();
    let mut open = stage.client();
    open.ask::<HostReport>(&Request::Host {}).unwrap();
    drop(stage.host);
    journal.check(&["chain/c start", "chain/c stop", "chain/c drop"]);
    let error = open.ask::<List>(&Request::List {}).unwrap_err();
    assert!(["host-stopped", "host-gone"].contains(&error.code()), "{error}");
    wait_for("the socket goes", || !socket.exists());
    drop(stage.control);
}

#[test]
fn a_host_that_was_stopped_and_is_held_says_so() {
    let stage = Stage::new();
    stage.host.stop();
    let error = stage.ask::<Changed>(Request::Load { id: id("chain/c") }).unwrap_err();
    assert_eq!((error.code(), error.to_string()), ("host-stopped", "the host has stopped".into()));
}

#[test]
fn what_a_dead_host_left_behind_is_told_apart_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let (left, mute, other) =
        ["4000001-0.sock", "4000002-0.sock", "notes.sock"].map(|name| folder.path().join(name)).into();
    drop(UnixListener::bind(&left).unwrap());
    drop(UnixListener::bind(&other).unwrap());
    let _silent = UnixListener::bind(&mute).unwrap();
    let found = hosts(folder.path()).unwrap();
    assert_eq!(found.stale, std::slice::from_ref(&left));
    assert_eq!((found.running.len(), found.mute.len()), (0, 1));
    let silent = &found.mute[0];
    assert_eq!(
        (silent.code(), silent.help()),
        ("host-silent", "see what holds it up: it is process 4000002".into())
    );
    found.remove_stale();
    assert!(!left.exists() && mute.exists() && other.exists());
    assert!(hosts(&folder.path().join("none")).unwrap().running.is_empty());
}

#[test]
fn a_host_takes_the_place_of_a_dead_one_of_the_same_number() {
    let stage = Stage::new();
    let folder = stage.control.socket().parent().unwrap().to_owned();
    let pid = std::process::id();
    // Tests beside this one count the same numbers up.
    for number in 0..200 {
        let path = folder.join(format!("{pid}-{number}.sock"));
        if !path.exists() {
            drop(UnixListener::bind(path).unwrap());
        }
    }
    let control = stage.host.control(&folder).unwrap();
    Client::connect(control.socket()).unwrap().ask::<HostReport>(&Request::Host {}).unwrap();
}

#[test]
fn what_is_no_request_is_answered_and_does_no_harm() {
    let stage = Stage::new();
    let stream = stage.stream();
    for (said, code) in [
        (&b"hello\n"[..], "no-request"),
        (b"\n", "no-request"),
        (b"{\"schema\":\"keyway.control/9\",\"request\":\"list\"}\n", "other-protocol"),
        (b"{\"schema\":\"keyway.control/1\",\"request\":\"stop\"}\n", "unknown-request"),
        (b"{\"schema\":\"keyway.control/1\",\"request\":\"load\"}\n", "bad-request"),
        (b"{\"schema\":\"keyway.control/1\",\"request\":\"load\",\"id\":\"../../etc\"}\n", "unknown-plugin"),
        (b"\xff\xfe\x00\n", "no-request"),
    ] {
        (&stream).write_all(said).unwrap();
        let line = line(&stream);
        assert!(line.contains(&format!("\"code\":\"{code}\"")), "{line}");
        assert!(line.starts_with("{\"schema\":\"keyway.control/1\",\"error\":"), "{line}");
    }
    // Two requests in one piece have two answers.
    let two = "{\"schema\":\"keyway.control/1\",\"request\":\"host\"}\n".repeat(2);
    (&stream).write_all(two.as_bytes()).unwrap();
    let mut reader = BufReader::new(&stream);
    for _ in 0..2 {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.contains("\"app\":\"test\""), "{line}");
    }
}

#[test]
fn random_bytes_half_lines_and_floods_leave_the_host_as_it_was() {
    let stage = Stage::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..200 {
        let mut stream = stage.stream();
        let bytes: Vec<u8> = (0..random() % 4096).map(|_| random() as u8).collect();
        // The host may have shut the door on it.
        let _said = stream.write_all(&bytes);
        if round % 3 == 0 {
            let _shut = stream.shutdown(std::net::Shutdown::Write);
            let _heard = stream.read_to_end(&mut Vec::new());
        }
    }
    let half = stage.stream();
    (&half).write_all(b"{\"schema\":\"keyway.con").unwrap();
    let flood = stage.stream();
    let endless = std::thread::spawn(move || {
        let chunk = vec![b'x'; 64 << 10];
        let written = (0..64).take_while(|_| (&flood).write_all(&chunk).is_ok()).count();
        let mut heard = String::new();
        let _heard = (&flood).read_to_string(&mut heard);
        (written, heard)
    });
    let (written, heard) = endless.join().unwrap();
    assert!(written < 64, "{LINE} bytes are the most, and it took {} of them", written * (64 << 10));
    assert!(heard.is_empty() || heard.contains("line-too-long"), "{heard}");
    let list: List = stage.ask(Request::List {}).unwrap();
    assert!(list.items.iter().all(|item| item.state == "active"));
}

#[test]
fn a_line_of_the_greatest_length_is_read_and_a_longer_one_is_not() {
    let stage = Stage::new();
    for (longer, code) in [(0, "no-request"), (1, "line-too-long")] {
        let stream = stage.stream();
        let mut said = vec![b'x'; LINE - 1 + longer];
        said.push(b'\n');
        (&stream).write_all(&said).unwrap();
        let heard = line(&stream);
        assert!(heard.contains(code), "{heard}");
    }
}

#[test]
fn a_hundred_who_say_nothing_do_not_keep_another_waiting() {
    let stage = Stage::new();
    let idle: Vec<_> = (0..100).map(|_| stage.stream()).collect();
    for stream in &idle[90..] {
        // The other side may have made room already.
        let _said = (&*stream).write_all(b"{\"half\":");
    }
    let list: List = stage.ask(Request::List {}).unwrap();
    assert_eq!(list.items.len(), 4);
    // Those that had to give way see it.
    let mut gone = 0;
    for stream in &idle {
        stream.set_nonblocking(true).unwrap();
        gone += usize::from(matches!((&*stream).read(&mut [0; 8]), Ok(0)));
    }
    assert!(gone >= 100 - CONNECTIONS, "{gone}");
}

#[test]
fn who_does_not_read_his_answers_keeps_nobody_waiting() {
    let stage = Stage::new();
    let deaf: Vec<_> = (0..4).map(|_| stage.stream()).collect();
    let request = b"{\"schema\":\"keyway.control/1\",\"request\":\"list\"}\n".repeat(50);
    for stream in &deaf {
        stream.set_nonblocking(true).unwrap();
        // Until neither side takes any more.
        for _ in 0..200 {
            if (&*stream).write(&request).is_err() {
                break;
            }
        }
    }
    for _ in 0..20 {
        assert_eq!(stage.ask::<List>(Request::List {}).unwrap().items.len(), 4);
    }
}

#[test]
fn so_many_may_follow_and_there_is_still_room_to_ask() {
    let stage = Stage::new();
    let follow = b"{\"schema\":\"keyway.control/1\",\"request\":\"follow-status\"}\n";
    let followers: Vec<_> = (0..FOLLOWERS)
        .map(|_| {
            let stream = stage.stream();
            (&stream).write_all(follow).unwrap();
            assert!(line(&stream).contains("\"answer\""));
            stream
        })
        .collect();
    let one_more = stage.stream();
    (&one_more).write_all(follow).unwrap();
    let heard = line(&one_more);
    assert!(heard.contains("host-busy") && heard.contains("8 others follow this host already"), "{heard}");
    assert_eq!(stage.ask::<List>(Request::List {}).unwrap().items.len(), 4);
    // One that says anything more is done with following, and its place is free.
    (&followers[0]).write_all(b"\n").unwrap();
    wait_for("a free place", || {
        let stream = stage.stream();
        (&stream).write_all(follow).unwrap();
        line(&stream).contains("\"answer\"")
    });
}

#[test]
fn twenty_who_ask_at_once_are_answered_while_a_change_is_under_way() {
    let stage = Stage::new();
    std::thread::scope(|scope| {
        for number in 0..20 {
            let stage = &stage;
            scope.spawn(move || {
                for _ in 0..5 {
                    let answered = match number {
                        0 => stage.ask::<Changed>(Request::Reload { id: id("chain/c") }).map(drop),
                        1 => stage.ask::<List>(Request::Refresh {}).map(drop),
                        _ => stage.ask::<List>(Request::List {}).map(drop),
                    };
                    match answered {
                        Ok(()) => {}
                        Err(error) => assert!(["host-busy", "host-gone"].contains(&error.code()), "{error}"),
                    }
                }
            });
        }
    });
    assert_eq!(stage.ask::<List>(Request::List {}).unwrap().items.len(), 4);
}

/// Only the superuser can become somebody else.
#[cfg(target_os = "linux")]
#[test]
fn another_user_is_told_no_even_where_the_modes_would_let_him_in() {
    use std::os::unix::process::CommandExt as _;

    if !rustix::process::geteuid().is_root() {
        println!("skipped: only the superuser can become somebody else");
        return;
    }
    let python = std::process::Command::new("python3").arg("--version").output();
    if python.is_err() {
        println!("skipped: there is no python3 here to be somebody else with");
        return;
    }
    let stage = Stage::new();
    let socket = stage.control.socket();
    fs::set_permissions(socket, Permissions::from_mode(0o666)).unwrap();
    for folder in socket.ancestors().skip(1).take_while(|folder| folder.starts_with(stage.folder.path())) {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
    let script = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n\
                  print(s.makefile().readline())";
    let output = std::process::Command::new("python3")
        .args(["-c", script])
        .arg(socket)
        .current_dir("/")
        .uid(65534)
        .gid(65534)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("\"code\":\"not-yours\"") && said.contains("this host does not speak with user 65534"),
        "{said} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(stage.ask::<List>(Request::List {}).unwrap().items.len(), 4);
}
