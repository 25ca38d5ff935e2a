//! Edits of an interface itself, its methods and their arguments.

use std::collections::BTreeSet;

use keyway::abi::kind;
use keyway::interface::{InterfaceShape, Kind, MethodShape};

use super::edit::{Edit, Outcome, add_type, field, sign, word};

pub(crate) fn edits(shape: &InterfaceShape, both: bool) -> Vec<Edit> {
    let mut edits = Edits { shape, both, made: Vec::new() };
    edits.identity();
    for place in 0..=shape.methods.len() {
        edits.added(place);
    }
    for place in 0..shape.methods.len() {
        edits.removed(place);
        edits.renamed(place);
        edits.body(place);
        edits.arguments(place);
        edits.later(place);
        if place > 0 {
            edits.same("methods reordered", place, |edited| edited.methods.swap(place - 1, place));
        }
    }
    edits.same("methods reordered", 0, |edited| edited.methods.reverse());
    edits.made
}

struct Edits<'a> {
    shape: &'a InterfaceShape,
    both: bool,
    made: Vec<Edit>,
}

fn allowed() -> Outcome {
    Outcome::Allowed(BTreeSet::new())
}

impl Edits<'_> {
    fn make(
        &mut self,
        row: &'static str,
        at: &str,
        (newer_plugin, newer_host): (Outcome, Outcome),
        edit: impl FnOnce(&mut InterfaceShape),
    ) {
        let mut edited = self.shape.clone();
        edit(&mut edited);
        if edited != *self.shape {
            let at = format!("{}: {at}", self.shape.id);
            self.made.push(Edit { row, at, edited, newer_plugin, newer_host });
        }
    }

    /// An edit that nobody notices.
    fn same(&mut self, row: &'static str, place: usize, edit: impl FnOnce(&mut InterfaceShape)) {
        let at = self.name(place);
        self.make(row, &at, (allowed(), allowed()), edit);
    }

    fn name(&self, place: usize) -> String {
        self.shape.methods.get(place).map_or("end".into(), |method| method.name.clone())
    }

    /// A method that only the host has.
    fn asked_in_vain(&self, method: &MethodShape, name: &str) -> Outcome {
        if method.has_body {
            return allowed();
        }
        Outcome::Refused(vec![word(format!("the plugin has no method `{name}`")), word(&method.signature)])
    }

    /// A method that only the plugin has.
    fn never_asked(&self, method: &MethodShape, name: &str) -> Outcome {
        if method.has_body || !self.both {
            return allowed();
        }
        Outcome::Refused(vec![word(format!("the plugin may call `{name}`")), word(&method.signature)])
    }

    fn identity(&mut self) {
        let (id, version) = (self.shape.id.clone(), self.shape.version.clone());
        let pair = |old: &str, new: &str| Outcome::Refused(vec![word(old), word(new)]);
        self.make("id changed", "id", (pair(&id, "corpus/another"), pair(&id, "corpus/another")), |edited| {
            rename(edited, &id, "corpus/another");
            edited.id = "corpus/another".into();
        });
        let [major, minor, patch]: [u64; 3] = version
            .split('.')
            .map(|part| part.parse().expect("a number"))
            .collect::<Vec<_>>()
            .try_into()
            .expect("3");
        let breaking = [(major + 1, 0, 0), (major + 1, minor, patch)];
        let early = major == 0;
        let compatible = [(major, minor, patch + 1), (major, minor, patch + 100)];
        for (row, refuses, (major, minor, patch)) in breaking
            .map(|version| ("major version changed", true, version))
            .into_iter()
            .chain([("minor version changed", early, (major, minor + 1, 0))])
            .chain(compatible.map(|version| ("patch version changed", false, version)))
        {
            let new = format!("{major}.{minor}.{patch}");
            let outcome = if refuses { pair(&version, &new) } else { allowed() };
            self.make(row, &new, (outcome.clone(), outcome), |edited| edited.version.clone_from(&new));
        }
        for wrong in ["", "1", "newest"] {
            let outcome = pair(&version, wrong);
            self.make("version is none", wrong, (outcome.clone(), outcome), |edited| {
                edited.version = wrong.into()
            });
        }
    }

    fn added(&mut self, place: usize) {
        for has_body in [false, true] {
            let row = if has_body { "method added with a body" } else { "method added without a body" };
            let mut edited = self.shape.clone();
            let returns = add_type(&mut edited, "", Kind::Leaf(kind::STRING));
            let method = MethodShape {
                name: "grown".into(),
                signature: "fn grown(&self) -> String".into(),
                has_body,
                arguments: Vec::new(),
                returns,
            };
            let outcomes = (self.never_asked(&method, "grown"), self.asked_in_vain(&method, "grown"));
            edited.methods.insert(place, method);
            let at = self.name(place);
            self.make(row, &at, outcomes, |shape| *shape = edited);
        }
    }

    fn removed(&mut self, place: usize) {
        let method = &self.shape.methods[place];
        let outcomes = (self.asked_in_vain(method, &method.name), self.never_asked(method, &method.name));
        let at = self.name(place);
        self.make("method removed", &at, outcomes, |edited| drop(edited.methods.remove(place)));
    }

    /// One method more and one less: each side has one that the other lacks.
    fn renamed(&mut self, place: usize) {
        let old = &self.shape.methods[place];
        let mut new = old.clone();
        new.name = format!("{}_renamed", old.name);
        new.signature = old.signature.replacen(&old.name, &new.name, 1);
        let merged = |left: Outcome, right: Outcome| match (left, right) {
            (Outcome::Refused(mut left), Outcome::Refused(right)) => {
                left.extend(right);
                Outcome::Refused(left)
            }
            (Outcome::Allowed(_), other) | (other, Outcome::Allowed(_)) => other,
        };
        let newer_plugin = merged(self.asked_in_vain(old, &old.name), self.never_asked(&new, &new.name));
        let newer_host = merged(self.asked_in_vain(&new, &new.name), self.never_asked(old, &old.name));
        let at = self.name(place);
        self.make("method renamed", &at, (newer_plugin, newer_host), |edited| edited.methods[place] = new);
    }

    fn body(&mut self, place: usize) {
        self.same("a body given or taken away", place, |edited| {
            edited.methods[place].has_body = !edited.methods[place].has_body;
        });
    }

    fn arguments(&mut self, place: usize) {
        let count = self.shape.methods[place].arguments.len();
        for at in 0..=count {
            self.signature("argument added", place, |edited| {
                let of = add_type(edited, "", Kind::Leaf(kind::U32));
                edited.methods[place].arguments.insert(at, field("grown", of, false));
            });
        }
        for at in 0..count {
            self.signature("argument removed", place, |edited| {
                drop(edited.methods[place].arguments.remove(at))
            });
            self.same("argument renamed", place, |edited| {
                edited.methods[place].arguments[at].name = "other".into()
            });
            for other in 0..at {
                self.signature("arguments reordered", place, |edited| {
                    edited.methods[place].arguments.swap(other, at);
                });
            }
            self.lent(place, at);
        }
    }

    /// A method that answered at once and does so later, or the other way round.
    fn later(&mut self, place: usize) {
        let returns = self.shape.methods[place].returns;
        self.signature("answers at once or later", place, |edited| {
            edited.methods[place].returns = match edited.types[returns].kind {
                Kind::Of(kind::FUTURE, value) => value,
                _ => add_type(edited, "", Kind::Of(kind::FUTURE, returns)),
            };
        });
    }

    /// An edit of a signature, which is refused with both.
    fn signature(&mut self, row: &'static str, place: usize, edit: impl FnOnce(&mut InterfaceShape)) {
        let old = &self.shape.methods[place];
        let mut edited = self.shape.clone();
        edit(&mut edited);
        sign(&mut edited, place);
        let both = |host: &str, plugin: &str| {
            Outcome::Refused(vec![
                word(format!("`{}`", old.name)),
                word(format!("host:   {host}\n")),
                word(format!("plugin: {plugin}")),
            ])
        };
        let new = edited.methods[place].signature.clone();
        let outcomes = (both(&old.signature, &new), both(&new, &old.signature));
        let at = self.name(place);
        self.make(row, &at, outcomes, |shape| *shape = edited);
    }

    /// A value where a reference was, or the other way round: the same, by name, for their forms in a call differ.
    fn lent(&mut self, place: usize, at: usize) {
        let named = BTreeSet::from([self.name(place)]);
        let name = self.name(place);
        let outcome = Outcome::Allowed(named);
        self.make("argument lent or moved", &name, (outcome.clone(), outcome), |edited| {
            let argument = &mut edited.methods[place].arguments[at];
            argument.lent = !argument.lent;
        });
    }
}

/// Renames an interface where it occurs inside itself.
fn rename(shape: &mut InterfaceShape, old: &str, new: &str) {
    for of in &mut shape.types {
        if let Kind::Object(_, None, id) = &mut of.kind
            && id == old
        {
            *id = new.into();
        }
    }
    for inner in &mut shape.interfaces {
        rename(inner, old, new);
    }
}
