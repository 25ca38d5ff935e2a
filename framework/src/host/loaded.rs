//! A plugin behind its C table: started, asked for its interfaces, stopped and let go through pointers.
//!
//! The one place of the host side that calls through pointers by itself. A library's plugins come this way, and linked-in
//! ones where the host is told to use a loopback.

use std::ffi::c_void;
use std::fmt;
use std::sync::Arc;

use crate::abi::object::Held;
use crate::abi::{Object, PluginTable, Sized, Status, Table};
use crate::context::{ContextObject, Services};
use crate::fault::{Fault, FaultKind};
use crate::health::Health;
use crate::manifest::Manifest;
use crate::plugin::StartError;
use crate::registration::Registration;
use crate::wire::{Origin, Wire, read_str};

/// A plugin whose code is in the process and that has not been started.
pub struct LoadedPlugin {
    table: &'static PluginTable,
    /// Each with the id that its own descriptor says.
    interfaces: Vec<(&'static str, *const Table)>,
}

// SAFETY: the pointers are to tables, which are constant and may be used from any thread.
unsafe impl Send for LoadedPlugin {}
// SAFETY: as above.
unsafe impl Sync for LoadedPlugin {}

impl LoadedPlugin {
    /// A plugin behind a table.
    ///
    /// **Errors:** a table of `interfaces` is null or too short, or counts its holders up and not down or down and not up,
    /// as one clause.
    ///
    /// # Safety
    /// 1. The table is what [`PluginTable`]'s fields say, and so are the tables that it points to.
    /// 2. Table and code stay where they are for as long as the process lives.
    pub unsafe fn new(table: &'static PluginTable) -> Result<Self, String> {
        let mut interfaces = Vec::new();
        for index in 0..table.interfaces.count {
            // SAFETY: duty 1.
            let Some(interface) = (unsafe { table.interfaces.pointer(index) }) else {
                return Err("the list of its interfaces is null, or they do not stand side by side".into());
            };
            // SAFETY: duties 1 and 2: null, or a table that stays.
            let id = unsafe { interface_id(interface) };
            let id = id.ok_or_else(|| format!("the table of its interface {index} can not be read"))?;
            // SAFETY: `interface_id` has read the whole of it.
            let (retain, release) = unsafe { ((*interface).retain, (*interface).release) };
            if retain.is_some() != release.is_some() {
                return Err(format!(
                    "the table of `{id}` has one of `retain` and `release`, and not the other"
                ));
            }
            interfaces.push((id, interface));
        }
        Ok(Self { table, interfaces })
    }

    /// The plugin that a registration of this image describes.
    pub(super) fn of(registration: &Registration) -> Result<Self, String> {
        // SAFETY: `#[plugin]` makes the table of a registration, as a constant of this image.
        unsafe { Self::new(registration.table) }
    }

    /// The manifest's text, as the code has it.
    ///
    /// **Errors:** it is not UTF-8.
    pub fn manifest(&self) -> Result<&'static str, std::str::Utf8Error> {
        let text = self.table.manifest;
        // SAFETY: `new`'s caller says that the table's texts stay.
        std::str::from_utf8(unsafe { crate::abi::Slice { ptr: text.ptr, len: text.len }.as_slice() })
    }

    /// An interface that the manifest promises and the table does not have.
    pub(super) fn lacks<'m>(&self, manifest: &'m Manifest) -> Option<&'m str> {
        let there = |id: &str| self.interfaces.iter().any(|(other, _)| *other == id);
        manifest.provides.keys().map(|id| id.as_str()).find(|id| !there(id))
    }

    /// Makes an instance.
    pub(super) fn start(&self, services: Arc<dyn Services>) -> Result<LoadedInstance, NotStarted> {
        let context = ContextObject::table_for(services);
        // SAFETY: the function belongs to the table, and the context is alive until it is released below.
        let reply = unsafe { (self.table.start)(context) };
        // SAFETY: `ContextObject::table_for` gave one count, which ends here; the plugin has retained its own.
        unsafe { ((*context).release)((*context).data) };
        match reply.status {
            Status::DONE => {
                // SAFETY: a done reply has an instance, with one count for the host.
                let data = unsafe { reply.value.assume_init().done };
                Ok(LoadedInstance::new(self.table, data, &self.interfaces))
            }
            Status::REFUSED => {
                // SAFETY: a refused reply has a text, which is now this side's.
                let text = unsafe { String::take(reply.value.assume_init().refused, Origin::UNKNOWN) };
                Err(NotStarted::Refused(text.unwrap_or_else(|malformed| malformed.to_string()).into()))
            }
            // SAFETY: any other status is a fault record that is now this side's.
            Status(record) => Err(NotStarted::Faulted(unsafe { Fault::from_record(record) })),
        }
    }
}

impl fmt::Debug for LoadedPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.interfaces.iter().map(|(id, _)| id)).finish()
    }
}

/// The id that a table's descriptor says.
///
/// # Safety
/// The table must be null or one that lives as long as the process.
unsafe fn interface_id(table: *const Table) -> Option<&'static str> {
    // SAFETY: the caller says so of the table; a descriptor and its texts live as long as the table.
    unsafe {
        let table = Sized::new(table)?;
        let descriptor = Sized::new(table.table()?.interface)?;
        read_str(descriptor.whole()?.id, Origin::UNKNOWN).ok()
    }
}

/// Where an interface stands among those of a linked-in plugin.
pub(super) fn place_of(registration: &Registration, id: &str) -> Option<usize> {
    let interfaces = registration.table.interfaces;
    (0..interfaces.count)
        .find(|&index| {
            // SAFETY: `#[plugin]` makes the array, of pointers to tables that are constants of this image.
            interfaces.at(index).is_some_and(|slot| unsafe { interface_id(slot.read()) } == Some(id))
        })
        .map(|index| index as usize)
}

/// How a start failed.
pub(super) enum NotStarted {
    /// With an error of the plugin's own.
    Refused(StartError),
    /// Without an answer.
    Faulted(Fault),
}

/// A running plugin behind its C table.
pub(super) struct LoadedInstance {
    /// Each holds a count of its own.
    interfaces: Vec<(&'static str, Held)>,
    table: &'static PluginTable,
    data: *const c_void,
}

// SAFETY: an instance may be used and let go from any thread, as the tables' author promises.
unsafe impl Send for LoadedInstance {}
// SAFETY: as above.
unsafe impl Sync for LoadedInstance {}

impl LoadedInstance {
    fn new(
        table: &'static PluginTable,
        data: *const c_void,
        interfaces: &[(&'static str, *const Table)],
    ) -> Self {
        let held = |&(id, table): &(&'static str, *const Table)| {
            let object = Object { data, table };
            // SAFETY: the instance lives, and every table of the plugin takes it as its data; the new count is held.
            let held = unsafe {
                object.retain();
                Held::new(object)
            };
            (id, held)
        };
        Self { interfaces: interfaces.iter().map(held).collect(), table, data }
    }

    /// The same, reached by messages alone.
    pub(super) fn by_messages(mut self) -> Self {
        for (_, held) in &mut self.interfaces {
            *held = held.clone().by_messages();
        }
        self
    }

    /// One interface, by id.
    pub(super) fn interface(&self, id: &str) -> Option<Held> {
        self.interfaces.iter().find(|(other, _)| *other == id).map(|(_, held)| held.clone())
    }

    /// Asks the instance how it is; `None` where its library is of a time when nobody asked.
    pub(super) fn health(&self) -> Option<Result<Health, Fault>> {
        if !self.table.tells_health() {
            return None;
        }
        let Some(health) = self.table.health else { return Some(Ok(Health::good())) };
        // SAFETY: the function belongs to the table, and the instance is held until this is dropped.
        let reply = unsafe { health(self.data) };
        Some(match reply.status {
            // SAFETY: a done reply has a report, which is now this side's.
            Status::DONE => unsafe { reply.value.assume_init().take() }.map_err(Fault::from),
            Status::REFUSED => {
                Err(Fault::new(FaultKind::Malformed, "`health` has no error of its own, and gave one"))
            }
            // SAFETY: any other status is a fault record that is now this side's.
            Status(record) => Err(unsafe { Fault::from_record(record) }),
        })
    }

    /// Asks the instance to end what it began.
    pub(super) fn stop(&self) -> Result<(), Fault> {
        // SAFETY: the instance is held until this is dropped; the lifecycle calls once.
        let reply = unsafe { (self.table.stop)(self.data) };
        match reply.status {
            Status::DONE => Ok(()),
            Status::REFUSED => {
                Err(Fault::new(FaultKind::Malformed, "`stop` has no error of its own, and gave one"))
            }
            // SAFETY: any other status is a fault record that is now this side's.
            Status(record) => Err(unsafe { Fault::from_record(record) }),
        }
    }
}

impl Drop for LoadedInstance {
    fn drop(&mut self) {
        // SAFETY: `start` gave one count, and this is its only end.
        unsafe { (self.table.release)(self.data) }
    }
}
