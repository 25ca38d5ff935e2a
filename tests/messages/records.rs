//! What survives restarts: folders that can not be used, records that are damaged, plugins that are held back.

use std::fs::{self, File};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use keyway::host::{Circumstances, Damage, Digest, Grounds, Host, Quarantine, Refusal, Store, StoreError};
use keyway::id::PluginId;
use keyway::manifest::Home;
use tempfile::TempDir;

use super::page::Page;
use super::running::Quiet;
use super::worlds;

pub(crate) fn show(page: &mut Page) {
    let root = TempDir::new().expect("a folder can be made");
    page.call(root.path(), "toolbox");
    folders(page, root.path());
    elsewhere(page);
    damaged(page, root.path());
    held(page, &root.path().join("held"));
}

fn id(text: &str) -> PluginId {
    PluginId::new(text).expect("it is an id")
}

fn show_error(page: &mut Page, error: &StoreError) {
    page.error("host::StoreError", error.code(), error, &error.help());
}

/// What can be wrong with the folder of a real store.
fn folders(page: &mut Page, root: &Path) {
    let state = root.join("state");
    File::create(&state).expect("a file can be made");
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).state_dir(&state);
    let survey = host.survey().expect("a host runs without its records");
    let [problem] = survey.problems() else { panic!("{:?}", survey.problems()) };
    page.problem(problem);
    let below = Store::open(&state.join("below")).expect("nothing was looked at");
    show_error(page, &below.read().expect_err("a file is in its way"));
    fs::remove_file(&state).expect("it is there");

    let store = Store::open(&state).expect("it need not be there").with_patience(Duration::from_millis(50));
    let refused =
        || store.change(|records| records.choose(&id("t/a"), |choice| choice.enabled = Some(false)));
    symlink("gone", &state).expect("a link can be made");
    show_error(page, &refused().expect_err("nothing can be made through the link"));
    fs::remove_file(&state).expect("it is there");

    fs::create_dir_all(store.lock_file()).expect("a folder can be made");
    show_error(page, &refused().expect_err("a folder is in its place"));
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).plugin::<Quiet>().state_dir(&state);
    let host = host.start().expect("the host was built without mistakes");
    let error = host.disable("messages/quiet").expect_err("the change can not be kept");
    page.error("host::ChangeError", error.code(), &error, &error.help());
    fs::remove_dir(store.lock_file()).expect("it is there");

    let lock = File::create(store.lock_file()).expect("a file can be made");
    lock.lock().expect("nobody else has it");
    show_error(page, &refused().expect_err("it is locked"));
}

/// What other users, disks and file systems do.
fn elsewhere(page: &mut Page) {
    let folder = || PathBuf::from("toolbox/state");
    let lock = |kind: ErrorKind| StoreError::Lock {
        file: "toolbox/state/registry.lock".into(),
        folder: folder(),
        source: kind.into(),
    };
    let file = || PathBuf::from("toolbox/state/registry.toml");
    let write = |kind: ErrorKind| StoreError::Write { path: file(), folder: folder(), source: kind.into() };
    let read = |kind: ErrorKind| StoreError::Read { path: folder(), source: Arc::new(kind.into()) };
    for error in [
        StoreError::Owner { folder: folder(), owner: 1000, user: 0 },
        lock(ErrorKind::PermissionDenied),
        lock(ErrorKind::Unsupported),
        read(ErrorKind::PermissionDenied),
        StoreError::Read { path: folder(), source: Arc::new(Error::other("the disk does not answer")) },
        write(ErrorKind::PermissionDenied),
        write(ErrorKind::StorageFull),
    ] {
        show_error(page, &error);
    }
    for damage in [
        Damage::Unreadable {
            path: "toolbox/state/t".into(),
            plugin: None,
            source: Arc::new(ErrorKind::PermissionDenied.into()),
        },
        Damage::Altered {
            path: file(),
            plugin: None,
            what: "it is no text".into(),
            kept: Some("toolbox/state/registry.toml.damaged-20260921T141320Z".into()),
        },
        Damage::Foreign { folder: folder(), owner: 1000, user: 1001 },
    ] {
        page.error("host::Damage", damage.code(), &damage, &damage.help());
    }
}

/// A whole file, as a newer host would have written it.
fn sealed(text: &str) -> String {
    format!("{text}# whole: {}\n", Digest::of(text.as_bytes()))
}

/// Files of a real store that are not as they were written.
fn damaged(page: &mut Page, root: &Path) {
    let all = [
        ("registry.toml", "[\"t/a\"]\nenabled = false\n".to_owned()),
        ("registry.toml", "enabled = = false\n".into()),
        ("registry.toml", sealed("[\"t/a\"]\nenabled = \"perhaps\"\n")),
        ("registry.journal", "to be done\n".into()),
        ("t/b/quarantine.toml", sealed("[[quarantine]]\nplugin = \"t/b\"\nhome = \"dylib\"\n")),
        ("t/b/quarantine.toml", "[[quarantine]]\n".into()),
    ];
    let mut last = None;
    for (number, (file, text)) in all.into_iter().enumerate() {
        let state = root.join(format!("state-{number}"));
        let file = state.join(file);
        fs::create_dir_all(file.parent().expect("it is in the folder")).expect("a folder can be made");
        fs::write(&file, text).expect("a file can be written");
        let (_folder, builder) = worlds::builder(WORLD);
        let survey = builder.state_dir(&state).survey().expect("the host was built without mistakes");
        let [problem] = survey.problems() else { panic!("{:?}", survey.problems()) };
        page.problem(problem);
        last = Some(survey);
    }
    page.refusals(&last.expect("there are some"), &["t/b", "t/a"]);
}

const WORLD: &str = "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/b\" = \"^1\"\n---\nid = \"t/b\"\nversion = \
                     \"1.0.0\"\n---\nid = \"t/c\"\nversion = \"1.0.0\"";

/// Plugins that a real store holds back.
fn held(page: &mut Page, state: &Path) {
    let deadline = |id| Refusal::Deadline { id, deadline: Duration::from_secs(10) };
    let faults = |id| Refusal::Faults { id, faults: 1, time: Duration::from_secs(600) };
    let store = Store::open(state).expect("it need not be there");
    let version = "1.0.0".parse().expect("it is a version");
    for grounds in [deadline(id("t/b")), faults(id("t/c"))] {
        page.refusal(&grounds);
        let none = Default::default();
        let now = Circumstances { digest: None, version: &version, host: &version, needs: &none };
        let mut record = Quarantine::new(grounds.id().clone(), Home::Dylib, Grounds::from(&grounds), &now);
        record.at = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        store.change(|records| records.quarantine(record.clone())).expect("it can be kept");
    }
    let (_folder, builder) = worlds::builder(WORLD);
    let survey = builder.state_dir(state).survey().expect("the host was built without mistakes");
    page.refusals(&survey, &["t/b", "t/a", "t/c"]);
}
