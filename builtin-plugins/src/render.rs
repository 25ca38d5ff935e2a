//! `template/render`: Jinja templates over JSON values.
//!
//! Steps and output are bounded. One very long string can still be built inside a template; a host that takes templates
//! from strangers gives this plugin a home where memory is bounded too.
//!
//! The library reads `- - - 1` and `1 + 1 + 1` by recursion without a limit of its own, so templates have a greatest
//! length, and the work has a stack that even the worst of that length fits in.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;

use keyway_interfaces::{Tool, ToolError, ToolErrorKind};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arguments;
use crate::room::with_room;

/// The longest template, in bytes.
const LONGEST_TEMPLATE: usize = 256 << 10;
/// How many instructions a template may take.
const FUEL: u64 = 2_000_000;
/// The longest output, in bytes.
const LONGEST: usize = 16 << 20;

/// The plugin `template/render`.
#[keyway::plugin(id = "template/render", version = "1.0.0", description = "Jinja templates", provides(Tool))]
#[derive(Debug, Default)]
pub struct Render;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "template"))]
struct Arguments {
    /// The template, in the language of Jinja: `{{ value }}`, `{% if %}`, `{% for %}`, filters, macros.
    template: String,
    /// What the template can name. A name that is not here is an error, unless the template asks with `is defined`.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    values: BTreeMap<String, Value>,
    /// Further templates by name, for `include`, `extends` and `import`.
    #[serde(default)]
    partials: BTreeMap<String, String>,
    /// What to call the template in errors.
    #[serde(default = "template")]
    name: String,
    /// How values are escaped where they are written.
    #[serde(default)]
    escape: Escape,
    /// Whether a line that holds nothing but a `{% … %}` leaves no line behind.
    #[serde(default)]
    trim: bool,
}

fn template() -> String {
    "template".into()
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Escape {
    #[default]
    None,
    Html,
    Json,
}

#[derive(Serialize)]
struct Answer {
    text: String,
}

impl Tool for Render {
    fn name(&self) -> String {
        "template-render".into()
    }

    fn description(&self) -> String {
        "Renders a Jinja template with values".into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let arguments: Arguments = arguments::read(arguments)?;
        check_lengths(&arguments)?;
        let text = with_room(|| render(&arguments).map_err(|error| explain(&error, &arguments)))?;
        arguments::answer(&Answer { text })
    }
}

fn check_lengths(arguments: &Arguments) -> Result<(), ToolError> {
    let templates = arguments.partials.iter().chain([(&arguments.name, &arguments.template)]);
    for (name, source) in templates {
        if source.len() > LONGEST_TEMPLATE {
            let message = format!("`{name}` has {} bytes, more than {LONGEST_TEMPLATE}", source.len());
            return Err(ToolError::limit_exceeded(message).with_help("give long texts in `values`"));
        }
    }
    Ok(())
}

fn render(arguments: &Arguments) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .trim_blocks(arguments.trim)
            .lstrip_blocks(arguments.trim)
            .build()?,
    );
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(true);
    let escape = arguments.escape;
    environment.set_auto_escape_callback(move |_| match escape {
        Escape::None => AutoEscape::None,
        Escape::Html => AutoEscape::Html,
        Escape::Json => AutoEscape::Json,
    });
    for (name, source) in &arguments.partials {
        environment.add_template(name, source)?;
    }
    let mut text = Bounded(Vec::new());
    let template = environment.template_from_named_str(&arguments.name, &arguments.template)?;
    let values = arguments.values.iter().map(|(name, value)| (name.as_str(), value.clone()));
    template.render_captured_to(Value::from_pairs(values), &mut text)?;
    String::from_utf8(text.0).map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))
}

/// A text that does not grow beyond [`LONGEST`].
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What went wrong, at the innermost template that it went wrong in, and the line it stands in.
fn explain(error: &Error, arguments: &Arguments) -> ToolError {
    let mut inner = error;
    while let Some(cause) = inner.source().and_then(|cause| cause.downcast_ref::<Error>()) {
        inner = cause;
    }
    let kind = match inner.kind() {
        ErrorKind::OutOfFuel => {
            return ToolError::limit_exceeded(format!("stopped after {FUEL} instructions"))
                .with_help("render less at once");
        }
        ErrorKind::WriteFailure => {
            return ToolError::limit_exceeded(format!("the output is longer than {LONGEST} bytes"))
                .with_help("render less at once");
        }
        ErrorKind::SyntaxError
        | ErrorKind::TemplateNotFound
        | ErrorKind::UnknownFilter
        | ErrorKind::UnknownFunction
        | ErrorKind::UnknownTest
        | ErrorKind::UnknownBlock => ToolErrorKind::InvalidArguments,
        _ => ToolErrorKind::Failed,
    };
    let mut message = inner.kind().to_string();
    if let Some(detail) = inner.detail() {
        message = format!("{message}: {detail}");
    }
    let (Some(name), Some(number)) = (inner.name(), inner.line()) else {
        return ToolError::new(kind, message);
    };
    let source = arguments.partials.get(name).unwrap_or(&arguments.template);
    let line = source.lines().nth(number - 1).unwrap_or_default().trim();
    ToolError::new(kind, format!("`{name}` line {number}: {message}"))
        .with_help(format!("the line is `{line}`"))
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::{Failed, InvalidArguments, LimitExceeded};
    use serde_json::{Value, json};

    use super::*;
    use crate::arguments::testing::{fail, keeps_its_promises, run};

    #[track_caller]
    fn check(arguments: Value, text: &str) {
        assert_eq!(run(&Render, arguments)["text"], text);
    }

    #[test]
    fn it_keeps_what_every_tool_promises() {
        keeps_its_promises(&Render);
    }

    #[test]
    fn loops_conditions_filters_and_macros_work_together() {
        let template = "{% macro item(it) %}{{ it.name|upper }}{% if it.price %}: {{ '%.2f'|format(it.price) }}{% endif %}{% endmacro %}\
                        {% for it in items|sort(attribute='name') if not it.hidden %}{{ loop.index }}/{{ loop.length }} {{ item(it) }}\n{% else %}nothing{% endfor %}";
        let items = json!([
            { "name": "pear", "price": 1.5, "hidden": false },
            { "name": "salt", "price": 9, "hidden": true },
            { "name": "fig", "price": null, "hidden": false },
        ]);
        check(json!({ "template": template, "values": { "items": items } }), "1/2 FIG\n2/2 PEAR: 1.50\n");
        check(json!({ "template": template, "values": { "items": [] } }), "nothing");
    }

    #[test]
    fn values_keep_the_order_they_were_given_in() {
        check(
            serde_json::from_str(r#"{"template":"{% for k, v in m|items %}{{k}}={{v}} {% endfor %}","values":{"m":{"z":1,"a":2}}}"#).unwrap(),
            "a=2 z=1 ",
        );
        let text = r#"{"template":"{% for k in m %}{{k}}{% endfor %}","values":{"m":{"z":1,"b":0,"a":2}}}"#;
        assert_eq!(Render.run(text).unwrap(), r#"{"text":"zba"}"#);
    }

    #[test]
    fn partials_are_included_and_extended() {
        let partials = json!({
            "base": "<{% block body %}empty{% endblock %}>",
            "line": "[{{ it }}]",
        });
        let template = "{% extends 'base' %}{% block body %}{% for it in [1, 2] %}{% include 'line' %}{% endfor %}{{ super() }}{% endblock %}";
        check(json!({ "template": template, "partials": partials }), "<[1][2]empty>");
    }

    #[test]
    fn escaping_is_off_unless_asked_for() {
        let values = json!({ "x": "<a href='b'>&" });
        check(json!({ "template": "{{ x }}", "values": values }), "<a href='b'>&");
        check(
            json!({ "template": "{{ x }} {{ x|safe }}", "values": values, "escape": "html" }),
            "&lt;a href=&#x27;b&#x27;&gt;&amp; <a href='b'>&",
        );
        check(
            json!({ "template": "{{ x }}", "values": { "x": ["a\"", 1] }, "escape": "json" }),
            r#"["a\"",1]"#,
        );
    }

    #[test]
    fn trimmed_tags_leave_no_lines_and_the_last_newline_stays() {
        let template = "a\n  {% for x in [1, 2] %}\n  - {{ x }}\n  {% endfor %}\nb\n";
        check(json!({ "template": template, "trim": true }), "a\n  - 1\n  - 2\nb\n");
        check(json!({ "template": template }), "a\n  \n  - 1\n  \n  - 2\n  \nb\n");
    }

    #[test]
    fn an_error_says_which_template_which_line_and_shows_it() {
        let error =
            fail(&Render, InvalidArguments, json!({ "template": "a\n{% if x %}", "name": "page.html" }));
        assert!(
            error.message.starts_with("`page.html` line 2: syntax error: unexpected end of input"),
            "{error}"
        );
        let arguments = json!({ "template": "\n{% include 'row' %}", "partials": { "row": "1\n2 {{ user.nam }}" }, "values": { "user": {} } });
        let error = fail(&Render, Failed, arguments);
        assert!(error.message.starts_with("`row` line 2: undefined value"), "{error}");
        assert_eq!(error.help(), Some("the line is `2 {{ user.nam }}`"));
        let error = fail(&Render, InvalidArguments, json!({ "template": "{{ 1|shout }}" }));
        assert!(error.message.contains("unknown filter") && error.message.contains("shout"), "{error}");
        let error = fail(&Render, InvalidArguments, json!({ "template": "{% include 'gone' %}" }));
        assert!(error.message.contains("gone"), "{error}");
        let error = fail(&Render, Failed, json!({ "template": "{{ 1 // 0 }}" }));
        assert!(error.message.starts_with("`template` line 1: "), "{error}");
    }

    #[test]
    fn a_template_that_does_not_end_is_stopped() {
        let loops = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        let error = fail(&Render, LimitExceeded, json!({ "template": loops }));
        assert_eq!(error.message, "stopped after 2000000 instructions");
        let long = "{% for a in range(99) %}{{ 'x' * 1000000 }}{% endfor %}";
        let error = fail(&Render, LimitExceeded, json!({ "template": long }));
        assert_eq!(error.message, "the output is longer than 16777216 bytes");
        let deep = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}";
        let error = fail(&Render, Failed, json!({ "template": deep }));
        assert!(error.message.contains("recursion"), "{error}");
        let itself = json!({ "template": "{% include 'a' %}", "partials": { "a": "{% include 'a' %}" } });
        assert!(fail(&Render, Failed, itself).message.contains("recursion"));
    }

    #[test]
    fn templates_of_the_greatest_length_fit_the_stack_however_they_nest() {
        let endings = [
            ("(", ")", "recursion limits"),
            ("[", "]", "recursion limits"),
            ("not ", "", r#"{"text":"False"}"#),
            ("-", "", r#"{"text":"1"}"#),
            ("1+", "", r#"{"text":"131068"}"#),
            ("1 if 1 else ", "", r#"{"text":"1"}"#),
            ("", "|abs", r#"{"text":"1"}"#),
            ("", ".a", "`(...).a` is undefined"),
            ("", "[0]", "`(...)[0]` is undefined"),
            ("", " is odd", r#"{"text":"True"}"#),
        ];
        for (open, close, end) in endings {
            let depth = (LONGEST_TEMPLATE - 10) / (open.len() + close.len());
            let template = format!("{{{{ {}1{} }}}}", open.repeat(depth), close.repeat(depth));
            let answer = Render.run(&json!({ "template": template }).to_string());
            let answer = answer.unwrap_or_else(|error| error.message);
            assert!(answer.ends_with(end), "{open}1{close}: {answer}");
        }
        let tags = "{% if 1 %}".repeat(20_000);
        assert!(
            fail(&Render, InvalidArguments, json!({ "template": tags }))
                .message
                .ends_with("recursion limits")
        );
        let error = fail(&Render, LimitExceeded, json!({ "template": "x".repeat(LONGEST_TEMPLATE + 1) }));
        assert_eq!(error.message, "`template` has 262145 bytes, more than 262144");
    }
}
