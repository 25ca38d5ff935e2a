//! What runs instead: an older file of the same plugin; and what becomes of files where no scanner is to be had.

use keyway_tests::{misbehaving, needing, of_version};

use super::hosts::{Installation, id};

#[test]
fn where_the_newer_of_two_files_fails_the_older_one_runs_in_the_same_start() {
    let mut figures = Vec::new();
    let cases = [
        ("segfault", "failed its trial: `…/newer/libsegfault.p001-aaaaaaa.so` ends its process with SIGSEGV"),
        ("start-sleep", "did not start within 2s"),
    ];
    for (misdeed, why) in cases {
        let mut installation = Installation::new().with("trial-deadline", 2000).with("start-deadline", 2000);
        let newer = installation.folder("newer");
        misbehaving(&installation.plugins(), &id('p', 1), "well-behaved");
        of_version(&misbehaving(&newer, &id('p', 1), misdeed), "1.1.0");
        needing(&installation.plugins(), &id('n', 1), &id('p', 1), "well-behaved");
        misbehaving(&installation.plugins(), &id('p', 2), "well-behaved");
        let mut tried = None;
        for start in 0..3 {
            let table = installation.once();
            assert_eq!(table.count("active"), 3, "{misdeed}, start {start}: {table:?}");
            let row = table.row(&id('p', 1));
            assert_eq!(row.version, "1.0.0");
            let [(version, said)] = &row.passed[..] else { panic!("{row:?}") };
            assert_eq!(version, "1.1.0");
            assert!(said.starts_with("is in quarantine since ") && said.contains(why), "{said}");
            let tried = *tried.get_or_insert_with(|| installation.scanners());
            assert_eq!(installation.scanners(), tried, "nobody is tried again");
            figures.push(format!("{:.1?}", table.took));
        }
    }
    println!(
        "the older of two versions runs where the newer crashes, or hangs, in 6 of 6 starts: {figures:?}"
    );
}

#[test]
fn where_no_scanner_is_to_be_had_files_are_refused_or_loaded_as_the_host_chose_and_never_in_silence() {
    let installation = Installation::new();
    for number in 0..5 {
        misbehaving(&installation.plugins(), &id('p', number), "well-behaved");
    }
    needing(&installation.plugins(), &id('n', 1), &id('p', 1), "well-behaved");
    let missing = "trial-by=/not/there/keyway";
    let table = installation.once_with(&[missing]);
    assert_eq!(table.count("refused"), 6, "{table:?}");
    let why = "could not be tried: the scanner `/not/there/keyway` can not be started";
    for number in 0..5 {
        table.row(&id('p', number)).is("refused", "scanner-start", why);
    }
    let table = installation.once_with(&["trial-by=true"]);
    let why = "could not be tried: `true` ended with exit code 0, and had not said that it is a scanner";
    table.row(&id('p', 1)).is("refused", "scanner-ended", why);
    let (skipping, table) = installation.start_with(&[missing, "untried=skip"]);
    assert_eq!(table.count("active"), 6, "{table:?}");
    skipping.end();

    // That nobody could try them is no reason to remember: the next host tries them, and one more need not.
    let before = installation.scanners();
    assert_eq!(installation.once().count("active"), 6);
    assert!(installation.scanners() > before, "what was skipped has not passed");
    let known = installation.once_with(&[missing]);
    assert_eq!(known.count("active"), 6, "{known:?}");
    println!(
        "no scanner: 6 of 6 refused, or 6 of 6 loaded where the host says so; 6 of 6 once they have passed"
    );
}
