//! `math/evaluate`: exact arithmetic, functions and units.
//!
//! The library asks its leash in every loop and every call of an expression; before that, while the expression is only
//! read, its length bounds the depth.

use std::collections::BTreeMap;
use std::time::Duration;

use fend_core::{Context, Interrupt};
use keyway_interfaces::{Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arguments;
use crate::leash::{self, Leash};

/// The longest expression, in bytes.
const LONGEST: usize = 2000;
const STEPS: u32 = 50_000_000;
const TIME: Duration = Duration::from_secs(2);

/// The plugin `math/evaluate`.
#[keyway::plugin(
    id = "math/evaluate",
    version = "1.0.0",
    description = "Exact arithmetic with units",
    provides(Tool)
)]
#[derive(Debug, Default)]
pub struct Evaluate;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "expression"))]
struct Arguments {
    /// What to evaluate, such as `2^0.5`, `1/3 to fraction`, `5 feet 8 inches to cm`, `sin(30°)`, `0xff to binary`.
    expression: String,
    /// Values of the variables in it: numbers, or expressions such as `"3 km"`.
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Variable {
    Number(serde_json::Number),
    Expression(String),
}

#[derive(Serialize)]
struct Answer {
    /// The result as text, with its unit.
    result: String,
    /// The result as a number, where it is one without a unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<f64>,
    /// Whether `result` was rounded.
    approximate: bool,
}

impl Tool for Evaluate {
    fn name(&self) -> String {
        "math-evaluate".into()
    }

    fn description(&self) -> String {
        "Evaluates arithmetic exactly: fractions, powers, functions, number bases, units and their conversion"
            .into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let Arguments { expression, variables } = arguments::read(arguments)?;
        let answer = leash::run(STEPS, TIME, |leash| {
            let mut context = Context::new();
            for (name, value) in variables {
                define(&mut context, leash, &name, value)?;
            }
            let text = evaluate(&mut context, leash, "`expression`", &expression)?;
            let (result, approximate) = match text.strip_prefix("approx. ") {
                Some(result) => (result, true),
                None => (text.as_str(), false),
            };
            Ok(Answer { result: result.into(), number: result.parse().ok(), approximate })
        })?;
        arguments::answer(&answer)
    }
}

fn define(context: &mut Context, leash: &Leash, name: &str, value: Variable) -> Result<(), ToolError> {
    let mut characters = name.chars();
    let is_name = characters.next().is_some_and(char::is_alphabetic)
        && characters.all(|c| c.is_alphanumeric() || c == '_');
    if !is_name {
        return Err(ToolError::invalid_arguments(format!("`{name}` in `variables` is no name"))
            .with_help("write a letter, then letters, digits and `_`"));
    }
    let value = match value {
        Variable::Number(number) => number.to_string(),
        Variable::Expression(expression) => expression,
    };
    evaluate(context, leash, &format!("variable `{name}`"), &format!("{name} = ({value})")).map(drop)
}

fn evaluate(context: &mut Context, leash: &Leash, what: &str, expression: &str) -> Result<String, ToolError> {
    if expression.len() > LONGEST {
        let message = format!("{what} has {} bytes, more than {LONGEST}", expression.len());
        return Err(ToolError::limit_exceeded(message).with_help("name parts of it in `variables`"));
    }
    let result = fend_core::evaluate_with_interrupt(expression, context, &Held(leash))
        .map_err(|message| ToolError::failed(format!("{what}: {message}")))?;
    match result.get_main_result() {
        "" => Err(ToolError::failed(format!("{what} has no value"))
            .with_help("write an expression such as `1 + 2`")),
        text => Ok(text.into()),
    }
}

struct Held<'a>(&'a Leash);

impl Interrupt for Held<'_> {
    fn should_interrupt(&self) -> bool {
        !self.0.step()
    }
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::{Failed, InvalidArguments, LimitExceeded};
    use serde_json::json;

    use super::*;
    use crate::arguments::testing::{fail, keeps_its_promises, run};

    #[test]
    fn it_keeps_what_every_tool_promises() {
        keeps_its_promises(&Evaluate);
    }

    #[track_caller]
    fn check(expression: &str, result: &str) {
        assert_eq!(run(&Evaluate, json!({ "expression": expression }))["result"], result, "{expression}");
    }

    #[test]
    fn arithmetic_is_exact() {
        check("0.1 + 0.2", "0.3");
        check("1/3 + 1/6 to fraction", "1/2");
        check("2^200", "1606938044258990275541962092341162602522202993782792835301376");
        check("30!", "265252859812191058636308480000000");
        check("-2^2", "-4");
        check("2^3^2", "512");
        check("17 mod 5", "2");
        check("2 + 3 * (4 - 1) / 9", "3");
        check("0xff + 0b101", "0x104");
        check("255 to binary", "11111111");
    }

    #[test]
    fn rounded_results_say_so_and_plain_numbers_come_as_numbers_too() {
        let root = run(&Evaluate, json!({ "expression": "sqrt 3 to 12 dp" }));
        assert_eq!(root["result"], "1.732050807569");
        assert_eq!(root["approximate"], true);
        assert_eq!(root["number"], 1.732050807569);
        assert_eq!(run(&Evaluate, json!({ "expression": "sin(30°)" }))["number"], 0.5);
        let half = json!({ "result": "0.5", "number": 0.5, "approximate": false });
        assert_eq!(run(&Evaluate, json!({ "expression": "1/2" })), half);
    }

    #[test]
    fn units_convert_and_only_where_they_can() {
        check("5 feet 10 inches to cm", "177.8 cm");
        check("100 km/h to m/s to fraction", "250/9 m / s");
        check("32 °F to °C", "0 °C");
        check("3 GiB to MB", "3221.225472 MB");
        assert!(run(&Evaluate, json!({ "expression": "1 mile to km" }))["number"].is_null());
        let error = fail(&Evaluate, Failed, json!({ "expression": "3 kg to m" }));
        assert!(error.message.starts_with("`expression`: cannot convert from kg to m"), "{error}");
    }

    #[test]
    fn variables_are_numbers_or_expressions_with_units() {
        let variables = json!({ "mass": "2.5 kg", "c": "3e8 m/s", "times": 4 });
        let answer =
            run(&Evaluate, json!({ "expression": "times * mass * c^2 to J", "variables": variables }));
        assert_eq!(answer["result"], "900000000000000000 J");
        let wrong = json!({ "expression": "1", "variables": { "a b": 1 } });
        assert_eq!(fail(&Evaluate, InvalidArguments, wrong).message, "`a b` in `variables` is no name");
        let wrong = json!({ "expression": "1", "variables": { "a": "1 +" } });
        assert!(fail(&Evaluate, Failed, wrong).message.starts_with("variable `a`: "));
    }

    #[test]
    fn one_call_leaves_nothing_behind_for_the_next() {
        let tool = Evaluate;
        run(&tool, json!({ "expression": "left = 7" }));
        assert!(
            fail(&tool, Failed, json!({ "expression": "left" }))
                .message
                .contains("unknown identifier 'left'")
        );
    }

    #[test]
    fn mistakes_are_named() {
        let message = |expression: &str| fail(&Evaluate, Failed, json!({ "expression": expression })).message;
        assert_eq!(message("1/0"), "`expression`: division by zero");
        assert_eq!(message("nonsuch + 1"), "`expression`: unknown identifier 'nonsuch'");
        assert_eq!(message(" "), "`expression` has no value");
        assert_eq!(message("1 + * 2"), "`expression`: unexpected input found");
        assert_eq!(message("roll d6"), "`expression`: random numbers are not available");
    }

    #[test]
    fn an_expression_that_does_not_end_is_stopped() {
        for endless in ["9^9^9^9^9 mod 7", "(\\f. 1 + f f) (\\f. 1 + f f)"] {
            let error = fail(&Evaluate, LimitExceeded, json!({ "expression": endless }));
            assert!(error.message.starts_with("stopped "), "{endless}: {error}");
        }
    }

    #[test]
    fn the_longest_expressions_fit_the_stack_however_they_nest() {
        for (open, close, result) in [
            ("(", ")", "\"1\""),
            ("-", "", "\"-1\""),
            ("sqrt ", "", "\"1\""),
            ("1/", "", "\"1\""),
            ("sin(", ")", "\"approx"),
            ("\\x.", "", "\"\\\\x.\\\\x."),
            ("2^", "", "exponent too large"),
        ] {
            let depth = (LONGEST - 1) / (open.len() + close.len());
            let expression = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let answer = Evaluate.run(&json!({ "expression": expression }).to_string());
            let answer = answer.unwrap_or_else(|error| error.message);
            assert!(answer.contains(result), "{open}: {answer}");
        }
        let error = fail(&Evaluate, LimitExceeded, json!({ "expression": "1+".repeat(1001) }));
        assert_eq!(error.message, "`expression` has 2002 bytes, more than 2000");
    }
}
