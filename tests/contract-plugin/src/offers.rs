//! What a host offers, and a plugin that looks at what there is before it asks for it.

use keyway::{Available, Context, Handle, Plugin, StartError, interface, plugin};

use crate::life::Named;
use crate::values::Oops;

/// No plugin's here: hosts offer it.
#[interface(id = "contract/clock", version = "1.2")]
pub trait Clock: Send + Sync {
    /// Counts the calls.
    fn now(&self) -> u64;
    fn fallible(&self, how: &str) -> Result<u64, Oops>;
}

#[interface(id = "contract/chooser", version = "1.0")]
pub trait Chooser: Send + Sync {
    /// Plugin and version of each that provides [`Clock`].
    fn clocks(&self) -> Result<Vec<String>, String>;
    /// The same of [`Named`], the one that it would choose first.
    fn names(&self) -> Result<Vec<String>, String>;
    /// Plugin, interface and version of all that it can have.
    fn available(&self) -> Result<Vec<String>, String>;
    /// What a clock says, and whether an edge lies between; of the first where none is named.
    fn ask(&self, plugin: &str) -> Result<(u64, bool), String>;
    fn fail(&self, plugin: &str, how: &str) -> Result<u64, Oops>;
}

/// Takes what is there.
#[plugin(
    id = "contract/chooser",
    provides(Chooser),
    optional(interface("contract/clock") = "^1", interface("contract/named") = "^1")
)]
pub struct Choosy(Context);

impl Choosy {
    /// Of that plugin, or of whoever comes first.
    fn clock(&self, plugin: &str) -> Result<Handle<dyn Clock>, String> {
        let clock = if plugin.is_empty() { self.0.first() } else { self.0.get(plugin) };
        clock.map_err(|error| error.to_string())
    }
}

impl Plugin for Choosy {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self(context.clone()))
    }
}

fn with_versions(all: &[Available]) -> Vec<String> {
    all.iter().map(|it| format!("{} {}", it.plugin(), it.version())).collect()
}

impl Chooser for Choosy {
    fn clocks(&self) -> Result<Vec<String>, String> {
        Ok(with_versions(&self.0.providers::<dyn Clock>().map_err(|error| error.to_string())?))
    }
    fn names(&self) -> Result<Vec<String>, String> {
        let mut all = self.0.providers::<dyn Named>().map_err(|error| error.to_string())?;
        all.sort_by_key(|it| it.plugin() != "contract/alike");
        Ok(with_versions(&all))
    }
    fn available(&self) -> Result<Vec<String>, String> {
        let all = self.0.available().map_err(|error| error.to_string())?;
        Ok(all.iter().map(|it| format!("{} {} {}", it.plugin(), it.interface(), it.version())).collect())
    }
    fn ask(&self, plugin: &str) -> Result<(u64, bool), String> {
        let clock = self.clock(plugin)?;
        Ok((clock.now(), clock.is_direct()))
    }
    fn fail(&self, plugin: &str, how: &str) -> Result<u64, Oops> {
        self.clock(plugin).map_err(|why| Oops { why, fault: false })?.fallible(how)
    }
}

/// Does not run where nobody offers a clock.
#[plugin(id = "contract/needs-clock", provides(NeedsClock), requires(interface("contract/clock") = "^1.1"))]
pub struct Needy(Handle<dyn Clock>);

#[interface(id = "contract/needs-clock", version = "1.0")]
pub trait NeedsClock: Send + Sync {
    fn now(&self) -> u64;
}

impl Plugin for Needy {
    fn start(context: &Context) -> Result<Self, StartError> {
        let first = context.all::<dyn Clock>()?.into_iter().next();
        Ok(Self(first.ok_or("there is no clock")?))
    }
}

impl NeedsClock for Needy {
    fn now(&self) -> u64 {
        self.0.now()
    }
}
