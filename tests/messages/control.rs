//! A running host and who asks it: folders in which nobody can listen, sockets that do not answer.

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyway::host::Host;
use keyway::host::control::{AskError, Client, Control, ControlError, Request, Statuses};
use tempfile::TempDir;

use super::page::Page;
use super::running::Quiet;

pub(crate) fn show(page: &mut Page) {
    let root = TempDir::new().expect("a folder can be made");
    page.call(root.path(), "toolbox");
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).plugin::<Quiet>();
    let host = host.start().expect("the host was built without mistakes");
    listening(page, &host, root.path());
    asking(page, &host, root.path());
}

fn listening(page: &mut Page, host: &Host, root: &Path) {
    let refused =
        |folder: &Path| -> ControlError { host.control(folder).map(drop).expect_err("it is refused") };
    let file = root.join("file");
    File::create(&file).expect("a file can be made");
    let open = root.join("open");
    fs::create_dir(&open).expect("a folder can be made");
    fs::set_permissions(&open, Permissions::from_mode(0o777)).expect("it is ours");
    let folder = || PathBuf::from("toolbox/run");
    for error in [
        refused(&file.join("run")),
        refused(&open),
        ControlError::Unsupported,
        ControlError::Owner { folder: folder(), owner: 1000, user: 1001 },
        ControlError::PathTooLong { socket: "toolbox/run/4711-0.sock".into(), most: 17 },
        ControlError::Socket {
            socket: "toolbox/run/4711-0.sock".into(),
            source: ErrorKind::Unsupported.into(),
        },
    ] {
        page.error("host::control::ControlError", error.code(), &error, &error.help());
    }
}

fn ask(socket: &Path) -> AskError {
    let connected = Client::connect(socket).map(|client| client.with_patience(Duration::from_millis(50)));
    let request = Request::Status { id: Some("messages/quite".into()) };
    connected.and_then(|mut client| client.ask::<Statuses>(&request)).expect_err("there is no good answer")
}

fn asking(page: &mut Page, host: &Host, root: &Path) {
    let socket = |name: &str| root.join(name);
    let mut show = |error: AskError| {
        page.error("host::control::AskError", error.code(), &error, &error.help());
    };
    show(ask(&socket("4711-0.sock")));

    let silent = socket("4711-1.sock");
    let _listens = UnixListener::bind(&silent).expect("a socket can be made");
    show(ask(&silent));

    let garbled = socket("4711-2.sock");
    let listener = UnixListener::bind(&garbled).expect("a socket can be made");
    let talk = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).expect("a line comes");
        stream.write_all(b"good day\n").expect("somebody listens");
    });
    let mut client = Client::connect(&garbled).expect("it listens");
    show(client.ask::<Statuses>(&Request::Status { id: None }).expect_err("that is no answer"));
    talk.join().expect("it has answered");

    let control: Control = host.control(&root.join("run")).expect("it can be asked");
    let mut client = Client::connect(control.socket()).expect("it listens");
    let request = Request::Status { id: Some("messages/quite".into()) };
    show(client.ask::<Statuses>(&request).expect_err("there is no such plugin"));

    let socket = || PathBuf::from("toolbox/run/4711-0.sock");
    for error in [
        AskError::Unsupported,
        AskError::Foreign { socket: socket(), owner: 1000 },
        AskError::Io { socket: socket(), source: ErrorKind::PermissionDenied.into() },
        AskError::Silent { socket: socket(), waited: Duration::ZERO },
    ] {
        show(error);
    }
}
