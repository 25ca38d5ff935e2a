//! Manifests and build records in the cache: field by field, what is absent as one bit.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use semver::{BuildMetadata, Prerelease, Version, VersionReq};

use super::bytes::{Reader, Writer};
use crate::id::{InterfaceId, PluginId};
use crate::manifest::{Activation, Manifest, Requirement, Requires};
use crate::note::BuildRecord;

/// What of a manifest is there.
mod field {
    pub(super) const DESCRIPTION: u64 = 1;
    pub(super) const AUTHORS: u64 = 1 << 1;
    pub(super) const LICENSE: u64 = 1 << 2;
    pub(super) const HOST: u64 = 1 << 3;
    pub(super) const PROVIDES: u64 = 1 << 4;
    pub(super) const USE: u64 = 1 << 5;
    pub(super) const RANK: u64 = 1 << 6;
    pub(super) const REQUIRES: u64 = 1 << 7;
    pub(super) const CONFLICTS: u64 = 1 << 8;
    pub(super) const CAPABILITIES: u64 = 1 << 9;
    pub(super) const CONFIG: u64 = 1 << 10;
    pub(super) const ALL: u64 = (1 << 11) - 1;
}

/// What many manifests of one cache have in common, so that it is made once.
#[derive(Default)]
pub(in crate::host) struct Memory {
    /// The interfaces that were read last.
    interfaces: Vec<InterfaceId>,
    /// The build record that was read last.
    build: Option<Arc<BuildRecord>>,
}

impl Memory {
    /// More are not worth looking through.
    const KEPT: usize = 8;

    fn interface(&mut self, text: &str) -> Option<InterfaceId> {
        if let Some(known) = self.interfaces.iter().find(|id| id.as_str() == text) {
            return Some(known.clone());
        }
        let id = InterfaceId::new(text).ok()?;
        if self.interfaces.len() == Self::KEPT {
            self.interfaces.remove(0);
        }
        self.interfaces.push(id.clone());
        Some(id)
    }
}

pub(super) fn write(manifest: &Manifest, to: &mut Writer) {
    // A field that is added to a manifest has to be added here.
    let Manifest {
        id,
        version: own_version,
        description,
        authors,
        license,
        host,
        provides,
        activation,
        rank,
        requires,
        conflicts,
        capabilities,
        config,
    } = manifest;
    let bit = |there: bool, bit: u64| if there { bit } else { 0 };
    to.text(id.as_str());
    version(own_version, to);
    to.number(
        bit(!description.is_empty(), field::DESCRIPTION)
            | bit(!authors.is_empty(), field::AUTHORS)
            | bit(!license.is_empty(), field::LICENSE)
            | bit(host.is_some(), field::HOST)
            | bit(!provides.is_empty(), field::PROVIDES)
            | bit(*activation == Activation::Use, field::USE)
            | bit(*rank != 0, field::RANK)
            | bit(!requires.is_empty(), field::REQUIRES)
            | bit(!conflicts.is_empty(), field::CONFLICTS)
            | bit(!capabilities.is_empty(), field::CAPABILITIES)
            | bit(config.is_some(), field::CONFIG),
    );
    if !description.is_empty() {
        to.text(description);
    }
    if !authors.is_empty() {
        list(authors, to, |author, to| to.text(author));
    }
    if !license.is_empty() {
        to.text(license);
    }
    if let Some(host) = host {
        to.text(&host.to_string());
    }
    if !provides.is_empty() {
        list(provides, to, |(id, provided), to| {
            to.text(id.as_str());
            version(provided, to);
        });
    }
    if *rank != 0 {
        to.raw(&rank.to_le_bytes());
    }
    if !requires.is_empty() {
        list(&requires.interfaces, to, |(id, requirement), to| needs(id.as_str(), requirement, to));
        list(&requires.plugins, to, |(id, requirement), to| needs(id.as_str(), requirement, to));
    }
    if !conflicts.is_empty() {
        list(conflicts, to, |(id, versions), to| {
            to.text(id.as_str());
            to.text(&versions.to_string());
        });
    }
    if !capabilities.is_empty() {
        list(capabilities, to, |(name, values), to| {
            to.text(name);
            list(values, to, |value, to| to.text(value));
        });
    }
    if let Some(config) = config {
        to.text(config);
    }
}

pub(super) fn read(from: &mut Reader<'_>, memory: &mut Memory) -> Option<Manifest> {
    let id = PluginId::new(from.text()?).ok()?;
    let mut manifest = Manifest::new(id, read_version(from)?);
    let fields = from.number()?;
    let has = |field: u64| fields & field != 0;
    if fields > field::ALL {
        return None;
    }
    if has(field::DESCRIPTION) {
        manifest.description = Cow::Owned(from.text()?.to_owned());
    }
    if has(field::AUTHORS) {
        manifest.authors = from.list(|from| from.text().map(str::to_owned))?;
    }
    if has(field::LICENSE) {
        manifest.license = Cow::Owned(from.text()?.to_owned());
    }
    if has(field::HOST) {
        manifest.host = Some(VersionReq::parse(from.text()?).ok()?);
    }
    if has(field::PROVIDES) {
        for _ in 0..from.number()? {
            let id = memory.interface(from.text()?)?;
            manifest.provides.insert(id, read_version(from)?);
        }
    }
    if has(field::USE) {
        manifest.activation = Activation::Use;
    }
    if has(field::RANK) {
        manifest.rank = i32::from_le_bytes(from.array()?);
    }
    if has(field::REQUIRES) {
        manifest.requires = Requires {
            interfaces: read_map(from, |from| Some((memory.interface(from.text()?)?, read_need(from)?)))?,
            plugins: read_map(from, |from| Some((PluginId::new(from.text()?).ok()?, read_need(from)?)))?,
        };
    }
    if has(field::CONFLICTS) {
        manifest.conflicts = read_map(from, |from| {
            Some((PluginId::new(from.text()?).ok()?, VersionReq::parse(from.text()?).ok()?))
        })?;
    }
    if has(field::CAPABILITIES) {
        manifest.capabilities = read_map(from, |from| {
            let name = from.text()?.to_owned();
            Some((name, from.list(|from| from.text().map(str::to_owned))?))
        })?;
    }
    if has(field::CONFIG) {
        manifest.config = Some(from.text()?.to_owned());
    }
    Some(manifest)
}

pub(super) fn write_build(build: &BuildRecord, to: &mut Writer) {
    let BuildRecord { abi, target, rustc, panic, framework } = build;
    for text in [abi, target, rustc, panic, framework] {
        to.text(text);
    }
}

/// Most of a host's plugins come from one compiler.
pub(super) fn read_build(from: &mut Reader<'_>, memory: &mut Memory) -> Option<Arc<BuildRecord>> {
    let (abi, target, rustc) = (from.text()?, from.text()?, from.text()?);
    let (panic, framework) = (from.text()?, from.text()?);
    let same = |known: &&Arc<BuildRecord>| {
        known.abi == abi
            && known.target == target
            && known.rustc == rustc
            && known.panic == panic
            && known.framework == framework
    };
    if let Some(known) = memory.build.as_ref().filter(same) {
        return Some(Arc::clone(known));
    }
    let [abi, target, rustc, panic, framework] = [abi, target, rustc, panic, framework].map(str::to_owned);
    let build = Arc::new(BuildRecord { abi, target, rustc, panic, framework });
    Some(Arc::clone(memory.build.insert(build)))
}

fn version(version: &Version, to: &mut Writer) {
    let plain = version.pre.is_empty() && version.build.is_empty();
    to.byte(u8::from(!plain));
    for number in [version.major, version.minor, version.patch] {
        to.number(number);
    }
    if !plain {
        to.text(&version.pre);
        to.text(&version.build);
    }
}

fn read_version(from: &mut Reader<'_>) -> Option<Version> {
    let plain = match from.byte()? {
        0 => true,
        1 => false,
        _ => return None,
    };
    let mut version = Version::new(from.number()?, from.number()?, from.number()?);
    if !plain {
        version.pre = Prerelease::new(from.text()?).ok()?;
        version.build = BuildMetadata::new(from.text()?).ok()?;
    }
    Some(version)
}

fn needs(id: &str, requirement: &Requirement, to: &mut Writer) {
    to.text(id);
    to.byte(u8::from(requirement.optional));
    to.text(&requirement.version.to_string());
}

fn read_need(from: &mut Reader<'_>) -> Option<Requirement> {
    let optional = match from.byte()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    Some(Requirement { optional, version: VersionReq::parse(from.text()?).ok()? })
}

fn list<T>(
    items: impl IntoIterator<IntoIter: ExactSizeIterator<Item = T>>,
    to: &mut Writer,
    mut write: impl FnMut(T, &mut Writer),
) {
    let items = items.into_iter();
    to.number(items.len() as u64);
    for item in items {
        write(item, to);
    }
}

fn read_map<'a, K: Ord, V>(
    from: &mut Reader<'a>,
    read: impl FnMut(&mut Reader<'a>) -> Option<(K, V)>,
) -> Option<BTreeMap<K, V>> {
    Some(from.list(read)?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(toml: &str) {
        let manifest = Manifest::from_toml(toml).unwrap();
        let bytes = written(|to| write(&manifest, to));
        let read = |bytes| read(&mut Reader::new(bytes).block()?, &mut Memory::default());
        assert_eq!(read(&bytes).as_ref(), Some(&manifest));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None, "{length} bytes");
        }
    }

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.block(write);
        writer.bytes
    }

    #[test]
    fn every_field_of_a_manifest_is_read_as_it_was_written() {
        check("id = \"a/b\"\nversion = \"1.0.0\"");
        check("id = \"a/b\"\nversion = \"1.0.0-rc.1+build.5\"\nactivation = \"use\"\nrank = -7");
        check(
            r#"
            id = "toolbox/markdown"
            version = "18446744073709551615.4.2"
            description = "Markdown to HTML — “quickly”"
            authors = ["One", "Two"]
            license = "MIT OR Apache-2.0"
            host = ">=1.0, <3"
            provides = { "toolbox/tool" = "1.0.0", "toolbox/other" = "2.1.0-beta" }
            rank = 2147483647
            config = "Settings"
            [requires]
            "toolbox/table" = "^2"
            "toolbox/theme" = { version = "^1", optional = true }
            interface."toolbox/store" = "~1.2"
            interface."toolbox/tool" = "*"
            [conflicts]
            "toolbox/markdown-lite" = "*"
            [capabilities]
            "fs.read" = ["~/notes"]
            net = ["api.example.com:443", "b"]
            nothing = []
            "#,
        );
    }

    #[test]
    fn interfaces_that_many_provide_are_made_once() {
        let mut memory = Memory::default();
        let first = memory.interface("a/b").unwrap();
        assert_eq!(memory.interface("a/b").unwrap().as_str().as_ptr(), first.as_str().as_ptr());
        for n in 0..20 {
            memory.interface(&format!("a/b{n}")).unwrap();
        }
        assert_eq!(memory.interfaces.len(), Memory::KEPT);
        assert!(memory.interface("no id").is_none());
    }

    #[test]
    fn a_build_record_is_read_as_it_was_written() {
        let text = |text: &str| text.to_owned();
        let build = BuildRecord {
            abi: text("1.0"),
            target: text("x86_64-unknown-linux-gnu"),
            rustc: text("rustc 1.95.0"),
            panic: text("unwind"),
            framework: text("0.1.0"),
        };
        let mut memory = Memory::default();
        let mut check = |build: &BuildRecord| {
            let bytes = written(|to| write_build(build, to));
            let read = read_build(&mut Reader::new(&bytes).block().unwrap(), &mut memory).unwrap();
            assert_eq!(*read, *build);
            read
        };
        let read = check(&build);
        assert!(Arc::ptr_eq(&read, &check(&build)), "made once");
        check(&BuildRecord { rustc: text("rustc 1.96.0"), ..build });
    }
}
