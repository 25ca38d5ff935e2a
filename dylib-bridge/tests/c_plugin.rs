//! Plugins in plain C, called by Rust: the example that C authors copy, and one that answers wrongly on purpose.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "a test")]

mod c_library;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use c_library::{Instance, Library, broken, example, later, missing};
use keyway::abi::{PluginTable, ProbeMixed, ProbePair, Status, Str, entry};
use keyway::context::{Provided, Services};
use keyway::host::Host;
use keyway::manifest::Manifest;
use keyway::{Fault, FaultKind, Health, HealthLevel, Level, Wire};
use keyway_dylib::section;
use keyway_interfaces::{Tool, ToolError, ToolErrorKind};

/// A host's services that remember what was logged.
#[derive(Default)]
struct Recorder(Mutex<Vec<(Level, String, String)>>);

impl Services for Recorder {
    fn plugin(&self) -> &str {
        "text/frequency"
    }
    fn config(&self) -> Result<Vec<u8>, Fault> {
        Ok(b"\x81\xa1a\x01".to_vec())
    }
    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String> {
        Err(format!("`{plugin}` does not provide `{interface}`"))
    }
    fn providers(&self, interface: &str) -> Result<Vec<String>, String> {
        Ok(vec!["a/b".into(), interface.into()])
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        self.0.lock().unwrap().push((level, target.to_owned(), message.to_owned()));
    }
}

fn start(library: &Library) -> Instance {
    library.start(Arc::new(Recorder::default())).expect("the plugin starts")
}

fn error(kind: ToolErrorKind, message: &str, help: Option<&str>) -> ToolError {
    ToolError { help: help.map(str::to_owned), ..ToolError::new(kind, message) }
}

/// Arguments in memory that ends with them, so that whoever reads on is seen.
fn run(tool: &dyn Tool, arguments: &str) -> Result<String, ToolError> {
    tool.run(&Box::<str>::from(arguments))
}

/// What the example answers, whoever watches.
fn check(tool: &dyn Tool) {
    assert_eq!(tool.name(), "text-frequency");
    assert_eq!(
        tool.description(),
        "Counts how often each character of a text occurs, the most frequent first"
    );
    let parameters: serde_json::Value = serde_json::from_str(&tool.parameters()).unwrap();
    assert_eq!(parameters["x-input"], "text");

    for (text, expected) in [
        (r#"{"text":""}"#, r#"{"characters":0,"different":0,"counts":[]}"#),
        (
            r#" { "text" : "Ää b\tB" } "#,
            r#"{"characters":4,"different":3,"counts":[{"character":"b","count":2},{"character":"Ä","count":1},{"character":"ä","count":1}]}"#,
        ),
        (
            r#"{"text":"\"\\\u0001\u00e9\ud83d\ude00😀€"}"#,
            r#"{"characters":7,"different":6,"counts":[{"character":"😀","count":2},{"character":"\u0001","count":1},{"character":"\"","count":1},{"character":"\\","count":1},{"character":"é","count":1},{"character":"€","count":1}]}"#,
        ),
        (
            r#"{"top":2,"text":"aaabbc"}"#,
            r#"{"characters":6,"different":3,"counts":[{"character":"a","count":3},{"character":"b","count":2}]}"#,
        ),
    ] {
        let answer = run(tool, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(answer, expected, "{text}");
        serde_json::from_str::<serde_json::Value>(&answer).unwrap();
    }

    let usage = Some("write `{\"text\": \"…\"}`, and `\"top\": 3` for no more than 3 characters");
    for (arguments, message, help) in [
        ("", "byte 0 of the arguments is not the start of an object", None),
        ("[]", "byte 0 of the arguments is not the start of an object", None),
        ("{", "byte 1 of the arguments is not the name of an argument", None),
        ("{}", "the argument `text` is missing", usage),
        (r#"{"tëxt":"a"}"#, "there is no argument `tëxt`", usage),
        (r#"{"text":1}"#, "byte 8 of the arguments is not the text, a string", None),
        (r#"{"top":0}"#, "byte 7 of the arguments is not a whole number from 1 on", None),
        (
            r#"{"top":1234567890}"#,
            "byte 16 of the arguments is not part of a number below a thousand million",
            None,
        ),
        (r#"{"top":1.5}"#, "byte 8 of the arguments is not the end of the object", None),
        (r#"{"text":"a","text":"b"}"#, "the argument `text` is there twice", None),
        (r#"{"text":"a"} x"#, "byte 13 of the arguments is not the end of the arguments", None),
        ("{\"text\":\"a\nb\"}", "byte 10 of the arguments is not part of a string", None),
        (r#"{"text":"\q"}"#, "byte 10 of the arguments is not an escape of JSON", None),
        (r#"{"text":"\u12x4"}"#, "byte 13 of the arguments is not a hexadecimal digit", None),
        (
            r#"{"text":"\ud800x"}"#,
            "byte 15 of the arguments is not the second half of a surrogate pair",
            None,
        ),
        (r#"{"text":"a"#, "byte 10 of the arguments is not part of a string", None),
    ] {
        let expected = error(ToolErrorKind::InvalidArguments, message, help);
        assert_eq!(run(tool, arguments), Err(expected), "{arguments}");
    }
}

#[test]
fn the_example_answers_in_utf8_and_refuses_with_and_without_help() {
    let Some(library) = example() else { return missing("cc") };
    check(&*start(&library).tool());
}

#[test]
fn the_file_says_what_the_library_says_and_keeps_it_through_every_strip() {
    for flags in
        [&[][..], &["-s"], &["-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-s"]]
    {
        if !flags.is_empty() && !cfg!(target_os = "linux") {
            return println!("skipped: only the linkers of Linux take {flags:?}");
        }
        let Some(library) = c_library::example_with("notes", flags) else { return missing("cc") };
        let notes = section::read(library.path()).unwrap();
        let table = library.table();
        let build = notes.build.expect("a note about the build");
        // SAFETY: a library's texts are constants.
        let text = |text: Str| unsafe { c_library::text(text) };
        assert_eq!((&*build.target, &*build.panic), (entry::TARGET, "unwind"));
        assert_eq!((&*build.target, &*build.rustc), (text(table.target), text(table.rustc)));
        assert_eq!(build.framework, text(table.framework));
        assert_eq!(build.abi, format!("{}.{}", table.abi_major, table.abi_minor));
        assert_eq!((table.counted, table.plugins.count, table.flags), (1, 1, 0));
        let told = Manifest::from_json(text(library.plugin().manifest)).unwrap();
        assert_eq!(notes.manifests, [told]);
        assert_eq!(notes.manifests[0].id.as_str(), "text/frequency");
    }
}

#[test]
fn a_manifest_of_any_length_is_a_whole_note_in_c_and_in_cpp() {
    let mut source = String::from("#include <keyway.h>\n");
    for spaces in 0..8 {
        let json = format!(r#"{{\"id\":\"a/p{spaces}\",\"version\":\"1.0.0\"{}}}"#, " ".repeat(spaces));
        source.push_str(&format!("KEYWAY_MANIFEST(\"{json}\");\n"));
    }
    for compiler in ["cc", "c++"] {
        let Some(file) = c_library::compiled(compiler, &source) else { return missing(compiler) };
        let ids = section::read(&file).unwrap().manifests;
        let ids: Vec<_> = ids.iter().map(|manifest| manifest.id.as_str().to_owned()).collect();
        let expected: Vec<_> = (0..8).map(|spaces| format!("a/p{spaces}")).collect();
        assert_eq!(ids, expected, "{compiler}");
    }
}

#[test]
fn the_probes_come_back_as_from_the_framework_itself() {
    let Some(library) = example() else { return missing("cc") };
    let table = library.table();
    let mixed = ProbeMixed { byte: 0x11, float: 1.5, wide: 0x2233_4455_6677_8899, double: -2.25 };
    let (byte, double, text, last) = (0xaa, 3.125, Str::new("eleven char"), u64::MAX - 5);
    assert_eq!(
        (table.probe_wide)(mixed, byte, double, text, last),
        entry::probe_wide(mixed, byte, double, text, last)
    );
    let pair = ProbePair { left: 0x0102_0304_0506_0708, right: -1.0e300 };
    let (theirs, ours) = ((table.probe_pair)(pair), entry::probe_pair(pair));
    assert_eq!((theirs.status, ours.status), (Status::DONE, Status::DONE));
    // SAFETY: both are done, so both have a value.
    let (theirs, ours) = unsafe { (theirs.value.assume_init(), ours.value.assume_init()) };
    assert_eq!(theirs, ours);
}

#[test]
fn an_instance_logs_and_lives_until_its_last_holder_lets_go() {
    let Some(library) = example() else { return missing("cc") };
    let recorder = Arc::new(Recorder::default());
    let instance = library.start(Arc::clone(&recorder) as Arc<dyn Services>).expect("the plugin starts");
    let tool = instance.tool();
    let second = instance.tool();
    assert_eq!(Arc::strong_count(&recorder), 2, "the instance holds its context");
    drop(second);
    instance.stop().unwrap();
    drop(instance);
    assert_eq!(tool.name(), "text-frequency", "a stopped plugin that is held still answers");
    assert_eq!(Arc::strong_count(&recorder), 2);
    drop(tool);
    assert_eq!(Arc::strong_count(&recorder), 1, "the last holder is gone, and the context with it");
    let line = |text: &str| (Level::Debug, "text/frequency".to_owned(), text.to_owned());
    assert_eq!(*recorder.0.lock().unwrap(), [line("started"), line("stopped")]);
}

#[test]
fn threads_hold_call_and_let_go_at_once() {
    let Some(library) = example() else { return missing("cc") };
    let recorder = Arc::new(Recorder::default());
    let instance = library.start(Arc::clone(&recorder) as Arc<dyn Services>).expect("the plugin starts");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| check(&*instance.tool())));
        }
    });
    drop(instance);
    assert_eq!(Arc::strong_count(&recorder), 1);
}

#[test]
fn a_context_that_is_too_short_is_refused_in_words() {
    let Some(library) = example() else { return missing("cc") };
    let said = library.start_with_short_context().expect_err("there is nothing to hold");
    assert_eq!(said, "the host's context is older than this plugin");
}

/// What the broken one answers, whoever watches.
fn check_broken(instance: &Instance) {
    let tool = instance.tool();
    assert_eq!(tool.description(), "", "a text may be nothing at all");
    let panic = catch_unwind(AssertUnwindSafe(|| tool.name())).expect_err("the name is no UTF-8");
    let fault = panic.downcast_ref::<Fault>().expect("a method without an error type passes the fault on");
    assert_eq!(fault.kind(), FaultKind::Malformed);
    assert!(fault.message().contains("invalid utf-8 sequence of 1 bytes from index 1"), "{fault}");

    assert_eq!(tool.run("anything else"), Ok("{}".into()));
    let refused = error(ToolErrorKind::Failed, "message", Some("help"));
    assert_eq!(tool.run("refused"), Err(refused.clone()));
    assert_eq!(tool.run("some"), Err(refused), "an option is there where its first word is not 0");
    let sent = "the other side sent what its descriptor does not say: ";
    let utf8 = "invalid utf-8 sequence of 1 bytes from index 1";
    for (arguments, message) in [
        ("document", format!("{sent}{utf8}")),
        ("message", format!("{sent}{utf8}")),
        ("help", format!("{sent}{utf8}")),
        ("unsupported", "the other side can not do this: not on this machine".to_owned()),
        ("unheard of", "the other side failed: something new".to_owned()),
        ("new fault", "the other side is gone: a\u{fffd}b".to_owned()),
    ] {
        let fault = tool.run(arguments).expect_err(arguments);
        assert_eq!(fault.kind, ToolErrorKind::Fault, "{arguments}");
        assert_eq!(fault.message, message, "{arguments}");
    }
    let fault = tool.run("kind").expect_err("99 is no variant");
    assert!(fault.message.contains("ToolErrorKind") && fault.message.contains("99"), "{fault:?}");
    assert_eq!(instance.stop().expect_err("it is broken").kind(), FaultKind::Gone);
}

#[test]
fn a_context_answers_in_c_whatever_it_is_asked() {
    let Some(library) = broken() else { return missing("cc") };
    let recorder = Arc::new(Recorder::default());
    library.start(Arc::clone(&recorder) as Arc<dyn Services>).expect("the plugin starts");
    let said = recorder.0.lock().unwrap();
    let said: Vec<_> =
        said.iter().map(|(level, target, message)| (*level, target.as_str(), message.as_str())).collect();
    assert_eq!(
        said,
        [
            (Level::Info, "plugin", "text/frequency"),
            (Level::Warn, "config", "\u{fffd}\u{fffd}a\u{1}"),
            (Level::Debug, "providers", "a/b\nkeyway/tool"),
            (Level::Error, "interface", "`ünder/way` does not provide `keyway/tool`"),
            (Level::Trace, "", "a\u{fffd}b"),
        ]
    );
}

#[test]
fn answers_that_the_descriptor_does_not_say_are_faults_and_nothing_of_them_leaks() {
    let Some(library) = broken() else { return missing("cc") };
    check_broken(&start(&library));
}

#[test]
fn a_tool_in_c_meets_newer_and_other_interfaces_by_name() {
    mod newer {
        use keyway_interfaces::ToolError;
        #[keyway::interface(id = "keyway/tool", version = "1.1.0")]
        pub trait Tool: Send + Sync {
            fn icon(&self) -> String {
                "none".into()
            }
            fn run(&self, arguments: &str) -> Result<String, ToolError>;
            fn name(&self) -> String;
        }
    }
    mod other {
        #[keyway::interface(id = "keyway/tool", version = "1.0.0")]
        pub trait Tool: Send + Sync {
            fn name(&self) -> String;
            fn run(&self, arguments: String, times: u32) -> String;
        }
    }
    let Some(library) = example() else { return missing("cc") };
    let instance = start(&library);
    let tool = instance.connected::<dyn newer::Tool>().unwrap();
    assert_eq!((tool.icon(), tool.name()), ("none".into(), "text-frequency".into()));
    assert!(newer::Tool::run(&*tool, r#"{"text":"a"}"#).is_ok());
    let Err(mismatch) = instance.connected::<dyn other::Tool>() else { panic!("other types do not fit") };
    let said = mismatch.to_string();
    for part in ["fn run(&self, arguments: &str) -> Result<String, ToolError>", "times: u32"] {
        assert!(said.contains(part), "{said}");
    }
}

/// The whole way: found in a folder, read, resolved, checked, probed, started, listed, called, stopped.
#[test]
fn a_host_runs_plugins_in_c_from_a_folder_and_keeps_count_of_their_faults() {
    let (Some(example), Some(broken)) = (example(), broken()) else { return missing("cc") };
    let folder = c_library::folder_of("host", &[&example, &broken]);
    let host =
        Host::builder("test", "1.0.0").plugin_dir(folder).bridge(keyway_dylib::bridge()).start().unwrap();
    assert!(host.problems().is_empty(), "{:?}", host.problems());
    let list: Vec<_> =
        host.plugins().iter().map(|info| format!("{} {} {}", info.id, info.home, info.state)).collect();
    assert_eq!(list, ["fixture/broken dylib active", "text/frequency dylib active"], "{:?}", host.plugins());
    let tool = host.get::<dyn Tool>("text/frequency").unwrap();
    assert!(!tool.is_direct());
    check(&*tool.get());

    let broken = host.get::<dyn Tool>("fixture/broken").unwrap();
    let fault = broken.get().run("document").unwrap_err();
    assert_eq!(fault.kind, ToolErrorKind::Fault);
    assert!(fault.message.starts_with("plugin `fixture/broken` sent what"), "{}", fault.message);
    assert_eq!(broken.get().run("refused").unwrap_err().kind, ToolErrorKind::Failed);
    assert_eq!(host.plugin("fixture/broken").unwrap().faults, 1, "an answer is no fault");
    assert_eq!(host.plugin("text/frequency").unwrap().faults, 0);
    assert_eq!(host.all::<dyn Tool>().len(), 2);

    drop(host);
    assert_eq!(tool.get().name(), "text-frequency", "a handle keeps what it refers to");
}

fn host(folder: std::path::PathBuf) -> Host {
    let host = Host::builder("test", "1.0.0").plugin_dir(folder).bridge(keyway_dylib::bridge()).start();
    let host = host.unwrap();
    assert!(host.problems().is_empty(), "{:?}", host.problems());
    host
}

#[test]
fn a_library_of_version_1_0_runs_in_this_host_and_does_not_tell_how_it_is() {
    let Some(library) = c_library::example_of_1_0() else { return missing("cc") };
    assert_eq!(section::read(library.path()).unwrap().build.unwrap().abi, "1.0");
    assert_eq!((library.table().abi_major, library.table().abi_minor), (1, 0));
    let plugin = library.plugin();
    assert_eq!((plugin.size as usize, plugin.health.is_none()), (PluginTable::SIZE_1_0, true));
    let host = host(c_library::folder_of("host-1.0", &[&library]));
    check(&*host.get::<dyn Tool>("text/frequency").unwrap().get());
    assert_eq!(host.health("text/frequency"), None);
}

#[test]
fn a_plugin_in_c_says_how_it_is_and_one_that_leaves_the_slot_null_is_good() {
    let (Some(example), Some(broken)) = (example(), broken()) else { return missing("cc") };
    assert!(example.plugin().health.is_none() && example.plugin().tells_health());
    let host = host(c_library::folder_of("host-health", &[&example, &broken]));
    assert_eq!(host.health("text/frequency"), Some(Health::good()));
    assert_eq!(host.health("fixture/broken"), Some(Health::good().with_memory(4096)));
    assert_eq!(host.health("fixture/broken"), Some(Health::degraded("breaks on purpose")));
    assert_eq!(host.plugin("fixture/broken").unwrap().faults, 0, "an answer is no fault");
    for (faults, said) in [
        (1, "sent what its descriptor does not say: level 99 of health is none from 0 to 2"),
        (2, "sent what its descriptor does not say: at `health`: invalid utf-8"),
        (3, "sent what its descriptor does not say: `health` has no error of its own, and gave one"),
        (4, "is gone: a\u{fffd}b"),
    ] {
        let health = host.health("fixture/broken").unwrap();
        assert_eq!(health.level(), HealthLevel::Failing);
        let expected = format!("plugin `fixture/broken` {said}");
        assert!(health.message().starts_with(&expected), "{health} and not {expected}");
        assert_eq!(host.plugin("fixture/broken").unwrap().faults, faults);
    }
}

/// What the library in C answers later.
#[keyway::interface(id = "fixture/later", version = "1.0")]
pub trait Later: Send + Sync {
    async fn add(&self, n: u64, times: u32) -> u64;
    async fn greet(&self, name: &str) -> Result<String, String>;
    fn alive(&self) -> u64;
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll<T>(future: &mut keyway::BoxFuture<'_, T>, woken: &Arc<Woken>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(woken))))
}

fn executor() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// What it answers, whoever watches.
fn check_later(later: &dyn Later) {
    let executor = executor();
    assert_eq!(executor.block_on(later.add(1, 0)), 1, "at once");
    assert_eq!(executor.block_on(later.add(40, 2)), 42, "woken twice, by threads of the plugin's");
    // What is lent is alive until the call has ended.
    let greet = |name: &str| executor.block_on(later.greet(&Box::<str>::from(name)));
    assert_eq!(greet("Ada"), Ok("hello Ada".into()));
    assert_eq!(greet("nobody"), Err("there is nobody".into()));
    let fault = greet("rascal").unwrap_err();
    assert!(fault.ends_with("can not do this: it greets nobody of that name"), "{fault}");
    // Many at once; those that were asked last need the fewest polls.
    let sums = executor.block_on(async {
        let mut calls: Vec<_> = (0..20).map(|n| later.add(100 * n, 20 - n as u32)).collect();
        let mut sums = Vec::new();
        std::future::poll_fn(|context| {
            calls.retain_mut(|call| match call.as_mut().poll(context) {
                Poll::Ready(sum) => {
                    sums.push(sum);
                    false
                }
                Poll::Pending => true,
            });
            if calls.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        sums
    });
    assert_eq!(sums, (0..20).rev().map(|n| 100 * n + 20 - n).collect::<Vec<_>>());
}

#[test]
fn an_async_method_in_c_is_awaited_under_an_executor() {
    let Some(library) = later() else { return missing("cc") };
    let instance = start(&library);
    let before = instance.connected::<dyn Later>().unwrap();
    check_later(&*before);
    // The whole way, from a folder.
    let host = host(c_library::folder_of("host-later", &[&library]));
    let later = host.get::<dyn Later>("fixture/later").unwrap();
    assert!(!later.is_direct());
    check_later(&*later.get());
    let fault = executor().block_on(later.get().greet("rascal")).unwrap_err();
    assert_eq!(fault, "plugin `fixture/later` can not do this: it greets nobody of that name");
    assert_eq!(host.plugin("fixture/later").unwrap().faults, 2);
}

#[test]
fn a_call_in_c_is_cancelled_by_a_drop_and_may_be_leaked() {
    // A library of its own: it counts what lives in it.
    let Some(library) = c_library::later_with("drops", &[]) else { return missing("cc") };
    let instance = start(&library);
    let later = instance.connected::<dyn Later>().unwrap();
    let woken = Arc::new(Woken::default());
    drop(later.add(1, 1));
    assert_eq!(later.alive(), 0, "what was never polled has never begun");
    let mut half = later.greet("Ada");
    assert!(poll(&mut half, &woken).is_pending());
    assert_eq!((later.alive(), woken.0.load(Ordering::SeqCst)), (1, 1));
    drop(half);
    assert_eq!(later.alive(), 0);
    // Its thread has a waker when it is dropped, and wakes.
    let mut half = later.add(1, 1);
    assert!(poll(&mut half, &woken).is_pending());
    drop(half);
    while Arc::strong_count(&woken) > 1 {
        thread::yield_now();
    }
    assert_eq!((later.alive(), woken.0.load(Ordering::SeqCst)), (0, 2));
    let mut leaked = later.greet("Ada");
    assert!(poll(&mut leaked, &woken).is_pending());
    std::mem::forget(leaked);
    assert_eq!((later.alive(), executor().block_on(later.greet("Bob"))), (1, Ok("hello Bob".into())));
}

/// The forms of the header's hand-written half: as large as Rust's, and each field where Rust looks for it.
#[test]
fn the_tool_header_lays_its_types_out_as_the_derive_does() {
    type Forms = (<ToolError as Wire>::Out, <ToolErrorKind as Wire>::Out, <Option<String> as Wire>::Out);
    let Some(numbers) = c_library::numbers_of(&[
        "sizeof(keyway_tool_error)",
        "_Alignof(keyway_tool_error)",
        "sizeof(keyway_tool_error_kind)",
        "sizeof(keyway_option_string)",
        "sizeof(keyway_tool_reply)",
        "sizeof(keyway_owned_str)",
        "offsetof(keyway_tool_error, message.view.len)",
        "offsetof(keyway_tool_error, help.some)",
        "offsetof(keyway_tool_error, help.value.view.len)",
        "KEYWAY_TOOL_LIMIT_EXCEEDED",
        "KEYWAY_TOOL_FAULT",
    ]) else {
        return missing("cc");
    };
    let sizes = [
        size_of::<<ToolError as Wire>::Out>(),
        align_of::<<ToolError as Wire>::Out>(),
        size_of::<<ToolErrorKind as Wire>::Out>(),
        size_of::<<Option<String> as Wire>::Out>(),
        size_of::<keyway::abi::Reply<keyway::abi::Either<<String as Wire>::Out, <ToolError as Wire>::Out>>>(),
        size_of::<<String as Wire>::Out>(),
    ];
    assert_eq!(numbers[..6], sizes, "{}", std::any::type_name::<Forms>());

    let length = "a message".len();
    let given = error(ToolErrorKind::LimitExceeded, "a message", Some("some help, longer")).give();
    let word = |offset: usize| {
        // SAFETY: the offsets are inside the struct, whose size was compared above, and of initialised words.
        unsafe { (&raw const given).cast::<u8>().add(offset).cast::<usize>().read_unaligned() }
    };
    let half = |offset: usize| {
        // SAFETY: as above.
        unsafe { (&raw const given).cast::<u8>().add(offset).cast::<u32>().read_unaligned() }
    };
    assert_eq!(word(numbers[6]), length);
    assert_eq!((half(numbers[7]), word(numbers[8])), (1, "some help, longer".len()));
    assert_eq!(half(0) as usize, numbers[9]);
    // SAFETY: the form was just given, and is taken once.
    let taken = unsafe { ToolError::take(given, keyway::wire::Origin::UNKNOWN) };
    assert_eq!(taken.unwrap().message.len(), length);
    assert_eq!(ToolErrorKind::Fault as usize, numbers[10]);
}

/// Run by the two tests below in a process of their own, with the libraries that they built.
#[test]
fn a_thousand_calls() {
    let (Some(example), Some(broken)) = (example(), broken()) else { return missing("cc") };
    let instance = start(&example);
    // 23 calls each, 12 each of the broken one, and 26 each of the one that answers later.
    for _ in 0..50 {
        check(&*instance.tool());
    }
    let instance = start(&broken);
    for _ in 0..10 {
        check_broken(&instance);
    }
    let Some(later) = later() else { return missing("cc") };
    let instance = start(&later);
    let later = instance.connected::<dyn Later>().unwrap();
    for _ in 0..10 {
        check_later(&*later);
        let mut half = later.greet("half-way");
        assert!(poll(&mut half, &Arc::default()).is_pending());
    }
}

#[test]
fn nothing_is_read_that_should_not_be_and_nothing_is_lost_says_valgrind() {
    let Some(run) = c_library::again("plain", &[]) else { return missing("cc") };
    // Only what is definitely lost: the standard library's handle of the main thread is "possibly" so in every program.
    let valgrind = ["-q", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=9"];
    run.under("valgrind", &valgrind, &[], "a_thousand_calls");
}

#[test]
fn nothing_is_read_that_should_not_be_and_nothing_is_lost_say_the_sanitizers() {
    let flags = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let Some(runtime) = c_library::runtime("libasan.so") else { return missing("libasan.so") };
    let Some(run) = c_library::again("sanitized", &flags) else { return missing("cc") };
    run.under("env", &[], &[("LD_PRELOAD", &runtime)], "a_thousand_calls");
}
