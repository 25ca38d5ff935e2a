//! What an author may write without a word of unsafe code must not reach memory that is not his.
#![allow(clippy::ptr_arg, reason = "references to owned types are what is tried")]
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "a test")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use keyway::testing::{between, between_through_messages, through_messages, through_table};
use keyway::{Fault, Interface, Wire, interface};

/// A value whose drop panics where it is told to.
#[derive(Clone, Debug, Wire)]
pub struct Fuse {
    lit: bool,
}

impl Drop for Fuse {
    fn drop(&mut self) {
        assert!(!self.lit || std::thread::panicking(), "the fuse burned down");
    }
}

#[derive(Clone, Debug, Wire)]
pub struct Charge {
    name: String,
    fuse: Fuse,
    load: Vec<u64>,
    label: Option<String>,
}

#[interface(id = "test/charges", version = "1.0")]
pub trait Charges: Send + Sync {
    fn one(&self, charge: &Charge) -> u64;
    fn many(&self, charges: &Vec<Charge>) -> u64;
    fn maybe(&self, charge: &Option<Charge>) -> u64;
}

struct Store;

fn weight(charge: &Charge) -> u64 {
    charge.name.len() as u64 + charge.load.iter().sum::<u64>()
}

impl Charges for Store {
    fn one(&self, charge: &Charge) -> u64 {
        weight(charge)
    }
    fn many(&self, charges: &Vec<Charge>) -> u64 {
        charges.iter().map(weight).sum()
    }
    fn maybe(&self, charge: &Option<Charge>) -> u64 {
        charge.as_ref().map_or(0, weight)
    }
}

fn charge(lit: bool) -> Charge {
    Charge {
        name: "a name of some length".into(),
        fuse: Fuse { lit },
        load: vec![1, 2, 3],
        label: Some("a label of some length".into()),
    }
}

/// Whether the call ended in a fault, and the values are whole after it.
fn burns<T>(values: T, whole: impl Fn(&T) -> bool, call: impl Fn(&T) -> u64) {
    let ended = catch_unwind(AssertUnwindSafe(|| call(&values)));
    let fault = ended.expect_err("the drop of the callee's own value panics");
    let fault = fault.downcast::<Fault>().expect("a panic over an edge is a fault");
    assert!(fault.message().contains("burned down"), "{fault}");
    assert!(whole(&values));
    // The caller's own lit fuse burns down, too; all beside it is still dropped.
    let _burned = catch_unwind(AssertUnwindSafe(|| drop(values)));
}

fn is_whole(charge: &Charge) -> bool {
    charge.name == "a name of some length"
        && charge.load == [1, 2, 3]
        && charge.label.as_deref() == Some("a label of some length")
}

#[test]
fn a_drop_that_panics_while_a_lent_value_is_taken_apart_frees_nothing_of_the_callers() {
    for charges in [through_table::<dyn Charges>(Arc::new(Store)), through_messages(Arc::new(Store))] {
        burns(charge(true), is_whole, |charge| charges.one(charge));
        burns(Some(charge(true)), |it| it.as_ref().is_some_and(is_whole), |it| charges.maybe(it));
        let three = vec![charge(false), charge(true), charge(false)];
        burns(three, |it| it.iter().all(is_whole), |it| charges.many(it));
        assert_eq!(charges.one(&charge(false)), 27);
    }
}

macro_rules! version {
    ($version:ident, $record:ty, $number:ty, $text:ty, $maybe:ty, $list:ty) => {
        mod $version {
            use super::*;

            #[interface(id = "test/forms", version = "1.0")]
            pub(crate) trait Forms: Send + Sync {
                fn record(&self, record: $record, more: $record) -> String;
                fn number(&self, number: $number, more: $number) -> u64;
                fn text(&self, text: $text, more: $text) -> String;
                fn maybe(&self, maybe: $maybe, more: $maybe) -> String;
                fn list(&self, list: $list, more: $list) -> u64;
            }

            impl Forms for Store {
                fn record(&self, record: $record, more: $record) -> String {
                    format!("{}/{}", record.name, more.name)
                }
                fn number(&self, number: $number, more: $number) -> u64 {
                    number.clone() * 10 + more.clone()
                }
                fn text(&self, text: $text, more: $text) -> String {
                    format!("{text}/{more}")
                }
                fn maybe(&self, maybe: $maybe, more: $maybe) -> String {
                    format!("{maybe:?}/{more:?}")
                }
                fn list(&self, list: $list, more: $list) -> u64 {
                    list.iter().chain(more.iter()).sum()
                }
            }
        }
    };
}

version!(lent, &Charge, &u64, &String, &Option<String>, &Vec<u64>);
version!(moved, Charge, u64, String, Option<String>, Vec<u64>);

fn both<A: ?Sized + Interface, B: ?Sized + Interface>(store: fn() -> Arc<A>, check: impl Fn(Arc<B>)) {
    check(between::<A, B>(store()).expect("the two fit"));
    check(between_through_messages::<A, B>(store()).expect("the two fit"));
}

#[test]
fn a_value_where_the_other_side_has_a_reference_crosses_whole() {
    let (one, two) = (charge(false), Charge { name: "two".into(), ..charge(false) });
    let texts = || ("one".to_owned(), "two".to_owned());
    both::<dyn lent::Forms, dyn moved::Forms>(
        || Arc::new(Store),
        |it| {
            let (first, second) = texts();
            assert_eq!(it.record(one.clone(), two.clone()), "a name of some length/two");
            assert_eq!(it.number(4, 2), 42);
            assert_eq!(it.text(first.clone(), second), "one/two");
            assert_eq!(it.maybe(Some(first), None), "Some(\"one\")/None");
            assert_eq!(it.list(vec![1, 2], vec![3]), 6);
        },
    );
    both::<dyn moved::Forms, dyn lent::Forms>(
        || Arc::new(Store),
        |it| {
            let (first, second) = texts();
            assert_eq!(it.record(&one, &two), "a name of some length/two");
            assert_eq!(it.number(&4, &2), 42);
            assert_eq!(it.text(&first, &second), "one/two");
            assert_eq!(it.maybe(&Some(first), &None), "Some(\"one\")/None");
            assert_eq!(it.list(&vec![1, 2], &vec![3]), 6);
        },
    );
}
