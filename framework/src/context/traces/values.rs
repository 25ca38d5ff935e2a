//! The values of an event or a span as bytes: for each its field's number, its kind, and itself.
//!
//! Written in one visit and read without a copy. Texts and blocks have their length in front of them, in four bytes; all
//! numbers are little-endian. A field that was recorded without a value is not among them.

use std::fmt::{self, Debug, Write};

use tracing_core::field::{Field, Visit};

/// The fields of a callsite that stands for others: what is said, by which target, and everything else as one text.
pub(crate) const GENERAL: [&str; 3] = ["message", "source", "fields"];

const I64: u8 = 0;
const U64: u8 = 1;
const I128: u8 = 2;
const U128: u8 = 3;
const F64: u8 = 4;
const FALSE: u8 = 5;
const TRUE: u8 = 6;
const TEXT: u8 = 7;
const BYTES: u8 = 8;
const DEBUG: u8 = 9;

/// Writes values.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// For the few values that most events have.
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::with_capacity(128) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A value that is one text, as `Debug` would write it.
    pub(crate) fn text(&mut self, field: usize, value: impl fmt::Display) {
        self.formatted(field, format_args!("{value}"));
    }

    /// Whether there is a number for the field: no macro makes a callsite with more.
    fn put(&mut self, field: usize, kind: u8, value: &[u8]) -> bool {
        let Ok(field) = u8::try_from(field) else { return false };
        self.bytes.extend_from_slice(&[field, kind]);
        self.bytes.extend_from_slice(value);
        true
    }

    fn block(&mut self, field: usize, kind: u8, value: &[u8]) {
        let value = &value[..value.len().min(u32::MAX as usize)];
        if self.put(field, kind, &(value.len() as u32).to_le_bytes()) {
            self.bytes.extend_from_slice(value);
        }
    }

    fn formatted(&mut self, field: usize, value: fmt::Arguments<'_>) {
        let before = self.bytes.len();
        if !self.put(field, DEBUG, &[0; 4]) {
            return;
        }
        let start = self.bytes.len();
        // What was written before an error is better than nothing.
        let _half = Text(&mut self.bytes).write_fmt(value);
        match u32::try_from(self.bytes.len() - start) {
            Ok(length) => self.bytes[start - 4..start].copy_from_slice(&length.to_le_bytes()),
            Err(_) => self.bytes.truncate(before),
        }
    }
}

struct Text<'a>(&'a mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl Visit for Writer {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.index(), F64, &value.to_le_bytes());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.index(), I64, &value.to_le_bytes());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.index(), U64, &value.to_le_bytes());
    }
    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field.index(), I128, &value.to_le_bytes());
    }
    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field.index(), U128, &value.to_le_bytes());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.index(), if value { TRUE } else { FALSE }, &[]);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.block(field.index(), TEXT, value.as_bytes());
    }
    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.block(field.index(), BYTES, value);
    }
    // Errors come here, too, as their texts: tracing-core knows them by themselves only with a feature that would bring
    // an author one more package.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.formatted(field.index(), format_args!("{value:?}"));
    }
}

/// The values of whatever has no callsite of its own, as those of a [general](super::Site::general) one.
#[derive(Debug, Default)]
pub(crate) struct General {
    message: Option<String>,
    rest: String,
}

impl General {
    /// Of a text alone.
    pub(crate) fn saying(message: &fmt::Arguments<'_>) -> Self {
        Self { message: Some(message.to_string()), rest: String::new() }
    }

    /// The bytes; `source` is the target.
    pub(crate) fn written(self, source: &str) -> Writer {
        let mut writer = Writer::new();
        if let Some(message) = &self.message {
            writer.text(0, message);
        }
        if !source.is_empty() {
            writer.text(1, source);
        }
        if !self.rest.is_empty() {
            writer.text(2, &self.rest);
        }
        writer
    }
}

impl Visit for General {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = Some(format!("{value:?}"));
            return;
        }
        let space = if self.rest.is_empty() { "" } else { " " };
        // As above.
        let _half = write!(self.rest, "{space}{}={value:?}", field.name());
    }
}

/// A value, as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg(feature = "host")]
pub(crate) enum Told<'a> {
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F64(f64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Debug(Raw<'a>),
}

/// What `Debug` has written.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg(feature = "host")]
pub(crate) struct Raw<'a>(pub(crate) &'a str);

#[cfg(feature = "host")]
impl Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(feature = "host")]
impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I64(value) => write!(f, "{value}"),
            Self::U64(value) => write!(f, "{value}"),
            Self::I128(value) => write!(f, "{value}"),
            Self::U128(value) => write!(f, "{value}"),
            Self::F64(value) => write!(f, "{value}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Bytes(value) => write!(f, "{value:?}"),
            Self::Debug(value) => write!(f, "{value:?}"),
        }
    }
}

/// Reads values, each with its field's number, up to the first that is not as it should be.
#[cfg(feature = "host")]
pub(crate) fn read(mut bytes: &[u8]) -> Vec<(usize, Told<'_>)> {
    let mut told = Vec::with_capacity(8);
    while let Some(value) = one(&mut bytes) {
        told.push(value);
    }
    told
}

#[cfg(feature = "host")]
fn one<'a>(bytes: &mut &'a [u8]) -> Option<(usize, Told<'a>)> {
    let [field, kind] = *bytes.split_off(..2)? else { return None };
    let value = match kind {
        I64 => Told::I64(i64::from_le_bytes(number(bytes)?)),
        U64 => Told::U64(u64::from_le_bytes(number(bytes)?)),
        I128 => Told::I128(i128::from_le_bytes(number(bytes)?)),
        U128 => Told::U128(u128::from_le_bytes(number(bytes)?)),
        F64 => Told::F64(f64::from_le_bytes(number(bytes)?)),
        FALSE => Told::Bool(false),
        TRUE => Told::Bool(true),
        TEXT => Told::Text(std::str::from_utf8(block(bytes)?).ok()?),
        BYTES => Told::Bytes(block(bytes)?),
        DEBUG => Told::Debug(Raw(std::str::from_utf8(block(bytes)?).ok()?)),
        _ => return None,
    };
    Some((field.into(), value))
}

#[cfg(feature = "host")]
fn number<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    bytes.split_off(..N)?.try_into().ok()
}

#[cfg(feature = "host")]
fn block<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_le_bytes(number(bytes)?);
    bytes.split_off(..usize::try_from(length).ok()?)
}
