//! What the host does for those who share and hold resources, as interfaces.
//!
//! All of them are called by the framework alone, on one side or the other.

use std::sync::Arc;

use crate::wire::AnyObject;

/// The service.
#[crate::interface(id = "keyway/resources", version = "1.0")]
pub(crate) trait Resources: Send + Sync {
    /// Shares an object of the plugin's that the service was given to; or says why not.
    fn share(&self, name: &str, object: AnyObject) -> Result<Arc<dyn Sharing>, String>;
    /// What a plugin shares under a name, for this holder; or why it can not have it. The interface is the one that it
    /// wants, which the holder compares itself.
    fn hold(
        &self,
        owner: &str,
        name: &str,
        interface: &str,
        holder: Arc<dyn Holder>,
    ) -> Result<Lease, String>;
}

/// A resource on its owner's side.
#[crate::interface(id = "keyway/sharing", version = "1.0")]
pub(crate) trait Sharing: Send + Sync {
    /// Ends it; nothing where it has ended.
    fn close(&self);
    /// How many hold it.
    fn holders(&self) -> u64;
}

/// Whoever holds a resource: told once when it has ended, and has let go of it when the call returns.
#[crate::interface(id = "keyway/holder", version = "1.0")]
pub(crate) trait Holder: Send + Sync {
    /// The resource has ended, for this reason in one clause.
    fn gone(&self, why: &str);
}

/// A holder's place on the host's list, for as long as it is held.
#[crate::interface(id = "keyway/seat", version = "1.0")]
pub(crate) trait Seat: Send + Sync {
    /// The same resource for one more holder; or why it has ended.
    fn another(&self, holder: Arc<dyn Holder>) -> Result<Lease, String>;
    /// The id of the plugin that shares it.
    fn owner(&self) -> String;
    /// The name that it is shared under.
    fn name(&self) -> String;
}

/// What a holder gets.
#[derive(crate::Wire)]
pub(crate) struct Lease {
    pub(crate) object: AnyObject,
    pub(crate) seat: Arc<dyn Seat>,
    /// The id of the plugin that shares it.
    pub(crate) owner: String,
    /// The name that it is shared under.
    pub(crate) name: String,
}
