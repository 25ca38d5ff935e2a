use std::time::Instant;

use super::*;

const PROCESSES: usize = 8;
const CHANGES: usize = 50;

/// One more than it was.
fn count_up(records: &mut Records) {
    records.choose(&id("all/count"), |choice| {
        let count = choice.version.as_ref().map_or(0, |version| version.comparators[0].major);
        choice.version = Some(requirement(&format!("={}.0.0", count + 1)));
    });
}

fn count(records: &Records) -> u64 {
    let choice = records.choice(&id("all/count"));
    choice.and_then(|choice| choice.version.as_ref()).map_or(0, |version| version.comparators[0].major)
}

fn write(store: &Store, writer: &str) {
    for number in 0..CHANGES {
        let plugin = format!("writer-{writer}/plugin-{number}");
        let change = |records: &mut Records| {
            count_up(records);
            records.choose(&id(&plugin), |choice| choice.enabled = Some(false));
            if number % 10 == 0 {
                records.quarantine(quarantine(&plugin, "one", 1, "panicked"));
                records.quarantine(quarantine("all/faulty", writer, 1, "panicked"));
            }
        };
        store.change(change).unwrap();
    }
}

fn check_all_is_there(store: &Store, writers: usize) {
    let records = store.read().unwrap();
    assert!(records.problems().is_empty(), "{:?}", records.problems());
    assert_eq!(count(&records), (writers * CHANGES) as u64);
    assert_eq!(records.choices().len(), writers * CHANGES + 1);
    assert_eq!(records.quarantines().len(), writers * CHANGES / 10 + 1);
    assert_eq!(records.quarantines()[&id("all/faulty")].len(), writers);
    assert_eq!(temporaries(store.folder()), 0);
}

#[test]
fn eight_processes_that_write_at_once_lose_nothing_of_each_other() {
    const NAME: &str =
        "host::store::tests::writers::eight_processes_that_write_at_once_lose_nothing_of_each_other";
    let patient = |store: Store| store.with_patience(Duration::from_secs(600));
    if let Some((writer, folder)) = role() {
        return write(&patient(Store::open(&folder).unwrap()), &writer);
    }
    let (_folder, store) = fresh();
    let since = Instant::now();
    let mut children: Vec<_> = (0..PROCESSES)
        .map(|writer| {
            let mut command = again(NAME, &writer.to_string(), store.folder());
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    let (mut reads, mut last) = (0, 0);
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let records = store.read().unwrap();
        assert!(records.problems().is_empty(), "{:?}", records.problems());
        assert!(count(&records) >= last, "{} after {last}", count(&records));
        (reads, last) = (reads + 1, count(&records));
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    check_all_is_there(&store, PROCESSES);
    println!(
        "{PROCESSES} processes × {CHANGES} changes: 0 lost, in {:?}, read {reads} times meanwhile, always whole",
        since.elapsed()
    );
}

#[test]
fn threads_of_one_process_lose_nothing_of_each_other() {
    let (_folder, store) = fresh();
    let store = store.with_patience(Duration::from_secs(600));
    std::thread::scope(|scope| {
        for writer in ["0", "1", "2"] {
            let store = &store;
            scope.spawn(move || write(store, writer));
        }
    });
    check_all_is_there(&store, 3);
}
