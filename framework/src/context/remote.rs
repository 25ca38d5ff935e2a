//! The host's services, from the other side of an edge: each a function of its table.

use std::mem::MaybeUninit;
use std::sync::Arc;

use super::{CAN_NOT_TELL, Level, Provided, Services, generation};
use crate::abi::object::Held;
use crate::abi::{ContextTable, Either, Owned, Reply, Status, Str};
use crate::fault::Fault;
use crate::handle::Owner;
use crate::wire::{Origin, Wire};

/// The host's services, from the other side of an edge.
pub(super) struct Remote {
    pub(super) context: Arc<Retained>,
    pub(super) plugin: String,
}

impl Remote {
    fn table(&self) -> &ContextTable {
        self.context.table()
    }
}

/// A context of another image, of which this side has one count: its table as a copy, with null for what its writer did
/// not have.
pub(super) struct Retained(pub(super) ContextTable);

// SAFETY: a context's functions may be called from any thread.
unsafe impl Send for Retained {}
// SAFETY: as above.
unsafe impl Sync for Retained {}

impl Retained {
    pub(super) fn table(&self) -> &ContextTable {
        &self.0
    }
}

impl Drop for Retained {
    fn drop(&mut self) {
        // SAFETY: `from_table` retained it once.
        unsafe { (self.0.release)(self.0.data) }
    }
}

/// Why another side has refused, in words; it may have failed instead.
///
/// # Safety
/// The reply is not done, and its text or fault record is now this side's.
pub(super) unsafe fn refusal_of<T: Copy>(reply: Reply<Either<T, Owned<Str>>>) -> String {
    // SAFETY: a refused reply has a text, which begins where the union does; another one is not looked at.
    let reason = unsafe { text_of(reply.status, reply.value.as_ptr().cast::<MaybeUninit<_>>().read()) };
    reason.unwrap_or_else(|fault| fault)
}

/// A text that the other side gave, or the fault that came instead.
#[inline(never)]
unsafe fn text_of(status: Status, text: MaybeUninit<Owned<Str>>) -> Result<String, String> {
    match status {
        Status::DONE | Status::REFUSED => {
            // SAFETY: the caller says that the status goes with a text.
            let text = unsafe { String::take(text.assume_init(), Origin::UNKNOWN) };
            text.map_err(|malformed| format!("{malformed}"))
        }
        // SAFETY: any other status is a fault record that is now this side's.
        Status(record) => Err(unsafe { Fault::from_record(record) }.to_string()),
    }
}

impl Services for Remote {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn config(&self) -> Result<Vec<u8>, Fault> {
        let table = self.table();
        // SAFETY: the function belongs to the table.
        let reply = unsafe { (table.config)(table.data) };
        match reply.status {
            Status::DONE => {
                // SAFETY: a done reply has a value, which is now this side's.
                let bytes = unsafe { <Vec<u8> as Wire>::take(reply.value.assume_init(), Origin::UNKNOWN) };
                bytes.map_err(Fault::from)
            }
            Status::REFUSED => Ok(Vec::new()),
            // SAFETY: any other status is a fault record that is now this side's.
            Status(record) => Err(unsafe { Fault::from_record(record) }),
        }
    }

    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String> {
        let owner = Arc::new(Owner::new(plugin));
        if let Some(answer) = generation::provided(&self.context, &owner, interface, 0) {
            return answer;
        }
        let table = self.table();
        // SAFETY: the function belongs to the table.
        let reply = unsafe { (table.interface)(table.data, Str::new(plugin), Str::new(interface)) };
        if reply.status == Status::DONE {
            // SAFETY: a done reply has an object of which one count is now this side's.
            let object = unsafe { Held::new(reply.value.assume_init().done) };
            return Ok(Provided { object, direct: None, owner, generation: None });
        }
        // SAFETY: any other reply has a text or is a fault, which is now this side's.
        Err(unsafe { refusal_of(reply) })
    }

    fn providers(&self, interface: &str) -> Result<Vec<String>, String> {
        let table = self.table();
        // SAFETY: the function belongs to the table.
        let reply = unsafe { (table.providers)(table.data, Str::new(interface)) };
        // SAFETY: both ends have a text.
        let text = unsafe { text_of(reply.status, reply.value) }?;
        match reply.status {
            Status::DONE => Ok(text.lines().map(str::to_owned).collect()),
            _ => Err(text),
        }
    }

    fn available(&self, interface: &str) -> Result<String, String> {
        let table = self.table();
        let ask = table.available.ok_or(CAN_NOT_TELL)?;
        // SAFETY: the function belongs to the table.
        let reply = unsafe { ask(table.data, Str::new(interface)) };
        // SAFETY: both ends have a text.
        let text = unsafe { text_of(reply.status, reply.value) }?;
        if reply.status == Status::DONE { Ok(text) } else { Err(text) }
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        let table = self.table();
        // SAFETY: the function belongs to the table.
        unsafe { (table.log)(table.data, level as u32, Str::new(target), Str::new(message)) }
    }
}
