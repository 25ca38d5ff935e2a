//! Where there are no sockets in folders: nobody can be asked.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::error::AskError;
use super::hosts::Hosts;
use super::protocol::Request;

/// A way to a running host; there is none here.
pub enum Client {}

impl Client {
    /// Never.
    pub fn connect(_: &Path) -> Result<Self, AskError> {
        Err(AskError::Unsupported)
    }

    /// There is no such value.
    #[must_use]
    pub fn with_patience(self, _: Duration) -> Self {
        self
    }

    /// There is no such value.
    pub fn ask<T: DeserializeOwned>(&mut self, _: &Request) -> Result<T, AskError> {
        match *self {}
    }

    /// There is no such value.
    pub fn follow<T: DeserializeOwned>(
        self,
        _: &Request,
        _: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), AskError> {
        match self {}
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// None.
pub fn hosts(_: &Path) -> io::Result<Hosts> {
    Ok(Hosts::default())
}
