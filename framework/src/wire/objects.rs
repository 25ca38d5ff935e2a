//! Objects with an interface, behind `Arc`, as values.

use std::sync::Arc;

use super::{Arena, Decoder, Encoder, Malformed, Origin, Wire, one_type};
use crate::abi::{Object, Type, kind};
use crate::interface::Interface;

// SAFETY: every form is one C struct, and the shape names the interface.
unsafe impl<I: ?Sized + Interface> Wire for Arc<I> {
    type View = Object;
    type Arg = Object;
    type Out = Object;

    extern "C" fn shape() -> *const Type {
        const { &Type { interface: Some(I::descriptor), ..one_type(kind::OBJECT, None) } }
    }
    fn view(&self, arena: &mut Arena) -> Object {
        let object = I::export(Self::clone(self));
        arena.hold(object);
        object
    }
    unsafe fn read(view: Object, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the object is alive during the call, and from now on counted once more.
        unsafe {
            view.retain();
            Self::take(view, origin)
        }
    }
    fn pass(&mut self, arena: &mut Arena) -> Object {
        self.view(arena)
    }
    unsafe fn receive(arg: Object, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the same duties.
        unsafe { Self::read(arg, origin) }
    }
    fn give(self) -> Object {
        I::export(self)
    }
    unsafe fn take(out: Object, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the caller gives one count of the object.
        let proxy = unsafe { crate::abi::object::connect::<I>(out, origin) }?;
        Ok(I::into_arc(Arc::<I::Proxy>::new(proxy)))
    }
    fn encode(&self, to: &mut Encoder) {
        to.object(I::export(Self::clone(self)));
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let object = from.object()?;
        // SAFETY: the message holds the object while it is decoded.
        unsafe { Self::read(object, from.origin()) }
    }
}
