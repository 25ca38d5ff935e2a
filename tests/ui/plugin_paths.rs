//! Paths that name no interface, and a plugin of one thread: the error stands on the author's path or name.
use std::cell::Cell;

use keyway::plugin;

trait Ordinary: Send + Sync {}

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

fn main() {}
