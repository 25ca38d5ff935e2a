//! The suite: every edit of every interface, laid out in memory and judged by the check that a real object meets.

use std::collections::BTreeMap;

use keyway::abi::object::try_connect;
use keyway::interface::{InterfaceShape, Mismatch};

use super::corpus::{self, Entry};
use super::edit::{Edit, Outcome, Word, edits};
use super::memory::{Answered, Asking, Image, forget};

/// What the framework said: how each of the asking side's methods is answered, or why not.
fn judge(host: &InterfaceShape, plugin: &InterfaceShape) -> Result<Vec<Answered>, Mismatch> {
    forget();
    let (host_image, plugin_image) = (Image::new(host), Image::new(plugin));
    Asking::asks_for(&host_image);
    // SAFETY: nothing counts the object, and its table is kept for ever.
    let asking = unsafe { try_connect::<Asking>(plugin_image.object(), None) }?;
    Ok((0..host.methods.len()).map(|method| asking.answered(method)).collect())
}

/// The same through the host side that the macro made.
fn judge_by_macro(entry: &Entry, plugin: &InterfaceShape) -> Result<(), Mismatch> {
    forget();
    let image = Image::new(plugin);
    // SAFETY: as above.
    unsafe { (entry.connect)(image.object()) }
}

fn complaint(host: &InterfaceShape, plugin: &InterfaceShape, outcome: &Outcome) -> Option<String> {
    match (judge(host, plugin), outcome) {
        (Err(mismatch), Outcome::Refused(words)) => {
            let text = mismatch.to_string();
            let missing = words.iter().find(|word| match word {
                Word::Text(word) => !text.contains(word.as_str()),
                Word::Place => {
                    !(text.contains("at `") || text.contains("host:   ") && text.contains("plugin: "))
                }
            })?;
            Some(format!("the refusal lacks {missing:?}: {text}"))
        }
        (Err(mismatch), Outcome::Allowed(_)) => Some(format!("refused: {mismatch}")),
        (Ok(_), Outcome::Refused(words)) => Some(format!("allowed, and {words:?} is expected")),
        (Ok(answers), Outcome::Allowed(named)) => {
            let expected: Vec<Answered> = host
                .methods
                .iter()
                .map(|method| match plugin.methods.iter().position(|theirs| theirs.name == method.name) {
                    None => Answered::Body,
                    Some(slot) if named.contains(&method.name) => Answered::Named(slot),
                    Some(slot) => Answered::Typed(slot),
                })
                .collect();
            (answers != expected).then(|| format!("answered by {answers:?}, and {expected:?} is expected"))
        }
    }
}

#[derive(Default)]
struct Tally {
    refused: usize,
    allowed: usize,
    wrong: usize,
}

impl Tally {
    fn count(&mut self, outcome: &Outcome, wrong: bool) {
        match outcome {
            _ if wrong => self.wrong += 1,
            Outcome::Refused(_) => self.refused += 1,
            Outcome::Allowed(_) => self.allowed += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.refused += other.refused;
        self.allowed += other.allowed;
        self.wrong += other.wrong;
    }
}

#[test]
fn every_edit_of_every_interface_is_refused_by_name_or_allowed_by_name() {
    let mut rows: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut complaints = Vec::new();
    let entries = corpus::entries();
    for entry in &entries {
        for edit in edits(&entry.shape, false) {
            let Edit { row, at, edited, newer_plugin, newer_host } = &edit;
            let tally = rows.entry(row).or_default();
            let mut say = |direction: &str, outcome: &Outcome, complaint: Option<String>| {
                tally.count(outcome, complaint.is_some());
                complaints
                    .extend(complaint.map(|complaint| format!("{row}, {at}, {direction}: {complaint}")));
            };
            say("newer plugin", newer_plugin, complaint(&entry.shape, edited, newer_plugin));
            say("newer host", newer_host, complaint(edited, &entry.shape, newer_host));
            let by_macro = judge_by_macro(entry, edited);
            if by_macro.is_err() != matches!(newer_plugin, Outcome::Refused(_)) {
                say("newer plugin, by the macro's host", newer_plugin, Some(format!("{by_macro:?}")));
            }
        }
    }
    let mut all = Tally::default();
    println!("{:<36} {:>8} {:>8} {:>8}", "edit", "refused", "allowed", "wrong");
    for (row, tally) in &rows {
        println!("{row:<36} {:>8} {:>8} {:>8}", tally.refused, tally.allowed, tally.wrong);
        all.add(tally);
    }
    println!(
        "{} interfaces, {} edits, {} mutants: {} refused, {} allowed, {} wrong",
        entries.len(),
        rows.len(),
        all.refused + all.allowed + all.wrong,
        all.refused,
        all.allowed,
        all.wrong
    );
    for complaint in complaints.iter().take(20) {
        println!("WRONG: {complaint}");
    }
    assert_eq!(all.wrong, 0);
    assert!(all.refused > 10_000 && all.allowed > 1_000, "the corpus has shrunk");
}

#[test]
fn an_interface_fits_itself_and_every_function_is_found() {
    for entry in corpus::entries() {
        let answers = judge(&entry.shape, &entry.shape).expect("it fits itself");
        let each: Vec<Answered> = (0..entry.shape.methods.len()).map(Answered::Typed).collect();
        assert_eq!(answers, each, "{}", entry.shape.id);
        judge_by_macro(&entry, &entry.shape).expect("the macro's host takes its own description");
    }
}
