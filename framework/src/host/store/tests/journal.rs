use super::*;

/// A store with a choice and a quarantine, and a journal that exchanges the one and takes away the other.
fn half_made() -> (TempDir, Store, PathBuf) {
    let (folder, store) = fresh();
    let fill = |records: &mut Records| {
        records.choose(&id("a/b"), |choice| choice.enabled = Some(false));
        records.quarantine(quarantine("a/b", "one", 1, "panicked"));
        records.quarantine(quarantine("c/d", "one", 1, "panicked"));
    };
    store.change(fill).unwrap();
    let text = form::seal("[\"a/b\"]\nenabled = true\n".to_owned());
    let temporary = files::write_temporary(store.folder(), &text).unwrap().keep().unwrap();
    let name = temporary.file_name().unwrap().to_str().unwrap();
    let journal = format!("[[step]]\nplugin = \"a/b\"\n\n[[step]]\nfrom = \"{name}\"\n");
    fs::write(store.folder().join(JOURNAL), form::seal(journal)).unwrap();
    (folder, store, temporary)
}

fn check_made(records: &Records) {
    assert!(records.problems().is_empty(), "{:?}", records.problems());
    assert_eq!(records.choice(&id("a/b")).unwrap().enabled, Some(true));
    assert_eq!(records.quarantines().keys().collect::<Vec<_>>(), [&id("c/d")]);
}

#[test]
fn a_change_that_is_not_complete_is_read_as_made_and_completed_by_the_next() {
    for already in 0..3 {
        let (_folder, store, temporary) = half_made();
        if already > 0 {
            fs::remove_file(store.folder().join("a/b/quarantine.toml")).unwrap();
        }
        if already > 1 {
            fs::rename(temporary, store.registry_file()).unwrap();
        }
        check_made(&store.read().unwrap());
        assert!(store.folder().join(JOURNAL).exists());
        check_made(&store.change(|_| ()).unwrap());
        check_made(&store.read().unwrap());
        assert!(!store.folder().join(JOURNAL).exists() && !store.folder().join("a").exists());
        assert_eq!(temporaries(store.folder()), 0);
    }
}

#[test]
fn a_damaged_journal_is_told_and_moved_aside() {
    let (_folder, store, _) = half_made();
    let journal = store.folder().join(JOURNAL);
    let whole = fs::read_to_string(&journal).unwrap();
    let outside = form::seal("[[step]]\nfrom = \"../.keyway-x.tmp\"\n".to_owned());
    for text in ["", &whole[..whole.len() / 2], &whole.replace("a/b", "c/d"), &outside] {
        fs::write(&journal, text).unwrap();
        let records = store.read().unwrap();
        let [problem @ Damage::Altered { .. }] = records.problems() else {
            panic!("{:?}", records.problems())
        };
        let told = format!("`{}` is not as it was written: ", journal.display());
        assert!(problem.to_string().starts_with(&told), "{problem}");
        assert_eq!(records.choice(&id("a/b")).unwrap().enabled, Some(false));
        assert_eq!(records.quarantines().len(), 2);
        assert!(store.change(|_| ()).unwrap().problems().is_empty());
        assert!(!journal.exists());
    }
    assert_eq!(named(store.folder(), "registry.journal.damaged-").len(), 4);
    assert_eq!(store.read().unwrap().quarantines().len(), 2);
}
