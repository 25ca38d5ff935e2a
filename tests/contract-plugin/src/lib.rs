//! Interfaces with all that can cross, and plugins with all that a plugin can do or do wrong.
//!
//! The contract suite links this crate in and loads it as a library; what holds of one holds of the other. One file a
//! promise: [`values`] that cross, [`objects`] that cross, [`panics`], [`life`] from start to stop, [`relay`] from plugin
//! to plugin, [`growing`] interfaces, [`futures`] that answer later, [`health`], [`offers`] of the host's, [`tasks`], [`weak`]
//! handles, [`resources`] that are shared, [`topics`] and the [`router`], [`traces`] of what is said.
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "a fixture: the names say it")]

pub mod futures;
pub mod growing;
pub mod health;
pub mod life;
pub mod objects;
pub mod offers;
pub mod panics;
pub mod relay;
pub mod resources;
pub mod router;
pub mod tasks;
pub mod topics;
pub mod traces;
pub mod values;
pub mod weak;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use objects::Visitor;

/// Provides most of what there is.
#[keyway::plugin(
    id = "contract/everything",
    provides(values::Values, objects::Objects, objects::Visitor, panics::Panics, life::Named, growing::old::Growing),
    description = "says \"everything\", and more",
    capabilities("net" = ["a.example:443"], "fs.read" = [])
)]
#[derive(Default)]
pub struct Everything {
    kept: Mutex<Vec<Arc<dyn Visitor>>>,
    made: Arc<AtomicU64>,
}

impl life::Named for Everything {
    fn name(&self) -> String {
        "everything".into()
    }
}
