//! `code/generate`: Rust, TypeScript, SQL or Markdown from a JSON Schema.
//!
//! A plugin that lives outside of its host's crate, and that needs another plugin: it decides what is written, and
//! `template/render` writes it, wherever that one lives.
//!
//! [`model`] reads the schema into types, [`languages`] names them in a language, `templates/` has a layout for each.
#![forbid(unsafe_code)]

pub mod languages;
pub mod model;

use std::sync::Arc;

use keyway_interfaces::{Tool, ToolError, ToolErrorKind};
use serde::Deserialize;
use serde_json::{Value, json};

use languages::Language;
use model::{Model, Schema};

/// The plugin `code/generate`.
#[keyway::plugin(id = "code/generate", provides(Tool), requires("template/render" = "^1"))]
pub struct Generate {
    renderer: Arc<dyn Tool>,
}

impl keyway::Plugin for Generate {
    fn start(context: &keyway::Context) -> Result<Self, keyway::StartError> {
        Ok(Self::new(context.get::<dyn Tool>("template/render")?.to_arc()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    schema: Schema,
    language: Language,
    #[serde(default)]
    name: Option<String>,
}

impl Generate {
    /// A generator that writes with that renderer.
    pub fn new(renderer: Arc<dyn Tool>) -> Self {
        Self { renderer }
    }
}

impl Tool for Generate {
    fn name(&self) -> String {
        "code-generate".into()
    }

    fn description(&self) -> String {
        "Generates Rust types, TypeScript types, SQL tables or Markdown documentation from a JSON Schema"
            .into()
    }

    fn parameters(&self) -> String {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "required": ["schema", "language"],
            "x-input": "schema",
            "properties": {
                "schema": { "type": "object", "description": "A JSON Schema of an object." },
                "language": {
                    "enum": ["rust", "typescript", "sql", "markdown"],
                    "description": "What to generate.",
                },
                "name": {
                    "type": "string",
                    "description": "The name of the outermost type; absent, the title of the schema.",
                },
            },
        })
        .to_string()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let Arguments { schema, language, name } = serde_json::from_str(arguments).map_err(|error| {
            ToolError::invalid_arguments(error.to_string())
                .with_help("the arguments are an object with `schema`, `language`, and optionally `name`")
        })?;
        let model = Model::read(&schema, name.as_deref())?;
        let code = render(&*self.renderer, language.template(), &language.describe(&model)?)?;
        let types: Vec<&str> = model.types.iter().map(|r#type| r#type.name.as_str()).collect();
        Ok(json!({ "code": code, "types": types }).to_string())
    }
}

/// Lets `template/render` write a template with values.
fn render(renderer: &dyn Tool, template: &str, values: &Value) -> Result<String, ToolError> {
    let arguments = json!({ "template": template, "values": values, "trim": true });
    let answer = renderer.run(&arguments.to_string()).map_err(|error| ToolError {
        // Whatever went wrong, it was not our caller's template.
        kind: match error.kind {
            ToolErrorKind::InvalidArguments => ToolErrorKind::Failed,
            kind => kind,
        },
        message: format!("`template/render` did not write the code: {}", error.message),
        help: error.help,
    })?;
    match serde_json::from_str(&answer) {
        Ok(Value::Object(mut answer)) => match answer.remove("text") {
            Some(Value::String(text)) => Ok(text),
            _ => Err(ToolError::failed("the answer of `template/render` has no `text`")),
        },
        _ => Err(ToolError::failed("the answer of `template/render` is no object")),
    }
}

#[cfg(test)]
mod tests;
