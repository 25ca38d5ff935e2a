//! What was found is remembered, and whatever has changed since is seen: F6 of the faults.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::letters::{Letters, builder, found, letter, sidecar};

/// Lets the clock pass the stamps of what was written, which are in doubt until then.
fn let_time_pass() {
    std::thread::sleep(Duration::from_millis(2_200));
}

/// A folder of plugins, one of each kind, and where they are remembered.
struct World {
    root: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { root: tempfile::tempdir().unwrap() };
        letter(&world.at("a.letter"), "a/a", "1.0.0");
        letter(&world.at("b.letter"), "a/b", "1.0.0");
        letter(&world.at("m/m.letter"), "a/m", "1.0.0");
        sidecar(&world.at("m"), "a/m", "1.0.0", "m.letter");
        letter(&world.at("space/n/n.letter"), "space/n", "1.0.0");
        sidecar(&world.at("space/n"), "space/n", "1.0.0", "n.letter");
        fs::write(world.at("torn.letter"), "broken").unwrap();
        fs::write(world.at("README.md"), "nothing of ours").unwrap();
        world
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("plugins")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn cache(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    fn file(&self) -> PathBuf {
        self.cache().join("found-v1")
    }

    /// What is found without a cache.
    fn truth(&self) -> (Vec<(String, PathBuf)>, Vec<String>) {
        found(&[&self.folder()], &Letters::default(), None)
    }

    fn find(&self, letters: &Letters) -> (Vec<(String, PathBuf)>, Vec<String>) {
        found(&[&self.folder()], letters, Some(&self.cache()))
    }

    /// Finds with the cache, wants the truth, and gives the names of the files that were read for it.
    fn check(&self, what: &str) -> Vec<String> {
        let letters = Letters::default();
        assert_eq!(self.find(&letters), self.truth(), "{what}");
        let name = |path: PathBuf| path.strip_prefix(self.folder()).unwrap().display().to_string();
        letters.checked().into_iter().map(name).collect()
    }

    /// A world of which everything is remembered.
    fn known() -> Self {
        let world = Self::new();
        let_time_pass();
        assert_eq!(world.check("the first start").len(), 6);
        assert_eq!(world.check("the second start"), [""; 0]);
        world
    }
}

#[test]
fn a_warm_start_reads_no_file_and_finds_the_same() {
    let world = World::known();
    let report = builder(&[&world.folder()], &Letters::default(), Some(&world.cache()))
        .cache_report()
        .unwrap()
        .unwrap();
    assert!(report.unusable.is_none(), "{report}");
    assert_eq!((report.file.clone(), report.size), (world.file(), world.file().metadata().unwrap().len()));
    assert_eq!(report.entries, 6, "four files, a subfolder, and one in a namespace");
    let before = fs::read(world.file()).unwrap();
    let modified = world.file().metadata().unwrap().modified().unwrap();
    world.check("once more");
    assert_eq!(fs::read(world.file()).unwrap(), before);
    assert_eq!(world.file().metadata().unwrap().modified().unwrap(), modified, "it is not written again");

    // The problem that is remembered reads as the one that was found.
    let survey = builder(&[&world.folder()], &Letters::default(), Some(&world.cache())).survey().unwrap();
    let cause = &survey.problems()[0].cause;
    assert_eq!((cause.code(), cause.help().as_str()), ("letter", "write another letter"));

    // It can be deleted at any time.
    assert!(report.remove().unwrap());
    assert!(!report.remove().unwrap() && !world.file().exists());
    let report = builder(&[&world.folder()], &Letters::default(), Some(&world.cache()))
        .cache_report()
        .unwrap()
        .unwrap();
    assert_eq!(report.unusable.unwrap().code(), "cache-missing");
    assert_eq!(world.check("after it was deleted").len(), 6);
    assert_eq!(world.check("and written again"), [""; 0]);
}

#[test]
fn what_has_just_changed_is_read_again_until_its_stamp_is_beyond_doubt() {
    let world = World::new();
    world.check("the first start");
    assert_eq!(world.check("at once").len(), 6, "every stamp is in doubt");
    let_time_pass();
    assert_eq!(world.check("later").len(), 6);
    assert_eq!(world.check("and then").len(), 0);
}

/// Every way to put something else in a place, with what has to be read again.
#[cfg(unix)]
#[test]
fn whatever_is_replaced_is_seen() {
    use std::os::unix::fs::symlink;

    fn as_before(path: &Path, write: impl FnOnce(&Path)) {
        let times = path.metadata().unwrap();
        let times = fs::FileTimes::new()
            .set_modified(times.modified().unwrap())
            .set_accessed(times.accessed().unwrap());
        let size = path.metadata().unwrap().len();
        write(path);
        File::options().write(true).open(path).unwrap().set_times(times).unwrap();
        assert_eq!(path.metadata().unwrap().len(), size);
    }
    type Change = fn(&World);
    let changes: &[(&str, Change)] = &[
        ("another file of the same size and time, by rename", |world| {
            as_before(&world.at("a.letter"), |path| {
                let new = world.root.path().join("new");
                letter(&new, "a/c", "1.0.0");
                fs::rename(new, path).unwrap();
            });
        }),
        ("the same file written in place, its time set back", |world| {
            as_before(&world.at("b.letter"), |path| fs::write(path, "a/d 1.0.0").unwrap());
        }),
        ("another time alone", |world| letter(&world.at("a.letter"), "a/e", "1.0.0")),
        ("a file more", |world| letter(&world.at("more.letter"), "a/more", "1.0.0")),
        ("a file less", |world| fs::remove_file(world.at("more.letter")).unwrap()),
        ("a file under another name", |world| {
            fs::rename(world.at("b.letter"), world.at("c.letter")).unwrap();
        }),
        ("a link to one file", |world| {
            letter(&world.root.path().join("out/one"), "a/one", "1.0.0");
            letter(&world.root.path().join("out/two"), "a/two", "1.0.0");
            symlink("../out/one", world.at("link.letter")).unwrap();
        }),
        ("the link to another", |world| {
            fs::remove_file(world.at("link.letter")).unwrap();
            symlink("../out/two", world.at("link.letter")).unwrap();
        }),
        ("what the link leads to, replaced", |world| {
            letter(&world.root.path().join("out/three"), "a/tri", "1.0.0");
            fs::rename(world.root.path().join("out/three"), world.root.path().join("out/two")).unwrap();
        }),
        ("what the link leads to, gone", |world| fs::remove_file(world.root.path().join("out/two")).unwrap()),
        ("and back", |world| letter(&world.root.path().join("out/two"), "a/two", "1.0.0")),
        ("a folder in the place of a file", |world| {
            fs::remove_file(world.at("a.letter")).unwrap();
            letter(&world.at("a.letter/a.letter"), "a/in", "1.0.0");
            sidecar(&world.at("a.letter"), "a/in", "1.0.0", "a.letter");
        }),
        ("a file in the place of a folder", |world| {
            fs::remove_dir_all(world.at("a.letter")).unwrap();
            letter(&world.at("a.letter"), "a/a", "1.0.0");
        }),
        ("a file that was torn is whole", |world| letter(&world.at("torn.letter"), "a/torn", "1.0.0")),
        ("a file that was nothing of ours", |world| {
            fs::rename(world.at("README.md"), world.at("read.letter")).unwrap();
        }),
        ("the library of a sidecar", |world| letter(&world.at("m/m.letter"), "a/m", "2.0.0")),
        ("the sidecar", |world| sidecar(&world.at("m"), "a/m", "2.0.0", "m.letter")),
        ("a second sidecar", |world| fs::write(world.at("m/plugin.json"), "{}").unwrap()),
        ("and one less", |world| fs::remove_file(world.at("m/plugin.toml")).unwrap()),
        ("no sidecar at all", |world| fs::remove_file(world.at("m/plugin.json")).unwrap()),
        ("a plugin more in a namespace", |world| {
            letter(&world.at("space/o/o.letter"), "space/o", "1.0.0");
            sidecar(&world.at("space/o"), "space/o", "1.0.0", "o.letter");
        }),
        ("the sidecar in a namespace, its time set back", |world| {
            as_before(&world.at("space/n/plugin.toml"), |_| {
                sidecar(&world.at("space/n"), "space/n", "1.0.1", "n.letter")
            });
        }),
        ("the namespace is a plugin itself", |world| {
            letter(&world.at("space/s.letter"), "a/space", "1.0.0");
            sidecar(&world.at("space"), "a/space", "1.0.0", "s.letter");
        }),
        ("the folder replaced by one with the same names", |world| {
            let other = world.root.path().join("other");
            fs::create_dir(&other).unwrap();
            letter(&other.join("a.letter"), "a/x", "1.0.0");
            letter(&other.join("c.letter"), "a/y", "1.0.0");
            fs::remove_dir_all(world.folder()).unwrap();
            fs::rename(&other, world.folder()).unwrap();
        }),
    ];
    let (mut tried, mut lost) = (0, 0);
    let mut look = |world: &World, what: &str| {
        tried += 1;
        let found = world.find(&Letters::default());
        let truth = world.truth();
        if found != truth {
            lost += 1;
            println!("lost: {what}: {found:?}, and the truth is {truth:?}");
        }
    };
    // Each one of what was beyond doubt, and then all of them at once, as fast as they can be made.
    let worlds: Vec<World> = std::thread::scope(|scope| {
        let waits: Vec<_> = (0..changes.len()).map(|_| scope.spawn(World::known)).collect();
        waits.into_iter().map(|world| world.join().unwrap()).collect()
    });
    for (number, world) in worlds.iter().enumerate() {
        for (what, change) in &changes[..number] {
            change(world);
            look(world, what);
        }
    }
    let_time_pass();
    for (number, world) in worlds.iter().enumerate() {
        look(world, "what was changed, later");
        look(world, "what was changed, once more");
        let (what, change) = &changes[number];
        change(world);
        look(world, what);
    }
    // One place, two contents of one length, a thousand times within few steps of the clock.
    let world = World::new();
    for round in 0..1_000 {
        let path = world.at("a.letter");
        let id = if round % 2 == 0 { "a/even" } else { "a/odds" };
        if round % 3 == 0 {
            letter(&path, id, "1.0.0");
        } else {
            letter(&world.root.path().join("next"), id, "1.0.0");
            fs::rename(world.root.path().join("next"), &path).unwrap();
        }
        look(&world, "a change within a step of the clock");
    }
    println!("F6: {tried} changes were tried behind the back of the cache, {lost} were lost");
    assert!(tried > 1_300 && lost == 0);
}

#[test]
fn one_changed_file_costs_one_reading() {
    let world = World::known();
    letter(&world.at("b.letter"), "a/b", "2.0.0");
    assert_eq!(world.check("one changed"), ["b.letter"]);
    letter(&world.at("new.letter"), "a/new", "1.0.0");
    assert_eq!(world.check("one more"), ["b.letter", "new.letter"]);
    letter(&world.at("space/n/n.letter"), "space/n", "1.0.0");
    let_time_pass();
    assert_eq!(world.check("in a namespace"), ["b.letter", "new.letter", "space/n/n.letter"]);
    assert_eq!(world.check("all known"), [""; 0]);
}

/// Every bit of a real cache flipped, every length it can be cut to: nothing of it is believed, and what is found is the
/// truth.
#[test]
fn no_damage_of_the_cache_goes_unseen() {
    let world = World { root: tempfile::tempdir().unwrap() };
    letter(&world.at("a.letter"), "a/a", "1.0.0");
    letter(&world.at("m/m.letter"), "a/m", "1.0.0");
    sidecar(&world.at("m"), "a/m", "1.0.0", "m.letter");
    fs::write(world.at("torn.letter"), "broken").unwrap();
    let_time_pass();
    let truth = world.truth();
    assert_eq!((truth.0.len(), truth.1.len()), (2, 1));
    world.check("the first start");
    assert_eq!(world.check("the second"), [""; 0]);
    let whole = fs::read(world.file()).unwrap();
    let (mut tried, mut believed, mut wrong) = (0, 0, 0);
    let mut check = |bytes: &[u8]| {
        fs::write(world.file(), bytes).unwrap();
        let letters = Letters::default();
        tried += 1;
        wrong += usize::from(world.find(&letters) != truth);
        believed += usize::from(letters.checked().len() != 3);
    };
    let mut bytes = whole.clone();
    for bit in 0..whole.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        check(&bytes);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    for length in 0..whole.len() {
        check(&whole[..length]);
    }
    check(&[&whole[..], &[0]].concat());
    check(&[&whole[..], &whole[..]].concat());
    check(&vec![0; whole.len()]);
    check(&vec![0xff; 1 << 16]);
    let mut state = 1_u64;
    for _ in 0..500 {
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        // Noise behind a good beginning.
        let mut bytes = whole.clone();
        let from = usize::from(noise()) % whole.len();
        bytes[from..].fill_with(&mut noise);
        check(&bytes);
    }
    println!(
        "F6: {tried} damaged caches of {} bytes, {believed} believed, {wrong} with another outcome",
        whole.len()
    );
    assert_eq!((believed, wrong), (0, 0));
    fs::write(world.file(), &whole).unwrap();
    assert_eq!(world.check("the whole one"), [""; 0]);
}

#[test]
fn the_cache_of_another_host_is_not_used() {
    let world = World::known();
    let letters = Letters::called("letters 2");
    let report = builder(&[&world.folder()], &letters, Some(&world.cache())).cache_report().unwrap().unwrap();
    let unusable = report.unusable.unwrap();
    assert_eq!(unusable.code(), "cache-other");
    assert_eq!(
        unusable.to_string(),
        "it was written for bridges `letters 1 (dylib)`, and this host has `letters 2 (dylib)`"
    );
    assert_eq!(world.find(&letters), world.truth());
    assert_eq!(letters.checked().len(), 6);
    assert_eq!(world.check("and now the first one's is not").len(), 6);
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_is_not_believed() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    let world = World::known();
    let report = || {
        builder(&[&world.folder()], &Letters::default(), Some(&world.cache()))
            .cache_report()
            .unwrap()
            .unwrap()
    };
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&world.cache()), mode(&world.file())), (0o700, 0o600));
    for bits in [0o620, 0o602] {
        fs::set_permissions(world.file(), fs::Permissions::from_mode(bits)).unwrap();
        assert_eq!(report().unusable.unwrap().code(), "cache-mode");
        assert_eq!(world.check("a mode").len(), 6);
        assert_eq!(mode(&world.file()), 0o600, "it was replaced");
    }
    let elsewhere = world.root.path().join("elsewhere");
    fs::rename(world.file(), &elsewhere).unwrap();
    symlink(&elsewhere, world.file()).unwrap();
    assert_eq!(report().unusable.unwrap().code(), "cache-unreadable");
    assert_eq!(world.check("a link").len(), 6);
    assert!(world.file().symlink_metadata().unwrap().is_file());
    if chown(world.file(), Some(12_345), None).is_ok() {
        assert_eq!(report().unusable.unwrap().code(), "cache-owner");
        assert_eq!(world.check("another owner").len(), 6);
    } else {
        println!("skipped: a cache of another user: this user can not give files away");
    }
    fs::remove_file(world.file()).unwrap();
    fs::create_dir(world.file()).unwrap();
    assert_eq!(report().unusable.unwrap().code(), "cache-not-a-file");
    assert_eq!(world.check("a folder in its place").len(), 6);
    assert_eq!(world.check("which stays").len(), 6);
}

#[test]
fn a_cache_that_can_not_be_written_is_no_ones_problem() {
    let world = World::new();
    let a_file = world.at("README.md");
    let (plugins, problems) = found(&[&world.folder()], &Letters::default(), Some(&a_file.join("cache")));
    assert_eq!((plugins.len(), problems.len()), (4, 1));
    let left: Vec<_> =
        world.root.path().read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["plugins"]);
}

#[test]
fn of_hosts_that_write_at_once_the_last_one_stays_whole() {
    let world = World::known();
    let other = world.root.path().join("other");
    for n in 0..20 {
        letter(&other.join(format!("{n}.letter")), &format!("other/n{n}"), "1.0.0");
    }
    let_time_pass();
    let both = [world.folder(), other];
    let truth: Vec<_> = both.iter().map(|folder| found(&[folder], &Letters::default(), None)).collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (world, both, truth) = (&world, &both, &truth);
            scope.spawn(move || {
                for round in 0..50 {
                    let which = (thread + round) % 2;
                    let found = found(&[&both[which]], &Letters::default(), Some(&world.cache()));
                    assert_eq!(found, truth[which]);
                }
            });
        }
    });
    let known = both.iter().filter(|folder| {
        let letters = Letters::default();
        let report = builder(&[folder], &letters, Some(&world.cache())).cache_report().unwrap().unwrap();
        assert!(report.unusable.is_none(), "{report}");
        [6, 20].contains(&report.entries)
    });
    assert_eq!(known.count(), 2);
    let left: Vec<_> = world.cache().read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["found-v1"]);
}

/// Under `strace`, in a process of its own: what a warm start opens.
#[cfg(target_os = "linux")]
#[test]
fn a_warm_start_opens_the_cache_and_nothing_else() {
    const CHILD: &str = "KEYWAY_TEST_WARM_START";
    const BEGIN: &str = "/the/warm/start/begins";
    const END: &str = "/the/warm/start/ends";
    if let Some(root) = std::env::var_os(CHILD) {
        let root = PathBuf::from(root);
        let builder = builder(&[&root.join("plugins")], &Letters::default(), Some(&root.join("cache")));
        let _ = File::open(BEGIN);
        let count = builder.find().unwrap().count();
        let _ = File::open(END);
        assert_eq!(count, 6);
        return;
    }
    if std::process::Command::new("strace").arg("--version").output().is_err() {
        println!("skipped: a_warm_start_opens_the_cache_and_nothing_else: no `strace` on this machine");
        return;
    }
    let world = World::known();
    let log = world.root.path().join("log");
    let output = std::process::Command::new("strace")
        .args(["-f", "-e", "trace=open,openat,openat2,getdents,getdents64", "-o"])
        .arg(&log)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "remembering::a_warm_start_opens_the_cache_and_nothing_else", "--test-threads=1"])
        .env(CHILD, world.root.path())
        .output()
        .unwrap();
    let log = fs::read_to_string(log).unwrap_or_default();
    if !log.contains(BEGIN) && !output.status.success() {
        println!("skipped: a_warm_start_opens_the_cache_and_nothing_else: `strace` may not trace here");
        return;
    }
    assert!(output.status.success(), "{output:?}");
    let lines = log.lines().skip_while(|line| !line.contains(BEGIN)).skip(1);
    let opened: Vec<&str> = lines
        .take_while(|line| !line.contains(END))
        .filter(|line| line.contains("open") || line.contains("getdents"))
        .collect();
    assert_eq!(opened.len(), 1, "{opened:#?}");
    assert!(opened[0].contains("cache/found-v1"), "{opened:?}");
}
