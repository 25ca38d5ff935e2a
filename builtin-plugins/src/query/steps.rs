//! Makes a filter count its steps.
//!
//! Every term that does something is put behind a native filter that takes one step and gives its input on unchanged:
//! `f` becomes `STEP | f`, in the caller's filter and in the definitions of the language alike. So no loop can be
//! written that does not ask, whatever it is made of. The end comes as the exception that no `try` catches.

use std::cmp::Ordering;

use jaq_core::box_iter::box_once;
use jaq_core::data::HasLut;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::native::{self, Fun};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};
use jaq_core::{Cv, DataT, Error, Exn, Lut, Native, ValXs};
use jaq_json::{Num, Val};

use super::json;
use crate::leash::Leash;

/// The most characters of a string, and the most elements of an array or object, that a filter may make.
const LARGEST_STRING: usize = 64 << 20;
const LARGEST_ARRAY: usize = 4 << 20;
const LARGEST_NUMBER_BITS: u64 = 1 << 20;

/// Names that no filter can write.
const STEP: &str = "!step";
const TIMES: &str = "!times";
const FACTOR: &str = "$!factor";

/// What filters run over: JSON values, with the leash at hand.
pub(super) struct Kind;

impl DataT for Kind {
    type V<'a> = Val;
    type Data<'a> = Data<'a>;
}

#[derive(Clone, Copy)]
pub(super) struct Data<'a> {
    pub(super) lut: &'a Lut<Kind>,
    pub(super) leash: &'a Leash,
}

impl<'a> HasLut<'a, Kind> for Data<'a> {
    fn lut(&self) -> &'a Lut<Kind> {
        self.lut
    }
}

/// The definitions of the language, without those that end the process or write to it.
pub(super) fn definitions() -> Vec<Def<&'static str>> {
    let all = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    all.filter(|def| !["halt", "halt_error", "debug", "stderr"].contains(&def.name)).collect()
}

/// The native filters of the language, without those that reach out of the call, and with our own in place of those
/// that loop, recurse or repeat by themselves.
pub(super) fn functions() -> impl Iterator<Item = Fun<Kind>> {
    let removed = ["halt", "env", "debug_empty", "stderr_empty", "range", "fromjson"];
    let all = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let kept = all.filter(move |(name, ..)| !removed.contains(name));
    let native = Native::<Kind>::new;
    let counting = native(|(ctx, value)| {
        let step = step(ctx.data().leash, &value);
        box_once(step.map(|()| value))
    })
    .with_paths(|(ctx, (value, path))| {
        let step = step(ctx.data().leash, &value);
        box_once(step.map(|()| (value, path)))
    })
    .with_update(|(ctx, value), update| match step(ctx.data().leash, &value) {
        Ok(()) => update(value),
        Err(end) => box_once(Err(end)),
    });
    let own = [
        (STEP, native::v(0), counting),
        (TIMES, native::v(2), native(times)),
        ("range", native::v(3), native(range)),
        ("fromjson", native::v(0), native(fromjson)),
    ];
    kept.chain(own)
}

fn times<'a>((mut ctx, _): Cv<'a, Kind>) -> ValXs<'a, Val> {
    let (right, left) = (ctx.pop_var(), ctx.pop_var());
    match check_product(ctx.data().leash, &left, &right) {
        Ok(()) => native::bome(left * right),
        Err(end) => box_once(Err(end)),
    }
}

fn range<'a>((mut ctx, _): Cv<'a, Kind>) -> ValXs<'a, Val> {
    let (by, to, from) = (ctx.pop_var(), ctx.pop_var(), ctx.pop_var());
    let mut next = Some(from);
    Box::new(std::iter::from_fn(move || {
        let value = next.take()?;
        let goes_on = match by.cmp(&Val::from(0usize)) {
            Ordering::Greater => value < to,
            Ordering::Less => value > to,
            Ordering::Equal => value != to,
        };
        if !goes_on {
            return None;
        }
        let following = step(ctx.data().leash, &value).and_then(|()| Ok((value.clone() + by.clone())?));
        Some(following.map(|following| {
            next = Some(following);
            value
        }))
    }))
}

fn fromjson<'a>((_, value): Cv<'a, Kind>) -> ValXs<'a, Val> {
    let text = match &value {
        Val::TStr(text) => std::str::from_utf8(text).ok(),
        _ => None,
    };
    native::bome(match text {
        Some(text) => json::read("fromjson", text).map_err(|error| Error::str(error.message)),
        None => Err(Error::typ(value, "string")),
    })
}

/// Takes a step, and looks at the value that is about to be worked on.
fn step<'a>(leash: &Leash, value: &Val) -> Result<(), Exn<'a, Val>> {
    let (size, largest, what) = match value {
        Val::TStr(bytes) | Val::BStr(bytes) => (bytes.len(), LARGEST_STRING, "a string of more than 64 MiB"),
        Val::Arr(array) => (array.len(), LARGEST_ARRAY, "an array of more than 4194304 elements"),
        Val::Obj(object) => (object.len(), LARGEST_ARRAY, "an object of more than 4194304 fields"),
        Val::Num(Num::BigInt(number)) if number.bits() > LARGEST_NUMBER_BITS => {
            (1, 0, "a number of more than 2^20 bits")
        }
        _ => (0, 0, ""),
    };
    let goes_on = if size > largest {
        leash.end(format!("stopped at {what}"))
    } else if !json::is_shallow(value) {
        leash.end("stopped at a value that is nested too deep".into())
    } else {
        leash.step()
    };
    // Uncatchable, and answered by whoever runs the filter: nothing halts.
    if goes_on { Ok(()) } else { Err(Exn::halt(0)) }
}

/// `"x" * n` repeats a string, and big numbers grow; both are looked at before they are made.
fn check_product<'a>(leash: &Leash, left: &Val, right: &Val) -> Result<(), Exn<'a, Val>> {
    let fits = match (left, right) {
        (Val::TStr(text) | Val::BStr(text), Val::Num(times))
        | (Val::Num(times), Val::TStr(text) | Val::BStr(text)) => {
            let times = match times {
                Num::Int(times) => usize::try_from(*times).unwrap_or(0),
                Num::BigInt(_) => usize::MAX,
                _ => 0,
            };
            text.len().saturating_mul(times) <= LARGEST_STRING
        }
        (Val::Num(left), Val::Num(right)) => bits(left) + bits(right) <= LARGEST_NUMBER_BITS,
        _ => true,
    };
    if !fits {
        leash.end("stopped at a product that is too large".into());
        return Err(Exn::halt(0));
    }
    Ok(())
}

fn bits(number: &Num) -> u64 {
    match number {
        Num::BigInt(number) => number.bits(),
        _ => 64,
    }
}

/// The definition, with every term in it counted.
pub(super) fn counted(Def { name, args, body }: Def<&str>) -> Def<&str> {
    Def { name, args, body: count(body) }
}

fn count(term: Term<&str>) -> Term<&str> {
    let boxed = |term: Box<Term<_>>| Box::new(count(*term));
    let counted = match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Arr(None) => {
            return term;
        }
        Term::Str(format, parts) => Term::Str(format, parts.into_iter().map(count_part).collect()),
        Term::Arr(Some(inner)) => Term::Arr(Some(boxed(inner))),
        Term::Obj(pairs) => Term::Obj(pairs.into_iter().map(count_pair).collect()),
        Term::Neg(inner) => Term::Neg(boxed(inner)),
        Term::BinOp(left, operator, right) => binary(boxed(left), operator, boxed(right)),
        Term::Label(name, inner) => Term::Label(name, boxed(inner)),
        Term::Fold(name, over, pattern, parts) => {
            Term::Fold(name, boxed(over), count_pattern(pattern), parts.into_iter().map(count).collect())
        }
        Term::TryCatch(tried, caught) => Term::TryCatch(boxed(tried), caught.map(boxed)),
        Term::IfThenElse(cases, other) => {
            let cases = cases.into_iter().map(|(when, then)| (count(when), count(then)));
            Term::IfThenElse(cases.collect(), other.map(boxed))
        }
        Term::Def(definitions, inner) => {
            Term::Def(definitions.into_iter().map(counted).collect(), boxed(inner))
        }
        Term::Call(name, arguments) => Term::Call(name, arguments.into_iter().map(count).collect()),
        Term::Path(of, Path(parts)) => {
            let parts = parts.into_iter().map(|(part, optional)| (count_step(part), optional));
            Term::Path(boxed(of), Path(parts.collect()))
        }
    };
    let step = Term::Call(STEP, Vec::new());
    Term::BinOp(Box::new(step), BinaryOp::Pipe(None), Box::new(counted))
}

/// Products go through [`TIMES`]; `l *= r` is what jq says it is, `r as $f | l |= . * $f`.
fn binary<'s>(
    left: Box<Term<&'s str>>,
    operator: BinaryOp<&'s str>,
    right: Box<Term<&'s str>>,
) -> Term<&'s str> {
    match operator {
        BinaryOp::Math(Math::Mul) => Term::Call(TIMES, vec![*left, *right]),
        BinaryOp::UpdateMath(Math::Mul) => {
            let product = Term::Call(TIMES, vec![Term::Id, Term::Var(FACTOR)]);
            let update = Term::BinOp(left, BinaryOp::Update, Box::new(product));
            Term::BinOp(right, BinaryOp::Pipe(Some(Pattern::Var(FACTOR))), Box::new(update))
        }
        BinaryOp::Pipe(Some(pattern)) => {
            Term::BinOp(left, BinaryOp::Pipe(Some(count_pattern(pattern))), right)
        }
        operator => Term::BinOp(left, operator, right),
    }
}

fn count_part<'s>(part: StrPart<&'s str, Term<&'s str>>) -> StrPart<&'s str, Term<&'s str>> {
    match part {
        StrPart::Term(term) => StrPart::Term(count(term)),
        part => part,
    }
}

/// A key alone, as in `{a}` and `{$x}`, is a form of its own and no term.
fn count_pair<'s>(
    (key, value): (Term<&'s str>, Option<Term<&'s str>>),
) -> (Term<&'s str>, Option<Term<&'s str>>) {
    match value {
        Some(value) => (count_key(key), Some(count(value))),
        None => (key, None),
    }
}

fn count_key(key: Term<&str>) -> Term<&str> {
    match key {
        Term::Str(..) => key,
        key => count(key),
    }
}

fn count_pattern(pattern: Pattern<&str>) -> Pattern<&str> {
    match pattern {
        Pattern::Var(name) => Pattern::Var(name),
        Pattern::Arr(parts) => Pattern::Arr(parts.into_iter().map(count_pattern).collect()),
        Pattern::Obj(pairs) => Pattern::Obj(
            pairs.into_iter().map(|(key, value)| (count_key(key), count_pattern(value))).collect(),
        ),
    }
}

fn count_step(part: Part<Term<&str>>) -> Part<Term<&str>> {
    match part {
        Part::Index(index) => Part::Index(count(index)),
        Part::Range(from, to) => Part::Range(from.map(count), to.map(count)),
    }
}
