//! Many changes at once. Whatever is told, it ends with what is there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::*;

#[test]
fn five_hundred_libraries_at_once_are_all_told_in_a_few_looks() {
    const COUNT: usize = 500;
    let scene = Scene::watched();
    let began = Instant::now();
    for n in 0..COUNT {
        scene.write(&format!("plugins/{n}.so"), library(&format!("test/p{n}"), "1.0.0", 4_096));
    }
    let mut picture = Picture::default();
    let mut told = 0;
    while picture.0.len() < COUNT {
        picture.apply(scene.next());
        told += 1;
    }
    let took = began.elapsed();
    let looks = scene.watcher.as_ref().unwrap().inbox.looks.load(Ordering::Relaxed);
    for n in 0..COUNT {
        let held = &picture.0[&scene.path(&format!("plugins/{n}.so"))];
        assert_eq!(held.0, [plugin(&format!("test/p{n}"), "1.0.0")]);
    }
    scene.expect_no_more("plugins");
    println!("{COUNT} files made, {told} told, 0 lost, {looks} looks in {took:?}");
    assert_eq!(told, COUNT, "each is told once");
    // Looks are apart by the time to settle.
    let most = took.as_millis() / SETTLE.as_millis() + 2;
    assert!(u128::from(looks) <= most, "{looks} looks, {most} would have had room");
}

#[test]
fn of_ten_folders_with_a_hundred_libraries_each_only_the_one_with_the_change_is_looked_at() {
    let mut scene = Scene::new();
    let folders: Vec<_> = (0..10).map(|folder| format!("f{folder}")).collect();
    for n in 0..1_000 {
        scene.write(&format!("f{}/{n}.so", n % 10), library(&format!("test/p{n}"), "1.0.0", 4_096));
    }
    let folders: Vec<_> = folders.iter().map(String::as_str).collect();
    // What was written just now is read once more, as soon as its stamp tells of every change.
    std::thread::sleep(Duration::from_millis(2_100));
    let began = Instant::now();
    scene.watch(&folders);
    let took = began.elapsed();
    scene.install("f3/new.so", library("test/new", "1.0.0", 4_096));
    scene.expect_found("f3/new.so", "test/new", "1.0.0");
    let looks = scene.watcher.as_ref().unwrap().inbox.looks.load(Ordering::Relaxed);
    println!("10 folders with 1000 files: watched after {took:?}; one file made, 1 told, {looks} looks");
    assert!(looks <= 3, "{looks}");
}

#[test]
fn a_library_that_is_replaced_two_hundred_times_ends_with_the_last() {
    const COUNT: usize = 200;
    let scene = Scene::watched();
    for n in 1..=COUNT {
        scene.install("plugins/one.so", library("test/one", &format!("1.0.{n}"), 20_000));
        std::thread::sleep(Duration::from_millis(5));
    }
    let last = [plugin("test/one", &format!("1.0.{COUNT}"))];
    let mut picture = Picture::default();
    let mut told = 0;
    loop {
        picture.apply(scene.next());
        told += 1;
        if picture.0[&scene.path("plugins/one.so")].0 == last {
            break;
        }
    }
    scene.expect_no_more("plugins");
    println!("{COUNT} replacements, {told} told, the last one last");
}

#[test]
fn whatever_is_done_to_thirty_places_what_is_told_ends_with_what_is_there() {
    const STEPS: u64 = 1_500;
    let mut scene = Scene::new();
    fs::create_dir(scene.path("more")).unwrap();
    scene.watch(&["plugins", "more"]);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut made = 0;
    for step in 0..STEPS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let folder = if random & 1 == 0 { "plugins" } else { "more" };
        let place = format!("{folder}/{}", random >> 1 & 15);
        let path = scene.path(&place);
        let bytes = library("test/one", &format!("1.0.{step}"), 1_000);
        made += 1;
        match random >> 8 & 7 {
            0 | 1 => scene.install(&place, bytes),
            2 => scene.write(&place, bytes),
            3 => scene.write(&place, "nothing of ours"),
            4 => drop(fs::rename(&path, scene.path(&format!("plugins/{}", random >> 16 & 15)))),
            5 => {
                let _ = fs::remove_dir_all(scene.path("more"));
                fs::create_dir_all(scene.path("more")).unwrap();
            }
            _ => drop(fs::remove_file(&path)),
        }
        if random >> 32 & 31 == 0 {
            std::thread::sleep(Duration::from_millis(random >> 40 & 255));
        }
    }
    // The truth, by reading what is there.
    let mut truth = BTreeMap::new();
    for folder in ["plugins", "more"] {
        for entry in fs::read_dir(scene.path(folder)).unwrap() {
            let path = entry.unwrap().path();
            if let Look::Plugins(plugins) = look(&path) {
                truth.insert(path.clone(), (plugins, Some(Digest::of_file(&path).unwrap())));
            }
        }
    }
    let mut picture = Picture::default();
    let mut told = 0;
    while picture.0 != truth {
        picture.apply(scene.next());
        told += 1;
    }
    scene.expect_no_more("plugins");
    println!("{made} changes made, {told} told, {} there in the end, 0 lost", truth.len());
}

#[test]
fn nothing_is_told_once_the_watcher_is_dropped() {
    const ROUNDS: usize = 10;
    let folder = tempfile::tempdir().unwrap();
    let mut in_all = 0;
    for round in 0..ROUNDS {
        let end = AtomicBool::new(false);
        let told = Arc::new(AtomicUsize::new(0));
        std::thread::scope(|scope| {
            // Also where an assertion fails, or the scope would wait for ever.
            let _ends = Ends(&end);
            scope.spawn(|| {
                for n in 0.. {
                    if end.load(Ordering::Relaxed) {
                        break;
                    }
                    let path = folder.path().join(format!("{}.so", n % 50));
                    fs::write(path, library("test/one", &format!("{round}.0.{n}"), 2_000)).unwrap();
                    if n % 50 == 49 {
                        std::thread::sleep(Duration::from_millis(30));
                    }
                }
            });
            let counted = Arc::clone(&told);
            let tell = move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
            };
            let settle = Duration::from_millis(5);
            let watcher = Watcher::begin(vec![folder.path().into()], settle, look, tell).unwrap();
            let patience = Instant::now() + PATIENCE;
            while told.load(Ordering::SeqCst) < 20 {
                assert!(Instant::now() < patience, "events stream in");
                std::thread::sleep(Duration::from_millis(1));
            }
            drop(watcher);
            let at_drop = told.load(Ordering::SeqCst);
            assert_eq!(Arc::strong_count(&told), 1, "the thread has let go of all it had");
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(told.load(Ordering::SeqCst), at_drop);
            in_all += at_drop;
        });
    }
    println!("{ROUNDS} watchers dropped while events streamed in, {in_all} told before, 0 after");
}

struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn who_is_told_may_drop_the_watcher() {
    let folder = tempfile::tempdir().unwrap();
    let held: Arc<Mutex<Option<Watcher>>> = Arc::default();
    let (send, told) = channel();
    let mine = Arc::clone(&held);
    let tell = move |change: Change| {
        drop(mine.lock().unwrap().take());
        send.send(change).unwrap();
    };
    let mut slot = held.lock().unwrap();
    *slot = Some(Watcher::begin(vec![folder.path().into()], SETTLE, look, tell).unwrap());
    drop(slot);
    for n in 0..5 {
        fs::write(folder.path().join(format!("{n}.so")), library("test/one", "1.0.0", 100)).unwrap();
    }
    told.recv_timeout(PATIENCE).expect("the first is told");
    // The thread has ended, and with it the channel.
    assert_eq!(told.recv_timeout(PATIENCE).unwrap_err(), RecvTimeoutError::Disconnected);
}
