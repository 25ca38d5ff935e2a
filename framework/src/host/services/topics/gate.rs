//! Whether what one plugin holds of the host's still works.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::host::services::wakers::Wakers;

const OPEN: u8 = 0;
const DRAINING: u8 = 1;
const CLOSED: u8 = 2;

/// Open while the plugin runs, then closed in two steps: before its `stop` nothing of it waits any more, after it nothing
/// works any more.
#[derive(Default)]
pub(in crate::host) struct Gate {
    state: AtomicU8,
    /// What waits and is to look again when the gate closes.
    pub(in crate::host::services) waiting: Wakers,
}

impl Gate {
    pub(in crate::host::services) fn may_wait(&self) -> bool {
        self.state.load(Ordering::SeqCst) == OPEN
    }

    pub(in crate::host::services) fn is_closed(&self) -> bool {
        self.state.load(Ordering::SeqCst) == CLOSED
    }

    pub(in crate::host::services) fn drain(&self) {
        self.state.fetch_max(DRAINING, Ordering::SeqCst);
        self.waiting.wake();
    }

    pub(in crate::host::services) fn close(&self) {
        self.state.store(CLOSED, Ordering::SeqCst);
        self.waiting.wake();
    }
}
