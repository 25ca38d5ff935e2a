//! One plugin that can not run without another one.
//!
//! Both ids are placeholders that a test overwrites in a copy, wherever they stand, each with one as long. Where the name
//! of the file says so, as with `misbehaving-plugin`, its start never ends.

#[cfg(all(unix, not(target_vendor = "apple")))]
#[path = "../../misbehaving-plugin/src/name.rs"]
mod name;
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
mod name {
    pub(crate) fn misdeed() -> String {
        String::new()
    }
}

use std::time::Duration;

use keyway::{Context, Plugin, StartError, plugin};

/// The plugin of every copy.
#[plugin(id = "faults/n000-aaaaaaa", version = "1.0.0", requires("faults/p000-aaaaaaa" = "^1"))]
pub struct Needing;

impl Plugin for Needing {
    fn start(_: &Context) -> Result<Self, StartError> {
        while name::misdeed() == "start-sleep" {
            std::thread::sleep(Duration::from_secs(1000));
        }
        Ok(Self)
    }
}
