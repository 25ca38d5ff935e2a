//! Whether two descriptions of an interface fit, method by method and by name.
//!
//! | change | outcome |
//! |---|---|
//! | a method that the other side lacks | its body answers; without one: refused |
//! | methods in another order, more methods on the other side | works |
//! | an argument more or less, or of another type, or at another place; another result | refused, with both signatures |
//! | another name for an argument | works |
//! | a value where a reference was, or the other way round | works, by name: the two have another form in a call |
//! | a field that only one side has | works where that side gives it a default; else refused, with the path |
//! | fields or variants in another order | works, by name |
//! | a variant that only one side has | works where the other has a fallback variant; else refused |
//!
//! A type crosses in both directions here: what an argument may be, a result may be, so a rule that depends on the
//! direction would be a rule that breaks when a method is added. Methods are called in one direction only: one that
//! only the other side has is never asked for. But an object inside a signature may come back, so an interface there
//! must fit in both directions, and so must one that mentions itself.

use std::collections::HashSet;

use super::mismatch::{Change, Mismatch};
use super::shape::{FieldShape, InterfaceShape, Kind, MethodShape, TypeId, VariantShape};
use crate::wire::{Format, MAX_DEPTH};

/// How deep two types are compared: one that is no deeper than values may be can be met on a longer way in another order.
const DEEPEST: u32 = 2 * MAX_DEPTH;

/// How a method of this side is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Through the function in that place of the other side's table: the types are equal.
    Typed {
        /// Its place there.
        slot: u32,
    },
    /// As bytes.
    Message {
        /// Its place there.
        slot: u32,
        /// In which form.
        format: Format,
    },
    /// By the trait's own body: the other side lacks it.
    Body,
}

/// Compares this side's interface with the other side's.
///
/// **Returns:** a route for each of this side's methods, in its order.
///
/// **Errors:** all that differs beyond repair.
pub fn compare(host: &InterfaceShape, plugin: &InterfaceShape) -> Result<Vec<Route>, Mismatch> {
    directed(host, plugin, mentions(host, &host.id) || mentions(plugin, &host.id))
}

/// Whether an interface occurs inside itself.
fn mentions(shape: &InterfaceShape, id: &str) -> bool {
    shape.types.iter().any(|of| matches!(&of.kind, Kind::Object(_, None, inside) if inside == id))
        || shape.interfaces.iter().any(|inner| mentions(inner, id))
}

/// As [`compare`]; `both` where the plugin may also call the host's objects.
fn directed(host: &InterfaceShape, plugin: &InterfaceShape, both: bool) -> Result<Vec<Route>, Mismatch> {
    let mut changes = Vec::new();
    if host.id != plugin.id {
        changes.push(Change::Id { host: host.id.clone(), plugin: plugin.id.clone() });
        return Err(Mismatch::new(&host.id, changes));
    }
    match (semver::Version::parse(&host.version), semver::Version::parse(&plugin.version)) {
        (Ok(left), Ok(right)) if same_promise(&left, &right) => {}
        _ => {
            changes.push(Change::Version { host: host.version.clone(), plugin: plugin.version.clone() });
        }
    }
    let mut routes = Vec::with_capacity(host.methods.len());
    for method in &host.methods {
        let Some(slot) = plugin.methods.iter().position(|theirs| theirs.name == method.name) else {
            if !method.has_body {
                changes.push(Change::Missing {
                    method: method.name.clone(),
                    signature: method.signature.clone(),
                });
            }
            routes.push(Route::Body);
            continue;
        };
        let theirs = &plugin.methods[slot];
        let mut pair = Pair::new(host, plugin, &method.name, ["the host", "the plugin"]);
        pair.signature(method, theirs);
        let slot = slot as u32;
        routes.push(if pair.equal {
            Route::Typed { slot }
        } else {
            Route::Message { slot, format: Format::Named }
        });
        changes.append(&mut pair.problems);
    }
    let unknown = plugin.methods.iter().filter(|theirs| {
        both && !theirs.has_body && !host.methods.iter().any(|ours| ours.name == theirs.name)
    });
    changes.extend(
        unknown.map(|theirs| Change::Unknown {
            method: theirs.name.clone(),
            signature: theirs.signature.clone(),
        }),
    );
    if changes.is_empty() { Ok(routes) } else { Err(Mismatch::new(&host.id, changes)) }
}

/// Whether semver lets two versions of one interface meet, whichever is newer.
fn same_promise(left: &semver::Version, right: &semver::Version) -> bool {
    left.major == right.major && (left.major > 0 || left.minor == right.minor)
}

struct Pair<'a> {
    host: &'a InterfaceShape,
    plugin: &'a InterfaceShape,
    method: &'a str,
    /// What the two are called.
    sides: [&'a str; 2],
    seen: HashSet<(TypeId, TypeId)>,
    /// How many types the two that are being compared stand in.
    depth: u32,
    equal: bool,
    problems: Vec<Change>,
}

/// Two types of different kinds: who asked can say where.
struct Differs;

/// Compares the first types of two shapes, as [`compare`] compares those of a method.
///
/// **Returns:** whether they are equal; otherwise they fit by name.
///
/// **Errors:** all that differs beyond repair, each with its path, which begins with `root`.
pub(super) fn compare_types(
    ours: &InterfaceShape,
    theirs: &InterfaceShape,
    root: &str,
    sides: [&str; 2],
) -> Result<bool, Vec<(String, String)>> {
    let mut pair = Pair::new(ours, theirs, "", sides);
    pair.part(0, 0, root, true);
    if pair.problems.is_empty() {
        return Ok(pair.equal);
    }
    let said = pair.problems.into_iter().map(|change| match change {
        Change::Type { path, what, .. } => (path, what),
        other => (root.to_owned(), other.to_string()),
    });
    Err(said.collect())
}

impl<'a> Pair<'a> {
    fn new(
        host: &'a InterfaceShape,
        plugin: &'a InterfaceShape,
        method: &'a str,
        sides: [&'a str; 2],
    ) -> Self {
        let (seen, problems) = (HashSet::new(), Vec::new());
        Self { host, plugin, method, sides, seen, depth: 0, equal: true, problems }
    }

    fn signature(&mut self, host: &MethodShape, plugin: &MethodShape) {
        let mut fits = host.arguments.len() == plugin.arguments.len() && !moved(host, plugin);
        for (ours, theirs) in host.arguments.iter().zip(&plugin.arguments) {
            self.equal &= ours.lent == theirs.lent;
            fits &= self.part(ours.of, theirs.of, &ours.name, host.signature == plugin.signature);
        }
        fits &= self.part(host.returns, plugin.returns, "result", host.signature == plugin.signature);
        if !fits {
            self.problems.push(Change::Signature {
                method: host.name.clone(),
                host: host.signature.clone(),
                plugin: plugin.signature.clone(),
            });
        }
    }

    /// An argument or the result; `explain` where the signatures look alike and can not show what differs.
    fn part(&mut self, host: TypeId, plugin: TypeId, path: &str, explain: bool) -> bool {
        let fits = self.types(host, plugin, path).is_ok();
        if !fits && explain {
            self.problem(path, self.both(host, plugin));
        }
        fits
    }

    /// Two types that differ, in words that differ.
    fn both(&self, host: TypeId, plugin: TypeId) -> String {
        let (mut ours, mut theirs) = (self.host.describe(host), self.plugin.describe(plugin));
        if ours == theirs {
            ours = format!("{} `{ours}`", self.host.sort(host));
            theirs = format!("{} `{theirs}`", self.plugin.sort(plugin));
        }
        let [host, plugin] = self.sides;
        format!("{host} has {ours} and {plugin} has {theirs}")
    }

    fn problem(&mut self, path: &str, what: String) {
        self.problems.push(Change::Type { method: self.method.into(), path: path.into(), what });
    }

    fn types(&mut self, host: TypeId, plugin: TypeId, path: &str) -> Result<(), Differs> {
        if !self.seen.insert((host, plugin)) {
            return Ok(());
        }
        if self.depth == DEEPEST {
            self.problem(path, format!("it has types more than {DEEPEST} deep in each other"));
            return Ok(());
        }
        self.depth += 1;
        let outcome = self.kinds(host, plugin, path);
        self.depth -= 1;
        outcome
    }

    fn kinds(&mut self, host: TypeId, plugin: TypeId, path: &str) -> Result<(), Differs> {
        let (Some(ours), Some(theirs)) = (self.host.types.get(host), self.plugin.types.get(plugin)) else {
            return Err(Differs);
        };
        match (&ours.kind, &theirs.kind) {
            (Kind::Leaf(left), Kind::Leaf(right)) if left == right => Ok(()),
            (Kind::Of(left, ours), Kind::Of(right, theirs)) if left == right => {
                self.types(*ours, *theirs, path)
            }
            (Kind::OfTwo(left, our_first, our_second), Kind::OfTwo(right, their_first, their_second))
                if left == right =>
            {
                self.types(*our_first, *their_first, path)?;
                self.types(*our_second, *their_second, path)
            }
            (Kind::Tuple(ours), Kind::Tuple(theirs)) if ours.len() == theirs.len() => {
                let pairs: Vec<_> = ours.iter().copied().zip(theirs.iter().copied()).collect();
                for (index, (ours, theirs)) in pairs.into_iter().enumerate() {
                    self.types(ours, theirs, &format!("{path}.{index}"))?;
                }
                Ok(())
            }
            (Kind::Struct { plain, fields: ours }, Kind::Struct { plain: theirs_plain, fields: theirs })
                if plain == theirs_plain =>
            {
                self.fields(ours, theirs, path);
                Ok(())
            }
            (Kind::Enum(ours), Kind::Enum(theirs)) => {
                self.variants(ours, theirs, path);
                Ok(())
            }
            (Kind::Object(left, ours, our_id), Kind::Object(right, theirs, their_id)) if left == right => {
                self.objects((*ours, our_id), (*theirs, their_id))
            }
            _ => Err(Differs),
        }
    }

    fn fields(&mut self, host: &[FieldShape], plugin: &[FieldShape], path: &str) {
        let lacks = |side: &str| format!("only {side} has this field, and it has no default");
        self.equal &= host.len() == plugin.len()
            && host.iter().zip(plugin).all(|(ours, theirs)| ours.name == theirs.name);
        for ours in host {
            let path = format!("{path}.{}", ours.name);
            match plugin.iter().find(|theirs| theirs.name == ours.name) {
                Some(theirs) => {
                    self.part(ours.of, theirs.of, &path, true);
                }
                None if ours.default => {}
                None => self.problem(&path, lacks(self.sides[0])),
            }
        }
        for theirs in plugin.iter().filter(|theirs| !host.iter().any(|ours| ours.name == theirs.name)) {
            if !theirs.default {
                let path = format!("{path}.{}", theirs.name);
                self.problem(&path, lacks(self.sides[1]));
            }
        }
    }

    fn variants(&mut self, host: &[VariantShape], plugin: &[VariantShape], path: &str) {
        self.equal &= host.len() == plugin.len()
            && host
                .iter()
                .zip(plugin)
                .all(|(ours, theirs)| ours.name == theirs.name && ours.tuple == theirs.tuple);
        let lacks =
            |one: &str, other: &str| format!("only {one} has this variant, and {other} has no fallback");
        let [host_side, plugin_side] = self.sides;
        let (host_falls, plugin_falls) = (host.iter().any(|v| v.fallback), plugin.iter().any(|v| v.fallback));
        for ours in host {
            let path = format!("{path}::{}", ours.name);
            match plugin.iter().find(|theirs| theirs.name == ours.name) {
                Some(theirs) if ours.tuple != theirs.tuple || unit(ours) != unit(theirs) => {
                    self.problem(&path, "its fields have names on one side only".into());
                }
                Some(theirs) if ours.tuple => self.elements(&ours.fields, &theirs.fields, &path),
                Some(theirs) => self.fields(&ours.fields, &theirs.fields, &path),
                None if plugin_falls => {}
                None => self.problem(&path, lacks(host_side, plugin_side)),
            }
        }
        for theirs in plugin.iter().filter(|theirs| !host.iter().any(|ours| ours.name == theirs.name)) {
            if !host_falls {
                let path = format!("{path}::{}", theirs.name);
                self.problem(&path, lacks(plugin_side, host_side));
            }
        }
    }

    /// The fields of a variant without names: as many, each alike.
    fn elements(&mut self, host: &[FieldShape], plugin: &[FieldShape], path: &str) {
        if host.len() != plugin.len() {
            let [ours, theirs] = self.sides;
            let what = format!("{ours} has {} fields and {theirs} has {}", host.len(), plugin.len());
            self.problem(path, what);
            return;
        }
        for (index, (ours, theirs)) in host.iter().zip(plugin).enumerate() {
            let path = format!("{path}.{index}");
            self.part(ours.of, theirs.of, &path, true);
        }
    }

    /// Interfaces inside a signature. Who calls and who answers is decided where an object crosses; here both
    /// directions must do, for an object may come back.
    fn objects(&mut self, ours: (Option<usize>, &str), theirs: (Option<usize>, &str)) -> Result<(), Differs> {
        if ours.1 != theirs.1 {
            return Err(Differs);
        }
        let (Some(ours), Some(theirs)) = (ours.0, theirs.0) else { return Ok(()) };
        let (ours, theirs) = (&self.host.interfaces[ours], &self.plugin.interfaces[theirs]);
        if let Err(mismatch) = directed(ours, theirs, true) {
            self.problems.push(Change::Inner { method: self.method.into(), mismatch: Box::new(mismatch) });
        }
        Ok(())
    }
}

/// Whether an argument stands at another place, which its type may not show.
fn moved(host: &MethodShape, plugin: &MethodShape) -> bool {
    host.arguments.iter().enumerate().any(|(place, ours)| {
        plugin
            .arguments
            .iter()
            .position(|theirs| theirs.name == ours.name)
            .is_some_and(|there| there != place)
    })
}

fn unit(variant: &VariantShape) -> bool {
    variant.fields.is_empty()
}
