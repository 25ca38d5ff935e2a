//! The contract plugins in a library of another crate, with an allocator of its own that takes back nothing but what it
//! gave out.

#[path = "../../images/checking.rs"]
mod checking;

keyway::link_plugins!(contract_plugin);

#[global_allocator]
static ALLOCATOR: checking::Checking = checking::Checking::new(0x9e37_79b9_7f4a_7c15);
