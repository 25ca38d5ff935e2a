//! The link section that carries what a binary says of itself, readable without loading it.
//!
//! **Shape:** ELF notes, one after the other, in the section [`SECTION`]: `u32` length of the owner name (7), `u32`
//! length of the text, `u32` kind ([`KIND_BUILD`] or [`KIND_MANIFEST`]), the owner `Keyway\0` padded to 8 bytes, the
//! text (JSON in UTF-8) padded with zeros to a multiple of 4. All numbers in the target's byte order. On Mach-O and PE
//! the same records stand in a section of their own; a linker may leave zero words between them.
//!
//! **Source:** System V ABI, chapter 5, "Note Section".

/// The section's name on the target platform.
pub const SECTION: &str = if cfg!(target_vendor = "apple") {
    "__DATA,__keyway"
} else if cfg!(windows) {
    ".keyway"
} else {
    ".note.keyway"
};

/// The owner name, with its terminating zero.
pub const OWNER: [u8; 7] = *b"Keyway\0";

/// A note about the build: one a binary, from the framework itself.
pub const KIND_BUILD: u32 = 1;

/// A note that is a plugin's manifest: one a plugin.
pub const KIND_MANIFEST: u32 = 2;

/// The longest text that a note may have, in bytes: a reader refuses more.
pub const MAX_TEXT: usize = 1 << 20;

/// One note, as it lies in the section. `N` is the padded length of the text.
#[repr(C, align(4))]
#[derive(Debug)]
pub struct Note<const N: usize> {
    owner_len: u32,
    text_len: u32,
    kind: u32,
    owner: [u8; 8],
    text: [u8; N],
}

impl<const N: usize> Note<N> {
    /// Joins the pieces of a text into a note, at compile time.
    ///
    /// **Panics:** (at compile time) when `N` is not [`padded`] of the pieces' length.
    pub const fn new(kind: u32, pieces: &[&str]) -> Self {
        let length = length(pieces);
        assert!(N == padded(length), "the note's array has not the length of its text");
        let mut text = [0; N];
        let (mut piece, mut at) = (0, 0);
        while piece < pieces.len() {
            let bytes = pieces[piece].as_bytes();
            let mut i = 0;
            while i < bytes.len() {
                text[at] = bytes[i];
                at += 1;
                i += 1;
            }
            piece += 1;
        }
        let [a, b, c, d, e, f, g] = OWNER;
        Self { owner_len: 7, text_len: length as u32, kind, owner: [a, b, c, d, e, f, g, 0], text }
    }

    /// The text, without its padding.
    pub const fn text(&self) -> &str {
        let (text, _) = self.text.split_at(self.text_len as usize);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// How many bytes the pieces have together.
pub const fn length(pieces: &[&str]) -> usize {
    let (mut piece, mut sum) = (0, 0);
    while piece < pieces.len() {
        sum += pieces[piece].len();
        piece += 1;
    }
    sum
}

/// The next multiple of 4.
pub const fn padded(length: usize) -> usize {
    length.div_ceil(4) * 4
}

/// What a binary says of its build; the text of a [`KIND_BUILD`] note.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BuildRecord {
    /// `major.minor` of the C ABI that it speaks.
    pub abi: String,
    /// The target triple.
    pub target: String,
    /// What `rustc --version` said; other languages name their compiler.
    pub rustc: String,
    /// `unwind` or `abort`.
    pub panic: String,
    /// The version of the framework.
    pub framework: String,
}
