//! A generation of another plugin, from the other side of an edge: a number that the host knows.

use std::sync::Arc;

use super::{HOST, Provided, Retained, refusal_of};
use crate::abi::future::BoxFuture;
use crate::abi::object::Held;
use crate::abi::{Status, Str};
use crate::handle::{End, Generation, Gone, Owner, untold};
use crate::interface::Interface;

/// What the host says of generations: the service by which a handle hears of an end.
#[crate::interface(id = "keyway/generations", version = "1.0")]
pub(crate) trait Generations: Send + Sync {
    /// Waits for the end of a plugin's generation with this number, and says why it came.
    async fn ended(&self, plugin: &str, number: u64) -> Result<String, String>;
}

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

    fn ended(self: Arc<Self>) -> End {
        let owner = Arc::new(Owner::new(HOST));
        match provided(&self.context, &owner, <dyn Generations>::ID, 0) {
            Some(Ok(service)) => End::There(service, self.number),
            _ => End::Untold,
        }
    }
}

/// Waits for the end of a generation of this plugin, which the host's service tells.
///
/// A function that only a plugin which waits calls: what it needs to speak to an interface is no part of other libraries.
pub(crate) fn told(service: Provided, plugin: &str, number: u64) -> BoxFuture<'static, Gone> {
    let plugin = plugin.to_owned();
    let Ok(generations) = service.into_object::<dyn Generations>() else { return untold(&plugin) };
    Box::pin(async move {
        let why = generations.ended(&plugin, number).await;
        Gone::new(&plugin, why.unwrap_or_else(|fault| fault))
    })
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
