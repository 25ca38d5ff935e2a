//! Shapes that travel, that fit and do not, and hostile ones.

use super::*;

#[derive(Wire)]
struct Saved {
    path: String,
    lines: Vec<u32>,
    by: Option<Author>,
    kind: Kind,
}

#[derive(Wire)]
enum Kind {
    Whole,
    Part(u64, u64),
    Named {
        name: String,
    },
    #[wire(default)]
    Unknown,
}

#[derive(Wire)]
struct Author {
    name: String,
    under: Vec<Author>,
}

mod newer {
    use crate::Wire;

    #[derive(Wire)]
    pub(super) struct Saved {
        pub(super) path: String,
        pub(super) lines: Vec<u32>,
        pub(super) by: Option<Author>,
        pub(super) kind: super::Kind,
        #[wire(default)]
        pub(super) bytes: u64,
    }

    #[derive(Wire)]
    pub(super) struct Author {
        pub(super) name: u32,
        pub(super) under: Vec<Author>,
    }
}

#[derive(Wire)]
struct Added {
    path: String,
    #[wire(default)]
    more: u8,
}

#[derive(Wire)]
struct Bare {
    path: String,
}

#[crate::interface(id = "test/thing", version = "1.0")]
trait Thing: Send + Sync {
    fn thing(&self);
}

#[derive(Wire)]
struct Holds {
    thing: Arc<dyn Thing>,
}

#[test]
fn a_shape_that_travelled_is_the_same() {
    let own = ValueShape::of::<Saved>().unwrap();
    let travelled = ValueShape::from_bytes(own.bytes()).unwrap();
    assert_eq!(travelled.types, own.types);
    assert_eq!(own.compare(&travelled, "event", ["one", "two"]), Ok(true));
    assert_eq!(own.name(), "Saved");
    assert!(Arc::ptr_eq(&own, &ValueShape::of::<Saved>().unwrap()));
}

#[test]
fn a_field_with_a_default_fits_by_name_and_another_type_is_named_with_its_path() {
    let (added, bare) = (ValueShape::of::<Added>().unwrap(), ValueShape::of::<Bare>().unwrap());
    assert_eq!(added.compare(&bare, "event", ["one", "two"]), Ok(false));
    let (own, newer) = (ValueShape::of::<Saved>().unwrap(), ValueShape::of::<newer::Saved>().unwrap());
    let differences = own.compare(&newer, "event", ["the publisher `a/b`", "the host"]).unwrap_err();
    let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["at `event.by.name`: the publisher `a/b` has String and the host has u32"]);
}

#[test]
fn an_object_is_no_data() {
    let refused = ValueShape::of::<Holds>().unwrap_err();
    assert_eq!(refused, "an object of the interface `test/thing` is part of it, and only data can travel so");
}

#[test]
fn hostile_shapes_are_refused() {
    let own = ValueShape::of::<Saved>().unwrap();
    for end in 0..own.bytes().len() {
        assert!(ValueShape::from_bytes(&own.bytes()[..end]).is_err(), "{end}");
    }
    for at in 0..own.bytes().len() {
        for value in [0, 1, 0x7f, 0xc0, 0xff] {
            let mut damaged = own.bytes().to_vec();
            damaged[at] = value;
            if let Ok(read) = ValueShape::from_bytes(&damaged) {
                let _judged = read.compare(&own, "event", ["one", "two"]);
            }
        }
    }
    let chain = (0..1000).map(|at| TypeData {
        name: String::new(),
        kind: k::OPTION,
        of: vec![(at + 1) % 1000],
        fields: Vec::new(),
        variants: Vec::new(),
    });
    let mut to = Encoder::new(Format::Named);
    Types { types: chain.collect() }.encode(&mut to);
    let deep = ValueShape::from_bytes(&to.finish().0).unwrap_err();
    assert_eq!(deep, "it has types more than 128 deep in each other");
}

fn shape(types: Vec<TypeData>) -> Result<ValueShape, String> {
    let mut to = Encoder::new(Format::Named);
    Types { types }.encode(&mut to);
    ValueShape::from_bytes(&to.finish().0)
}

fn data(kind: u32, of: Vec<u32>) -> TypeData {
    TypeData { name: String::new(), kind, of, fields: Vec::new(), variants: Vec::new() }
}

#[test]
fn a_hostile_shape_is_written_in_few_words() {
    // Each of the tuples has the next one eight times.
    let mut types: Vec<_> = (1..8).map(|next| data(k::TUPLE, vec![next; 8])).collect();
    types.push(data(k::U8, Vec::new()));
    let wide = shape(types).unwrap();
    assert!(wide.name().len() < 2048, "{} bytes", wide.name().len());
    let own = ValueShape::of::<u8>().unwrap();
    let said = wide.compare(&own, "event", ["one", "two"]).unwrap_err();
    assert!(said[0].what.ends_with(" and two has u8"), "{}", said[0].what.len());
}

#[test]
fn hostile_shapes_are_compared_no_deeper_than_values_may_be() {
    const COUNT: u32 = 1000;
    // Read one after the other, none is deep; compared crosswise, one is.
    let chain = |name: fn(u32) -> u32| {
        let field = |at| FieldData { name: format!("f{}", name(at)), of: at + 1, default: false };
        let mut first = data(k::STRUCT, Vec::new());
        first.fields = (0..COUNT).map(field).collect();
        let rest = (1..COUNT).map(|at| data(k::OPTION, vec![at]));
        shape([first, data(k::U8, Vec::new())].into_iter().chain(rest).collect()).unwrap()
    };
    let (one, two) = (chain(|at| at), chain(|at| COUNT - 1 - at));
    let said = one.compare(&two, "event", ["one", "two"]).unwrap_err();
    assert!(said.iter().any(|it| it.what == "it has types more than 256 deep in each other"), "{said:?}");
}

#[test]
fn a_shape_beyond_every_bound_is_refused() {
    let many = 5000;
    let field = |at| FieldData { name: format!("f{at}"), of: 1, default: true };
    let mut first = data(k::STRUCT, Vec::new());
    first.fields = (0..many).map(field).collect();
    let refused = shape(vec![first, data(k::U8, Vec::new())]).unwrap_err();
    assert_eq!(refused, "it has 5000 fields, and 4096 is the most");
    let refused = shape(vec![data(k::TUPLE, vec![1; many]), data(k::U8, Vec::new())]).unwrap_err();
    assert_eq!(refused, "it has 5000 elements, and 4096 is the most");
    let variant =
        |at| VariantData { name: format!("V{at}"), fallback: false, tuple: false, fields: Vec::new() };
    let mut first = data(k::ENUM, Vec::new());
    first.variants = (0..many).map(variant).collect();
    assert_eq!(shape(vec![first]).unwrap_err(), "it has 5000 variants, and 4096 is the most");
    let mut first = data(k::STRUCT, Vec::new());
    first.name = "long".repeat(1 << 19);
    let refused = shape(vec![first]).unwrap_err();
    assert!(refused.ends_with(" bytes, and 1048576 is the most"), "{refused}");
}
