//! What the fields of a sidecar must be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};

use super::files;
use crate::host::find::written::{Entry, Node, Proof, Value, plain, plugin_id, rule, semver};
use crate::id::{InterfaceId, PluginId};
use crate::manifest::{Activation, Manifest, Requirement, Requires, Sorted};

const KEYS: &[&str] = &[
    "id",
    "version",
    "description",
    "authors",
    "license",
    "host",
    "provides",
    "activation",
    "rank",
    "requires",
    "conflicts",
    "capabilities",
    "config",
    "files",
];

/// The manifest and the files, and every mistake noted; `None` where there is nothing to call the plugin by.
pub(super) fn check(
    root: &Node,
    folder: &Path,
    proof: &mut Proof,
) -> Option<(Manifest, BTreeMap<String, PathBuf>)> {
    let (mut id, mut version) = (None, None);
    let mut files = BTreeMap::new();
    // Its name and version are put in at the end.
    let nobody = PluginId::new("nobody/yet").ok()?;
    let mut manifest = Manifest::new(nobody, Version::new(0, 0, 0));
    for entry in proof.table(root, "a manifest") {
        let node = &entry.node;
        match entry.key.as_str() {
            "id" => id = proof.parsed(node, "`id`", "is no id of a plugin", plugin_id),
            "version" => version = proof.parsed(node, "`version`", "is no version", semver::<Version>),
            "description" => manifest.description = text(proof, node, "`description`").into(),
            "authors" => manifest.authors = proof.texts(node, "`authors`"),
            "license" => manifest.license = text(proof, node, "`license`").into(),
            "host" => manifest.host = proof.parsed(node, "`host`", NO_REQUIREMENT, semver::<VersionReq>),
            "provides" => manifest.provides = provides(proof, node),
            "activation" => {
                let read = proof.parsed(node, "`activation`", "is no activation", activation);
                manifest.activation = read.unwrap_or_default();
            }
            "rank" => manifest.rank = proof.whole(node, "`rank`").unwrap_or_default(),
            "requires" => manifest.requires = requires(proof, node),
            "conflicts" => manifest.conflicts = conflicts(proof, node),
            "capabilities" => capabilities(proof, node, "", &mut manifest.capabilities),
            "config" => manifest.config = proof.text(node, "`config`").map(str::to_owned),
            "files" => files = files::check(proof, node, folder),
            _ => proof.unknown(entry, "", KEYS),
        }
    }
    proof.wants(root, "id", KEYS, "a plugin has a name, as in \"toolbox/markdown\"");
    proof.wants(root, "version", KEYS, "a plugin has a version, as in \"1.0.0\"");
    manifest.id = id?;
    manifest.version = version?;
    Some((manifest, files))
}

const NO_REQUIREMENT: &str = "is no requirement on versions";

fn text(proof: &mut Proof, node: &Node, what: &str) -> String {
    proof.text(node, what).unwrap_or_default().to_owned()
}

fn interface_id(text: &str) -> Result<InterfaceId, String> {
    InterfaceId::new(text).map_err(|error| rule(&error))
}

/// Of an interface `1` and `1.0` stand for `1.0.0`, as they do in `#[interface]`.
fn full_version(text: &str) -> Result<Version, String> {
    let mut full = text.to_owned();
    if full.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        for _ in full.split('.').count()..3 {
            full.push_str(".0");
        }
    }
    Version::parse(&full).map_err(|error| error.to_string())
}

fn activation(text: &str) -> Result<Activation, String> {
    match text {
        "start" => Ok(Activation::Start),
        "use" => Ok(Activation::Use),
        _ => Err("write `start` (with the host) or `use` (when first asked for)".into()),
    }
}

fn provides(proof: &mut Proof, node: &Node) -> Sorted<InterfaceId, Version> {
    let each = |entry: &Entry, proof: &mut Proof| {
        let id = proof.key(entry, "is no id of an interface", interface_id);
        let version = proof.parsed(&entry.node, "an interface's version", "is no version", full_version);
        Some((id?, version?))
    };
    let entries = proof.table(node, "`provides`");
    entries.iter().filter_map(|entry| each(entry, proof)).collect()
}

fn conflicts(proof: &mut Proof, node: &Node) -> BTreeMap<PluginId, VersionReq> {
    let each = |entry: &Entry, proof: &mut Proof| {
        let id = proof.key(entry, "is no id of a plugin", plugin_id);
        let versions = proof.parsed(&entry.node, "a conflict", NO_REQUIREMENT, semver::<VersionReq>);
        Some((id?, versions?))
    };
    let entries = proof.table(node, "`conflicts`");
    entries.iter().filter_map(|entry| each(entry, proof)).collect()
}

fn requires(proof: &mut Proof, node: &Node) -> Requires {
    let mut requires = Requires::default();
    for entry in proof.table(node, "`requires`") {
        if entry.key == "interface" {
            for entry in proof.table(&entry.node, "`requires.interface`") {
                let id = proof.key(entry, "is no id of an interface", interface_id);
                let requirement = requirement(proof, &entry.node);
                requires.interfaces.extend(id.zip(requirement));
            }
        } else {
            let id = proof.key(entry, "is no id of a plugin", |text| match text {
                "interfaces" => Err("did you mean `interface`".to_owned()),
                text => plugin_id(text),
            });
            let requirement = requirement(proof, &entry.node);
            requires.plugins.extend(id.zip(requirement));
        }
    }
    requires
}

/// `"^1"`, or `{ version = "^1", optional = true }`.
fn requirement(proof: &mut Proof, node: &Node) -> Option<Requirement> {
    match &node.value {
        Value::Text(_) => {
            let version = proof.parsed(node, "a requirement", NO_REQUIREMENT, semver)?;
            Some(Requirement::must(version))
        }
        Value::Table(entries) => {
            const KEYS: &[&str] = &["version", "optional"];
            let (mut version, mut optional) = (None, false);
            for entry in entries {
                match entry.key.as_str() {
                    "version" => version = proof.parsed(&entry.node, "`version`", NO_REQUIREMENT, semver),
                    "optional" => optional = proof.truth(&entry.node, "`optional`").unwrap_or_default(),
                    _ => proof.unknown(entry, " in a requirement", KEYS),
                }
            }
            proof.wants(node, "version", KEYS, "if any will do, that is \"*\"");
            Some(Requirement { version: version?, optional })
        }
        other => {
            let what = "a requirement must be a string such as \"^1\", or a table with `version`";
            proof.note(&node.span, format!("{what}, and this is {}", other.kind()), "");
            None
        }
    }
}

/// `fs.read = […]` is a table in TOML, and one name to us.
fn capabilities(proof: &mut Proof, node: &Node, above: &str, all: &mut BTreeMap<String, Vec<String>>) {
    let what = if above.is_empty() { "`capabilities`" } else { "a capability" };
    for entry in proof.table(node, what) {
        let name = match above {
            "" => entry.key.clone(),
            above => format!("{above}.{}", entry.key),
        };
        if let Value::Table(_) = entry.node.value {
            capabilities(proof, &entry.node, &name, all);
        } else {
            let what = format!("capability `{}`", plain(&name));
            let values = proof.texts(&entry.node, &what);
            if all.insert(name, values).is_some() {
                proof.note(&entry.key_span, format!("{what} stands here a second time"), "");
            }
        }
    }
}
