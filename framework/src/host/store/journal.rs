//! One change of several files as one step: old or new, whenever its host is killed.
//!
//! Every new text lies ready under a temporary name before the journal, which lists them, takes its place; with that the
//! change is made. Then each takes its place, and the journal goes. Who reads meanwhile takes what the journal lists for
//! the files; who writes next completes what a killed host left. A change of one file needs no journal.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::{fs, mem};

use serde::{Deserialize, Serialize};
use tempfile::TempPath;
use toml::Table;

use super::files::{self, Unread};
use super::{JOURNAL, QUARANTINE, REGISTRY, form};
use crate::id::PluginId;

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Whose quarantines they are; what the operator chose, where they are nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plugin: Option<PluginId>,
    /// The temporary file that takes its place; nothing, where it is to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Steps {
    step: Vec<Step>,
}

/// The file of one plugin's quarantines, or that of what the operator chose.
pub(super) fn file(state: &Path, plugin: Option<&PluginId>) -> PathBuf {
    match plugin {
        Some(id) => state.join(id.namespace()).join(id.name()).join(QUARANTINE),
        None => state.join(REGISTRY),
    }
}

/// The steps that are made and not complete; none where there is no journal.
///
/// **Errors:** as reading a file, and a journal that is damaged.
pub(super) fn read(state: &Path) -> Result<Vec<Step>, Unread> {
    let Some(bytes) = files::read(&state.join(JOURNAL))? else { return Ok(Vec::new()) };
    let strange = |_| Unread::Strange("it lists no steps");
    let text = form::unseal(&bytes).map_err(Unread::Strange)?;
    let Steps { step } = toml::from_str(text).map_err(strange)?;
    let ours = |step: &Step| step.from.as_deref().is_none_or(files::is_temporary);
    if step.iter().all(ours) { Ok(step) } else { Err(Unread::Strange("it lists what is no file of ours")) }
}

/// Completes what a killed host has left. For who holds the lock.
///
/// **Errors:** the file that can not be put in its place, or read, and why.
pub(super) fn recover(state: &Path) -> Result<(), (PathBuf, io::Error)> {
    let journal = state.join(JOURNAL);
    match read(state) {
        Ok(steps) if steps.is_empty() => Ok(()),
        Ok(steps) => {
            complete(state, &steps)?;
            remove(state, &journal).map_err(|error| (journal, error))
        }
        Err(Unread::Denied(error)) => Err((journal, error)),
        // What it lists is old in some files and new in others; it was reported to who read it.
        Err(Unread::Strange(_)) => {
            let aside = files::keep_aside(&journal).and_then(|_| remove(state, &journal));
            aside.map_err(|error| (journal, error))
        }
    }
}

fn remove(state: &Path, file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => files::bring_to_disk(files::remove_empty_folders(state, file)),
    }
}

/// May be done again after any part of it.
fn complete(state: &Path, steps: &[Step]) -> Result<(), (PathBuf, io::Error)> {
    for Step { plugin, from } in steps {
        let path = file(state, plugin.as_ref());
        let done = match from {
            None => remove(state, &path),
            Some(from) => match fs::rename(state.join(from), &path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => files::bring_to_disk(path.parent().unwrap_or(state)),
            },
        };
        done.map_err(|error| (path, error))?;
    }
    Ok(())
}

/// A change that is being made ready. Dropped before it is made, it leaves nothing behind.
pub(super) struct Pending<'a> {
    state: &'a Path,
    steps: Vec<Step>,
    temporaries: Vec<TempPath>,
    damaged: Vec<PathBuf>,
}

impl<'a> Pending<'a> {
    pub(super) fn new(state: &'a Path) -> Self {
        Self { state, steps: Vec::new(), temporaries: Vec::new(), damaged: Vec::new() }
    }

    /// Makes a new text ready to take a file's place, or the file to go. All that can fail for want of room or of permission
    /// fails here.
    pub(super) fn add(
        &mut self,
        plugin: Option<&PluginId>,
        text: Option<&str>,
        damaged: bool,
    ) -> io::Result<()> {
        let path = file(self.state, plugin);
        self.steps.push(Step { plugin: plugin.cloned(), from: None });
        self.damaged.extend(damaged.then(|| path.clone()));
        let folder = path.parent().unwrap_or(self.state);
        if let (Some(text), Some(step)) = (text, self.steps.last_mut()) {
            files::make_folder(folder)?;
            let temporary = files::write_temporary(self.state, text)?;
            step.from = temporary.file_name().and_then(|name| name.to_str()).map(str::to_owned);
            self.temporaries.push(temporary);
        }
        files::check_writable(folder)
    }

    /// Makes the change, and gives for each damaged file where it is kept.
    ///
    /// **Errors:** the file that is to blame, and why.
    pub(super) fn make(mut self) -> Result<Vec<(PathBuf, PathBuf)>, (PathBuf, io::Error)> {
        let mut kept = Vec::new();
        for path in mem::take(&mut self.damaged) {
            match files::keep_aside(&path) {
                Ok(aside) => kept.push((path, aside)),
                Err(error) => return Err((path, error)),
            }
        }
        if self.steps.len() > 1 {
            let path = self.state.join(JOURNAL);
            self.commit(&path).map_err(|error| (path, error))?;
            return recover(self.state).map(|()| kept);
        }
        self.temporaries.iter_mut().for_each(|temporary| temporary.disable_cleanup(true));
        complete(self.state, &mem::take(&mut self.steps)).map(|()| kept)
    }

    /// From here on the change is made, and its temporary files are the journal's.
    fn commit(&mut self, path: &Path) -> io::Result<()> {
        let steps = Steps { step: self.steps.clone() };
        let table = Table::try_from(steps).map_err(io::Error::other)?;
        let journal = files::write_temporary(self.state, &form::seal(table.to_string()))?;
        journal.persist(path).map_err(|error| error.error)?;
        self.temporaries.iter_mut().for_each(|temporary| temporary.disable_cleanup(true));
        self.steps.clear();
        files::bring_to_disk(self.state)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        for step in &self.steps {
            files::remove_empty_folders(self.state, &file(self.state, step.plugin.as_ref()));
        }
    }
}
