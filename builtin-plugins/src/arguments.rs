//! From the JSON text of a call to a plugin's own argument type, and back from its answer.
//!
//! The schema that callers see is derived from the type that the arguments are read into, so the two can not drift.

use keyway_interfaces::ToolError;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The JSON Schema of `A`, with everything in one place and no references.
pub(crate) fn schema<A: JsonSchema>() -> String {
    root_schema::<A>().to_string()
}

/// Reads the arguments of a call.
///
/// **Errors:** what is wrong and where, and as help the names that `A` knows.
pub(crate) fn read<'a, A: Deserialize<'a> + JsonSchema>(arguments: &'a str) -> Result<A, ToolError> {
    let mut json = serde_json::Deserializer::from_str(arguments);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.into_inner() {
            error if error.is_data() && path != "." => format!("argument `{path}`: {error}"),
            error if error.is_data() => error.to_string(),
            error => format!("the arguments are no JSON: {error}"),
        }
    });
    read.and_then(|value| match json.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(format!("something follows the arguments: {error}")),
    })
    .map_err(|message| ToolError::invalid_arguments(message).with_help(names::<A>()))
}

/// The answer of a call, as JSON.
pub(crate) fn answer<T: Serialize>(value: &T) -> Result<String, ToolError> {
    serde_json::to_string(value).map_err(|error| ToolError::failed(format!("the answer is no JSON: {error}")))
}

fn root_schema<A: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<A>();
    schema.remove("title");
    schema.to_value()
}

/// The names of the arguments in a sentence: "the arguments are an object with `text`, and optionally `top`".
fn names<A: JsonSchema>() -> String {
    let schema = root_schema::<A>();
    let required: Vec<&str> = match &schema["required"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let optional = schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys());
    let optional: Vec<&str> = optional.map(String::as_str).filter(|name| !required.contains(name)).collect();
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match (required.as_slice(), optional.as_slice()) {
        (required, []) => format!("the arguments are an object with {}", list(required)),
        ([], optional) => format!("the arguments are an object, optionally with {}", list(optional)),
        (required, optional) => {
            format!("the arguments are an object with {}, and optionally {}", list(required), list(optional))
        }
    }
}

/// What the tests of every plugin need: call it and look at the answer.
#[cfg(test)]
pub(crate) mod testing {
    use keyway_interfaces::{Tool, ToolError, ToolErrorKind};
    use serde_json::Value;

    /// The answer to arguments that must be right.
    #[track_caller]
    pub(crate) fn run(tool: &dyn Tool, arguments: Value) -> Value {
        let answer = tool.run(&arguments.to_string());
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error} ({:?})", error.kind, error.help));
        serde_json::from_str(&answer).unwrap()
    }

    /// The error to arguments that must be wrong, which has to be of that kind.
    #[track_caller]
    pub(crate) fn fail(tool: &dyn Tool, kind: ToolErrorKind, arguments: Value) -> ToolError {
        let error = tool.run(&arguments.to_string()).expect_err("an error was due");
        assert_eq!(error.kind, kind, "{error}");
        error
    }

    /// What every tool owes: a name that can stand in a list, an object schema whose `x-input` exists, and refusal of
    /// what the schema does not know.
    #[track_caller]
    pub(crate) fn keeps_its_promises(tool: &dyn Tool) {
        let name = tool.name();
        assert!(
            name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert!(!tool.description().is_empty());
        let schema: Value = serde_json::from_str(&tool.parameters()).unwrap();
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["additionalProperties"], false);
        let input = schema["x-input"].as_str().expect("`x-input` names a property");
        assert!(schema["properties"][input].is_object(), "{input}");
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "`{name}` is not described");
        }
        for wrong in ["", "[]", "{", "7", r#"{"no-such-argument":1}"#, "{} {}"] {
            let error = tool.run(wrong).expect_err(wrong);
            assert_eq!(error.kind, ToolErrorKind::InvalidArguments, "{wrong}: {error}");
            assert!(error.help().unwrap().contains(input), "{wrong}: {:?}", error.help());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        /// A list.
        #[allow(dead_code, reason = "only its reading is tested")]
        list: Vec<Inner>,
        /// A number.
        #[allow(dead_code, reason = "only its reading is tested")]
        #[serde(default)]
        top: u8,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code, reason = "only its reading is tested")]
        word: String,
    }

    #[test]
    fn an_error_says_which_argument_and_where() {
        let message = |text: &str| read::<Sample>(text).unwrap_err().message;
        assert_eq!(
            message(r#"{"list":[{"word":"a"},{"word":3}]}"#),
            "argument `list[1].word`: invalid type: integer `3`, expected a string at line 1 column 31"
        );
        assert_eq!(
            message(r#"{"list":[],"top":300}"#),
            "argument `top`: invalid value: integer `300`, expected u8 at line 1 column 20"
        );
        assert_eq!(message(r#"{"top":1}"#), "missing field `list` at line 1 column 9");
        assert_eq!(
            message("{\n\"list\": [}"),
            "the arguments are no JSON: expected value at line 2 column 10"
        );
        assert_eq!(
            message(r#"{"list":[]} x"#),
            "something follows the arguments: trailing characters at line 1 column 13"
        );
    }

    #[test]
    fn the_help_names_what_may_be_given() {
        let help = read::<Sample>("{}").unwrap_err().help.unwrap();
        assert_eq!(help, "the arguments are an object with `list`, and optionally `top`");
    }

    #[test]
    fn the_schema_stands_without_references() {
        let schema = schema::<Sample>();
        assert!(!schema.contains("$ref"), "{schema}");
        let schema: Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(schema["properties"]["list"]["items"]["required"][0], "word");
        assert_eq!(schema["properties"]["top"]["description"], "A number.");
    }
}
