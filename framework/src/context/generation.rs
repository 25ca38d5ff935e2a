//! A generation of another plugin, from the other side of an edge: a number that the host knows.

use std::sync::Arc;

use super::{Provided, Retained, refusal_of};
use crate::abi::object::Held;
use crate::abi::{Status, Str};
use crate::handle::{Generation, Gone, Owner};

/// What a library knows of a generation.
struct Numbered {
    context: Arc<Retained>,
    owner: Arc<Owner>,
    number: u64,
}

impl Generation for Numbered {
    fn number(&self) -> u64 {
        self.number
    }

    fn interface(self: Arc<Self>, interface: &str) -> Result<Provided, Gone> {
        let plugin = self.owner.id();
        match provided(&self.context, &self.owner, interface, self.number) {
            Some(Ok(provided)) => Ok(provided),
            Some(Err(why)) => Err(Gone::new(plugin, why)),
            None => Err(Gone::new(plugin, "its host has forgotten the generation")),
        }
    }
}

/// An interface of one generation of a plugin, or of the one that runs where the number is 0; `None` where the host is of
/// a time when nobody asked so.
pub(super) fn provided(
    context: &Arc<Retained>,
    owner: &Arc<Owner>,
    interface: &str,
    number: u64,
) -> Option<Result<Provided, String>> {
    let table = context.table();
    let ask = table.provided?;
    // SAFETY: the function belongs to the table.
    let reply = unsafe { ask(table.data, Str::new(owner.id()), Str::new(interface), number) };
    if reply.status != Status::DONE {
        // SAFETY: any other reply has a text or is a fault, which is now this side's.
        return Some(Err(unsafe { refusal_of(reply) }));
    }
    // SAFETY: a done reply has an object, of which one count is now this side's.
    let (object, number) = unsafe {
        let done = reply.value.assume_init().done;
        (Held::new(done.object), done.generation)
    };
    let generation = (number != 0).then(|| {
        let (context, owner) = (Arc::clone(context), Arc::clone(owner));
        Arc::new(Numbered { context, owner, number }) as Arc<dyn Generation>
    });
    Some(Ok(Provided { object, direct: None, owner: Arc::clone(owner), generation }))
}
