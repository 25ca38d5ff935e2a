//! Values to bytes, in two forms from one description.
//!
//! **Source:** the compact form is postcard's wire format 1.0, the named form is MessagePack as rmp-serde writes it with
//! named structs. Tests hold both against those libraries byte for byte; the code is our own because a plugin's crate
//! would otherwise pull nine more packages, and because the derive writes straight-line code instead of visitors.

use crate::abi::Object;

/// Which form the bytes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// By position, for sides whose descriptions are equal.
    Compact,
    /// By name, for sides whose descriptions differ, and for other languages.
    Named,
}

impl Format {
    /// The number that stands for it in a call.
    pub const fn code(self) -> u32 {
        match self {
            Self::Compact => 0,
            Self::Named => 1,
        }
    }

    /// The form that a number stands for.
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            0 => Some(Self::Compact),
            1 => Some(Self::Named),
            _ => None,
        }
    }
}

/// Writes values one after the other.
pub struct Encoder {
    bytes: Vec<u8>,
    objects: Vec<Object>,
    format: Format,
}

impl Encoder {
    /// An empty encoder.
    pub const fn new(format: Format) -> Self {
        Self { bytes: Vec::new(), objects: Vec::new(), format }
    }

    /// An empty encoder with room for a small message, so that it does not grow from nothing by doubling.
    pub(crate) fn for_message(format: Format) -> Self {
        Self { bytes: Vec::with_capacity(256), objects: Vec::new(), format }
    }

    /// The form that it writes.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What was written, and the objects that it refers to, each of which counts as one holder.
    pub fn finish(mut self) -> (Vec<u8>, Vec<Object>) {
        (std::mem::take(&mut self.bytes), std::mem::take(&mut self.objects))
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn named(&self) -> bool {
        self.format == Format::Named
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// `nil` in the named form, nothing in the compact one.
    pub fn unit(&mut self) {
        if self.named() {
            self.bytes.push(0xc0);
        }
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) {
        self.bytes.push(if self.named() { 0xc2 + u8::from(value) } else { u8::from(value) });
    }

    /// One byte as a number.
    pub fn u8(&mut self, value: u8) {
        if self.named() { self.unsigned(value.into()) } else { self.bytes.push(value) }
    }

    /// One signed byte as a number.
    pub fn i8(&mut self, value: i8) {
        if self.named() { self.signed(value.into()) } else { self.bytes.push(value.cast_unsigned()) }
    }

    /// An unsigned number of more than one byte.
    pub fn u64(&mut self, value: u64) {
        if self.named() { self.unsigned(value) } else { self.varint(value) }
    }

    /// A signed number of more than one byte.
    pub fn i64(&mut self, value: i64) {
        if self.named() {
            self.signed(value)
        } else {
            self.varint(((value << 1) ^ (value >> 63)).cast_unsigned())
        }
    }

    fn unsigned(&mut self, value: u64) {
        match value {
            0..=0x7f => self.bytes.push(value as u8),
            0x80..=0xff => self.put(&[0xcc, value as u8]),
            0x100..=0xffff => {
                self.bytes.push(0xcd);
                self.put(&(value as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.bytes.push(0xce);
                self.put(&(value as u32).to_be_bytes());
            }
            _ => {
                self.bytes.push(0xcf);
                self.put(&value.to_be_bytes());
            }
        }
    }

    fn signed(&mut self, value: i64) {
        match value {
            0.. => self.unsigned(value.cast_unsigned()),
            -32..=-1 => self.bytes.push(value as u8),
            -0x80..=-33 => self.put(&[0xd0, value as u8]),
            -0x8000..=-0x81 => {
                self.bytes.push(0xd1);
                self.put(&(value as i16).to_be_bytes());
            }
            -0x8000_0000..=-0x8001 => {
                self.bytes.push(0xd2);
                self.put(&(value as i32).to_be_bytes());
            }
            _ => {
                self.bytes.push(0xd3);
                self.put(&value.to_be_bytes());
            }
        }
    }

    /// A float of four bytes.
    pub fn f32(&mut self, value: f32) {
        if self.named() {
            self.bytes.push(0xca);
            self.put(&value.to_be_bytes());
        } else {
            self.put(&value.to_le_bytes());
        }
    }

    /// A float of eight bytes.
    pub fn f64(&mut self, value: f64) {
        if self.named() {
            self.bytes.push(0xcb);
            self.put(&value.to_be_bytes());
        } else {
            self.put(&value.to_le_bytes());
        }
    }

    /// A text.
    pub fn str(&mut self, text: &str) {
        if self.named() {
            match text.len() {
                len @ 0..=31 => self.bytes.push(0xa0 | len as u8),
                len @ 32..=0xff => self.put(&[0xd9, len as u8]),
                len => self.long(0xda, len),
            }
        } else {
            self.varint(text.len() as u64);
        }
        self.put(text.as_bytes());
    }

    /// Bytes as one block.
    pub fn blob(&mut self, bytes: &[u8]) {
        if self.named() {
            match bytes.len() {
                len @ 0..=0xff => self.put(&[0xc4, len as u8]),
                len => self.long(0xc5, len),
            }
        } else {
            self.varint(bytes.len() as u64);
        }
        self.put(bytes);
    }

    /// A length of two bytes after `short`, or of four after the next code.
    fn long(&mut self, short: u8, len: usize) {
        if let Ok(len) = u16::try_from(len) {
            self.bytes.push(short);
            self.put(&len.to_be_bytes());
        } else {
            self.bytes.push(short + 1);
            self.put(&u32::try_from(len).expect("a value beyond 4 GiB can not be sent").to_be_bytes());
        }
    }

    /// A list of so many elements follows.
    pub fn list(&mut self, count: usize) {
        if self.named() { self.tuple(count) } else { self.varint(count as u64) }
    }

    /// So many elements follow, and the reader knows how many.
    pub fn tuple(&mut self, count: usize) {
        if self.named() {
            if count < 16 { self.bytes.push(0x90 | count as u8) } else { self.long(0xdc, count) }
        }
    }

    /// A map of so many entries follows.
    pub fn map(&mut self, count: usize) {
        if self.named() { self.structure(count) } else { self.varint(count as u64) }
    }

    /// A struct of so many fields follows.
    pub fn structure(&mut self, fields: usize) {
        if self.named() {
            if fields < 16 { self.bytes.push(0x80 | fields as u8) } else { self.long(0xde, fields) }
        }
    }

    /// The next value's name in the struct.
    pub fn field(&mut self, name: &str) {
        if self.named() {
            self.str(name);
        }
    }

    /// No value, in an option.
    pub fn none(&mut self) {
        self.bytes.push(if self.named() { 0xc0 } else { 0 });
    }

    /// A value follows, in an option; `nullable` where the value itself may be written as nil.
    pub fn some(&mut self, nullable: bool) {
        if !self.named() {
            self.bytes.push(1);
        } else if nullable {
            self.tuple(1);
        }
    }

    /// A variant without fields.
    pub fn unit_variant(&mut self, index: u32, name: &str) {
        if self.named() { self.str(name) } else { self.varint(index.into()) }
    }

    /// A variant whose value follows.
    pub fn variant(&mut self, index: u32, name: &str) {
        if self.named() {
            self.structure(1);
            self.str(name);
        } else {
            self.varint(index.into());
        }
    }

    /// An object, of which the message now counts as one holder.
    pub fn object(&mut self, object: Object) {
        self.u64(self.objects.len() as u64);
        self.objects.push(object);
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        for object in self.objects.drain(..) {
            // SAFETY: `object` took over one count of each.
            unsafe { object.release() };
        }
    }
}
