//! What is counted of a plugin's calls, where a host asks for it.
//!
//! A handle of a linked-in plugin is the trait object itself, which leaves no place to count at. So counting is a second
//! object in front of it, [`Metered`], that is there only where the plugin's [`Owner`] counts: handles that are made
//! without it cost what they cost before. The macro of an interface implements the trait for `Metered`, in hosts alone.
//!
//! Counted are the calls through handles, of the host as of plugins that are linked in. What a method returns is not: an
//! object of the plugin's is called as it is. Nor are calls that a library's plugin makes to another plugin: they go
//! straight from one to the other.
//!
//! Who reads the counts, how often, and what follows from them is the host's to decide.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::handle::Owner;

mod histogram;
mod metered;

pub use histogram::Histogram;
use histogram::Times;
pub(crate) use metered::mark_fault;
#[doc(hidden)]
pub use metered::{Call, Metered};

/// What is counted of one plugin, by interface and method. From [`Owner::counts`].
#[derive(Default)]
pub struct Counts {
    interfaces: Mutex<Vec<Arc<InterfaceCounts>>>,
}

/// What is counted of one method.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodCounts {
    /// The interface's id.
    pub interface: &'static str,
    /// The method's name.
    pub method: &'static str,
    /// How many calls have ended, however they ended.
    pub calls: u64,
    /// How many of them ended with an error of the plugin's own.
    pub errors: u64,
    /// How many of them ended with a fault, or with a panic that passed through.
    pub faults: u64,
    /// The time in all of them together.
    pub total: Duration,
    /// How long each took, in classes.
    pub histogram: Histogram,
}

impl Counts {
    /// What was counted until now, by interface and then method. A method that was never called is among them as soon as
    /// there is a handle of its interface. Two versions of one interface are told as one.
    pub fn snapshot(&self) -> Vec<MethodCounts> {
        let interfaces = self.interfaces.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut all: Vec<MethodCounts> = interfaces.iter().flat_map(|interface| interface.read()).collect();
        all.sort_by_key(|counts| (counts.interface, counts.method));
        all.dedup_by(|later, first| {
            let same = (later.interface, later.method) == (first.interface, first.method);
            if same {
                first.add(later);
            }
            same
        });
        all
    }

    /// How many calls have ended.
    pub fn calls(&self) -> u64 {
        self.snapshot().iter().map(|counts| counts.calls).sum()
    }

    /// The time in all calls together. Calls at the same time count each.
    pub fn time(&self) -> Duration {
        self.snapshot().iter().map(|counts| counts.total).sum()
    }

    /// The counts of one interface, made where they are not there yet.
    fn of(&self, interface: &'static str, methods: &'static [&'static str]) -> Arc<InterfaceCounts> {
        let mut all = self.interfaces.lock().unwrap_or_else(PoisonError::into_inner);
        // Another version has other methods, or the same in another order.
        if let Some(known) = all.iter().find(|known| known.is(interface, methods)) {
            return Arc::clone(known);
        }
        let methods = methods.iter().map(|&name| OneMethod { name, ..OneMethod::default() }).collect();
        let new = Arc::new(InterfaceCounts { id: interface, methods });
        all.push(Arc::clone(&new));
        new
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.snapshot()).finish()
    }
}

impl MethodCounts {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.errors += other.errors;
        self.faults += other.faults;
        self.total += other.total;
        self.histogram.add(&other.histogram);
    }
}

/// The counters of one interface.
struct InterfaceCounts {
    id: &'static str,
    methods: Box<[OneMethod]>,
}

#[derive(Default)]
struct OneMethod {
    name: &'static str,
    errors: AtomicU64,
    faults: AtomicU64,
    times: Times,
}

impl InterfaceCounts {
    fn is(&self, interface: &str, methods: &[&str]) -> bool {
        self.id == interface && self.methods.iter().map(|method| method.name).eq(methods.iter().copied())
    }

    fn read(&self) -> impl Iterator<Item = MethodCounts> {
        self.methods.iter().map(|method| {
            // Before the times, which are written before them: no more calls fail than there are.
            let errors = method.errors.load(Ordering::Acquire);
            let faults = method.faults.load(Ordering::Acquire);
            let histogram = method.times.read();
            MethodCounts {
                interface: self.id,
                method: method.name,
                calls: histogram.count(),
                errors,
                faults,
                total: histogram.total(),
                histogram,
            }
        })
    }
}

/// That calls are to be counted, and for whom; for generated code. From [`Owner::meter`].
#[doc(hidden)]
pub struct Meter<'a> {
    pub(crate) owner: &'a Arc<Owner>,
    pub(crate) counts: &'a Counts,
}
