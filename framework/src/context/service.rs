//! What a host itself does for plugins: interfaces like any other, under an id that no plugin has.
//!
//! So they are described, compared and called as every interface is, in every home; a host of another version has another
//! version of them, or says that it has none.

use std::sync::Arc;

use super::{Context, Unavailable};
use crate::interface::Interface;

/// Under which id a context gives what the host itself does.
pub(crate) const HOST: &str = "keyway/host";

impl Context {
    /// A service of the host's, which needs no permission of the manifest.
    ///
    /// **Errors:** the host has stopped, or has none, or another version of it; `what` says what the plugin can not have.
    pub(crate) fn service<I: ?Sized + Interface>(&self, what: &str) -> Result<Arc<I>, Unavailable> {
        let provided =
            self.services.interface(HOST, I::ID).map_err(|reason| self.unavailable(what, reason))?;
        provided.into_object().map_err(|mismatch| self.unavailable(what, mismatch.to_string()))
    }
}
