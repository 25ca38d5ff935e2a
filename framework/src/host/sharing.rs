//! What plugins share, for the host's own program: to be had, and to be listed.

use super::Host;
use super::refusal::GetError;
use super::services::resources::THE_HOST;
use crate::context::Shared;
use crate::id::PluginId;
use crate::interface::Interface;

/// Something that a plugin shares, at the moment of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedResource {
    /// Who shares it.
    pub owner: PluginId,
    /// The name that it is shared under.
    pub name: String,
    /// The id of its interface.
    pub interface: String,
    /// Who holds it, in the order in which they came: ids of plugins, one as often as it holds it, and `the host`.
    pub holders: Vec<String>,
}

impl Host {
    /// What a plugin shares under a name. A plugin that waits to be asked for is started.
    ///
    /// **Errors:** there is no such plugin, or it does not run; it shares nothing under the name, or something with another
    /// interface.
    pub fn shared<I: ?Sized + Interface>(&self, owner: &str, name: &str) -> Result<Shared<I>, GetError> {
        let (id, resource) = self.core.resource(owner, name, None)?;
        // It may have ended a moment ago.
        let ended = |_why| GetError::NotShared { id: id.clone(), name: name.to_owned(), shares: Vec::new() };
        let held = Shared::hold(|holder| resource.hold(&THE_HOST.into(), holder)).map_err(ended)?;
        held.map_err(|source| GetError::Mismatch { id, interface: I::ID.to_owned(), source })
    }

    /// What plugins share, by owner and then name.
    pub fn resources(&self) -> Vec<SharedResource> {
        let now = self.core.registry.now();
        let of = |entry: &super::registry::Entry| {
            let (owner, live) = (entry.id().clone(), entry.plugin.live.load_full());
            let shared = live.map(|live| live.services.shelf.list()).unwrap_or_default();
            shared.into_iter().map(move |resource| SharedResource {
                owner: owner.clone(),
                name: resource.name().to_owned(),
                interface: resource.interface.clone(),
                holders: resource.holders().iter().map(|by| by.to_string()).collect(),
            })
        };
        now.entries().iter().flat_map(of).collect()
    }
}
