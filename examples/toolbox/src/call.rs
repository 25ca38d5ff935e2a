//! From a command line to the arguments of a tool, and from its answer to what is printed.
//!
//! The tool's schema decides: what it calls a string is taken as it is, all else is JSON; the property that `x-input`
//! names takes the file.

use keyway_interfaces::ToolError;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The arguments as a JSON document: `KEY=VALUE` each, and what stood in the file.
///
/// **Errors:** what is no `KEY=VALUE`, a value that is no JSON where JSON is due, a file where none is taken.
pub(crate) fn arguments(schema: &str, given: &[String], input: Option<String>) -> Result<String, ToolError> {
    let schema: Value = serde_json::from_str(schema)
        .map_err(|error| ToolError::failed(format!("the tool's parameters are no JSON: {error}")))?;
    let mut pairs = Vec::new();
    for argument in given {
        let Some((key, value)) = argument.split_once('=') else {
            return Err(ToolError::invalid_arguments(format!("`--arg {argument}` has no `=`"))
                .with_help("write `--arg KEY=VALUE`"));
        };
        pairs.push((key, value));
    }
    if let Some(input) = &input {
        match schema["x-input"].as_str() {
            Some(key) => pairs.push((key, input)),
            None => {
                return Err(ToolError::invalid_arguments("this tool works on no file")
                    .with_help("give everything with `--arg`"));
            }
        }
    }
    // The values go as they were written: a number keeps its digits, an object its order.
    let mut document = Vec::<String>::new();
    let mut keys = Vec::new();
    for (key, value) in pairs {
        if keys.contains(&key) {
            let message = format!("`{key}` is given twice");
            return Err(ToolError::invalid_arguments(message).with_help("the file is an argument too"));
        }
        keys.push(key);
        let value = if takes_text(&schema["properties"][key]) {
            Value::from(value).to_string()
        } else {
            match serde_json::from_str::<&RawValue>(value.trim()) {
                Ok(value) => value.get().to_owned(),
                Err(error) => {
                    let message = format!("`{key}` takes JSON, and what it was given is none: {error}");
                    return Err(ToolError::invalid_arguments(message)
                        .with_help("`toolbox describe` shows what it takes"));
                }
            }
        };
        document.push(format!("{}:{value}", Value::from(key)));
    }
    Ok(format!("{{{}}}", document.join(",")))
}

/// Whether a property is a string, perhaps one of several; a property that the schema does not know is given as text,
/// and the tool says what is wrong with it.
fn takes_text(property: &Value) -> bool {
    let is_text = |kind: &Value| kind == "string" || kind == "null";
    match property {
        Value::Null => true,
        Value::Object(property) => match (property.get("type"), alternatives(property)) {
            (Some(Value::Array(kinds)), _) => kinds.iter().all(is_text),
            (Some(kind), _) => is_text(kind),
            (None, Some(alternatives)) => alternatives.iter().all(takes_text),
            (None, None) => match (property.get("enum"), property.get("const")) {
                (Some(Value::Array(values)), _) => values.iter().all(Value::is_string),
                (_, Some(value)) => value.is_string(),
                _ => false,
            },
        },
        _ => false,
    }
}

fn alternatives(property: &Map<String, Value>) -> Option<&Vec<Value>> {
    property.get("oneOf").or_else(|| property.get("anyOf"))?.as_array()
}

/// One field of an answer, with a newline at its end: a text as it is, all else as JSON.
///
/// **Errors:** the fields that there are.
pub(crate) fn field(answer: &str, field: &str) -> Result<String, ToolError> {
    let answer: Value = serde_json::from_str(answer)
        .map_err(|error| ToolError::failed(format!("the tool's answer is no JSON: {error}")))?;
    match answer.get(field) {
        Some(Value::String(text)) if text.ends_with('\n') => Ok(text.clone()),
        Some(Value::String(text)) => Ok(format!("{text}\n")),
        Some(value) => Ok(format!("{value}\n")),
        None => {
            let fields = answer.as_object().into_iter().flat_map(|fields| fields.keys());
            let fields: Vec<_> = fields.map(String::as_str).collect();
            Err(ToolError::invalid_arguments(format!("the answer has no `{field}`"))
                .with_help(format!("it has {}", fields.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use keyway_builtins::{Diff, Digest, Query, WordCount};
    use keyway_interfaces::Tool;

    use super::*;

    #[track_caller]
    fn check(tool: &dyn Tool, given: &[&str], input: Option<&str>, document: &str) {
        let given: Vec<_> = given.iter().map(|argument| argument.to_string()).collect();
        let arguments = arguments(&tool.parameters(), &given, input.map(str::to_owned)).unwrap();
        assert_eq!(arguments, document);
        tool.run(&arguments).unwrap();
    }

    #[test]
    fn text_is_taken_as_it_is_and_all_else_as_json() {
        check(&WordCount, &["top=3"], Some("a \"b\"\n"), r#"{"top":3,"text":"a \"b\"\n"}"#);
        check(&Diff, &["old=1", "context=0"], Some("2"), r#"{"old":"1","context":0,"new":"2"}"#);
        check(&Digest, &["algorithm=sha512", "data=a=b"], None, r#"{"algorithm":"sha512","data":"a=b"}"#);
    }

    #[test]
    fn json_input_keeps_its_digits_and_its_order() {
        let input = " {\"z\": 1.10, \"a\": 100000000000000000001}\n";
        let document = r#"{"filter":".","input":{"z": 1.10, "a": 100000000000000000001}}"#;
        check(&Query, &["filter=."], Some(input), document);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |given: &str, input: Option<&str>| {
            let given = [given.to_owned()];
            arguments(&Query.parameters(), &given, input.map(str::to_owned)).unwrap_err().message
        };
        assert_eq!(message("filter", None), "`--arg filter` has no `=`");
        assert_eq!(message("input=1", Some("2")), "`input` is given twice");
        assert!(
            message("limit=many", None).starts_with("`limit` takes JSON, and what it was given is none: ")
        );
        let error = arguments(r#"{"type":"object"}"#, &[], Some("x".into())).unwrap_err();
        assert_eq!(error.message, "this tool works on no file");
    }

    #[test]
    fn a_field_is_printed_as_text_or_as_json() {
        let answer = r#"{"text":"a\n","word":"a","count":[1,2]}"#;
        assert_eq!(field(answer, "text").unwrap(), "a\n");
        assert_eq!(field(answer, "word").unwrap(), "a\n");
        assert_eq!(field(answer, "count").unwrap(), "[1,2]\n");
        assert_eq!(field(answer, "size").unwrap_err().help(), Some("it has count, text, word"));
    }
}
