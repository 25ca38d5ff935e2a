use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::SystemTime;

use super::*;

const ROUNDS: usize = 200;
const PLUGINS: usize = 20;

/// All of what is chosen, and all that is in quarantine, tells one number.
fn write(records: &mut Records, number: u64) {
    for plugin in 0..PLUGINS {
        let plugin = id(&format!("a/plugin-{plugin}"));
        records.choose(&plugin, |choice| choice.version = Some(requirement(&format!("={number}.0.0"))));
    }
    for host in 1..=8 {
        records.quarantine(quarantine("a/faulty", "one", host, &number.to_string()));
    }
}

/// The number of what is chosen, and that of the quarantines.
fn read(store: &Store) -> (u64, u64) {
    let records = store.read().unwrap();
    assert!(records.problems().is_empty(), "{:?}", records.problems());
    let the_only_one = |mut numbers: Vec<u64>, count| {
        assert!(numbers.is_empty() || numbers.len() == count, "{numbers:?}");
        numbers.dedup();
        assert!(numbers.len() <= 1, "of several changes: {numbers:?}");
        numbers.first().copied().unwrap_or(0)
    };
    let chosen =
        records.choices().values().map(|choice| choice.version.as_ref().unwrap().comparators[0].major);
    let held = records.quarantines().values().flatten().map(|known| known.cause.message.parse().unwrap());
    (the_only_one(chosen.collect(), PLUGINS), the_only_one(held.collect(), 8))
}

#[test]
fn a_host_that_is_killed_while_it_writes_leaves_the_old_or_the_new() {
    const NAME: &str =
        "host::store::tests::kills::a_host_that_is_killed_while_it_writes_leaves_the_old_or_the_new";
    if let Some((first, folder)) = role() {
        let store = Store::open(&folder).unwrap();
        for number in first.parse::<u64>().unwrap().. {
            store.change(|records| write(records, number)).unwrap();
            println!("\ndone {number}");
        }
    }
    let (_folder, store) = fresh();
    let mut random = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    println!("seed {random}");
    let (mut done, mut unfinished, mut cut, mut left) = (0, 0, 0, 0);
    for round in 0..ROUNDS {
        let mut command = again(NAME, &(done + 1).to_string(), store.folder());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let number = |line: String| line.strip_prefix("done ").map(|number| number.parse::<u64>().unwrap());
        // Each second one is killed wherever it is, in its very first change perhaps.
        let mut told = None;
        if round % 2 == 0 {
            told = lines.by_ref().find_map(number);
            assert!(told.is_some(), "the child ended by itself");
        }
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(Duration::from_micros(random % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let told = lines.filter_map(number).last().or(told).unwrap_or(done);
        let (chosen, held) = read(&store);
        assert!(chosen == told || chosen == told + 1, "{told} was told to be done, and {chosen} is there");
        assert_eq!(chosen, held, "what is chosen is of {chosen}, quarantines of {held}");
        unfinished += usize::from(store.folder().join(JOURNAL).exists());
        cut += usize::from(chosen != told);
        let temporaries = temporaries(store.folder());
        assert!(temporaries <= 3, "{temporaries} temporary files have piled up");
        left += usize::from(temporaries > 0);
        done = chosen;
    }
    store.change(|records| write(records, done + 1)).unwrap();
    assert_eq!(read(&store), (done + 1, done + 1));
    assert_eq!(temporaries(store.folder()), 0);
    println!(
        "killed {ROUNDS} times in {done} changes of two files: 0 were neither old nor new; {unfinished} times made and \
         not complete, {cut} times before it was told, {left} times with temporary files, which the next change removed"
    );
    assert!(left > 0, "no kill met a change that was under way");
}
