//! What plugins share: which objects there are, who holds them, and when they end.
//!
//! A plugin's resources stand on a shelf of its generation's own, which is closed after its stop. So a plugin that was
//! started anew has an empty one, and what it shares then is another resource.
//!
//! Everything that is others' (objects, holders) is counted, called and dropped outside of the locks here.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::{ENDED, HostServices, STOPPED};
use crate::context::resources::across::{Holder, Lease, Resources, Seat, Sharing};
use crate::handle::Owner;
use crate::host::lifecycle::Core;
use crate::host::refusal::GetError;
use crate::host::running::contained;
use crate::id::PluginId;
use crate::manifest::Manifest;
use crate::wire::AnyObject;

/// How the host's own program is listed among the holders of a resource.
pub(in crate::host) const THE_HOST: &str = "the host";

/// What one generation of a plugin shares.
pub(in crate::host) struct Shelf {
    owner: Arc<Owner>,
    /// Why the generation ends, once that is known.
    why: OnceLock<Box<str>>,
    standing: Mutex<Standing>,
}

#[derive(Default)]
struct Standing {
    by_name: BTreeMap<String, Arc<Resource>>,
    /// How many there have been.
    count: u64,
    closed: bool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    pub(super) fn of(owner: &Arc<Owner>) -> Arc<Self> {
        let owner = Arc::clone(owner);
        Arc::new(Self { owner, why: OnceLock::new(), standing: Mutex::default() })
    }

    /// The generation ends, for this reason in one clause; its resources do so when it has stopped.
    pub(in crate::host) fn ends(&self, why: &str) {
        self.why.get_or_init(|| why.into());
    }

    /// Ends what is there, the last one shared first, and takes no more. Everyone is told before anything is dropped; and
    /// where something of this does not return, another call goes on with the rest.
    pub(super) fn close(&self) {
        let mut standing = locked(&self.standing);
        standing.closed = true;
        let mut all: Vec<_> = standing.by_name.values().map(Arc::clone).collect();
        drop(standing);
        all.sort_unstable_by_key(|resource| std::cmp::Reverse(resource.number));
        let why = self.why.get().map_or("it was stopped", |why| why);
        all.iter().for_each(|resource| resource.end(why));
        all.iter().for_each(|resource| resource.let_go());
        let ended = mem::take(&mut locked(&self.standing).by_name);
        drop(ended);
    }

    fn share(self: &Arc<Self>, name: &str, object: AnyObject) -> Result<Arc<dyn Sharing>, String> {
        if name.is_empty() {
            return Err("its name is empty".into());
        }
        // It is released outside of the lock, where it is not taken.
        let object = Arc::new(object.owned_by(Arc::clone(&self.owner)));
        let resource = {
            let mut standing = locked(&self.standing);
            if standing.closed {
                return Err(ENDED.into());
            }
            if let Some(first) = standing.by_name.get(name) {
                return Err(format!(
                    "it shares `{name}` with interface `{}` already, and this one has `{}`",
                    first.interface,
                    object.interface()
                ));
            }
            standing.count += 1;
            let resource = Arc::new(Resource {
                fate: Arc::new(Fate {
                    owner: Arc::clone(&self.owner),
                    name: name.to_owned(),
                    why: OnceLock::new(),
                }),
                interface: object.interface().to_owned(),
                number: standing.count,
                open: Mutex::new(Open {
                    object: Some(Arc::clone(&object)),
                    holders: BTreeMap::new(),
                    next: 0,
                }),
            });
            standing.by_name.insert(name.to_owned(), Arc::clone(&resource));
            resource
        };
        Ok(Arc::new(Owned { shelf: Arc::downgrade(self), resource: Arc::downgrade(&resource) }))
    }

    /// A resource by its name.
    ///
    /// **Errors:** the names that there are.
    pub(in crate::host) fn find(&self, name: &str) -> Result<Arc<Resource>, Vec<String>> {
        let standing = locked(&self.standing);
        let found = standing.by_name.get(name).map(Arc::clone);
        found.ok_or_else(|| standing.by_name.keys().cloned().collect())
    }

    /// By name.
    pub(in crate::host) fn list(&self) -> Vec<Arc<Resource>> {
        locked(&self.standing).by_name.values().map(Arc::clone).collect()
    }
}

/// One object that is shared.
pub(in crate::host) struct Resource {
    fate: Arc<Fate>,
    pub(in crate::host) interface: String,
    /// Counts what the plugin has shared.
    number: u64,
    /// Nobody comes to hold it once its end is in the fate.
    open: Mutex<Open>,
}

/// What is known of a resource even when it has ended.
struct Fate {
    owner: Arc<Owner>,
    name: String,
    why: OnceLock<Box<str>>,
}

impl Fate {
    fn has_come(&self) -> bool {
        self.why.get().is_some()
    }

    fn why(&self) -> String {
        self.why.get().map_or("it has ended", |why| why).to_owned()
    }
}

struct Open {
    /// `None` once it was let go of.
    object: Option<Arc<AnyObject>>,
    /// Who is told of the end, with the name of each, in the order in which they came.
    holders: BTreeMap<u64, (Arc<str>, Arc<dyn Holder>)>,
    next: u64,
}

impl Resource {
    /// One more holder.
    ///
    /// **Errors:** it has ended, for this reason.
    pub(in crate::host) fn hold(
        self: &Arc<Self>,
        by: &Arc<str>,
        holder: Arc<dyn Holder>,
    ) -> Result<Lease, String> {
        let (object, place) = {
            let mut open = locked(&self.open);
            let Some(object) = open.object.as_ref().filter(|_| !self.fate.has_come()).map(Arc::clone) else {
                return Err(self.fate.why());
            };
            let place = open.next;
            open.next += 1;
            open.holders.insert(place, (Arc::clone(by), holder));
            (object, place)
        };
        let (resource, fate) = (Arc::downgrade(self), Arc::clone(&self.fate));
        let seat = Seated { resource, fate, by: Arc::clone(by), place };
        let (owner, name) = (self.owner().to_owned(), self.name().to_owned());
        Ok(Lease { object: AnyObject::clone(&object), seat: Arc::new(seat), owner, name })
    }

    /// Ends it, for this reason, unless it has ended for another: takes it from everyone who still holds it.
    fn end(&self, why: &str) {
        let open = locked(&self.open);
        self.fate.why.get_or_init(|| why.into());
        drop(open);
        let why = self.fate.why();
        while let Some((by, holder)) = self.first() {
            self.tell("told", contained(|| holder.gone(&why)), &by);
            self.tell("let go of", contained(|| drop(holder)), &by);
        }
    }

    /// Who is to be told next.
    fn first(&self) -> Option<(Arc<str>, Arc<dyn Holder>)> {
        locked(&self.open).holders.pop_first().map(|(_, holder)| holder)
    }

    /// Lets go of what has ended.
    fn let_go(&self) {
        let object = locked(&self.open).object.take();
        self.tell("dropped", contained(|| drop(object)), self.owner());
    }

    /// The id of the plugin that shares it.
    fn owner(&self) -> &str {
        self.fate.owner.id()
    }

    pub(in crate::host) fn name(&self) -> &str {
        &self.fate.name
    }

    fn tell(&self, during: &'static str, outcome: Result<(), crate::fault::Fault>, whose: &str) {
        if let Err(fault) = outcome {
            let (plugin, name) = (self.owner(), self.name());
            tracing::error!(target: "keyway", plugin, name, whose, during, %fault, "a shared resource");
        }
    }

    /// Who holds it, in the order in which they came.
    pub(in crate::host) fn holders(&self) -> Vec<Arc<str>> {
        let open = locked(&self.open);
        let holders = open.holders.values().filter(|_| !self.fate.has_come());
        holders.map(|(by, _)| Arc::clone(by)).collect()
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        // Nobody is left who could ask for it; a shelf that was never closed may have had it.
        self.end("it was stopped");
        self.let_go();
    }
}

/// A resource in the hands of its owner, who does not keep it.
struct Owned {
    shelf: Weak<Shelf>,
    resource: Weak<Resource>,
}

impl Sharing for Owned {
    fn close(&self) {
        let Some(resource) = self.resource.upgrade() else { return };
        if let Some(shelf) = self.shelf.upgrade() {
            let mut standing = locked(&shelf.standing);
            if standing.by_name.get(resource.name()).is_some_and(|other| Arc::ptr_eq(other, &resource)) {
                // Another count of it is held here, so nothing ends under the lock.
                standing.by_name.remove(resource.name());
            }
        }
        resource.end("its owner has closed it");
        resource.let_go();
    }
    fn holders(&self) -> u64 {
        self.resource.upgrade().map_or(0, |resource| resource.holders().len() as u64)
    }
}

/// A holder's place.
struct Seated {
    resource: Weak<Resource>,
    fate: Arc<Fate>,
    by: Arc<str>,
    place: u64,
}

impl Seat for Seated {
    fn another(&self, holder: Arc<dyn Holder>) -> Result<Lease, String> {
        let resource = self.resource.upgrade().ok_or_else(|| self.fate.why())?;
        resource.hold(&self.by, holder)
    }
    fn owner(&self) -> String {
        self.fate.owner.id().to_owned()
    }
    fn name(&self) -> String {
        self.fate.name.clone()
    }
}

impl Drop for Seated {
    fn drop(&mut self) {
        let Some(resource) = self.resource.upgrade() else { return };
        let holder = locked(&resource.open).holders.remove(&self.place);
        if let Some((by, holder)) = holder {
            resource.tell("let go of", contained(|| drop(holder)), &by);
        }
    }
}

impl HostServices {
    pub(super) fn resources(&self) -> Arc<Service> {
        let (core, manifest) = (Weak::clone(&self.core), Arc::clone(&self.manifest));
        let by = self.manifest.id.as_str().into();
        Arc::new(Service { core, manifest, by, shelf: Arc::clone(&self.shelf) })
    }
}

/// The service, as it is given to one plugin.
pub(super) struct Service {
    core: Weak<Core>,
    manifest: Arc<Manifest>,
    by: Arc<str>,
    shelf: Arc<Shelf>,
}

impl Resources for Service {
    fn share(&self, name: &str, object: AnyObject) -> Result<Arc<dyn Sharing>, String> {
        self.shelf.share(name, object)
    }

    fn hold(
        &self,
        owner: &str,
        name: &str,
        interface: &str,
        holder: Arc<dyn Holder>,
    ) -> Result<Lease, String> {
        let core = self.core.upgrade().ok_or(STOPPED)?;
        if locked(&self.shelf.standing).closed {
            return Err(if core.has_stopped() { STOPPED } else { ENDED }.into());
        }
        let now = core.registry.now();
        let found = now.find(owner).map(|entry| &*entry.plugin);
        let by_plugin = super::requires(&self.manifest, owner, interface, found);
        let by_interface =
            |id: &crate::id::InterfaceId| super::requires(&self.manifest, owner, id.as_str(), found).is_ok();
        if !self.manifest.requires.interfaces.keys().any(by_interface) {
            by_plugin?;
        }
        let resource = core.resource(owner, name, Some(&self.manifest.id));
        let (_, resource) = resource.map_err(|error| match &error {
            GetError::Refused { id, source } => {
                format!("plugin `{id}` does not run: it {}", source.summary())
            }
            error => crate::plugin::in_words(error),
        })?;
        resource.hold(&self.by, holder)
    }
}

impl Core {
    /// What a plugin shares under a name; it is started where it has to be. `asker` is the plugin that asks.
    pub(in crate::host) fn resource(
        self: &Arc<Self>,
        owner: &str,
        name: &str,
        asker: Option<&PluginId>,
    ) -> Result<(PluginId, Arc<Resource>), GetError> {
        let (id, live) = self.live(owner, asker)?;
        match live.services.shelf.find(name) {
            Ok(resource) => Ok((id, resource)),
            Err(shares) => Err(GetError::NotShared { id, name: name.to_owned(), shares }),
        }
    }
}

#[cfg(test)]
mod tests;
