//! What the fields of a policy must be.

use std::path::{Path, PathBuf};

use semver::VersionReq;

use super::Policy;
use super::lists::{Folder, Line, List, Lists, Pattern};
use crate::host::find::stamp::Digest;
use crate::host::find::written::{Entry, Node, Proof, plugin_id, semver};
use crate::host::store::Choice;
use crate::manifest::Home;

const KEYS: &[&str] = &["folders", "allow", "deny", "plugins"];

/// The policy, with every mistake noted.
pub(super) fn check(root: &Node, path: &Path, proof: &mut Proof) -> Option<Policy> {
    let base = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut policy = Policy { files: vec![path.to_owned()], ..Policy::default() };
    let (mut allow, mut deny) = (None, None);
    for entry in proof.table(root, "a policy") {
        match entry.key.as_str() {
            "folders" => {
                let folders = items(proof, &entry.node, "`folders`", NO_FOLDER, |text| folder(base, text));
                policy.folders = folders.into_iter().map(|line| line.is).collect();
            }
            "allow" => allow = Some(list(proof, entry, base, &["ids", "folders", "digests"])),
            "deny" => deny = Some(list(proof, entry, base, &["ids", "folders", "digests", "reason"])),
            "plugins" => {
                for entry in proof.table(&entry.node, "`plugins`") {
                    let id = proof.key(entry, "is no id of a plugin", plugin_id);
                    let choice = choice(proof, &entry.node);
                    policy.plugins.extend(id.map(|id| (id, choice)));
                }
            }
            _ => proof.unknown(entry, "", KEYS),
        }
    }
    if allow.is_some() || deny.is_some() {
        policy.lists.push(Lists { file: path.into(), allow, deny });
    }
    Some(policy)
}

const NO_FOLDER: &str = "is no folder";

fn list(proof: &mut Proof, table: &Entry, base: &Path, known: &[&str]) -> List {
    let mut list = List { line: proof.line(&table.key_span), ..List::default() };
    let what = format!("`{}`", table.key);
    for entry in proof.table(&table.node, &what) {
        let node = &entry.node;
        match entry.key.as_str() {
            "ids" => list.ids = Some(items(proof, node, "`ids`", "is no id of a plugin", pattern)),
            "folders" => {
                let folder = |text: &str| folder(base, text).map(Folder::new);
                list.folders = Some(items(proof, node, "`folders`", NO_FOLDER, folder));
            }
            "digests" => list.digests = Some(items(proof, node, "`digests`", "is no digest", digest)),
            "reason" if known.contains(&"reason") => {
                list.reason = proof.text(node, "`reason`").map(str::to_owned);
            }
            _ => proof.unknown(entry, &format!(" in {what}"), known),
        }
    }
    list
}

/// What each string of a list stands for, and the line that it is in.
fn items<T>(
    proof: &mut Proof,
    node: &Node,
    what: &str,
    is_not: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Vec<Line<T>> {
    let each = format!("each of {what}");
    let mut items = Vec::new();
    for node in proof.list(node, what) {
        let line = proof.line(&node.span);
        let written = proof.parsed(node, &each, is_not, |text| Ok((text.to_owned(), parse(text)?)));
        items.extend(written.map(|(written, is)| Line { line, written, is }));
    }
    items
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let Some(namespace) = text.strip_suffix("/*") else {
        return match text.contains('*') {
            true => Err("a `*` stands only for a whole name, as in `toolbox/*`".into()),
            false => plugin_id(text).map(Pattern::One),
        };
    };
    // A namespace is what can stand before a name.
    plugin_id(&format!("{namespace}/any")).map(|id| Pattern::All(id.namespace().to_owned()))
}

/// A folder that would name nothing must not stand in a list that keeps something out.
fn folder(base: &Path, text: &str) -> Result<PathBuf, String> {
    let wrong = if text.is_empty() {
        "it names nothing"
    } else if text.contains('\0') {
        "a path has no zero bytes"
    } else if text.starts_with('~') || text.starts_with('$') {
        "nothing is put in for `~` and `$`; write the whole path"
    } else if text.contains('*') {
        "all that is below a folder belongs to it; write it without `*`"
    } else {
        return Ok(base.join(text));
    };
    Err(wrong.into())
}

fn digest(text: &str) -> Result<Digest, String> {
    text.parse().map_err(|_| "write the BLAKE3 of the file, 64 hexadecimal digits".into())
}

fn choice(proof: &mut Proof, node: &Node) -> Choice {
    let mut choice = Choice::default();
    for entry in proof.table(node, "a plugin") {
        let node = &entry.node;
        match entry.key.as_str() {
            "enabled" => choice.enabled = proof.truth(node, "`enabled`"),
            "version" => {
                let is_not = "is no requirement on versions";
                choice.version = proof.parsed(node, "`version`", is_not, semver::<VersionReq>);
            }
            "home" => choice.home = proof.parsed(node, "`home`", "is no home of plugins", home),
            _ => proof.unknown(entry, " of a plugin", &["enabled", "version", "home"]),
        }
    }
    choice
}

fn home(text: &str) -> Result<Home, String> {
    match text {
        "static" => Ok(Home::Static),
        "dylib" => Ok(Home::Dylib),
        _ => Err("write `static` (linked in) or `dylib` (a library)".into()),
    }
}
