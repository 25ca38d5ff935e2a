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
mod tests;
