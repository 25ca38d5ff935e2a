//! Bytes that nobody sent in good faith: the answer is a value or a reason, soon, and within bounds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use keyway::wire::{Format, MAX_DEPTH};
use keyway::{Bytes, Wire};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::counting::most;
use super::values::{Choice, Empty, Record, Tree, decode, encode, record, tree};

const FORMATS: [Format; 2] = [Format::Compact, Format::Named];

/// How much memory a byte of a message may cost: an element of one byte may be a struct of many, and vectors double.
const PER_BYTE: usize = 128;
/// What a reason in words may cost.
const AT_LEAST: usize = 8192;

#[derive(Default)]
struct Tally {
    read: usize,
    refused: usize,
    most_per_byte: usize,
}

impl Tally {
    fn read<T: Wire>(&mut self, bytes: &[u8], format: Format) -> bool {
        let (value, most) = most(|| decode::<T>(bytes, format));
        assert!(
            most <= AT_LEAST + PER_BYTE * bytes.len(),
            "{} of {} bytes took {most}: {:02x?}",
            std::any::type_name::<T>(),
            bytes.len(),
            &bytes[..bytes.len().min(64)]
        );
        self.most_per_byte = self.most_per_byte.max(most.saturating_sub(AT_LEAST) / bytes.len().max(1));
        match value {
            Ok(value) => {
                // Whatever was read is a value: it can be written, and read again.
                assert!(decode::<T>(&encode(&value, format), format).is_ok());
                self.read += 1;
                true
            }
            Err(malformed) => {
                assert!(!malformed.to_string().is_empty());
                self.refused += 1;
                false
            }
        }
    }

    fn every_type(&mut self, bytes: &[u8], format: Format) {
        self.read::<Record>(bytes, format);
        self.read::<Choice>(bytes, format);
        self.read::<Tree>(bytes, format);
        self.read::<Vec<Tree>>(bytes, format);
        self.read::<Vec<()>>(bytes, format);
        self.read::<Vec<Vec<Empty>>>(bytes, format);
        self.read::<BTreeMap<Empty, ()>>(bytes, format);
        self.read::<BTreeMap<String, Vec<u64>>>(bytes, format);
        self.read::<Vec<(String, Option<Option<u8>>)>>(bytes, format);
        self.read::<Bytes>(bytes, format);
        self.read::<(u64, i8, char, f64)>(bytes, format);
    }

    fn print(&self, what: &str) {
        let Self { read, refused, most_per_byte } = self;
        println!("{what}: {read} read, {refused} refused, at most {most_per_byte} bytes of memory a byte");
    }
}

/// Numbers that only look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

fn samples<T>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

#[test]
fn random_bytes_are_read_or_refused() {
    let (mut dice, mut tally) = (Dice(0x2545_f491_4f6c_dd1d), Tally::default());
    // Headers of lists and maps, so that many get further in than their first byte.
    const LIKELY: [u8; 12] = [0x00, 0x01, 0x02, 0x80, 0x81, 0x90, 0x91, 0x9f, 0xa1, 0xc0, 0xdd, 0xff];
    for round in 0..3_000 {
        let bytes: Vec<u8> = (0..dice.below(300))
            .map(|_| {
                if round % 2 == 0 || dice.below(2) == 0 { dice.next() as u8 } else { LIKELY[dice.below(12)] }
            })
            .collect();
        FORMATS.into_iter().for_each(|format| tally.every_type(&bytes, format));
    }
    tally.print("random bytes");
}

#[test]
fn a_message_cut_short_at_any_length_is_refused() {
    let mut tally = Tally::default();
    for value in samples(record(), 12) {
        for format in FORMATS {
            let bytes = encode(&value, format);
            for len in 0..bytes.len() {
                assert!(!tally.read::<Record>(&bytes[..len], format), "{len} of {} bytes", bytes.len());
            }
            let longer = [&bytes[..], &[0]].concat();
            assert!(!tally.read::<Record>(&longer, format), "a byte is left over");
        }
    }
    tally.print("messages cut short");
}

#[test]
fn a_message_with_flipped_bits_is_read_or_refused() {
    let (mut dice, mut tally) = (Dice(7), Tally::default());
    for value in samples(record(), 4) {
        for format in FORMATS {
            let whole = encode(&value, format);
            for bit in 0..(whole.len() * 8).min(4_000) {
                let mut bytes = whole.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                tally.read::<Record>(&bytes, format);
                for _ in 0..dice.below(3) {
                    let at = dice.below(bytes.len());
                    bytes[at] = dice.next() as u8;
                }
                tally.read::<Record>(&bytes, format);
            }
        }
    }
    for value in samples(tree(), 30) {
        for format in FORMATS {
            let whole = encode(&value, format);
            for at in 0..whole.len().min(400) {
                for byte in [0x00, 0x7f, 0x80, 0x9f, 0xdd, 0xdf, 0xff] {
                    let mut bytes = whole.clone();
                    bytes[at] = byte;
                    tally.read::<Tree>(&bytes, format);
                }
            }
        }
    }
    tally.print("messages with flipped bits");
}

#[test]
fn a_length_beyond_the_message_reserves_nothing_for_it() {
    let mut tally = Tally::default();
    let begun = Instant::now();
    let mut heads: Vec<Vec<u8>> = vec![
        vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        vec![0xff, 0xff, 0xff, 0xff, 0x0f],
        vec![0x80, 0x80, 0x40],
    ];
    for code in [0xc5_u8, 0xc6, 0xc9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf] {
        heads.push(vec![code, 0xff, 0xff, 0xff, 0xff]);
        heads.push(vec![code, 0x00, 0x10, 0x00, 0x00]);
    }
    for head in &heads {
        for times in [1, 2, 50, 1_000] {
            for fill in [0x00, 0x01, 0x90, 0xc0] {
                let mut bytes = head.repeat(times);
                bytes.extend(std::iter::repeat_n(fill, 2_000));
                FORMATS.into_iter().for_each(|format| tally.every_type(&bytes, format));
            }
        }
    }
    tally.print("impossible lengths");
    assert!(begun.elapsed() < Duration::from_secs(60), "a length is believed");
}

#[test]
fn every_list_of_a_deep_chain_that_claims_too_much_shares_one_reserve() {
    // Each node says that it has as many children as there are bytes left, and has one.
    let mut bytes = Vec::new();
    for _ in 0..MAX_DEPTH {
        bytes.extend([1, 0xe8, 0x07]);
    }
    bytes.extend([0; 1_000]);
    let mut tally = Tally::default();
    assert!(!tally.read::<Tree>(&bytes, Format::Compact));
    tally.print("a chain of claims");
}

#[test]
fn elements_without_bytes_come_to_an_end() {
    let begun = Instant::now();
    // A thousand lists, each of sixteen thousand elements that take no bytes.
    let mut bytes = vec![0xe8, 0x07];
    bytes.extend([0x80, 0x80, 0x01].repeat(1_000));
    let refused = decode::<Vec<Vec<()>>>(&bytes, Format::Compact).expect_err("it is refused");
    assert!(refused.to_string().contains("without bytes"), "{refused}");
    assert!(decode::<Vec<Empty>>(&[0xff; 9], Format::Compact).is_err());
    assert_eq!(decode::<Vec<()>>(&[5], Format::Compact).as_deref(), Ok(&[(); 5][..]));
    assert!(begun.elapsed() < Duration::from_secs(20), "a length is believed");
}

fn chain(nodes: usize) -> Tree {
    (1..nodes)
        .fold(Tree { value: 0, children: Vec::new() }, |inner, _| Tree { value: 1, children: vec![inner] })
}

#[test]
fn values_nested_too_deep_are_refused_and_not_a_step_earlier() {
    // A field and a place in a list are a step each; the last node takes one for its own fields.
    let deepest = MAX_DEPTH as usize / 2;
    for format in FORMATS {
        assert!(decode::<Tree>(&encode(&chain(deepest), format), format).is_ok());
        let refused =
            decode::<Tree>(&encode(&chain(deepest + 1), format), format).expect_err("it is refused");
        assert!(refused.to_string().contains("nested deeper than 128"), "{refused}");
        assert!(decode::<Tree>(&encode(&chain(3_000), format), format).is_err());
    }
    // Lists in lists in an unknown field are passed over, however deep they are.
    let mut bytes = vec![0x83, 0xa5];
    bytes.extend(b"value");
    bytes.push(1);
    bytes.extend([0xa4, b'm', b'o', b'r', b'e']);
    bytes.extend(std::iter::repeat_n(0x91, 100_000));
    bytes.push(0xc0);
    bytes.push(0xa8);
    bytes.extend(b"children");
    bytes.push(0x90);
    assert_eq!(decode::<Tree>(&bytes, Format::Named), Ok(chain(1)).map(|tree| Tree { value: 1, ..tree }));
}
