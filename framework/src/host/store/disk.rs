//! The records as they lie on the disk: every file, with what of it can not be read.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{self, Unread};
use super::form::{self, Flaw, Plugin, Registry};
use super::journal::{self, Step};
use super::{ById, Damage, JOURNAL, REGISTRY, StoreError};
use crate::id::PluginId;

#[derive(Default)]
pub(super) struct Disk {
    pub(super) registry: Registry,
    pub(super) plugins: ById<Plugin>,
    /// A journal that can not be read.
    journal: Option<Flaw>,
    /// Folders of namespaces that can not be listed.
    closed: Vec<(PathBuf, Arc<io::Error>)>,
}

impl Disk {
    /// **Errors:** the folder itself can not be listed; a missing one is empty.
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        /// While others write, it is read again, for all files to be of one change; but not for ever.
        const TRIES: usize = 8;
        let mut tries = 0;
        loop {
            let journal = journal::read(folder);
            let before = journal.as_ref().ok().cloned();
            let disk = Self::read_once(folder, journal)?;
            tries += 1;
            if tries == TRIES || journal::read(folder).ok() == before {
                return Ok(disk);
            }
        }
    }

    fn read_once(folder: &Path, journal: Result<Vec<Step>, Unread>) -> Result<Self, StoreError> {
        let mut disk = Self::default();
        let namespaces = match names(folder) {
            Ok(names) => names,
            Err(source) => {
                return Err(StoreError::Read { path: folder.to_owned(), source: Arc::new(source) });
            }
        };
        let steps = journal.unwrap_or_else(|unread| {
            disk.journal = Some(flaw(unread));
            Vec::new()
        });
        disk.registry = match read_file(folder, None, &steps) {
            Ok(None) => Registry::default(),
            Ok(Some(bytes)) => form::registry(&bytes),
            Err(unread) => Registry { damage: Some(flaw(unread)), ..Registry::default() },
        };
        for namespace in namespaces {
            // What is no half of an id is none of ours.
            if PluginId::new(&format!("{namespace}/x")).is_err() {
                continue;
            }
            match names(&folder.join(&namespace)) {
                Ok(names) => {
                    let ids =
                        names.iter().filter_map(|name| PluginId::new(&format!("{namespace}/{name}")).ok());
                    ids.for_each(|id| disk.read_plugin(folder, id, &steps));
                }
                Err(error) if error.kind() == ErrorKind::NotADirectory => {}
                Err(error) => disk.closed.push((folder.join(&namespace), Arc::new(error))),
            }
        }
        Ok(disk)
    }

    fn read_plugin(&mut self, folder: &Path, id: PluginId, steps: &[Step]) {
        let plugin = match read_file(folder, Some(&id), steps) {
            Ok(None) => return,
            Ok(Some(bytes)) => form::quarantines(&bytes, &id),
            Err(unread) => Plugin { damage: Some(flaw(unread)), ..Plugin::default() },
        };
        self.plugins.insert(id, plugin);
    }

    /// What keeps the folder of an id's namespace from being listed.
    pub(super) fn closed(&self, folder: &Path, id: &PluginId) -> Option<StoreError> {
        let namespace = folder.join(id.namespace());
        let (path, source) = self.closed.iter().find(|(path, _)| *path == namespace)?;
        Some(StoreError::Read { path: path.clone(), source: Arc::clone(source) })
    }

    /// Folders of namespaces, then plugins by id, then what was chosen.
    pub(super) fn problems(&self, folder: &Path) -> Vec<Damage> {
        let closed = self.closed.iter().map(|(path, source)| Damage::Unreadable {
            path: path.clone(),
            plugin: None,
            source: Arc::clone(source),
        });
        let of_plugins = self.plugins.iter().filter_map(|(id, plugin)| {
            let path = || journal::file(folder, Some(id));
            Some(plugin.damage.as_ref()?.damage(path(), Some(id)))
        });
        let registry = folder.join(REGISTRY);
        let of_choices = self.registry.damage.as_ref().map(|flaw| flaw.damage(registry.clone(), None));
        let unknown = self.registry.unknown.clone();
        let unknown = unknown.map(|what| Damage::Unknown { path: registry.clone(), what });
        let of_journal = self.journal.as_ref().map(|flaw| flaw.damage(folder.join(JOURNAL), None));
        closed.chain(of_plugins).chain(of_choices).chain(unknown).chain(of_journal).collect()
    }
}

/// The file as it is, or as the journal has it.
fn read_file(folder: &Path, plugin: Option<&PluginId>, steps: &[Step]) -> Result<Option<Vec<u8>>, Unread> {
    let path = journal::file(folder, plugin);
    match steps.iter().find(|step| step.plugin.as_ref() == plugin) {
        None => files::read(&path),
        Some(Step { from: None, .. }) => Ok(None),
        // It has taken its place already, where it is not there any more.
        Some(Step { from: Some(from), .. }) => {
            files::read(&folder.join(from))?.map_or_else(|| files::read(&path), |bytes| Ok(Some(bytes)))
        }
    }
}

fn flaw(unread: Unread) -> Flaw {
    match unread {
        Unread::Denied(error) => Flaw::Unreadable(Arc::new(error)),
        Unread::Strange(what) => Flaw::Altered(what.to_owned()),
    }
}

/// The names in a folder that are text, sorted; none where there is no such folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}
