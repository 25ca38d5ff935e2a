//! Who is at the other end.

use std::fmt;
use std::os::unix::net::UnixStream;

/// Somebody who may not speak with the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "nobody is told apart there"))]
pub(super) enum Stranger {
    User(u32),
    /// The system does not say.
    Unknown,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user {user}"),
            Self::Unknown => f.write_str("somebody whom the system does not name"),
        }
    }
}

/// The host's own user and the superuser may.
///
/// **Source:** `SO_PEERCRED` of unix(7): who connected, as the system saw it then.
#[cfg(target_os = "linux")]
pub(super) fn check(stream: &UnixStream) -> Result<(), Stranger> {
    let peer = rustix::net::sockopt::socket_peercred(stream).map_err(|_| Stranger::Unknown)?;
    may(peer.uid.as_raw(), rustix::process::geteuid().as_raw())
}

#[cfg(target_os = "linux")]
fn may(peer: u32, own: u32) -> Result<(), Stranger> {
    if peer == own || peer == 0 { Ok(()) } else { Err(Stranger::User(peer)) }
}

/// The modes of the folder and of the socket keep others out.
#[cfg(not(target_os = "linux"))]
pub(super) fn check(_: &UnixStream) -> Result<(), Stranger> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_own_user_and_the_superuser_may_and_nobody_else() {
        assert_eq!(may(1000, 1000), Ok(()));
        assert_eq!(may(0, 1000), Ok(()));
        assert_eq!(may(1001, 1000), Err(Stranger::User(1001)));
        assert_eq!(may(1000, 0), Err(Stranger::User(1000)));
        assert_eq!(Stranger::User(7).to_string(), "user 7");
    }
}
