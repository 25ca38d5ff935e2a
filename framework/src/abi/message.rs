//! A call as bytes: what is sent, what comes back, and what answers it on the side of the method.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::future::{BoxFuture, Gives, Polled, give_future};
use super::guard::guard;
use super::object::Remote;
use super::{FutureRaw, Message, Object, Owned, Reply, Slice};
use crate::bytes::Bytes;
use crate::fault::{Fault, FaultKind};
use crate::handle::Owner;
use crate::wire::{Decoder, Encoder, Format, Malformed, Origin};

/// The answer to a message that was sent to an async method, on its way. To drop it cancels the call.
pub struct Later<'a> {
    /// Gone before what it borrows: fields are dropped in their order.
    future: Polled<'a, Message>,
    _bytes: Vec<u8>,
    _objects: Objects,
    remote: &'a Remote,
    format: Format,
}

impl<'a> Later<'a> {
    pub(super) fn new(
        future: Polled<'a, Message>,
        bytes: Vec<u8>,
        objects: Objects,
        remote: &'a Remote,
        format: Format,
    ) -> Self {
        Self { future, _bytes: bytes, _objects: objects, remote, format }
    }
}

impl Future for Later<'_> {
    type Output = Result<Answer, Fault>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = Pin::new(&mut self.future).poll(context);
        reply.map(|reply| self.remote.answer(self.format, reply))
    }
}

/// Objects of a message that was sent: the message's counts end with it.
pub(super) struct Objects(pub(super) Vec<Object>);

impl Drop for Objects {
    fn drop(&mut self) {
        for object in self.0.drain(..) {
            // SAFETY: the encoder took over one count of each.
            unsafe { object.release() };
        }
    }
}

/// An answer as bytes.
pub struct Answer {
    /// Whether it is the callee's own error.
    pub refused: bool,
    format: Format,
    message: Message,
    owner: Option<Arc<Owner>>,
}

impl Answer {
    pub(super) fn new(refused: bool, format: Format, message: Message, owner: Option<Arc<Owner>>) -> Self {
        Self { refused, format, message, owner }
    }

    /// Reads the value.
    pub fn decode<T>(
        &self,
        read: impl FnOnce(&mut Decoder<'_>) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        // SAFETY: the message is this side's until it is dropped, below.
        let (bytes, objects) =
            unsafe { (self.message.bytes.view.as_slice(), self.message.objects.view.as_slice()) };
        let origin = Origin { trusted: false, owner: self.owner.as_ref() };
        let mut decoder = Decoder::new(self.format, bytes, objects).from_origin(origin);
        let value = read(&mut decoder)?;
        decoder.finish()?;
        Ok(value)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: the message is this side's, and whatever was decoded holds counts of its own.
        unsafe {
            for object in self.message.objects.view.as_slice() {
                object.release();
            }
            self.message.objects.release();
            self.message.bytes.release();
        }
    }
}

/// The guest side of a message: reads arguments, and sends back what `call` wrote.
///
/// # Safety
/// Bytes and objects must be alive during the call.
pub unsafe fn serve(
    format: u32,
    arguments: Slice<u8>,
    objects: Slice<Object>,
    call: impl FnOnce(&mut Decoder<'_>, &mut Encoder) -> Result<Answered, Malformed>,
) -> Reply<Message> {
    guard(|| {
        let Some(format) = Format::from_code(format) else {
            return Fault::new(FaultKind::Unsupported, format!("there is no message format {format}"))
                .into_reply();
        };
        // SAFETY: the caller answers for both.
        let (bytes, objects) = unsafe { (arguments.as_slice(), objects.as_slice()) };
        let mut encoder = Encoder::for_message(format);
        let answered = match call(&mut Decoder::new(format, bytes, objects), &mut encoder) {
            Ok(answered) => answered,
            Err(malformed) => return Fault::from(malformed).into_reply(),
        };
        answered.with(encoder)
    })
}

/// As [`serve`], for an async method: `call` reads the arguments and gives the future of what to send back.
///
/// # Safety
/// Bytes and objects must be alive until the future is dropped, or be kept from then on.
pub unsafe fn serve_later<'a>(
    format: u32,
    arguments: Slice<u8>,
    objects: Slice<Object>,
    call: impl FnOnce(&mut Decoder<'a>, Format) -> Result<BoxFuture<'a, Reply<Message>>, Malformed>,
) -> Reply<FutureRaw> {
    guard(|| {
        let Some(format) = Format::from_code(format) else {
            return Fault::new(FaultKind::Unsupported, format!("there is no message format {format}"))
                .into_reply();
        };
        // SAFETY: the caller answers for both.
        let (bytes, objects) = unsafe { (arguments.as_slice(), objects.as_slice()) };
        match call(&mut Decoder::new(format, bytes, objects), format) {
            Ok(future) => Reply::done(give_future::<Sent>(future)),
            Err(malformed) => Fault::from(malformed).into_reply(),
        }
    })
}

/// The reply that carries what a served async call wrote.
pub fn sent(
    format: Format,
    write: impl FnOnce(&mut Encoder) -> Result<Answered, Malformed>,
) -> Reply<Message> {
    let mut encoder = Encoder::for_message(format);
    match write(&mut encoder) {
        Ok(answered) => answered.with(encoder),
        Err(malformed) => Fault::from(malformed).into_reply(),
    }
}

/// A reply that is made by whoever awaits the method.
struct Sent;

impl Gives for Sent {
    type Value = Reply<Message>;
    type Out = Message;
    fn give(value: Reply<Message>) -> Reply<Message> {
        value
    }
}

/// What a served call wrote.
pub enum Answered {
    /// Its value.
    Value,
    /// Its own error.
    Error,
}

impl Answered {
    /// The reply, with what was written.
    fn with(self, encoder: Encoder) -> Reply<Message> {
        let (bytes, objects) = encoder.finish();
        let message = Message {
            bytes: Bytes::from(bytes).into_raw(),
            objects: if objects.is_empty() {
                Owned { view: Slice::new(&[]), owner: std::ptr::null_mut(), extra: 0, release: None }
            } else {
                crate::wire::give_plain(objects)
            },
        };
        match self {
            Self::Value => Reply::done(message),
            Self::Error => Reply::refused(message),
        }
    }
}
