//! One file in a plugin folder.

use std::fs::File;
use std::io::Write as _;
use std::time::{Instant, SystemTime};

use super::*;

/// A settled time that a writer is not held up for by chance.
const LONG: Duration = Duration::from_secs(1);

fn scene_with(inside: &str) -> Scene {
    let mut scene = Scene::new();
    scene.write(inside, library("test/one", "1.0.0", 5_000));
    scene.watch(&["plugins"]);
    scene
}

#[test]
fn what_is_there_at_the_beginning_is_not_told() {
    let scene = scene_with("plugins/one.so");
    scene.expect_no_more("plugins");
}

#[test]
fn a_new_library_is_found_with_its_plugins_and_its_digest() {
    let scene = Scene::watched();
    let bytes = library("test/one", "1.2.3", 10_000);
    scene.write("plugins/one.so", &bytes);
    let change = scene.expect_found("plugins/one.so", "test/one", "1.2.3");
    assert_eq!((change.digest, change.before), (Some(Digest::of(&bytes)), vec![]));
    scene.expect_no_more("plugins");
}

#[test]
fn a_library_that_is_replaced_by_a_rename_is_changed() {
    let scene = scene_with("plugins/one.so");
    scene.expect_no_more("plugins");
    scene.install("plugins/one.so", library("test/two", "2.0.0", 5_000));
    let change = scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/two", "2.0.0")]);
    assert_eq!(change.before, [plugin("test/one", "1.0.0")]);
    scene.expect_no_more("plugins");
}

#[test]
fn a_library_of_the_same_size_and_time_is_changed() {
    let scene = scene_with("plugins/one.so");
    let time = scene.path("plugins/one.so").metadata().unwrap().modified().unwrap();
    scene.write("next", library("test/one", "1.0.1", 5_000));
    File::options().write(true).open(scene.path("next")).unwrap().set_modified(time).unwrap();
    fs::rename(scene.path("next"), scene.path("plugins/one.so")).unwrap();
    scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "1.0.1")]);
    scene.expect_no_more("plugins");
}

#[test]
fn a_library_that_is_overwritten_in_place_is_changed_once() {
    let scene = scene_with("plugins/one.so");
    let bytes = library("test/one", "1.0.1", 5_000);
    File::options().write(true).open(scene.path("plugins/one.so")).unwrap().write_all(&bytes).unwrap();
    let change = scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "1.0.1")]);
    assert_eq!(change.digest, Some(Digest::of(&bytes)));
    scene.expect_no_more("plugins");
}

#[test]
fn a_library_that_is_touched_or_written_again_as_it_was_is_not_told() {
    let scene = scene_with("plugins/one.so");
    // What was there has been read by when anything is told.
    scene.expect_no_more("plugins");
    let file = File::options().write(true).open(scene.path("plugins/one.so")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).unwrap();
    scene.expect_no_more("plugins");
    scene.install("plugins/one.so", library("test/one", "1.0.0", 5_000));
    scene.expect_no_more("plugins");
}

#[test]
fn a_library_that_is_deleted_is_gone_with_what_was_in_it() {
    let scene = scene_with("plugins/one.so");
    scene.expect_no_more("plugins");
    fs::remove_file(scene.path("plugins/one.so")).unwrap();
    let change = scene.expect(ChangeKind::Gone, "plugins/one.so", &[plugin("test/one", "1.0.0")]);
    assert_eq!(change.digest, None);
    scene.expect_no_more("plugins");
}

#[test]
fn a_library_that_an_installer_deletes_and_makes_again_is_changed() {
    for _ in 0..20 {
        let mut scene = Scene::new();
        scene.write("plugins/one.so", library("test/one", "1.0.0", 5_000));
        scene.watch_at(&["plugins"], Pace { settle: LONG, ..HINTS_ALONE });
        let next = library("test/one", "2.0.0", 5_000);
        let began = Instant::now();
        fs::remove_file(scene.path("plugins/one.so")).unwrap();
        scene.write("plugins/one.so", &next);
        if began.elapsed() > LONG / 2 {
            println!("held up for {:?}: once more", began.elapsed());
            continue;
        }
        scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "2.0.0")]);
        scene.expect_no_more("plugins");
        return;
    }
    panic!("this machine never deletes and writes a file within {:?}", LONG / 2);
}

#[test]
fn a_library_that_is_written_in_steps_is_told_once_and_whole() {
    const STEPS: usize = 50;
    const STEP: usize = 4 << 10;
    for _ in 0..20 {
        let mut scene = Scene::new();
        scene.watch_at(&["plugins"], Pace { settle: LONG, ..HINTS_ALONE });
        let bytes = library("test/one", "1.0.0", STEPS * STEP);
        let mut file = File::create(scene.path("plugins/one.so")).unwrap();
        let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
        for step in bytes.chunks(STEP) {
            file.write_all(step).unwrap();
            std::thread::sleep(Duration::from_millis(50));
            longest = longest.max(last.elapsed());
            last = Instant::now();
        }
        drop(file);
        if longest > LONG / 2 {
            println!("held up for {longest:?}: once more");
            continue;
        }
        let change = scene.expect_found("plugins/one.so", "test/one", "1.0.0");
        assert_eq!(change.digest, Some(Digest::of(&bytes)));
        scene.expect_no_more("plugins");
        println!("{STEPS} writes of {STEP} bytes, {longest:?} apart at most: told 1, whole");
        return;
    }
    panic!("this machine never writes 50 times without a pause of {:?}", LONG / 2);
}

#[test]
fn what_is_no_plugin_is_not_told_until_it_becomes_one_and_when_it_is_none_any_more() {
    let mut scene = Scene::new();
    scene.write("plugins/readme", "about these plugins");
    scene.watch(&["plugins"]);
    scene.expect_no_more("plugins");
    scene.install("plugins/readme", "more about these plugins");
    scene.install("plugins/license", "take it");
    scene.expect_no_more("plugins");
    fs::remove_file(scene.path("plugins/license")).unwrap();
    scene.expect_no_more("plugins");
    scene.install("plugins/readme", library("test/one", "1.0.0", 500));
    scene.expect_found("plugins/readme", "test/one", "1.0.0");
    scene.install("plugins/readme", "about these plugins");
    scene.expect(ChangeKind::Gone, "plugins/readme", &[plugin("test/one", "1.0.0")]);
    scene.expect_no_more("plugins");
}

#[test]
fn a_library_that_can_not_be_read_says_why_until_it_is_mended() {
    let scene = scene_with("plugins/one.so");
    scene.expect_no_more("plugins");
    let whole = library("test/one", "2.0.0", 0);
    scene.install("plugins/one.so", &whole[..whole.len() - 5]);
    let change =
        scene.expect(ChangeKind::Unreadable("the note ends too early".into()), "plugins/one.so", &[]);
    assert_eq!(change.before, [plugin("test/one", "1.0.0")]);
    scene.expect_no_more("plugins");
    scene.install("plugins/one.so", &whole);
    scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "2.0.0")]);
    scene.expect_no_more("plugins");
}

#[test]
#[cfg(target_os = "linux")]
fn a_pipe_holds_nobody_up() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let pipe = |path: PathBuf| mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut scene = Scene::new();
    pipe(scene.path("plugins/first.so"));
    scene.watch(&["plugins"]);
    pipe(scene.path("plugins/second.so"));
    scene.expect_no_more("plugins");
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_file_that_a_link_leads_to_is_what_counts() {
        let mut scene = Scene::new();
        scene.write("target/debug/one.so", library("test/one", "1.0.0", 3_000));
        symlink("../target/debug/one.so", scene.path("plugins/one.so")).unwrap();
        scene.watch(&["plugins"]);
        scene.expect_no_more("plugins");
        for version in ["1.0.1", "1.0.2"] {
            scene.install("target/debug/one.so", library("test/one", version, 3_000));
            scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", version)]);
        }
        let bytes = library("test/one", "1.0.3", 3_000);
        let mut file = File::options().write(true).open(scene.path("target/debug/one.so")).unwrap();
        file.write_all(&bytes).unwrap();
        scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "1.0.3")]);
        fs::remove_file(scene.path("target/debug/one.so")).unwrap();
        scene.expect(ChangeKind::Gone, "plugins/one.so", &[plugin("test/one", "1.0.3")]);
        scene.write("target/debug/one.so", &bytes);
        scene.expect_found("plugins/one.so", "test/one", "1.0.3");
        scene.expect_no_more("plugins");
    }

    #[test]
    fn a_link_that_is_turned_elsewhere_is_changed_wherever_on_the_way_it_stands() {
        let mut scene = Scene::new();
        scene.write("store/old.so", library("test/one", "1.0.0", 3_000));
        scene.write("store/new.so", library("test/one", "2.0.0", 3_000));
        symlink("old.so", scene.path("store/current")).unwrap();
        symlink(scene.path("store/current"), scene.path("plugins/one.so")).unwrap();
        scene.watch(&["plugins"]);
        symlink("new.so", scene.path("store/next")).unwrap();
        fs::rename(scene.path("store/next"), scene.path("store/current")).unwrap();
        scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "2.0.0")]);
        symlink(scene.path("store/old.so"), scene.path("store/next")).unwrap();
        fs::rename(scene.path("store/next"), scene.path("plugins/one.so")).unwrap();
        scene.expect(ChangeKind::Changed, "plugins/one.so", &[plugin("test/one", "1.0.0")]);
        scene.expect_no_more("plugins");
    }

    #[test]
    fn links_that_lead_nowhere_are_not_told_and_those_that_lead_round_are_asked_about() {
        let scene = Scene::watched();
        symlink("nowhere", scene.path("plugins/a.so")).unwrap();
        symlink(".", scene.path("plugins/b")).unwrap();
        symlink("c.txt", scene.path("plugins/c.txt")).unwrap();
        // Whose reader, here, wants every file to be readable.
        let change = scene.next();
        assert!(matches!(&change.kind, ChangeKind::Unreadable(why) if why.contains("levels")), "{change:?}");
        assert_eq!(change.place, scene.path("plugins/c.txt"));
        scene.expect_no_more("plugins");
    }
}
