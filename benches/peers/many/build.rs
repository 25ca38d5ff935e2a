//! Writes the thousand plugins, and the thousand entries of a Vec.

use std::fmt::Write as _;
use std::path::PathBuf;

const COUNT: usize = 1_000;

fn main() {
    let mut plugins = String::new();
    let mut entries = String::new();
    for number in 0..COUNT {
        let item = format!(
            "/// One of many.\n#[derive(Debug, Default)]\npub struct P{number};\n\
             impl Item for P{number} {{ fn number(&self) -> u64 {{ {number} }} }}\n"
        );
        writeln!(plugins, "#[keyway::plugin(id = \"many/p{number:04}\", provides(Item))]\n{item}")
            .expect("text");
        writeln!(entries, "(\"many/p{number:04}\", || Arc::new({{ {item} P{number} }})),").expect("text");
    }
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo gives a folder"));
    let entries = format!("[{entries}]");
    for (name, text) in [("plugins.rs", plugins), ("entries.rs", entries)] {
        std::fs::write(folder.join(name), text).expect("cargo's folder can be written");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
