//! Where there are no sockets in folders: nobody can be asked.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::error::AskError;
use super::protocol::Request;
use super::report::HostReport;

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

/// A host that runs and answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunningHost {
    /// Its socket.
    pub socket: PathBuf,
    /// Who it is.
    pub about: HostReport,
}

/// What the sockets of a runtime folder say.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Hosts {
    /// Those that run and answer, by process.
    pub running: Vec<RunningHost>,
    /// Those that can not be asked, and why.
    pub mute: Vec<AskError>,
    /// Sockets that hosts left behind which are gone.
    pub stale: Vec<PathBuf>,
}

impl Hosts {
    /// Nothing is ever left behind here.
    pub fn remove_stale(&self) {}
}

/// None.
pub fn hosts(_: &Path) -> io::Result<Hosts> {
    Ok(Hosts::default())
}
