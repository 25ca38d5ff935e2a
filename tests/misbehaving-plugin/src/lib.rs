//! One plugin, and one misdeed of the tester's choice.
//!
//! Which misdeed stands in the name of the file, between `lib` and the first dot: `libsegfault.one.so`. So one build
//! gives every file that misbehaves; a name that is no misdeed is well-behaved, and so is a copy that a test has mended
//! (`name`). The plugin's id is a placeholder that a test overwrites in the copy, wherever it stands, with one as long.
//!
//! On Linux and its kin alone: constructors are a section there, and `dladdr` tells a library its own file.

#[cfg(all(unix, not(target_vendor = "apple")))]
mod load;
#[cfg(all(unix, not(target_vendor = "apple")))]
mod name;
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
mod name {
    pub(crate) fn misdeed() -> String {
        String::new()
    }
}

use std::time::Duration;

use keyway::{Context, Health, Level, Plugin, StartError, plugin};

/// The plugin of every copy.
#[plugin(id = "faults/p000-aaaaaaa", version = "1.0.0")]
pub struct Misbehaving;

impl Plugin for Misbehaving {
    fn start(context: &Context) -> Result<Self, StartError> {
        match name::misdeed().as_str() {
            "start-sleep" => sleep(),
            "start-spin" => spin(),
            "start-panic" => panic!("a start that panics"),
            "start-error" => return Err("a start that fails".into()),
            "start-flood" => loop {
                context.log(Level::Info, format_args!("{:0>1000}", "a start that floods the log"));
            },
            "start-exit" => std::process::exit(3),
            _ => {}
        }
        Ok(Self)
    }

    fn stop(&self) {
        match name::misdeed().as_str() {
            "stop-sleep" => sleep(),
            "stop-spin" => spin(),
            "stop-panic" => panic!("a stop that panics"),
            _ => {}
        }
    }

    fn health(&self) -> Health {
        match name::misdeed().as_str() {
            "health-sleep" => sleep(),
            "health-panic" => panic!("a health that panics"),
            _ => Health::good(),
        }
    }
}

/// For ever.
pub(crate) fn sleep() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1000));
    }
}

/// For ever.
pub(crate) fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}
