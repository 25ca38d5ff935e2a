//! What a host and its scanner say to each other: lines of JSON, no I/O.
//!
//! ```text
//! host                                        scanner
//!   Hello { token, limits }              ──►
//!                                        ◄──  Answer { token, Ready }
//!   Order { token 1, file … }            ──►
//!                                        ◄──  Answer { token 1, Begin }
//!                                        ◄──  Answer { token 1, Passed | Refused | NoBridge }
//!   Order { token 2, file … }            ──►  …
//! ```
//!
//! An answer is one if it has the token of what was asked. So what a library writes where the answers go, or a line that
//! was left over, is none.

use std::ffi::OsString;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::PluginId;
use crate::manifest::Home;

/// The environment variable that makes a process a scanner; its value is the first token.
pub(super) const MARKER: &str = "KEYWAY_TRIAL";

/// What a scanner is told first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    /// That of the environment: a process that has the variable by inheritance is not asked anything.
    pub(super) token: String,
    pub(super) deadline: Duration,
    pub(super) memory: u64,
}

/// One file to try.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) token: String,
    pub(super) home: Home,
    pub(super) file: PathText,
    /// None is all of them.
    pub(super) plugins: Vec<PluginId>,
    pub(super) allow_abort: bool,
    /// How long to wait after it was loaded, for what it left running.
    pub(super) linger: Duration,
}

/// What a scanner says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) token: String,
    pub(super) say: Say,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Say {
    Ready { release: String },
    Begin,
    Passed,
    Refused { code: String, message: String, help: String },
    NoBridge,
}

/// A path, whatever its characters.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum PathText {
    Text(String),
    /// Bytes, or what Windows has in their place.
    Units(Vec<u16>),
}

impl PathText {
    pub(super) fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            #[cfg(windows)]
            None => Self::Units(std::os::windows::ffi::OsStrExt::encode_wide(path.as_os_str()).collect()),
            #[cfg(not(windows))]
            None => Self::Units(path.as_os_str().as_encoded_bytes().iter().copied().map(u16::from).collect()),
        }
    }

    pub(super) fn into_path(self) -> PathBuf {
        match self {
            Self::Text(text) => text.into(),
            Self::Units(units) => of_units(&units).into(),
        }
    }
}

#[cfg(windows)]
fn of_units(units: &[u16]) -> OsString {
    std::os::windows::ffi::OsStringExt::from_wide(units)
}

#[cfg(unix)]
fn of_units(units: &[u16]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(units.iter().map(|&unit| unit as u8).collect())
}

#[cfg(not(any(unix, windows)))]
fn of_units(units: &[u16]) -> OsString {
    String::from_utf16_lossy(units).into()
}

/// A word that nobody says by accident: 128 bits that differ from call to call and from process to process.
pub(super) fn token() -> String {
    // The keys of std's hasher are the system's random numbers.
    let random = |salt: u8| RandomState::new().hash_one(salt);
    format!("{:016x}{:016x}", random(0), random(1))
}

/// What stands in the stream of what libraries write, where a trial begins: what follows is the file's own.
pub(super) fn mark(token: &str) -> String {
    format!("\nkeyway-trial {token}\n")
}

/// Version and target.
pub(super) fn release() -> String {
    format!("{} for {}", env!("CARGO_PKG_VERSION"), crate::abi::entry::TARGET)
}

/// A message as a line.
pub(super) fn line(message: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).expect("the messages have texts for keys");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_line_and_read_back() {
        let refused =
            Say::Refused { code: "no-entry".into(), message: "a\nb".into(), help: "\u{1b}\"".into() };
        for say in [Say::Ready { release: release() }, Say::Begin, Say::Passed, refused, Say::NoBridge] {
            let line = line(&Answer { token: token(), say });
            assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
            let answer: Answer = serde_json::from_slice(&line).unwrap();
            assert_eq!(answer.token.len(), 32);
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_path_crosses_whatever_its_characters() {
        use std::os::unix::ffi::OsStrExt as _;
        for name in [&b"/plain/lib.so"[..], "/é/\"\n.so".as_bytes(), b"/\xff\xfe/\x01.so"] {
            let path = Path::new(std::ffi::OsStr::from_bytes(name));
            let line = line(&PathText::of(path));
            assert_eq!(serde_json::from_slice::<PathText>(&line).unwrap().into_path(), path);
        }
    }

    #[test]
    fn no_two_tokens_are_equal() {
        let tokens: std::collections::BTreeSet<_> = (0..1000).map(|_| token()).collect();
        assert_eq!(tokens.len(), 1000);
    }
}
