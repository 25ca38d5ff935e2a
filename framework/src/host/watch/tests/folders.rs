//! Whole folders: plugin folders that come and go, and subfolders that are one thing.

use super::*;

const SIDECAR: &str = "id = \"test/side\"\nversion = \"1.0.0\"\n";

#[test]
fn a_folder_that_does_not_exist_yet_is_picked_up_when_it_is_made() {
    let mut scene = Scene::new();
    scene.watch(&["data/app/plugins"]);
    scene.write("data/elsewhere/one.so", library("test/one", "1.0.0", 500));
    scene.write("data/app/plugins/one.so", library("test/one", "1.0.0", 500));
    scene.expect_found("data/app/plugins/one.so", "test/one", "1.0.0");
    scene.write("data/app/plugins/two.so", library("test/two", "1.0.0", 500));
    scene.expect_found("data/app/plugins/two.so", "test/two", "1.0.0");
    scene.expect_no_more("data/app/plugins");
}

#[test]
fn a_folder_that_is_removed_takes_all_with_it_and_is_picked_up_each_time_it_comes_back() {
    let mut scene = Scene::new();
    let put = |scene: &Scene| {
        scene.write("plugins/one.so", library("test/one", "1.0.0", 500));
        scene.write("plugins/two.so", library("test/two", "1.0.0", 500));
    };
    put(&scene);
    scene.watch(&["plugins"]);
    scene.install("plugins/three.so", library("test/three", "1.0.0", 500));
    scene.expect_found("plugins/three.so", "test/three", "1.0.0");
    fs::remove_file(scene.path("plugins/three.so")).unwrap();
    scene.expect(ChangeKind::Gone, "plugins/three.so", &[plugin("test/three", "1.0.0")]);
    for _ in 0..3 {
        fs::remove_dir_all(scene.path("plugins")).unwrap();
        scene.expect_both(&ChangeKind::Gone);
        put(&scene);
        scene.expect_both(&ChangeKind::Found);
    }
    scene.expect_no_more("plugins");
}

#[test]
fn a_folder_in_whose_place_another_is_put_is_compared_with_it() {
    let mut scene = Scene::new();
    scene.write("plugins/one.so", library("test/one", "1.0.0", 500));
    scene.write("plugins/same.so", library("test/same", "1.0.0", 500));
    scene.write("next/same.so", library("test/same", "1.0.0", 500));
    scene.write("next/two.so", library("test/two", "1.0.0", 500));
    scene.watch(&["plugins"]);
    scene.install("plugins/begun.so", library("test/begun", "1.0.0", 500));
    scene.expect_found("plugins/begun.so", "test/begun", "1.0.0");
    fs::rename(scene.path("plugins"), scene.path("last")).unwrap();
    fs::rename(scene.path("next"), scene.path("plugins")).unwrap();
    let mut changes = [scene.next(), scene.next(), scene.next()];
    changes.sort_by(|a, b| a.place.cmp(&b.place));
    let told = changes.map(|change| (change.kind, change.place));
    let expected = [
        (ChangeKind::Gone, scene.path("plugins/begun.so")),
        (ChangeKind::Gone, scene.path("plugins/one.so")),
        (ChangeKind::Found, scene.path("plugins/two.so")),
    ];
    assert_eq!(told, expected);
    scene.install("last/one.so", library("test/one", "9.0.0", 500));
    scene.expect_no_more("plugins");
}

#[test]
fn a_folder_above_that_is_moved_away_shows_at_the_next_look_by_the_clock() {
    let mut scene = Scene::new();
    scene.write("far/above/plugins/one.so", library("test/one", "1.0.0", 500));
    let quiet = Duration::from_secs(1);
    scene.watch_at(&["far/above/plugins"], Pace { quiet, ..HINTS_ALONE });
    scene.install("far/above/plugins/two.so", library("test/two", "1.0.0", 500));
    scene.expect_found("far/above/plugins/two.so", "test/two", "1.0.0");
    // Nobody listens to `far`.
    fs::rename(scene.path("far/above"), scene.path("far/away")).unwrap();
    scene.expect(ChangeKind::Gone, "far/above/plugins/one.so", &[plugin("test/one", "1.0.0")]);
    scene.expect(ChangeKind::Gone, "far/above/plugins/two.so", &[plugin("test/two", "1.0.0")]);
    fs::rename(scene.path("far/away"), scene.path("far/above")).unwrap();
    scene.expect_found("far/above/plugins/one.so", "test/one", "1.0.0");
    scene.expect_found("far/above/plugins/two.so", "test/two", "1.0.0");
    scene.expect_no_more("far/above/plugins");
}

#[test]
#[cfg(unix)]
fn a_folder_that_is_a_link_is_compared_with_what_it_is_turned_to() {
    use std::os::unix::fs::symlink;
    let mut scene = Scene::new();
    scene.write("v1/one.so", library("test/one", "1.0.0", 500));
    scene.write("v2/one.so", library("test/one", "2.0.0", 500));
    symlink("v1", scene.path("current")).unwrap();
    scene.watch(&["current"]);
    symlink("v2", scene.path("next")).unwrap();
    fs::rename(scene.path("next"), scene.path("current")).unwrap();
    scene.expect(ChangeKind::Changed, "current/one.so", &[plugin("test/one", "2.0.0")]);
    scene.write("v1/late.so", library("test/late", "1.0.0", 500));
    scene.expect_no_more("current");
    // It leads nowhere for a while.
    fs::rename(scene.path("v2"), scene.path("v3")).unwrap();
    for _ in 0..3 {
        scene.expect_gone();
    }
    fs::rename(scene.path("v3"), scene.path("v2")).unwrap();
    scene.expect_found("current/one.so", "test/one", "2.0.0");
}

#[test]
fn a_folder_that_can_not_be_read_says_so_and_loses_nothing() {
    let mut scene = Scene::new();
    scene.write("plugins/one.so", library("test/one", "1.0.0", 500));
    // Nobody is held up for so long between two renames.
    scene.watch_at(&["plugins"], Pace { settle: Duration::from_secs(1), ..HINTS_ALONE });
    scene.install("plugins/two.so", library("test/two", "1.0.0", 500));
    scene.expect_found("plugins/two.so", "test/two", "1.0.0");
    // A file in its place.
    scene.write("file", "no folder");
    fs::rename(scene.path("plugins"), scene.path("aside-folder")).unwrap();
    fs::rename(scene.path("file"), scene.path("plugins")).unwrap();
    let change = scene.next();
    assert_eq!(change.place, scene.path("plugins"), "{change:?}");
    assert!(matches!(&change.kind, ChangeKind::Unreadable(why) if why.contains("directory")), "{change:?}");
    fs::remove_file(scene.path("aside-folder/one.so")).unwrap();
    fs::remove_file(scene.path("plugins")).unwrap();
    fs::rename(scene.path("aside-folder"), scene.path("plugins")).unwrap();
    scene.expect(ChangeKind::Gone, "plugins/one.so", &[plugin("test/one", "1.0.0")]);
    scene.expect_no_more("plugins");
}

#[test]
#[cfg(unix)]
fn a_place_is_told_as_the_host_named_its_folder() {
    let scene = Scene::new();
    // Up to the root and down again.
    let up = std::env::current_dir().unwrap().components().skip(1).map(|_| "..").collect::<PathBuf>();
    let named = up.join(scene.path("plugins").strip_prefix("/").unwrap());
    let (tell, told) = channel();
    let tell = move |change| drop(tell.send(change));
    let _watcher = Watcher::begin(vec![named.clone()], SETTLE, look, tell).unwrap();
    scene.install("plugins/one.so", library("test/one", "1.0.0", 500));
    let change = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!((change.kind, change.place), (ChangeKind::Found, named.join("one.so")));
}

#[test]
fn a_folder_that_is_named_twice_is_told_of_once() {
    let mut scene = Scene::new();
    scene.watch(&["plugins", "plugins/../plugins"]);
    scene.install("plugins/one.so", library("test/one", "1.0.0", 500));
    scene.expect_found("plugins/one.so", "test/one", "1.0.0");
    scene.expect_no_more("plugins");
}

#[test]
fn a_subfolder_with_a_sidecar_is_one_thing() {
    let scene = Scene::watched();
    scene.write("plugins/side/lib/linux.so", "code");
    scene.expect_no_more("plugins");
    scene.install("plugins/side/plugin.toml", SIDECAR);
    let found = scene.expect_found("plugins/side", "test/side", "1.0.0");
    scene.expect_no_more("plugins");
    // A file that it names, two below.
    scene.install("plugins/side/lib/linux.so", "more code");
    let changed = scene.expect(ChangeKind::Changed, "plugins/side", &[plugin("test/side", "1.0.0")]);
    assert_ne!(found.digest, changed.digest);
    scene.expect_no_more("plugins");
    // A file beside the sidecar, and the sidecar.
    scene.install("plugins/side/readme", "read me");
    scene.expect(ChangeKind::Changed, "plugins/side", &[plugin("test/side", "1.0.0")]);
    scene.install("plugins/side/plugin.toml", SIDECAR.replace("1.0.0", "1.1.0"));
    let changed = scene.expect(ChangeKind::Changed, "plugins/side", &[plugin("test/side", "1.1.0")]);
    assert_eq!(changed.before, [plugin("test/side", "1.0.0")]);
    // Three below is not its own.
    scene.write("plugins/side/lib/deep/data", "data");
    scene.expect_no_more("plugins");
    scene.install("plugins/side/plugin.toml", "id = 1\n");
    let change = scene.next();
    assert!(
        matches!(&change.kind, ChangeKind::Unreadable(why) if why.contains("invalid type")),
        "{change:?}"
    );
    scene.install("plugins/side/plugin.toml", SIDECAR);
    scene.expect(ChangeKind::Changed, "plugins/side", &[plugin("test/side", "1.0.0")]);
    fs::remove_file(scene.path("plugins/side/plugin.toml")).unwrap();
    scene.expect(ChangeKind::Gone, "plugins/side", &[plugin("test/side", "1.0.0")]);
    scene.expect_no_more("plugins");
}

#[test]
fn a_subfolder_that_is_moved_in_whole_is_found_and_watched() {
    let scene = Scene::watched();
    for _ in 0..3 {
        scene.write("made/plugin.toml", SIDECAR);
        scene.write("made/lib/linux.so", "code");
        fs::rename(scene.path("made"), scene.path("plugins/side")).unwrap();
        scene.expect_found("plugins/side", "test/side", "1.0.0");
        scene.install("plugins/side/lib/linux.so", "more code");
        scene.expect(ChangeKind::Changed, "plugins/side", &[plugin("test/side", "1.0.0")]);
        fs::rename(scene.path("plugins/side"), scene.path("out")).unwrap();
        scene.expect(ChangeKind::Gone, "plugins/side", &[plugin("test/side", "1.0.0")]);
        fs::remove_dir_all(scene.path("out")).unwrap();
    }
    scene.expect_no_more("plugins");
}

impl Scene {
    /// Of `one.so` and `two.so`, in any order.
    #[track_caller]
    fn expect_both(&self, kind: &ChangeKind) {
        let mut changes = [self.next(), self.next()];
        changes.sort_by(|a, b| a.place.cmp(&b.place));
        for (change, name) in changes.iter().zip(["one", "two"]) {
            let place = self.path(&format!("plugins/{name}.so"));
            let plugins = [plugin(&format!("test/{name}"), "1.0.0")];
            assert_eq!((&change.kind, &change.place, &*change.plugins), (kind, &place, &plugins[..]));
        }
    }

    #[track_caller]
    fn expect_gone(&self) {
        let change = self.next();
        assert_eq!(change.kind, ChangeKind::Gone, "{change:?}");
    }
}
