//! The host's own objects: they count how often they are called and dropped, and can panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contract_plugin::objects::Visitor;

/// What became of the objects that share it.
#[derive(Default)]
pub(crate) struct Seen {
    visits: AtomicUsize,
    drops: AtomicUsize,
}

impl Seen {
    pub(crate) fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }

    pub(crate) fn drops(&self) -> usize {
        self.drops.load(Ordering::SeqCst)
    }
}

/// Says yes to names before "c"; panics at "panic".
pub(crate) struct Witness {
    seen: Arc<Seen>,
    panics_in_drop: bool,
}

impl Witness {
    pub(crate) fn new(seen: &Arc<Seen>) -> Self {
        Self { seen: Arc::clone(seen), panics_in_drop: false }
    }

    pub(crate) fn shared(seen: &Arc<Seen>) -> Arc<dyn Visitor> {
        Arc::new(Self::new(seen))
    }

    pub(crate) fn boxed(seen: &Arc<Seen>) -> Box<dyn Visitor> {
        Box::new(Self::new(seen))
    }

    pub(crate) fn that_panics_in_drop(seen: &Arc<Seen>) -> Self {
        Self { seen: Arc::clone(seen), panics_in_drop: true }
    }
}

impl Visitor for Witness {
    fn visit(&self, name: &str) -> bool {
        self.seen.visits.fetch_add(1, Ordering::SeqCst);
        assert_ne!(name, "panic", "a witness that panics");
        name < "c"
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.seen.drops.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics_in_drop, "a witness that panics while it is dropped");
    }
}
