//! What the operator allows and wants: `plugins.toml`, as far as it is about finding plugins and starting them.
//!
//! A policy that can not be read is an error of the host's and never no policy. Which candidates there are is discovery's
//! business, which of those that are let in runs the resolver's.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use self::lists::Lists;
use super::places::Places;
use super::written::{self, Flaw, Syntax, WrittenError};
use crate::host::store::Choice;
use crate::id::PluginId;

pub use denial::Denial;
pub(in crate::host) use lists::{Judged, Judgement};

mod check;
mod denial;
mod lists;

/// What the operator allows and wants.
///
/// ```toml
/// folders = ["/opt/acme/plugins"]             # more folders to look in
///
/// [allow]                                     # where this stands, nothing else is let in
/// ids = ["toolbox/*", "acme/resize"]          # a `*` stands for all names of a namespace
/// folders = ["/usr/lib/toolbox/plugins"]      # and all that is below
/// digests = ["<BLAKE3 of a file, 64 hexadecimal digits>"]
///
/// [deny]                                      # whatever else is said
/// ids = ["acme/spy"]
/// reason = "it phones home"                   # shown to whoever asks why
///
/// [plugins."toolbox/markdown"]
/// enabled = false
/// version = "^1"                              # of those that are found, only these
/// home = "dylib"                              # or "static": this if it can be had there
/// ```
///
/// A folder that is not absolute is relative to the file that names it; folders are compared with all links followed.
///
/// # What is let in
///
/// | the lists say | a plugin in a file | a plugin that is linked in |
/// |---|---|---|
/// | `[deny]` has its id, or its namespace | denied | denied |
/// | `[deny]` has its folder, one above, or where its file really is | denied | says nothing |
/// | `[deny]` has the digest of its file | denied | says nothing |
/// | none of these, and there is no `[allow]` | let in | let in |
/// | `[allow]` has one of its id, namespace, folder, one above, digest | let in | let in, if by id or namespace |
/// | `[allow]` has `ids`, and nothing for it in any list | denied | denied |
/// | `[allow]` has no `ids`, and nothing for it in any list | denied | let in |
///
/// So a denial stands whatever is allowed, one match is enough to be allowed, and an `[allow]` without entries lets no file
/// in. What can not be looked at or read for a list that asks for it is denied.
///
/// # More than one file
///
/// Of a project's file [over](Self::over) the user's, each with lists of its own: what one of them denies is denied, and
/// what is let in must be let in by both. A project can thus keep out more than its user does, never let in more. The
/// choices for a plugin are the project's, one by one, where it makes them, and else the user's; folders are looked into in
/// that order too.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    lists: Vec<Lists>,
    plugins: BTreeMap<PluginId, Choice>,
}

impl Policy {
    /// Reads one file.
    ///
    /// **Errors:** also where there is no such file; all mistakes in it together.
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        written::read(path, Syntax::Toml, |node, proof| check::check(node, path, proof)).map_err(PolicyError)
    }

    /// Reads the policy files that there are, the first of [`Places::policies`] over the others. No file at all is a
    /// policy that lets everything in.
    ///
    /// **Errors:** those of each file that is there.
    pub fn of(places: &Places) -> Result<Self, Vec<PolicyError>> {
        let mut policy = Self::default();
        let mut errors = Vec::new();
        for path in &places.policies {
            // Of the link itself: one that leads nowhere was meant to be a policy.
            if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                continue;
            }
            match Self::read(path) {
                Ok(read) => policy = policy.over(read),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(policy) } else { Err(errors) }
    }

    /// Both policies, this one winning; see above for what that means.
    #[must_use]
    pub fn over(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.folders.extend(other.folders);
        self.lists.extend(other.lists);
        for (id, choice) in other.plugins {
            let own = self.plugins.entry(id).or_default();
            own.enabled = own.enabled.or(choice.enabled);
            own.version = own.version.take().or(choice.version);
            own.home = own.home.or(choice.home);
        }
        self
    }

    /// The files that it was read from, the first winning.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// More folders to look for plugins in, in this order.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// What is wanted of one plugin.
    pub fn choice(&self, id: &PluginId) -> Choice {
        self.plugins.get(id).cloned().unwrap_or_default()
    }

    /// What is wanted of plugins, by id; only those that a file names.
    pub fn choices(&self) -> impl Iterator<Item = (&PluginId, &Choice)> {
        self.plugins.iter()
    }

    /// Whether a plugin is let in. Its file is looked at, and its digest asked for, only where a list wants to know.
    pub(in crate::host) fn judge(&self, candidate: Judged<'_>) -> Judgement {
        lists::judge(&self.lists, candidate)
    }
}

/// Why a policy can not be taken. Nothing of a file counts before all of it does.
///
/// What is displayed shows the lines of the file with their mistakes; [`summary`](Self::summary) is one clause.
#[derive(Debug)]
pub struct PolicyError(WrittenError);

impl PolicyError {
    /// The file.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The mistakes in it, by place; the first twenty. Empty where the file can not be read at all.
    pub fn flaws(&self) -> &[Flaw] {
        self.0.flaws()
    }

    /// The first mistake, and how many there are besides, in one clause.
    pub fn summary(&self) -> String {
        self.0.summary()
    }

    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        if self.0.is_flawed() { "policy-invalid" } else { "policy-unreadable" }
    }

    /// The way out.
    pub fn help(&self) -> String {
        self.0.help()
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for PolicyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests;
