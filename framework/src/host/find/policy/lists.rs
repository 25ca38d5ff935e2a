//! The lists of policies, and what they say of one candidate.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::denial::{Denial, Why};
use crate::host::find::stamp::Digest;
use crate::id::PluginId;

/// The lists of one file.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    pub(super) file: Arc<Path>,
    pub(super) allow: Option<List>,
    pub(super) deny: Option<List>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct List {
    /// Of the table.
    pub(super) line: usize,
    pub(super) ids: Option<Vec<Line<Pattern>>>,
    pub(super) folders: Option<Vec<Line<Folder>>>,
    pub(super) digests: Option<Vec<Line<Digest>>>,
    pub(super) reason: Option<String>,
}

/// An entry of a list, as it is written and what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Line<T> {
    pub(super) line: usize,
    pub(super) written: String,
    pub(super) is: T,
}

#[derive(Clone, Debug)]
pub(super) enum Pattern {
    One(PluginId),
    /// All names of a namespace.
    All(String),
}

impl Pattern {
    fn has(&self, id: &PluginId) -> bool {
        match self {
            Self::One(one) => one == id,
            Self::All(namespace) => namespace == id.namespace(),
        }
    }
}

/// A folder and all that is below it.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// With all links followed, once there is such a folder.
    canonical: OnceLock<PathBuf>,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, canonical: OnceLock::new() }
    }

    /// Whether a canonical path is in it. A folder that does not exist has nothing in it.
    fn has(&self, canonical: &Path) -> bool {
        let own = match self.canonical.get() {
            Some(own) => own,
            None => match self.path.canonicalize() {
                Ok(own) => self.canonical.get_or_init(|| own),
                Err(_) => return false,
            },
        };
        canonical.starts_with(own)
    }
}

/// One plugin that was found.
pub(in crate::host) struct Judged<'a> {
    pub(in crate::host) id: &'a PluginId,
    /// What would be loaded; `None` where it is linked in.
    pub(in crate::host) file: Option<&'a Path>,
    /// The digest of that file, for the lists that want to know.
    pub(in crate::host) digest: &'a mut dyn FnMut() -> io::Result<Digest>,
}

/// Whether a plugin is let in.
#[derive(Clone, Debug)]
pub(in crate::host) enum Judgement {
    Allowed,
    Denied { by: Denial },
}

/// A candidate, and what had to be found out about it so far.
struct Inquiry<'a> {
    id: &'a PluginId,
    file: Option<&'a Path>,
    folder: OnceLock<Result<PathBuf, Arc<io::Error>>>,
    digest: &'a mut dyn FnMut() -> io::Result<Digest>,
    taken: Option<Result<Digest, Arc<io::Error>>>,
}

pub(super) fn judge(lists: &[Lists], candidate: Judged<'_>) -> Judgement {
    let Judged { id, file, digest } = candidate;
    let mut inquiry = Inquiry { id, file, folder: OnceLock::new(), digest, taken: None };
    let denied = lists.iter().find_map(|lists| inquiry.denied(&lists.file, lists.deny.as_ref()?));
    let by = denied
        .or_else(|| lists.iter().find_map(|lists| inquiry.left_out(&lists.file, lists.allow.as_ref()?)));
    by.map_or(Judgement::Allowed, |by| Judgement::Denied { by })
}

impl Inquiry<'_> {
    /// What a deny list has against it. What is cheap to find out comes first.
    fn denied(&mut self, file: &Arc<Path>, list: &List) -> Option<Denial> {
        let denial = |line, why| Denial { file: Arc::clone(file), line, why };
        let listed = |line: usize, written: &str| {
            let reason = list.reason.clone();
            denial(line, Why::Listed { entry: written.to_owned(), reason })
        };
        let id = self.id;
        if let Some(line) = list.ids.iter().flatten().find(|line| line.is.has(id)) {
            return Some(listed(line.line, &line.written));
        }
        let path = self.file?;
        if let Some(folders) = list.folders.as_deref().filter(|folders| !folders.is_empty()) {
            // A link into a denied folder leads there.
            let places = match (self.folder(path), path.canonicalize()) {
                (Ok(folder), Ok(file)) => [folder, file],
                (Err(source), _) => return Some(denial(list.line, Why::NoPlace { source })),
                (_, Err(source)) => return Some(denial(list.line, Why::NoPlace { source: source.into() })),
            };
            if let Some(line) = folders.iter().find(|line| places.iter().any(|place| line.is.has(place))) {
                return Some(listed(line.line, &line.written));
            }
        }
        let digests = list.digests.as_deref().filter(|digests| !digests.is_empty())?;
        match self.digest() {
            Ok(digest) => {
                let line = digests.iter().find(|line| line.is == digest)?;
                Some(listed(line.line, &digest.short()))
            }
            Err(source) => Some(denial(list.line, Why::NoDigest { source })),
        }
    }

    /// Why an allow list has nothing for it; `None` where it has.
    fn left_out(&mut self, file: &Arc<Path>, list: &List) -> Option<Denial> {
        let denial = |why| Some(Denial { file: Arc::clone(file), line: list.line, why });
        let id = self.id;
        if list.ids.iter().flatten().any(|line| line.is.has(id)) {
            return None;
        }
        let Some(path) = self.file else {
            // Folders and digests are of files.
            return if list.ids.is_some() { denial(Why::NotAllowed) } else { None };
        };
        if let Some(folders) = list.folders.as_deref().filter(|folders| !folders.is_empty())
            && let Ok(folder) = self.folder(path)
            && folders.iter().any(|line| line.is.has(&folder))
        {
            return None;
        }
        let Some(digests) = list.digests.as_deref().filter(|digests| !digests.is_empty()) else {
            return denial(Why::NotAllowed);
        };
        match self.digest() {
            Ok(digest) if digests.iter().any(|line| line.is == digest) => None,
            Ok(_) => denial(Why::NotAllowed),
            Err(source) => denial(Why::NoDigest { source }),
        }
    }

    /// The folder that its file is found in, with all links followed.
    fn folder(&self, file: &Path) -> Result<PathBuf, Arc<io::Error>> {
        let folder = || {
            let folder = file.parent().filter(|folder| *folder != Path::new(""));
            folder.unwrap_or(Path::new(".")).canonicalize().map_err(Arc::new)
        };
        self.folder.get_or_init(folder).clone()
    }

    fn digest(&mut self) -> Result<Digest, Arc<io::Error>> {
        let Self { digest, taken, .. } = self;
        taken.get_or_insert_with(|| digest().map_err(Arc::new)).clone()
    }
}
