use super::*;

const PLUGINS: [&str; 6] = ["a/one", "a/two", "b/one", "b/three", "c/x", "d/y-9"];

fn filled() -> (TempDir, Store) {
    let (folder, store) = fresh();
    let fill = |records: &mut Records| {
        for (number, plugin) in PLUGINS.into_iter().enumerate() {
            records.choose(&id(plugin), |choice| {
                choice.enabled = (number % 3 != 0).then_some(number % 2 == 0);
                choice.version = (number % 2 == 0).then(|| requirement("^1.2"));
                choice.home = (number % 3 == 0).then_some(Home::Static);
            });
        }
        for host in 1..=3 {
            records.quarantine(quarantine("a/one", "one", host, "panicked while it started: [\"a/b\"]\nno"));
        }
        records.quarantine(quarantine("b/one", "one", 1, "hung"));
    };
    store.change(fill).unwrap();
    (folder, store)
}

/// Every byte as other bytes: with a bit turned, and as what means something to TOML.
fn altered(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).flat_map(move |at| {
        let others = [0, 3, 5].map(|bit| bytes[at] ^ (1 << bit)).into_iter().chain(*b"#\n\"[=\0\\\xff");
        others.filter(move |byte| *byte != bytes[at]).map(move |byte| {
            let mut altered = bytes.to_vec();
            altered[at] = byte;
            altered
        })
    })
}

#[test]
fn whatever_byte_of_the_choices_is_changed_it_is_told_and_the_others_stand() {
    let (_folder, store) = filled();
    let whole = fs::read(store.registry_file()).unwrap();
    let choices = store.read().unwrap().choices;
    assert_eq!(choices.len(), PLUGINS.len());
    let stand = |read: &form::Registry| {
        choices.iter().filter(|(id, choice)| read.choices.get(*id) == Some(*choice)).count()
    };
    let (mut tried, mut lost) = (0, [0; 3]);
    for bytes in altered(&whole) {
        let read = form::registry(&bytes);
        assert!(read.damage.is_some(), "{}", String::from_utf8_lossy(&bytes));
        // A head that is no head any more gives what follows it to the one before.
        let standing = stand(&read);
        assert!(standing >= PLUGINS.len() - 2, "{standing} stand of {}", String::from_utf8_lossy(&bytes));
        tried += 1;
        lost[PLUGINS.len() - standing] += 1;
    }
    for end in 0..whole.len() {
        let read = form::registry(&whole[..end]);
        assert!(read.damage.is_some(), "cut at {end}");
        let heads = whole[..end].windows(2).filter(|two| two == b"[\"").count();
        assert!(stand(&read) >= heads.saturating_sub(1), "cut at {end}, {} of {heads} stand", stand(&read));
    }
    println!(
        "{} bytes of choices: {tried} changes of a byte and {} cuts, each told; of {} choices a change lost none {} \
         times, 1 {} times, 2 {} times",
        whole.len(),
        whole.len(),
        PLUGINS.len(),
        lost[0],
        lost[1],
        lost[2]
    );
}

#[test]
fn whatever_byte_of_a_quarantine_is_changed_the_plugin_is_held_back() {
    let (_folder, store) = filled();
    let whole = fs::read(store.folder().join("a/one/quarantine.toml")).unwrap();
    let plugin = id("a/one");
    let (mut tried, mut saved) = (0, 0);
    let cuts = (0..whole.len()).map(|end| whole[..end].to_vec());
    for bytes in altered(&whole).chain(cuts) {
        let read = form::quarantines(&bytes, &plugin);
        assert!(read.damage.is_some(), "{}", String::from_utf8_lossy(&bytes));
        tried += 1;
        saved += read.known.len();
    }
    println!(
        "{} bytes of 3 quarantines: {tried} changes of a byte and cuts, each told; {:.2} records read on average",
        whole.len(),
        saved as f64 / f64::from(tried)
    );
}

#[test]
fn damage_on_the_disk_hides_nothing_of_other_plugins_and_is_kept_beside_when_it_is_answered() {
    let (_folder, store) = filled();
    let before = store.read().unwrap();
    let file = store.folder().join("a/one/quarantine.toml");
    let whole = fs::read(&file).unwrap();
    let other = quarantine("a/one", "never seen", 7, "");
    let now = Circumstances {
        digest: other.digest.as_ref(),
        version: &other.version,
        host: &other.host,
        needs: &other.needs,
    };
    for end in (0..whole.len()).step_by(97) {
        fs::write(&file, &whole[..end]).unwrap();
        let records = store.read().unwrap();
        assert!(before.choices().iter().all(|(id, choice)| records.choice(id) == Some(choice)));
        assert_eq!(records.quarantines()[&id("b/one")], before.quarantines()[&id("b/one")]);
        let Standing::Unknown(damage) = records.standing(&id("a/one"), &now) else { panic!("cut at {end}") };
        assert_eq!(damage.code(), "state-damaged");
        assert!(
            matches!(records.standing(&id("a/two"), &now), Standing::Free { lifted } if lifted.is_empty())
        );

        // A change of something else leaves it.
        store
            .change(|records| records.choose(&id("e/f"), |choice| choice.enabled = Some(end % 2 == 0)))
            .unwrap();
        assert_eq!(fs::read(&file).unwrap(), whole[..end]);
        // Nor can it be lifted in part.
        store.change(|records| assert_eq!(records.lift_one(&id("a/one"), None), [])).unwrap();
        assert_eq!(fs::read(&file).unwrap(), whole[..end]);

        let answered = store.change(|records| drop(records.lift(&id("a/one")))).unwrap();
        assert!(answered.unknown(&id("a/one")).is_none());
        let [Damage::Altered { kept: Some(kept), .. }] = answered.problems() else {
            panic!("{:?}", answered.problems())
        };
        assert_eq!(fs::read(kept).unwrap(), whole[..end]);
        assert!(!file.exists());
        let records = store.read().unwrap();
        assert!(records.problems().is_empty(), "{:?}", records.problems());
        assert!(matches!(records.standing(&id("a/one"), &now), Standing::Free { .. }));
    }
    let kept = named(&store.folder().join("a/one"), ".damaged-");
    assert_eq!(kept.len(), whole.len().div_ceil(97));
}

#[test]
fn a_damaged_quarantine_can_be_exchanged_for_one_of_the_file_as_it_is() {
    let (_folder, store) = filled();
    let file = store.folder().join("a/one/quarantine.toml");
    fs::write(&file, "").unwrap();
    let records = store.read().unwrap();
    let grounds = Grounds::from(records.unknown(&id("a/one")).unwrap());
    assert_eq!(grounds.code, "quarantine-unknown");
    assert_eq!(
        grounds.message,
        format!(
            "lost its record of quarantine: `{}` is not as it was written: its last line is missing, with the \
             digest of the rest",
            file.display()
        )
    );
    let now_known = Quarantine { cause: grounds, ..quarantine("a/one", "one", 1, "") };
    let records = store.change(|records| records.quarantine(now_known.clone())).unwrap();
    assert!(records.unknown(&id("a/one")).is_none());
    let records = store.read().unwrap();
    assert!(records.problems().is_empty(), "{:?}", records.problems());
    assert_eq!(records.quarantines()[&id("a/one")], [now_known]);
    assert_eq!(named(file.parent().unwrap(), ".damaged-").len(), 1);
}

#[test]
fn damaged_choices_are_kept_beside_when_somebody_chooses_and_not_before() {
    let (_folder, store) = filled();
    let whole = fs::read_to_string(store.registry_file()).unwrap();
    let damaged = whole.replace("[\"b/one\"]", "[\"b/one]");
    fs::write(store.registry_file(), &damaged).unwrap();
    let records = store.read().unwrap();
    let [problem @ Damage::Altered { what, kept: None, .. }] = records.problems() else {
        panic!("{:?}", records.problems())
    };
    assert!(what.starts_with("line 11: "), "{what}");
    assert!(problem.to_string().starts_with(&format!("`{}` is not as", store.registry_file().display())));
    assert_eq!(records.choices().len(), PLUGINS.len() - 1);

    let records = store.change(|records| drop(records.lift(&id("b/one")))).unwrap();
    assert_eq!(records.problems().len(), 1);
    assert_eq!(fs::read_to_string(store.registry_file()).unwrap(), damaged);
    // What is chosen once more counts too.
    let same = records.choice(&id("a/two")).unwrap().enabled;
    let records =
        store.change(|records| records.choose(&id("a/two"), |choice| choice.enabled = same)).unwrap();
    let [problem @ Damage::Altered { kept: Some(kept), .. }] = records.problems() else {
        panic!("{:?}", records.problems())
    };
    assert!(problem.to_string().ends_with(&format!("; it is kept as `{}`", kept.display())), "{problem}");
    assert_eq!(fs::read_to_string(kept).unwrap(), damaged);
    let records = store.read().unwrap();
    assert!(records.problems().is_empty(), "{:?}", records.problems());
    assert_eq!(records.choices().len(), PLUGINS.len() - 1);
}

#[test]
#[cfg(unix)]
fn a_link_or_a_pipe_or_a_folder_in_the_place_of_a_file_is_damage_and_is_moved_aside() {
    let (folder, store) = filled();
    let file = store.folder().join("a/one/quarantine.toml");
    let outside = folder.path().join("outside");
    for kind in ["link", "pipe", "folder"] {
        fs::remove_file(&file).unwrap();
        match kind {
            "link" => {
                fs::write(&outside, "not ours").unwrap();
                std::os::unix::fs::symlink(&outside, &file).unwrap();
            }
            "pipe" => assert!(Command::new("mkfifo").arg(&file).status().unwrap().success()),
            _ => fs::create_dir(&file).unwrap(),
        }
        let records = store.read().unwrap();
        let damage = records.unknown(&id("a/one")).unwrap();
        assert!(damage.to_string().ends_with("it is a link or no file"), "{kind}: {damage}");
        let new = quarantine("a/one", "one", 1, "panicked");
        let records = store.change(|records| records.quarantine(new)).unwrap();
        assert!(records.unknown(&id("a/one")).is_none());
        assert!(file.symlink_metadata().unwrap().is_file(), "{kind}");
    }
    assert_eq!(fs::read_to_string(&outside).unwrap(), "not ours");
    assert_eq!(named(file.parent().unwrap(), ".damaged-").len(), 3);
}
