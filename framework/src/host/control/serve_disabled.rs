//! Where there are no sockets in folders: nobody is listened to.

use std::path::Path;
use std::sync::Arc;

use super::error::ControlError;
use crate::host::lifecycle::Core;

/// There is none.
pub(super) enum Server {}

impl Server {
    pub(super) fn open(_: &Arc<Core>, _: &Path) -> Result<Self, ControlError> {
        Err(ControlError::Unsupported)
    }

    pub(super) fn socket(&self) -> &Path {
        match *self {}
    }
}
