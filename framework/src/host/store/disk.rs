//! The records as they lie on the disk: every file, with what of it can not be read.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{self, Unread};
use super::form::{self, Flaw, Plugin, Registry};
use super::{ById, Damage, QUARANTINE, REGISTRY, StoreError};
use crate::id::PluginId;

#[derive(Default)]
pub(super) struct Disk {
    pub(super) registry: Registry,
    pub(super) plugins: ById<Plugin>,
    /// Folders of namespaces that can not be listed.
    closed: Vec<(PathBuf, Arc<io::Error>)>,
}

pub(super) fn quarantine_file(folder: &Path, id: &PluginId) -> PathBuf {
    folder.join(id.namespace()).join(id.name()).join(QUARANTINE)
}

impl Disk {
    /// **Errors:** the folder itself can not be listed; a missing one is empty.
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        let mut disk = Self::default();
        let namespaces = match names(folder) {
            Ok(names) => names,
            Err(source) => {
                return Err(StoreError::Read { path: folder.to_owned(), source: Arc::new(source) });
            }
        };
        disk.registry = match files::read(&folder.join(REGISTRY)) {
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
                    ids.for_each(|id| disk.read_plugin(folder, id));
                }
                Err(error) if error.kind() == ErrorKind::NotADirectory => {}
                Err(error) => disk.closed.push((folder.join(&namespace), Arc::new(error))),
            }
        }
        Ok(disk)
    }

    fn read_plugin(&mut self, folder: &Path, id: PluginId) {
        let plugin = match files::read(&quarantine_file(folder, &id)) {
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
            let path = || quarantine_file(folder, id);
            Some(plugin.damage.as_ref()?.damage(path(), Some(id)))
        });
        let registry = folder.join(REGISTRY);
        let of_choices = self.registry.damage.as_ref().map(|flaw| flaw.damage(registry.clone(), None));
        let unknown = self.registry.unknown.clone();
        let unknown = unknown.map(|what| Damage::Unknown { path: registry.clone(), what });
        closed.chain(of_plugins).chain(of_choices).chain(unknown).collect()
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
