//! What survives restarts: what the operator chose, and which plugins are in quarantine, in the folder of the host's
//! state.
//!
//! ```text
//! <folder>/registry.toml                       what the operator chose, by id
//! <folder>/<namespace>/<name>/quarantine.toml  why that plugin is held back, the latest first
//! <folder>/registry.lock                       who writes holds it; ids have no dots, so that no plugin is called so
//! <folder>/registry.journal                    a change of several files that is being made
//! <folder>/.keyway-….tmp                       a file that is being written
//! <folder>/….damaged-<time>                    a file that was damaged, as it was found
//! ```
//!
//! Who writes holds the lock, so that two hosts do not lose each other's changes; nobody waits for reading. A file is
//! replaced whole: made beside, brought to the disk, renamed. Several files of one change are replaced as one, by a
//! journal. So a kill or a power cut leaves the old or the new, never a mixture.
//!
//! Which folder it is, when a plugin is put in quarantine and what holding it back means is left to the host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::disk::Disk;
pub use self::error::{Damage, StoreError};
use self::form::Flaw;
use self::journal::Pending;
pub use self::records::{Choice, Records, Standing};
use crate::id::PluginId;

mod disk;
mod error;
mod files;
mod form;
mod journal;
mod lock;
mod records;
#[cfg(test)]
mod tests;
pub(super) mod time;

const REGISTRY: &str = "registry.toml";
const QUARANTINE: &str = "quarantine.toml";
const JOURNAL: &str = "registry.journal";
const LOCK: &str = "registry.lock";

/// The folder of a host's state.
///
/// ```
/// use keyway::host::Store;
/// use keyway::id::PluginId;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let state = tempfile::tempdir()?;
/// let store = Store::open(state.path())?;
/// let count = PluginId::new("text/count")?;
/// store.change(|records| records.choose(&count, |choice| choice.enabled = Some(false)))?;
///
/// let after_a_restart = Store::open(state.path())?.read()?;
/// assert_eq!(after_a_restart.choice(&count).and_then(|choice| choice.enabled), Some(false));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    patience: Duration,
}

impl Store {
    /// The store in a folder, which need not be there yet: the first change makes it, for nobody but its user.
    ///
    /// **Errors:** there is something at the place of the folder that is none.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        if folder.metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            return Err(StoreError::NotAFolder { folder });
        }
        Ok(Self { folder, patience: Duration::from_secs(10) })
    }

    /// How long a change waits for others that write. 10 seconds, unless this is called.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file that is locked by who writes. It stays where it is; a lock that nobody holds any more is no lock.
    pub fn lock_file(&self) -> PathBuf {
        self.folder.join(LOCK)
    }

    /// The file of what the operator chose.
    pub fn registry_file(&self) -> PathBuf {
        self.folder.join(REGISTRY)
    }

    /// What is recorded. Waits for nobody, and writes nothing.
    ///
    /// What can not be read of it is in [`Records::problems`], and hides nothing of the rest.
    ///
    /// **Errors:** the folder itself can not be read. One that is missing has no records.
    pub fn read(&self) -> Result<Records, StoreError> {
        Ok(self.records(&Disk::read(&self.folder)?))
    }

    /// Changes what is recorded, and gives the records as they are then. Whoever changes at the same time, in this process
    /// or another, comes before or after; the change must not make another one itself, which would wait for this one.
    ///
    /// Only the files that are concerned are written. A damaged one is kept beside, under a name that
    /// [`Damage::Altered`] tells, before another takes its place.
    ///
    /// **Errors:** the folder can not be written, the lock can not be had, or a file that is concerned can not be read. Then
    /// nothing is changed. Where the system fails after all was made ready, the change may be made, and the next one
    /// completes it.
    pub fn change(&self, change: impl FnOnce(&mut Records)) -> Result<Records, StoreError> {
        files::make_folder(&self.folder)
            .map_err(|source| StoreError::Folder { folder: self.folder.clone(), source })?;
        self.check_owner()?;
        let _lock = lock::take(&self.lock_file(), self.patience)?;
        journal::recover(&self.folder).map_err(|(path, source)| self.unwritable(path, source))?;
        files::clear_temporaries(&self.folder);
        let mut disk = Disk::read(&self.folder)?;
        let mut records = self.records(&disk);
        change(&mut records);
        self.write(&mut disk, &mut records)?;
        Ok(records)
    }

    fn records(&self, disk: &Disk) -> Records {
        let mut problems = disk.problems(&self.folder);
        if let Some((owner, user)) = files::foreign(&self.folder) {
            problems.push(Damage::Foreign { folder: self.folder.clone(), owner, user });
        }
        Records {
            choices: disk.registry.choices.clone(),
            quarantines: disk
                .plugins
                .iter()
                .map(|(id, plugin)| {
                    (id.clone(), plugin.known.iter().map(|(known, _)| known.clone()).collect())
                })
                .filter(|(_, known): &(_, Vec<_>)| !known.is_empty())
                .collect(),
            problems,
            settled: BTreeSet::new(),
            chosen: false,
        }
    }

    fn write(&self, disk: &mut Disk, records: &mut Records) -> Result<(), StoreError> {
        let mut pending = Pending::new(&self.folder);
        self.make_ready(disk, records, &mut pending)?;
        let kept = pending.make().map_err(|(path, source)| self.unwritable(path, source))?;
        for problem in &mut records.problems {
            if let Damage::Altered { path, kept: place, .. } = problem
                && let Some((_, aside)) = kept.iter().find(|(damaged, _)| damaged == path)
            {
                *place = Some(aside.clone());
            }
        }
        Ok(())
    }

    fn make_ready(
        &self,
        disk: &mut Disk,
        records: &Records,
        pending: &mut Pending<'_>,
    ) -> Result<(), StoreError> {
        let none = Vec::new();
        let ids: BTreeSet<_> = (disk.plugins.keys())
            .chain(records.quarantines.keys())
            .chain(&records.settled)
            .cloned()
            .collect();
        for id in ids {
            let (old, new) = (disk.plugins.get(&id), records.quarantines.get(&id).unwrap_or(&none));
            let same =
                old.map_or(new.is_empty(), |old| new.iter().eq(old.known.iter().map(|(known, _)| known)));
            if same && !records.settled.contains(&id) {
                continue;
            }
            if let Some(error) = disk.closed(&self.folder, &id) {
                return Err(error);
            }
            let text = form::print_quarantines(new, old);
            let damage = old.and_then(|old| old.damage.as_ref());
            self.add(pending, Some(&id), text, damage)?;
        }
        let registry = &mut disk.registry;
        if registry.choices != records.choices || (records.chosen && registry.damage.is_some()) {
            let text = form::print_registry(registry, &records.choices);
            self.add(pending, None, text, registry.damage.as_ref())?;
        }
        Ok(())
    }

    fn add(
        &self,
        pending: &mut Pending<'_>,
        plugin: Option<&PluginId>,
        text: Option<String>,
        damage: Option<&Flaw>,
    ) -> Result<(), StoreError> {
        let path = journal::file(&self.folder, plugin);
        if let Some(Flaw::Unreadable(source)) = damage {
            return Err(StoreError::Read { path, source: Arc::clone(source) });
        }
        let added = pending.add(plugin, text.as_deref(), damage.is_some());
        added.map_err(|source| self.unwritable(path, source))
    }

    fn unwritable(&self, path: PathBuf, source: std::io::Error) -> StoreError {
        StoreError::Write { path, folder: self.folder.clone(), source }
    }

    /// What the superuser leaves in a user's folder, that user can not read.
    fn check_owner(&self) -> Result<(), StoreError> {
        match files::foreign(&self.folder) {
            Some((owner, user @ 0)) => Err(StoreError::Owner { folder: self.folder.clone(), owner, user }),
            _ => Ok(()),
        }
    }
}

/// By id.
type ById<T> = BTreeMap<PluginId, T>;
