//! The `keyway` command as the scanner of another program.

mod support;

use keyway::host::{Trial, TrialRequest, Verdict};
use keyway::manifest::Home;
use support::Stage;

#[test]
fn the_command_tries_files_for_a_host_whatever_its_arguments() {
    let stage = Stage::with_plugins();
    let request = |file| TrialRequest { home: Home::Dylib, file, plugins: Vec::new(), allow_abort: false };
    let good = request(stage.drop_in("plugins", "markdown"));
    let none = request(stage.write("plugins/none.so", b"no library"));
    let trial = Trial::by_command(env!("CARGO_BIN_EXE_keyway"), ["trial"]);
    let verdicts = trial.run(&[good, none]);
    assert!(matches!(verdicts[0], Verdict::Passed), "{:?}", verdicts[0]);
    assert!(matches!(verdicts[1], Verdict::Failed(_)), "{:?}", verdicts[1]);
}

#[test]
fn a_command_that_was_started_in_a_trial_by_no_host_does_nothing_and_says_so() {
    let stage = Stage::new();
    let output = stage.command("list").env("KEYWAY_TRIAL", "inherited").output().expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "this process can not be a scanner: `KEYWAY_TRIAL` is set, and no host asks for a trial\n"
    );
    assert!(output.stdout.is_empty());
}
