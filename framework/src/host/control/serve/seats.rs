//! How many connections are served at once, and who gives way.
//!
//! Who only holds a connection open gives it up when another comes and there is no room: the one that has waited longest
//! first. Who has asked for something is never cut off for another.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::host::control::{CONNECTIONS, FOLLOWERS};

/// The connections that are served.
#[derive(Default)]
pub(super) struct Seats(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    all: Vec<Held>,
    next: u64,
    closed: bool,
}

struct Held {
    number: u64,
    stream: Arc<UnixStream>,
    doing: Doing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// It has not asked yet, since then.
    Waiting(Instant),
    Asking,
    Following,
}

/// One connection's right to be served, until it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
}

impl Seats {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for a connection; `None` where all are taken by such as have asked for something.
    pub(super) fn take(self: &Arc<Self>, stream: &Arc<UnixStream>) -> Option<Seat> {
        let mut taken = self.lock();
        if taken.closed {
            return None;
        }
        if taken.all.len() >= CONNECTIONS {
            let since = |held: &Held| match held.doing {
                Doing::Waiting(since) => Some(since),
                _ => None,
            };
            let idle = taken.all.iter().filter_map(|held| Some((since(held)?, held.number)));
            let (_, longest) = idle.min()?;
            let held = taken.remove(longest)?;
            let _shut = held.stream.shutdown(Shutdown::Both);
        }
        let number = taken.next;
        taken.next += 1;
        let doing = Doing::Waiting(Instant::now());
        taken.all.push(Held { number, stream: Arc::clone(stream), doing });
        Some(Seat { seats: Arc::clone(self), number })
    }

    /// Shuts every connection, and gives no more seats.
    pub(super) fn close(&self) {
        let mut taken = self.lock();
        taken.closed = true;
        for held in taken.all.drain(..) {
            let _shut = held.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Taken {
    fn remove(&mut self, number: u64) -> Option<Held> {
        let at = self.all.iter().position(|held| held.number == number)?;
        Some(self.all.swap_remove(at))
    }

    fn is_full_of_followers(&self) -> bool {
        self.all.iter().filter(|held| held.doing == Doing::Following).count() >= FOLLOWERS
    }
}

impl Seat {
    /// It has asked for something. `false` where it had to give way.
    pub(super) fn asks(&self) -> bool {
        self.does(Doing::Asking)
    }

    /// It waits for its next word.
    pub(super) fn waits(&self) -> bool {
        self.does(Doing::Waiting(Instant::now()))
    }

    /// It wants to follow something. `false` where too many do.
    pub(super) fn follows(&self) -> bool {
        if self.seats.lock().is_full_of_followers() {
            return false;
        }
        self.does(Doing::Following)
    }

    fn does(&self, doing: Doing) -> bool {
        let mut taken = self.seats.lock();
        let held = taken.all.iter_mut().find(|held| held.number == self.number);
        held.is_some_and(|held| {
            held.doing = doing;
            true
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop(self.seats.lock().remove(self.number));
    }
}
