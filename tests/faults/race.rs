//! Many threads that ask for the same plugin of activation "use" at the same moment.

use std::sync::Barrier;
use std::thread;

use contract_plugin::life::{Journal, Lazy};
use keyway::host::{Host, Trial};
use keyway_tests::{folder_of, library};
use tempfile::TempDir;

const THREADS: usize = 64;
const ROUNDS: usize = 25;

#[test]
fn sixty_four_threads_that_ask_for_a_library_plugin_start_it_once_and_all_have_it() {
    let (folder, cache) = (folder_of(&[library("keyway-contract-plugin")]), TempDir::new().unwrap());
    let nobody: [&str; 0] = [];
    for round in 0..ROUNDS {
        // Every fifth time with a trial before the load, and a cache folder that knows nothing.
        let mut builder = Host::builder("race", "1.0.0").linked_in(false).bridge(keyway_dylib::bridge());
        if round % 5 == 0 {
            let cache = cache.path().join(round.to_string());
            builder =
                builder.cache_dir(cache).trial(Trial::by_command(env!("CARGO_BIN_EXE_fault-host"), nobody));
        }
        let host = builder.plugin_dir(folder.path()).start().unwrap();
        let state = || host.plugin("contract/lazy").map(|info| info.state.name());
        assert_eq!(state(), Some("resolved"), "it waits until it is asked for");
        let together = Barrier::new(THREADS);
        let awake = thread::scope(|scope| {
            let ask = || {
                together.wait();
                host.get::<dyn Lazy>("contract/lazy").is_ok_and(|lazy| lazy.awake())
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|awake| *awake).count()
        });
        assert_eq!((awake, state()), (THREADS, Some("active")), "round {round}");
        let journal = host.get::<dyn Journal>("contract/journal").unwrap();
        let starts = journal.lines().into_iter().filter(|line| line == "start lazy").count();
        assert_eq!(starts, 1, "round {round}");
        let history = host.history("contract/lazy");
        let states: Vec<_> = history.iter().map(|event| event.state.name()).collect();
        assert_eq!(states, ["loaded", "active"], "round {round}");
    }
    println!(
        "{THREADS} threads at once for a plugin that waits to be asked for, {ROUNDS} times: {ROUNDS} starts"
    );
}
