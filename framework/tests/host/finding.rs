//! Finding: what lies in plugin folders, in which order it is found, and that nothing there stops the rest.

use std::fs;
use std::path::{Path, PathBuf};

use keyway::host::{Finding, Problem};
use keyway::manifest::Home;

use crate::letters::{Letters, builder, found, here, letter, sidecar};

#[test]
fn plugins_are_found_by_folder_then_by_name_and_in_subfolders() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    letter(&one.join("z.letter"), "a/z", "1.0.0");
    letter(&one.join("b.letter"), "a/b", "1.0.0");
    letter(&two.join("a.letter"), "a/a", "1.0.0");
    letter(&two.join("z.letter"), "a/z", "2.0.0");
    // A subfolder with a sidecar, one in a namespace, and one that lies too deep.
    letter(&one.join("m/m.letter"), "a/m", "1.0.0");
    sidecar(&one.join("m"), "a/m", "1.0.0", "m.letter");
    letter(&one.join("space/n/n.letter"), "space/n", "1.0.0");
    sidecar(&one.join("space/n"), "space/n", "1.0.0", "n.letter");
    letter(&one.join("space/deep/n/n.letter"), "space/deep", "1.0.0");
    sidecar(&one.join("space/deep/n"), "space/deep", "1.0.0", "n.letter");
    // Not looked at: hidden, no library, a library in a subfolder without a sidecar.
    letter(&one.join(".hidden.letter"), "a/hidden", "1.0.0");
    letter(&one.join(".git/x.letter"), "a/git", "1.0.0");
    letter(&one.join("space/loose.letter"), "a/loose", "1.0.0");
    fs::write(one.join("README.md"), "not a plugin").unwrap();

    let letters = Letters::default();
    let (plugins, problems) =
        found(&[&one, &root.path().join("none"), &two, &one.join("../one")], &letters, None);
    assert_eq!(problems, [""; 0]);
    let expected = ["a/b 1.0.0", "a/m 1.0.0", "space/n 1.0.0", "a/z 1.0.0", "a/a 1.0.0", "a/z 2.0.0"];
    assert_eq!(plugins.iter().map(|(plugin, _)| plugin).collect::<Vec<_>>(), expected.to_vec());
    assert_eq!(plugins[2].1, one.join("space/n/n.letter"));
    assert!(letters.checked().iter().all(|path| !path.starts_with(one.join("space/deep"))));
}

#[test]
fn what_is_found_is_told_as_it_is_found_and_the_rest_is_found_all_the_same() {
    let root = tempfile::tempdir().unwrap();
    letter(&root.path().join("a.letter"), "a/a", "1.2.3");
    fs::write(root.path().join("b.letter"), "broken").unwrap();
    letter(&root.path().join("c.letter"), "a/c", "1.0.0");
    let letters = Letters::default();
    let mut finding = builder(&[root.path()], &letters, None).find().unwrap();
    assert!(letters.checked().is_empty(), "nothing is looked at before it is asked for");
    let Some(Finding::Folder { path, entries, .. }) = finding.next() else { panic!("no folder") };
    assert_eq!((path.as_path(), entries), (root.path(), 3));
    let Some(Finding::Plugin(plugin)) = finding.next() else { panic!("no plugin") };
    assert_eq!((plugin.id().as_str(), plugin.home()), ("a/a", Home::Dylib));
    assert_eq!(
        (plugin.version().to_string().as_str(), plugin.file()),
        ("1.2.3", Some(&*root.path().join("a.letter")))
    );
    assert_eq!(letters.checked().len(), 1);
    let Some(Finding::Problem { place, code, what, .. }) = finding.next() else { panic!("no problem") };
    assert_eq!((place, code, what.as_str()), (root.path().join("b.letter"), "letter", "the letter is torn"));
    assert!(matches!(finding.next(), Some(Finding::Plugin(_))));
    assert!(finding.next().is_none() && finding.next().is_none());
}

#[test]
fn a_file_that_is_reached_twice_is_one_plugin_and_loops_end() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    letter(&one.join("a.letter"), "a/a", "1.0.0");
    fs::create_dir(&two).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(one.join("a.letter"), one.join("again.letter")).unwrap();
        symlink("../one/a.letter", two.join("link.letter")).unwrap();
        fs::hard_link(one.join("a.letter"), two.join("same.letter")).unwrap();
        // Loops: of folders, of links, and a plugin's folder that is linked beside itself.
        symlink(".", one.join("loop")).unwrap();
        symlink("..", one.join("up")).unwrap();
        letter(&one.join("m/m.letter"), "a/m", "1.0.0");
        sidecar(&one.join("m"), "a/m", "1.0.0", "m.letter");
        symlink("m", one.join("n")).unwrap();
        symlink("../one", two.join("other")).unwrap();
        symlink(&one, root.path().join("three")).unwrap();
    }
    let (plugins, problems) = found(&[&one, &two, &root.path().join("three")], &Letters::default(), None);
    assert_eq!(problems, [""; 0]);
    let paths: Vec<&Path> = plugins.iter().map(|(_, path)| &**path).collect();
    let mut expected = vec![one.join("a.letter")];
    if cfg!(unix) {
        expected.push(one.join("m/m.letter"));
    }
    assert_eq!(paths, expected);
}

#[cfg(unix)]
#[test]
fn pipes_sockets_devices_broken_links_and_odd_names_stop_nothing_and_block_nobody() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    letter(&at("first.letter"), "a/first", "1.0.0");
    letter(&at("zz-last.letter"), "a/last", "1.0.0");
    let status = std::process::Command::new("mkfifo").arg(at("pipe.letter")).status().unwrap();
    assert!(status.success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.letter")).unwrap();
    symlink("/dev/zero", at("device.letter")).unwrap();
    symlink("/dev/zero", at("device")).unwrap();
    symlink("gone", at("broken.letter")).unwrap();
    symlink("round.letter", at("round.letter")).unwrap();
    let odd = root.path().join(OsStr::from_bytes(b"odd-\xff\xfe.letter"));
    letter(&odd, "a/odd", "1.0.0");
    fs::create_dir_all(root.path().join(OsStr::from_bytes(b"odd-\xff-folder/empty"))).unwrap();
    // A subfolder whose sidecar is a pipe, and one whose sidecar is a link that leads nowhere.
    fs::create_dir(at("piped")).unwrap();
    let status = std::process::Command::new("mkfifo").arg(at("piped/plugin.toml")).status().unwrap();
    assert!(status.success());
    fs::create_dir(at("lost")).unwrap();
    symlink("nowhere", at("lost/plugin.json")).unwrap();

    let cache = root.path().join(".cache");
    for start in ["cold", "with what was remembered"] {
        let (plugins, problems) = found(&[root.path()], &Letters::default(), Some(&cache));
        let ids: Vec<_> = plugins.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["a/first 1.0.0", "a/odd 1.0.0", "a/last 1.0.0"], "{start}");
        let told: Vec<_> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
        assert_eq!(
            told,
            [
                "broken.letter broken-link",
                "lost/plugin.json sidecar-unreadable",
                "piped/plugin.toml sidecar-unreadable",
                "round.letter entry-unreadable"
            ],
            "{start}"
        );
    }
}

#[test]
fn files_that_come_and_go_while_they_are_looked_for_stop_nothing() {
    let root = tempfile::tempdir().unwrap();
    for n in 0..40 {
        letter(&root.path().join(format!("stays-{n:02}.letter")), &format!("a/stays-{n}"), "1.0.0");
    }
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for n in 0..40 {
                    let path = root.path().join(format!("passing-{n:02}.letter"));
                    letter(&path, &format!("a/passing-{n}"), "1.0.0");
                    let folder = root.path().join(format!("stays-{n:02}-folder"));
                    let _ = fs::create_dir(&folder);
                    let _ = fs::remove_file(path);
                    let _ = fs::remove_dir(folder);
                }
            }
        });
        let cache = root.path().join(".cache");
        let letters = Letters::default();
        for _ in 0..200 {
            let (plugins, _) = found(&[root.path()], &letters, Some(&cache));
            let staying = plugins.iter().filter(|(id, _)| id.starts_with("a/stays"));
            assert_eq!(staying.count(), 40);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn the_outcome_is_the_same_however_many_threads_read() {
    let root = tempfile::tempdir().unwrap();
    for n in 0..300 {
        let path = root.path().join(format!("{:03}.letter", (n * 7) % 300));
        if n % 10 == 3 {
            fs::write(path, "broken").unwrap()
        } else {
            letter(&path, &format!("a/n{n}"), "1.0.0")
        }
    }
    let first = found(&[root.path()], &Letters::default(), None);
    assert_eq!((first.0.len(), first.1.len()), (270, 30));
    assert!(first.0.is_sorted_by_key(|(_, path)| path.clone()) && first.1.is_sorted());
    for _ in 0..20 {
        assert_eq!(found(&[root.path()], &Letters::default(), None), first);
    }
}

#[test]
fn a_sidecar_speaks_for_its_library_and_may_not_contradict_it() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    // It leaves out what the library says.
    letter(&at("fits/f.letter"), "side/fits", "1.0.0");
    fs::write(
        at("fits/plugin.json"),
        format!(r#"{{"id":"side/fits","version":"1.0.0","files":{{"{}":"f.letter"}}}}"#, here()),
    )
    .unwrap();
    letter(&at("other-version/f.letter"), "side/version", "1.0.1");
    sidecar(&at("other-version"), "side/version", "1.0.0", "f.letter");
    letter(&at("other-id/f.letter"), "side/one", "1.0.0");
    sidecar(&at("other-id"), "side/two", "1.0.0", "f.letter");
    // The library says nothing of itself, and can be loaded.
    fs::create_dir(at("mute")).unwrap();
    fs::write(at("mute/lib.mute"), "").unwrap();
    sidecar(&at("mute"), "side/mute", "3.0.0", "lib.mute");
    // It is nobody's.
    fs::create_dir(at("nobodys")).unwrap();
    fs::write(at("nobodys/file.txt"), "").unwrap();
    sidecar(&at("nobodys"), "side/nobodys", "1.0.0", "file.txt");
    // It is for others, or not there.
    fs::create_dir(at("elsewhere")).unwrap();
    fs::write(
        at("elsewhere/plugin.toml"),
        "id = \"side/elsewhere\"\nversion = \"1.0.0\"\n[files]\nhaiku-sparc64 = \"x.so\"\n",
    )
    .unwrap();
    fs::create_dir(at("missing")).unwrap();
    sidecar(&at("missing"), "side/missing", "1.0.0", "gone.letter");
    fs::create_dir(at("twice")).unwrap();
    sidecar(&at("twice"), "side/twice", "1.0.0", "x.letter");
    fs::write(at("twice/plugin.json"), "{}").unwrap();

    let survey = builder(&[root.path()], &Letters::default(), None).survey().unwrap();
    let ids: Vec<_> = survey
        .candidates()
        .iter()
        .map(|it| (it.manifest.id.to_string(), it.manifest.description.to_string()))
        .collect();
    // What the library says is whole.
    let expected = [("side/fits".to_owned(), "a letter".to_owned()), ("side/mute".to_owned(), String::new())];
    assert_eq!(ids, expected);
    let told: Vec<(String, &str, String)> =
        survey.problems().iter().map(|it| told(root.path(), it)).collect();
    let short: Vec<_> = told.iter().map(|(place, code, _)| format!("{place} {code}")).collect();
    let expected = [
        "elsewhere/plugin.toml sidecar-platform",
        "missing/plugin.toml sidecar-invalid",
        "nobodys/file.txt sidecar-library",
        "other-id/plugin.toml sidecar-contradiction",
        "other-version/plugin.toml sidecar-contradiction",
        "twice sidecar-twice",
    ];
    assert_eq!(short, expected);
    let texts: Vec<&str> = told.iter().map(|(.., text)| &**text).collect();
    assert!(
        texts[0].contains(&format!("no file for `{}`, only for `haiku-sparc64`", here())),
        "{}",
        texts[0]
    );
    assert!(texts[1].contains("gone.letter"), "{}", texts[1]);
    assert!(
        texts[3].contains("`id` is \"side/two\", and its library that it is \"side/one\""),
        "{}",
        texts[3]
    );
    assert!(
        texts[4].contains("`version` is \"1.0.0\", and its library that it is \"1.0.1\""),
        "{}",
        texts[4]
    );
}

fn told<'p>(root: &Path, problem: &'p Problem) -> (String, &'p str, String) {
    let place: PathBuf = problem.place.strip_prefix(root).unwrap().to_owned();
    assert!(!problem.cause.help().is_empty());
    (place.display().to_string(), problem.cause.code(), problem.cause.to_string())
}
