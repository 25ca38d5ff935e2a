//! Bytes to values. Whatever the bytes are, the answer is a value or a [`Malformed`] that says where.

use std::fmt;

use super::Origin;
use super::encode::Format;
use crate::abi::Object;

/// How deep values may be nested: a reader of hostile bytes must not run out of stack.
pub const MAX_DEPTH: u32 = 128;
/// How many elements that take no bytes one message may announce: a reader of hostile bytes must come to an end.
const MAX_EMPTY: usize = 1 << 16;
/// How many bytes of memory a byte of the message may reserve before the elements that need them were read.
const AHEAD: usize = 8;

/// Bytes that are not the value which was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    what: String,
    path: Vec<String>,
}

impl Malformed {
    /// Passes it on where there is no way to return it.
    #[cold]
    #[inline(never)]
    pub(crate) fn raise(self) -> ! {
        crate::fault::Fault::from(self).raise()
    }

    /// A reason in words.
    #[cold]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), path: Vec::new() }
    }

    /// A tag that no variant has.
    #[cold]
    pub fn tag(type_name: &str, tag: u32) -> Self {
        Self::new(format!("`{type_name}` has no variant number {tag}"))
    }

    /// A variant that this side does not know.
    #[cold]
    pub fn variant(type_name: &str, name: &str) -> Self {
        Self::new(format!("`{type_name}` has no variant `{name}`"))
    }

    /// A field that is not there and has no default.
    #[cold]
    pub fn missing(field: &str) -> Self {
        Self::new(format!("the field `{field}` is missing and has no default"))
    }

    /// The same, one step further out.
    #[cold]
    #[must_use]
    pub fn within(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().rev().enumerate() {
            f.write_str(if index == 0 { "at `" } else { "." })?;
            f.write_str(step)?;
        }
        if !self.path.is_empty() {
            f.write_str("`: ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for crate::fault::Fault {
    fn from(malformed: Malformed) -> Self {
        Self::new(crate::fault::FaultKind::Malformed, format!("{malformed}"))
    }
}

/// Reads values one after the other.
pub struct Decoder<'a> {
    rest: &'a [u8],
    objects: &'a [Object],
    origin: Origin<'a>,
    format: Format,
    depth: u32,
    /// Bytes of memory that lists may still reserve for elements that were announced.
    ahead: usize,
    /// Elements without bytes that may still be announced.
    empty: usize,
}

/// An integer of the named form.
enum Integer {
    Unsigned(u64),
    Signed(i64),
}

/// What a variant's name or number was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag<'a> {
    /// Compact: its number.
    Index(u32),
    /// Named, without a value.
    Unit(&'a str),
    /// Named, with a value that follows.
    Valued(&'a str),
}

impl<'a> Decoder<'a> {
    /// A reader over bytes, and the objects that they refer to.
    pub const fn new(format: Format, bytes: &'a [u8], objects: &'a [Object]) -> Self {
        let ahead = bytes.len().saturating_mul(AHEAD);
        Self { rest: bytes, objects, origin: Origin::UNKNOWN, format, depth: 0, ahead, empty: MAX_EMPTY }
    }

    /// The same, with the plugin that the bytes come from: what objects in them do wrong is that plugin's fault.
    #[must_use]
    pub const fn from_origin(mut self, origin: Origin<'a>) -> Self {
        self.origin = origin;
        self
    }

    /// Where the bytes come from.
    pub const fn origin(&self) -> Origin<'a> {
        self.origin
    }

    /// Whether everything was read.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            let left = match self.rest.len() {
                1 => "1 byte is left over".into(),
                count => format!("{count} bytes are left over"),
            };
            Err(Malformed::new(left))
        }
    }

    /// Whether values are found by name.
    pub fn named(&self) -> bool {
        self.format == Format::Named
    }

    /// Judges a number of elements that was announced: each takes a byte at least, but for those without fields in the
    /// compact form.
    fn announced(&mut self, count: usize, empty: bool) -> Result<usize, Malformed> {
        let free = empty && !self.named();
        let left = if free { self.empty } else { self.rest.len() };
        if count > left {
            let what = if free { "without bytes may follow" } else { "bytes are left" };
            let elements = if count == 1 { "element is" } else { "elements are" };
            return Err(Malformed::new(format!("{count} {elements} announced and {left} {what}")));
        }
        if free {
            self.empty -= count;
        }
        Ok(count)
    }

    /// Reads a list.
    pub(crate) fn elements<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = self.list()?;
        let count = self.announced(count, size_of::<T>() == 0)?;
        // What an unfinished list has reserved, no list inside it can reserve again.
        let reserved = count.saturating_mul(size_of::<T>()).min(self.ahead);
        self.ahead -= reserved;
        let mut items = Vec::with_capacity(reserved / size_of::<T>().max(1));
        for index in 0..count {
            items.push(self.within_index(index, &mut read)?);
        }
        self.ahead += reserved;
        Ok(items)
    }

    /// The number of entries of a map; `empty` where neither keys nor values have fields.
    pub(crate) fn entries(&mut self, empty: bool) -> Result<usize, Malformed> {
        let count = self.map()?;
        self.announced(count, empty)
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.short(count)),
        }
    }

    #[cold]
    #[inline(never)]
    fn short(&self, count: usize) -> Malformed {
        Malformed::new(format!("a value of length {count} is cut off after {}", self.rest.len()))
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, Malformed> {
        let (&byte, rest) = self.rest.split_first().ok_or_else(|| Malformed::new("it ends too early"))?;
        self.rest = rest;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| Malformed::new("it ends too early"))
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed::new("a number is longer than 64 bits"))
    }

    fn count(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.varint()?).map_err(|_| Malformed::new("a length is beyond this machine's"))
    }

    /// Reads one level further in.
    #[inline]
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Malformed>) -> Result<T, Malformed> {
        if self.depth == MAX_DEPTH {
            return Err(Malformed::new(format!("it is nested deeper than {MAX_DEPTH}")));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Reads a field's value, one level in.
    pub fn within<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        self.deeper(read).map_err(|malformed| malformed.within(field))
    }

    /// Reads an element's value, one level in.
    pub fn within_index<T>(
        &mut self,
        index: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        self.deeper(read).map_err(|malformed| malformed.within(index.to_string()))
    }

    #[cold]
    fn unexpected(&self, wanted: &str, code: u8) -> Malformed {
        Malformed::new(format!("{wanted} is expected and {} is there", describe(code)))
    }

    /// `nil` in the named form, nothing in the compact one.
    pub fn unit(&mut self) -> Result<(), Malformed> {
        if self.named() {
            match self.byte()? {
                0xc0 => {}
                code => return Err(self.unexpected("nil", code)),
            }
        }
        Ok(())
    }

    /// A truth value.
    pub fn bool(&mut self) -> Result<bool, Malformed> {
        match (self.format, self.byte()?) {
            (Format::Compact, 0) | (Format::Named, 0xc2) => Ok(false),
            (Format::Compact, 1) | (Format::Named, 0xc3) => Ok(true),
            (Format::Compact, other) => Err(Malformed::new(format!("a bool is 0 or 1 and {other} is there"))),
            (Format::Named, code) => Err(self.unexpected("a bool", code)),
        }
    }

    /// One byte as a number.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        if self.named() { narrow(self.unsigned()?, "u8") } else { self.byte() }
    }

    /// One signed byte as a number.
    pub fn i8(&mut self) -> Result<i8, Malformed> {
        if self.named() { narrow(self.signed()?, "i8") } else { Ok(self.byte()?.cast_signed()) }
    }

    /// An unsigned number of more than one byte, which must fit.
    pub fn uint<T: TryFrom<u64>>(&mut self) -> Result<T, Malformed> {
        let value = if self.named() { self.unsigned()? } else { self.varint()? };
        narrow(value, std::any::type_name::<T>())
    }

    /// A signed number of more than one byte, which must fit.
    pub fn int<T: TryFrom<i64>>(&mut self) -> Result<T, Malformed> {
        let value = if self.named() {
            self.signed()?
        } else {
            let value = self.varint()?;
            (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
        };
        narrow(value, std::any::type_name::<T>())
    }

    fn unsigned(&mut self) -> Result<u64, Malformed> {
        match self.number()? {
            Integer::Unsigned(value) => Ok(value),
            Integer::Signed(value) => {
                u64::try_from(value).map_err(|_| Malformed::new(format!("{value} is negative")))
            }
        }
    }

    fn signed(&mut self) -> Result<i64, Malformed> {
        match self.number()? {
            Integer::Unsigned(value) => {
                i64::try_from(value).map_err(|_| Malformed::new(format!("{value} is beyond an i64")))
            }
            Integer::Signed(value) => Ok(value),
        }
    }

    fn number(&mut self) -> Result<Integer, Malformed> {
        Ok(match self.byte()? {
            code @ 0..=0x7f => Integer::Unsigned(code.into()),
            code @ 0xe0..=0xff => Integer::Signed(code.cast_signed().into()),
            0xcc => Integer::Unsigned(self.byte()?.into()),
            0xcd => Integer::Unsigned(u16::from_be_bytes(self.array()?).into()),
            0xce => Integer::Unsigned(u32::from_be_bytes(self.array()?).into()),
            0xcf => Integer::Unsigned(u64::from_be_bytes(self.array()?)),
            0xd0 => Integer::Signed(i8::from_be_bytes(self.array()?).into()),
            0xd1 => Integer::Signed(i16::from_be_bytes(self.array()?).into()),
            0xd2 => Integer::Signed(i32::from_be_bytes(self.array()?).into()),
            0xd3 => Integer::Signed(i64::from_be_bytes(self.array()?)),
            code => return Err(self.unexpected("an integer", code)),
        })
    }

    /// A float of four bytes.
    pub fn f32(&mut self) -> Result<f32, Malformed> {
        if !self.named() {
            return Ok(f32::from_le_bytes(self.array()?));
        }
        match self.byte()? {
            0xca => Ok(f32::from_be_bytes(self.array()?)),
            code => Err(self.unexpected("an f32", code)),
        }
    }

    /// A float of eight bytes.
    pub fn f64(&mut self) -> Result<f64, Malformed> {
        if !self.named() {
            return Ok(f64::from_le_bytes(self.array()?));
        }
        match self.byte()? {
            0xcb => Ok(f64::from_be_bytes(self.array()?)),
            0xca => Ok(f32::from_be_bytes(self.array()?).into()),
            code => Err(self.unexpected("an f64", code)),
        }
    }

    /// A text, borrowed from the bytes.
    pub fn str(&mut self) -> Result<&'a str, Malformed> {
        let len = if self.named() {
            match self.byte()? {
                code @ 0xa0..=0xbf => (code & 31).into(),
                0xd9 => self.byte()?.into(),
                0xda => u16::from_be_bytes(self.array()?).into(),
                0xdb => u32::from_be_bytes(self.array()?) as usize,
                code => return Err(self.unexpected("a text", code)),
            }
        } else {
            self.count()?
        };
        std::str::from_utf8(self.take(len)?).map_err(|error| Malformed::new(format!("{error}")))
    }

    /// Bytes as one block, borrowed.
    pub fn blob(&mut self) -> Result<&'a [u8], Malformed> {
        let len = if self.named() {
            match self.byte()? {
                0xc4 => self.byte()?.into(),
                0xc5 => u16::from_be_bytes(self.array()?).into(),
                0xc6 => u32::from_be_bytes(self.array()?) as usize,
                code => return Err(self.unexpected("a block of bytes", code)),
            }
        } else {
            self.count()?
        };
        self.take(len)
    }

    /// The number of elements of a list.
    pub fn list(&mut self) -> Result<usize, Malformed> {
        if !self.named() {
            return self.count();
        }
        match self.byte()? {
            code @ 0x90..=0x9f => Ok((code & 15).into()),
            0xdc => Ok(u16::from_be_bytes(self.array()?).into()),
            0xdd => Ok(u32::from_be_bytes(self.array()?) as usize),
            code => Err(self.unexpected("a list", code)),
        }
    }

    /// Elements whose number both sides know.
    pub fn tuple(&mut self, count: usize) -> Result<(), Malformed> {
        if !self.named() {
            return Ok(());
        }
        match self.list()? {
            found if found == count => Ok(()),
            found => Err(Malformed::new(format!("{count} elements are expected and {found} are there"))),
        }
    }

    /// The number of entries of a map.
    pub fn map(&mut self) -> Result<usize, Malformed> {
        if !self.named() {
            return self.count();
        }
        match self.byte()? {
            code @ 0x80..=0x8f => Ok((code & 15).into()),
            0xde => Ok(u16::from_be_bytes(self.array()?).into()),
            0xdf => Ok(u32::from_be_bytes(self.array()?) as usize),
            code => Err(self.unexpected("a map", code)),
        }
    }

    /// Reads the fields of a struct: `read` is called with each field's place, and `None` for a name that is none of
    /// `names`, whose value is skipped.
    pub fn structure(
        &mut self,
        names: &[&str],
        mut read: impl FnMut(&mut Self, usize) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        if !self.named() {
            for (place, name) in names.iter().enumerate() {
                self.within(name, |from| read(from, place))?;
            }
            return Ok(());
        }
        // Most writers have the fields in this order, so each is first compared with the one after the last.
        let mut next = 0;
        for _ in 0..self.map()? {
            let name = self.str()?;
            let place = match names.get(next) {
                Some(known) if *known == name => Some(next),
                _ => names.iter().position(|known| *known == name),
            };
            match place {
                Some(place) => {
                    self.within(name, |from| read(from, place))?;
                    next = place + 1;
                }
                None => self.skip()?,
            }
        }
        Ok(())
    }

    /// Which variant follows.
    pub fn variant(&mut self) -> Result<Tag<'a>, Malformed> {
        if !self.named() {
            let tag = self.varint()?;
            return narrow(tag, "a variant's number").map(Tag::Index);
        }
        match self.rest.first() {
            Some(0x80..=0x8f | 0xde | 0xdf) => match self.map()? {
                1 => Ok(Tag::Valued(self.str()?)),
                count => Err(Malformed::new(format!("a variant is one entry and {count} are there"))),
            },
            _ => Ok(Tag::Unit(self.str()?)),
        }
    }

    /// Whether an option has a value, which then follows.
    pub fn option(&mut self, nullable: bool) -> Result<bool, Malformed> {
        if self.named() {
            if self.rest.first() == Some(&0xc0) {
                self.rest = &self.rest[1..];
                return Ok(false);
            }
            if nullable {
                self.tuple(1)?;
            }
            return Ok(true);
        }
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(Malformed::new(format!("an option is 0 or 1 and {other} is there"))),
        }
    }

    /// An object that the message refers to; it stays the message's.
    pub fn object(&mut self) -> Result<Object, Malformed> {
        let index: usize = self.uint()?;
        self.objects.get(index).copied().ok_or_else(|| {
            Malformed::new(format!("object {index} is named and {} are there", self.objects.len()))
        })
    }

    /// Passes over one value of the named form.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        let mut left = 1_u64;
        while left > 0 {
            left -= 1;
            let (bytes, values): (u64, u64) = match self.byte()? {
                0..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => (0, 0),
                code @ 0x80..=0x8f => (0, u64::from(code & 15) * 2),
                code @ 0x90..=0x9f => (0, (code & 15).into()),
                code @ 0xa0..=0xbf => ((code & 31).into(), 0),
                0xc4 | 0xd9 => (self.byte()?.into(), 0),
                0xc5 | 0xda => (u16::from_be_bytes(self.array()?).into(), 0),
                0xc6 | 0xdb => (u32::from_be_bytes(self.array()?).into(), 0),
                0xc7 => (u64::from(self.byte()?) + 1, 0),
                0xc8 => (u64::from(u16::from_be_bytes(self.array()?)) + 1, 0),
                0xc9 => (u64::from(u32::from_be_bytes(self.array()?)) + 1, 0),
                0xcc | 0xd0 => (1, 0),
                0xcd | 0xd1 | 0xd4 => (2, 0),
                0xd5 => (3, 0),
                0xca | 0xce | 0xd2 => (4, 0),
                0xd6 => (5, 0),
                0xcb | 0xcf | 0xd3 => (8, 0),
                0xd7 => (9, 0),
                0xd8 => (17, 0),
                0xdc => (0, u16::from_be_bytes(self.array()?).into()),
                0xdd => (0, u32::from_be_bytes(self.array()?).into()),
                0xde => (0, u64::from(u16::from_be_bytes(self.array()?)) * 2),
                0xdf => (0, u64::from(u32::from_be_bytes(self.array()?)) * 2),
                0xc1 => return Err(Malformed::new("the code 0xc1 is never used")),
            };
            self.take(usize::try_from(bytes).unwrap_or(usize::MAX))?;
            left += values;
        }
        Ok(())
    }
}

fn narrow<F: Copy + fmt::Display, T: TryFrom<F>>(value: F, name: &str) -> Result<T, Malformed> {
    T::try_from(value).map_err(|_| Malformed::new(format!("{value} does not fit {name}")))
}

fn describe(code: u8) -> &'static str {
    match code {
        0..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff => "an integer",
        0x80..=0x8f | 0xde | 0xdf => "a map",
        0x90..=0x9f | 0xdc | 0xdd => "a list",
        0xa0..=0xbf | 0xd9..=0xdb => "a text",
        0xc0 => "nil",
        0xc2 | 0xc3 => "a bool",
        0xc4..=0xc6 => "a block of bytes",
        0xca | 0xcb => "a float",
        _ => "an extension",
    }
}
