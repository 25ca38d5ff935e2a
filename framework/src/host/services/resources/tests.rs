//! What hangs while a shelf is closed.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

/// Longer than any test waits that goes well.
const PATIENCE: Duration = Duration::from_secs(120);

#[crate::interface(id = "test/thing", version = "1.0")]
trait Thing: Send + Sync {
    fn name(&self) -> String;
}

/// Does something when it is dropped.
struct Doing<F: FnMut() + Send>(Mutex<F>);

impl<F: FnMut() + Send + 'static> Thing for Doing<F> {
    fn name(&self) -> String {
        "it".into()
    }
}

impl<F: FnMut() + Send> Drop for Doing<F> {
    fn drop(&mut self) {
        (self.0.get_mut().unwrap())();
    }
}

/// Says why it has gone.
struct Telling(Mutex<std::sync::mpsc::Sender<String>>);

impl Holder for Telling {
    fn gone(&self, why: &str) {
        self.0.lock().unwrap().send(why.to_owned()).unwrap();
    }
}

fn thing(dropped: impl FnMut() + Send + 'static) -> AnyObject {
    AnyObject::new::<dyn Thing>(Arc::new(Doing(Mutex::new(dropped))))
}

fn held(shelf: &Shelf, name: &str) -> (Lease, Receiver<String>) {
    let (told, tells) = channel();
    let lease = shelf.find(name).unwrap().hold(&"who".into(), Arc::new(Telling(Mutex::new(told)))).unwrap();
    (lease, tells)
}

#[test]
fn a_drop_that_hangs_keeps_nobody_from_being_told_nor_the_rest_from_being_dropped() {
    let shelf = Shelf::of(&Arc::new(Owner::new("test/owner")));
    let ((open, opened), (dropped, drops)) = (channel::<()>(), channel());
    let hangs = move || {
        let _opened = opened.recv();
    };
    let first = shelf.share("first", thing(move || dropped.send(()).unwrap())).unwrap();
    let last = shelf.share("last", thing(hangs)).unwrap();
    let (first_lease, first_hears) = held(&shelf, "first");
    let (last_lease, last_hears) = held(&shelf, "last");
    // The holders have let go of the objects.
    let seats = (first_lease.seat, last_lease.seat);
    drop((first_lease.object, last_lease.object));
    shelf.ends("it was unloaded");
    let closing = Arc::clone(&shelf);
    let hanging = std::thread::spawn(move || closing.close());
    for hears in [last_hears, first_hears] {
        assert_eq!(hears.recv_timeout(PATIENCE).as_deref(), Ok("it was unloaded"));
    }
    // Whoever has waited for that in vain closes the rest.
    eventually(|| shelf.find("last").is_ok_and(|last| locked(&last.open).object.is_none()));
    shelf.close();
    assert_eq!(drops.recv_timeout(PATIENCE), Ok(()));
    assert_eq!((first.holders(), last.holders(), shelf.list().len()), (0, 0, 0));
    drop(open);
    hanging.join().unwrap();
    drop(seats);
}

fn eventually(mut yes: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !yes() {
        assert!(began.elapsed() < PATIENCE, "it does not come about");
        std::thread::sleep(Duration::from_millis(1));
    }
}
