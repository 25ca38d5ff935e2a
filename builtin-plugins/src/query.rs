//! `json/query`: filters in the jq language over JSON.
//!
//! A filter is a program, and it came from the caller. [`steps`] makes it ask the leash before everything it does;
//! [`json`] writes its results and lets nothing through that is no JSON. What a single built-in operation does in one
//! step is not bounded; a host that takes filters from strangers gives this plugin a home that is.

mod json;
mod steps;

use std::collections::BTreeMap;
use std::time::Duration;

use jaq_core::load::lex::Token;
use jaq_core::load::parse::{Def, Term};
use jaq_core::load::{Arena, File, Lexer, Loader, Parser, span};
use jaq_core::{Compiler, Ctx, Vars};
use jaq_json::Val;
use keyway_interfaces::{Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::arguments;
use crate::leash::{self, Leash};

/// The longest filter, in bytes.
const LONGEST: usize = 8 << 10;
const STEPS: u32 = 20_000_000;
const TIME: Duration = Duration::from_secs(5);

/// The plugin `json/query`.
#[keyway::plugin(
    id = "json/query",
    version = "1.0.0",
    description = "Filters in the jq language over JSON",
    provides(Tool)
)]
#[derive(Debug, Default)]
pub struct Query;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "input"))]
struct Arguments<'a> {
    /// The filter, in the language of jq: `.items[] | select(.price > 3) | {name, price}`.
    filter: String,
    /// What the filter is applied to; `null` where it is absent.
    #[serde(borrow, default)]
    #[schemars(with = "serde_json::Value")]
    input: Option<&'a RawValue>,
    /// Values that the filter can name: `limit` is `$limit` there.
    #[serde(borrow, default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    variables: BTreeMap<String, &'a RawValue>,
    /// The most results to answer with; of more, the answer says that there are `more`.
    #[serde(default = "thousand")]
    limit: usize,
}

fn thousand() -> usize {
    1000
}

#[derive(Serialize)]
struct Answer {
    results: Vec<Box<RawValue>>,
    more: bool,
}

impl Tool for Query {
    fn name(&self) -> String {
        "json-query".into()
    }

    fn description(&self) -> String {
        "Queries and transforms JSON with a filter in the jq language".into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments<'_>>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        run_within(STEPS, arguments)
    }
}

fn run_within(steps: u32, arguments: &str) -> Result<String, ToolError> {
    let arguments: Arguments<'_> = arguments::read(arguments)?;
    if arguments.filter.len() > LONGEST {
        let message = format!("`filter` has {} bytes, more than {LONGEST}", arguments.filter.len());
        return Err(ToolError::limit_exceeded(message).with_help("give what is data in `variables`"));
    }
    let answer = leash::run(steps, TIME, |leash| query(&arguments, leash))?;
    arguments::answer(&answer)
}

fn query(arguments: &Arguments<'_>, leash: &Leash) -> Result<Answer, ToolError> {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (name, value) in &arguments.variables {
        names.push(format!("${name}"));
        values.push(json::read(&format!("variables.{name}"), value.get())?);
    }
    let input = match arguments.input {
        Some(input) => json::read("input", input.get())?,
        None => Val::Null,
    };
    let filter = compile(&arguments.filter, &names)?;
    let data = steps::Data { lut: &filter.lut, leash };
    let outputs = filter.id.run((Ctx::<steps::Kind>::new(data, Vars::new(values)), input));

    let mut results = Vec::new();
    for output in outputs {
        if results.len() == arguments.limit {
            return Ok(Answer { results, more: true });
        }
        match output {
            Ok(value) => results.push(json::write(&value, leash)?),
            Err(exception) => match exception.get_err() {
                Ok(error) => return Err(ToolError::failed(message(error))),
                // The leash ended it, and says why.
                Err(_) => return Err(ToolError::limit_exceeded("stopped")),
            },
        }
    }
    Ok(Answer { results, more: false })
}

fn message(error: jaq_core::Error<Val>) -> String {
    match error.into_val() {
        Val::TStr(text) => shorten(&String::from_utf8_lossy(&text)),
        value => shorten(&value.to_string()),
    }
}

/// jq puts the value at fault into its messages, however large it is.
fn shorten(message: &str) -> String {
    match message.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.into(),
    }
}

/// The filter is compiled as one more definition of the prelude, which is the only place where a term can be given that
/// was parsed, and changed, outside of the library.
fn compile(code: &str, names: &[String]) -> Result<jaq_core::Filter<steps::Kind>, ToolError> {
    const MAIN: &str = "keyway_main";
    let main = Def { name: MAIN, args: Vec::new(), body: parse(code)? };
    let mut definitions: Vec<Def<&str>> = steps::definitions();
    definitions.push(main);
    let arena = Arena::default();
    let modules =
        Loader::new(definitions.into_iter().map(steps::counted)).load(&arena, File { code: MAIN, path: () });
    let modules = modules.map_err(|_| ToolError::failed("the definitions of the language do not load"))?;
    let compiler =
        Compiler::default().with_funs(steps::functions()).with_global_vars(names.iter().map(String::as_str));
    compiler.compile(modules).map_err(|errors| {
        let undefined = errors.iter().flat_map(|(_, errors)| errors).next();
        let Some((name, undefined)) = undefined else {
            return ToolError::invalid_arguments("the filter does not compile");
        };
        let what = undefined.as_str();
        let error = ToolError::invalid_arguments(format!(
            "`filter` {}: {what} `{name}` is not defined",
            place(code, name)
        ));
        match (what, names) {
            ("variable", []) => error.with_help("give it in `variables`"),
            ("variable", names) => error.with_help(format!("`variables` has {}", names.join(", "))),
            _ => error.with_help(
                "the manual of jq lists what there is; modules, input and halt are not available here",
            ),
        }
    })
}

fn parse(code: &str) -> Result<Term<&str>, ToolError> {
    let error = |expected: &str, found: &str| {
        let found = if found.is_empty() { "the end".into() } else { format!("`{}`", shorten(found)) };
        ToolError::invalid_arguments(format!("expected {expected}, found {found}"))
    };
    let at = |place: String, mut error: ToolError| {
        error.message = format!("`filter` {place}: {}", error.message);
        error
    };
    let tokens = Lexer::new(code).lex().map_err(|errors| match errors.first() {
        Some((expected, found)) => at(place(code, found), error(expected.as_str(), found)),
        None => ToolError::invalid_arguments("`filter` can not be read"),
    })?;
    Parser::new(&tokens).parse(|parser| parser.term()).map_err(|errors| match errors.first() {
        Some((expected, found)) => {
            let found = Token::opt_as_str(*found, code);
            at(place(code, found), error(expected.as_str(), found))
        }
        None => ToolError::invalid_arguments("`filter` can not be read"),
    })
}

/// Where a part of `code` stands in it, for people.
fn place(code: &str, part: &str) -> String {
    let before = &code[..span(code, part).start.min(code.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line} column {column}")
}

#[cfg(test)]
mod tests;
