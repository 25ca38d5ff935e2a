//! The files as text: how records are written, and what is made of a text that is damaged.
//!
//! The last line of a file has the digest of all before it. Without it a file that was cut off between two records would
//! pass for a whole one. Where it is right, what this host does not understand comes from a newer one and is left as it
//! is; where it is wrong, as much is read as can be: if the text is no TOML, then each record of it that is.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use toml::{Table, Value};

use super::{ById, Choice, Damage};
use crate::host::find::stamp::Digest;
use crate::host::quarantine::Quarantine;
use crate::id::PluginId;
use crate::manifest::Home;

const HEAD: &str = "# Keyway writes this file, and its last line is the digest of what stands above.\n\
                    # Change it with `keyway enable` and `keyway disable`; to lose it all, remove it.\n\n";
const SEAL: &str = "# whole: ";
const RECORDS: &str = "quarantine";

/// What is wrong with a file as a whole.
pub(super) enum Flaw {
    Unreadable(Arc<io::Error>),
    Altered(String),
}

impl Flaw {
    pub(super) fn damage(&self, path: PathBuf, plugin: Option<&PluginId>) -> Damage {
        let plugin = plugin.cloned();
        match self {
            Self::Unreadable(source) => Damage::Unreadable { path, plugin, source: Arc::clone(source) },
            Self::Altered(what) => Damage::Altered { path, plugin, what: what.clone(), kept: None },
        }
    }
}

/// What the operator chose.
#[derive(Default)]
pub(super) struct Registry {
    pub(super) choices: ById<Choice>,
    pub(super) damage: Option<Flaw>,
    /// What a newer host may have written.
    pub(super) unknown: Option<String>,
    /// All of it, so that what this host does not know is written again.
    pub(super) table: Table,
}

/// The quarantines of one plugin.
#[derive(Default)]
pub(super) struct Plugin {
    /// Each with its text, so that what this host does not know of it is written again.
    pub(super) known: Vec<(Quarantine, Table)>,
    pub(super) damage: Option<Flaw>,
    /// Those of homes that this host does not have. They say nothing of the plugins that it finds.
    pub(super) foreign: Vec<Table>,
}

/// A text in full, or what could be saved of it and what is wrong with it first.
fn read(bytes: &[u8], first_line_of_a_record: &str) -> (Table, Option<String>) {
    let lossy = String::from_utf8_lossy(bytes);
    let (text, mut wrong) = match unseal(bytes) {
        Ok(text) => (text, None),
        Err(wrong) => (&*lossy, Some(wrong.to_owned())),
    };
    let table = text.parse().unwrap_or_else(|error| {
        wrong = Some(in_a_line(&error, text));
        salvage(text, first_line_of_a_record)
    });
    (table, wrong)
}

/// A text without doubt, its last line included, or what is wrong with it.
pub(super) fn unseal(bytes: &[u8]) -> Result<&str, &'static str> {
    const CUT: &str = "its last line is missing, with the digest of the rest";
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no text")?;
    let lines = text.strip_suffix('\n').ok_or(CUT)?;
    let end = lines.rfind('\n').map_or(0, |end| end + 1);
    let digest = lines[end..].strip_prefix(SEAL).ok_or(CUT)?;
    match digest.parse::<Digest>() {
        Ok(digest) if digest == Digest::of(&bytes[..end]) && lines.ends_with(&digest.to_string()) => Ok(text),
        _ => Err("its text is not the one whose digest stands in its last line"),
    }
}

pub(super) fn seal(mut text: String) -> String {
    let digest = Digest::of(text.as_bytes());
    text.push_str(SEAL);
    text.push_str(&format!("{digest}\n"));
    text
}

fn in_a_line(error: &toml::de::Error, text: &str) -> String {
    let message = error.message().replace('\n', ", ");
    match error.span() {
        Some(span) => {
            let before = &text.as_bytes()[..span.start.min(text.len())];
            format!("line {}: {message}", before.iter().filter(|byte| **byte == b'\n').count() + 1)
        }
        None => message,
    }
}

/// The records that can be read on their own. Of two of the same name the first.
fn salvage(text: &str, first_line_of_a_record: &str) -> Table {
    let mut records = vec![String::new()];
    for line in text.lines() {
        if line.starts_with(first_line_of_a_record) {
            records.push(String::new());
        }
        if let Some(record) = records.last_mut() {
            record.push_str(line);
            record.push('\n');
        }
    }
    let mut all = Table::new();
    for (key, value) in records.iter().filter_map(|record| record.parse::<Table>().ok()).flatten() {
        match (all.get_mut(&key), value) {
            (None, value) => {
                all.insert(key, value);
            }
            (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
            (Some(_), _) => {}
        }
    }
    all
}

pub(super) fn registry(bytes: &[u8]) -> Registry {
    let (table, wrong) = read(bytes, "[\"");
    let mut unknown = None;
    let mut choices = ById::new();
    for (name, value) in &table {
        let choice = match (PluginId::new(name), value) {
            (Ok(id), Value::Table(entry)) => {
                let mut choice = Choice::default();
                let mut field = |key: &str, known: bool| {
                    if let (Some(value), false) = (entry.get(key), known) {
                        unknown.get_or_insert(format!("`{key}` of `{id}` is `{value}`"));
                    }
                };
                choice.enabled = entry.get("enabled").and_then(Value::as_bool);
                choice.version = entry.get("version").and_then(of_text);
                choice.home = entry.get("home").and_then(of_text);
                field("enabled", choice.enabled.is_some());
                field("version", choice.version.is_some());
                field("home", choice.home.is_some());
                (choice != Choice::default()).then_some((id, choice))
            }
            _ => {
                unknown.get_or_insert(format!("`{name}`, which is no plugin with what was chosen for it"));
                None
            }
        };
        choices.extend(choice);
    }
    let damage = wrong.map(Flaw::Altered);
    Registry { choices, unknown: unknown.filter(|_| damage.is_none()), damage, table }
}

/// A value that is written as text.
fn of_text<T: for<'de> Deserialize<'de>>(value: &Value) -> Option<T> {
    value.clone().try_into().ok()
}

pub(super) fn quarantines(bytes: &[u8], id: &PluginId) -> Plugin {
    let (mut table, mut wrong) = read(bytes, "[[quarantine]]");
    let whole = wrong.is_none();
    let mut plugin = Plugin::default();
    let mut is_wrong = |what: String| {
        wrong.get_or_insert(what);
    };
    let entries = match table.remove(RECORDS) {
        Some(Value::Array(entries)) => entries,
        _ => {
            is_wrong(format!("it has no `{RECORDS}`"));
            Vec::new()
        }
    };
    for entry in entries {
        let Value::Table(entry) = entry else {
            is_wrong(format!("a `{RECORDS}` in it is {}, not a table", entry.type_str()));
            continue;
        };
        match entry.clone().try_into::<Quarantine>() {
            Ok(known) if known.plugin == *id => plugin.known.push((known, entry)),
            Ok(other) => is_wrong(format!("it speaks of `{}`", other.plugin)),
            Err(_) if whole && of_another_home(&entry) => plugin.foreign.push(entry),
            Err(error) => is_wrong(error.message().replace('\n', ", ")),
        }
    }
    plugin.damage = wrong.map(Flaw::Altered);
    plugin
}

fn of_another_home(entry: &Table) -> bool {
    entry.get("home").is_some_and(|home| home.is_str() && of_text::<Home>(home).is_none())
}

/// `None` where nothing is chosen.
pub(super) fn print_registry(registry: &mut Registry, choices: &ById<Choice>) -> Option<String> {
    let Registry { table, choices: before, damage, .. } = registry;
    if damage.is_some() {
        // What can not be told from damage is not carried on; the file is kept beside.
        (*table, *before) = Default::default();
    }
    let none = Choice::default();
    for id in before.keys().chain(choices.keys()) {
        let (old, new) = (before.get(id).unwrap_or(&none), choices.get(id).unwrap_or(&none));
        if old == new {
            continue;
        }
        let entry = table.entry(id.as_str()).or_insert_with(|| Table::new().into());
        if !entry.is_table() {
            *entry = Table::new().into();
        }
        if let Value::Table(entry) = entry {
            let mut field = |key: &str, value: Option<Value>, changed: bool| match value {
                _ if !changed => {}
                Some(value) => {
                    entry.insert(key.into(), value);
                }
                None => {
                    entry.remove(key);
                }
            };
            let text = |text: String| Value::String(text);
            field("enabled", new.enabled.map(Value::Boolean), old.enabled != new.enabled);
            let version = new.version.as_ref().map(|version| text(version.to_string()));
            field("version", version, old.version != new.version);
            field("home", new.home.map(|home| text(home.to_string())), old.home != new.home);
        }
        if table.get(id.as_str()).and_then(Value::as_table).is_some_and(Table::is_empty) {
            table.remove(id.as_str());
        }
    }
    (!table.is_empty()).then(|| seal(format!("{HEAD}{table}")))
}

/// `None` where there is nothing to say of the plugin.
pub(super) fn print_quarantines(new: &[Quarantine], old: Option<&Plugin>) -> Option<String> {
    let as_it_was = |quarantine: &Quarantine| {
        let (_, entry) = old?.known.iter().find(|(known, _)| known == quarantine)?;
        Some(entry.clone())
    };
    let written = |quarantine| {
        // Texts and a table of texts: there is nothing that TOML can not say.
        as_it_was(quarantine).unwrap_or_else(|| Table::try_from(quarantine).expect("it can be written"))
    };
    let foreign = old.into_iter().flat_map(|old| &old.foreign).cloned();
    let entries: Vec<_> = new.iter().map(written).chain(foreign).map(Value::Table).collect();
    let table = Table::from_iter([(RECORDS.to_owned(), Value::Array(entries))]);
    let empty = table.values().all(|entries| entries.as_array().is_some_and(Vec::is_empty));
    (!empty).then(|| seal(format!("{HEAD}{table}")))
}
