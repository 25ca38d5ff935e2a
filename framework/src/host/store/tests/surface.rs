use super::*;

#[test]
fn a_store_that_is_only_read_leaves_nothing_on_the_disk() {
    let (_folder, store) = fresh();
    let records = store.read().unwrap();
    assert!(records.choices().is_empty() && records.quarantines().is_empty());
    assert!(records.problems().is_empty(), "{:?}", records.problems());
    assert!(!store.folder().exists());
    fs::write(store.folder(), "").unwrap();
    assert_eq!(Store::open(store.folder()).unwrap_err().code(), "state-no-folder");
}

#[test]
fn what_is_chosen_and_what_is_in_quarantine_is_there_after_a_restart() {
    let (_folder, store) = fresh();
    let faulty = quarantine("a/faulty", "one", 1, "panicked: \"no\"\n\u{1b}[31m[[quarantine]]\n\0 'é'");
    store
        .change(|records| {
            records.choose(&id("a/off"), |choice| choice.enabled = Some(false));
            records.choose(&id("lock/registry"), |choice| {
                choice.enabled = Some(true);
                choice.version = Some(requirement(">=1.2, <3"));
                choice.home = Some(Home::Static);
            });
            records.quarantine(faulty.clone());
        })
        .unwrap();
    let records = Store::open(store.folder()).unwrap().read().unwrap();
    let pinned =
        Choice { enabled: Some(true), version: Some(requirement(">=1.2, <3")), home: Some(Home::Static) };
    assert_eq!(
        *records.choices(),
        BTreeMap::from([
            (id("a/off"), Choice { enabled: Some(false), ..Choice::default() }),
            (id("lock/registry"), pinned)
        ])
    );
    assert_eq!(*records.quarantines(), BTreeMap::from([(id("a/faulty"), vec![faulty])]));
    assert!(records.problems().is_empty(), "{:?}", records.problems());
    assert!(store.folder().join("a/faulty/quarantine.toml").is_file());
}

#[test]
#[cfg(unix)]
fn nobody_but_the_user_can_read_what_is_made() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, store) = fresh();
    store
        .change(|records| {
            records.choose(&id("a/b"), |choice| choice.enabled = Some(false));
            records.quarantine(quarantine("a/b", "one", 1, "panicked"));
        })
        .unwrap();
    for (path, expected) in [
        ("", 0o700),
        ("registry.toml", 0o600),
        ("registry.lock", 0o600),
        ("a", 0o700),
        ("a/b", 0o700),
        ("a/b/quarantine.toml", 0o600),
    ] {
        let mode = store.folder().join(path).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{path}");
    }
}

#[test]
fn what_is_taken_back_leaves_no_line_and_no_folder() {
    let (_folder, store) = fresh();
    store
        .change(|records| {
            records.choose(&id("a/b"), |choice| choice.enabled = Some(false));
            records.quarantine(quarantine("a/b", "one", 1, "panicked"));
            records.quarantine(quarantine("a/saved", "one", 1, "panicked"));
        })
        .unwrap();
    let saved = store.folder().join("a/saved/state.bin");
    fs::write(&saved, "what the plugin saved").unwrap();
    let lifted = store
        .change(|records| {
            records.choose(&id("a/b"), |choice| choice.enabled = None);
            assert_eq!(records.lift(&id("a/b")).len(), 1);
            assert_eq!(records.lift(&id("a/saved")).len(), 1);
            assert_eq!(records.lift(&id("a/other")).len(), 0);
        })
        .unwrap();
    assert!(lifted.choices().is_empty() && lifted.quarantines().is_empty());
    assert!(!store.registry_file().exists());
    assert!(!store.folder().join("a/b").exists());
    assert_eq!(fs::read_to_string(&saved).unwrap(), "what the plugin saved");
    fs::remove_dir_all(store.folder().join("a")).unwrap();
    let left: Vec<_> = store.folder().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["registry.lock"]);
}

#[test]
fn a_change_that_changes_nothing_writes_nothing() {
    let (_folder, store) = fresh();
    let record = quarantine("a/b", "one", 1, "panicked");
    let all = |records: &mut Records| {
        records.choose(&id("a/b"), |choice| choice.enabled = Some(false));
        records.quarantine(record.clone());
    };
    store.change(all).unwrap();
    let stamps = || {
        ["registry.toml", "a/b/quarantine.toml"]
            .map(|file| crate::host::Stamp::of_path(&store.folder().join(file)).unwrap())
    };
    let before = stamps();
    store.change(all).unwrap();
    assert_eq!(stamps(), before);
    store.change(|records| records.choose(&id("a/c"), |choice| choice.enabled = Some(true))).unwrap();
    assert_ne!(stamps()[0], before[0]);
    assert_eq!(stamps()[1], before[1]);
}

#[test]
fn the_latest_eight_are_remembered_and_one_of_the_same_circumstances_takes_the_place_of_the_other() {
    let (_folder, store) = fresh();
    for host in 1..=10 {
        store.change(|records| records.quarantine(quarantine("a/b", "one", host, "panicked"))).unwrap();
    }
    store.change(|records| records.quarantine(quarantine("a/b", "one", 5, "hung"))).unwrap();
    let records = store.read().unwrap();
    let told = records.quarantines()[&id("a/b")].iter();
    let told: Vec<_> = told.map(|known| (known.host.major, known.cause.message.as_str())).collect();
    let panicked = [10, 9, 8, 7, 6, 4, 3].map(|host| (host, "panicked"));
    assert_eq!(told, [&[(5, "hung")], &panicked[..]].concat());
}

#[test]
fn each_file_has_a_standing_of_its_own_and_all_are_lifted_by_hand_at_once() {
    let (_folder, store) = fresh();
    let (one, two) = (quarantine("a/b", "one", 1, "panicked"), quarantine("a/b", "two", 1, "hung"));
    let records = store
        .change(|records| {
            records.quarantine(one.clone());
            records.quarantine(two.clone());
        })
        .unwrap();
    let standing = |records: &Records, file: &str, host| match records.standing(
        &id("a/b"),
        &Circumstances {
            digest: Some(&Digest::of(file.as_bytes())),
            version: &one.version,
            host: &Version::new(host, 0, 0),
            needs: &one.needs,
        },
    ) {
        Standing::Held(quarantine) => quarantine.cause.message.clone(),
        Standing::Free { lifted } => {
            lifted.iter().map(|(_, lift)| lift.to_string()).collect::<Vec<_>>().join("; ")
        }
        Standing::Unknown(damage) => damage.to_string(),
    };
    assert_eq!(standing(&records, "one", 1), "panicked");
    assert_eq!(standing(&records, "two", 1), "hung");
    assert_eq!(
        standing(&records, "two", 2),
        "the host is 2.0.0 now, and was 1.0.0; \
         it comes from file `dc770fff53f5` now, and came from file `d33fb48ab5ad`"
    );
    let records = store
        .change(|records| assert_eq!(records.lift_one(&id("a/b"), one.digest.as_ref()).len(), 1))
        .unwrap();
    assert_eq!(records.quarantines()[&id("a/b")], [two]);
    let records = store.change(|records| assert_eq!(records.lift(&id("a/b")).len(), 1)).unwrap();
    assert_eq!(standing(&records, "two", 1), "");
}

#[test]
fn what_a_newer_host_wrote_outlives_the_change_of_an_older_one() {
    let (_folder, store) = fresh();
    store.change(|records| records.quarantine(quarantine("a/b", "one", 1, "panicked"))).unwrap();
    let file = store.folder().join("a/b/quarantine.toml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.split_once("# whole: ").unwrap().0;
    let text = text.replace("home = \"dylib\"", "home = \"dylib\"\ntries = 3");
    let foreign = "\n[[quarantine]]\nhome = \"far-away\"\nplugin = \"a/b\"\nlight-years = 4\n";
    fs::write(&file, form::seal(format!("{text}{foreign}"))).unwrap();
    let chosen = "[\"a/b\"]\nhome = \"far-away\"\nmood = \"good\"\n\n[\"c/d\"]\nsince = 1\n";
    fs::write(store.registry_file(), form::seal(chosen.to_owned())).unwrap();

    let records = store
        .change(|records| {
            assert_eq!(records.quarantines()[&id("a/b")].len(), 1);
            records.choose(&id("a/b"), |choice| choice.enabled = Some(false));
            records.quarantine(quarantine("a/b", "two", 1, "hung"));
        })
        .unwrap();
    let [Damage::Unknown { what, .. }] = records.problems() else { panic!("{:?}", records.problems()) };
    assert_eq!(what, "`home` of `a/b` is `\"far-away\"`");
    let text = fs::read_to_string(&file).unwrap();
    for kept in ["tries = 3", "light-years = 4", "hung", "panicked"] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let text = fs::read_to_string(store.registry_file()).unwrap();
    for kept in ["enabled = false", "home = \"far-away\"", "mood = \"good\"", "since = 1"] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let records = store.change(|records| drop(records.lift(&id("a/b")))).unwrap();
    assert!(records.quarantines().is_empty());
    assert!(fs::read_to_string(&file).unwrap().contains("light-years = 4"));
}

#[test]
fn a_thousand_plugins_with_state_are_read_in_the_time_of_their_folders() {
    let (_folder, store) = fresh();
    for plugin in 0..1000 {
        fs::create_dir_all(store.folder().join(format!("n{}/p{plugin}", plugin % 10))).unwrap();
    }
    let ten = |records: &mut Records| {
        for plugin in 0..10 {
            records.quarantine(quarantine(&format!("n{plugin}/p{plugin}"), "one", 1, "panicked"));
        }
    };
    store.change(ten).unwrap();
    let since = std::time::Instant::now();
    let records = store.read().unwrap();
    println!("read 10 quarantines among 1000 folders of plugins in {:?}", since.elapsed());
    assert_eq!(records.quarantines().len(), 10);
}
