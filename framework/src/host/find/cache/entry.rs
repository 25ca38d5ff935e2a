//! Listings and their entries in the cache: what each was when it was looked at, and what was said of it.
//!
//! **Shape:** a listing is the folder's stamp, whether it is beyond doubt, and its entries by name. An entry is its length,
//! its name, and one of: *unsettled*, to be looked at again; *settled*, with the witnesses that have to be as they were
//! and the answers that hold then; or the listing of a folder in between.

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::discovery::Checked;
use super::super::stamp::Stamp;
use super::bytes::{Reader, Writer};
use super::manifest::Memory;
use super::{manifest, problem};
use crate::host::loader::{Artifact, Problem};

/// A stamp as it stands in the cache, and as it is compared.
pub(in crate::host) type Sealed = [u8; 48];

pub(in crate::host) fn seal(stamp: &Stamp) -> Sealed {
    let Stamp { size, modified, changed, inode, device } = stamp;
    let words = [
        *size,
        modified.0.cast_unsigned(),
        changed.0.cast_unsigned(),
        u64::from(modified.1) | u64::from(changed.1) << 32,
        *inode,
        *device,
    ];
    let mut sealed = [0; 48];
    for (place, word) in sealed.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    sealed
}

/// A part of the cache's bytes.
pub(in crate::host) type Span = Range<usize>;

/// What a folder held.
pub(in crate::host) struct Listing {
    pub(in crate::host) stamp: Sealed,
    /// The stamp would tell whether an entry came or went since.
    pub(in crate::host) settled: bool,
    pub(in crate::host) count: u32,
    pub(in crate::host) entries: Span,
}

impl Listing {
    pub(in crate::host) fn read(bytes: &[u8], span: Span) -> Option<Self> {
        let mut reader = Reader::new(bytes.get(span.clone())?);
        let stamp = reader.array()?;
        let settled = reader.byte()? == 1;
        let count = u32::from_le_bytes(reader.array()?);
        Some(Self { stamp, settled, count, entries: span.end - reader.left()..span.end })
    }

    pub(in crate::host) fn write(stamp: &Stamp, settled: bool, count: u32, entries: &[u8]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.raw(&seal(stamp));
        writer.byte(settled.into());
        writer.raw(&count.to_le_bytes());
        writer.raw(entries);
        writer.bytes
    }
}

/// What stood in a folder under one name.
pub(in crate::host) struct Entry<'a> {
    /// All of it, to be taken over as it is.
    pub(in crate::host) whole: Span,
    pub(in crate::host) name: &'a [u8],
    pub(in crate::host) body: Body<'a>,
}

pub(in crate::host) enum Body<'a> {
    Unsettled,
    Settled(Settled<'a>),
    /// A folder in between.
    Listing(Span),
}

const UNSETTLED: u8 = 0;
const SETTLED: u8 = 1;
const LISTING: u8 = 2;

impl<'a> Entry<'a> {
    /// Reads the entry at the beginning of a span, and takes it off.
    pub(in crate::host) fn take(bytes: &'a [u8], span: &mut Span) -> Option<Self> {
        let mut reader = Reader::new(bytes.get(span.clone())?);
        let mut part = Reader::new(reader.part()?);
        let whole = span.start..span.end - reader.left();
        let name = part.part()?;
        let body = match part.byte()? {
            UNSETTLED => Body::Unsettled,
            SETTLED => Body::Settled(Settled(part)),
            LISTING => Body::Listing(whole.end - part.left()..whole.end),
            _ => return None,
        };
        span.start = whole.end;
        Some(Self { whole, name, body })
    }
}

/// The witnesses and the answers of an entry, not yet read.
#[derive(Clone, Copy)]
pub(in crate::host) struct Settled<'a>(Reader<'a>);

/// One file, folder or absence that an answer hangs on.
pub(in crate::host) struct Witness {
    /// From the entry; empty for the entry itself.
    pub(in crate::host) path: PathBuf,
    /// `None` where nothing was there.
    pub(in crate::host) stamp: Option<Stamp>,
    /// Whether what is reached twice here is one plugin.
    pub(in crate::host) counts: bool,
}

/// The same, as the cache has it.
pub(in crate::host) struct Kept<'a> {
    pub(in crate::host) path: &'a OsStr,
    pub(in crate::host) stamp: Option<Sealed>,
    pub(in crate::host) counts: bool,
}

/// More than an entry has: a subfolder, its two sidecars, its library.
pub(in crate::host) const MOST_WITNESSES: usize = 8;

/// What was said of an entry.
pub(in crate::host) enum Answer {
    Plugins {
        bridge: usize,
        witness: usize,
        checked: Arc<Checked>,
        /// The witness that speaks for it, where that is a sidecar.
        sidecar: Option<usize>,
    },
    Problem {
        witness: usize,
        problem: Problem,
    },
}

const PRESENT: u8 = 1;
const COUNTS: u8 = 2;
const PLUGINS: u8 = 0;
const PROBLEM: u8 = 1;

impl<'a> Settled<'a> {
    /// Reads the witnesses one by one, as long as they are as `holds` wants them; then the answers are left. `None`
    /// where one is not.
    pub(in crate::host) fn witnesses(
        mut self,
        mut holds: impl FnMut(Kept<'a>) -> bool,
    ) -> Option<Answers<'a>> {
        let from = &mut self.0;
        let count = usize::from(from.byte()?);
        if count > MOST_WITNESSES {
            return None;
        }
        for _ in 0..count {
            let path = from_bytes(from.part()?)?;
            let flags = from.byte()?;
            let stamp = if flags & PRESENT == 0 { None } else { Some(from.array()?) };
            if !holds(Kept { path, stamp, counts: flags & COUNTS != 0 }) {
                return None;
            }
        }
        let left = from.number()?;
        let from = if left == 0 { Reader::new(&[]) } else { from.block()? };
        Some(Answers { left, from })
    }
}

/// The answers of an entry, to be read.
pub(in crate::host) struct Answers<'a> {
    left: u64,
    from: Reader<'a>,
}

impl Answers<'_> {
    /// How many are left.
    pub(in crate::host) fn left(&self) -> u64 {
        self.left
    }

    /// Reads the next one; `witness` says where its witnesses are, and their stamps.
    pub(in crate::host) fn next(
        &mut self,
        memory: &mut Memory,
        mut witness: impl FnMut(usize) -> Option<(PathBuf, Option<Stamp>)>,
    ) -> Option<Answer> {
        self.left = self.left.checked_sub(1)?;
        let from = &mut self.from;
        let tag = from.byte()?;
        let place = usize::from(from.byte()?);
        let (path, stamp) = witness(place)?;
        match tag {
            PLUGINS => {
                let bridge = usize::from(from.byte()?);
                let build = match from.byte()? {
                    0 => None,
                    _ => Some(manifest::read_build(from, memory)?),
                };
                let sidecar = match from.byte()? {
                    0 => None,
                    number => Some(witness(usize::from(number) - 1)?.0),
                };
                let manifests = from.list(|from| manifest::read(from, memory).map(Arc::new))?;
                let artifact = Artifact { path, manifests, build, sidecar };
                let checked = Arc::new(Checked::new(artifact, stamp?));
                Some(Answer::Plugins { bridge, witness: place, checked, sidecar: None })
            }
            PROBLEM => {
                let cause = problem::read(from)?;
                Some(Answer::Problem { witness: place, problem: Problem { place: path, cause } })
            }
            _ => None,
        }
    }
}

/// An entry that has to be looked at again.
pub(in crate::host) fn unsettled(name: &OsStr) -> Option<Vec<u8>> {
    entry(name, UNSETTLED, |_| Some(()))
}

/// An entry whose answers hold as long as the witnesses are as they are; `None` where it has no form here.
pub(in crate::host) fn settled(name: &OsStr, witnesses: &[Witness], answers: &[Answer]) -> Option<Vec<u8>> {
    entry(name, SETTLED, |to| {
        if witnesses.len() > MOST_WITNESSES {
            return None;
        }
        to.byte(witnesses.len() as u8);
        for Witness { path, stamp, counts } in witnesses {
            to.part(to_bytes(path.as_os_str())?);
            to.byte(if stamp.is_some() { PRESENT } else { 0 } | if *counts { COUNTS } else { 0 });
            if let Some(stamp) = stamp {
                to.raw(&seal(stamp));
            }
        }
        to.number(answers.len() as u64);
        if answers.is_empty() {
            Some(())
        } else {
            to.block(|to| answers.iter().try_for_each(|it| it.write(to)))
        }
    })
}

impl Answer {
    fn write(&self, to: &mut Writer) -> Option<()> {
        match self {
            Self::Plugins { bridge, witness, checked, sidecar } => {
                to.byte(PLUGINS);
                to.byte(u8::try_from(*witness).ok()?);
                to.byte(u8::try_from(*bridge).ok()?);
                to.byte(checked.build.is_some().into());
                if let Some(build) = &checked.build {
                    manifest::write_build(build, to);
                }
                let sidecar = sidecar.map_or(0, |witness| witness + 1);
                to.byte(u8::try_from(sidecar).ok()?);
                to.number(checked.manifests.len() as u64);
                checked.manifests.iter().for_each(|manifest| manifest::write(manifest, to));
            }
            Self::Problem { witness, problem } => {
                to.byte(PROBLEM);
                to.byte(u8::try_from(*witness).ok()?);
                problem::write(&problem.cause, to);
            }
        }
        Some(())
    }
}

/// A folder in between.
pub(in crate::host) fn listing(name: &OsStr, listing: &[u8]) -> Option<Vec<u8>> {
    entry(name, LISTING, |to| {
        to.raw(listing);
        Some(())
    })
}

fn entry(name: &OsStr, kind: u8, write: impl FnOnce(&mut Writer) -> Option<()>) -> Option<Vec<u8>> {
    let mut inner = Writer::default();
    inner.part(to_bytes(name)?);
    inner.byte(kind);
    write(&mut inner)?;
    let mut writer = Writer::default();
    writer.part(&inner.bytes);
    Some(writer.bytes)
}

/// A name as bytes; `None` where the system's names are no bytes and this one is no Unicode.
pub(in crate::host) fn to_bytes(name: &OsStr) -> Option<&[u8]> {
    #[cfg(unix)]
    return Some(std::os::unix::ffi::OsStrExt::as_bytes(name));
    #[cfg(not(unix))]
    return name.to_str().map(str::as_bytes);
}

/// And back.
pub(in crate::host) fn from_bytes(bytes: &[u8]) -> Option<&OsStr> {
    #[cfg(unix)]
    return Some(std::os::unix::ffi::OsStrExt::from_bytes(bytes));
    #[cfg(not(unix))]
    return std::str::from_utf8(bytes).ok().map(OsStr::new);
}

/// A path in one piece of memory.
pub(in crate::host) fn join(folder: &Path, name: &OsStr) -> PathBuf {
    let mut path = OsString::with_capacity(folder.as_os_str().len() + 1 + name.len());
    path.push(folder);
    let mut path = PathBuf::from(path);
    path.push(name);
    path
}
