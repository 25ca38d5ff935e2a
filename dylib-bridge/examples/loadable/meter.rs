//! The interface that the library and its test share.
#![allow(unreachable_pub, reason = "a fixture, read by two programs")]

use keyway::{Context, interface};

#[interface(id = "fixture/meter", version = "1.0")]
pub trait Meter: Send + Sync {
    /// How many instances this image has made.
    fn instances(&self) -> u64;
    /// What this image was built or patched with.
    fn content(&self) -> String;
    fn echo(&self, text: &str) -> String;
    fn fail(&self, why: &str) -> Result<String, String>;
    fn panic(&self, text: &str) -> Result<String, String>;
    /// What another plugin echoes, asked through the context.
    fn ask(&self, plugin: &str, text: &str) -> Result<String, String>;
}

/// What all of them do.
pub struct Body {
    context: Context,
    name: &'static str,
}

/// In the file as it stands here, and read from there.
static CONTENT: [u8; 16] = *b"content 00000000";

static INSTANCES: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

impl Body {
    pub fn new(context: &Context, name: &'static str) -> Self {
        INSTANCES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self { context: context.clone(), name }
    }
}

impl Meter for Body {
    fn instances(&self) -> u64 {
        INSTANCES.load(std::sync::atomic::Ordering::Relaxed)
    }
    fn content(&self) -> String {
        String::from_utf8_lossy(std::hint::black_box(&CONTENT)).into_owned()
    }
    fn echo(&self, text: &str) -> String {
        format!("{}: {text}", self.name)
    }
    fn fail(&self, why: &str) -> Result<String, String> {
        Err(why.to_owned())
    }
    fn panic(&self, text: &str) -> Result<String, String> {
        panic!("{text}")
    }
    fn ask(&self, plugin: &str, text: &str) -> Result<String, String> {
        let other = self.context.get::<dyn Meter>(plugin).map_err(|error| error.to_string())?;
        Ok(other.get().echo(text))
    }
}

/// A plugin around a [`Body`].
#[macro_export]
macro_rules! meter {
    ($type:ident, $name:literal, $($arguments:tt)*) => {
        #[keyway::plugin($($arguments)*, version = "1.0.0", provides(Meter))]
        pub struct $type(Body);
        impl keyway::Plugin for $type {
            fn start(context: &keyway::Context) -> Result<Self, keyway::StartError> {
                Ok(Self(Body::new(context, $name)))
            }
        }
        impl Meter for $type {
            fn instances(&self) -> u64 {
                self.0.instances()
            }
            fn content(&self) -> String {
                self.0.content()
            }
            fn echo(&self, text: &str) -> String {
                self.0.echo(text)
            }
            fn fail(&self, why: &str) -> Result<String, String> {
                self.0.fail(why)
            }
            fn panic(&self, text: &str) -> Result<String, String> {
                self.0.panic(text)
            }
            fn ask(&self, plugin: &str, text: &str) -> Result<String, String> {
                self.0.ask(plugin, text)
            }
        }
    };
}
