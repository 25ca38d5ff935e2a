//! The shape of one type, as data that travels: what two sides compare when a value goes from one to the other without an
//! interface between them.
//!
//! The shape is read from a type's own description, written as MessagePack, so that either side may be newer, and compared
//! under the rules of interfaces. It is bounded like an interface's, whoever wrote the bytes.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::compat::compare_types;
use super::shape::{
    FieldShape, InterfaceShape, Kind, MAX_COUNT, MAX_DEPTH, MAX_TYPES, TypeId, TypeShape, VariantShape,
    read_type, unique,
};
use crate::Wire;
use crate::abi::kind as k;
use crate::wire::{Decoder, Encoder, Format};

/// How many bytes a shape may have.
const MAX_BYTES: usize = 1 << 20;

/// A type as data, with all that it is made of.
#[derive(Debug)]
pub struct ValueShape {
    /// Without methods; the type comes first.
    types: InterfaceShape,
    bytes: Vec<u8>,
}

/// Where two types differ beyond repair.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
#[non_exhaustive]
pub struct Difference {
    /// From the value to the field.
    pub path: String,
    /// What each side has there.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at `{}`: {}", self.path, self.what)
    }
}

/// All of them in one clause.
pub(crate) fn write_differences(differences: &[Difference], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, difference) in differences.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { "; " })?;
        write!(f, "{difference}")?;
    }
    Ok(())
}

#[derive(Wire)]
struct Types {
    types: Vec<TypeData>,
}

/// As [`abi::Type`](crate::abi::Type), with places for pointers.
#[derive(Wire)]
struct TypeData {
    name: String,
    kind: u32,
    #[wire(default)]
    of: Vec<u32>,
    #[wire(default)]
    fields: Vec<FieldData>,
    #[wire(default)]
    variants: Vec<VariantData>,
}

#[derive(Wire)]
struct FieldData {
    name: String,
    of: u32,
    #[wire(default)]
    default: bool,
}

#[derive(Wire)]
struct VariantData {
    name: String,
    #[wire(default)]
    fallback: bool,
    #[wire(default)]
    tuple: bool,
    #[wire(default)]
    fields: Vec<FieldData>,
}

impl ValueShape {
    /// The shape of a type; read once in each image.
    ///
    /// **Errors:** values of the type can not travel as data alone, since an object is part of them; or it is beyond every
    /// sensible bound.
    pub fn of<T: Wire>() -> Result<Arc<Self>, String> {
        /// By the address of the description, which is a constant.
        static KNOWN: Mutex<BTreeMap<usize, Arc<ValueShape>>> = Mutex::new(BTreeMap::new());
        let address = T::shape().addr();
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = known().get(&address) {
            return Ok(Arc::clone(shape));
        }
        // SAFETY: who implements `Wire` answers for its shape, which is a constant of this image.
        let types = unsafe { read_type(T::shape) }?;
        let shape = Arc::new(Self { bytes: write(&types)?, types });
        known().insert(address, Arc::clone(&shape));
        Ok(shape)
    }

    /// Reads what [`bytes`](Self::bytes) gave, here or elsewhere.
    ///
    /// **Errors:** it is none, or one that this side can not judge.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!("it has {} bytes, and {MAX_BYTES} is the most", bytes.len()));
        }
        let mut from = Decoder::new(Format::Named, bytes, &[]);
        let data = Types::decode(&mut from).and_then(|data| from.finish().map(|()| data));
        let data = data.map_err(|malformed| malformed.to_string())?;
        Ok(Self { types: read(data)?, bytes: bytes.to_owned() })
    }

    /// The shape as bytes; equal for equal types, but for their names, which may differ.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The type in words, as in a signature.
    pub fn name(&self) -> String {
        self.types.describe(0)
    }

    /// Whether a value of one side can be read by the other; `sides` is what the two are called, this one first.
    ///
    /// **Returns:** whether they are equal; otherwise they fit by name.
    ///
    /// **Errors:** every place where they do not fit, under a path that begins with `root`.
    pub fn compare(&self, other: &Self, root: &str, sides: [&str; 2]) -> Result<bool, Vec<Difference>> {
        if self.bytes == other.bytes {
            return Ok(true);
        }
        compare_types(&self.types, &other.types, root, sides).map_err(|differences| {
            differences.into_iter().map(|(path, what)| Difference { path, what }).collect()
        })
    }
}

fn write(shape: &InterfaceShape) -> Result<Vec<u8>, String> {
    let fields = |fields: &[FieldShape]| -> Vec<FieldData> {
        let field = |field: &FieldShape| FieldData {
            name: field.name.clone(),
            of: field.of as u32,
            default: field.default,
        };
        fields.iter().map(field).collect()
    };
    let mut types = Vec::with_capacity(shape.types.len());
    for TypeShape { name, kind } in &shape.types {
        let mut data = TypeData {
            name: name.clone(),
            kind: 0,
            of: Vec::new(),
            fields: Vec::new(),
            variants: Vec::new(),
        };
        match kind {
            Kind::Leaf(leaf) => data.kind = *leaf,
            Kind::Of(of, first) => (data.kind, data.of) = (*of, vec![*first as u32]),
            Kind::OfTwo(of, first, second) => {
                (data.kind, data.of) = (*of, vec![*first as u32, *second as u32]);
            }
            Kind::Tuple(items) => {
                (data.kind, data.of) = (k::TUPLE, items.iter().map(|item| *item as u32).collect());
            }
            Kind::Struct { plain, fields: of } => {
                (data.kind, data.fields) = (if *plain { k::PLAIN } else { k::STRUCT }, fields(of));
            }
            Kind::Enum(of) => {
                let variant = |variant: &VariantShape| VariantData {
                    name: variant.name.clone(),
                    fallback: variant.fallback,
                    tuple: variant.tuple,
                    fields: fields(&variant.fields),
                };
                (data.kind, data.variants) = (k::ENUM, of.iter().map(variant).collect());
            }
            Kind::Object(_, _, id) => {
                return Err(format!(
                    "an object of the interface `{id}` is part of it, and only data can travel so"
                ));
            }
        }
        types.push(data);
    }
    let mut to = Encoder::new(Format::Named);
    Types { types }.encode(&mut to);
    Ok(to.finish().0)
}

fn read(data: Types) -> Result<InterfaceShape, String> {
    let count = data.types.len();
    if count == 0 || count > MAX_TYPES {
        return Err(format!("it has {count} types, and 1 to {MAX_TYPES} are sensible"));
    }
    let place = |of: u32| match of as usize {
        of if of < count => Ok(of),
        of => Err(format!("it refers to type {of} of {count}")),
    };
    let bounded = |what: &str, count: usize| match count {
        count if count > MAX_COUNT as usize => {
            Err(format!("it has {count} {what}, and {MAX_COUNT} is the most"))
        }
        _ => Ok(()),
    };
    let fields = |what: &str, fields: Vec<FieldData>| -> Result<Vec<FieldShape>, String> {
        bounded(what, fields.len())?;
        unique(what, fields.iter().map(|field| field.name.as_str()))?;
        let field =
            |FieldData { name, of, default }| Ok(FieldShape { name, of: place(of)?, default, lent: false });
        fields.into_iter().map(field).collect()
    };
    let kind = |data: TypeData| -> Result<TypeShape, String> {
        let TypeData { name, kind, of, fields: own, variants } = data;
        bounded("elements", of.len())?;
        let of = of.into_iter().map(place).collect::<Result<Vec<TypeId>, _>>()?;
        let kind = match (kind, &of[..]) {
            (leaf @ k::UNIT..=k::BYTES, []) => Kind::Leaf(leaf),
            (of @ (k::LIST | k::OPTION), [first]) => Kind::Of(of, *first),
            (k::MAP, [first, second]) => Kind::OfTwo(k::MAP, *first, *second),
            (k::TUPLE, _) => Kind::Tuple(of),
            (k::STRUCT | k::PLAIN, []) => {
                Kind::Struct { plain: kind == k::PLAIN, fields: fields("fields", own)? }
            }
            (k::ENUM, []) => {
                bounded("variants", variants.len())?;
                unique("variants", variants.iter().map(|variant| variant.name.as_str()))?;
                let variant = |VariantData { name, fallback, tuple, fields: own }| {
                    Ok(VariantShape { fields: fields("fields", own)?, name, fallback, tuple })
                };
                Kind::Enum(variants.into_iter().map(variant).collect::<Result<_, String>>()?)
            }
            _ => return Err(format!("it has a type of the unknown kind {kind}")),
        };
        Ok(TypeShape { name, kind })
    };
    let types = data.types.into_iter().map(kind).collect::<Result<Vec<_>, _>>()?;
    shallow(&types, 0, 0, &mut HashSet::new())?;
    Ok(InterfaceShape {
        id: String::new(),
        version: String::new(),
        methods: Vec::new(),
        types,
        interfaces: Vec::new(),
    })
}

/// As an interface's types are bounded when they are read.
fn shallow(types: &[TypeShape], of: TypeId, depth: u32, seen: &mut HashSet<TypeId>) -> Result<(), String> {
    if !seen.insert(of) {
        return Ok(());
    }
    if depth == MAX_DEPTH {
        return Err(format!("it has types more than {MAX_DEPTH} deep in each other"));
    }
    let inner: Vec<TypeId> = match &types[of].kind {
        Kind::Of(_, first) => vec![*first],
        Kind::OfTwo(_, first, second) => vec![*first, *second],
        Kind::Tuple(items) => items.clone(),
        Kind::Struct { fields, .. } => fields.iter().map(|field| field.of).collect(),
        Kind::Enum(variants) => {
            variants.iter().flat_map(|variant| &variant.fields).map(|field| field.of).collect()
        }
        Kind::Leaf(_) | Kind::Object(..) => Vec::new(),
    };
    inner.into_iter().try_for_each(|inner| shallow(types, inner, depth + 1, seen))
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            refused,
            "an object of the interface `test/thing` is part of it, and only data can travel so"
        );
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
}
