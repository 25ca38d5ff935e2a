//! What the system does not tell, and what callers do wrong.

use std::sync::{Arc, Mutex};

use super::*;
use crate::host::watch::WatchError;

#[test]
fn a_reader_that_panics_makes_the_file_unreadable_and_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (send, told) = channel();
    let tell = move |change: Change| {
        let first = change.place.ends_with("a.so");
        send.send(change).unwrap();
        assert!(!first, "who is told panics too");
    };
    let look = |place: &Path| if place.ends_with("a.so") { panic!("what a file") } else { look(place) };
    let _watcher = Watcher::begin(vec![folder.path().into()], SETTLE, look, tell).unwrap();
    fs::write(folder.path().join("a.so"), "anything").unwrap();
    let change = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(change.kind, ChangeKind::Unreadable("reading it panicked: what a file".into()));
    fs::write(folder.path().join("b.so"), library("test/b", "1.0.0", 100)).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap().kind, ChangeKind::Found);
}

#[test]
fn without_a_folder_there_is_nothing_to_watch() {
    let error = Watcher::begin(Vec::new(), SETTLE, look, |_| {}).unwrap_err();
    assert!(matches!(error, WatchError::NoFolder));
    assert_eq!(error.code(), "watch-no-folder");
    assert_eq!(error.to_string(), "the host has no plugin folder that could be watched");
    assert_eq!(error.help(), "name one with `HostBuilder::plugin_dir`; it need not exist yet");
}

/// The warnings that a call gives on its own thread.
fn warnings<T>(body: impl FnOnce() -> T) -> (T, Vec<String>) {
    struct Listener(Arc<Mutex<Vec<String>>>);
    struct Text(String);
    impl tracing::field::Visit for Text {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
            self.0.push_str(&format!("{field}={value:?} "));
        }
    }
    impl tracing::Subscriber for Listener {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            *metadata.level() == tracing::Level::WARN
        }
        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            let mut text = Text(String::new());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let result = tracing::subscriber::with_default(Listener(Arc::clone(&heard)), body);
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    (result, heard)
}

#[cfg(target_os = "linux")]
const OFTEN: Pace = Pace { troubled: Duration::from_millis(400), ..HINTS_ALONE };

/// All that can happen to a file and a folder, with whatever hints there are.
#[cfg(target_os = "linux")]
fn the_whole_of_it(scene: &Scene) {
    scene.install("plugins/one.so", library("test/one", "1.0.0", 100));
    scene.expect_found("plugins/one.so", "test/one", "1.0.0");
    scene.install("plugins/one.so", library("test/one", "2.0.0", 100));
    scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "2.0.0")]);
    scene.install("plugins/side/plugin.toml", "id = \"test/side\"\nversion = \"1.0.0\"\n");
    scene.expect_found("plugins/side", "test/side", "1.0.0");
    scene.install("plugins/side/lib/code", "code");
    scene.expect(ChangeKind::Changed, "plugins/side", &[plugin("test/side", "1.0.0")]);
    scene.write("later/two.so", library("test/two", "1.0.0", 100));
    scene.expect_found("later/two.so", "test/two", "1.0.0");
    fs::remove_dir_all(scene.path("later")).unwrap();
    scene.expect(ChangeKind::Gone, "later/two.so", &[plugin("test/two", "1.0.0")]);
    fs::remove_file(scene.path("plugins/one.so")).unwrap();
    scene.expect(ChangeKind::Gone, "plugins/one.so", &[plugin("test/one", "2.0.0")]);
}

/// Runs one test of this program again where the kernel gives less: the limits of a user namespace are its own.
#[cfg(target_os = "linux")]
fn in_a_world_with(limit: &str, most: usize, test: &str, inside: impl FnOnce()) {
    const MARK: &str = "KEYWAY_TEST_WATCH_LIMIT";
    if std::env::var_os(MARK).is_some() {
        return inside();
    }
    let script =
        format!("echo {most} > /proc/sys/user/{limit} || exit 77; exec \"$0\" --exact {test} --nocapture");
    let output = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(MARK, "1")
        .output();
    match output {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            if output.status.code() == Some(77) || text.contains("unshare:") {
                println!("skipped, since this machine gives no user namespace: {text}");
                return;
            }
            assert!(output.status.success() && text.contains("1 passed"), "{text}");
            print!("{text}");
        }
        Err(error) => println!("skipped, since `unshare` can not be run: {error}"),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn where_the_kernel_gives_too_few_watches_the_clock_helps() {
    let test = "host::watch::tests::troubles::where_the_kernel_gives_too_few_watches_the_clock_helps";
    in_a_world_with("max_inotify_watches", 1, test, || {
        let mut scene = Scene::new();
        let ((), warnings) = warnings(|| scene.watch_at(&["plugins", "later"], OFTEN));
        println!("{warnings:?}");
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("hints are missing") && warnings[0].contains("limit"), "{warnings:?}");
        the_whole_of_it(&scene);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn where_the_kernel_watches_nothing_the_clock_does() {
    let test = "host::watch::tests::troubles::where_the_kernel_watches_nothing_the_clock_does";
    in_a_world_with("max_inotify_instances", 0, test, || {
        let mut scene = Scene::new();
        let ((), warnings) = warnings(|| scene.watch_at(&["plugins", "later"], OFTEN));
        println!("{warnings:?}");
        assert_eq!(warnings.len(), 1);
        the_whole_of_it(&scene);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn what_the_kernel_drops_when_its_queue_is_full_is_told_all_the_same() {
    const FILES: usize = 40;
    let queue: usize = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(16_384);
    let mut scene = Scene::new();
    fs::create_dir(scene.path("more")).unwrap();
    scene.watch(&["plugins", "more"]);
    scene.expect_no_more("plugins");
    let inbox = Arc::clone(&scene.watcher.as_ref().unwrap().inbox);
    // As long as nobody can put anything into the inbox, nobody empties the kernel's queue.
    let held = inbox.lock();
    let mut made = 0;
    let noise = [scene.path("plugins/noise-a"), scene.path("plugins/noise-b")];
    while made < queue + 2_000 {
        fs::write(&noise[made / 4 % 2], "noise").unwrap();
        // Opened, emptied or written, closed.
        made += 3;
    }
    // Of this folder nothing is heard at all.
    for n in 0..FILES {
        scene.install(&format!("more/{n:02}.so"), library(&format!("test/p{n}"), "1.0.0", 100));
    }
    drop(held);
    for n in 0..FILES {
        scene.expect_found(&format!("more/{n:02}.so"), &format!("test/p{n}"), "1.0.0");
    }
    scene.expect_no_more("more");
    let full = inbox.overflows.load(std::sync::atomic::Ordering::Relaxed);
    println!(
        "{made} hints and more for a queue of {queue}, {full} overflow; {FILES} files made, {FILES} told, 0 lost"
    );
    assert!(full > 0, "the kernel's queue overflowed");
}
