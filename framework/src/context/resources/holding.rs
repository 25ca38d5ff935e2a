//! Holding what another plugin shares.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use super::across::{Holder, Lease, Seat};
use crate::abi::future::BoxFuture;
use crate::abi::guard::contained;
use crate::abi::{Object, Type};
use crate::handle::ending::Ending;
use crate::handle::{Gone, Owner};
use crate::interface::{Interface, Mismatch};
use crate::wire::{Arena, Decoder, Encoder, Malformed, Origin, Wire};

/// A resource that another plugin shares. From [`Context::shared`](crate::Context::shared) and
/// [`Host::shared`](crate::host::Host::shared).
///
/// It does not keep what it refers to: when the owner closes it or stops, whoever holds it is told, and [`get`](Self::get)
/// says so from then on. What the owner shares when it was started anew is another resource, to be asked for again.
///
/// A clone is the same holder. A `Shared` crosses as a value in the methods of interfaces, and so is handed on: whoever
/// gets it is one more holder, listed under the plugin that handed it on.
pub struct Shared<I: ?Sized + Interface> {
    held: Arc<Held<I>>,
}

struct Held<I: ?Sized + Interface> {
    slot: Arc<Slot<I>>,
    seat: Arc<dyn Seat>,
    owner: Box<str>,
    name: Box<str>,
}

/// What the host takes the object out of.
struct Slot<I: ?Sized + Interface> {
    object: RwLock<Option<Arc<I>>>,
    ending: Arc<Ending>,
}

impl<I: ?Sized + Interface> Shared<I> {
    /// Asks for a resource in the name of a new holder.
    ///
    /// **Errors:** those of `ask`, and then that the interfaces do not fit.
    pub(crate) fn hold<E>(
        ask: impl FnOnce(Arc<dyn Holder>) -> Result<Lease, E>,
    ) -> Result<Result<Self, Mismatch>, E> {
        let slot = Arc::new(Slot { object: RwLock::new(None), ending: Arc::default() });
        let Lease { object, seat, owner, name } = ask(Arc::clone(&slot) as _)?;
        // What came from another side came by the host, and is the owner's.
        let object = match object.owner() {
            Some(known) if known.id() == owner => object,
            _ => object.owned_by(Arc::new(Owner::new(owner.as_str()))),
        };
        Ok(object.downcast::<I>().map(|object| {
            slot.fill(object);
            Self { held: Arc::new(Held { slot, seat, owner: owner.into(), name: name.into() }) }
        }))
    }

    /// The resource, for as long as what is returned is held: for one call, or for several that belong together.
    ///
    /// **Errors:** it has ended.
    pub fn get(&self) -> Result<InUse<I>, Gone> {
        let slot = &self.held.slot;
        let object = slot.object.read().unwrap_or_else(PoisonError::into_inner).clone();
        match object {
            Some(object) => Ok(InUse { object: Some(object) }),
            None => Err(self.has_gone(slot.ending.why().map_or(UNTOLD, |why| why))),
        }
    }

    /// Waits until the resource has ended, and says why; as [`WeakHandle::gone`](crate::WeakHandle::gone) does of a plugin.
    pub fn gone(&self) -> BoxFuture<'static, Gone> {
        let ended = self.held.slot.ending.ended();
        // Nothing that it waits for is kept by waiting.
        let (owner, name) = (self.held.owner.clone(), self.held.name.clone());
        Box::pin(async move { Gone::of_resource(&owner, &name, &ended.await) })
    }

    /// The id of the plugin that shares it.
    pub fn owner(&self) -> &str {
        &self.held.owner
    }

    /// The name that it is shared under.
    pub fn name(&self) -> &str {
        &self.held.name
    }

    #[cold]
    fn has_gone(&self, why: &str) -> Gone {
        Gone::of_resource(self.owner(), self.name(), why)
    }
}

const UNTOLD: &str = "it has ended";

impl<I: ?Sized + Interface> Slot<I> {
    /// Keeps the object, unless the end came first.
    fn fill(&self, object: Arc<I>) {
        let mut object = Some(object);
        let mut slot = self.object.write().unwrap_or_else(PoisonError::into_inner);
        if self.ending.why().is_none() {
            *slot = object.take();
        }
        drop(slot);
        contained(|| drop(object));
    }
}

impl<I: ?Sized + Interface> Holder for Slot<I> {
    fn gone(&self, why: &str) {
        let mut slot = self.object.write().unwrap_or_else(PoisonError::into_inner);
        self.ending.set(why);
        let object = slot.take();
        drop(slot);
        contained(|| drop(object));
        self.ending.wake();
    }
}

impl<I: ?Sized + Interface> Drop for Slot<I> {
    fn drop(&mut self) {
        let object = self.object.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        contained(|| drop(object));
    }
}

impl<I: ?Sized + Interface> Clone for Shared<I> {
    fn clone(&self) -> Self {
        Self { held: Arc::clone(&self.held) }
    }
}

impl<I: ?Sized + Interface> fmt::Debug for Shared<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shared({} `{}` of {})", I::ID, self.name(), self.owner())
    }
}

/// A resource in use: it stays and answers for as long as this is held, whatever its owner does meanwhile.
pub struct InUse<I: ?Sized + Interface> {
    /// There until it is dropped.
    object: Option<Arc<I>>,
}

impl<I: ?Sized + Interface> Deref for InUse<I> {
    type Target = I;
    fn deref(&self) -> &I {
        self.object.as_deref().expect("it is there until it is dropped")
    }
}

impl<I: ?Sized + Interface> Drop for InUse<I> {
    fn drop(&mut self) {
        // The last call may be what the resource ends with, and its drop may panic.
        contained(|| drop(self.object.take()));
    }
}

impl<I: ?Sized + Interface> fmt::Debug for InUse<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InUse({})", I::ID)
    }
}

/// What crosses is the seat; whoever gets it takes one of its own.
fn seated<I: ?Sized + Interface>(seat: &Arc<dyn Seat>) -> Result<Shared<I>, Malformed> {
    let held = Shared::hold(|holder| match seat.another(Arc::clone(&holder)) {
        Ok(lease) => Ok(lease),
        Err(why) => Err((holder, why)),
    });
    match held {
        Ok(held) => held.map_err(|mismatch| Malformed::new(mismatch.to_string())),
        Err((holder, why)) => {
            drop(holder);
            // It ended on the way, which is nobody's mistake.
            let (owner, name) = (seat.owner().into(), seat.name().into());
            let slot = Arc::new(Slot { object: RwLock::new(None), ending: Arc::default() });
            slot.ending.set(&why);
            Ok(Shared { held: Arc::new(Held { slot, seat: Arc::clone(seat), owner, name }) })
        }
    }
}

type Seated = Arc<dyn Seat>;

// SAFETY: every form is that of the seat, as is the shape.
unsafe impl<I: ?Sized + Interface> Wire for Shared<I> {
    type View = Object;
    type Arg = Object;
    type Out = Object;

    extern "C" fn shape() -> *const Type {
        <Seated as Wire>::shape()
    }
    fn view(&self, arena: &mut Arena) -> Object {
        self.held.seat.view(arena)
    }
    unsafe fn read(view: Object, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        seated(&unsafe { Seated::read(view, origin) }?)
    }
    fn pass(&mut self, arena: &mut Arena) -> Object {
        self.view(arena)
    }
    unsafe fn receive(arg: Object, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { Self::read(arg, origin) }
    }
    fn give(self) -> Object {
        Arc::clone(&self.held.seat).give()
    }
    unsafe fn take(out: Object, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        seated(&unsafe { Seated::take(out, origin) }?)
    }
    fn encode(&self, to: &mut Encoder) {
        self.held.seat.encode(to);
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        seated(&Seated::decode(from)?)
    }
}
