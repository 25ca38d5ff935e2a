//! Where a type is used: each place is retyped in every way.

use keyway::abi::kind as k;
use keyway::interface::{InterfaceShape, Kind, TypeId};

use super::edit::{add_type, field, variant};

/// A place that says a type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Argument(usize, usize),
    Result(usize),
    Field(TypeId, usize),
    VariantField(TypeId, usize, usize),
    Element(TypeId, usize),
    First(TypeId),
    Second(TypeId),
}

impl Place {
    pub(crate) fn all(shape: &InterfaceShape) -> Vec<Self> {
        let mut places = Vec::new();
        for (at, method) in shape.methods.iter().enumerate() {
            places.extend((0..method.arguments.len()).map(|argument| Self::Argument(at, argument)));
            places.push(Self::Result(at));
        }
        for (id, of) in shape.types.iter().enumerate() {
            match &of.kind {
                Kind::Leaf(_) | Kind::Object(..) => {}
                Kind::Of(..) => places.push(Self::First(id)),
                Kind::OfTwo(..) => places.extend([Self::First(id), Self::Second(id)]),
                Kind::Tuple(items) => places.extend((0..items.len()).map(|at| Self::Element(id, at))),
                Kind::Struct { fields, .. } => places.extend((0..fields.len()).map(|at| Self::Field(id, at))),
                Kind::Enum(variants) => {
                    places.extend(variants.iter().enumerate().flat_map(|(at, variant)| {
                        (0..variant.fields.len()).map(move |field| Self::VariantField(id, at, field))
                    }))
                }
            }
        }
        places
    }

    /// The type that is said there, to be changed.
    pub(crate) fn of(self, shape: &mut InterfaceShape) -> &mut TypeId {
        let kind = match self {
            Self::Argument(method, at) => return &mut shape.methods[method].arguments[at].of,
            Self::Result(method) => return &mut shape.methods[method].returns,
            Self::Field(id, _) | Self::VariantField(id, ..) | Self::Element(id, _) => {
                &mut shape.types[id].kind
            }
            Self::First(id) | Self::Second(id) => &mut shape.types[id].kind,
        };
        match (self, kind) {
            (Self::Field(_, at), Kind::Struct { fields, .. }) => &mut fields[at].of,
            (Self::VariantField(_, variant, at), Kind::Enum(variants)) => {
                &mut variants[variant].fields[at].of
            }
            (Self::Element(_, at), Kind::Tuple(items)) => &mut items[at],
            (Self::First(_), Kind::Of(_, first) | Kind::OfTwo(_, first, _)) => first,
            (Self::Second(_), Kind::OfTwo(_, _, second)) => second,
            (place, kind) => unreachable!("{place:?} was made for {kind:?}"),
        }
    }

    /// What the edit is called.
    pub(crate) fn row(self, shape: &InterfaceShape) -> &'static str {
        let kind = |id: TypeId| &shape.types[id].kind;
        match self {
            Self::Argument(..) => "argument retyped",
            Self::Result(_) => "result retyped",
            Self::Field(id, _) if matches!(kind(id), Kind::Struct { plain: true, .. }) => {
                "plain field retyped"
            }
            Self::Field(..) => "field retyped",
            Self::VariantField(..) => "field of a variant retyped",
            Self::Element(..) => "element of a tuple retyped",
            Self::First(id) => match kind(id) {
                Kind::Of(k::OPTION, _) => "value of an option retyped",
                Kind::OfTwo(k::MAP, ..) => "key of a map retyped",
                Kind::OfTwo(..) => "value of a result retyped",
                _ => "element of a list retyped",
            },
            Self::Second(id) if matches!(kind(id), Kind::OfTwo(k::MAP, ..)) => "value of a map retyped",
            Self::Second(_) => "error of a result retyped",
        }
    }

    /// The method that says it, where one does by itself.
    pub(crate) fn method(self) -> Option<usize> {
        match self {
            Self::Argument(method, _) | Self::Result(method) => Some(method),
            _ => None,
        }
    }

    /// The type that contains the place.
    pub(crate) fn owner(self) -> Option<TypeId> {
        match self {
            Self::Argument(..) | Self::Result(_) => None,
            Self::Field(id, _)
            | Self::VariantField(id, ..)
            | Self::Element(id, _)
            | Self::First(id)
            | Self::Second(id) => Some(id),
        }
    }
}

/// Every other type that could stand where `old` does.
pub(crate) fn others(shape: &InterfaceShape, old: TypeId) -> Vec<InterfaceShape> {
    let kind = &shape.types[old].kind;
    let mut kinds: Vec<Kind> = (k::UNIT..=k::BYTES).chain([k::STR]).map(Kind::Leaf).collect();
    kinds.extend([k::OPTION, k::LIST, k::SLICE].map(|of| Kind::Of(of, old)));
    kinds.extend([k::MAP, k::RESULT].map(|of| Kind::OfTwo(of, old, old)));
    kinds.push(Kind::Tuple(vec![old, old]));
    kinds.push(Kind::Struct { plain: false, fields: vec![field("inside", old, true)] });
    kinds.push(Kind::Struct { plain: true, fields: vec![field("inside", old, false)] });
    kinds.push(Kind::Enum(vec![
        variant("Inside", false, true, vec![field("0", old, false)]),
        variant("Other", true, false, Vec::new()),
    ]));
    kinds.retain(|other| match (kind, other) {
        // A struct in place of a struct, and an enum in place of an enum, are edits of their fields and variants.
        (Kind::Struct { plain: left, .. }, Kind::Struct { plain: right, .. }) => left != right,
        (Kind::Enum(_), Kind::Enum(_)) => false,
        (left, right) => left != right,
    });
    kinds
        .into_iter()
        .map(|other| {
            let mut edited = shape.clone();
            add_type(&mut edited, "Other", other);
            edited
        })
        .collect()
}
