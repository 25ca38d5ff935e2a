//! Values that really cross between two versions of an interface, through the C table and through messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway::testing::{between, between_through_messages};
use keyway::{Bytes, Interface};

#[path = "crossing/newer.rs"]
mod newer;
#[path = "crossing/older.rs"]
mod older;

/// What both versions' plugins do, written once.
macro_rules! plugin {
    ($version:ident, ($($bytes:tt)*), ($($maybe:tt)*), $counter:ident, $boxed:ident $(, $gone:item)?) => {
        impl $version::Store for Plugin {
            fn add(&self, a: u32, b: u32) -> u32 {
                a + b
            }
            fn sub(&self, a: u32, b: u32) -> u32 {
                a - b
            }
            fn item(&self, item: &$version::Item) -> $version::Item {
                $version::Item { count: item.count + 1, ..item.clone() }
            }
            fn owned(&self, item: $version::Item, shelf: $version::Shelf) -> Vec<$version::Item> {
                let mut items = vec![item, shelf.pair.0];
                items.extend(shelf.items);
                items.extend(shelf.best);
                items.extend(shelf.by_name.into_values());
                items.extend(shelf.shelves.into_iter().flat_map(|inner| inner.items));
                items
            }
            fn shelf(&self, shelf: &$version::Shelf) -> Result<$version::Shelf, $version::Trouble> {
                Ok(shelf.clone())
            }
            fn lose(&self, item: &$version::Item) -> Result<(), $version::Trouble> {
                Err($version::Trouble::Lost(item.clone()))
            }
            fn state(&self, state: $version::State) -> $version::State {
                state
            }
            fn bytes(&self, bytes: $($bytes)*, maybe: $($maybe)*) -> Bytes {
                let mut all = bytes.to_vec();
                all.extend(maybe.iter().flat_map(|more| more.iter().copied()));
                Bytes::from(all)
            }
            fn counted(&self, counter: &dyn $version::Counter, item: &$version::Item) -> u32 {
                counter.count(item.clone()) * 2
            }
            fn kept(
                &self,
                counter: $counter<dyn $version::Counter>,
                boxed: $boxed<dyn $version::Counter>,
            ) -> Option<Arc<dyn $version::Counter>> {
                struct Both($counter<dyn $version::Counter>, $boxed<dyn $version::Counter>);
                impl $version::Counter for Both {
                    fn count(&self, item: $version::Item) -> u32 {
                        self.0.count(item.clone()) + self.1.count(item)
                    }
                }
                Some(Arc::new(Both(counter, boxed)))
            }
            $($gone)?
        }
    };
}

struct Plugin;

plugin!(
    older,
    (&Bytes),
    (Option<Bytes>),
    Arc,
    Box,
    fn gone(&self) -> String {
        "the older plugin".into()
    }
);
plugin!(newer, (Bytes), (&Option<Bytes>), Box, Arc);

/// Counts what it was given, times its own number.
struct Times(u32, #[expect(dead_code, reason = "it is only counted")] Arc<()>);

impl older::Counter for Times {
    fn count(&self, item: older::Item) -> u32 {
        item.count * self.0
    }
}

impl newer::Counter for Times {
    fn count(&self, item: newer::Item) -> u32 {
        item.count * self.0 + item.weight as u32
    }
}

fn old_item(name: &str, count: u32) -> older::Item {
    let state = older::State::Moved { to: name.into() };
    older::Item { name: name.into(), count, spot: older::Spot { x: -1, y: 2 }, state, retired: Some(9) }
}

fn new_item(name: &str, count: u32) -> newer::Item {
    newer::Item {
        tags: vec!["tag".into()],
        state: newer::State::Moved { from: Some("there".into()), to: name.into() },
        spot: newer::Spot { y: 2, x: -1 },
        count,
        weight: 70,
        name: name.into(),
    }
}

/// What is left of an older item after a journey to the newer side, and the other way round.
fn old_after(item: older::Item) -> older::Item {
    older::Item { retired: None, ..item }
}

fn new_after(item: newer::Item) -> newer::Item {
    let state = match item.state {
        newer::State::Moved { to, .. } => newer::State::Moved { from: None, to },
        other => other,
    };
    newer::Item { tags: Vec::new(), weight: 7, state, ..item }
}

macro_rules! shelf {
    ($version:ident, $item:ident, |$each:ident| $after:expr) => {{
        let of = |name: &str, count| {
            let $each = $item(name, count);
            $after
        };
        let inner = $version::Shelf {
            items: vec![of("deep", 6)],
            best: None,
            by_name: BTreeMap::new(),
            pair: (of("deeper", 7), 1),
            shelves: Vec::new(),
        };
        $version::Shelf {
            items: vec![of("a", 1), of("b", 2)],
            best: Some(of("c", 3)),
            by_name: BTreeMap::from([("d".into(), of("d", 4))]),
            pair: (of("e", 5), 255),
            shelves: vec![inner.clone(), inner],
        }
    }};
}

/// An older host that uses the newer plugin.
fn check_older_host(store: &dyn older::Store) {
    assert_eq!((store.add(40, 2), store.sub(44, 2)), (42, 42));
    let item = old_item("ä", 3);
    assert_eq!(store.item(&item), older::Item { count: 4, ..old_after(item.clone()) });
    assert_eq!(
        store.shelf(&shelf!(older, old_item, |each| each)).expect("it is given"),
        shelf!(older, old_item, |each| old_after(each))
    );
    let names: Vec<String> = store
        .owned(item.clone(), shelf!(older, old_item, |each| each))
        .into_iter()
        .map(|item| item.name)
        .collect();
    assert_eq!(names, ["ä", "e", "a", "b", "c", "d", "deep", "deep"]);
    assert_eq!(store.lose(&item), Err(older::Trouble::Lost(old_after(item.clone()))));
    for state in [older::State::New, older::State::Sold(1, "x".into()), older::State::Unknown] {
        assert_eq!(store.state(state.clone()), state);
    }
    assert_eq!(store.gone(), "the older body");
    assert_eq!(&*store.bytes(&Bytes::from(vec![1, 2]), Some(Bytes::from(vec![3]))), [1, 2, 3]);
    assert_eq!(&*store.bytes(&Bytes::new(), None), [0_u8; 0]);
    let alive = Arc::new(());
    let times = |by| Times(by, alive.clone());
    assert_eq!(store.counted(&times(10), &item), 60);
    let kept = store.kept(Arc::new(times(100)), Box::new(times(1))).expect("it is given");
    assert_eq!(kept.count(item), 303);
    assert_eq!(Arc::strong_count(&alive), 3);
    drop(kept);
    assert_eq!(Arc::strong_count(&alive), 1, "both counters are gone with what kept them");
}

/// A newer host that uses the older plugin.
fn check_newer_host(store: &dyn newer::Store) {
    assert_eq!((store.add(40, 2), store.sub(44, 2)), (42, 42));
    let item = new_item("ä", 3);
    assert_eq!(store.item(&item), newer::Item { count: 4, ..new_after(item.clone()) });
    assert_eq!(
        store.shelf(&shelf!(newer, new_item, |each| each)).expect("it is given"),
        shelf!(newer, new_item, |each| new_after(each))
    );
    let items = store.owned(item.clone(), shelf!(newer, new_item, |each| each));
    assert!(
        items.iter().all(|item| item.weight == 7 && item.spot == newer::Spot { y: 2, x: -1 }),
        "{items:?}"
    );
    assert_eq!(items.iter().map(|item| item.count).collect::<Vec<_>>(), [3, 5, 1, 2, 3, 4, 6, 6]);
    assert_eq!(store.lose(&item), Err(newer::Trouble::Lost(new_after(item.clone()))));
    assert_eq!(store.total(vec![item.clone(), new_item("b", 39)]), 42);
    for state in [newer::State::New, newer::State::Sold(1, "x".into()), newer::State::Unknown] {
        assert_eq!(store.state(state.clone()), state);
    }
    for unknown in [newer::State::Broken { why: "it fell".into() }, newer::State::Repaired(vec![1, 2, 300])] {
        assert_eq!(store.state(unknown), newer::State::Unknown, "the older side knows no such variant");
    }
    assert_eq!(&*store.bytes(Bytes::from(vec![1, 2]), &Some(Bytes::from(vec![3]))), [1, 2, 3]);
    assert_eq!(&*store.bytes(Bytes::new(), &None), [0_u8; 0]);
    let alive = Arc::new(());
    let times = |by| Times(by, alive.clone());
    // The weight does not reach the older side, so what comes back has the default's.
    assert_eq!(store.counted(&times(10), &item), (30 + 7) * 2);
    let kept = store.kept(Box::new(times(100)), Arc::new(times(1))).expect("it is given");
    assert_eq!(kept.count(item), 300 + 7 + 3 + 7);
    assert_eq!(kept.name(), "a counter without a name");
    assert_eq!(Arc::strong_count(&alive), 3);
    drop(kept);
    assert_eq!(Arc::strong_count(&alive), 1, "both counters are gone with what kept them");
}

#[test]
fn an_older_host_and_a_newer_plugin_understand_each_other() {
    check_older_host(&*between::<dyn newer::Store, dyn older::Store>(Arc::new(Plugin)).expect("it is given"));
    check_older_host(
        &*between_through_messages::<dyn newer::Store, dyn older::Store>(Arc::new(Plugin))
            .expect("it is given"),
    );
}

#[test]
fn a_newer_host_and_an_older_plugin_understand_each_other() {
    check_newer_host(&*between::<dyn older::Store, dyn newer::Store>(Arc::new(Plugin)).expect("it is given"));
    check_newer_host(
        &*between_through_messages::<dyn older::Store, dyn newer::Store>(Arc::new(Plugin))
            .expect("it is given"),
    );
}

#[test]
fn what_crossed_twice_is_whole() {
    let there = between::<dyn older::Store, dyn newer::Store>(Arc::new(Plugin)).expect("it is given");
    check_older_host_twice(&*between::<dyn newer::Store, dyn older::Store>(there).expect("it is given"));
}

/// An older host, a newer one between, an older plugin.
fn check_older_host_twice(store: &dyn older::Store) {
    let item = old_item("ä", 3);
    assert_eq!(store.item(&item), older::Item { count: 4, ..old_after(item.clone()) });
    assert_eq!(&*store.bytes(&Bytes::from(vec![1, 2]), Some(Bytes::from(vec![3]))), [1, 2, 3]);
    let alive = Arc::new(());
    let kept = store
        .kept(Arc::new(Times(100, alive.clone())), Box::new(Times(1, alive.clone())))
        .expect("it is given");
    assert_eq!(kept.count(item), 303);
    drop(kept);
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// Interfaces that do not fit, and what is said.
mod apart {
    use keyway::interface;

    #[interface(id = "crossing/apart", version = "1.0")]
    pub trait Had: Send + Sync {
        fn run(&self, input: &str, times: u32) -> String;
        fn stop(&self);
    }

    pub mod later {
        #[keyway::interface(id = "crossing/apart", version = "1.0")]
        pub trait Has: Send + Sync {
            fn run(&self, input: String, times: u32) -> String;
            fn halt(&self);
        }
    }
}

struct Had;
impl apart::Had for Had {
    fn run(&self, input: &str, times: u32) -> String {
        input.repeat(times as usize)
    }
    fn stop(&self) {}
}

fn refusal<A: ?Sized + Interface, B: ?Sized + Interface>(object: fn() -> Arc<A>) -> String {
    let [table, messages] = [between::<A, B>(object()), between_through_messages::<A, B>(object())]
        .map(|refused| refused.err().expect("it is refused").to_string());
    assert_eq!(table, messages);
    table
}

#[test]
fn what_does_not_fit_is_refused_with_both_signatures_whichever_way_it_goes() {
    let text = refusal::<dyn apart::Had, dyn apart::later::Has>(|| Arc::new(Had));
    for words in [
        "interface `crossing/apart` does not fit",
        "the method `run` is another\n    host:   fn run(&self, input: String, times: u32) -> String\n    \
         plugin: fn run(&self, input: &str, times: u32) -> String",
        "the plugin has no method `halt`, and it has no body\n    host:   fn halt(&self)",
    ] {
        assert!(text.contains(words), "{words:?} is not in: {text}");
    }
}
