//! What only the compiler can know of a plugin: the error stands on the author's type or path.
use keyway::{Wire, interface, plugin};

#[interface(id = "text/tool", version = "1.0")]
trait Tool: Send + Sync {
    fn call(&self);
}

#[plugin(id = "text/no-default")]
struct NoDefault(u32);

#[plugin(id = "text/not-implemented", provides(Tool))]
#[derive(Default)]
struct NotImplemented;

#[derive(Wire)]
struct NoDefaults {
    name: String,
}

#[plugin(id = "text/config", config = NoDefaults)]
#[derive(Default)]
struct Config;

#[derive(Default)]
struct NoForm;

#[plugin(id = "text/config-form", config = NoForm)]
#[derive(Default)]
struct ConfigForm;

fn main() {}
