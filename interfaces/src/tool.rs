//! A function that takes a JSON document and answers with one: what a command line, a language model or another
//! plugin can call by name without knowing it beforehand.
//!
//! What a tool does is its author's; which tools a caller may reach is the host's.

use std::error::Error;
use std::fmt;

/// Something that can be called by name, with a JSON document in and a JSON document out.
///
/// **Shape:** documents are JSON texts (RFC 8259) in UTF-8. The arguments are always an object. The answer should be
/// one too, so that a later version can add a field to it.
///
/// **For hosts:** list a tool with [`name`](Tool::name), [`description`](Tool::description) and
/// [`parameters`](Tool::parameters); this is also what a language model is given. A tool checks its arguments itself,
/// so nothing has to be validated before the call. Calls may come from several threads at once.
///
/// **For authors:** take the arguments into a type with `#[serde(deny_unknown_fields)]` and derive the schema from the
/// same type, so that the two can not drift; `keyway-builtins` shows how.
///
/// ```
/// use keyway_interfaces::{Tool, ToolError};
///
/// #[derive(Default)]
/// struct Shout;
///
/// impl Tool for Shout {
///     fn name(&self) -> String {
///         "shout".into()
///     }
///     fn description(&self) -> String {
///         "Says a text in capitals".into()
///     }
///     fn parameters(&self) -> String {
///         r#"{"type":"string"}"#.into()
///     }
///     fn run(&self, arguments: &str) -> Result<String, ToolError> {
///         match arguments.trim() {
///             text if text.starts_with('"') => Ok(text.to_uppercase()),
///             _ => Err(ToolError::invalid_arguments("expected a string").with_help("write `\"…\"`")),
///         }
///     }
/// }
///
/// assert_eq!(Shout.run(r#""hey""#).unwrap(), r#""HEY""#);
/// assert_eq!(Shout.run("1").unwrap_err().help(), Some("write `\"…\"`"));
/// ```
#[keyway::interface(id = "keyway/tool", version = "1.0.0")]
pub trait Tool: Send + Sync {
    /// What callers say to mean this tool.
    ///
    /// **Shape:** 1 to 64 characters of `a`–`z`, `A`–`Z`, `0`–`9`, `_` and `-`, so that it can stand in a command line
    /// and in the tool list of a language model. It does not change while the plugin runs.
    fn name(&self) -> String;

    /// What it does, for a person or a language model that chooses among tools.
    fn description(&self) -> String;

    /// The arguments that [`run`](Tool::run) takes, as a JSON Schema (draft 2020-12) of an object.
    ///
    /// **Shape:** a schema may say `"x-input": "NAME"` at its root: NAME is then the property that a command line fills
    /// from a file or from standard input, as a string where the property is one, else as JSON.
    fn parameters(&self) -> String;

    /// Does it.
    ///
    /// **Errors:** [`ToolError`], whose [`kind`](ToolError::kind) says who can mend it.
    fn run(&self, arguments: &str) -> Result<String, ToolError>;
}

/// Why a tool gave no answer.
///
/// **Shape:** `Display` writes the message alone; [`help`](ToolError::help) is for the line below it.
#[derive(Clone, Debug, PartialEq, Eq, keyway::Wire)]
pub struct ToolError {
    /// Who can mend it.
    pub kind: ToolErrorKind,
    /// What went wrong and where, in one lower-case clause.
    pub message: String,
    /// What to write or to do instead.
    pub help: Option<String>,
}

/// Who can mend a [`ToolError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, keyway::Wire)]
pub enum ToolErrorKind {
    /// The caller: the arguments are no JSON, or not what [`Tool::parameters`] says, or contradict each other.
    InvalidArguments,
    /// Whoever made the input: the arguments are well-formed, and the work on them failed. It stands, too, for a kind
    /// of a newer version that this side does not know.
    #[wire(default)]
    Failed,
    /// The caller, by asking for less: a limit on time, steps or size was reached.
    LimitExceeded,
    /// The operator: something that the tool needs is not there, such as another plugin, a file, a service.
    Unavailable,
    /// The tool's author: the call did not come back in an orderly way (a panic, a deadline, a plugin that is gone).
    Fault,
}

impl ToolErrorKind {
    /// The kind in snake case, as programs print it: `invalid_arguments`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArguments => "invalid_arguments",
            Self::Failed => "failed",
            Self::LimitExceeded => "limit_exceeded",
            Self::Unavailable => "unavailable",
            Self::Fault => "fault",
        }
    }
}

impl fmt::Display for ToolErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl ToolError {
    /// An error without help.
    pub fn new(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None }
    }

    /// [`ToolErrorKind::InvalidArguments`].
    pub fn invalid_arguments(message: impl Into<String>) -> Self {
        Self::new(ToolErrorKind::InvalidArguments, message)
    }

    /// [`ToolErrorKind::Failed`].
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ToolErrorKind::Failed, message)
    }

    /// [`ToolErrorKind::LimitExceeded`].
    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(ToolErrorKind::LimitExceeded, message)
    }

    /// [`ToolErrorKind::Unavailable`].
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ToolErrorKind::Unavailable, message)
    }

    /// The same error, with the way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to write or to do instead, where the tool knows it.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ToolError {}

impl From<keyway::Fault> for ToolError {
    fn from(fault: keyway::Fault) -> Self {
        Self::new(ToolErrorKind::Fault, fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_its_message_and_keeps_its_help_apart() {
        let error = ToolError::failed("no line 7 in `text`").with_help("`text` has 3 lines");
        assert_eq!(error.to_string(), "no line 7 in `text`");
        assert_eq!(error.help(), Some("`text` has 3 lines"));
        assert_eq!(error.kind, ToolErrorKind::Failed);
    }

    #[test]
    fn kinds_print_in_snake_case_and_no_two_alike() {
        use ToolErrorKind::*;
        let names =
            [InvalidArguments, Failed, LimitExceeded, Unavailable, Fault].map(|kind| kind.to_string());
        assert_eq!(names, ["invalid_arguments", "failed", "limit_exceeded", "unavailable", "fault"]);
    }

    #[test]
    fn tools_of_different_types_stand_in_one_list() {
        struct Named(&'static str);
        impl Tool for Named {
            fn name(&self) -> String {
                self.0.into()
            }
            fn description(&self) -> String {
                String::new()
            }
            fn parameters(&self) -> String {
                r#"{"type":"object"}"#.into()
            }
            fn run(&self, arguments: &str) -> Result<String, ToolError> {
                Ok(format!("[{:?},{arguments}]", self.0))
            }
        }
        let tools: Vec<Box<dyn Tool>> = vec![Box::new(Named("a")), Box::new(Named("b"))];
        let answers: Vec<_> = tools.iter().map(|tool| tool.run("{}").unwrap()).collect();
        assert_eq!(answers, [r#"["a",{}]"#, r#"["b",{}]"#]);
    }
}
