//! Tells images of a changed filter.
//!
//! `tracing` has no way to be told of a change but being a callsite, so one stands here that is nobody's. It is asked
//! under a lock of the registry's, under which no plugin may be called; so it rings, and a thread of its own, begun at the
//! first change, goes around. The registry sets the most verbose level after it has asked the callsites, so what was told
//! at once is told again a little later, until it can not be late any more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use tracing_core::callsite::{Identifier, register};
use tracing_core::field::FieldSet;
use tracing_core::{Callsite, Interest, Kind, Level, LevelFilter, Metadata};

use super::image;
use crate::context::traces::number;
use crate::fault::drop_quietly;

/// How long after a change it is told.
const TOLD: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(1),
    Duration::from_millis(10),
    Duration::from_millis(100),
    Duration::from_secs(1),
];
/// The least time between two rounds.
const BETWEEN: Duration = Duration::from_millis(1);

struct Bell {
    listening: AtomicBool,
    rung: AtomicBool,
    thread: Mutex<Option<Thread>>,
    /// This image's own `log` records follow the filter, too.
    logs: AtomicBool,
}

static BELL: Bell = Bell {
    listening: AtomicBool::new(false),
    rung: AtomicBool::new(false),
    thread: Mutex::new(None),
    logs: AtomicBool::new(false),
};

static METADATA: Metadata<'static> = Metadata::new(
    "the filter has changed",
    "keyway::traces",
    Level::TRACE,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&BELL)),
    Kind::EVENT,
);

impl Callsite for Bell {
    fn set_interest(&self, _: Interest) {
        if self.listening.load(Ordering::Acquire) {
            self.ring();
        }
    }

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

impl Bell {
    fn ring(&self) {
        self.rung.store(true, Ordering::Release);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        match &*thread {
            Some(thread) => thread.unpark(),
            // Without a thread nobody is told, and the next change tries again.
            None => {
                let begun = std::thread::Builder::new().name("keyway-traces".into()).spawn(go_around);
                *thread = begun.ok().map(|begun| begun.thread().clone());
            }
        }
    }

    fn was_rung(&self) -> bool {
        self.rung.swap(false, Ordering::AcqRel)
    }
}

/// From now on every change is told.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        register(&BELL);
        BELL.listening.store(true, Ordering::Release);
    });
}

/// From now on the most verbose level of this image's own `log` records is that of the filter.
pub(in crate::host) fn also_log() {
    BELL.logs.store(true, Ordering::Release);
    set_log_level();
    listen();
}

fn set_log_level() {
    log::set_max_level(crate::context::traces::log_filter(number(LevelFilter::current())));
}

fn go_around() {
    loop {
        while !BELL.was_rung() {
            std::thread::park();
        }
        let mut round = 0;
        while let Some(after) = TOLD.get(round) {
            if !after.is_zero() {
                std::thread::park_timeout(*after);
            }
            round = if BELL.was_rung() { 1 } else { round + 1 };
            tell();
            std::thread::sleep(BETWEEN);
        }
    }
}

fn tell() {
    if BELL.logs.load(Ordering::Acquire) {
        set_log_level();
    }
    for image in image::all() {
        let Some(watcher) = image.watcher() else { continue };
        let told = || watcher.filter_changed(number(LevelFilter::current()), &image.interests());
        // One that can not be told, because its process is gone, harms no other.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(told)) {
            drop_quietly(payload);
        }
    }
}
