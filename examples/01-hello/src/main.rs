//! The smallest host and plugin, in one file.

use keyway::host::Host;

/// What can be plugged in.
#[keyway::interface(id = "hello/greeter", version = "1.0.0")]
pub trait Greeter: Send + Sync {
    /// A greeting for somebody.
    fn greet(&self, name: &str) -> String;
}

/// A plugin. That it is one, and what it provides, the attribute says.
#[keyway::plugin(id = "hello/english", provides(Greeter))]
#[derive(Default)]
pub struct English;

impl Greeter for English {
    fn greet(&self, name: &str) -> String {
        format!("Hello, {name}!")
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = Host::builder("hello", "1.0.0").start()?;
    for greeter in host.all::<dyn Greeter>() {
        println!("{}", greeter.greet("world"));
    }
    Ok(())
}
