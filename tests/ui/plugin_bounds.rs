//! What only the compiler can know of a plugin: the error stands on the author's type or path.
use std::cell::Cell;

use keyway::{Wire, interface, plugin};

#[interface(id = "text/tool", version = "1.0")]
trait Tool: Send + Sync {
    fn call(&self);
}

trait Ordinary: Send + Sync {}

#[plugin(id = "text/no-default")]
struct NoDefault(u32);

#[plugin(id = "text/not-implemented", provides(Tool))]
#[derive(Default)]
struct NotImplemented;

#[plugin(id = "text/no-interface", provides(Ordinary))]
#[derive(Default)]
struct NoInterface;
impl Ordinary for NoInterface {}

#[plugin(id = "text/no-trait", provides(NoInterface))]
#[derive(Default)]
struct NoTrait;

#[plugin(id = "text/unknown", provides(Unknown))]
#[derive(Default)]
struct Unknown2;

#[plugin(id = "text/one-thread")]
#[derive(Default)]
struct OneThread(Cell<u32>);

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
