//! The lines that cross the socket: requests, and answers around a report.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::report::Trouble;
use crate::host::resolver::nearest;

/// The name of the protocol, in every line.
pub const SCHEMA: &str = "keyway.control/1";

/// The most bytes of a request, its end included: 1 MiB.
pub const LINE: usize = 1 << 20;

/// How a host says that it has ended, while it still can.
pub(super) const STOPPED: &str = "host-stopped";

/// What a running host can be asked for; the answers are in the [table](super).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Request {
    /// Who it is.
    Host {},
    /// Every plugin.
    List {},
    /// Looks for plugins again, and starts what is new and can run.
    Refresh {},
    /// Everything that is known of a plugin.
    Plugin {
        /// The plugin.
        id: String,
    },
    /// Why a plugin runs or does not.
    Why {
        /// The plugin.
        id: String,
    },
    /// How plugins fare.
    Status {
        /// One plugin; without it all of them.
        #[serde(default)]
        id: Option<String>,
    },
    /// The last changes of a plugin's state.
    History {
        /// The plugin.
        id: String,
    },
    /// The last lines of a plugin's log.
    Logs {
        /// The plugin.
        id: String,
        /// Only lines after the one of this number.
        #[serde(default)]
        after: u64,
    },
    /// The lines of a plugin's log, and those to come.
    FollowLogs {
        /// The plugin.
        id: String,
        /// Only lines after the one of this number.
        #[serde(default)]
        after: u64,
    },
    /// How plugins fare, and again whenever it changes.
    FollowStatus {
        /// One plugin; without it all of them.
        #[serde(default)]
        id: Option<String>,
        /// How often is looked, in milliseconds; at least 100. A second, unless this is given.
        #[serde(default)]
        every_ms: Option<u64>,
    },
    /// Starts a plugin.
    Load {
        /// The plugin.
        id: String,
    },
    /// Stops a plugin until it is loaded again or the host starts anew.
    Unload {
        /// The plugin.
        id: String,
        /// Those that can not do without it are stopped too.
        #[serde(default)]
        cascade: bool,
    },
    /// Stops a plugin and starts it anew from its file as it is now.
    Reload {
        /// The plugin.
        id: String,
    },
    /// Lets a plugin run again that was disabled or in quarantine, now and at every start.
    Enable {
        /// The plugin.
        id: String,
    },
    /// Keeps a plugin from running, now and at every start.
    Disable {
        /// The plugin.
        id: String,
    },
}

impl Request {
    /// The names of all requests, as they stand in a line, in the alphabet's order.
    pub const NAMES: &'static [&'static str] = &[
        "disable",
        "enable",
        "follow-logs",
        "follow-status",
        "history",
        "host",
        "list",
        "load",
        "logs",
        "plugin",
        "refresh",
        "reload",
        "status",
        "unload",
        "why",
    ];

    /// The line, its end included.
    pub(super) fn to_line(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Call<'a> {
            schema: &'a str,
            #[serde(flatten)]
            request: &'a Request,
        }
        to_line(&Call { schema: SCHEMA, request: self })
    }

    /// The request of a line, whatever stands in it.
    pub(super) fn of_line(line: &[u8]) -> Result<Self, Trouble> {
        let help = || format!("write {{\"schema\":\"{SCHEMA}\",\"request\":\"list\"}}, on one line");
        let no_request = |what: String| Trouble {
            code: "no-request".into(),
            message: format!("this is no request: {what}"),
            help: help(),
        };
        let value: Value = serde_json::from_slice(line).map_err(|error| no_request(error.to_string()))?;
        let Value::Object(mut fields) = value else {
            return Err(no_request("it is no JSON object".into()));
        };
        match fields.remove("schema") {
            Some(Value::String(schema)) if schema == SCHEMA => {}
            Some(Value::String(schema)) => {
                return Err(Trouble {
                    code: "other-protocol".into(),
                    message: format!("this host speaks `{SCHEMA}`, and the request is `{}`", short(&schema)),
                    help: "take the command and the host from the same version of keyway".into(),
                });
            }
            _ => return Err(no_request("it has no `schema`".into())),
        }
        let name = match fields.get("request") {
            Some(Value::String(name)) => name.clone(),
            _ => return Err(no_request("it has no `request`".into())),
        };
        if !Self::NAMES.contains(&name.as_str()) {
            let meant = nearest(&name, Self::NAMES.iter().copied());
            let meant = meant.map_or_else(String::new, |meant| format!("write `{meant}` if that is meant; "));
            return Err(Trouble {
                code: "unknown-request".into(),
                message: format!("this host knows no request `{}`", short(&name)),
                help: format!("{meant}it knows {}", Self::NAMES.join(", ")),
            });
        }
        serde_json::from_value(Value::Object(fields)).map_err(|error| Trouble {
            code: "bad-request".into(),
            message: format!("the request `{name}` can not be read: {error}"),
            help: "give it the fields that it takes, in the types that they have".into(),
        })
    }
}

/// What is quoted of a word that may be a megabyte long.
fn short(word: &str) -> String {
    match word.char_indices().nth(64) {
        None => word.to_owned(),
        Some((end, _)) => format!("{}…", &word[..end]),
    }
}

/// Something as a line, its end included.
fn to_line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("reports are texts, numbers and lists");
    line.push(b'\n');
    line
}

/// The line that says yes.
pub(super) fn answer(answer: &impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Answer<'a, T> {
        schema: &'a str,
        answer: &'a T,
    }
    to_line(&Answer { schema: SCHEMA, answer })
}

/// The line that says no.
pub(super) fn refusal(error: &Trouble) -> Vec<u8> {
    #[derive(Serialize)]
    struct Refusal<'a> {
        schema: &'a str,
        error: &'a Trouble,
    }
    to_line(&Refusal { schema: SCHEMA, error })
}

/// What a line of the host's says: yes, no, or in words what is wrong with it.
pub(super) fn read_answer<T: DeserializeOwned>(line: &[u8]) -> Result<Result<T, Trouble>, String> {
    #[derive(Deserialize)]
    struct Reply {
        schema: String,
        answer: Option<Value>,
        error: Option<Trouble>,
    }
    let Reply { schema, answer, error } = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if schema != SCHEMA {
        return Err(format!("it is `{}`, and this side speaks `{SCHEMA}`", short(&schema)));
    }
    match (answer, error) {
        (_, Some(trouble)) => Ok(Err(trouble)),
        (Some(answer), None) => serde_json::from_value(answer).map(Ok).map_err(|error| error.to_string()),
        (None, None) => Err("it has neither `answer` nor `error`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_reads_back_as_it_was_written_and_is_named() {
        let id = || "a/b".to_owned();
        let all = [
            Request::Disable { id: id() },
            Request::Enable { id: id() },
            Request::FollowLogs { id: id(), after: 7 },
            Request::FollowStatus { id: Some(id()), every_ms: Some(250) },
            Request::History { id: id() },
            Request::Host {},
            Request::List {},
            Request::Load { id: id() },
            Request::Logs { id: id(), after: 0 },
            Request::Plugin { id: id() },
            Request::Refresh {},
            Request::Reload { id: id() },
            Request::Status { id: None },
            Request::Unload { id: id(), cascade: true },
            Request::Why { id: id() },
        ];
        assert_eq!(all.len(), Request::NAMES.len());
        for (request, name) in all.into_iter().zip(Request::NAMES) {
            let line = request.to_line();
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            let text = String::from_utf8(line.clone()).unwrap();
            assert!(text.contains(&format!("\"request\":\"{name}\"")), "{text}");
            assert_eq!(Request::of_line(&line).unwrap(), request);
        }
    }

    #[track_caller]
    fn refused(line: &str, code: &str, message: &str) -> Trouble {
        let trouble = Request::of_line(line.as_bytes()).unwrap_err();
        assert_eq!((&*trouble.code, &*trouble.message), (code, message), "{line}");
        trouble
    }

    #[test]
    fn what_is_no_request_is_named_with_what_would_be_one() {
        let none = refused("[]", "no-request", "this is no request: it is no JSON object");
        assert_eq!(none.help, r#"write {"schema":"keyway.control/1","request":"list"}, on one line"#);
        refused("{}", "no-request", "this is no request: it has no `schema`");
        refused(
            r#"{"schema":"keyway.control/2","request":"list"}"#,
            "other-protocol",
            "this host speaks `keyway.control/1`, and the request is `keyway.control/2`",
        );
        let line = r#"{"schema":"keyway.control/1","request":"relaod","id":"a/b"}"#;
        let unknown = refused(line, "unknown-request", "this host knows no request `relaod`");
        assert!(unknown.help.starts_with("write `reload` if that is meant; it knows disable, enable, "));
        refused(
            r#"{"schema":"keyway.control/1","request":"load"}"#,
            "bad-request",
            "the request `load` can not be read: missing field `id`",
        );
        let line = r#"{"schema":"keyway.control/1","request":"load","id":"a/b","dry_run":true}"#;
        let trouble = Request::of_line(line.as_bytes()).unwrap_err();
        assert!(trouble.message.contains("unknown field `dry_run`"), "{}", trouble.message);
        let line = r#"{"schema":"keyway.control/1","request":"list","id":"a/b"}"#;
        let trouble = Request::of_line(line.as_bytes()).unwrap_err();
        assert!(trouble.message.contains("unknown field `id`"), "{}", trouble.message);
    }

    #[test]
    fn a_word_without_end_is_not_said_back() {
        let line = format!(r#"{{"schema":"{SCHEMA}","request":"{}"}}"#, "ä".repeat(LINE / 2));
        assert!(Request::of_line(line.as_bytes()).unwrap_err().message.len() < 200);
        let deep = "[".repeat(LINE);
        assert_eq!(Request::of_line(deep.as_bytes()).unwrap_err().code, "no-request");
    }
}
