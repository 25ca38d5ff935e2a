use std::process::Stdio;
use std::sync::mpsc;

use super::*;

fn choose(store: &Store) -> Result<Records, StoreError> {
    store.change(|records| records.choose(&id("a/b"), |choice| choice.enabled = Some(false)))
}

#[test]
fn who_waits_too_long_is_told_for_which_file_and_nothing_is_changed() {
    let (_folder, store) = fresh();
    let (held, is_held) = mpsc::channel();
    let (let_go, may_go) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let holder = store.clone();
        scope.spawn(move || {
            holder.change(|_| {
                held.send(()).unwrap();
                may_go.recv().unwrap();
            })
        });
        is_held.recv().unwrap();
        let error = choose(&store.clone().with_patience(Duration::from_millis(50))).unwrap_err();
        assert_eq!(error.code(), "state-busy");
        assert_eq!(
            error.to_string(),
            format!("`{}` has been locked by another program for 50ms", store.lock_file().display())
        );
        assert!(store.read().unwrap().choices().is_empty());
        let_go.send(()).unwrap();
    });
    choose(&store).unwrap();
}

#[test]
fn a_lock_ends_with_the_process_that_holds_it() {
    const NAME: &str = "host::store::tests::locks::a_lock_ends_with_the_process_that_holds_it";
    if let Some((_, folder)) = role() {
        let hold = |_: &mut Records| {
            println!("\nheld");
            std::thread::park();
            unreachable!("nobody unparks it");
        };
        Store::open(&folder).unwrap().change(hold).unwrap();
    }
    let (_folder, store) = fresh();
    let mut child = again(NAME, "hold", store.folder()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let found = lines.map_while(Result::ok).any(|line| line == "held");
    assert!(found, "the child ended without the lock");
    let error = choose(&store.clone().with_patience(Duration::from_millis(50))).unwrap_err();
    assert_eq!(error.code(), "state-busy");
    child.kill().unwrap();
    child.wait().unwrap();
    choose(&store).unwrap();
}

#[test]
fn a_change_that_panics_changes_nothing_and_lets_go() {
    let (_folder, store) = fresh();
    choose(&store).unwrap();
    let change = || store.change(|records| panic!("at {} choices", records.choices().len()));
    std::panic::catch_unwind(change).unwrap_err();
    assert_eq!(store.read().unwrap().choices().len(), 1);
    choose(&store).unwrap();
}

#[test]
fn a_lock_that_was_removed_under_its_holder_is_made_anew() {
    let (_folder, store) = fresh();
    choose(&store).unwrap();
    let old = fs::File::open(store.lock_file()).unwrap();
    old.lock().unwrap();
    fs::remove_file(store.lock_file()).unwrap();
    choose(&store.clone().with_patience(Duration::ZERO)).unwrap();
    assert!(store.lock_file().is_file());
}

#[test]
#[cfg(unix)]
fn a_link_in_the_place_of_the_lock_is_not_followed() {
    let (folder, store) = fresh();
    choose(&store).unwrap();
    fs::remove_file(store.lock_file()).unwrap();
    let outside = folder.path().join("outside");
    std::os::unix::fs::symlink(&outside, store.lock_file()).unwrap();
    for step in ["to nothing", "to a file"] {
        let error = choose(&store).unwrap_err();
        assert_eq!(error.code(), "state-no-lock", "a link {step}: {error}");
        assert_eq!(outside.exists(), step == "to a file");
        fs::write(&outside, "not ours").unwrap();
    }
    fs::remove_file(store.lock_file()).unwrap();
    fs::create_dir(store.lock_file()).unwrap();
    assert_eq!(choose(&store).unwrap_err().code(), "state-no-lock");
    assert_eq!(fs::read_to_string(outside).unwrap(), "not ours");
}
