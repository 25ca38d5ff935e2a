//! Edits of types: what they are made of, at every place.

use std::collections::BTreeSet;

use keyway::abi::kind;
use keyway::interface::{FieldShape, InterfaceShape, Kind, TypeId, VariantShape};

use super::edit::{Edit, Outcome, Word, add_type, field, reaching_type, refused_with, sign, variant, word};
use super::places::{Place, others};

pub(crate) fn edits(shape: &InterfaceShape) -> Vec<Edit> {
    let mut edits = Edits { shape, made: Vec::new() };
    for place in Place::all(shape) {
        edits.retyped(place);
    }
    for id in 0..shape.types.len() {
        match &shape.types[id].kind {
            Kind::Leaf(_) => {}
            Kind::Of(old, first) => {
                let all = [kind::LIST, kind::OPTION, kind::SLICE, kind::FUTURE];
                for new in all.into_iter().filter(|new| new != old) {
                    edits.refused("list, option, slice or future for another", id, "", |edited| {
                        edited.types[id].kind = Kind::Of(new, *first);
                    });
                }
            }
            Kind::OfTwo(old, first, second) => {
                let new = if *old == kind::MAP { kind::RESULT } else { kind::MAP };
                edits.refused("map or result for the other", id, "", |edited| {
                    edited.types[id].kind = Kind::OfTwo(new, *first, *second);
                });
            }
            Kind::Tuple(items) => edits.tuple(id, items),
            Kind::Struct { plain, fields } => {
                edits.fields(id, None, fields);
                edits.refused("plain or not", id, "", |edited| {
                    edited.types[id].kind = Kind::Struct { plain: !plain, fields: fields.clone() };
                });
            }
            Kind::Enum(variants) => edits.variants(id, variants),
            Kind::Object(old, inside, of) => {
                let new = if *old == kind::OBJECT { kind::LENT_OBJECT } else { kind::OBJECT };
                edits.refused("object lent or counted", id, "", |edited| {
                    edited.types[id].kind = Kind::Object(new, *inside, of.clone());
                });
            }
        }
        edits.allowed("type renamed", id, BTreeSet::new(), |edited| edited.types[id].name = "Renamed".into());
    }
    edits.made
}

struct Edits<'a> {
    shape: &'a InterfaceShape,
    made: Vec<Edit>,
}

/// The fields of a struct, or of one of an enum's variants.
fn fields_of(shape: &mut InterfaceShape, id: TypeId, variant: Option<usize>) -> &mut Vec<FieldShape> {
    match (&mut shape.types[id].kind, variant) {
        (Kind::Struct { fields, .. }, None) => fields,
        (Kind::Enum(variants), Some(variant)) => &mut variants[variant].fields,
        (kind, _) => unreachable!("{kind:?} has no such fields"),
    }
}

fn variants_of(shape: &mut InterfaceShape, id: TypeId) -> &mut Vec<VariantShape> {
    match &mut shape.types[id].kind {
        Kind::Enum(variants) => variants,
        kind => unreachable!("{kind:?} has no variants"),
    }
}

impl Edits<'_> {
    fn make(
        &mut self,
        row: &'static str,
        id: TypeId,
        outcomes: (Outcome, Outcome),
        edit: impl FnOnce(&mut InterfaceShape),
    ) {
        let mut edited = self.shape.clone();
        edit(&mut edited);
        if edited != *self.shape {
            let at = format!("{}: {} ({id})", self.shape.id, self.shape.describe(id));
            let (newer_plugin, newer_host) = outcomes;
            self.made.push(Edit { row, at, edited, newer_plugin, newer_host });
        }
    }

    /// Refused in every method that the type reaches; `path` is how the path to it ends.
    fn refused(&mut self, row: &'static str, id: TypeId, path: &str, edit: impl FnOnce(&mut InterfaceShape)) {
        let end = if path.is_empty() { Word::Place } else { word(format!("{path}`")) };
        let outcome = refused_with(&reaching_type(self.shape, id), vec![Word::Place, end]);
        self.make(row, id, (outcome.clone(), outcome), edit);
    }

    fn allowed(
        &mut self,
        row: &'static str,
        id: TypeId,
        named: BTreeSet<String>,
        edit: impl FnOnce(&mut InterfaceShape),
    ) {
        self.make(row, id, (Outcome::Allowed(named.clone()), Outcome::Allowed(named)), edit);
    }

    /// Allowed; the methods that the type reaches travel by name.
    fn named(&mut self, row: &'static str, id: TypeId, edit: impl FnOnce(&mut InterfaceShape)) {
        self.allowed(row, id, reaching_type(self.shape, id), edit);
    }

    /// The two sides have what the other lacks or not: allowed only where the lack is provided for.
    fn provided(
        &mut self,
        row: &'static str,
        id: TypeId,
        provided: bool,
        path: &str,
        edit: impl FnOnce(&mut InterfaceShape),
    ) {
        if provided { self.named(row, id, edit) } else { self.refused(row, id, path, edit) }
    }

    fn retyped(&mut self, place: Place) {
        let mut shape = self.shape.clone();
        let old = *place.of(&mut shape);
        for mut edited in others(self.shape, old) {
            *place.of(&mut edited) = edited.types.len() - 1;
            let row = place.row(self.shape);
            let Some(method) = place.method() else {
                let owner = place.owner().expect("a place is in a method or in a type");
                self.refused(row, owner, "", |shape| *shape = edited);
                continue;
            };
            sign(&mut edited, method);
            let (host, plugin) = (&self.shape.methods[method], &edited.methods[method]);
            let words = [word(format!("`{}`", host.name)), word(&host.signature), word(&plugin.signature)];
            let outcome = Outcome::Refused(words.to_vec());
            self.make(row, old, (outcome.clone(), outcome), |shape| *shape = edited);
        }
    }

    fn tuple(&mut self, id: TypeId, items: &[TypeId]) {
        for at in 0..=items.len() {
            self.refused("element of a tuple added", id, "", |edited| {
                let of = add_type(edited, "", Kind::Leaf(kind::U32));
                let mut items = items.to_vec();
                items.insert(at, of);
                edited.types[id].kind = Kind::Tuple(items);
            });
        }
        for at in 0..items.len() {
            self.refused("element of a tuple removed", id, "", |edited| {
                let mut items = items.to_vec();
                items.remove(at);
                edited.types[id].kind = Kind::Tuple(items);
            });
            // Elements have no names, so those of one type are not seen to be reordered.
            if at > 0 && self.shape.types[items[at]].kind != self.shape.types[items[at - 1]].kind {
                self.refused("elements of a tuple reordered", id, "", |edited| {
                    let mut items = items.to_vec();
                    items.swap(at, at - 1);
                    edited.types[id].kind = Kind::Tuple(items);
                });
            }
        }
    }

    /// Fields with names; those of a variant may not all go, for then it would be a variant without fields.
    fn fields(&mut self, id: TypeId, variant: Option<usize>, fields: &[FieldShape]) {
        for at in 0..=fields.len() {
            self.named("field added with a default", id, |edited| {
                let of = add_type(edited, "", Kind::Leaf(kind::U32));
                fields_of(edited, id, variant).insert(at, field("grown", of, true));
            });
            self.refused("field added without a default", id, ".grown", |edited| {
                let of = add_type(edited, "", Kind::Leaf(kind::U32));
                fields_of(edited, id, variant).insert(at, field("grown", of, false));
            });
        }
        for (at, old) in fields.iter().enumerate() {
            let (path, default) = (format!(".{}", old.name), old.default);
            if variant.is_none() || fields.len() > 1 {
                self.provided("field removed", id, default, &path, |edited| {
                    fields_of(edited, id, variant).remove(at);
                });
            }
            self.provided("field renamed", id, default, &path, |edited| {
                fields_of(edited, id, variant)[at].name = "renamed".into();
            });
            self.allowed("a default given or taken away", id, BTreeSet::new(), |edited| {
                let field = &mut fields_of(edited, id, variant)[at];
                field.default = !field.default;
            });
            for other in 0..at {
                self.named("fields reordered", id, |edited| fields_of(edited, id, variant).swap(other, at));
            }
        }
    }

    fn variants(&mut self, id: TypeId, variants: &[VariantShape]) {
        let falls = variants.iter().any(|variant| variant.fallback);
        for at in 0..=variants.len() {
            for fields in 0..3 {
                self.provided("variant added", id, falls, "::Grown", |edited| {
                    let of = add_type(edited, "", Kind::Leaf(kind::U32));
                    let new = match fields {
                        0 => variant("Grown", false, false, Vec::new()),
                        1 => variant("Grown", false, true, vec![field("0", of, false)]),
                        _ => variant("Grown", false, false, vec![field("a", of, false)]),
                    };
                    variants_of(edited, id).insert(at, new);
                });
            }
            if !falls {
                self.refused("fallback variant added", id, "::Grown", |edited| {
                    variants_of(edited, id).insert(at, variant("Grown", true, false, Vec::new()));
                });
            }
        }
        for (at, old) in variants.iter().enumerate() {
            let path = format!("::{}", old.name);
            // The side that lost the variant needs a fallback; the lost one is none.
            self.provided("variant removed", id, falls && !old.fallback, &path, |edited| {
                variants_of(edited, id).remove(at);
            });
            self.provided("variant renamed", id, falls, &path, |edited| {
                variants_of(edited, id)[at].name = "Renamed".into();
            });
            if at > 0 {
                self.named("variants reordered", id, |edited| variants_of(edited, id).swap(at, at - 1));
            }
            if old.fallback || (!falls && old.fields.is_empty()) {
                self.allowed("a fallback given or taken away", id, BTreeSet::new(), |edited| {
                    let variant = &mut variants_of(edited, id)[at];
                    variant.fallback = !variant.fallback;
                });
            }
            self.forms(id, at, old);
            if old.tuple {
                self.elements(id, at, old);
            } else if !old.fields.is_empty() {
                self.fields(id, Some(at), &old.fields);
            }
        }
    }

    /// Unit, tuple and named: each in place of the others.
    fn forms(&mut self, id: TypeId, at: usize, old: &VariantShape) {
        let path = format!("::{}", old.name);
        let mut turned = |row, tuple: bool, count: usize, default: bool| {
            self.refused(row, id, &path, |edited| {
                let of = add_type(edited, "", Kind::Leaf(kind::U32));
                let of = |place: usize| old.fields.get(place).map_or(of, |field| field.of);
                let name = |place: usize| if tuple { place.to_string() } else { format!("f{place}") };
                let fields = (0..count).map(|place| field(&name(place), of(place), default)).collect();
                let variant = &mut variants_of(edited, id)[at];
                (variant.tuple, variant.fields) = (tuple, fields);
            });
        };
        match (old.fields.len(), old.tuple) {
            (0, _) => {
                turned("unit variant given elements", true, 1, false);
                turned("unit variant given fields", false, 1, false);
                turned("unit variant given fields", false, 1, true);
            }
            (count, true) => {
                turned("tuple variant given names", false, count, false);
                turned("tuple variant made a unit", false, 0, false);
                turned("tuple variant made empty", true, 0, false);
            }
            (count, false) => {
                turned("named variant made a tuple", true, count, false);
                turned("named variant made a unit", false, 0, false);
            }
        }
    }

    fn elements(&mut self, id: TypeId, at: usize, old: &VariantShape) {
        let path = format!("::{}", old.name);
        let numbered = |mut fields: Vec<FieldShape>| {
            for (place, field) in fields.iter_mut().enumerate() {
                field.name = place.to_string();
            }
            fields
        };
        for place in 0..=old.fields.len() {
            for default in [false, true] {
                self.refused("element of a variant added", id, &path, |edited| {
                    let of = add_type(edited, "", Kind::Leaf(kind::U32));
                    let mut fields = old.fields.clone();
                    fields.insert(place, field("", of, default));
                    *fields_of(edited, id, Some(at)) = numbered(fields);
                });
            }
        }
        for place in 0..old.fields.len() {
            if old.fields.len() > 1 {
                self.refused("element of a variant removed", id, &path, |edited| {
                    let mut fields = old.fields.clone();
                    fields.remove(place);
                    *fields_of(edited, id, Some(at)) = numbered(fields);
                });
            }
            let kind = |place: usize| &self.shape.types[old.fields[place].of].kind;
            if place > 0 && kind(place) != kind(place - 1) {
                self.refused("elements of a variant reordered", id, "", |edited| {
                    let mut fields = old.fields.clone();
                    fields.swap(place, place - 1);
                    *fields_of(edited, id, Some(at)) = numbered(fields);
                });
            }
        }
    }
}
