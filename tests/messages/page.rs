//! The page: messages under the name of their type, and what the house asks of each.

use std::fmt::Display;

/// One message.
struct Entry {
    of: &'static str,
    code: Option<String>,
    message: String,
    help: Option<String>,
}

/// All messages, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Page(Vec<Entry>);

impl Page {
    pub(crate) fn add(
        &mut self,
        of: &'static str,
        code: Option<&str>,
        message: impl Display,
        help: Option<&str>,
    ) {
        let code = code.map(str::to_owned);
        let help = help.map(portable);
        self.0.push(Entry { of, code, message: portable(&message.to_string()), help });
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut of = "";
        for entry in &self.0 {
            if entry.of != of {
                of = entry.of;
                text.push_str(&format!("# {of}\n\n"));
            }
            if let Some(code) = &entry.code {
                text.push_str(&format!("code: {code}\n"));
            }
            text.push_str(&format!("{}\n", entry.message));
            if let Some(help) = &entry.help {
                text.push_str(&format!("help: {help}\n"));
            }
            text.push('\n');
        }
        text
    }

    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.0.iter().any(|entry| entry.code.as_deref() == Some(code))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn helped(&self) -> usize {
        self.0.iter().filter(|entry| entry.help.is_some()).count()
    }

    /// What breaks the house style, a line each.
    pub(crate) fn offences(&self) -> Vec<String> {
        let mut offences = Vec::new();
        for Entry { of, code, message, help } in &self.0 {
            let mut offends = |what: &str, text: &str| offences.push(format!("{of}: {what}: {text:?}"));
            if let Some(what) = offence(message) {
                offends(&format!("the message {what}"), message);
            }
            if let Some(help) = help {
                for line in help.split('\n') {
                    if let Some(what) = offence(line) {
                        offends(&format!("the way out {what}"), line);
                    }
                }
            }
            if let Some(code) = code
                && (code.is_empty()
                    || !code
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit()))
            {
                offends("the code is no short name", code);
            }
        }
        offences
    }
}

fn offence(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.trim_end().ends_with('.') {
        Some("ends with a full stop")
    } else if text.starts_with(char::is_uppercase) {
        Some("starts with an upper-case letter")
    } else if text.trim() != text {
        Some("has space around it")
    } else {
        None
    }
}

/// The same on every machine.
fn portable(text: &str) -> String {
    let machine = format!("{} on {}", std::env::consts::ARCH, std::env::consts::OS);
    text.replace(keyway::abi::entry::TARGET, "<this target>")
        .replace(&machine, "<this processor> on <this system>")
}
