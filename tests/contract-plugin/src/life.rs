//! From start to stop: settings, the log, ranks, order, and everything that can fail in between.

use std::sync::{Mutex, PoisonError};

use keyway::{Context, Handle, Level, Plugin, StartError, Wire, interface, plugin};

#[interface(id = "contract/named", version = "1.0")]
pub trait Named: Send + Sync {
    fn name(&self) -> String;
}

#[interface(id = "contract/journal", version = "1.0")]
pub trait Journal: Send + Sync {
    fn note(&self, line: &str);
    fn lines(&self) -> Vec<String>;
}

#[interface(id = "contract/report", version = "1.0")]
pub trait Report: Send + Sync {
    fn settings(&self) -> Settings;
    fn log(&self, level: u8, line: &str);
}

/// What [`Configured`] is told.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Settings {
    #[wire(default)]
    pub greeting: String,
    #[wire(default = once)]
    pub times: u32,
    #[wire(default)]
    pub tags: Vec<String>,
}

fn once() -> u32 {
    1
}

impl Default for Settings {
    fn default() -> Self {
        Self { greeting: String::new(), times: once(), tags: Vec::new() }
    }
}

/// Keeps lines, and has nothing to do with anybody.
#[plugin(id = "contract/journal", provides(Journal))]
#[derive(Default)]
pub struct Lines(Mutex<Vec<String>>);

impl Journal for Lines {
    fn note(&self, line: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[plugin(id = "contract/configured", provides(Report), config = Settings)]
pub struct Configured {
    context: Context,
    settings: Settings,
}

impl Plugin for Configured {
    fn start(context: &Context) -> Result<Self, StartError> {
        let settings = context.config::<Settings>()?;
        context.log(Level::Info, format_args!("greets with `{}`", settings.greeting));
        Ok(Self { context: context.clone(), settings })
    }
}

impl Report for Configured {
    fn settings(&self) -> Settings {
        self.settings.clone()
    }
    fn log(&self, level: u8, line: &str) {
        let level = match level {
            1 => Level::Error,
            2 => Level::Warn,
            3 => Level::Info,
            4 => Level::Debug,
            _ => Level::Trace,
        };
        self.context.log(level, line);
    }
}

macro_rules! noted {
    ($(#[$attribute:meta])* $name:ident: $short:literal $(, also $more:block)?) => {
        $(#[$attribute])*
        pub struct $name(Handle<dyn Journal>);

        impl Plugin for $name {
            fn start(context: &Context) -> Result<Self, StartError> {
                let journal = context.get::<dyn Journal>("contract/journal")?;
                journal.note(concat!("start ", $short));
                Ok(Self(journal))
            }
            fn stop(&self) {
                self.0.note(concat!("stop ", $short));
                $($more)?
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.0.note(concat!("drop ", $short));
            }
        }
    };
}

noted! {
    #[plugin(id = "contract/z-first", requires("contract/journal" = "^1"))]
    First: "first"
}
noted! {
    #[plugin(id = "contract/m-second", requires("contract/journal" = "^1", "contract/z-first" = "^1"))]
    Second: "second"
}
noted! {
    #[plugin(id = "contract/a-third", requires("contract/journal" = "^1", "contract/m-second" = "^1"))]
    Third: "third"
}
noted! {
    #[plugin(id = "contract/panics-in-stop", requires("contract/journal" = "^1"))]
    PanicsInStop: "panicking", also { panic!("a stop that panics") }
}
noted! {
    #[plugin(id = "contract/lazy", provides(Lazy), requires("contract/journal" = "^1"), activation = "use")]
    Later: "lazy"
}

/// Of the plugin that starts when it is asked for.
#[interface(id = "contract/lazy", version = "1.0")]
pub trait Lazy: Send + Sync {
    fn awake(&self) -> bool;
}

impl Lazy for Later {
    fn awake(&self) -> bool {
        true
    }
}

#[plugin(id = "contract/panics-in-drop", provides(Named))]
#[derive(Default)]
pub struct PanicsInDrop;

impl Named for PanicsInDrop {
    fn name(&self) -> String {
        "panics in drop".into()
    }
}

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("an instance panics while it is dropped");
    }
}

/// What [`Fails`] says.
#[derive(Debug)]
struct NoDisk(std::num::ParseIntError);

impl std::fmt::Display for NoDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there is no disk")
    }
}

impl std::error::Error for NoDisk {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[plugin(id = "contract/fails", provides(Named))]
pub struct Fails;

impl Plugin for Fails {
    fn start(_: &Context) -> Result<Self, StartError> {
        "disk".parse::<u8>().map(|_| Self).map_err(|cause| NoDisk(cause).into())
    }
}

impl Named for Fails {
    fn name(&self) -> String {
        "fails".into()
    }
}

#[plugin(id = "contract/panics-in-start", provides(Named))]
pub struct PanicsInStart;

impl Plugin for PanicsInStart {
    fn start(context: &Context) -> Result<Self, StartError> {
        panic!("a start of `{}` that panics", context.plugin());
    }
}

impl Named for PanicsInStart {
    fn name(&self) -> String {
        "panics in start".into()
    }
}

#[plugin(id = "contract/needs-fails", requires("contract/fails" = "^1"))]
#[derive(Default)]
pub struct NeedsFails;

#[plugin(id = "contract/needs-needs-fails", requires("contract/needs-fails" = "^1"))]
#[derive(Default)]
pub struct NeedsNeedsFails;

#[plugin(id = "contract/likes-fails", provides(Named), optional("contract/fails" = "^1"), rank = -5)]
#[derive(Default)]
pub struct LikesFails;

impl Named for LikesFails {
    fn name(&self) -> String {
        "likes".into()
    }
}

#[plugin(id = "contract/high", provides(Named), rank = 10)]
#[derive(Default)]
pub struct High;

impl Named for High {
    fn name(&self) -> String {
        "high".into()
    }
}

#[plugin(id = "contract/alike", provides(Named))]
#[derive(Default)]
pub struct Alike;

impl Named for Alike {
    fn name(&self) -> String {
        "alike".into()
    }
}
