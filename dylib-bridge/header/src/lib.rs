//! Makes `dylib-bridge/include/keyway.h` from the framework's ABI.
//!
//! cbindgen writes the structs and numbers; `cbindgen.toml` says how they are called in C. Two things it can not do are
//! done here: an `Option` of a named function type, and an order in which types that point at each other come after
//! what they contain. What C authors need beside the ABI is written by hand, in `convenience.h`, and appended.
//!
//! `KEYWAY_BLESS=1 cargo test -p keyway-header` writes the file.

use std::fs;
use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config};

mod order;

/// Why there is no header.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The sources that describe the ABI, below `framework/src`.
const SOURCES: [&str; 6] =
    ["abi.rs", "abi/descriptor.rs", "abi/tables.rs", "abi/library.rs", "note.rs", "context.rs"];

/// Names in documentation that stand for something else in C, beside the renamed ones.
const WORDS: [(&str, &str); 3] =
    [("Status::DONE", "KEYWAY_DONE"), ("Status::REFUSED", "KEYWAY_REFUSED"), ("kind", "KEYWAY_KIND_…")];

const TOP: &str = "\
// Keyway for authors of plugins in C and C++: the framework's ABI, and what makes it handy.
//
// The first half is made from the framework's sources, the second is written by hand (`dylib-bridge/header`); a test
// holds the layout of both sides against each other. `examples/c-tool` is a whole plugin.
//
// Rules that no compiler checks:
// - every function may be called from any thread, at any time, for as long as the process lives;
// - texts are UTF-8, and a pointer is never null unless its comment says so;
// - the side that allocated frees, through the `release` beside the pointer;
// - nothing may jump or throw across a function of the ABI;
// - tables and descriptors are constants that live as long as the process.
//
// C11 or C++17.

#ifndef KEYWAY_H
#define KEYWAY_H
";

/// Where the committed header stands.
pub fn committed() -> PathBuf {
    bridge().join("include/keyway.h")
}

/// The header as it should be.
///
/// **Errors:** a source that can not be read, or that cbindgen can not parse.
pub fn generate() -> Result<String, Error> {
    let config = Config::from_file(bridge().join("header/cbindgen.toml"))?;
    let framework = bridge().with_file_name("framework");
    let folder = tempfile::tempdir()?;
    let mut builder = Builder::new();
    for source in SOURCES {
        let text = fs::read_to_string(framework.join("src").join(source))?;
        let copy = folder.path().join(source.replace('/', "-"));
        fs::write(&copy, nullable(&text))?;
        builder = builder.with_src(copy);
    }
    let mut written = Vec::new();
    builder.with_config(config.clone()).generate()?.write(&mut written);
    let body = order::ordered(&in_c(String::from_utf8(written)?, &config));
    let convenience = fs::read_to_string(bridge().join("header/convenience.h"))?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(format!(
        "{TOP}\n{}\n// The version of the framework that this header is of.\n#define KEYWAY_FRAMEWORK \"{version}\"\n\n{}\n{convenience}",
        body.includes, body.items
    ))
}

fn bridge() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is inside the bridge's folder")
}

/// In C every function pointer can be null; cbindgen knows that of function types which are written out only.
fn nullable(source: &str) -> String {
    ["Dispatch", "Begin", "TypeFn"]
        .iter()
        .fold(source.to_owned(), |source, name| source.replace(&format!("Option<{name}>"), name))
}

/// Documentation that links to Rust names says the C names.
fn in_c(mut text: String, config: &Config) -> String {
    let renamed = config.export.rename.iter().map(|(rust, c)| (rust.as_str(), c.as_str()));
    for (rust, c) in WORDS.into_iter().chain(renamed) {
        for link in [format!("[`{rust}`]"), format!("[`kind::{rust}`]")] {
            text = text.replace(&link, &format!("`{c}`"));
        }
    }
    text
}
