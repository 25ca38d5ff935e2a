//! One interface twice, and one method missing.
use keyway::{interface, plugin};

#[interface(id = "text/tool", version = "1.0")]
trait Tool: Send + Sync {
    fn call(&self);
    fn name(&self) -> String;
}

#[plugin(id = "text/twice", provides(Tool, Tool))]
#[derive(Default)]
struct Twice;

impl Tool for Twice {
    fn call(&self) {}
}

fn main() {}
