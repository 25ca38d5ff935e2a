//! A proof that a plugin can not run beside those that come first, in words.
//!
//! PubGrub gives the facts that the proof rests on. They are told as a tree from the refused plugin: what is said of
//! it, then of those that come up there, each fact once.

use pubgrub::Map;

use super::super::solve::Fact;
use super::ledger::place;
use super::{Choice, Index, Reason, Target};

/// Deeper facts are told at the end, for themselves.
const DEPTH: usize = 6;

pub(in super::super) struct Proof {
    /// The refused one is called [`SUBJECT`] in these.
    lines: Vec<Line>,
    pub(super) help: String,
}

struct Line {
    text: String,
    because: Vec<Line>,
    /// Where the line is of one that was out before: its entry, which says more.
    entry: Option<u32>,
}

/// Stands for the refused plugin until it is known how to call it. No id has this character.
const SUBJECT: &str = "\u{0}";

impl Proof {
    /// The tree, said of `subject`; `look_up` says what there is of an entry.
    pub(super) fn reasons_for(
        &self,
        subject: &str,
        look_up: &mut impl FnMut(u32) -> Vec<Reason>,
    ) -> Vec<Reason> {
        named(&self.lines, subject, look_up)
    }

    /// The first fact and the first that stands against it, as a predicate.
    pub(super) fn summary(&self) -> String {
        let Some(first) = self.lines.first() else {
            return "can not run beside those that come first".into();
        };
        let own = format!("{SUBJECT} ");
        let mut text = match first.text.strip_prefix(&own) {
            Some(predicate) => predicate.to_owned(),
            None => format!("is kept out: {}", first.text),
        };
        if let Some(against) = first.because.first() {
            text = format!("{text}, and {}", against.text);
        }
        text.replace(SUBJECT, "it")
    }
}

fn named(lines: &[Line], subject: &str, look_up: &mut impl FnMut(u32) -> Vec<Reason>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for line in lines {
        match line.entry {
            Some(entry) => reasons.extend(look_up(entry)),
            None => reasons.push(Reason {
                text: line.text.replace(SUBJECT, subject),
                because: named(&line.because, subject, look_up),
            }),
        }
    }
    reasons
}

pub(super) fn write(index: &Index<'_>, choice: &Choice, entry_of: &[u32], slot: u32) -> Proof {
    let id = index.slot_id[slot as usize];
    let facts = choice.outvoted.get(&id).map_or(&[][..], Vec::as_slice);
    let mut teller =
        Teller { index, entry_of, facts, id, slot, told: vec![false; facts.len()], about: Map::default() };
    for (n, fact) in facts.iter().enumerate() {
        for id in teller.concerns(fact) {
            teller.about.entry(id).or_default().push(n);
        }
    }
    let mut lines = teller.tell(id, 0);
    for (n, fact) in facts.iter().enumerate() {
        let is_aside = matches!(fact, Fact::First(_)) || teller.is_of_another_version(fact);
        if !std::mem::replace(&mut teller.told[n], true) && !is_aside {
            lines.push(teller.line(fact, Vec::new()));
        }
    }
    Proof { lines, help: teller.help() }
}

struct Teller<'a, 'w> {
    index: &'a Index<'w>,
    entry_of: &'a [u32],
    facts: &'a [Fact],
    id: u32,
    slot: u32,
    told: Vec<bool>,
    about: Map<u32, Vec<usize>>,
}

impl Teller<'_, '_> {
    fn id_of(&self, slot: u32) -> u32 {
        self.index.slot_id[slot as usize]
    }

    /// The plugins that a fact speaks of.
    fn concerns(&self, fact: &Fact) -> Vec<u32> {
        let mut ids = match fact {
            Fact::First(_) => Vec::new(),
            Fact::Needs(slot, demand) => {
                let mut ids: Vec<u32> =
                    self.index.helpers(*slot, *demand).map(|helper| self.id_of(helper)).collect();
                ids.push(self.id_of(*slot));
                ids
            }
            Fact::Conflict(a, b) => vec![self.id_of(*a), self.id_of(*b)],
            Fact::Gone(slot) => vec![self.id_of(*slot)],
            Fact::Circle(slots) => slots.iter().map(|&slot| self.id_of(slot)).collect(),
        };
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether a fact is said of a version of the refused plugin that has an explanation of its own.
    fn is_of_another_version(&self, fact: &Fact) -> bool {
        let other = |slot: u32| self.id_of(slot) == self.id && slot != self.slot;
        match fact {
            Fact::First(_) => false,
            Fact::Needs(slot, _) | Fact::Gone(slot) => other(*slot),
            Fact::Conflict(a, b) => other(*a) || other(*b),
            Fact::Circle(slots) => slots.iter().any(|&slot| other(slot)),
        }
    }

    fn tell(&mut self, id: u32, depth: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        if depth > DEPTH {
            return lines;
        }
        for n in self.about.get(&id).cloned().unwrap_or_default() {
            let fact = &self.facts[n];
            if self.is_of_another_version(fact) || std::mem::replace(&mut self.told[n], true) {
                continue;
            }
            let mut because = Vec::new();
            for other in self.concerns(fact).into_iter().filter(|&other| other != id) {
                because.extend(self.tell(other, depth + 1));
            }
            lines.push(self.line(fact, because));
        }
        lines
    }

    fn line(&self, fact: &Fact, because: Vec<Line>) -> Line {
        let entry = match fact {
            Fact::Gone(slot) => Some(self.entry_of[*slot as usize]),
            _ => None,
        };
        Line { text: self.text(fact), because, entry }
    }

    fn comes_first(&self, id: u32) -> bool {
        id != self.id && self.facts.contains(&Fact::First(id))
    }

    fn name(&self, slot: u32) -> String {
        if slot == self.slot {
            return SUBJECT.into();
        }
        let index = self.index;
        format!("`{}` {} ({})", index.manifest(slot).id, index.version(slot), place(index.source(slot)))
    }

    /// A name that other words follow, or not.
    fn name_and_place(&self, slot: u32, goes_on: bool) -> String {
        let first = if self.comes_first(self.id_of(slot)) { ", which comes first" } else { "" };
        let comma = if goes_on && !first.is_empty() { "," } else { "" };
        format!("{}{first}{comma}", self.name(slot))
    }

    fn text(&self, fact: &Fact) -> String {
        let index = self.index;
        match fact {
            Fact::Gone(slot) => format!("{} can not run", self.name(*slot)),
            Fact::First(id) => format!("`{}` comes first", index.ids[*id as usize]),
            Fact::Needs(slot, demand) => {
                let demand = &index.demands[*demand as usize];
                let what = match demand.target {
                    Target::Plugin(id) => format!("`{id}`"),
                    Target::Interface(id) => format!("interface `{id}`"),
                };
                format!("{} needs {what} {}", self.name_and_place(*slot, true), demand.version)
            }
            Fact::Conflict(a, b) => {
                let (a, b) = (self.name_and_place(*a, true), self.name_and_place(*b, false));
                format!("{a} conflicts with {b}")
            }
            Fact::Circle(slots) => {
                // Told from the refused one if it is a member, so that it begins with what was asked.
                let start = slots.iter().position(|&slot| slot == self.slot).unwrap_or(0);
                let mut names: Vec<String> = slots[start..]
                    .iter()
                    .chain(&slots[..start])
                    .map(|&slot| format!("`{}` {}", index.manifest(slot).id, index.version(slot)))
                    .collect();
                names.push(names[0].clone());
                format!("{} would need itself: {}", self.name(slots[start]), names.join(" → "))
            }
        }
    }

    fn help(&self) -> String {
        let index = self.index;
        let mut first: Vec<u32> = Vec::new();
        for fact in self.facts {
            if let Fact::First(id) = fact
                && *id != self.id
            {
                first.push(*id);
            }
        }
        // The nearest in the way: whoever conflicts with it, else the last in precedence.
        let rival = self.facts.iter().find_map(|fact| match fact {
            Fact::Conflict(a, b) if *a == self.slot && self.comes_first(self.id_of(*b)) => {
                Some(self.id_of(*b))
            }
            Fact::Conflict(a, b) if *b == self.slot && self.comes_first(self.id_of(*a)) => {
                Some(self.id_of(*a))
            }
            _ => None,
        });
        let own = &index.ids[self.id as usize];
        match rival.or(first.last().copied()) {
            Some(other) => format!(
                "disable `{}` to let `{own}` run instead; {}",
                index.ids[other as usize],
                self.rule(other)
            ),
            None if self.facts.iter().any(|fact| matches!(fact, Fact::Circle(_))) => {
                "make one requirement of the circle optional, or install other versions".into()
            }
            None => format!(
                "install other versions of what `{own}` needs; those that are here do not go together"
            ),
        }
    }

    /// Why the other comes first.
    fn rule(&self, other: u32) -> String {
        let index = self.index;
        let speaker = |id: u32| {
            let slots = index.slots_of(id);
            let slot = slots.clone().rev().find(|&slot| index.usable[slot as usize]).unwrap_or(slots.start);
            &index.world.candidates[index.candidate[slot as usize] as usize]
        };
        let (mine, theirs) = (speaker(self.id), speaker(other));
        if mine.home != theirs.home {
            format!("{} comes before {}", theirs.home, mine.home)
        } else if mine.manifest.rank != theirs.manifest.rank {
            format!(
                "its rank is {}, that of `{}` is {}",
                theirs.manifest.rank, mine.manifest.id, mine.manifest.rank
            )
        } else {
            "of equal home and rank, the id that sorts first wins".into()
        }
    }
}
