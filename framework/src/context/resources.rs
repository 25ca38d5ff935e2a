//! What plugins share: objects under a name, for as long as their owner wants and runs.
//!
//! The owner gives the host an object, and others ask for it by owner and name. Each of them has a [`Shared`], which the
//! host knows: when the resource ends, the host takes the object out of every one of them, and lets go of its own. So what
//! is left of it ends with the last call that is under way, and nobody holds on to what has lost its owner.
//!
//! Which objects there are, who may have them and when they end is the host's (`host/services/resources.rs`); here is what
//! it looks like to whoever shares and holds, and the interfaces between the two ([`across`]).

use std::fmt;
use std::sync::Arc;

use super::{Context, Unavailable};
use crate::interface::Interface;
use crate::wire::AnyObject;

pub(crate) mod across;
mod holding;

use across::{Resources, Sharing};
pub use holding::{InUse, Shared};

impl Context {
    /// Shares an object with whoever requires this plugin, under a name, until what is returned is closed or dropped, and
    /// at the longest until this plugin has stopped.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use keyway::{Context, Plugin, Share, StartError};
    ///
    /// #[keyway::interface(id = "db/connection", version = "1.0")]
    /// pub trait Connection: Send + Sync {
    ///     fn query(&self, text: &str) -> Result<String, String>;
    /// }
    ///
    /// # struct Postgres;
    /// # impl Postgres {
    /// #     fn connect() -> Result<Self, StartError> {
    /// #         Ok(Self)
    /// #     }
    /// # }
    /// # impl Connection for Postgres {
    /// #     fn query(&self, text: &str) -> Result<String, String> {
    /// #         Ok(text.into())
    /// #     }
    /// # }
    /// pub struct Database {
    ///     _main: Share,
    /// }
    ///
    /// impl Plugin for Database {
    ///     fn start(context: &Context) -> Result<Self, StartError> {
    ///         let connection = Arc::new(Postgres::connect()?);
    ///         Ok(Self { _main: context.share::<dyn Connection>("main", connection)? })
    ///     }
    /// }
    ///
    /// /// In a plugin that requires `db/postgres`.
    /// fn ask(context: &Context) -> Result<String, StartError> {
    ///     let connection = context.shared::<dyn Connection>("db/postgres", "main")?;
    ///     Ok(connection.get()?.query("select 1")?)
    /// }
    /// ```
    ///
    /// **Errors:** the name is empty, or this plugin shares something under it already; the plugin has been stopped; the
    /// host has no such service.
    pub fn share<I: ?Sized + Interface>(&self, name: &str, object: Arc<I>) -> Result<Share, Unavailable> {
        let what = || format!("resource `{name}`");
        let service = self.service::<dyn Resources>(&what())?;
        let sharing = service.share(name, AnyObject::new(object));
        let sharing = sharing.map_err(|reason| self.unavailable(what(), reason))?;
        Ok(Share { name: name.to_owned(), sharing: Some(sharing) })
    }

    /// What a plugin that this one requires shares under a name. A plugin that waits to be asked for is started.
    ///
    /// **Errors:** the plugin is not required in the manifest, or does not run; it shares nothing under the name, or
    /// something with another interface; the host has stopped, or has no such service.
    pub fn shared<I: ?Sized + Interface>(&self, owner: &str, name: &str) -> Result<Shared<I>, Unavailable> {
        let what = || format!("resource `{name}` of plugin `{owner}`");
        let service = self.service::<dyn Resources>(&what())?;
        let held = Shared::hold(|holder| service.hold(owner, name, I::ID, holder));
        let held = held.map_err(|reason| self.unavailable(what(), reason))?;
        held.map_err(|mismatch| self.unavailable(what(), mismatch.to_string()))
    }
}

/// A resource of this plugin's, shared for as long as the value lives and the plugin runs.
#[must_use = "what is dropped is shared no longer"]
pub struct Share {
    name: String,
    /// Gone once it is closed.
    sharing: Option<Arc<dyn Sharing>>,
}

impl Share {
    /// The name that it is shared under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many hold it; none where it has ended.
    pub fn holders(&self) -> usize {
        let sharing = self.sharing.as_ref();
        sharing.map_or(0, |sharing| usize::try_from(sharing.holders()).unwrap_or(usize::MAX))
    }

    /// Ends it now. From then on nobody gets it or calls it anew; a call that is under way ends as it does.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(sharing) = self.sharing.take() {
            sharing.close();
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // The host may be gone from behind an edge, and a drop is no place to say so.
        crate::abi::guard::contained(|| self.end());
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({})", self.name)
    }
}
