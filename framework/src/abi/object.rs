//! Objects that cross: counting them, calling them, and remembering which of their functions answers which method.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::future::Polled;
use super::guard::contained;
use super::message::{Answer, Later, Objects};
use super::{
    Begin, Dispatch, FutureRaw, Message, Object, RawFn, Reply, Sized, Slice, Status, TABLE_RUST, Table,
};
use crate::fault::{Fault, FaultKind};
use crate::handle::Owner;
use crate::interface::{Interface, InterfaceShape, Mismatch, Route, compare};
use crate::wire::{Encoder, Fails, Format, Malformed, Origin, Wire};

impl Object {
    /// One more holder.
    ///
    /// # Safety
    /// The object must be alive.
    pub unsafe fn retain(self) {
        // SAFETY: a live object has a live table, or none; a table begins with its size.
        let table = unsafe { Sized::new(self.table) };
        if let Some(retain) = table.as_ref().and_then(Sized::table).and_then(|table| table.retain) {
            // SAFETY: the table belongs to the object.
            unsafe { retain(self.data) }
        }
    }

    /// One holder fewer.
    ///
    /// # Safety
    /// The caller gives up one count that it has.
    pub unsafe fn release(self) {
        // SAFETY: a live object has a live table, or none; a table begins with its size.
        let table = unsafe { Sized::new(self.table) };
        if let Some(release) = table.as_ref().and_then(Sized::table).and_then(|table| table.release) {
            // SAFETY: the table belongs to the object.
            unsafe { release(self.data) }
        }
    }
}

/// `retain` of a table whose data is an `Arc<T>` taken apart.
///
/// # Safety
/// `data` must come from `Arc::<T>::into_raw` and be counted at least once.
pub unsafe extern "C" fn retain<T>(data: *const c_void) {
    // SAFETY: the same duties.
    unsafe { Arc::increment_strong_count(data.cast::<T>()) }
}

/// `release` of a table whose data is an `Arc<T>` taken apart.
///
/// # Safety
/// As [`retain`], and the caller gives up one count.
pub unsafe extern "C" fn release<T>(data: *const c_void) {
    // SAFETY: the same duties.
    contained(|| unsafe { Arc::decrement_strong_count(data.cast::<T>()) });
}

/// What carries an `Arc<dyn Interface>` across: the interface's macro implements the trait for it.
pub struct Shared<I: ?::core::marker::Sized>(pub Arc<I>);

/// What carries a `&dyn Interface` across for the length of a call.
#[repr(transparent)]
pub struct Lent<I: ?::core::marker::Sized>(*const I);

// SAFETY: it stands for a reference to something that is `Send + Sync`. That is not said as `Interface`, which is
// implemented for `dyn Trait + 'static` alone: in a future the compiler forgets that lifetime.
unsafe impl<I: ?::core::marker::Sized + Send + Sync> Send for Lent<I> {}
// SAFETY: as above.
unsafe impl<I: ?::core::marker::Sized + Send + Sync> Sync for Lent<I> {}

impl<I: ?::core::marker::Sized> Lent<I> {
    /// Stands for the reference, whose lifetime it forgets.
    ///
    /// # Safety
    /// It must be gone before what it refers to is.
    pub const unsafe fn new(object: *const I) -> Self {
        Self(object)
    }

    /// The reference.
    pub fn get(&self) -> &I {
        // SAFETY: `new`'s caller keeps the object alive.
        unsafe { &*self.0 }
    }

    /// The object that crosses; it is not counted.
    pub fn object(&self, table: &'static Table) -> Object {
        Object { data: std::ptr::from_ref(self).cast(), table }
    }
}

/// For one table, which of its functions answers which method of this side's interface. Kept for ever, as tables are.
#[derive(Debug)]
pub struct Link {
    typed: Box<[Option<RawFn>]>,
    routes: Box<[Route]>,
    dispatch: Option<Dispatch>,
    begin: Option<Begin>,
    trusted: bool,
}

/// The links of one interface, by table.
#[derive(Debug, Default)]
pub struct Links {
    shape: OnceLock<InterfaceShape>,
    known: RwLock<Vec<(usize, &'static Link)>>,
}

impl Links {
    /// No links yet.
    pub const fn new() -> Self {
        Self { shape: OnceLock::new(), known: RwLock::new(Vec::new()) }
    }

    /// The link to a table, made at the first meeting.
    ///
    /// # Safety
    /// `table` must be null or a table that lives as long as the process.
    unsafe fn link<I: ?::core::marker::Sized + Interface>(
        &self,
        table: *const Table,
    ) -> Result<&'static Link, Mismatch> {
        let address = table.addr();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, link)) = known.iter().find(|(known, _)| *known == address) {
            return Ok(link);
        }
        drop(known);
        // SAFETY: the same duties.
        let link: &'static Link = Box::leak(Box::new(unsafe { self.meet::<I>(table) }?));
        self.known.write().unwrap_or_else(PoisonError::into_inner).push((address, link));
        Ok(link)
    }

    /// # Safety
    /// As [`link`](Self::link).
    unsafe fn meet<I: ?::core::marker::Sized + Interface>(
        &self,
        table: *const Table,
    ) -> Result<Link, Mismatch> {
        // SAFETY: a table begins with its size.
        let table = unsafe { Sized::new(table) };
        let Some(table) = table.as_ref().and_then(Sized::table) else {
            return Err(Mismatch::unreadable(
                I::ID,
                "its table is missing or shorter than version 1 of the ABI",
            ));
        };
        let own = match self.shape.get() {
            Some(own) => own,
            None => {
                // SAFETY: the descriptor is this side's own, a constant.
                let own = unsafe { InterfaceShape::read(I::descriptor()) }?;
                self.shape.get_or_init(|| own)
            }
        };
        // SAFETY: a table's descriptor lives as long as the table.
        let theirs =
            unsafe { InterfaceShape::read(table.interface) }.map_err(|mismatch| mismatch.of(I::ID))?;
        let mut routes = compare(own, &theirs)?;
        let mut typed = Vec::with_capacity(routes.len());
        for (route, method) in routes.iter_mut().zip(&own.methods) {
            let function = route.typed(&table);
            let by_name = if own.is_async(method) { table.begin.is_some() } else { table.dispatch.is_some() };
            if !by_name && matches!(route, Route::Message { .. }) {
                let what = "it can not be called as this side describes it, and there are no calls by name";
                return Err(Mismatch::uncallable(I::ID, &method.name, what));
            }
            typed.push(function.map_err(|what| Mismatch::uncallable(I::ID, &method.name, what))?);
        }
        Ok(Link {
            typed: typed.into(),
            routes: routes.into(),
            dispatch: table.dispatch,
            begin: table.begin,
            trusted: table.flags & TABLE_RUST != 0,
        })
    }
}

impl Route {
    /// The function behind a typed route; where the table has only messages, the route becomes one.
    fn typed(&mut self, table: &Table) -> Result<Option<RawFn>, &'static str> {
        let Self::Typed { slot } = *self else { return Ok(None) };
        if table.flags & super::TABLE_MESSAGE_ONLY != 0 {
            *self = Self::Message { slot, format: Format::Compact };
            return Ok(None);
        }
        // A pointer is no struct that could grow.
        if table.methods.stride as usize != size_of::<RawFn>() || !table.methods.ptr.is_aligned() {
            return Err("the table's functions do not stand side by side");
        }
        let Some(function) = table.methods.at(slot) else {
            return Err("the table has fewer functions than its descriptor has methods");
        };
        // SAFETY: `at` stays within the table's array, whose elements are nullable function pointers.
        let function = unsafe { function.cast::<Option<RawFn>>().read() };
        function.map(Some).ok_or("its function is null")
    }
}

/// The other side of a call: an object that this side holds, and the link to its functions.
pub struct Remote {
    object: Object,
    /// The first of `link.typed`, one step nearer.
    typed: *const Option<RawFn>,
    link: &'static Link,
    owner: Option<Arc<Owner>>,
}

// SAFETY: `typed` points into a constant that stays; the rest may be sent and shared by itself.
unsafe impl Send for Remote {}
// SAFETY: as above.
unsafe impl Sync for Remote {}

impl Drop for Remote {
    fn drop(&mut self) {
        // SAFETY: `connect` took over one count.
        unsafe { self.object.release() }
    }
}

/// Makes a proxy of an object.
///
/// **Errors:** the object's interface does not fit this side's; the object is released.
///
/// # Safety
/// The caller gives one count of a live object, whose table lives as long as the process.
pub unsafe fn connect<I: ?::core::marker::Sized + Interface>(
    object: Object,
    origin: Origin<'_>,
) -> Result<I::Proxy, Malformed> {
    // SAFETY: the same duties.
    unsafe { try_connect::<I>(object, origin.owner.cloned()) }
        .map_err(|mismatch| Malformed::new(mismatch.to_string()))
}

/// As [`connect`], with the mismatch kept.
///
/// # Safety
/// As [`connect`].
pub unsafe fn try_connect<I: ?::core::marker::Sized + Interface>(
    object: Object,
    owner: Option<Arc<Owner>>,
) -> Result<I::Proxy, Mismatch> {
    // SAFETY: the same duties.
    match unsafe { I::links().link::<I>(object.table) } {
        Ok(link) => Ok(I::proxy(Remote::new(object, link, owner))),
        Err(mismatch) => {
            // SAFETY: the caller gave the count, and nothing keeps the object.
            unsafe { object.release() };
            Err(mismatch)
        }
    }
}

/// Makes a proxy of an object that is only lent: it must not be dropped, for it holds no count.
///
/// # Safety
/// The object must stay alive for as long as the proxy is used.
pub unsafe fn borrow<I: ?::core::marker::Sized + Interface>(
    object: Object,
) -> Result<ManuallyDrop<I::Proxy>, Malformed> {
    // SAFETY: the same duties.
    match unsafe { I::links().link::<I>(object.table) } {
        Ok(link) => Ok(ManuallyDrop::new(I::proxy(Remote::new(object, link, None)))),
        Err(mismatch) => Err(Malformed::new(mismatch.to_string())),
    }
}

impl Remote {
    const fn new(object: Object, link: &'static Link, owner: Option<Arc<Owner>>) -> Self {
        Self { object, typed: link.typed.as_ptr(), link, owner }
    }

    /// The function that answers a method with typed arguments; `None` where it goes another way.
    #[inline(always)]
    pub fn typed(&self, method: usize) -> Option<RawFn> {
        debug_assert!(method < self.link.typed.len());
        // SAFETY: generated code asks for methods of its own interface, and `meet` made one entry for each.
        unsafe { *self.typed.add(method) }
    }

    /// First argument of every function.
    #[inline(always)]
    pub fn data(&self) -> *const c_void {
        self.object.data
    }

    /// Where results come from.
    #[inline(always)]
    pub fn origin(&self) -> Origin<'_> {
        Origin { trusted: self.link.trusted, owner: self.owner.as_ref() }
    }

    /// Whether a value of the type is taken without the possibility of a failure.
    #[inline(always)]
    pub fn surely<T: Wire>(&self) -> bool {
        match T::FAILS {
            Fails::Never => true,
            Fails::Untrusted => self.link.trusted,
            Fails::Anywhere => false,
        }
    }

    /// Whether the other side lacks the method, so that the trait's own body answers.
    pub fn lacks(&self, method: usize) -> bool {
        matches!(self.link.routes[method], Route::Body)
    }

    /// The fault behind a status, counted for the plugin that it happened in.
    #[cold]
    #[inline(never)]
    pub fn fault(&self, status: Status) -> Fault {
        // SAFETY: generated code asks once, for a status that is neither done nor refused.
        self.blame(unsafe { Fault::from_record(status.0) })
    }

    /// The fault behind a status, where the method has no error type to carry it.
    ///
    /// **Panics:** always, with the fault.
    #[cold]
    #[inline(never)]
    pub fn raise(&self, status: Status) -> ! {
        self.fault(status).raise()
    }

    /// A fault of the plugin that this object belongs to.
    #[cold]
    pub fn blame(&self, fault: impl Into<Fault>) -> Fault {
        let fault = fault.into();
        match &self.owner {
            Some(owner) => {
                owner.count_fault();
                fault.in_plugin(owner.id())
            }
            None => fault,
        }
    }

    /// Calls a method with its arguments as bytes.
    #[inline(never)]
    pub fn message(&self, method: usize, arguments: impl FnOnce(&mut Encoder)) -> Result<Answer, Fault> {
        let (Route::Message { slot, format }, Some(dispatch)) =
            (self.link.routes[method], self.link.dispatch)
        else {
            return Err(self.not_by_name());
        };
        let mut encoder = Encoder::for_message(format);
        arguments(&mut encoder);
        let (bytes, objects) = encoder.finish();
        let objects = Objects(objects);
        // SAFETY: the table belongs to the object; bytes and objects outlive the call.
        let reply = unsafe {
            dispatch(self.object.data, slot, format.code(), Slice::new(&bytes), Slice::new(&objects.0))
        };
        drop(objects);
        self.answer(format, reply)
    }

    #[cold]
    fn not_by_name(&self) -> Fault {
        self.blame(Fault::new(FaultKind::Unsupported, "the method can not be called by name"))
    }

    /// The answer that a reply carries.
    pub(super) fn answer(&self, format: Format, reply: Reply<Message>) -> Result<Answer, Fault> {
        let refused = match reply.status {
            Status::DONE => false,
            Status::REFUSED => true,
            status => return Err(self.fault(status)),
        };
        // SAFETY: both states carry a message, which is now this side's.
        let message = unsafe { reply.value.assume_init() };
        Ok(Answer::new(refused, format, message, self.owner.clone()))
    }

    /// The future of an async method's reply.
    ///
    /// **Errors:** the fault that the call began with, and a future that can not be polled.
    ///
    /// # Safety
    /// The reply must come from a call of this object whose future writes replies of this type, and nobody else may take
    /// its future. What was lent to the call must be alive until the future is dropped, or be kept from then on.
    #[inline]
    pub unsafe fn begun<A: Copy>(&self, reply: Reply<FutureRaw>) -> Result<Polled<'_, A>, Fault> {
        if reply.status != Status::DONE {
            return Err(match reply.status {
                Status::REFUSED => {
                    self.blame(Malformed::new("a call was refused before its future was polled"))
                }
                status => self.fault(status),
            });
        }
        // SAFETY: the status says that there is a future; the rest is the caller's duty.
        unsafe { Polled::new(reply.value.assume_init()) }.map_err(|malformed| self.blame(malformed))
    }

    /// Begins an async method with its arguments as bytes.
    pub fn begin(&self, method: usize, arguments: impl FnOnce(&mut Encoder)) -> Result<Later<'_>, Fault> {
        let (Route::Message { slot, format }, Some(begin)) = (self.link.routes[method], self.link.begin)
        else {
            return Err(self.not_by_name());
        };
        let mut encoder = Encoder::for_message(format);
        arguments(&mut encoder);
        let (bytes, objects) = encoder.finish();
        let objects = Objects(objects);
        let (view, held) = (Slice::new(&bytes), Slice::new(&objects.0));
        // SAFETY: the table belongs to the object, and `begin` gives futures of messages; bytes and objects stay where
        // they are until the future is gone, for `Later` drops it first.
        let future = unsafe { self.begun(begin(self.object.data, slot, format.code(), view, held)) }?;
        Ok(Later::new(future, bytes, objects, self, format))
    }
}

/// The error type of a fallible method: what a call's fault becomes.
#[diagnostic::on_unimplemented(
    message = "the error type `{Self}` can not receive a fault",
    label = "`From<keyway::Fault>` is missing",
    note = "a call to a plugin can fail for reasons that are not the plugin's answer; write `impl From<keyway::Fault> for {Self}`"
)]
pub trait Receives {
    /// The fault as an error.
    fn receive(fault: Fault) -> Self;
}
impl<E: From<Fault>> Receives for E {
    #[inline]
    fn receive(fault: Fault) -> Self {
        fault.into()
    }
}

/// An object of which this side holds one count.
#[derive(Debug)]
pub struct Held(Object);

impl Held {
    /// Takes over one count.
    ///
    /// # Safety
    /// The caller gives one count of a live object whose table lives as long as the process.
    pub const unsafe fn new(object: Object) -> Self {
        Self(object)
    }

    /// An object of this side's, as another image gets it.
    pub fn of<I: ?::core::marker::Sized + Interface>(object: Arc<I>) -> Self {
        // SAFETY: `export` gives one count of an object whose table is a constant, as the trait promises.
        unsafe { Self::new(I::export(object)) }
    }

    /// The same, reached by messages alone.
    #[must_use]
    pub fn by_messages(self) -> Self {
        // SAFETY: the count is handed on, and the loopback's object is new, with one count.
        unsafe { Self::new(super::channel::Loopback::object(self.into_raw())) }
    }

    /// The object, which stays this value's.
    pub fn object(&self) -> Object {
        self.0
    }

    /// The id of the object's interface, as its own side says it.
    pub fn interface(&self) -> Option<&str> {
        // SAFETY: a held object has a table and a descriptor that live as long as the process.
        unsafe {
            let table = Sized::new(self.0.table)?;
            let descriptor = Sized::new(table.table()?.interface)?;
            crate::wire::read_str(descriptor.whole()?.id, Origin::UNKNOWN).ok()
        }
    }

    /// The object, whose count is now the caller's.
    pub fn into_raw(self) -> Object {
        ManuallyDrop::new(self).0
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        // SAFETY: the object is held.
        unsafe { self.0.retain() };
        Self(self.0)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: this value has one count.
        unsafe { self.0.release() }
    }
}
