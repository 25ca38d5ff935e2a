//! Which hosts run, as the sockets of a runtime folder say.

use std::fs;
use std::path::PathBuf;

use super::error::AskError;
use super::report::HostReport;

/// A host that runs and answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunningHost {
    /// Its socket.
    pub socket: PathBuf,
    /// Who it is.
    pub about: HostReport,
}

/// What the sockets of a runtime folder say. From [`hosts`](super::hosts()).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Hosts {
    /// Those that run and answer, by process.
    pub running: Vec<RunningHost>,
    /// Those that can not be asked, and why.
    pub mute: Vec<AskError>,
    /// Sockets that hosts left behind which are gone, by name.
    pub stale: Vec<PathBuf>,
}

impl Hosts {
    /// Takes away what hosts left behind that are gone. What can not be taken away does no harm.
    pub fn remove_stale(&self) {
        for socket in &self.stale {
            if let Err(error) = fs::remove_file(socket) {
                let socket = socket.display();
                tracing::debug!(target: "keyway", %socket, %error, "a socket that nobody listens on stays");
            }
        }
    }
}
