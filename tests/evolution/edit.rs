//! An edit of an interface, and what the evolution table says of it.
//!
//! The expectation is written down where the edit is made, from the row that it belongs to; nothing here asks the code
//! under test. Two descriptions do not know which of them is older: "removed on one side" and "added on the other" are
//! the same pair. So a row about methods is told by who asks. A method that only the plugin has is never asked for,
//! whether the plugin is newer or the host dropped it; one that only the host has needs a body, whichever side changed.
//! Where objects of an interface may come back (it occurs inside a signature, or inside itself), both sides ask.

use std::collections::BTreeSet;

use keyway::interface::{FieldShape, InterfaceShape, Kind, MethodShape, TypeId, TypeShape, VariantShape};

use super::{methods, types};

/// What must be seen.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// A refusal in which all of these occur.
    Refused(Vec<Word>),
    /// These methods travel by name; the others that both sides have through their function; the rest by body.
    Allowed(BTreeSet<String>),
}

#[derive(Clone, Debug)]
pub(crate) enum Word {
    Text(String),
    /// The path to where it differs, or both signatures.
    Place,
}

/// An edited interface.
pub(crate) struct Edit {
    pub(crate) row: &'static str,
    pub(crate) at: String,
    pub(crate) edited: InterfaceShape,
    /// The plugin has the edited interface.
    pub(crate) newer_plugin: Outcome,
    /// The host has the edited interface.
    pub(crate) newer_host: Outcome,
}

/// All edits of an interface; `both` where its objects may come back.
pub(crate) fn edits(shape: &InterfaceShape, both: bool) -> Vec<Edit> {
    let both = both || mentions(shape, &shape.id);
    let mut edits = methods::edits(shape, both);
    edits.extend(types::edits(shape));
    for place in 0..shape.interfaces.len() {
        edits.extend(self::edits(&shape.interfaces[place], true).into_iter().map(|inner| {
            let mut edited = shape.clone();
            edited.interfaces[place] = inner.edited;
            let reaching =
                reaching(shape, |kind| matches!(kind, Kind::Object(_, Some(at), _) if *at == place));
            Edit {
                row: inner.row,
                at: format!("{} within {}", inner.at, shape.id),
                edited,
                newer_plugin: outer(inner.newer_plugin, &reaching),
                newer_host: outer(inner.newer_host, &reaching),
            }
        }));
    }
    edits
}

/// An outcome for the interface around it: refused with the outer method's name, or allowed without any trace, since
/// objects cross as objects.
fn outer(inner: Outcome, reaching: &BTreeSet<String>) -> Outcome {
    match inner {
        Outcome::Refused(words) => refused_with(reaching, words),
        Outcome::Allowed(_) => Outcome::Allowed(BTreeSet::new()),
    }
}

fn mentions(shape: &InterfaceShape, id: &str) -> bool {
    let within = |of: &TypeShape| matches!(&of.kind, Kind::Object(_, None, inside) if inside == id);
    shape.types.iter().any(within) || shape.interfaces.iter().any(|inner| mentions(inner, id))
}

pub(crate) fn refused_with(methods: &BTreeSet<String>, words: Vec<Word>) -> Outcome {
    assert!(!methods.is_empty(), "what is edited is in use");
    Outcome::Refused(methods.iter().map(|name| Word::Text(format!("`{name}`"))).chain(words).collect())
}

pub(crate) fn word(text: impl Into<String>) -> Word {
    Word::Text(text.into())
}

/// The methods whose values may contain such a type.
pub(crate) fn reaching(shape: &InterfaceShape, wanted: impl Fn(&Kind) -> bool) -> BTreeSet<String> {
    let reaches = |method: &&MethodShape| {
        let mut seen = BTreeSet::new();
        let mut left: Vec<TypeId> = method.arguments.iter().map(|argument| argument.of).collect();
        left.push(method.returns);
        while let Some(id) = left.pop() {
            if seen.insert(id) {
                left.extend(inside(&shape.types[id].kind));
            }
        }
        seen.iter().any(|id| wanted(&shape.types[*id].kind))
    };
    shape.methods.iter().filter(reaches).map(|method| method.name.clone()).collect()
}

/// The methods whose values may contain the type.
pub(crate) fn reaching_type(shape: &InterfaceShape, id: TypeId) -> BTreeSet<String> {
    let wanted: *const Kind = &raw const shape.types[id].kind;
    reaching(shape, |kind| std::ptr::eq(kind, wanted))
}

fn inside(kind: &Kind) -> Vec<TypeId> {
    let fields = |fields: &[FieldShape]| fields.iter().map(|field| field.of).collect::<Vec<_>>();
    match kind {
        Kind::Leaf(_) | Kind::Object(..) => Vec::new(),
        Kind::Of(_, first) => vec![*first],
        Kind::OfTwo(_, first, second) => vec![*first, *second],
        Kind::Tuple(items) => items.clone(),
        Kind::Struct { fields: all, .. } => fields(all),
        Kind::Enum(variants) => variants.iter().flat_map(|variant| fields(&variant.fields)).collect(),
    }
}

/// A new type, as its own last one.
pub(crate) fn add_type(shape: &mut InterfaceShape, name: &str, kind: Kind) -> TypeId {
    shape.types.push(TypeShape { name: name.into(), kind });
    shape.types.len() - 1
}

pub(crate) fn field(name: &str, of: TypeId, default: bool) -> FieldShape {
    FieldShape { name: name.into(), of, default, lent: false }
}

pub(crate) fn variant(name: &str, fallback: bool, tuple: bool, fields: Vec<FieldShape>) -> VariantShape {
    VariantShape { name: name.into(), fallback, tuple, fields }
}

/// Writes a method's signature anew, as its author would have.
pub(crate) fn sign(shape: &mut InterfaceShape, method: usize) {
    let of = &shape.methods[method];
    let arguments: Vec<String> = of
        .arguments
        .iter()
        .map(|argument| format!(", {}: {}", argument.name, shape.describe(argument.of)))
        .collect();
    let text = format!("fn {}(&self{}) -> {}", of.name, arguments.concat(), shape.describe(of.returns));
    shape.methods[method].signature = text;
}
