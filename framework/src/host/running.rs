//! A running plugin, whatever its home.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::builder::Loopback;
use super::find::discovery::Origin;
use super::loaded::{LoadedInstance, LoadedPlugin, NotStarted, place_of};
use super::loader::LoadOptions;
use super::offer::Offer;
use super::refusal::Refusal;
use crate::abi::object::Held;
use crate::context::{Context, Services};
use crate::fault::Fault;
use crate::health::Health;
use crate::manifest::Manifest;
use crate::plugin::Live;
use crate::registration::Registration;

pub(super) enum Running {
    /// The object itself.
    Linked { live: Box<dyn Live>, registration: &'static Registration },
    /// Behind its C table.
    Loaded(LoadedInstance),
    /// The host's own, and the way round that was chosen for what is linked in.
    Offered(Arc<Offer>, Option<Loopback>),
}

/// What a start needs besides the plugin.
pub(super) struct Means<'a> {
    pub(super) options: &'a LoadOptions,
    pub(super) loopback: Option<Loopback>,
    pub(super) services: Arc<dyn Services>,
}

impl Running {
    /// Gets the plugin's code in and starts it. A panic ends here.
    pub(super) fn start(origin: &Origin, manifest: &Manifest, means: Means<'_>) -> Result<Self, Refusal> {
        let id = || manifest.id.clone();
        let Means { options, loopback, services } = means;
        let loaded = match origin {
            Origin::Offered(offer) => return Ok(Self::Offered(Arc::clone(offer), loopback)),
            Origin::Linked(registration) if loopback.is_none() => {
                let context = Context::new(services);
                return match contained(|| (registration.start)(&context)) {
                    Ok(Ok(live)) => Ok(Self::Linked { live, registration }),
                    Ok(Err(source)) => Err(Refusal::Start { id: id(), source }),
                    Err(fault) => {
                        Err(Refusal::Fault { id: id(), source: fault.in_plugin(manifest.id.as_str()) })
                    }
                };
            }
            Origin::Linked(registration) => {
                LoadedPlugin::of(registration).map_err(|what| Refusal::Contradiction { id: id(), what })?
            }
            Origin::File { bridge, artifact, .. } => {
                bridge.load(artifact, &manifest.id, options).map_err(|refuses| Refusal::Load {
                    id: id(),
                    file: artifact.path.clone(),
                    source: refuses.into(),
                })?
            }
        };
        if let Some(interface) = loaded.lacks(manifest) {
            let what = format!("it provides `{interface}` in its manifest, and has no table for it");
            return Err(Refusal::Contradiction { id: id(), what });
        }
        match loaded.start(services) {
            Ok(instance) if loopback == Some(Loopback::Message) && matches!(origin, Origin::Linked(_)) => {
                Ok(Self::Loaded(instance.by_messages()))
            }
            Ok(instance) => Ok(Self::Loaded(instance)),
            Err(NotStarted::Refused(source)) => Err(Refusal::Start { id: id(), source }),
            Err(NotStarted::Faulted(fault)) => {
                Err(Refusal::Fault { id: id(), source: fault.in_plugin(manifest.id.as_str()) })
            }
        }
    }

    /// One interface: as an object, and where the plugin is linked in as an `Arc<dyn Interface>` in a box.
    pub(super) fn interface(&self, id: &str) -> Option<(Held, Option<Box<dyn Any + Send + Sync>>)> {
        match self {
            Self::Linked { live, registration } => {
                let (object, direct) = live.interface(place_of(registration, id)?);
                Some((object, Some(direct)))
            }
            Self::Loaded(instance) => Some((instance.interface(id)?, None)),
            Self::Offered(offer, loopback) => offer.interface(id, *loopback),
        }
    }

    /// Asks the plugin how it is, and waits for the answer; what the host offers is good, and is not asked; `None` where its library is of a time when nobody asked. A
    /// panic ends here.
    pub(super) fn health(&self) -> Option<Result<Health, Fault>> {
        match self {
            Self::Linked { live, .. } => Some(contained(|| live.health())),
            Self::Loaded(instance) => instance.health(),
            Self::Offered(..) => Some(Ok(Health::good())),
        }
    }

    /// Asks the plugin to end what it began. A panic ends here.
    pub(super) fn stop(&self) -> Result<(), Fault> {
        match self {
            Self::Linked { live, .. } => contained(|| live.stop()),
            Self::Loaded(instance) => instance.stop(),
            Self::Offered(..) => Ok(()),
        }
    }

    /// Lets go of the plugin. A panic in its drop ends here.
    pub(super) fn release(this: Arc<Self>) -> Result<(), Fault> {
        contained(|| drop(this))
    }
}

pub(super) fn contained<T>(body: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(body)).map_err(Fault::from_panic)
}
