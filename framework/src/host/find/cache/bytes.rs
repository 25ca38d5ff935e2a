//! The cache's form of numbers and texts, and the checksum over it.
//!
//! Everything is little-endian; a count or a length is a LEB128 number. What is read was checked as a whole before, so a
//! reader only says that something is missing, and never reserves more than there are bytes.

/// Appends values. Texts go beside the rest, so that they can be checked in one piece when they are read.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    texts: String,
}

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Bytes with their number before them.
    pub(super) fn part(&mut self, bytes: &[u8]) {
        self.raw(&length(bytes).to_le_bytes());
        self.raw(bytes);
    }

    /// A text; inside [`block`](Self::block) alone.
    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.texts.push_str(text);
    }

    /// Values among which there are texts.
    pub(super) fn block<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let mut inner = Self::default();
        let outcome = write(&mut inner);
        self.part(&inner.bytes);
        self.part(inner.texts.as_bytes());
        outcome
    }
}

/// No part of a cache is longer than a file may be.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// Reads them again. `None` is damage.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    texts: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, texts: "" }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn raw(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn part(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_le_bytes(self.array()?);
        self.raw(length as usize)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, texts) = self.texts.split_at_checked(length)?;
        self.texts = texts;
        Some(text)
    }

    pub(super) fn block(&mut self) -> Option<Self> {
        Some(Self { rest: self.part()?, texts: std::str::from_utf8(self.part()?).ok()? })
    }

    /// A list: a number of things, each of which takes a byte at least. Room is made for a few; more is made as they
    /// come.
    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = usize::try_from(self.number()?).ok().filter(|count| *count <= self.rest.len())?;
        let mut items = Vec::with_capacity(count.min(4));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Some(items)
    }
}

/// A checksum against damage; against malice the file's owner and mode stand.
///
/// Each step maps the state one to one, so that two inputs of one length that differ inside a single word never have the
/// same sum: no flipped bit, byte or word goes unseen. Four lanes, because a multiplication waits for the one before it.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |state: u64, word: u64| (state ^ word).wrapping_mul(ODD).rotate_left(29);
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    let mut lanes = [1, 2, 3, 4];
    let mut blocks = bytes.chunks_exact(32);
    for block in &mut blocks {
        for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(8)) {
            *lane = step(*lane, word(bytes));
        }
    }
    let start = step(bytes.len() as u64, ODD);
    let sum = blocks.remainder().chunks(8).map(word).fold(start, step);
    let sum = lanes.into_iter().fold(sum, step);
    sum ^ (sum >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_less_of_it_is_not() {
        let mut writer = Writer::default();
        for number in [0, 1, 127, 128, 1 << 35, u64::MAX] {
            writer.number(number);
        }
        writer.block(|to| {
            to.text("a text, ");
            to.byte(7);
            to.text("and ümlauts");
        });
        writer.part(b"\xff");
        let bytes = writer.bytes;
        let read = |bytes| {
            let mut reader = Reader::new(bytes);
            let mut numbers = Vec::new();
            for _ in 0..6 {
                numbers.push(reader.number()?);
            }
            let mut block = reader.block()?;
            let text = format!("{}{}{}", block.text()?, block.byte()?, block.text()?);
            let last = reader.part()?;
            (reader.left() == 0).then(|| (numbers, text, last.to_vec()))
        };
        let expected =
            (vec![0, 1, 127, 128, 1 << 35, u64::MAX], "a text, 7and ümlauts".to_owned(), vec![0xff]);
        assert_eq!(read(&bytes), Some(expected));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(Reader::new(&[0xff; 11]).number(), None, "a number without end");
        assert_eq!(Reader::new(&[9, 1]).list(Reader::byte), None, "more things than bytes");
        let cut = [1, 0, 0, 0, 1, 2, 0, 0, 0, 0xc3, 0xbc];
        assert_eq!(Reader::new(&cut).block().unwrap().text(), None, "half a character");
    }

    #[test]
    fn no_flipped_bit_and_no_cut_leaves_the_checksum_as_it_was() {
        let mut bytes: Vec<u8> = (0..203_u32).map(|n| (n * n) as u8).collect();
        let whole = checksum(&bytes);
        let mut tried = 0;
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(checksum(&bytes), whole, "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
            tried += 1;
        }
        for length in 0..bytes.len() {
            assert_ne!(checksum(&bytes[..length]), whole, "{length} bytes");
            tried += 1;
        }
        assert_eq!(tried, 203 * 9);
    }
}
