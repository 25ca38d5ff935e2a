//! An event, as it lies in a queue and as a subscriber has it.

use std::any::{Any, TypeId};
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use super::publisher::Event;
use super::{TopicError, shape};
use crate::abi::guard::contained;
use crate::bytes::Bytes;
use crate::interface::ValueShape;
use crate::wire::{Decoder, Encoder, Format, Malformed};

/// A payload of this image.
pub(crate) trait Local: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn encode(&self, format: Format) -> Vec<u8>;
}

impl<T: Event> Local for T {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn encode(&self, format: Format) -> Vec<u8> {
        encode(self, format)
    }
}

pub(crate) fn encode<T: Event>(value: &T, format: Format) -> Vec<u8> {
    let mut to = Encoder::for_message(format);
    value.encode(&mut to);
    to.finish().0
}

fn decode<T: Event>(format: Format, bytes: &[u8]) -> Result<T, Malformed> {
    let mut from = Decoder::new(format, bytes, &[]);
    let value = T::decode(&mut from)?;
    from.finish()?;
    Ok(value)
}

/// Where events are from: one for each publisher.
#[derive(Debug)]
pub(crate) struct Source {
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a host alone asks for it"))]
    pub(crate) number: u64,
    pub(crate) topic: Box<str>,
    pub(crate) publisher: Box<str>,
    pub(crate) shape: Arc<ValueShape>,
    /// As which types events were read that may have another shape, and whether it is equal.
    fits: Mutex<Vec<(TypeId, bool)>>,
}

impl Source {
    pub(crate) fn new(number: u64, topic: &str, publisher: &str, shape: Arc<ValueShape>) -> Arc<Self> {
        let (topic, publisher) = (topic.into(), publisher.into());
        Arc::new(Self { number, topic, publisher, shape, fits: Mutex::default() })
    }

    /// Whether the type is equal; otherwise it fits by name.
    fn fits<T: Event>(&self) -> Result<bool, TopicError> {
        let known = || self.fits.lock().unwrap_or_else(PoisonError::into_inner);
        let of = TypeId::of::<T>();
        if let Some((_, equal)) = known().iter().find(|(known, _)| *known == of) {
            return Ok(*equal);
        }
        let publisher = format!("the publisher `{}`", self.publisher);
        let own = shape::<T>(&self.topic)?;
        let equal = self.shape.compare(&own, "event", [&publisher, "the reader"]).map_err(|differences| {
            TopicError::Mismatch {
                topic: self.topic.to_string(),
                publisher: self.publisher.to_string(),
                subscriber: "this reader".into(),
                differences,
            }
        })?;
        known().push((of, equal));
        Ok(equal)
    }
}

/// An event of this image's host, in all the forms that somebody wants.
pub(crate) struct Forms {
    pub(crate) source: Arc<Source>,
    pub(crate) value: Option<Box<dyn Local>>,
    pub(crate) compact: Vec<u8>,
    pub(crate) named: Vec<u8>,
}

impl Drop for Forms {
    fn drop(&mut self) {
        // Whoever had it last drops it, and a panic in it is the publisher's own.
        contained(|| drop(self.value.take()));
    }
}

/// Which of its forms a subscriber takes.
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a host alone has them"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Value,
    Compact,
    Named,
}

/// An event on its way to one subscriber.
#[derive(Clone)]
pub(crate) enum Sent {
    /// Of this image's host.
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a host alone has them"))]
    Near(Arc<Forms>, Form),
    /// A part of what came across an edge.
    Far(Arc<Source>, Arc<Bytes>, std::ops::Range<usize>, Format),
}

impl Sent {
    pub(crate) fn source(&self) -> &Arc<Source> {
        match self {
            Self::Near(forms, _) => &forms.source,
            Self::Far(source, ..) => source,
        }
    }

    /// The event as bytes; `None` where it is a value.
    pub(crate) fn bytes(&self) -> Option<(Format, &[u8])> {
        Some(match self {
            Self::Near(_, Form::Value) => return None,
            Self::Near(forms, Form::Compact) => (Format::Compact, &forms.compact),
            Self::Near(forms, Form::Named) => (Format::Named, &forms.named),
            Self::Far(_, bytes, range, format) => (*format, bytes.get(range.clone()).unwrap_or_default()),
        })
    }

    fn value(&self) -> Option<&dyn Any> {
        match self {
            Self::Near(forms, Form::Value) => forms.value.as_deref().map(Local::as_any),
            _ => None,
        }
    }

    /// Reads it as a type that was found to fit.
    pub(super) fn read<T: Event>(self) -> Result<Received<T>, Malformed> {
        let Some((format, bytes)) = self.bytes() else {
            // A value comes to those alone who have its type.
            return Ok(Received(Held::Shared(self)));
        };
        Ok(Received(Held::Own(decode(format, bytes)?, Arc::clone(self.source()))))
    }
}

/// An event that a subscriber has received: the payload, and where it is from.
///
/// Within one image it is the value that was published, which its subscribers share; across an edge it is a value of its
/// own.
pub struct Received<T>(Held<T>);

enum Held<T> {
    Shared(Sent),
    Own(T, Arc<Source>),
}

impl<T: Event> Received<T> {
    fn source(&self) -> &Source {
        match &self.0 {
            Held::Shared(sent) => sent.source(),
            Held::Own(_, source) => source,
        }
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.source().topic
    }

    /// The id of the plugin that published it; `keyway/host` where that was the host.
    pub fn publisher(&self) -> &str {
        &self.source().publisher
    }

    /// The payload as a value of one's own.
    pub fn into_inner(self) -> T
    where
        T: Clone,
    {
        match self.0 {
            Held::Own(value, _) => value,
            Held::Shared(_) => (*self).clone(),
        }
    }
}

impl<T: Event> Deref for Received<T> {
    type Target = T;
    fn deref(&self) -> &T {
        match &self.0 {
            Held::Own(value, _) => value,
            Held::Shared(sent) => sent
                .value()
                .and_then(|value| value.downcast_ref())
                .expect("only a value of this very type is shared"),
        }
    }
}

impl<T: Event + fmt::Debug> fmt::Debug for Received<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("topic", &self.topic())
            .field("publisher", &self.publisher())
            .field("payload", &**self)
            .finish()
    }
}

/// An event of whatever type, which says where it is from and is read as the type that its topic has.
#[derive(Clone)]
pub struct AnyEvent {
    sent: Sent,
}

impl AnyEvent {
    pub(super) fn new(sent: Sent) -> Self {
        Self { sent }
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.sent.source().topic
    }

    /// The id of the plugin that published it; `keyway/host` where that was the host.
    pub fn publisher(&self) -> &str {
        &self.sent.source().publisher
    }

    /// The payload, where the type fits what was published.
    ///
    /// **Errors:** [`TopicError::Mismatch`] with the path to each field that differs.
    pub fn read<T: Event>(&self) -> Result<Received<T>, TopicError> {
        let malformed = |malformed: Malformed| TopicError::Failed { why: malformed.to_string() };
        if self.sent.value().is_some_and(<dyn Any>::is::<T>) {
            return self.sent.clone().read().map_err(malformed);
        }
        let equal = self.sent.source().fits::<T>()?;
        if let Sent::Near(forms, Form::Value) = &self.sent
            && let Some(value) = &forms.value
        {
            // Another type of this image, with a shape that fits.
            let format = if equal { Format::Compact } else { Format::Named };
            let value = decode(format, &value.encode(format)).map_err(malformed)?;
            return Ok(Received(Held::Own(value, Arc::clone(&forms.source))));
        }
        self.sent.clone().read().map_err(malformed)
    }
}

impl fmt::Debug for AnyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyEvent of `{}` by `{}`", self.topic(), self.publisher())
    }
}
