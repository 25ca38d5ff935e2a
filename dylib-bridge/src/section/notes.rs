//! A run of notes: from bytes to a build record and manifests.

use std::collections::BTreeMap;

use keyway::id::PluginId;
use keyway::manifest::Manifest;
use keyway::note::{BuildRecord, KIND_BUILD, KIND_MANIFEST, MAX_TEXT, OWNER};

use super::source::Source;
use super::{ABI_MAJOR, Format, MAX_NOTES, NoteProblem, SectionError};

/// Bytes of a note before its owner's name: three numbers.
const HEADER: usize = 12;

/// Bytes of a note of ours before its text.
const TEXT: usize = HEADER + OWNER.len().next_multiple_of(4);

/// Whether a note begins here whose owner we are, whatever length it says that its owner's name has.
fn ours(bytes: &[u8]) -> bool {
    bytes.get(HEADER..).is_some_and(|owner| owner.starts_with(&OWNER))
}

/// What was found so far.
pub(super) struct Found<'s, 'f> {
    source: &'s Source<'f>,
    format: Format,
    build: Option<(u64, BuildRecord)>,
    manifests: BTreeMap<PluginId, (u64, Manifest)>,
    count: usize,
}

impl<'s, 'f> Found<'s, 'f> {
    pub(super) fn new(source: &'s Source<'f>, format: Format) -> Self {
        Self { source, format, build: None, manifests: BTreeMap::new(), count: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn finish(self) -> (Option<BuildRecord>, Vec<Manifest>) {
        let manifests = self.manifests.into_values().map(|(_, manifest)| manifest).collect();
        (self.build.map(|(_, build)| build), manifests)
    }

    /// Walks over the notes of everybody, and keeps ours. `align` is what others pad to: 4, or 8 in newer ELF.
    ///
    /// Ours are always padded to 4. Zero words between notes are what a linker puts there to align the next one.
    pub(super) fn walk(&mut self, offset: u64, bytes: &[u8], align: usize) -> Result<(), SectionError> {
        let mut at = 0;
        while bytes.len() - at >= 4 {
            let rest = &bytes[at..];
            let here = offset + at as u64;
            if rest[..4] == [0; 4] {
                if ours(rest) {
                    return Err(self.problem(here, NoteProblem::Owner { found: 0 }));
                }
                at += 4;
                continue;
            }
            if rest.len() < HEADER {
                let found = format!("the last {} bytes", rest.len());
                return Err(self.source.malformed("a note's header", here, found, "12 bytes long"));
            }
            let [owner_len, text_len, kind] = [0, 4, 8].map(|field| self.number(rest, field));
            let owner = rest[HEADER..].get(..owner_len as usize);
            if ours(rest) && owner_len == OWNER.len() as u32 {
                self.count += 1;
                self.keep(here, kind, text_len, &rest[TEXT.min(rest.len())..])?;
                at += (TEXT + text_len as usize).next_multiple_of(4).min(rest.len());
                continue;
            }
            if ours(rest) || owner == Some(b"Keyway") {
                return Err(self.problem(here, NoteProblem::Owner { found: owner_len }));
            }
            let length = u64::from(owner_len)
                .checked_add(HEADER as u64)
                .map(|end| end.next_multiple_of(align as u64) + u64::from(text_len))
                .filter(|length| *length <= rest.len() as u64);
            let Some(length) = length else {
                let found = format!("one with {owner_len} bytes of owner and {text_len} of text");
                let expected = format!("inside the {} bytes that are left of its section", rest.len());
                return Err(self.source.malformed("a note", here, found, expected));
            };
            // A damaged length would hide what comes next.
            let length = (length as usize).next_multiple_of(align).min(rest.len());
            if let Some(inside) = (4..length).step_by(4).find(|inside| ours(&rest[*inside..])) {
                let found = format!("one with a note of ours inside, at byte {}", here + inside as u64);
                return Err(self.source.malformed("a note", here, found, "apart from it"));
            }
            at += length;
        }
        Ok(())
    }

    fn keep(&mut self, here: u64, kind: u32, text_len: u32, rest: &[u8]) -> Result<(), SectionError> {
        let limit = rest.len().min(MAX_TEXT);
        let text = match rest.get(..text_len as usize) {
            Some(text) if text.len() <= limit => text,
            _ => {
                let (found, limit) = (u64::from(text_len), limit as u64);
                return Err(self.problem(here, NoteProblem::Length { found, limit }));
            }
        };
        if self.count > MAX_NOTES {
            return Err(self.problem(here, NoteProblem::TooMany));
        }
        if kind != KIND_BUILD && kind != KIND_MANIFEST {
            return Err(self.problem(here, NoteProblem::Kind { found: kind }));
        }
        let text = std::str::from_utf8(text)
            .map_err(|error| self.problem(here, NoteProblem::Utf8 { valid: error.valid_up_to() }))?;
        if kind == KIND_BUILD { self.keep_build(here, text) } else { self.keep_manifest(here, text) }
    }

    fn keep_build(&mut self, here: u64, text: &str) -> Result<(), SectionError> {
        let build: BuildRecord =
            serde_json::from_str(text).map_err(|source| self.not_json(here, "build record", source))?;
        let major = build.abi.split_once('.').and_then(|(major, minor)| {
            minor.parse::<u16>().ok()?;
            major.parse::<u16>().ok()
        });
        if major != Some(ABI_MAJOR) {
            return Err(self.problem(here, NoteProblem::Abi { found: build.abi }));
        }
        if let Some((first, _)) = self.build {
            return Err(self.problem(here, NoteProblem::TwoBuilds { first }));
        }
        self.build = Some((here, build));
        Ok(())
    }

    fn keep_manifest(&mut self, here: u64, text: &str) -> Result<(), SectionError> {
        let manifest = Manifest::from_json(text).map_err(|source| self.not_json(here, "manifest", source))?;
        if let Some((first, _)) = self.manifests.get(&manifest.id) {
            return Err(self.problem(here, NoteProblem::Duplicate { id: manifest.id, first: *first }));
        }
        self.manifests.insert(manifest.id.clone(), (here, manifest));
        Ok(())
    }

    fn number(&self, bytes: &[u8], at: usize) -> u32 {
        let number = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        if self.format.big_endian { u32::from_be_bytes(number) } else { u32::from_le_bytes(number) }
    }

    fn not_json(&self, offset: u64, what: &'static str, source: serde_json::Error) -> SectionError {
        let (path, format) = (self.source.path().into(), self.format);
        SectionError::Note { path, format, offset, problem: NoteProblem::Json { what }, source: Some(source) }
    }

    fn problem(&self, offset: u64, problem: NoteProblem) -> SectionError {
        let (path, format) = (self.source.path().into(), self.format);
        SectionError::Note { path, format, offset, problem, source: None }
    }
}
