//! What stands in the brackets of `#[plugin]`.
use keyway::plugin;

#[plugin]
#[derive(Default)]
struct Nothing;

#[plugin(id = "text", version = "one", host = "newest", activation = "later", rank = 1.5)]
#[derive(Default)]
struct BadTexts;

#[plugin(id, version = , description(x), license = MIT, rank = "first", config = 3)]
#[derive(Default)]
struct BadForms;

#[plugin(id = "text/lists", provides = Tool, authors = "me", requires = "a/b", conflicts, capabilities = "net")]
#[derive(Default)]
struct BadLists;

#[plugin(
    id = "text/entries",
    provides("Tool"),
    authors(me),
    requires("a" = "^1", interfaces("a/b") = "^1", "a/b"),
    optional("a/b" = "new", "c/d" = "^1", "c/d" = "^2"),
    conflicts(interface("a/b") = "*"),
    capabilities("net" = "a:443"),
)]
#[derive(Default)]
struct BadEntries;

#[plugin(id = "text/nets", requires("a" = "^1", "a/b" = "new", "c/d" = "^1"), optional("c/d" = "^2"))]
#[derive(Default)]
struct BadRequirements;

#[plugin(id = "text/twice", id = "text/again", rnak = 3, colour = "red")]
#[derive(Default)]
struct BadNames;

#[plugin("text/tool", activation = start, requires())]
#[derive(Default)]
struct BadSyntax;

fn main() {}
