//! Where `#[plugin]` stands.
use keyway::plugin;

#[plugin(id = "text/trait")]
trait Tool {}

#[plugin(id = "text/function")]
fn tool() {}

#[plugin(id = "text/generic")]
struct Generic<T>(T);

#[plugin(id = "text/borrows")]
struct Borrows<'a> {
    name: &'a str,
}

fn main() {}
