//! Which files have passed a trial, so that none is tried twice: a small file in the host's cache folder.
//!
//! Only what passed is in it; what failed is the quarantine's. An entry says under what it passed, for a file that could
//! be loaded by one release or under one option need not be so under another. A file that is damaged, or not ours, is
//! as good as none.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::protocol;
use crate::host::find::stamp::Digest;
use crate::manifest::Home;

const NAME: &str = "tried-v1";
const FIRST: &str = "keyway: files that passed a trial; may be deleted";
/// The most entries that are kept; the oldest are forgotten.
const MOST: usize = 16_384;

/// What has passed, and under what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Pass {
    pub(in super::super) digest: Digest,
    pub(in super::super) home: Home,
    pub(in super::super) allow_abort: bool,
}

impl Pass {
    /// As a line: the digest, the options, then version and target of the framework.
    fn line(&self) -> String {
        let abort = if self.allow_abort { "abort" } else { "unwind" };
        format!("{} {} {abort} {}", self.digest, self.home, protocol::release())
    }
}

/// The passes that are remembered.
#[derive(Debug)]
pub(in super::super) struct Tried {
    file: PathBuf,
    /// Oldest first. Those of other releases are kept for them.
    lines: Vec<String>,
    known: HashSet<String>,
    changed: bool,
}

impl Tried {
    /// What is remembered in a folder.
    pub(in super::super) fn open(folder: &Path) -> Self {
        let file = folder.join(NAME);
        let lines = read(&file);
        let known = lines.iter().cloned().collect();
        Self { file, lines, known, changed: false }
    }

    /// Whether this has passed.
    pub(in super::super) fn knows(&self, pass: &Pass) -> bool {
        self.known.contains(&pass.line())
    }

    /// Remembers a pass, until [`save`](Self::save) for this value alone.
    pub(in super::super) fn add(&mut self, pass: &Pass) {
        self.add_line(pass.line());
    }

    fn add_line(&mut self, line: String) {
        if self.known.insert(line.clone()) {
            self.lines.push(line);
            self.changed = true;
        }
    }

    /// Writes what was added, beside what others have written meanwhile. The file is replaced whole or not at all.
    ///
    /// **Errors:** the system's; then some files are tried once more.
    pub(in super::super) fn save(&mut self) -> io::Result<()> {
        if !self.changed {
            return Ok(());
        }
        for line in read(&self.file) {
            self.add_line(line);
        }
        let surplus = self.lines.len().saturating_sub(MOST);
        for line in self.lines.drain(..surplus) {
            self.known.remove(&line);
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut new = NamedTempFile::new_in(folder)?;
        new.write_all(text(&self.lines).as_bytes())?;
        new.as_file().sync_data()?;
        new.persist(&self.file)?;
        self.changed = false;
        Ok(())
    }
}

/// The lines, and their digest in the last one.
fn text(lines: &[String]) -> String {
    let mut text = format!("{FIRST}\n");
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    let end = Digest::of(text.as_bytes());
    text.push_str(&format!("{end}\n"));
    text
}

/// The lines of a file that is whole.
fn read(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    let _end = lines.pop();
    if self::text(&lines) == text { lines } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(text: &str, allow_abort: bool) -> Pass {
        Pass { digest: Digest::of(text.as_bytes()), home: Home::Dylib, allow_abort }
    }

    #[test]
    fn what_passed_is_known_to_the_next_host_and_only_under_the_same_options() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let mut tried = Tried::open(&cache);
        assert!(!tried.knows(&pass("one", false)));
        tried.add(&pass("one", false));
        tried.save().unwrap();
        let next = Tried::open(&cache);
        assert!(next.knows(&pass("one", false)));
        assert!(!next.knows(&pass("one", true)) && !next.knows(&pass("two", false)));
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn another_release_has_passes_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut tried = Tried::open(folder.path());
        let one = pass("one", false);
        let theirs = one.line().replace(env!("CARGO_PKG_VERSION"), "0.0.7");
        tried.add_line(theirs.clone());
        tried.save().unwrap();
        let mut tried = Tried::open(folder.path());
        assert!(!tried.knows(&one));
        tried.add(&one);
        tried.save().unwrap();
        assert!(fs::read_to_string(folder.path().join(NAME)).unwrap().contains(&theirs));
    }

    #[test]
    fn a_damaged_file_is_forgotten_whatever_byte_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut tried = Tried::open(folder.path());
        tried.add(&pass("one", false));
        tried.add(&pass("two", true));
        tried.save().unwrap();
        let file = folder.path().join(NAME);
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            for damage in [b'0', b'a', b'\n', 0xff] {
                let mut bytes = whole.clone();
                if std::mem::replace(&mut bytes[at], damage) == damage {
                    continue;
                }
                fs::write(&file, &bytes).unwrap();
                assert!(Tried::open(folder.path()).lines.is_empty(), "byte {at} as {damage}");
            }
            fs::write(&file, &whole[..at]).unwrap();
            assert!(Tried::open(folder.path()).lines.is_empty(), "cut at {at}");
        }
        let mut tried = Tried::open(folder.path());
        tried.add(&pass("three", false));
        tried.save().unwrap();
        assert!(Tried::open(folder.path()).knows(&pass("three", false)));
    }

    #[test]
    fn two_hosts_that_save_at_different_times_lose_nothing_and_the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (mut left, mut right) = (Tried::open(folder.path()), Tried::open(folder.path()));
        left.add(&pass("left", false));
        right.add(&pass("right", false));
        left.save().unwrap();
        right.save().unwrap();
        let mut both = Tried::open(folder.path());
        assert!(both.knows(&pass("left", false)) && both.knows(&pass("right", false)));
        for number in 0..MOST {
            both.add(&pass(&number.to_string(), false));
        }
        both.save().unwrap();
        let kept = Tried::open(folder.path());
        assert_eq!(kept.lines.len(), MOST);
        assert!(!kept.knows(&pass("left", false)) && kept.knows(&pass("0", false)));
    }
}
