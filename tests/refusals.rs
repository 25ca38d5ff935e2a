//! Libraries that must not run, as real files: each is refused by name, with a way out, and no code of it has run that
//! did not have to.
//!
//! What is refused with a lie in its code comes from one library, `faulty-plugin`; a test copies it and writes the lie's
//! name into the copy.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use contract_plugin::life::Named;
use contract_plugin::panics::Panics;
use contract_plugin::values::Values;
use keyway::FaultKind;
use keyway::host::{Circumstances, Digest, Grounds, Host, HostBuilder, Policy, Quarantine, Store};
use keyway::manifest::Home;
use keyway_tests::{Build, folder_of, library};
use tempfile::TempDir;

fn builder(folder: &Path) -> HostBuilder {
    Host::builder("refusals", "1.0.0").linked_in(false).plugin_dir(folder).bridge(keyway_dylib::bridge())
}

fn start(folder: &Path) -> Host {
    builder(folder).start().expect("the host was built without mistakes")
}

/// Replaces every one of `old` in the file by `new`, which is as long.
fn patch(file: &Path, old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let mut bytes = fs::read(file).expect("the copy is there");
    let mut found = 0;
    for at in 0..=bytes.len() - old.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new);
            found += 1;
        }
    }
    assert!(found > 0, "{} is not in {}", String::from_utf8_lossy(old), file.display());
    fs::write(file, bytes).expect("the copy can be written");
}

fn file_in(folder: &TempDir) -> PathBuf {
    let mut files = fs::read_dir(folder.path()).expect("the folder is there");
    files.next().expect("a file is in it").expect("it can be read").path()
}

/// A folder with a copy of the library that tells a lie.
fn liar(lie: &str) -> TempDir {
    let folder = folder_of(&[library("keyway-faulty-plugin")]);
    let told = |lie: &str| format!("keyway-lie={lie:<21}").into_bytes();
    patch(&file_in(&folder), &told("honest"), &told(lie));
    folder
}

fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

#[test]
fn a_library_that_tells_no_lie_runs() {
    let folder = liar("honest");
    let host = start(folder.path());
    let named = host.get::<dyn Named>("faulty/liar").expect("it keeps the ABI");
    assert_eq!(named.name(), "liar");
    assert!(host.problems().is_empty());
}

#[test]
fn every_lie_about_the_library_is_refused_before_its_plugin_starts() {
    let target = keyway::abi::entry::TARGET;
    let size = size_of::<keyway::abi::LibraryTable>();
    let lies: &[(&str, &str, &str)] = &[
        ("no table", "abi-table", "its table is null or not aligned"),
        ("short table", "abi-table", &format!("its table has 40 bytes, and version 1 of the ABI has {size}")),
        ("abi", "abi", "speaks version 9 of the ABI, and this host 1"),
        ("target", "target", &format!("is built for pdp11-unknown-none, and this host is {target}")),
        ("aborts", "panic-abort", "is built with `panic = \"abort\"`, so that a panic in it ends the host"),
        ("counts", "counts", "registers 1 plugin and counts 2"),
        ("convention", "probe", "calls functions otherwise than this host: `probe_wide` of"),
        ("short plugin", "abi-table", "the table of its plugin 0 is null or too short"),
        ("no manifest", "no-such-plugin", "in its notes, and no such plugin in its code"),
        ("no JSON", "manifest-unreadable", "`faulty/liar`"),
        ("another plugin", "no-such-plugin", "in its notes, and no such plugin in its code"),
        ("rank", "manifest-differs", "that `rank` is nothing, and in its code that it is 7"),
        ("null interface", "abi-table", "the table of its interface 0 can not be read"),
        ("short interface", "abi-table", "the table of its interface 0 can not be read"),
        ("no descriptor", "abi-table", "the table of its interface 0 can not be read"),
        ("short descriptor", "abi-table", "the table of its interface 0 can not be read"),
        (
            "no interface",
            "contradiction",
            "it provides `contract/named` in its manifest, and has no table for it",
        ),
    ];
    for (lie, code, said) in lies {
        let folder = liar(lie);
        let host = start(folder.path());
        let info = host.plugin("faulty/liar").expect("its note can be read");
        let refusal = info.refusal().unwrap_or_else(|| panic!("{lie}: it runs"));
        let words = in_words(&**refusal);
        assert_eq!(refusal.code(), *code, "{lie}: {words}");
        assert!(words.contains(said), "{lie}: {words}");
        assert!(!refusal.help().is_empty(), "{lie}");
        let error = host.get::<dyn Named>("faulty/liar").expect_err(lie);
        assert_eq!(error.code(), *code, "{lie}");
    }
    println!("{} lies about the library, {} refused", lies.len(), lies.len());
}

#[test]
fn every_lie_about_the_interface_is_refused_when_it_is_asked_for() {
    let lies: &[(&str, &[&str])] = &[
        ("signature", &["fn name(&self) -> String", "fn name(&self) -> u64"]),
        ("method", &["fn name(&self) -> String"]),
        ("version", &["one"]),
        ("unknown type", &["unknown kind 4000"]),
        ("no type", &["a type is shorter than version 1 of the ABI"]),
        ("endless type", &["types more than 128 deep in each other"]),
        ("short method", &["one of its methods has not the size that the ABI says"]),
        ("no functions", &["fewer functions than its descriptor has methods"]),
        ("stride", &["the table's functions do not stand side by side"]),
        ("null function", &["in the method `name`: its function is null"]),
    ];
    for (lie, said) in lies {
        let folder = liar(lie);
        let host = start(folder.path());
        assert_eq!(host.plugin("faulty/liar").map(|info| info.state.name()), Some("active"), "{lie}");
        let error = host.get::<dyn Named>("faulty/liar").expect_err(lie);
        assert_eq!(error.code(), "interface-mismatch", "{lie}");
        let words = in_words(&error);
        for said in *said {
            assert!(words.contains(said), "{lie}: {words}");
        }
        assert!(host.all::<dyn Named>().is_empty(), "{lie}");
    }
    println!("{} lies about the interface, {} refused", lies.len(), lies.len());
}

#[test]
fn a_text_that_is_no_text_is_a_fault_of_the_plugin_that_sent_it() {
    let folder = liar("no text");
    let host = start(folder.path());
    let named = host.get::<dyn Named>("faulty/liar").expect("nothing is wrong with the tables");
    let call = std::panic::AssertUnwindSafe(|| named.name());
    let payload = std::panic::catch_unwind(call).expect_err("two bytes are no UTF-8");
    let fault = payload.downcast::<keyway::Fault>().expect("it carries the fault");
    assert_eq!((fault.kind(), fault.plugin()), (FaultKind::Malformed, Some("faulty/liar")), "{fault}");
    assert_eq!(host.plugin("faulty/liar").map(|info| info.faults), Some(1));
}

#[test]
fn what_the_note_says_is_judged_before_the_library_is_loaded() {
    let folder = folder_of(&[library("keyway-faulty-plugin")]);
    let file = file_in(&folder);
    let target = keyway::abi::entry::TARGET;
    let note = |target: &str| format!("\"target\":\"{target}\"").into_bytes();
    let other = format!("pdp11{}", "x".repeat(target.len() - 5));
    patch(&file, &note(target), &note(&other));
    let host = start(folder.path());
    let info = host.plugin("faulty/liar").expect("its note can be read");
    let refusal = info.refusal().expect("it is for another target");
    assert_eq!(refusal.code(), "target");
    assert!(in_words(&**refusal).contains(&other), "{}", in_words(&**refusal));
    assert!(!is_loaded(&file));

    let folder = folder_of(&[library("keyway-faulty-plugin")]);
    let file = file_in(&folder);
    patch(&file, b"\"abi\":\"1.0\"", b"\"abi\":\"9.0\"");
    let host = start(folder.path());
    assert!(host.plugin("faulty/liar").is_none(), "nothing of another ABI is believed");
    let [problem] = &host.problems()[..] else { panic!("{:?}", host.problems()) };
    let words = in_words(&problem.cause);
    assert!(words.contains("9.0") || words.contains("version 9"), "{words}");
    assert!(!problem.cause.help().is_empty());
    assert!(!is_loaded(&file));
}

#[test]
fn a_sidecar_that_contradicts_its_library_is_refused_before_the_library_is_loaded() {
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let whole = "id = \"faulty/liar\"\nversion = \"1.0.0\"\n";
    let lies = [
        ("id = \"faulty/saint\"\nversion = \"1.0.0\"\n", "`id` is \"faulty/saint\"", "\"faulty/liar\""),
        ("id = \"faulty/liar\"\nversion = \"9.0.0\"\n", "`version` is \"9.0.0\"", "it is \"1.0.0\""),
        (&format!("{whole}rank = 7\n"), "`rank` is 7", "it is nothing"),
        (
            &format!("{whole}provides.\"contract/named\" = \"9\"\n"),
            "`provides.contract/named` is \"9.0.0\"",
            "it is \"1.0.0\"",
        ),
    ];
    for (says, sidecar, library_says) in lies {
        let folder = TempDir::new().expect("a folder can be made");
        let inner = folder.path().join("liar");
        fs::create_dir(&inner).expect("a folder can be made");
        let file = inner.join("libliar.so");
        fs::copy(library("keyway-faulty-plugin"), &file).expect("a library can be copied");
        let says = format!("{says}[files]\n{platform} = \"libliar.so\"\n");
        fs::write(inner.join("plugin.toml"), says).expect("a file can be written");
        let host = start(folder.path());
        assert!(host.plugins().is_empty(), "{host:?}");
        let [problem] = &host.problems()[..] else { panic!("{:?}", host.problems()) };
        assert_eq!(problem.cause.code(), "sidecar-contradiction", "{}", problem.cause);
        let words = in_words(&problem.cause);
        assert!(words.contains(sidecar) && words.contains(library_says), "{words}");
        assert!(!is_loaded(&file));
    }
}

/// Changes nothing but the digest: what lies behind the tables of a library is nobody's.
fn make_another_file(file: &Path) {
    let mut bytes = fs::read(file).expect("the copy is there");
    bytes.push(0);
    let beside = file.with_extension("new");
    fs::write(&beside, bytes).expect("a file can be written");
    fs::rename(beside, file).expect("a file can be renamed");
}

#[test]
fn a_library_whose_digest_is_denied_is_not_loaded_and_another_build_of_it_is() {
    let folder = liar("honest");
    let file = file_in(&folder);
    let written = TempDir::new().expect("a folder can be made");
    let policy = written.path().join("plugins.toml");
    let digest = Digest::of_file(&file).expect("the copy can be read");
    fs::write(&policy, format!("[deny]\ndigests = [\"{digest}\"]\n")).expect("a file can be written");
    let start = || {
        let policy = Policy::read(&policy).expect("it has no mistakes");
        builder(folder.path()).policy(policy).start().expect("the host was built without mistakes")
    };
    let host = start();
    let info = host.plugin("faulty/liar").expect("its note can be read");
    let refusal = info.refusal().expect("it is denied");
    assert_eq!(refusal.code(), "denied");
    let said = format!("denied by `{}`, line 2: `{}`", policy.display(), digest.short());
    assert!(in_words(&**refusal).ends_with(&said), "{}", in_words(&**refusal));
    assert!(!is_loaded(&file));
    drop(host);
    make_another_file(&file);
    assert_eq!(start().get::<dyn Named>("faulty/liar").expect("it is another file").name(), "liar");
}

#[test]
fn a_library_in_quarantine_is_not_loaded_until_it_is_another_file() {
    let (folder, state) = (liar("honest"), TempDir::new().expect("a folder can be made"));
    let file = file_in(&folder);
    let build = || builder(folder.path()).state_dir(state.path());
    let found = builder(folder.path()).survey().expect("the host was built without mistakes");
    let info = found.plugin("faulty/liar").expect("its note can be read");
    let digest = Digest::of_file(&file).expect("the copy can be read");
    let none = Default::default();
    let now = Circumstances {
        digest: Some(&digest),
        version: &info.version,
        host: found.host_version(),
        needs: &none,
    };
    let grounds = Grounds::new("start-deadline", "did not start within 10s", "wait for its next version");
    let record = Quarantine::new(info.id.clone(), Home::Dylib, grounds, &now);
    let store = Store::open(state.path()).expect("it is a folder");
    store.change(|records| records.quarantine(record.clone())).expect("it can be kept");

    let host = build().start().expect("the host was built without mistakes");
    let info = host.plugin("faulty/liar").expect("its note can be read");
    let refusal = info.refusal().expect("it is in quarantine");
    assert_eq!((info.state.name(), refusal.code()), ("quarantined", "quarantined"));
    assert!(in_words(&**refusal).ends_with(": did not start within 10s"), "{}", in_words(&**refusal));
    assert_eq!(
        refusal.help(),
        "wait for its next version; `keyway enable faulty/liar` lets it be tried again as it is"
    );
    let error = host.get::<dyn Named>("faulty/liar").expect_err("it is in quarantine");
    assert!(in_words(&error).ends_with(": did not start within 10s"), "{}", in_words(&error));
    assert!(!is_loaded(&file));
    drop(host);
    make_another_file(&file);
    let host = build().start().expect("the host was built without mistakes");
    assert_eq!(host.get::<dyn Named>("faulty/liar").expect("it is another file").name(), "liar");
}

#[test]
fn a_library_without_the_entry_symbol_is_refused_by_name() {
    let folder = folder_of(&[library("keyway-faulty-plugin")]);
    patch(&file_in(&folder), b"keyway_library_v1", b"keyway_library_v0");
    let host = start(folder.path());
    let info = host.plugin("faulty/liar").expect("its note can be read");
    let refusal = info.refusal().expect("it can not be asked for its table");
    assert_eq!(refusal.code(), "no-entry", "{}", in_words(&**refusal));
    assert!(in_words(&**refusal).contains("has no symbol `keyway_library_v1`"), "{}", in_words(&**refusal));
}

#[test]
fn a_library_that_is_no_plugin_is_passed_by_and_not_loaded() {
    let output = Command::new("rustc").args(["--print", "target-libdir"]).output().expect("rustc runs");
    let folder = PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim());
    let files =
        fs::read_dir(&folder).expect("rustc has libraries").map(|file| file.expect("it can be read").path());
    let std =
        files.into_iter().find(|file| keyway_dylib::platform::is_library_file(file)).expect("std is one");
    let folder = folder_of(&[&std, &library("keyway-faulty-plugin")]);
    fs::write(folder.path().join("notes.txt"), "no library").expect("a file can be written");
    fs::write(folder.path().join("libempty.so"), "").expect("a file can be written");
    fs::write(folder.path().join("libtext.so"), "no library").expect("a file can be written");
    let host = start(folder.path());
    let ids: Vec<String> = host.plugins().iter().map(|info| info.id.to_string()).collect();
    assert_eq!(ids, ["faulty/liar"]);
    assert!(!is_loaded(&folder.path().join(std.file_name().expect("it is a file"))));
    assert!(host.problems().is_empty(), "{:?}", host.problems());
}

#[test]
fn a_library_that_was_cut_off_is_refused_wherever_it_was_cut() {
    let whole = fs::read(library("keyway-contract-plugin")).expect("it was built");
    let parts = 40;
    let mut refused = 0;
    for part in 0..parts {
        let folder = TempDir::new().expect("a folder can be made");
        let file = folder.path().join("libcut_off.so");
        fs::write(&file, &whole[..whole.len() / parts * part]).expect("a file can be written");
        let host = start(folder.path());
        assert!(host.plugins().iter().all(|info| info.state.name() != "active"), "{part} of {parts}");
        assert!(host.get::<dyn Values>("contract/everything").is_err(), "{part} of {parts}");
        assert!(!is_loaded(&file), "{part} of {parts}");
        if part > 0 {
            let [problem] = &host.problems()[..] else { panic!("{part} of {parts}: {:?}", host.problems()) };
            assert_eq!(problem.cause.code(), "malformed-object", "{}", problem.cause);
        }
        refused += 1;
    }
    println!("{parts} libraries cut off, {refused} refused");
}

/// The contract plugins, built so that a panic ends the process.
fn that_aborts() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        Build::of("keyway-contract-plugin")
            .env("CARGO_PROFILE_DEV_PANIC", "abort")
            .target_dir(Path::new(env!("CARGO_TARGET_TMPDIR")).join("panic-abort"))
            .library()
    })
}

#[test]
fn a_library_that_aborts_on_panic_is_refused_before_it_is_loaded() {
    let folder = folder_of(&[that_aborts()]);
    let file = file_in(&folder);
    let host = start(folder.path());
    assert!(host.plugins().len() > 10);
    for info in host.plugins() {
        assert_eq!(info.build.as_ref().map(|build| build.panic.as_str()), Some("abort"));
    }
    let info = host.plugin("contract/everything").expect("its note can be read");
    let refusal = info.refusal().expect("it aborts on panic");
    assert_eq!(refusal.code(), "panic-abort");
    assert_eq!(
        in_words(&**refusal),
        format!(
            "plugin `contract/everything` could not be loaded from `{file}`: `{file}` is built with `panic = \
             \"abort\"`, so that a panic in it ends the host",
            file = file.display()
        )
    );
    assert!(refusal.help().contains("allow_abort"), "{}", refusal.help());
    assert!(!is_loaded(&file));
}

#[test]
fn a_library_that_aborts_on_panic_runs_where_the_host_allows_it() {
    // In a process of its own: its plugins include some that panic when they start.
    let child = std::env::var_os("KEYWAY_ABORTS");
    if let Some(folder) = child {
        let mut builder = builder(Path::new(&folder)).allow_abort(true);
        for id in ["contract/panics-in-start", "contract/panics-in-stop", "contract/panics-in-drop"] {
            builder = builder.disable(id);
        }
        let host = builder.start().expect("the host was built without mistakes");
        let values = host.get::<dyn Values>("contract/everything").expect("it is allowed");
        assert_eq!(values.text("allowed"), "allowed!");
        println!("it answered");
        let _never = host.get::<dyn Panics>("contract/everything").expect("it is allowed").fallible("str");
        println!("it came back");
        return;
    }
    let folder = folder_of(&[that_aborts()]);
    let output = Command::new(std::env::current_exe().expect("this program has a file"))
        .args(["--exact", "a_library_that_aborts_on_panic_runs_where_the_host_allows_it", "--nocapture"])
        .env("KEYWAY_ABORTS", folder.path())
        .output()
        .expect("this program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("it answered"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        !said.contains("it came back") && !output.status.success(),
        "a panic in it ends the process: {said}"
    );
}

/// Whether any of the file is in this process.
fn is_loaded(file: &Path) -> bool {
    match fs::read_to_string("/proc/self/maps") {
        Ok(maps) => maps.lines().any(|line| line.ends_with(&*file.to_string_lossy())),
        Err(_) => false,
    }
}
