//! Objects that are reached through messages alone.

use std::ffi::c_void;
use std::sync::{Arc, PoisonError, RwLock};

use super::guard::guard;
use super::object::{release, retain};
use super::{FutureRaw, Message, Object, Reply, Sized, Slice, Table};
use crate::fault::{Fault, FaultKind};
use crate::wire::Format;

/// An object that answers messages: what a bridge without shared memory makes of its connection, and what the loopback
/// of the message form uses.
pub trait Channel: Send + Sync + 'static {
    /// Calls a method of the other side.
    fn call(&self, method: u32, format: Format, arguments: &[u8], objects: &[Object]) -> Reply<Message>;

    /// Begins a call of an async method. Many may be on their way at once, and their replies come in whatever order;
    /// to drop a future cancels its call.
    ///
    /// # Safety
    /// Arguments and objects must be alive until the future is dropped, or be kept from then on.
    unsafe fn begin(
        &self,
        _method: u32,
        _format: Format,
        _arguments: Slice<u8>,
        _objects: Slice<Object>,
    ) -> Reply<FutureRaw> {
        Fault::new(FaultKind::Unsupported, "the channel carries no async methods").into_reply()
    }
}

/// Makes an object of a channel. The interface's description must live as long as the process.
pub fn channel_object(interface: *const super::Descriptor, channel: Box<dyn Channel>) -> Object {
    Object { data: Arc::into_raw(Arc::new(channel)).cast(), table: channel_table(interface) }
}

/// The table of all channels to objects of one interface: tables are kept for ever, so there is one a description.
fn channel_table(interface: *const super::Descriptor) -> &'static Table {
    static TABLES: RwLock<Vec<&'static Table>> = RwLock::new(Vec::new());
    let of = |tables: &[&'static Table]| tables.iter().find(|table| table.interface == interface).copied();
    if let Some(table) = of(&TABLES.read().unwrap_or_else(PoisonError::into_inner)) {
        return table;
    }
    let mut tables = TABLES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(table) = of(&tables) {
        return table;
    }
    let table: &'static Table = Box::leak(Box::new(Table {
        size: size_of::<Table>() as u32,
        flags: super::TABLE_MESSAGE_ONLY,
        interface,
        retain: Some(retain::<Box<dyn Channel>>),
        release: Some(release::<Box<dyn Channel>>),
        dispatch: Some(dispatch_channel),
        methods: super::Array { ptr: std::ptr::null(), count: 0, stride: 0 },
        begin: Some(begin_channel),
    }));
    tables.push(table);
    table
}

unsafe extern "C" fn dispatch_channel(
    data: *const c_void,
    method: u32,
    format: u32,
    arguments: Slice<u8>,
    objects: Slice<Object>,
) -> Reply<Message> {
    guard(|| {
        let Some(format) = Format::from_code(format) else {
            return Fault::new(FaultKind::Unsupported, format!("there is no message format {format}"))
                .into_reply();
        };
        // SAFETY: `channel_object` made the table for this data; arguments and objects live during the call.
        let (channel, arguments, objects) =
            unsafe { (&*data.cast::<Box<dyn Channel>>(), arguments.as_slice(), objects.as_slice()) };
        channel.call(method, format, arguments, objects)
    })
}

unsafe extern "C" fn begin_channel(
    data: *const c_void,
    method: u32,
    format: u32,
    arguments: Slice<u8>,
    objects: Slice<Object>,
) -> Reply<FutureRaw> {
    guard(|| {
        let Some(format) = Format::from_code(format) else {
            return Fault::new(FaultKind::Unsupported, format!("there is no message format {format}"))
                .into_reply();
        };
        // SAFETY: `channel_object` made the table for this data; the rest is the same duty.
        unsafe { (*data.cast::<Box<dyn Channel>>()).begin(method, format, arguments, objects) }
    })
}

/// Passes messages on to an object of this process: the message form without a connection.
pub struct Loopback(Object);

impl Loopback {
    /// An object that reaches `object` through messages alone.
    ///
    /// # Safety
    /// The caller gives one count of the object.
    pub unsafe fn object(object: Object) -> Object {
        // SAFETY: a live object has a live table.
        let interface = unsafe { &*object.table }.interface;
        channel_object(interface, Box::new(Self(object)))
    }
}

impl Channel for Loopback {
    fn call(&self, method: u32, format: Format, arguments: &[u8], objects: &[Object]) -> Reply<Message> {
        // SAFETY: the object is held until this is dropped.
        let Some(dispatch) = (unsafe { table(&self.0) }).and_then(|table| table.dispatch) else {
            return no_messages();
        };
        // SAFETY: the table belongs to the object.
        unsafe { dispatch(self.0.data, method, format.code(), Slice::new(arguments), Slice::new(objects)) }
    }

    unsafe fn begin(
        &self,
        method: u32,
        format: Format,
        arguments: Slice<u8>,
        objects: Slice<Object>,
    ) -> Reply<FutureRaw> {
        // SAFETY: the object is held until this is dropped.
        let Some(begin) = (unsafe { table(&self.0) }).and_then(|table| table.begin) else {
            return no_messages();
        };
        // SAFETY: the table belongs to the object, which whoever holds the future keeps alive through this channel; the
        // rest is the same duty.
        unsafe { begin(self.0.data, method, format.code(), arguments, objects) }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // SAFETY: `object` took over one count.
        unsafe { self.0.release() }
    }
}

/// The functions of an object.
///
/// # Safety
/// The object must be alive.
unsafe fn table(object: &Object) -> Option<Table> {
    // SAFETY: a live object has a live table, which begins with its size.
    unsafe { Sized::new(object.table) }.as_ref().and_then(Sized::table)
}

#[cold]
fn no_messages<T: Copy>() -> Reply<T> {
    Fault::new(FaultKind::Unsupported, "the object takes no messages").into_reply()
}
