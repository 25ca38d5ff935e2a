//! Damage done to real object files, one piece at a time: every truncation, every header field at its edges, random
//! mutants from a fixed seed. What reads object files is fed with it; `tests/malformed.rs` is the example.
//!
//! To use it elsewhere: `#[path = "…/dylib-bridge/tests/malformed/corpus.rs"] mod corpus;`

#![allow(dead_code, reason = "no user needs every part")]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// One damaged file, as what differs from the original.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Which part of the file was damaged.
    pub(crate) group: &'static str,
    /// What was done, for a person who wants to see it again.
    pub(crate) name: String,
    /// Bytes that were replaced.
    pub(crate) edits: Vec<(usize, Vec<u8>)>,
}

impl Case {
    fn one(group: &'static str, name: String, at: usize, bytes: &[u8]) -> Self {
        Self { group, name, edits: vec![(at, bytes.to_vec())] }
    }
}

/// A copy of an original on the disk, damaged and mended again for each case.
pub(crate) struct Patient {
    original: Vec<u8>,
    path: PathBuf,
    file: File,
}

impl Patient {
    pub(crate) fn new(original: &[u8], path: &Path) -> Self {
        fs::write(path, original).expect("a copy");
        let file = OpenOptions::new().read(true).write(true).open(path).expect("the copy");
        Self { original: original.to_vec(), path: path.into(), file }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Shows the damaged file.
    pub(crate) fn with<T>(&self, case: &Case, show: impl FnOnce(&Path) -> T) -> T {
        for (at, bytes) in &case.edits {
            self.file.write_all_at(bytes, *at as u64).expect("damage");
        }
        let seen = show(&self.path);
        for (at, bytes) in &case.edits {
            let whole = &self.original[*at..*at + bytes.len()];
            self.file.write_all_at(whole, *at as u64).expect("repair");
        }
        seen
    }

    /// Shows the file cut at each of its lengths, from the longest to nothing.
    pub(crate) fn truncated(&self, mut show: impl FnMut(usize, &Path)) {
        for length in (0..self.original.len()).rev() {
            self.file.set_len(length as u64).expect("a cut");
            show(length, &self.path);
        }
        self.file.write_all_at(&self.original, 0).expect("repair");
    }
}

/// Fields of one table entry: name, offset, width in bytes.
type Fields = &'static [(&'static str, usize, usize)];

const ELF_HEADER: Fields = &[
    ("type", 16, 2),
    ("machine", 18, 2),
    ("version", 20, 4),
    ("entry", 24, 8),
    ("phoff", 32, 8),
    ("shoff", 40, 8),
    ("flags", 48, 4),
    ("ehsize", 52, 2),
    ("phentsize", 54, 2),
    ("phnum", 56, 2),
    ("shentsize", 58, 2),
    ("shnum", 60, 2),
    ("shstrndx", 62, 2),
];

const PROGRAM_HEADER: Fields = &[
    ("type", 0, 4),
    ("flags", 4, 4),
    ("offset", 8, 8),
    ("vaddr", 16, 8),
    ("paddr", 24, 8),
    ("filesz", 32, 8),
    ("memsz", 40, 8),
    ("align", 48, 8),
];

const SECTION_HEADER: Fields = &[
    ("name", 0, 4),
    ("type", 4, 4),
    ("flags", 8, 8),
    ("addr", 16, 8),
    ("offset", 24, 8),
    ("size", 32, 8),
    ("link", 40, 4),
    ("info", 44, 4),
    ("addralign", 48, 8),
    ("entsize", 56, 8),
];

const NOTE_HEADER: Fields = &[("owner length", 0, 4), ("text length", 4, 4), ("kind", 8, 4)];

/// Every field of every header of a 64-bit little-endian ELF file at its edges, and tables that lie over each other.
pub(crate) fn elf64_headers(original: &[u8]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (at, whole) in original[..16].iter().enumerate() {
        for value in 0..=255_u8 {
            if *whole != value {
                cases.push(Case::one("ident", format!("byte {at} = {value}"), at, &[value]));
            }
        }
    }
    edges(original, "elf header", "elf header", 0, ELF_HEADER, &mut cases);
    let (phoff, phnum) = (number(original, 32, 8) as usize, number(original, 56, 2) as usize);
    for i in 0..phnum {
        let at = phoff + i * 56;
        edges(original, "program header", &format!("program header {i}"), at, PROGRAM_HEADER, &mut cases);
        for j in (0..phnum).filter(|j| *j != i) {
            let name = format!("program header {i} in the place of {j}");
            cases.push(Case::one("overlap", name, phoff + j * 56, &original[at..at + 56]));
        }
    }
    let (shoff, shnum) = (number(original, 40, 8) as usize, number(original, 60, 2) as usize);
    for i in 0..shnum {
        let at = shoff + i * 64;
        edges(original, "section header", &format!("section header {i}"), at, SECTION_HEADER, &mut cases);
        let next = shoff + (i + 1) % shnum * 64;
        let name = format!("section header {i} in the place of the next");
        cases.push(Case::one("overlap", name, next, &original[at..at + 64]));
    }
    cases
}

/// Every number of every note of ours at its edges, and texts that are no UTF-8 and no JSON.
pub(crate) fn notes(original: &[u8]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (i, at) in note_offsets(original).into_iter().enumerate() {
        edges(original, "note header", &format!("note {i}"), at, NOTE_HEADER, &mut cases);
        let length = number(original, at + 4, 4) as usize;
        for byte in at + 20..at + 20 + length {
            for bad in [0xff, 0xc0, 0] {
                cases.push(Case::one("note utf-8", format!("note {i} byte {byte} = {bad}"), byte, &[bad]));
            }
        }
        for byte in [at + 20, at + 20 + length - 1] {
            for bad in [b'[', b'"', b' ', b'x'] {
                cases.push(Case::one("note json", format!("note {i} byte {byte} = {bad}"), byte, &[bad]));
            }
        }
    }
    cases
}

/// Every byte of every owner: such a note is somebody else's.
pub(crate) fn owners(original: &[u8]) -> Vec<Case> {
    let bytes = note_offsets(original)
        .into_iter()
        .enumerate()
        .flat_map(|(i, at)| (0..7).map(move |j| (i, at + 12 + j)));
    bytes.map(|(i, at)| Case::one("owner", format!("note {i}, byte {at}"), at, &[original[at] ^ 1])).collect()
}

/// Every byte at the start of a file of any format, at its edges: the headers of Mach-O and PE.
pub(crate) fn first_bytes(original: &[u8], count: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for at in 0..count.min(original.len()) {
        for value in [0, 1, 0x7f, 0x80, 0xff, original[at] ^ 1, original[at].wrapping_add(1)] {
            if value != original[at] {
                cases.push(Case::one("first bytes", format!("byte {at} = {value}"), at, &[value]));
            }
        }
        if at % 4 == 0 && at + 4 <= original.len() {
            for value in [u32::MAX, original.len() as u32, original.len() as u32 + 1, i32::MAX as u32] {
                let name = format!("word {at} = {value}");
                cases.push(Case::one("first bytes", name, at, &value.to_le_bytes()));
            }
        }
    }
    cases
}

/// Random damage, the same for the same seed: one to sixteen places, most of them in headers and notes.
pub(crate) fn random(original: &[u8], seed: u64, count: usize) -> Vec<Case> {
    let mut random = Random(seed | 1);
    let mut hot = vec![(0, original.len().min(4096)), (original.len().saturating_sub(4096), original.len())];
    hot.extend(note_offsets(original).into_iter().map(|at| (at, (at + 256).min(original.len()))));
    let one = |i| {
        let edits = (0..=random.below(16)).map(|_| {
            let (start, end) =
                if random.below(8) == 0 { (0, original.len()) } else { hot[random.below(hot.len())] };
            let at = start + random.below(end - start);
            let room = original.len() - at;
            let bytes = match random.below(5) {
                0 => vec![original[at] ^ (1 << random.below(8))],
                1 => vec![random.next() as u8],
                2 => random.next().to_le_bytes()[..room.min(8)].to_vec(),
                3 => {
                    let edges = [0, 1, u64::MAX, u64::from(u32::MAX), original.len() as u64, 1 << 63];
                    edges[random.below(edges.len())].to_le_bytes()[..room.min(8)].to_vec()
                }
                _ => {
                    let from = random.below(original.len());
                    let length = (1 + random.below(64)).min(room).min(original.len() - from);
                    original[from..from + length].to_vec()
                }
            };
            (at, bytes)
        });
        Case { group: "random", name: format!("seed {seed}, mutant {i}"), edits: edits.collect() }
    };
    (0..count).map(one).collect()
}

/// Where notes of ours begin.
pub(crate) fn note_offsets(original: &[u8]) -> Vec<usize> {
    let found = original.windows(8).enumerate().filter(|(_, window)| *window == b"Keyway\0\0");
    let headers = found.filter_map(|(at, _)| at.checked_sub(12));
    headers.filter(|at| number(original, *at, 4) == 7).collect()
}

fn edges(
    original: &[u8],
    group: &'static str,
    entry: &str,
    base: usize,
    fields: Fields,
    cases: &mut Vec<Case>,
) {
    let length = original.len() as u64;
    for (field, offset, width) in fields {
        let at = base + offset;
        let whole = number(original, at, *width);
        let max = u64::MAX >> (64 - 8 * width);
        let mut values = vec![0, 1, 2, 3, 4, 7, 8, max, max - 1, max / 2, max / 2 + 1];
        values.extend([whole.wrapping_sub(1), whole.wrapping_add(1), whole << 1, whole >> 1]);
        values.extend([length, length - 1, length + 1, length.wrapping_sub(whole), 0u64.wrapping_sub(whole)]);
        values.iter_mut().for_each(|value| *value &= max);
        values.sort_unstable();
        values.dedup();
        for value in values.into_iter().filter(|value| *value != whole) {
            let name = format!("{entry}: {field} = {value:#x}, was {whole:#x}");
            cases.push(Case::one(group, name, at, &value.to_le_bytes()[..*width]));
        }
    }
}

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let mut number = [0; 8];
    number[..width].copy_from_slice(&bytes[at..at + width]);
    u64::from_le_bytes(number)
}

/// xorshift64*: the same numbers everywhere and for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit.max(1)
    }
}
