//! Quarantine: that a plugin did harm, under which circumstances, and which change of them lets it be tried again.
//!
//! Data and judgement only. Who notices a fault decides what is a cause; [`Store`](super::Store) keeps the records; the
//! host asks, before it brings a plugin's code in, and acts on the answer.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::find::stamp::Digest;
use super::refusal::Refusal;
use super::store::time;
use crate::id::PluginId;
use crate::manifest::Home;

/// That a plugin did harm, and under which circumstances.
///
/// It holds the plugin back for as long as those are the same, whenever and how often the host is started:
/// [`lifted`](Self::lifted) tells when they are not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quarantine {
    /// The plugin.
    pub plugin: PluginId,
    /// Its version.
    pub version: Version,
    /// Where it lived.
    pub home: Home,
    /// The content of its file. `None` for what is linked in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// When; written as text of RFC 3339 in UTC.
    #[serde(with = "time")]
    pub at: SystemTime,
    /// The version of the host that it ran in.
    pub host: Version,
    /// The version of the framework that the host had. No judgement rests on it.
    pub framework: String,
    /// What it did.
    pub cause: Grounds,
    /// The plugins that it requires, in the versions that it ran with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<PluginId, Version>,
}

/// What a plugin did, in words that outlive the process that saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Grounds {
    /// A short name for programs, stable.
    pub code: String,
    /// One clause, to follow the plugin's name.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Grounds {
    /// From words. What is very long, as a panic's message can be, is cut.
    pub fn new(code: &str, message: &str, help: &str) -> Self {
        Self { code: cut(code), message: cut(message), help: cut(help) }
    }
}

/// At most 2000 bytes of a text.
fn cut(text: &str) -> String {
    const MOST: usize = 2000;
    match text.len() {
        0..=MOST => text.to_owned(),
        _ => format!("{}…", &text[..text.floor_char_boundary(MOST - '…'.len_utf8())]),
    }
}

impl From<&Refusal> for Grounds {
    fn from(refusal: &Refusal) -> Self {
        Self::new(refusal.code(), &refusal.summary(), &refusal.help())
    }
}

/// What a plugin would run under now.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The content of its file. `None` for what is linked in.
    pub digest: Option<&'a Digest>,
    /// Its version.
    pub version: &'a Version,
    /// The version of the host.
    pub host: &'a Version,
    /// The plugins that it requires, in the versions that it would run with.
    pub needs: &'a BTreeMap<PluginId, Version>,
}

impl Quarantine {
    /// A quarantine from now on, under the circumstances of now.
    pub fn new(plugin: PluginId, home: Home, cause: Grounds, now: &Circumstances<'_>) -> Self {
        Self {
            plugin,
            version: now.version.clone(),
            home,
            digest: now.digest.copied(),
            at: SystemTime::now(),
            host: now.host.clone(),
            framework: env!("CARGO_PKG_VERSION").to_owned(),
            cause,
            needs: now.needs.clone(),
        }
    }

    /// Why it does not hold the plugin back under these circumstances; `None` where it does.
    ///
    /// The file is looked at first, then the version, the host, and the plugins that are required, by id. Any difference
    /// will do, an older version as well as a newer one: the plugin has not been seen to fail with that.
    pub fn lifted(&self, now: &Circumstances<'_>) -> Option<Lift> {
        let other_file = match (&self.digest, now.digest) {
            (Some(was), Some(now)) => was != now,
            (Some(_), None) => true,
            // Of a file that could not be read when the plugin failed, nobody knows whether it is the same.
            (None, Some(_)) => self.home == Home::Static,
            (None, None) => false,
        };
        if other_file {
            return Some(Lift::OtherFile { was: self.digest, now: now.digest.copied() });
        }
        if self.version != *now.version {
            return Some(Lift::OtherVersion { was: self.version.clone(), now: now.version.clone() });
        }
        if self.host != *now.host {
            return Some(Lift::OtherHost { was: self.host.clone(), now: now.host.clone() });
        }
        let mut ids: Vec<_> = self.needs.keys().chain(now.needs.keys()).collect();
        ids.sort();
        ids.into_iter().find_map(|id| {
            let (was, now) = (self.needs.get(id), now.needs.get(id));
            (was != now).then(|| Lift::OtherNeeds { id: id.clone(), was: was.cloned(), now: now.cloned() })
        })
    }

    /// Whether two records speak of the same circumstances, so that the later one takes the place of the earlier.
    pub(super) fn same_circumstances(&self, other: &Self) -> bool {
        (&self.plugin, &self.version, self.home, &self.digest, &self.host, &self.needs)
            == (&other.plugin, &other.version, other.home, &other.digest, &other.host, &other.needs)
    }

    /// When it began, as text of RFC 3339 in UTC.
    pub fn since(&self) -> String {
        time::text(self.at)
    }

    /// What would lift it, to follow "lifted by" or "until there is".
    pub fn lifts(&self) -> String {
        let itself = match self.home {
            Home::Static if self.digest.is_some() => "another build of the host's program",
            Home::Static => "another version of it",
            _ => "another file",
        };
        let mut others = vec!["the host".to_owned()];
        others.extend(self.needs.keys().map(|id| format!("`{id}`")));
        let last = others.pop().unwrap_or_default();
        let others = if others.is_empty() { last } else { format!("{} or {last}", others.join(", ")) };
        format!("{itself}, another version of {others}, or `keyway enable {}`", self.plugin)
    }
}

impl fmt::Display for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, version, at, cause, .. } = self;
        write!(
            f,
            "plugin `{plugin}` {version} is in quarantine since {}: {}",
            time::to_the_second(*at),
            cause.message
        )
    }
}

/// What is other than it was when a plugin was put in quarantine. Its display says so with both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lift {
    /// It comes from another file, or is linked in now, or was then.
    OtherFile {
        /// The content of its file then.
        was: Option<Digest>,
        /// The content of its file now.
        now: Option<Digest>,
    },
    /// It has another version.
    OtherVersion {
        /// The version then.
        was: Version,
        /// The version now.
        now: Version,
    },
    /// The host has another version.
    OtherHost {
        /// The version then.
        was: Version,
        /// The version now.
        now: Version,
    },
    /// A plugin that it requires has another version, or was not there, or is not there now.
    OtherNeeds {
        /// The plugin that is required.
        id: PluginId,
        /// The version then.
        was: Option<Version>,
        /// The version now.
        now: Option<Version>,
    },
}

impl fmt::Display for Lift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherFile { was, now } => {
                let file = |digest: &Option<Digest>| match digest {
                    Some(digest) => format!("file `{}`", digest.short()),
                    None => "the host's own program".to_owned(),
                };
                write!(f, "it comes from {} now, and came from {}", file(now), file(was))
            }
            Self::OtherVersion { was, now } => write!(f, "it is {now} now, and was {was}"),
            Self::OtherHost { was, now } => write!(f, "the host is {now} now, and was {was}"),
            Self::OtherNeeds { id, was, now } => {
                let version = |version: &Option<Version>| {
                    version.as_ref().map_or_else(|| "not there".to_owned(), Version::to_string)
                };
                write!(f, "`{id}` is {} now, and was {}", version(now), version(was))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn id(text: &str) -> PluginId {
        PluginId::new(text).unwrap()
    }

    fn needs(all: &[(&str, &str)]) -> BTreeMap<PluginId, Version> {
        all.iter().map(|(name, text)| (id(name), version(text))).collect()
    }

    struct World {
        digest: Option<Digest>,
        version: Version,
        host: Version,
        needs: BTreeMap<PluginId, Version>,
    }

    impl World {
        fn of(file: Option<&str>, own: &str, host: &str, others: &[(&str, &str)]) -> Self {
            Self {
                digest: file.map(|text| Digest::of(text.as_bytes())),
                version: version(own),
                host: version(host),
                needs: needs(others),
            }
        }

        fn now(&self) -> Circumstances<'_> {
            Circumstances {
                digest: self.digest.as_ref(),
                version: &self.version,
                host: &self.host,
                needs: &self.needs,
            }
        }

        fn quarantine(&self, home: Home) -> Quarantine {
            let cause = Grounds::new("start-fault", "panicked while it started: no", "tell its authors");
            Quarantine::new(id("a/b"), home, cause, &self.now())
        }
    }

    #[track_caller]
    fn check(home: Home, then: &World, now: &World, expected: Option<&str>) {
        let lift = then.quarantine(home).lifted(&now.now());
        assert_eq!(lift.map(|lift| lift.to_string()).as_deref(), expected);
    }

    #[test]
    fn a_file_is_held_until_it_or_the_host_or_what_it_requires_is_another() {
        let then = World::of(Some("one"), "1.0.0", "3.0.0", &[("x/y", "1.2.0")]);
        let with = |file, own, host, others| World::of(Some(file), own, host, others);
        check(Home::Dylib, &then, &then, None);
        check(
            Home::Dylib,
            &then,
            &with("two", "1.0.0", "3.0.0", &[("x/y", "1.2.0")]),
            Some("it comes from file `dc770fff53f5` now, and came from file `d33fb48ab5ad`"),
        );
        check(
            Home::Dylib,
            &then,
            &with("one", "1.0.1", "3.0.0", &[("x/y", "1.2.0")]),
            Some("it is 1.0.1 now, and was 1.0.0"),
        );
        check(
            Home::Dylib,
            &then,
            &with("one", "1.0.0", "2.9.0", &[("x/y", "1.2.0")]),
            Some("the host is 2.9.0 now, and was 3.0.0"),
        );
        check(
            Home::Dylib,
            &then,
            &with("one", "1.0.0", "3.0.0", &[("x/y", "1.3.0")]),
            Some("`x/y` is 1.3.0 now, and was 1.2.0"),
        );
        check(
            Home::Dylib,
            &then,
            &with("one", "1.0.0", "3.0.0", &[]),
            Some("`x/y` is not there now, and was 1.2.0"),
        );
        check(
            Home::Dylib,
            &then,
            &with("one", "1.0.0", "3.0.0", &[("m/n", "0.1.0"), ("x/y", "1.2.0")]),
            Some("`m/n` is 0.1.0 now, and was not there"),
        );
    }

    #[test]
    fn what_is_linked_in_is_held_until_its_version_or_the_host_is_another() {
        let then = World::of(None, "1.0.0", "3.0.0", &[]);
        check(Home::Static, &then, &then, None);
        check(
            Home::Static,
            &then,
            &World::of(None, "1.1.0", "3.0.0", &[]),
            Some("it is 1.1.0 now, and was 1.0.0"),
        );
        check(
            Home::Static,
            &then,
            &World::of(None, "1.0.0", "3.0.1", &[]),
            Some("the host is 3.0.1 now, and was 3.0.0"),
        );
    }

    #[test]
    fn another_home_is_another_file_unless_the_file_was_never_read() {
        let (file, linked) =
            (World::of(Some("one"), "1.0.0", "3.0.0", &[]), World::of(None, "1.0.0", "3.0.0", &[]));
        check(
            Home::Dylib,
            &file,
            &linked,
            Some("it comes from the host's own program now, and came from file `d33fb48ab5ad`"),
        );
        check(
            Home::Static,
            &linked,
            &file,
            Some("it comes from file `d33fb48ab5ad` now, and came from the host's own program"),
        );
        check(Home::Dylib, &linked, &file, None);
    }

    #[test]
    fn what_would_lift_it_is_one_sentence() {
        let plain = World::of(Some("one"), "1.0.0", "3.0.0", &[]);
        assert_eq!(
            plain.quarantine(Home::Dylib).lifts(),
            "another file, another version of the host, or `keyway enable a/b`"
        );
        let needy = World::of(None, "1.0.0", "3.0.0", &[("m/n", "0.1.0"), ("x/y", "1.2.0")]);
        assert_eq!(
            needy.quarantine(Home::Static).lifts(),
            "another version of it, another version of the host, `m/n` or `x/y`, or `keyway enable a/b`"
        );
    }

    #[test]
    fn it_reads_back_as_it_was_written_and_what_a_newer_host_adds_does_no_harm() {
        for world in [
            World::of(Some("one"), "1.0.0-rc.1+build", "3.0.0", &[("x/y", "1.2.0")]),
            World::of(None, "1.0.0", "3.0.0", &[]),
        ] {
            let quarantine = world.quarantine(Home::Dylib);
            let mut table = toml::Table::try_from(&quarantine).unwrap();
            table.insert("tries".into(), toml::Value::Integer(3));
            let text = table.to_string();
            assert_eq!(toml::from_str::<Quarantine>(&text).unwrap(), quarantine, "{text}");
            let json = serde_json::to_string(&quarantine).unwrap();
            assert_eq!(serde_json::from_str::<Quarantine>(&json).unwrap(), quarantine, "{json}");
            for necessary in ["plugin", "version", "home", "at", "host", "framework", "cause"] {
                let mut less = table.clone();
                less.remove(necessary).unwrap();
                let error = less.try_into::<Quarantine>().unwrap_err().to_string();
                assert!(error.contains(&format!("missing field `{necessary}`")), "{error}");
            }
        }
    }

    #[test]
    fn words_without_end_are_cut_between_characters() {
        let grounds = Grounds::new("c", &"é".repeat(5000), "h");
        assert_eq!(grounds.message.chars().count(), 999);
        assert!(grounds.message.len() <= 2000 && grounds.message.ends_with("é…"));
    }
}
