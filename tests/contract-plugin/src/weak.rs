//! A plugin that holds others weakly.

use std::sync::{Mutex, PoisonError};

use keyway::{Context, Fault, Handle, Plugin, StartError, WeakHandle, interface, plugin};

use crate::life::{Lazy, Named};
use crate::values::Oops;

#[interface(id = "contract/holder", version = "1.0")]
pub trait Holder: Send + Sync {
    /// Takes a weak handle of `contract/lazy`, and no other.
    fn hold_lazy(&self) -> Result<(), String>;
    fn lazy(&self) -> Result<bool, String>;
    /// Takes a weak handle of a plugin's name; a strong one, too, where that is wanted.
    fn hold(&self, plugin: &str, strongly: bool) -> Result<(), String>;
    /// What the weak handle says.
    fn name(&self) -> Result<String, String>;
    /// The same, with its error on the way of a fault.
    fn name_or_fault(&self) -> Result<String, Oops>;
    /// What the strong handle says.
    fn strong_name(&self) -> Option<String>;
    /// Waits until what is held weakly has gone, and says why.
    async fn gone(&self) -> String;
    /// The same on the thread that asks.
    fn wait_gone(&self) -> String;
}

#[plugin(
    id = "contract/holder",
    provides(Holder),
    optional("contract/lazy" = "^1", interface("contract/named") = "^1")
)]
pub struct Holding {
    context: Context,
    held: Mutex<Held>,
}

#[derive(Clone, Default)]
struct Held {
    lazy: Option<WeakHandle<dyn Lazy>>,
    named: Option<WeakHandle<dyn Named>>,
    strong: Option<Handle<dyn Named>>,
}

impl Plugin for Holding {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self { context: context.clone(), held: Mutex::default() })
    }
}

impl Holding {
    fn change(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn held(&self) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn upgraded(&self) -> Result<String, keyway::Gone> {
        let named = self.held().named.expect("something is held");
        Ok(named.upgrade()?.name())
    }
}

#[interface]
impl Holder for Holding {
    fn hold_lazy(&self) -> Result<(), String> {
        let lazy = self.context.get::<dyn Lazy>("contract/lazy").map_err(|error| error.to_string())?;
        self.change(|held| held.lazy = Some(lazy.downgrade()));
        Ok(())
    }
    fn lazy(&self) -> Result<bool, String> {
        let lazy = self.held().lazy.expect("it is held").upgrade().map_err(|gone| gone.to_string())?;
        Ok(lazy.awake())
    }
    fn hold(&self, plugin: &str, strongly: bool) -> Result<(), String> {
        let named = self.context.get::<dyn Named>(plugin).map_err(|error| error.to_string())?;
        self.change(|held| {
            held.named = Some(named.downgrade());
            held.strong = strongly.then_some(named);
        });
        Ok(())
    }
    fn name(&self) -> Result<String, String> {
        self.upgraded().map_err(|gone| gone.to_string())
    }
    fn name_or_fault(&self) -> Result<String, Oops> {
        Ok(self.upgraded().map_err(Fault::from)?)
    }
    fn strong_name(&self) -> Option<String> {
        self.held().strong.map(|named| named.name())
    }
    async fn gone(&self) -> String {
        let named = self.held().named.expect("something is held");
        named.gone().await.to_string()
    }
    fn wait_gone(&self) -> String {
        self.held().named.expect("something is held").wait_gone().to_string()
    }
}
