//! Brings what cbindgen wrote into an order that C accepts.
//!
//! First a name for every struct, then the function types, which are content with names, then each struct after those
//! that it contains.

use std::collections::HashSet;

/// Characters in a line.
const WIDTH: usize = 110;

/// A header's parts.
pub(crate) struct Ordered {
    /// `#include` lines.
    pub(crate) includes: String,
    /// The rest.
    pub(crate) items: String,
}

/// Splits and sorts.
///
/// **Panics:** where structs contain each other, which no compiler would have let pass.
pub(crate) fn ordered(text: &str) -> Ordered {
    let blocks: Vec<&str> = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()).collect();
    let is_struct = |block: &&str| defined(block).is_some();
    let (structs, others): (Vec<&str>, Vec<&str>) = blocks.into_iter().partition(is_struct);
    let (includes, others): (Vec<&str>, Vec<&str>) =
        others.into_iter().partition(|block| block.starts_with("#include"));
    let (types, numbers): (Vec<&str>, Vec<&str>) = others.into_iter().partition(|block| is_typedef(block));

    let mut items = String::new();
    let mut after_bare = false;
    for block in numbers {
        // Numbers without a comment stand together.
        let bare = block.starts_with("#define");
        let together = bare && after_bare;
        if !together && !items.is_empty() {
            items.push('\n');
        }
        after_bare = bare;
        items.push_str(block);
        items.push('\n');
    }
    items.push_str("\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    for block in &structs {
        let (word, name) = defined(block).expect("only structs are in the list");
        items.push_str(&format!("typedef {word} {name} {name};\n"));
    }
    for block in types.into_iter().chain(sorted(&structs)) {
        items.push('\n');
        items.push_str(&tidied(block));
        items.push('\n');
    }
    Ordered { includes: includes.join("\n") + "\n", items }
}

/// Whether a block is one `typedef`, and not an enum's.
fn is_typedef(block: &str) -> bool {
    block.lines().find(|line| !line.starts_with("//")).is_some_and(|line| line.starts_with("typedef "))
}

/// `struct` or `union`, and the name, where a block defines one.
fn defined(block: &str) -> Option<(&str, &str)> {
    let line = block.lines().find(|line| !line.starts_with("//"))?;
    let (word, rest) = line.split_once(' ')?;
    let name = rest.strip_suffix(" {")?;
    matches!(word, "struct" | "union").then_some((word, name))
}

/// The structs that a struct contains.
fn contained(block: &str) -> impl Iterator<Item = &str> {
    block.lines().filter_map(|line| {
        let member = line.trim_start();
        let member = member.strip_prefix("struct ").or_else(|| member.strip_prefix("union "))?;
        let (name, rest) = member.split_once(' ')?;
        (!rest.starts_with(['*', '(', '{']) && line.starts_with(' ')).then_some(name)
    })
}

fn sorted<'a>(structs: &[&'a str]) -> Vec<&'a str> {
    let mut left = structs.to_vec();
    let mut done: HashSet<&str> = HashSet::new();
    let mut sorted = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let before = left.len();
        left.retain(|block| {
            let ready = contained(block).all(|name| done.contains(name));
            if ready {
                done.extend(defined(block).map(|(_, name)| name));
                sorted.push(*block);
            }
            !ready
        });
        assert!(left.len() < before, "structs that contain each other, or one that is not there: {left:#?}");
    }
    sorted
}

/// A block as a person would write it: `struct x` is `x` where it is not defined, and arguments stand in one line where
/// they have the room.
fn tidied(block: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        let definition = line.ends_with(" {") && !line.starts_with(' ');
        if definition || line.trim_start().starts_with("//") {
            lines.push(line.to_owned());
            continue;
        }
        let line = line.replace("struct keyway_", "keyway_").replace("union keyway_", "keyway_");
        match lines.last_mut() {
            Some(last) if goes_on => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => lines.push(line.clone()),
        }
        goes_on = line.ends_with(',');
    }
    lines.iter().map(|line| wrapped(line)).collect::<Vec<_>>().join("\n")
}

/// A declaration that is too long for a line: its arguments get one of their own.
fn wrapped(line: &str) -> String {
    match line.rsplit_once('(') {
        Some((head, arguments)) if line.len() > WIDTH && !line.trim_start().starts_with("//") => {
            let indent = " ".repeat(line.len() - line.trim_start().len() + 4);
            format!("{head}(\n{indent}{arguments}")
        }
        _ => line.to_owned(),
    }
}
