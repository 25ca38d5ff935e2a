//! A call that failed for a reason that is not the callee's answer.

use std::fmt;

use crate::abi::{FaultRecord, Str};

/// Why a call gave no answer. An interface's error type receives it through `From<Fault>`; a method without an error
/// type passes it on as a panic that carries it.
///
/// std's panic hook knows no such payload and prints `Box<dyn Any>` for it, after what the plugin's own hook has printed.
/// A hook of the host's can say more, and so can whoever catches the panic:
///
/// ```
/// std::panic::set_hook(Box::new(|panic| match panic.payload().downcast_ref::<keyway::Fault>() {
///     Some(fault) => eprintln!("{fault}"),
///     None => eprintln!("{panic}"),
/// }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    message: String,
    plugin: Option<String>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The other side panicked; it caught the panic itself.
    Panic,
    /// What came across is not what the descriptor says.
    Malformed,
    /// The other side has stopped.
    Gone,
    /// The other side can not do this.
    Unsupported,
    /// A kind that this side does not know yet.
    Unknown,
}

impl Fault {
    /// A fault in words.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), plugin: None }
    }

    /// The same, with the plugin that it happened in.
    #[must_use]
    pub fn in_plugin(mut self, plugin: &str) -> Self {
        self.plugin.get_or_insert_with(|| plugin.to_owned());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// What the panic or the check said, without the plugin's name.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The plugin that it happened in, where that is known.
    pub fn plugin(&self) -> Option<&str> {
        self.plugin.as_deref()
    }

    /// Passes the fault on where a method has no error type to carry it.
    ///
    /// **Panics:** always, with the fault as payload; a guest side that catches it keeps its message.
    #[cold]
    pub fn raise(self) -> ! {
        std::panic::panic_any(self)
    }

    /// What a caught panic said.
    pub(crate) fn from_panic(payload: Box<dyn std::any::Any + Send>) -> Self {
        let payload = match payload.downcast::<Self>() {
            Ok(fault) => return *fault,
            Err(payload) => payload,
        };
        let fault = if let Some(text) = payload.downcast_ref::<&str>() {
            Self::new(FaultKind::Panic, *text)
        } else if let Some(text) = payload.downcast_ref::<String>() {
            Self::new(FaultKind::Panic, text.as_str())
        } else {
            Self::new(FaultKind::Panic, "a panic whose payload is no text")
        };
        drop_quietly(payload);
        fault
    }

    /// The record that crosses the edge, to be released by its receiver.
    pub(crate) fn into_record(self) -> *const FaultRecord {
        let kind = match self.kind {
            FaultKind::Panic => 1,
            FaultKind::Malformed => 2,
            FaultKind::Gone => 3,
            FaultKind::Unsupported => 4,
            FaultKind::Unknown => 0,
        };
        let text = match self.plugin {
            Some(plugin) => format!("{} (in plugin `{plugin}`)", self.message).into_boxed_str(),
            None => self.message.into_boxed_str(),
        };
        let len = text.len();
        let record = FaultRecord {
            size: size_of::<FaultRecord>() as u32,
            kind,
            message: Str { ptr: Box::into_raw(text).cast(), len },
            release: Some(release_record),
        };
        Box::into_raw(Box::new(record))
    }

    /// Reads a record and releases it.
    ///
    /// # Safety
    /// `record` must be a fault record that nobody has released.
    pub(crate) unsafe fn from_record(record: *const FaultRecord) -> Self {
        // SAFETY: the caller says that it is a live record, which begins with its size.
        let sized = unsafe { crate::abi::Sized::new(record) };
        let Some(FaultRecord { kind, message, release, .. }) =
            sized.as_ref().and_then(|record| record.whole())
        else {
            return Self::new(FaultKind::Unknown, "a fault whose record is shorter than this side can read");
        };
        let (kind, message, release) = (*kind, *message, *release);
        // SAFETY: a live record's message is alive.
        let bytes = unsafe { crate::abi::Slice { ptr: message.ptr, len: message.len }.as_slice() };
        let kind = match kind {
            1 => FaultKind::Panic,
            2 => FaultKind::Malformed,
            3 => FaultKind::Gone,
            4 => FaultKind::Unsupported,
            _ => FaultKind::Unknown,
        };
        let fault = Self::new(kind, String::from_utf8_lossy(bytes));
        if let Some(release) = release {
            // SAFETY: the caller owns the record, and the message has been copied.
            unsafe { release(record) };
        }
        fault
    }
}

/// Drops a panic's payload; one that panics while it is dropped is forgotten, with all that follows from it.
pub(crate) fn drop_quietly(payload: Box<dyn std::any::Any + Send>) {
    let mut next = Some(payload);
    for _ in 0..3 {
        let Some(payload) = next.take() else { return };
        next = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(payload))).err();
    }
    std::mem::forget(next);
}

unsafe extern "C" fn release_record(record: *const FaultRecord) {
    // SAFETY: `into_record` made it from a box, and the receiver releases it once.
    let record = unsafe { Box::from_raw(record.cast_mut()) };
    let text = std::ptr::slice_from_raw_parts_mut(record.message.ptr.cast_mut(), record.message.len);
    // SAFETY: `into_record` took the message apart as a boxed text of exactly this length.
    drop(unsafe { Box::from_raw(text) });
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.plugin {
            Some(plugin) => write!(f, "plugin `{plugin}` ")?,
            None => f.write_str("the other side ")?,
        }
        match self.kind {
            FaultKind::Panic => write!(f, "panicked: {}", self.message),
            FaultKind::Malformed => write!(f, "sent what its descriptor does not say: {}", self.message),
            FaultKind::Gone => write!(f, "is gone: {}", self.message),
            FaultKind::Unsupported => write!(f, "can not do this: {}", self.message),
            FaultKind::Unknown => write!(f, "failed: {}", self.message),
        }
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.to_string()
    }
}
