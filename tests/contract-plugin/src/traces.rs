//! What a plugin says with `tracing` and `log`.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use keyway::{Context, Level, Plugin, StartError, interface, plugin};
use tracing::Span;

use crate::objects::Visitor;
use crate::values::Oops;

/// The target of what comes from threads of the plugin's.
pub const ABROAD: &str = "contract::abroad";
/// The target of what a host can switch off.
pub const SWITCHED: &str = "contract::switched";

#[interface(id = "contract/speaker", version = "1.0")]
pub trait Speaker: Send + Sync {
    /// An event with a value of every kind.
    fn every_kind(&self);
    /// An event of every level, the most urgent first, with a target and a name of its own.
    fn levels(&self);
    /// A record of every level, with a target of its own, and one without.
    fn records(&self);
    /// A span with a value that comes later, one below it, and events in both, after both and in none.
    fn spans(&self);
    /// Spans and events whose parents are named.
    fn parents(&self);
    /// Whatever the current span is, from a thread that has none.
    fn carried(&self);
    /// One that is said only where it is switched on; how often its field has been evaluated.
    fn switched(&self) -> u64;
    /// The same as a record.
    fn switched_record(&self);
    /// Calls the visitor in a span.
    fn visit(&self, visitor: &dyn Visitor);
    /// Says something, and answers whether it went on after that.
    fn go_on(&self) -> Result<bool, Oops>;
    /// Says something on threads of its own.
    fn abroad(&self);
    /// A thread that ends in the middle of two spans, one of which nobody closes.
    fn leave(&self);
    /// Says something when this thread ends.
    fn say_at_the_end(&self);
    /// So many targets, each once.
    fn targets(&self, count: u64);
    /// What is let through, as `tracing` and `log` have it here.
    fn filters(&self) -> Vec<String>;
    /// Says something `count` times, which nobody listens to.
    fn trace(&self, count: u64);
}

/// Says things.
#[plugin(id = "contract/speaker", provides(Speaker))]
pub struct Talker {
    evaluated: AtomicU64,
    left: Mutex<Vec<Span>>,
}

impl Plugin for Talker {
    fn start(context: &Context) -> Result<Self, StartError> {
        tracing::info!("begins");
        context.log(Level::Info, "has begun");
        Ok(Self { evaluated: AtomicU64::new(0), left: Mutex::default() })
    }
    fn stop(&self) {
        tracing::info!("ends");
    }
}

struct AtTheEnd;

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let _in = tracing::info_span!(target: ABROAD, "the last").entered();
        tracing::info!(target: ABROAD, "the end of a thread");
        log::info!(target: ABROAD, "the end of it");
    }
}

thread_local! {
    static END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

impl Speaker for Talker {
    fn every_kind(&self) {
        let error: &(dyn std::error::Error + 'static) = &std::fmt::Error;
        tracing::info!(
            i64 = i64::MIN,
            u64 = u64::MAX,
            i128 = i128::MIN,
            u128 = u128::MAX,
            f64 = -0.5,
            bool = true,
            no = false,
            text = "a \"text\" of ☃",
            bytes = &[0_u8, 255][..],
            error,
            shown = %std::net::Ipv4Addr::LOCALHOST,
            debugged = ?Some("x"),
            nothing = tracing::field::Empty,
            nested.name = 7_u8,
            "a {} message",
            "whole"
        );
    }

    fn levels(&self) {
        tracing::error!(name: "named", target: "contract::levels", "error");
        tracing::warn!(name: "named", target: "contract::levels", "warn");
        tracing::info!(name: "named", target: "contract::levels", "info");
        tracing::debug!(name: "named", target: "contract::levels", "debug");
        tracing::trace!(name: "named", target: "contract::levels", "trace");
    }

    fn records(&self) {
        log::error!(target: "contract::records", "error {}", 1);
        log::warn!(target: "contract::records", "warn");
        log::info!(target: "contract::records", "info");
        log::debug!(target: "contract::records", "debug");
        log::trace!("trace");
    }

    fn spans(&self) {
        let outer = tracing::info_span!("outer", one = 1, later = tracing::field::Empty);
        let inside = outer.enter();
        tracing::info!("in outer");
        let inner = tracing::debug_span!("inner", at = "once");
        inner.in_scope(|| tracing::info!("in inner"));
        inner.follows_from(&outer);
        outer.record("later", "now");
        drop(inside);
        tracing::info!("after both");
        let held = outer.clone();
        drop(outer);
        held.in_scope(|| tracing::info!("still in outer"));
    }

    fn parents(&self) {
        let first = tracing::info_span!("first");
        let second = tracing::info_span!(parent: None, "second");
        let _in_second = second.enter();
        let third = tracing::info_span!(parent: &first, "third");
        tracing::info!(parent: &third, "below third");
        tracing::info!(parent: None, "below none");
        tracing::info!("below second");
    }

    fn carried(&self) {
        let current = Span::current();
        let say = || current.in_scope(|| tracing::info!(target: ABROAD, "carried"));
        std::thread::scope(|scope| scope.spawn(say).join()).expect("the thread does not panic");
        let own = tracing::info_span!("own");
        own.in_scope(|| {
            let again = Span::current();
            tracing::info!(same = again.id() == own.id(), "below own");
        });
    }

    fn switched(&self) -> u64 {
        tracing::debug!(target: SWITCHED, evaluated = self.evaluated.fetch_add(1, Ordering::SeqCst) + 1);
        self.evaluated.load(Ordering::SeqCst)
    }

    fn switched_record(&self) {
        log::debug!(target: SWITCHED, "a record");
    }

    fn visit(&self, visitor: &dyn Visitor) {
        tracing::info_span!("visiting").in_scope(|| visitor.visit("from a span"));
    }

    fn go_on(&self) -> Result<bool, Oops> {
        let span = tracing::info_span!("a span");
        span.in_scope(|| tracing::info!("said"));
        log::info!("said, too");
        Ok(true)
    }

    fn abroad(&self) {
        let say = |name: &str| {
            let _in = tracing::info_span!(target: ABROAD, "thread", name).entered();
            for n in 0..100 {
                tracing::info!(target: ABROAD, n, name);
            }
        };
        std::thread::scope(|scope| {
            for name in ["one", "two", "three", "four"] {
                scope.spawn(move || say(name));
            }
        });
    }

    fn leave(&self) {
        let left = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let (one, other) = (tracing::info_span!("one"), tracing::info_span!("other"));
                std::mem::forget(one.clone().entered());
                std::mem::forget(other.entered());
                one
            });
            thread.join().expect("the thread does not panic")
        });
        left.in_scope(|| tracing::info!("in one"));
        self.left.lock().expect("nobody panics with it").push(left);
    }

    fn say_at_the_end(&self) {
        END.set(Some(AtTheEnd));
    }

    fn targets(&self, count: u64) {
        for n in 0..count {
            log::info!(target: &format!("contract::target{n}"), "said once");
        }
    }

    fn filters(&self) -> Vec<String> {
        vec![tracing::level_filters::LevelFilter::current().to_string(), log::max_level().to_string()]
    }

    fn trace(&self, count: u64) {
        for n in 0..count {
            tracing::trace!(n);
        }
    }
}

/// Another plugin, in a module of its own.
pub mod another {
    use keyway::{interface, plugin};

    #[interface(id = "contract/another-speaker", version = "1.0")]
    pub trait Another: Send + Sync {
        /// Says something, and has a helper say something.
        fn speak(&self);
    }

    #[plugin(id = "contract/another-speaker", provides(Another))]
    #[derive(Default)]
    pub struct Other;

    impl Another for Other {
        fn speak(&self) {
            tracing::info!("speaks");
            helper::say();
        }
    }

    mod helper {
        pub(super) fn say() {
            log::warn!("a helper speaks");
        }
    }
}
