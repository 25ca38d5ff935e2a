//! Interfaces, values and plugins inside of a function, where nobody else can name them.

use std::sync::Arc;

/// Declares an interface and two plugins for it, and calls them both, directly and across an edge.
#[must_use]
pub fn called() -> Vec<u32> {
    use keyway::{Wire, interface, plugin};

    #[derive(Clone, Debug, Wire)]
    struct Pair(u32, u32);

    #[interface(id = "author/local", version = "1")]
    trait Local: Send + Sync {
        fn sum(&self, pair: &Pair) -> u32;
    }

    #[interface(id = "author/local-too", version = "1")]
    trait Other: Send + Sync {
        fn sum(&self, pair: Pair) -> u32 {
            pair.0 + pair.1
        }
    }

    #[plugin(id = "author/local-one", provides(Local, Other))]
    #[derive(Default)]
    struct One;

    #[plugin(id = "author/local-two", provides(Local))]
    #[derive(Default)]
    enum Two {
        #[default]
        Only,
    }

    impl Local for One {
        fn sum(&self, pair: &Pair) -> u32 {
            pair.0 + pair.1
        }
    }
    impl Other for One {}
    impl Local for Two {
        fn sum(&self, Pair(left, right): &Pair) -> u32 {
            2 * (left + right)
        }
    }

    let mut sums = Vec::new();
    for object in [Arc::new(One) as Arc<dyn Local>, Arc::new(Two::Only)] {
        sums.push(object.sum(&Pair(1, 2)));
        sums.push(keyway::testing::through_table(object).sum(&Pair(1, 2)));
    }
    sums.push(keyway::testing::through_messages::<dyn Other>(Arc::new(One)).sum(Pair(3, 4)));
    sums
}
