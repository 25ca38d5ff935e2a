//! What plugins say of their health, and methods whose names mean something elsewhere.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyway::{Context, Health, Plugin, StartError, interface, plugin};

use crate::values::Oops;

/// Some methods are named as what generated code and the framework call theirs.
#[interface(id = "contract/patient", version = "1.0")]
pub trait Patient: Send + Sync {
    /// What it says of its health from now on: `good`, `degraded`, `failing`; anything else panics.
    fn fall(&self, level: &str, message: &str, memory: u64);
    fn health(&self) -> String;
    fn counted(&self, object: u32) -> u32;
    fn call(&self, proxy: u32) -> Result<u32, Oops>;
    fn object(&self) -> u32;
    fn metered(&self, meter: &str) -> String {
        format!("{meter}!")
    }
    fn done(&self);
    /// Takes its time.
    fn rest(&self, milliseconds: u64);
}

/// Says of itself what it was told to say.
#[plugin(id = "contract/patient", provides(Patient))]
pub struct Ill(Mutex<(String, Health)>);

impl Ill {
    fn now(&self) -> (String, Health) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Plugin for Ill {
    fn start(_: &Context) -> Result<Self, StartError> {
        Ok(Self(Mutex::new(("good".into(), Health::good()))))
    }
    fn health(&self) -> Health {
        match self.now() {
            (level, health) if level == health.level().name() => health,
            (level, _) => panic!("a health of `{level}` that panics"),
        }
    }
}

impl Patient for Ill {
    fn fall(&self, level: &str, message: &str, memory: u64) {
        let health = match level {
            "degraded" => Health::degraded(message),
            "failing" => Health::failing(message),
            _ => Health::good(),
        };
        let said = (level.to_owned(), health.with_memory(memory));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = said;
    }
    fn health(&self) -> String {
        self.now().1.to_string()
    }
    fn counted(&self, object: u32) -> u32 {
        object + 1
    }
    fn call(&self, proxy: u32) -> Result<u32, Oops> {
        match proxy {
            0 => Err(Oops { why: "nothing to count".into(), fault: false }),
            1 => panic!("a call that panics"),
            more => Ok(more + 1),
        }
    }
    fn object(&self) -> u32 {
        7
    }
    fn done(&self) {}
    fn rest(&self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }
}

/// Has a method of its own that is named as the one which hosts ask, and means something else.
#[plugin(id = "contract/sound")]
#[derive(Default)]
pub struct Sound;

impl Sound {
    /// Nobody's business.
    pub fn health(&self) -> Health {
        Health::failing("this is asked by nobody")
    }
}

/// As [`Sound`], with a life of its own.
#[plugin(id = "contract/sound-too")]
pub struct SoundToo;

impl SoundToo {
    /// Nobody's business.
    pub fn health(&self, how: u8) -> u8 {
        how
    }
}

impl Plugin for SoundToo {
    fn start(_: &Context) -> Result<Self, StartError> {
        Ok(Self)
    }
}
