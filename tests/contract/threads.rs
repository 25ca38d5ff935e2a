//! Many threads at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use contract_plugin::objects::Objects;
use contract_plugin::values::Values;

use super::homes::{Home, everything};
use super::values::record;
use super::witness::{Seen, Witness};

pub(crate) fn sixteen_threads_call_while_others_take_and_drop_handles(home: Home) {
    const TIMES: usize = 200;
    let host = home.host();
    let seen = Arc::<Seen>::default();
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..16 {
            let (host, seen, calls) = (&host, &seen, &calls);
            scope.spawn(move || {
                let kept = everything::<dyn Values>(host);
                for n in 0..TIMES {
                    match thread % 4 {
                        0 => assert_eq!(kept.u64(n as u64), n as u64 + 1),
                        1 => assert_eq!(everything::<dyn Values>(host).record(&record(2)).id, 8),
                        2 => {
                            let objects = everything::<dyn Objects>(host);
                            assert!(objects.around(Witness::shared(seen)).visit("x"));
                        }
                        _ => assert!(everything::<dyn Objects>(host).make("m").visit("m")),
                    }
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(calls.into_inner(), 16 * TIMES);
    assert_eq!(seen.drops(), 4 * TIMES);
    assert_eq!(everything::<dyn Objects>(&host).made(), 0);
}
