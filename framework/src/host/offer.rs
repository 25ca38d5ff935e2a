//! Interfaces of the host's own: to a plugin they look like any other plugin's.
//!
//! An offer stands among the plugins under an id of its own, with the host's version and one interface in the version that
//! the host was built with. So it is listed, required, refused and called as a plugin's is. What sets it apart is decided
//! where it matters: that it comes before everything else, in [`Survey`](super::survey); that a plugin of the same id is
//! set aside, and that no policy applies to it, in [`sift`](super::sift); that it starts with the host and ends with it, in
//! [`lifecycle`](super::lifecycle).

use std::any::Any;
use std::sync::Arc;

use semver::Version;

use super::builder::Loopback;
use crate::abi::object::Held;
use crate::id::{InterfaceId, PluginId};
use crate::interface::Interface;
use crate::manifest::Manifest;

/// What the list of plugins shows as the source of what the host offers itself.
pub(super) const SOURCE: &str = "host";

/// An interface of the host's own.
pub(super) struct Offer {
    pub(super) manifest: Arc<Manifest>,
    object: Box<dyn Object>,
}

impl Offer {
    /// The object under an id, in a host of this version.
    pub(super) fn new<I: ?Sized + Interface>(id: PluginId, host: Version, object: Arc<I>) -> Self {
        let interface =
            InterfaceId::new(I::ID).expect("the id of an interface is checked where it is written");
        let version = Version::parse(I::VERSION).expect("so is its version");
        let manifest =
            Manifest { provides: [(interface, version)].into_iter().collect(), ..Manifest::new(id, host) };
        Self { manifest: Arc::new(manifest), object: Box::new(object) }
    }

    pub(super) fn id(&self) -> &PluginId {
        &self.manifest.id
    }

    /// The interface as a plugin's is given: as an object, and unless the way round was chosen as the trait object.
    pub(super) fn interface(
        &self,
        id: &str,
        loopback: Option<Loopback>,
    ) -> Option<(Held, Option<Box<dyn Any + Send + Sync>>)> {
        if !self.manifest.provides.contains_key(id) {
            return None;
        }
        let held = self.object.held();
        Some(match loopback {
            None => (held, Some(self.object.direct())),
            Some(Loopback::Table) => (held, None),
            Some(Loopback::Message) => (held.by_messages(), None),
        })
    }
}

/// An object of any interface.
trait Object: Send + Sync {
    /// For another image.
    fn held(&self) -> Held;
    /// An `Arc<dyn Interface>` in a box.
    fn direct(&self) -> Box<dyn Any + Send + Sync>;
}

impl<I: ?Sized + Interface> Object for Arc<I> {
    fn held(&self) -> Held {
        Held::of(Arc::clone(self))
    }
    fn direct(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(Arc::clone(self))
    }
}
