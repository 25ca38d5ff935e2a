//! The files that a sidecar names, per platform: which platforms there are, and that no path leads out of the folder.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::platform;
use crate::host::find::written::{Entry, Node, Proof, plain};
use crate::host::resolver::nearest;

/// The systems that Rust has names for and libraries are loaded on.
///
/// **Source:** `std::env::consts::OS`.
const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "dragonfly",
    "freebsd",
    "haiku",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "macos",
    "netbsd",
    "openbsd",
    "solaris",
    "windows",
];

/// **Source:** `std::env::consts::ARCH`.
const PROCESSORS: &[&str] = &[
    "aarch64",
    "arm",
    "csky",
    "hexagon",
    "loongarch32",
    "loongarch64",
    "m68k",
    "mips",
    "mips32r6",
    "mips64",
    "mips64r6",
    "powerpc",
    "powerpc64",
    "riscv32",
    "riscv64",
    "s390x",
    "sparc",
    "sparc64",
    "x86",
    "x86_64",
];

/// What others call them.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("darwin", "macos"),
    ("osx", "macos"),
    ("mac", "macos"),
    ("win", "windows"),
    ("win32", "windows"),
    ("win64", "windows"),
    ("amd64", "x86_64"),
    ("x64", "x86_64"),
    ("x86-64", "x86_64"),
    ("i686", "x86"),
    ("arm64", "aarch64"),
];

/// A file that runs anywhere.
const WASM: &str = "wasm";

pub(super) fn check(proof: &mut Proof, node: &Node, folder: &Path) -> BTreeMap<String, PathBuf> {
    let here = platform();
    let mut files = BTreeMap::new();
    for entry in proof.table(node, "`files`") {
        if !is_platform(&entry.key) {
            let what = format!("unknown platform `{}` in `files`", plain(&entry.key));
            let hint = match meant(&entry.key) {
                Some(meant) => format!("did you mean `{meant}`"),
                None => format!("write the system and the processor, as in `{here}`, or `{WASM}`"),
            };
            proof.note(&entry.key_span, what, hint);
        }
        let Some(file) = proof.parsed(&entry.node, "a file", "is no path inside the folder", inside) else {
            continue;
        };
        look(proof, entry, folder, &file, entry.key == here);
        files.insert(entry.key.clone(), file);
    }
    files
}

fn is_platform(key: &str) -> bool {
    key == WASM
        || key == platform()
        || key
            .split_once('-')
            .is_some_and(|(system, processor)| SYSTEMS.contains(&system) && PROCESSORS.contains(&processor))
}

/// The platform by its name here: another name for it, the halves the wrong way round, a slip of the pen.
fn meant(key: &str) -> Option<String> {
    // So that it is one word, whatever the words are parted by.
    let one_word = key.to_ascii_lowercase().replace("x86-64", "x86_64").replace("x86_64", "amd64");
    let words = one_word
        .split(['-', '_'])
        .map(|word| OTHER_NAMES.iter().find(|(other, _)| *other == word).map_or(word, |(_, name)| name));
    let system = words.clone().find(|word| SYSTEMS.contains(word));
    let processor = words.clone().find(|word| PROCESSORS.contains(word));
    // A number alone is half of a processor's name.
    let whole = words.clone().all(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
    if let (Some(system), Some(processor), true) = (system, processor, whole) {
        return Some(format!("{system}-{processor}"));
    }
    let all: Vec<String> = SYSTEMS
        .iter()
        .flat_map(|system| PROCESSORS.iter().map(move |processor| format!("{system}-{processor}")))
        .chain([WASM.to_owned()])
        .collect();
    nearest(key, all.iter().map(String::as_str)).map(str::to_owned)
}

/// A path as it may be written on every platform, whichever this is.
fn inside(text: &str) -> Result<PathBuf, String> {
    let wrong = if text.contains('\0') {
        "a path has no zero bytes"
    } else if text.contains('\\') {
        "write `/` between folders, on every platform"
    } else if text.starts_with('/') || text.contains(':') {
        "write it relative to the folder, and without `:`"
    } else if text.split('/').any(|part| part == "..") {
        "`..` leads out of the folder"
    } else if text.split('/').all(|part| matches!(part, "" | ".")) {
        "it names nothing"
    } else {
        return Ok(PathBuf::from(text));
    };
    Err(wrong.to_owned())
}

/// Looks at the file itself. Those of other platforms need not be there.
fn look(proof: &mut Proof, entry: &Entry, folder: &Path, file: &Path, is_for_here: bool) {
    let shown = plain(&file.display().to_string());
    let span = &entry.node.span;
    match find(folder, file) {
        Ok(Place::Outside(to)) => {
            let hint = format!("it is, or lies behind, a link to `{}`", plain(&to.display().to_string()));
            proof.note(span, format!("`{shown}` leads out of the folder"), hint);
        }
        Ok(Place::Nowhere) if is_for_here => {
            proof.note(span, format!("`{shown}` is not there"), "it is the file for this platform");
        }
        Ok(Place::NotAFile) if is_for_here => {
            proof.note(span, format!("`{shown}` is no plain file"), "it is the file for this platform");
        }
        Ok(_) => {}
        Err(error) => proof.note(span, format!("`{shown}` can not be looked at"), error.to_string()),
    }
}

enum Place {
    Inside,
    /// Its true place.
    Outside(PathBuf),
    Nowhere,
    NotAFile,
}

fn find(folder: &Path, file: &Path) -> io::Result<Place> {
    let absent =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let mut path = folder.to_owned();
    let mut links = false;
    let mut plain_file = false;
    for part in file.components() {
        let Component::Normal(part) = part else { continue };
        path.push(part);
        match path.symlink_metadata() {
            Ok(metadata) => (links, plain_file) = (links || metadata.is_symlink(), metadata.is_file()),
            Err(error) if absent(&error) => return Ok(Place::Nowhere),
            Err(error) => return Err(error),
        }
    }
    if links {
        // A link that leads nowhere is one that leads out, once somebody puts something there.
        let to = match path.canonicalize() {
            Ok(to) => to,
            Err(error) if absent(&error) => return Ok(Place::Outside(path.read_link().unwrap_or(path))),
            Err(error) => return Err(error),
        };
        if !to.starts_with(folder.canonicalize()?) {
            return Ok(Place::Outside(to));
        }
        plain_file = to.metadata()?.is_file();
    }
    Ok(if plain_file { Place::Inside } else { Place::NotAFile })
}
