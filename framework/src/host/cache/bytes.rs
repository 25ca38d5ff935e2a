//! The cache's form of numbers and texts, and the checksum over it.
//!
//! Everything is little-endian; a count or a length is a LEB128 number. What is read was checked as a whole before, so a
//! reader only says that something is missing, and never reserves more than there are bytes.

/// Appends values.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes a part, with its length before it.
    pub(super) fn part(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        write(self);
        let length = u32::try_from(self.0.len() - start - 4).unwrap_or(u32::MAX);
        self.0[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
}

/// Reads them again. `None` is damage.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn raw(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
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

    /// A number of things, each of which takes a byte at least.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.raw(length)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(super) fn part(&mut self) -> Option<Reader<'a>> {
        let length = u32::from_le_bytes(self.array()?);
        self.raw(length as usize).map(Reader)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        writer.part(|part| part.text("a part"));
        writer.bytes(b"\xff");
        let bytes = writer.0;
        let read = |bytes| {
            let mut reader = Reader(bytes);
            let mut numbers = Vec::new();
            for _ in 0..6 {
                numbers.push(reader.number()?);
            }
            let text = reader.part()?.text()?.to_owned();
            let last = reader.bytes()?;
            reader.is_empty().then(|| (numbers, text, last.to_vec()))
        };
        let expected = (vec![0, 1, 127, 128, 1 << 35, u64::MAX], "a part".to_owned(), vec![0xff]);
        assert_eq!(read(&bytes), Some(expected));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(Reader(&[0xff; 11]).number(), None, "a number without end");
        assert_eq!(Reader(&[9, 1]).count(), None, "more things than bytes");
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
