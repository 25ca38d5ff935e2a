//! Where the system refuses: full disks, disks and folders that can not be written, files of other users.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;

use super::*;

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs a test again in a place where a small disk of its own is mounted, which goes with the process.
fn on_a_small_disk(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let inside = again(name, "inside", folder.path());
    let mut command = Command::new("unshare");
    command.args(["--mount", "--user", "--map-root-user", "sh", "-c"]);
    command.arg("mount -t tmpfs -o size=64k keyway-test \"$0\" || exit 77; exec \"$@\"").arg(folder.path());
    command.arg(inside.get_program()).args(inside.get_args());
    command.envs(inside.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let Ok(output) = command.output() else { return println!("skipped: {name}: there is no `unshare`") };
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) || said.contains("unshare:") {
        return println!("skipped: {name}: no disk can be mounted here: {said}");
    }
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let Some((_, folder)) = role() else {
        return on_a_small_disk("host::store::tests::refusing::a_full_disk_is_told_and_loses_nothing");
    };
    let store = Store::open(&folder.join("state")).unwrap();
    let number = |number| {
        move |records: &mut Records| {
            for plugin in 0..40 {
                records.choose(&id(&format!("a/p{plugin}")), |choice| {
                    choice.version = Some(requirement(&format!("={number}.0.0")));
                });
            }
            records.quarantine(quarantine("a/b", "one", number, "panicked"));
            records.quarantine(quarantine("new/one", &number.to_string(), number, &"hung ".repeat(100)));
        }
    };
    store.change(number(1)).unwrap();
    let full = fs::write(folder.join("ballast"), vec![0; 1 << 20]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    let ballast = fs::File::options().write(true).open(folder.join("ballast")).unwrap();
    let length = ballast.metadata().unwrap().len();
    // Room for none of the three files, for one, for two.
    for pages in 0..3 {
        ballast.set_len(length - pages * 4096).unwrap();
        let error = store.change(number(2)).unwrap_err();
        assert_eq!(error.code(), "state-disk-full", "{error}");
        assert!(error.help().starts_with("make room on the disk of `"), "{}", error.help());
        let records = store.read().unwrap();
        assert!(records.problems().is_empty(), "{:?}", records.problems());
        assert_eq!(records.choices().len(), 40);
        assert!(records.choices().values().all(|choice| choice.version == Some(requirement("=1.0.0"))));
        assert!(records.quarantines().values().all(|known| known.len() == 1), "a part was changed");
        assert_eq!(temporaries(store.folder()), 0);
    }
    ballast.set_len(0).unwrap();
    store.change(number(2)).unwrap();
    assert_eq!(store.read().unwrap().quarantines()[&id("a/b")].len(), 2);
    assert_eq!(store.read().unwrap().choices()[&id("a/p7")].version, Some(requirement("=2.0.0")));
}

#[test]
fn a_disk_that_can_not_be_written_is_told_and_can_be_read() {
    let Some((_, folder)) = role() else {
        return on_a_small_disk(
            "host::store::tests::refusing::a_disk_that_can_not_be_written_is_told_and_can_be_read",
        );
    };
    let store = Store::open(&folder.join("state")).unwrap();
    store.change(|records| records.quarantine(quarantine("a/b", "one", 1, "panicked"))).unwrap();
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(&folder).status().unwrap();
    assert!(remounted.success());
    assert_eq!(store.read().unwrap().quarantines().len(), 1);
    let error = store.change(|records| drop(records.lift(&id("a/b")))).unwrap_err();
    assert_eq!(error.code(), "state-lock");
    let way_out = format!("let the user that the host runs as write to `{}`, or ", store.folder().display());
    assert!(error.help().starts_with(&way_out), "{}", error.help());
    let elsewhere = Store::open(&folder.join("other/state")).unwrap();
    let error = elsewhere.change(|_| ()).unwrap_err();
    assert_eq!(error.code(), "state-folder");
    let path = elsewhere.folder().display();
    assert_eq!(error.to_string(), format!("the state folder `{path}` can not be made"));
    assert!(elsewhere.read().unwrap().quarantines().is_empty());
}

/// As one who is not the superuser, whom nothing is refused.
fn as_nobody(name: &str) {
    let (folder, store) = fresh();
    let fill = |records: &mut Records| {
        records.quarantine(quarantine("a/b", "one", 1, "panicked"));
        records.quarantine(quarantine("c/d", "one", 1, "panicked"));
        records.quarantine(quarantine("e/f", "one", 1, "panicked"));
    };
    store.change(fill).unwrap();
    let mut command = again(name, "nobody", store.folder());
    if is_root() {
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
        let readable = Command::new(command.get_program()).arg("--list").uid(NOBODY).gid(NOBODY).output();
        if readable.is_err() {
            return println!("skipped: {name}: nobody but the superuser may run this test");
        }
        for path in ["", "state", "state/registry.lock"] {
            chown(folder.path().join(path), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        for plugin in ["a", "a/b", "c", "c/d", "e", "e/f"] {
            chown(store.folder().join(plugin), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        for plugin in ["a/b", "c/d"] {
            let file = store.folder().join(plugin).join(QUARANTINE);
            chown(file, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let set = |path: &str, mode| {
        fs::set_permissions(store.folder().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    set("e/f/quarantine.toml", 0o000);
    set("c", 0o000);
    let output = command.output().unwrap();
    set("c", 0o700);
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn what_may_not_be_read_is_told_holds_back_and_is_not_written_over() {
    let Some((_, folder)) = role() else {
        return as_nobody(
            "host::store::tests::refusing::what_may_not_be_read_is_told_holds_back_and_is_not_written_over",
        );
    };
    let store = Store::open(&folder).unwrap();
    let records = store.read().unwrap();
    let told: Vec<_> = records.problems().iter().map(ToString::to_string).collect();
    let path = folder.display();
    assert_eq!(
        told,
        [format!("`{path}/c` can not be read"), format!("`{path}/e/f/quarantine.toml` can not be read")]
    );
    assert_eq!(records.quarantines().keys().collect::<Vec<_>>(), [&id("a/b")]);
    for hidden in ["c/d", "c/never-seen", "e/f"] {
        assert_eq!(records.unknown(&id(hidden)).unwrap().code(), "state-unreadable");
        for lift in [true, false] {
            let change = |records: &mut Records| match lift {
                true => drop(records.lift(&id(hidden))),
                false => records.quarantine(quarantine(hidden, "two", 1, "hung")),
            };
            let error = store.change(change).unwrap_err();
            assert_eq!(error.code(), "state-unreadable", "{hidden}: {error}");
        }
    }
    assert!(records.unknown(&id("a/b")).is_none());
    assert_eq!(store.change(|records| drop(records.lift(&id("a/b")))).unwrap().quarantines().len(), 0);

    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    let change = |records: &mut Records| records.choose(&id("a/b"), |choice| choice.enabled = Some(true));
    let error = store.change(change).unwrap_err();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(error.code(), "state-unwritable");
    assert_eq!(error.to_string(), format!("`{path}/registry.toml` can not be written"));
    assert!(error.help().contains("set `XDG_STATE_HOME` or `KEYWAY_HOME`"), "{}", error.help());
}

#[test]
fn the_superuser_reads_the_records_of_a_user_and_does_not_write_among_them() {
    if !is_root() {
        return println!("skipped: only the superuser can give a folder to another user");
    }
    let (_folder, store) = fresh();
    store.change(|records| records.quarantine(quarantine("a/b", "one", 1, "panicked"))).unwrap();
    chown(store.folder(), Some(NOBODY), None).unwrap();
    let records = store.read().unwrap();
    assert_eq!(records.quarantines().len(), 1);
    let [problem @ Damage::Foreign { .. }] = records.problems() else { panic!("{:?}", records.problems()) };
    let told = format!(
        "the state folder `{}` belongs to user 65534, and this host runs as user 0",
        store.folder().display()
    );
    assert_eq!(problem.to_string(), told);
    let error = store.change(|_| ()).unwrap_err();
    assert_eq!((error.code(), error.to_string()), ("state-owner", told));
    assert!(error.help().starts_with("run the host as user 65534, or "), "{}", error.help());
}
