//! The page: messages under the name of their type, and what the house asks of each.

use std::env::consts::{ARCH, OS};
use std::error::Error;
use std::fmt::{Display, Write as _};
use std::path::Path;

use keyway::host::loader::Problem;
use keyway::host::resolver::Reason;
use keyway::host::{Refusal, Survey};

/// One message.
#[derive(Default)]
struct Entry {
    of: &'static str,
    code: Option<String>,
    /// What it is about, where the message is shown beside that.
    place: Option<String>,
    message: String,
    /// What stands behind it (`source()`), the nearest first: often the system's words.
    causes: Vec<String>,
    help: Option<String>,
    summary: Option<String>,
    /// A line each, numbered.
    reasons: Vec<String>,
}

/// All messages, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Page {
    entries: Vec<Entry>,
    /// Folders of this machine, and what they are called on the page.
    names: Vec<(String, &'static str)>,
}

impl Page {
    /// From now on a folder goes by this name.
    pub(crate) fn call(&mut self, folder: &Path, name: &'static str) {
        self.names.push((folder.display().to_string(), name));
    }

    /// A text that is no error.
    pub(crate) fn add(
        &mut self,
        of: &'static str,
        code: Option<&str>,
        message: impl Display,
        help: Option<&str>,
    ) {
        let entry = Entry {
            of,
            code: code.map(str::to_owned),
            message: self.portable(&message.to_string()),
            help: help.map(|help| self.portable(help)),
            ..Entry::default()
        };
        self.entries.push(entry);
    }

    /// An error with all that stands behind it.
    pub(crate) fn error(
        &mut self,
        of: &'static str,
        code: &str,
        error: &(dyn Error + 'static),
        help: &str,
    ) -> &mut Self {
        self.add(of, Some(code), error, Some(help));
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(self.portable(&cause.to_string()));
            next = cause.source();
        }
        self.last().causes = causes;
        self
    }

    /// A problem in a folder, as it is listed.
    pub(crate) fn problem(&mut self, Problem { place, cause }: &Problem) {
        let place = self.portable(&place.display().to_string());
        self.error("host::Problem", cause.code(), cause, &cause.help()).last().place = Some(place);
    }

    /// Why a plugin does not run, in all the ways in which that is told.
    pub(crate) fn refusal(&mut self, refusal: &Refusal) {
        let summary = self.portable(&refusal.summary());
        let mut reasons = Vec::new();
        number(&mut reasons, &refusal.reasons(), "", 0);
        let reasons = reasons.iter().map(|reason| self.portable(reason)).collect();
        let entry = self.error("host::Refusal", refusal.code(), refusal, &refusal.help()).last();
        (entry.summary, entry.reasons) = (Some(summary), reasons);
    }

    /// Why plugins of a survey do not run.
    pub(crate) fn refusals(&mut self, survey: &Survey, ids: &[&str]) {
        for id in ids {
            let info = survey.plugin(id).unwrap_or_else(|| panic!("{id} was found"));
            let refusal = info.refusal().unwrap_or_else(|| panic!("{id} runs"));
            self.refusal(refusal);
        }
    }

    fn last(&mut self) -> &mut Entry {
        self.entries.last_mut().expect("one was added")
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut of = "";
        for entry in &self.entries {
            if entry.of != of {
                of = entry.of;
                write(&mut text, format_args!("# {of}\n"));
            }
            let mut line = |name: &str, said: &str| write(&mut text, format_args!("{name}{said}"));
            entry.code.iter().for_each(|code| line("code: ", code));
            entry.place.iter().for_each(|place| line("place: ", place));
            line("", &entry.message);
            entry.causes.iter().for_each(|cause| line("cause: ", cause));
            entry.help.iter().for_each(|help| line("help: ", help));
            entry.summary.iter().for_each(|summary| line("summary: ", summary));
            entry.reasons.iter().for_each(|reason| line("", reason));
            text.push('\n');
        }
        text
    }

    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.entries.iter().any(|entry| entry.code.as_deref() == Some(code))
    }

    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn helped(&self) -> usize {
        self.entries.iter().filter(|entry| entry.help.is_some()).count()
    }

    /// What breaks the house style, a line each. The causes are not judged: they are judged where they are errors of ours.
    pub(crate) fn offences(&self) -> Vec<String> {
        let mut offences = Vec::new();
        for Entry { of, code, message, help, summary, reasons, .. } in &self.entries {
            let mut offends = |what: &str, text: &str| offences.push(format!("{of}: {what}: {text:?}"));
            let reasons = reasons.iter().filter_map(|reason| reason.trim_start().split_once(' '));
            let lines = help.iter().flat_map(|help| help.split('\n'));
            let said = [("the message", message.as_str())]
                .into_iter()
                .chain(lines.map(|line| ("the way out", line)))
                .chain(summary.iter().map(|summary| ("the summary", summary.as_str())))
                .chain(reasons.map(|(_number, reason)| ("a reason", reason)));
            for (which, text) in said {
                if let Some(what) = offence(text) {
                    offends(&format!("{which} {what}"), text);
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

    /// The same on every machine.
    fn portable(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (folder, name) in &self.names {
            text = text.replace(folder, name);
        }
        text.replace(keyway::abi::entry::TARGET, "<this target>")
            .replace(&format!("{ARCH} on {OS}"), "<this processor> on <this system>")
            .replace(&format!("{OS}-{ARCH}"), "<this platform>")
    }
}

fn write(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes everything");
}

/// As `why` numbers them.
fn number(lines: &mut Vec<String>, reasons: &[Reason], above: &str, depth: usize) {
    for (n, reason) in (1..).zip(reasons) {
        let number = format!("{above}{n}");
        let dot = if depth == 0 { "." } else { "" };
        lines.push(format!("{:width$}{number}{dot} {}", "", reason.text, width = depth * 3));
        self::number(lines, &reason.because, &format!("{number}."), depth + 1);
    }
}

const CONTRACTIONS: [&str; 6] = ["n't", "it's", "'re ", "'ll ", "'ve ", "let's"];

fn offence(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.trim_end().ends_with('.') {
        Some("ends with a full stop")
    } else if text.starts_with(char::is_uppercase) {
        Some("starts with an upper-case letter")
    } else if text.trim() != text {
        Some("has space around it")
    } else if CONTRACTIONS.iter().any(|short| text.contains(short)) {
        Some("has a contraction")
    } else if is_a_wrong_plural(text) {
        Some("has `1` before a plural")
    } else {
        None
    }
}

/// "1 plugins", but not what the standard library says of UTF-8.
fn is_a_wrong_plural(text: &str) -> bool {
    const PLURALS: [&str; 8] =
        ["plugins", "bytes", "faults", "elements", "notes", "users", "mistakes", "files"];
    let words: Vec<&str> = text.split_whitespace().collect();
    !text.starts_with("invalid utf-8")
        && words.windows(2).any(|pair| {
            pair[0] == "1" && PLURALS.contains(&pair[1].trim_end_matches(|c: char| !c.is_alphabetic()))
        })
}
