//! Where `#[interface]` stands.
use keyway::interface;

#[interface(id = "text/tool", version = "1.0")]
struct Tool {
    name: String,
}

#[interface(id = "text/tool", version = "1.0")]
impl Tool {
    fn name(&self) -> &str {
        &self.name
    }
}

fn main() {}
