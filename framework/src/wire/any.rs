//! An object of whatever interface, as a value. Which interface it has is asked when it is taken out, and then compared as
//! that of any other object is.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::{Arena, Decoder, Encoder, Malformed, Origin, Wire, one_type};
use crate::abi::guard::contained;
use crate::abi::object::{Held, try_connect};
use crate::abi::{Array, Descriptor, Object, Str, Type, kind};
use crate::handle::Owner;
use crate::interface::{Interface, Mismatch};

/// An object with any interface: for a method that passes objects on without knowing them.
///
/// ```
/// use std::sync::Arc;
///
/// use keyway::AnyObject;
///
/// #[keyway::interface(id = "greetings/greeter", version = "1.0")]
/// pub trait Greeter: Send + Sync {
///     fn greet(&self) -> String;
/// }
///
/// #[keyway::interface(id = "greetings/leaver", version = "1.0")]
/// pub trait Leaver: Send + Sync {
///     fn leave(&self) -> String;
/// }
///
/// struct Polite;
///
/// impl Greeter for Polite {
///     fn greet(&self) -> String {
///         "good day".into()
///     }
/// }
///
/// let any = AnyObject::new::<dyn Greeter>(Arc::new(Polite));
/// assert_eq!(any.interface(), "greetings/greeter");
/// assert_eq!(any.downcast::<dyn Greeter>().unwrap().greet(), "good day");
/// assert!(any.downcast::<dyn Leaver>().is_err());
/// ```
#[derive(Clone)]
pub struct AnyObject {
    /// An `Arc<dyn Interface>`, where it has not crossed.
    direct: Option<Arc<dyn Any + Send + Sync>>,
    held: Held,
    /// Whose faults its calls are.
    owner: Option<Arc<Owner>>,
}

impl AnyObject {
    /// The object, whose interface is forgotten until it is asked for.
    pub fn new<I: ?Sized + Interface>(object: Arc<I>) -> Self {
        Self { held: Held::of(Arc::clone(&object)), direct: Some(Arc::new(object)), owner: None }
    }

    /// The id of its interface, as its own side says it; empty where it says none.
    pub fn interface(&self) -> &str {
        self.held.interface().unwrap_or_default()
    }

    /// The object with its interface: the very same where both sides are of one image and one version.
    ///
    /// **Errors:** it has another interface, or this one in a form that does not fit.
    pub fn downcast<I: ?Sized + Interface>(&self) -> Result<Arc<I>, Mismatch> {
        if let Some(direct) = self.direct.as_ref().and_then(|direct| direct.downcast_ref::<Arc<I>>()) {
            return Ok(Arc::clone(direct));
        }
        // SAFETY: the object is held, and the count of a second holder is handed on.
        let proxy = unsafe { try_connect::<I>(self.held.clone().into_raw(), self.owner.clone()) }?;
        Ok(I::into_arc(Arc::new(proxy)))
    }

    /// The same, whose calls that break off are faults of this plugin's.
    #[must_use]
    pub(crate) fn owned_by(mut self, owner: Arc<Owner>) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Whose faults its calls are.
    pub(crate) fn owner(&self) -> Option<&Arc<Owner>> {
        self.owner.as_ref()
    }
}

impl Drop for AnyObject {
    fn drop(&mut self) {
        // It may be the last that holds the object, whose drop may panic. What crosses contains that by itself.
        contained(|| drop(self.direct.take()));
    }
}

impl fmt::Debug for AnyObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyObject({})", self.interface())
    }
}

/// Stands in a signature for whatever interface an object has; the object's own table says which.
extern "C" fn any() -> *const Descriptor {
    const {
        &Descriptor {
            size: size_of::<Descriptor>() as u32,
            flags: 0,
            id: Str::new("keyway/any"),
            version: Str::new("1.0.0"),
            methods: Array { ptr: std::ptr::null(), count: 0, stride: 0 },
        }
    }
}

// SAFETY: every form is one C struct, and the shape says that nothing is said of its interface.
unsafe impl Wire for AnyObject {
    type View = Object;
    type Arg = Object;
    type Out = Object;

    extern "C" fn shape() -> *const Type {
        const { &Type { interface: Some(any), ..one_type(kind::OBJECT, None) } }
    }
    fn view(&self, arena: &mut Arena) -> Object {
        let object = self.held.clone().into_raw();
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
        self.held.clone().into_raw()
    }
    unsafe fn take(out: Object, origin: Origin<'_>) -> Result<Self, Malformed> {
        // SAFETY: the caller gives one count of a live object; tables live as long as the process.
        let held = unsafe { Held::new(out) };
        Ok(Self { direct: None, held, owner: origin.owner.cloned() })
    }
    fn encode(&self, to: &mut Encoder) {
        to.object(self.held.clone().into_raw());
    }
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let object = from.object()?;
        // SAFETY: the message holds the object while it is decoded.
        unsafe { Self::read(object, from.origin()) }
    }
}
